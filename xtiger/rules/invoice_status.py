"""An invoice's status on both sides: what each word means, and which side's change travels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from xtiger.model.links import Pair, Side
from xtiger.model.records import Field, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.kinds import nature
from xtiger.rules.status_words import chosen_for, is_among, says, sent_as

#: CRM statuses and what they mean in Xero; hosts with other words map theirs.
STATUS_MAP: Mapping[str, str] = MappingProxyType(
    {
        "AutoCreated": "DRAFT",
        "Created": "DRAFT",
        "Draft": "DRAFT",
        "Submitted": "SUBMITTED",
        "Approved": "AUTHORISED",
        "Sent": "AUTHORISED",
        "Partially Paid": "AUTHORISED",
        "Paid": "AUTHORISED",
        "Authorised": "AUTHORISED",
        "Overdue": "AUTHORISED",
        "Cancel": "VOIDED",
        "Cancelled": "VOIDED",
        "Void": "VOIDED",
        "Credit Invoice": "CREDIT",
    }
)


def meaning_of(text: str, chosen: Mapping[str, str]) -> str:
    """The status of Xero that a CRM status means: by the option status_map, else by the word."""
    return chosen_for(text, chosen) or STATUS_MAP.get(text) or sent_as(text)


#: The statuses that may be sent; money received is Xero's, so PAID never is.
SENDABLE = ("DRAFT", "SUBMITTED", "AUTHORISED")
#: Xero's word → the CRM's words for it, the usual one first.
CRM_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "DRAFT": ("Created", "Draft", "AutoCreated"),
        "SUBMITTED": ("Submitted", "Created", "Draft"),
        "AUTHORISED": ("Approved", "Authorised"),
        "SENT": ("Sent",),
        "PART_PAID": ("Partially Paid",),
        "PAID": ("Paid",),
        "VOIDED": ("Cancel", "Cancelled", "Void"),
        "DELETED": ("Cancel", "Cancelled", "Void"),
    }
)
#: What Xero's status is read as, in the order of an invoice's life.
XERO_WORDS = tuple(CRM_WORDS)
#: Words of an approved invoice that say more than that it is approved.
_FINER = ("SENT", "PART_PAID", "PAID")
_MONEY = ("PART_PAID", "PAID")
StatusDecision = Literal["none", "agree", "to_xero", "to_crm", "conflict"]


def xero_word(record: XeroRecord) -> str:
    """Xero's status with what it says besides: SENT and PART_PAID are approved invoices, too."""
    if record.status != "AUTHORISED":
        return record.status
    if nature(record.kind).is_money:
        return "PAID"
    if (record.values.get("AmountPaid") or Decimal(0)) != 0:
        return "PART_PAID"
    return "SENT" if record.values.get("SentToContact") is True else "AUTHORISED"


def is_bill(record: XeroRecord) -> bool:
    """Whether a document of Xero is a supplier's."""
    document = nature(record.kind).type_of(record.raw)
    return document is not None and not document.sells


def money_on(record: XeroRecord) -> bool:
    """Whether money or credit is set against a document in Xero, which fixes what it says."""
    settled = (record.values.get(name) or Decimal(0) for name in ("AmountPaid", "AmountCredited"))
    return not nature(record.kind).is_money and any(one != 0 for one in settled)


def coarse(word: str) -> str:
    """The status that may be sent for one of Xero's words."""
    return "AUTHORISED" if word in _FINER else word


def usual_word(word: str, described: Field | None) -> str:
    """The CRM's status for one of Xero's words where nothing is chosen; "" where it has none."""
    return crm_status(word, described, {}) or ""


def crm_status(
    word: str,
    described: Field | None,
    chosen: Mapping[str, str],
    means: Mapping[str, str] = MappingProxyType({}),
    now: str = "",
) -> str | None:
    """The CRM's status for one of Xero's words; None where its pick list has none.

    `chosen` is the option status_from_xero: Xero's word → CRM status; `means` the option
    status_map: CRM status → Xero's. `now` is the CRM's status as it stands: it is kept where it
    says the same in another spelling or language.
    """
    if described is None or not described.writable:
        return None
    known = [choice.value for choice in described.choices if choice.active]
    wanted = (chosen[word],) if word in chosen else CRM_WORDS.get(word, ())
    if not known:
        kept = now not in wanted and now != "" and is_among(now, wanted)
        return now if kept else next(iter(wanted), None)
    exact = next((text for text in wanted if text in known), None)
    return exact or next(_like(word, wanted, known, chosen, means), None)


