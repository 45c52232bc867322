"""The truth table of the status, against every combination, and that one round settles it."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from xtiger.hosts.standard import INVOICE_STATUSES
from xtiger.model.links import Pair
from xtiger.model.records import Choice, Field, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.invoice_status import (
    SENDABLE,
    STATUS_MAP,
    StatusState,
    coarse,
    crm_status,
    decide_status,
    is_bill,
    money_claimed,
    money_on,
    status_half,
    status_state,
    usual_word,
    xero_word,
)

WORDS = ("DRAFT", "SUBMITTED", "AUTHORISED", "SENT", "PART_PAID", "PAID")
TEXTS = tuple(text for text, status in STATUS_MAP.items() if status in SENDABLE)
FIELD = Field("s", "choice", choices=tuple(Choice(text, text) for text in STATUS_MAP))


#: A pick list without words for submitted and draft of their own.
FEW = Field("s", "choice", choices=tuple(Choice(t, t) for t in INVOICE_STATUSES))


def target(word: str, field: Field = FIELD) -> str | None:
    """The CRM's word for one of Xero's."""
    return crm_status(word, field, {})


def state(base: Pair | None, text: str, word: str, field: Field = FIELD) -> StatusState:
    """The state of a CRM text and a word of Xero."""
    return status_state(base, text, STATUS_MAP[text], word, target(word, field))


TABLE = [
    # base text, base word, text, word, decision
    ("Approved", "AUTHORISED", "Approved", "AUTHORISED", "none"),
    ("Created", "DRAFT", "Approved", "DRAFT", "to_xero"),
    ("Created", "DRAFT", "Submitted", "DRAFT", "to_xero"),
    ("Approved", "AUTHORISED", "Created", "AUTHORISED", "agree"),
    ("Approved", "AUTHORISED", "Paid", "AUTHORISED", "agree"),
    ("Approved", "AUTHORISED", "Sent", "SENT", "agree"),
    ("Created", "DRAFT", "Created", "AUTHORISED", "to_crm"),
    ("Approved", "AUTHORISED", "Approved", "PART_PAID", "to_crm"),
    ("Approved", "AUTHORISED", "Approved", "PAID", "to_crm"),
    ("Paid", "PAID", "Paid", "AUTHORISED", "to_crm"),
    ("Paid", "AUTHORISED", "Paid", "PAID", "agree"),
    ("Approved", "AUTHORISED", "Sent", "PAID", "to_crm"),
    ("Created", "DRAFT", "Sent", "AUTHORISED", "agree"),
    ("Submitted", "SUBMITTED", "Created", "AUTHORISED", "to_crm"),
    ("Created", "DRAFT", "Approved", "SUBMITTED", "to_xero"),
    ("Approved", "DRAFT", "Submitted", "DRAFT", "to_xero"),
    ("Sent", "DRAFT", "Created", "SUBMITTED", "conflict"),
]


@pytest.mark.parametrize(("base_text", "base_word", "text", "word", "wanted"), TABLE)
def test_the_table(base_text: str, base_word: str, text: str, word: str, wanted: str) -> None:
    """Each line of the table: what was agreed, what is now, and what becomes of it."""
    base = Pair(status_half(base_text, STATUS_MAP[base_text]), base_word)

    assert wanted == decide_status(state(base, text, word))


def test_paid_never_goes_out_and_nothing_goes_back() -> None:
    """Whatever was and is: what is sent is no PAID and never a step back from approved."""
    bases: list[Pair | None] = [None]
    bases += [Pair(status_half(t, STATUS_MAP[t]), w) for t, w in product(TEXTS, WORDS)]
    for base, text, word in product(bases, TEXTS, WORDS):
        if decide_status(state(base, text, word)) == "to_xero":
            assert STATUS_MAP[text] in SENDABLE
            assert "AUTHORISED" != coarse(word)


def settle(
    base: Pair | None, text: str, word: str, field: Field
) -> tuple[Pair | None, str, str, str]:
    """Carry out one round as the engine does."""
    decision = decide_status(state(base, text, word, field))
    if decision == "none":
        return base, text, word, decision
    if decision == "to_xero":
        word = STATUS_MAP[text]
    if decision == "to_crm":
        text = target(word, field) or text
        return Pair(status_half(text, STATUS_MAP[text]), word), text, word, decision
    if decision != "conflict":
        base = Pair(status_half(text, STATUS_MAP[text]), word)
    return base, text, word, decision


@pytest.mark.parametrize("field", [FIELD, FEW])
def test_every_start_settles_after_one_round(field: Field) -> None:
    """No ping-pong: from any base, text and word the second round changes nothing."""
    bases: list[Pair | None] = [None]
    bases += [Pair(status_half(t, STATUS_MAP[t]), w) for t, w in product(TEXTS, WORDS)]
    bases += [Pair(wanted, there) for wanted, there in product(SENDABLE, SENDABLE)]
    for base, text, word in product(bases, TEXTS, WORDS):
        first = settle(base, text, word, field)
        if first[3] != "conflict":
            assert (first[0], first[1], first[2], "none") == settle(*first[:3], field)


def test_closed_directions_and_decisions() -> None:
    """A closed way carries nothing; a person's decision ends a conflict."""
    base = Pair(status_half("Sent", "AUTHORISED"), "DRAFT")
    there = state(base, "Created", "SUBMITTED")

    assert "to_xero" == decide_status(there, decided="crm")
    assert "agree" == decide_status(state(base, "Created", "DRAFT"), decided="xero")
    assert "none" == decide_status(there, decided="xero", to_crm=False) or target("SUBMITTED")
    up = state(Pair(status_half("Created", "DRAFT"), "DRAFT"), "Approved", "DRAFT")
    assert "none" == decide_status(up, to_xero=False)
    down = state(Pair(status_half("Created", "DRAFT"), "DRAFT"), "Created", "PAID")
    assert "none" == decide_status(down, to_crm=False)