def _like(
    word: str,
    wanted: Sequence[str],
    known: Sequence[str],
    chosen: Mapping[str, str],
    means: Mapping[str, str],
) -> Iterator[str]:
    """Words of a pick list that say it in another spelling or language, or by the mapping."""
    for one in wanted:
        yield from (text for text in known if is_among(text, (one,)))
    if word in chosen:
        return
    yield from (text for text in known if chosen_for(text, means) == word)
    if word == "AUTHORISED":
        # A CRM that knows no approving sends what is ready.
        yield from (text for text in known if says(text) == "SENT")


def money_claimed(text: str, chosen: Mapping[str, str]) -> Literal["", "PART_PAID", "PAID"]:
    """Whether a CRM status says that an invoice is paid, or partly; "" where it says neither.

    A word that stands for an invoice without money as well says nothing of money.
    """
    means = {
        word
        for word in XERO_WORDS
        if text and (text == chosen.get(word) or is_among(text, CRM_WORDS[word]))
    }
    if "PAID" in means and means <= {"PAID"}:
        return "PAID"
    return "PART_PAID" if means and means <= set(_MONEY) else ""


@dataclass(frozen=True, slots=True)
class StatusState:
    """The status of one invoice as both sides have it, and had it when they last agreed."""

    #: (CRM's own text, the status wanted of it) now and in the base; None before there is one.
    crm: tuple[str, str]
    base_crm: tuple[str | None, str] | None
    #: Xero's word now and in the base.
    xero: str
    base_xero: str | None
    #: The CRM's text for Xero's word, or None when it has none.
    target: str | None


def status_half(text: str, wanted: str) -> Plain:
    """The CRM's half of the base: its own word, and what was wanted of it."""
    return {"status": text, "wanted": wanted}


def status_state(
    base: Pair | None, text: str, wanted: str, word: str, target: str | None
) -> StatusState:
    """The state from a base pair; older bases hold the wanted status and Xero's plain status."""
    if base is None:
        return StatusState((text, wanted), None, word, None, target)
    if isinstance(base.crm, Mapping):
        before = (str(base.crm.get("status") or ""), str(base.crm.get("wanted") or ""))
        return StatusState((text, wanted), before, word, str(base.xero), target)
    same_word = coarse(word) == base.xero
    if same_word and base.crm == wanted:
        # Nothing happened since; whether money came in was not kept then.
        return StatusState((text, wanted), None, word, None, target)
    old_word = word if same_word else str(base.xero)
    return StatusState((text, wanted), (None, str(base.crm)), word, old_word, target)


def decide_status(
    state: StatusState, *, to_xero: bool = True, to_crm: bool = True, decided: Side | None = None
) -> StatusDecision:
    """The truth table of the status: like any field's, but an approved invoice stays approved.

    "agree" renews the base and changes neither side: the CRM keeps its own word for what Xero
    says, as Paid for an invoice whose money Xero has not seen.
    """
    found = _decide(state)
    if found == "conflict" and decided is not None:
        found = "to_xero" if decided == "crm" else "to_crm"
    if found == "to_crm" and (state.target is None or state.target == state.crm[0]):
        found = "agree"
    if (found == "to_xero" and not to_xero) or (found == "to_crm" and not to_crm):
        return "none"
    return found


def _decide(state: StatusState) -> StatusDecision:
    if state.base_crm is None:
        return _first(state)
    crm_changed = _crm_changed(state)
    if state.xero == state.base_xero:
        return _from_crm(state) if crm_changed else "none"
    if not crm_changed:
        return "to_crm"
    return _both(state)


def _crm_changed(state: StatusState) -> bool:
    assert state.base_crm is not None  # the caller's branch
    text, wanted = state.base_crm
    return wanted != state.crm[1] or (text is not None and text != state.crm[0])


def _first(state: StatusState) -> StatusDecision:
    """Nothing agreed yet: the one that is further on wins, for no invoice goes back."""
    wanted, there = state.crm[1], coarse(state.xero)
    if wanted == there:
        return "to_crm" if state.xero in _MONEY else "agree"
    if there == "AUTHORISED":
        return "to_crm"
    return "to_xero"


def _from_crm(state: StatusState) -> StatusDecision:
    wanted, there = state.crm[1], coarse(state.xero)
    return "agree" if there in (wanted, "AUTHORISED") else "to_xero"


def _both(state: StatusState) -> StatusDecision:
    wanted, there = state.crm[1], coarse(state.xero)
    if state.xero in _MONEY:
        return "to_crm"
    if wanted == there:
        return "agree"
    if there == "AUTHORISED":
        return "to_crm"
    # Approving includes what submitting says; of a draft and a submitted one neither does.
    return "to_xero" if wanted == "AUTHORISED" else "conflict"