def test_words_that_the_crm_has() -> None:
    """The pick list decides which word comes in; the option overrides; read-only takes none."""
    few = Field("s", "choice", choices=(Choice("Draft", "Draft"), Choice("Old", "Old", False)))

    assert "Draft" == crm_status("DRAFT", few, {})
    assert crm_status("PAID", few, {}) is None
    assert "Draft" == crm_status("PAID", few, {"PAID": "Draft"})
    assert crm_status("PAID", few, {"PAID": "Old"}) is None
    assert "Paid" == crm_status("PAID", Field("s"), {})
    assert crm_status("PAID", Field("s", writable=False), {}) is None
    assert crm_status("PAID", None, {}) is None
    assert crm_status("SOMETHING_NEW", FIELD, {}) is None


@pytest.mark.parametrize(
    ("choices", "word", "expected"),
    [
        ("draft approved paid", "AUTHORISED", "approved"),
        ("Entwurf Versendet Bezahlt", "DRAFT", "Entwurf"),
        ("Entwurf Versendet Bezahlt", "PAID", "Bezahlt"),
        # No word for approved: what is ready is sent.
        ("Entwurf Versendet Bezahlt", "AUTHORISED", "Versendet"),
        ("Neu Offen", "AUTHORISED", "Offen"),
        ("Neu Versendet", "VOIDED", None),
        ("Approved approved", "AUTHORISED", "Approved"),
    ],
)
def test_a_pick_list_in_other_words(choices: str, word: str, expected: str | None) -> None:
    """In any case and language, and by what the mapping says the CRM's words mean."""
    field = Field("s", "choice", choices=tuple(Choice(one, one) for one in choices.split()))

    assert expected == crm_status(word, field, {}, {"offen": "AUTHORISED"})


def test_a_word_that_says_the_same_stays() -> None:
    """Without a pick list nobody knows the CRM's words: the one that stands there is kept."""
    text = Field("s")

    assert "bezahlt" == crm_status("PAID", text, {}, now="bezahlt")
    assert "Paid" == crm_status("PAID", text, {}, now="Entwurf")
    assert "Created" == crm_status("DRAFT", text, {}, now="Draft")
    few = Field("s", "choice", choices=(Choice("done", "done"), Choice("Paid", "Paid")))
    assert "done" == crm_status("PAID", few, {"PAID": "Done"})


def test_xeros_derived_words() -> None:
    """Approved is SENT when it was sent, PART_PAID once money came; the rest is as Xero says."""

    def word(status: str, **values: Plain) -> str:
        return xero_word(XeroRecord("Invoice", "1", values, status=status))

    assert ("DRAFT", "PAID", "AUTHORISED", "SENT", "PART_PAID") == (
        word("DRAFT", SentToContact=True),
        word("PAID", AmountPaid=5),
        word("AUTHORISED", SentToContact=False, AmountPaid=0),
        word("AUTHORISED", SentToContact=True),
        word("AUTHORISED", SentToContact=True, AmountPaid=5),
    )


@pytest.mark.parametrize(
    ("text", "chosen", "claimed"),
    [
        ("Paid", {}, "PAID"),
        ("PAYÉE", {}, "PAID"),
        ("partially-paid", {}, "PART_PAID"),
        ("Partially Paid", {}, "PART_PAID"),
        ("Approved", {}, ""),
        ("", {}, ""),
        ("Sent", {}, ""),
        ("Cancel", {}, ""),
        ("Settled", {"PAID": "Settled"}, "PAID"),
        ("Some", {"PART_PAID": "Some"}, "PART_PAID"),
        # One word for paid and part paid claims a part; one for approved as well claims nothing.
        ("Money in", {"PAID": "Money in", "PART_PAID": "Money in"}, "PART_PAID"),
        ("Final", {"PAID": "Final", "AUTHORISED": "Final"}, ""),
    ],
)
def test_a_word_claims_money_when_it_stands_for_nothing_else(
    text: str, chosen: dict[str, str], claimed: str
) -> None:
    """By the CRM's usual words and those chosen for what Xero says."""
    assert claimed == money_claimed(text, chosen)


def test_the_usual_word_is_the_crms_own_or_none() -> None:
    """Where nothing is chosen a pick list has its entry; one that has none says nothing."""
    few = Field("status", "choice", "Status", choices=(Choice("Paid", "Paid"),))

    assert ["Paid", ""] == [usual_word(word, few) for word in ("PAID", "VOIDED")]


def test_a_receipt_is_paid_and_open_to_edits() -> None:
    """The money is what it is; on an invoice money or credit fixes what it says."""
    one = {"AmountPaid": Decimal(5)}
    receipt = XeroRecord("BankTransaction", "b", one, status="AUTHORISED")
    invoice = XeroRecord("Invoice", "i", one, status="AUTHORISED")
    unpaid = XeroRecord("Invoice", "i", {"AmountCredited": Decimal(0)}, status="AUTHORISED")

    assert ("PAID", "PART_PAID", "AUTHORISED") == tuple(
        xero_word(each) for each in (receipt, invoice, unpaid)
    )
    assert (False, True, False) == tuple(money_on(each) for each in (receipt, invoice, unpaid))
    assert "DELETED" == xero_word(XeroRecord("BankTransaction", "b", one, status="DELETED"))


def test_a_bill_is_a_document_of_a_supplier() -> None:
    """By its type; what is of no type that is synced is none."""
    found = [
        is_bill(XeroRecord("Invoice", "a", {}, raw={"Type": kind}))
        for kind in ("ACCPAY", "ACCREC", "OTHER")
    ]

    assert [True, False, False] == found
