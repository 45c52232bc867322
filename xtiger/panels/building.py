"""Deciding what stands in a panel; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from xtiger.errors import MISMATCHES, Mismatch
from xtiger.hookspecs import PanelRow
from xtiger.i18n.cause_text import spoken_cause, spoken_wait
from xtiger.i18n.harmless import is_address
from xtiger.i18n.language import Language, language
from xtiger.model.runs import Outcome
from xtiger.panels.balances import balance_rows
from xtiger.panels.credit import credit_buttons, credit_rows, said_credit
from xtiger.panels.customers import delivery_buttons, delivery_rows
from xtiger.panels.facts import (
    ALLOW_SYNC,
    INVOICE_TYPE,
    INVOICE_TYPES,
    STATUS,
    STATUSES,
    PanelFacts,
)
from xtiger.panels.panel import Panel, PanelButton, PanelMessage, PanelState
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.customers.document_money import is_approved_sale, money_of, xero_day
from xtiger.rules.kinds import nature
from xtiger.rules.waiting import KEPT_BACK

#: Buttons of the panel itself: link to the Xero record that is the target, or make a new one.
LINK_ACTION = "xtiger.link"
NEW_ACTION = "xtiger.new"
#: Make it an alias of what is linked to the Xero record that is the target.
ALIAS_ACTION = "xtiger.alias"
#: Make an invoice that gives money back a credit note in Xero.
#: Leads to the page where conflicts are decided.
SOLVE_ACTION = "xtiger.solve"
#: Leads to Xero's consent.
CONNECT_ACTION = "xtiger.connect"
#: Codes of a likeness that Xero allows: two records may have it.
_CREATABLE = frozenset(
    {
        "contact_near_name",
        "likely_same",
        "item_same_name",
        "payment_looks_same",
        "payment_ambiguous",
    }
)


def build_panel(facts: PanelFacts) -> Panel:
    """The panel of one record."""
    words = language(facts.locale)
    if facts.mismatch is not None:
        return _of_another_crm(facts, facts.mismatch, words)
    state, badge = state_of(facts, words)
    return Panel(
        title=words.translate("Xero Information"),
        state=state,
        badge=badge,
        rows=(*_own_rows(facts, words), *(_foreign(row, words) for row in facts.rows)),
        messages=_messages(facts, state, words),
        actions=(
            *_own_buttons(facts, words),
            *_customer_buttons(facts, words),
            *_offered_buttons(facts, words),
        ),
        module=facts.module,
        record_id=facts.record_id,
        connection_id=facts.connection.id if facts.connection else None,
        action_url=facts.action_url or _action_url(facts),
        style_url=f"{facts.url_prefix}/xt/static/xtiger.css",
        locale=words.name,
        view_url=facts.view_url if facts.link else None,
        problems=tuple(facts.problems),
    )


def missing_panel(module: str, record_id: str, locale: str) -> Panel:
    """The panel of a record that the CRM has not: empty, with a sentence."""
    words = language(locale)
    said = words.sentence("The CRM has no record {id} of {module}.", id=record_id, module=module)
    gone = words.translate("It was deleted, or is not saved yet.")
    return Panel(
        title=words.translate("Xero Information"),
        state="none",
        badge=words.translate("No such record"),
        rows=(),
        messages=(PanelMessage(said, gone, "record_missing"),),
        actions=(),
        module=module,
        record_id=record_id,
        action_url="",
        locale=words.name,
        is_missing=True,
    )


def _of_another_crm(facts: PanelFacts, why: Mismatch, words: Language) -> Panel:
    """The panel while a person must decide which CRM it is: what is linked may be a stranger."""
    _ = words.translate
    return Panel(
        title=_("Xero Information"),
        state="held",
        badge=_("Syncing is stopped"),
        rows=(),
        messages=(
            PanelMessage(
                words.sentence(MISMATCHES[why], crm=facts.crm),
                _("Ask your administrator to decide on the overview page of Xero."),
                "other_crm",
            ),
        ),
        actions=(),
        module=facts.module,
        record_id=facts.record_id,
        action_url=facts.action_url or _action_url(facts),
        style_url=f"{facts.url_prefix}/xt/static/xtiger.css",
        locale=words.name,
    )


def _own_buttons(facts: PanelFacts, words: Language) -> list[PanelButton]:
    """What a person may do about the connection, or an unlinked record that looks like another."""
    if _is_ended(facts):
        return [PanelButton(CONNECT_ACTION, words.translate("Connect again"))]
    if _lacks_permission(facts):
        return [
            PanelButton(CONNECT_ACTION, words.translate("Connect again")),
            *_answers(facts, words),
        ]
    return _answers(facts, words)


def _is_ended(facts: PanelFacts) -> bool:
    """Whether nothing goes before it is connected again; a lost key ends it as Xero does."""
    ended = facts.connection is not None and facts.connection.state == "ended"
    return ended or facts.reconnect == "key_lost"


def _lacks_permission(facts: PanelFacts) -> bool:
    """Whether more must be allowed at Xero, for its module or for what was found last."""
    cause = facts.outcome.cause if facts.outcome is not None else None
    found = {one.code for one in cause.each()} if cause is not None else set()
    asked = facts.asked.why if facts.asked is not None else ""
    return "scope_missing" in {facts.reconnect, asked, *found}


def _answers(facts: PanelFacts, words: Language) -> list[PanelButton]:
    """What answers the question that the last run left."""
    outcome = facts.outcome
    if outcome is not None and _is_open_question(outcome):
        return [PanelButton(SOLVE_ACTION, words.translate("Decide"))]
    if not facts.allow_sync or outcome is None or outcome.cause is None:
        return []
    credited = credit_buttons(outcome.proposals, words) if facts.link else []
    return credited or ([] if facts.link else proposed_buttons(outcome, words))


def proposed_buttons(outcome: Outcome, words: Language) -> list[PanelButton]:
    """A button for each record that this one may be, and one to create it all the same."""
    entry = CATALOGUE.get(outcome.cause.code) if outcome.cause else None
    if entry is None:
        return []
    buttons = [
        PanelButton(
            LINK_ACTION,
            words.sentence("Link to {name}", name=proposal.name or proposal.xero_id),
            proposal.xero_id,
        )
        for proposal in outcome.proposals
        if proposal.verb == "link" and proposal.xero_id
    ]
    buttons += [
        PanelButton(
            ALIAS_ACTION,
            words.sentence("Alias of {name}", name=proposal.name or proposal.xero_id),
            proposal.xero_id,
        )
        for proposal in outcome.proposals
        if proposal.verb == "alias" and proposal.xero_id
    ]
    if buttons and entry.code in _CREATABLE:
        buttons.append(PanelButton(NEW_ACTION, words.translate("Create as new in Xero")))
    return [*buttons, *credit_buttons(outcome.proposals, words)]


def _customer_buttons(facts: PanelFacts, words: Language) -> list[PanelButton]:
    """What may be asked of an approved invoice of a sale, over a connection that works."""
    shadow = facts.shadow or {}
    money = money_of(facts.link.kind, shadow) if facts.link is not None else None
    works = facts.connection is not None and not _is_ended(facts) and not facts.reconnect
    if money is None or not works or not is_approved_sale(money):
        return []
    return delivery_buttons(facts.delivery, words, is_sent=money.is_sent, is_open=money.is_open)


def _is_open_question(outcome: Outcome) -> bool:
    """Whether both sides differ, or the record is gone on one of them: a person decides."""
    code = outcome.cause.code if outcome.cause else ""
    gone = outcome.result == "skipped" and code in ("gone_in_xero", "gone_in_crm")
    return outcome.result == "conflict" or gone


def _offered_buttons(facts: PanelFacts, words: Language) -> list[PanelButton]:
    """The buttons of extensions; none can take the place of one of ours."""
    connected = facts.connection is not None and not _is_ended(facts)
    return [
        PanelButton(action.name, words.translate(action.label))
        for action in facts.actions
        if not action.name.startswith("xtiger.") and (connected or not action.needs_connection)
    ]


def _action_url(facts: PanelFacts) -> str:
    module, record_id = quote(facts.module, safe=""), quote(facts.record_id, safe="")
    return f"{facts.url_prefix}/modules/XTiger/panel/{module}/{record_id}"


def _foreign(row: PanelRow, words: Language) -> PanelRow:
    """A row of an extension: its labels in our language, its link only when it is an address."""
    # A value from either side may end up as a link; javascript: must not run in the host's page.
    link = row.link if row.link and is_address(row.link) else None
    translate = words.translate
    choices = tuple((value, translate(label) if label else "") for value, label in row.choices)
    if row.widget == "choice" and row.value not in dict(choices):
        # A form without the present value would change the record by being saved.
        choices = ((row.value, row.value or "—"), *choices)
    return replace(row, label=translate(row.label), link=link, choices=choices)


def state_of(facts: PanelFacts, words: Language) -> tuple[PanelState, str]:
    """The state of a record and the same in one line."""
    _ = words.translate
    if facts.connection is None:
        return "none", _("No Xero organisation is connected")
    if facts.connection.state == "ended":
        return "held", words.sentence(
            "The connection to {name} has ended", name=facts.connection.name
        )
    if facts.reconnect == "key_lost":
        return "held", _("The key of its tokens is lost.")
    if facts.reconnect == "scope_missing":
        return "held", _("Xero's permission does not cover it")
    if facts.currencies is not None:
        return "held", _("Nothing is sent: the currencies differ")
    if not facts.allow_sync:
        return "off", _("Not selected for Xero")
    if facts.asked is not None:
        return "waiting", _("Asked for, waits to be sent")
    if facts.link is None and facts.outcome is None:
        return "none", _("Not in Xero yet")
    if facts.waiting or _linked_since(facts):
        return "waiting", _("Waits for the next sync")
    return _found(facts, words)


def _found(facts: PanelFacts, words: Language) -> tuple[PanelState, str]:
    """The state that the last run left, where nothing happened since."""
    _ = words.translate
    result = facts.outcome.result if facts.outcome else ""
    code = facts.outcome.cause.code if facts.outcome and facts.outcome.cause else ""
    if result == "excluded" or code in KEPT_BACK:
        chosen = code in ("", "not_selected")
        return "off", _("Not selected for Xero") if chosen else _("Left out of the sync")
    refused = {
        "xero_refused": _("Not sent: Xero refused it"),
        "crm_refused": _("Not taken over: the CRM refused it"),
    }
    troubles: dict[str, str] = {
        "held": _("Held: not sent to Xero"),
        "conflict": _("Changed on both sides: you decide"),
        "failed": refused.get(code, _("Failed: see why below")),
        "skipped": _("Skipped"),
    }
    if result in troubles:
        return "held", troubles[result]
    if facts.link is None:
        return "none", _("Not in Xero yet")
    if facts.link.state == "orphan":
        return "held", _("Gone in Xero")
    return "ok", _in_step(facts, words)


def _linked_since(facts: PanelFacts) -> bool:
    """Whether a person linked the record after it was held for its likeness."""
    cause = facts.outcome.cause if facts.outcome else None
    entry = CATALOGUE.get(cause.code) if cause else None
    return facts.link is not None and entry is not None and entry.button == "link"


def _in_step(facts: PanelFacts, words: Language) -> str:
    shadow = facts.shadow or {}
    parts = [words.translate("In step with Xero")]
    parts += [str(shadow[name]) for name in (*_NUMBERS, "Status") if shadow.get(name)]
    if facts.outcome and facts.outcome.at:
        parts.append(words.ago(facts.outcome.at, facts.now))
    return " · ".join(parts)


#: Where Xero keeps what people call the number of a record.
_NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "AccountNumber", "Code")


def _own_rows(facts: PanelFacts, words: Language) -> list[PanelRow]:
    _ = words.translate
    rows = [_allow_row(facts, words)]
    if facts.invoice_type is not None:
        rows.append(_type_row(facts, words))
    if facts.xero_status is not None:
        rows.append(_status_row(facts, words))
    shadow = facts.shadow or {}
    number = next((str(shadow[name]) for name in _NUMBERS if shadow.get(name)), "")
    if facts.link and number:
        rows.append(PanelRow(_("Number in Xero"), number))
    rows += _money_rows(facts, words)
    rows += delivery_rows(facts.delivery, facts.now, words)
    return [*rows, *balance_rows(facts.balances, facts.now, words)]


def _allow_row(facts: PanelFacts, words: Language) -> PanelRow:
    label = words.translate("Allow XTiger Sync")
    if not facts.selects:
        # The box would have no effect.
        return PanelRow(label, words.translate("All records of this module are synced"))
    return PanelRow(label, "1" if facts.allow_sync else "", edits=ALLOW_SYNC, widget="checkbox")


def _status_row(facts: PanelFacts, words: Language) -> PanelRow:
    _ = words.translate
    names = {
        "": _("As mapped"),
        "DRAFT": _("Draft"),
        "SUBMITTED": _("Awaiting approval"),
        "AUTHORISED": _("Approved"),
        "PAID": _("Paid"),
        "VOIDED": _("Voided"),
        "DELETED": _("Deleted"),
    }
    in_xero = str((facts.shadow or {}).get("Status") or "")
    if facts.link is not None and in_xero in names and in_xero not in ("", "DRAFT", "SUBMITTED"):
        # Nothing steps down from approved: a choice would have no effect.
        return PanelRow(_("Xero Status"), names[in_xero])
    choices = tuple((value, names[value]) for value in STATUSES)
    return PanelRow(
        _("Xero Status"), facts.xero_status or "", edits=STATUS, choices=choices, widget="choice"
    )


def _type_row(facts: PanelFacts, words: Language) -> PanelRow:
    _ = words.translate
    names = {"Invoice": _("Invoice"), "Bill": _("Bill"), "Receipt": _("Receipt")}
    names |= {"Credit note": _("Credit note"), "Supplier credit": _("Supplier credit")}
    chosen = facts.invoice_type or "Invoice"
    if facts.link is not None:
        # The type of a document cannot change once it is in Xero.
        shadow = facts.shadow or {}
        there = nature(facts.link.kind).type_of(shadow) if shadow.get("Type") else None
        shown = there.word if there is not None else chosen
        return PanelRow(_("Xero Invoice Type"), names.get(shown, shown))
    choices = tuple((name, names[name]) for name in INVOICE_TYPES)
    if chosen not in INVOICE_TYPES:
        # Chosen elsewhere, in the CRM perhaps: here it can be set right.
        present = words.sentence("{type} (not sent yet)", type=names.get(chosen, chosen))
        choices = ((chosen, present), *choices)
    return PanelRow(
        _("Xero Invoice Type"), chosen, edits=INVOICE_TYPE, choices=choices, widget="choice"
    )


def _money_rows(facts: PanelFacts, words: Language) -> list[PanelRow]:
    shadow = facts.shadow or {}
    fallback = facts.connection.base_currency if facts.connection else ""
    currency = str(shadow.get("CurrencyCode") or fallback)
    if facts.link is not None and nature(facts.link.kind).gives_back:
        return credit_rows(shadow, currency, words)
    if facts.link is not None and shadow.get("BatchPaymentID"):
        # Xero lets none of its payments be changed alone.
        return [PanelRow(words.translate("Part of"), words.translate("a batch payment in Xero"))]
    due, total = _decimal(shadow.get("AmountDue")), _decimal(shadow.get("Total"))
    if due is None or total is None or facts.link is None:
        return []
    text = words.sentence(
        "{due} of {total}", due=words.money(due, currency), total=words.amount(total, currency)
    )
    paid = _decimal(shadow.get("AmountPaid"))
    if paid:
        on = _last_payment(shadow)
        values = {"amount": words.amount(paid, currency)}
        text += " · " + (
            words.sentence("paid {amount} on {day}", **values, day=words.day(on, facts.now))
            if on
            else words.sentence("paid {amount}", **values)
        )
    found = [PanelRow(words.translate("Due"), text)]
    if facts.rounding:
        found.append(PanelRow(words.translate("Rounding"), _said_rounding(facts, currency, words)))
    credit = said_credit(shadow, currency, words)
    return [*found, PanelRow(words.translate("Credited"), credit)] if credit else found


def _said_rounding(facts: PanelFacts, currency: str, words: Language) -> str:
    """Why Xero has a line that the CRM has not."""
    amount = words.money(facts.rounding, currency)
    return words.sentence("{amount}: a line in Xero that makes both totals equal", amount=amount)


def _last_payment(shadow: Mapping[str, Any]) -> date | None:
    days = [xero_day(payment.get("Date")) for payment in shadow.get("Payments") or ()]
    return max((day for day in days if day is not None), default=None)


def _decimal(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _ended(facts: PanelFacts, name: str, words: Language) -> PanelMessage:
    """What waits while a connection has ended: a linked record goes to no other."""
    if facts.link is not None:
        cause = cause_of("owner_ended", organisation=name)
        return PanelMessage(*spoken_cause(cause, words, "browser"), cause.code)
    waits = words.translate("Nothing is lost: changes wait until it is connected again.")
    said, fix = spoken_cause(cause_of("reconnect_needed"), words, "browser")
    return PanelMessage(f"{said} {waits}", fix, "reconnect_needed")


def _lacking(facts: PanelFacts, words: Language) -> PanelMessage:
    """Why an active connection moves nothing of this record."""
    _, why = words.translate, facts.reconnect
    if why == "scope_missing":
        cause = cause_of("scope_missing", module=facts.module)
        return PanelMessage(*spoken_cause(cause, words, "browser"), why)
    waits = _("Nothing is lost: changes wait until it is connected again.")
    fix = spoken_cause(cause_of("reconnect_needed"), words, "browser")[1]
    return PanelMessage(f"{_('The key of its tokens is lost.')} {waits}", fix, why)


def _of_connection(facts: PanelFacts, words: Language) -> PanelMessage | None:
    """Why nothing moves over this connection at all; None where it does."""
    _ = words.translate
    if facts.connection is None:
        return PanelMessage(
            _("Nothing is sent before an organisation is connected."),
            _("Ask your administrator to connect Xero."),
            "not_connected",
        )
    if facts.connection.state == "ended":
        return _ended(facts, facts.connection.name, words)
    if facts.reconnect:
        return _lacking(facts, words)
    if facts.currencies is not None:
        own, theirs = facts.currencies
        cause = cause_of("base_currency_differs", crm=own, xero=theirs)
        return PanelMessage(*spoken_cause(cause, words, "browser"), cause.code)
    return None


def _messages(facts: PanelFacts, state: PanelState, words: Language) -> tuple[PanelMessage, ...]:
    stop = _of_connection(facts, words)
    if stop is not None:
        return (stop,)
    if not facts.allow_sync:
        return ()
    if facts.asked is not None:
        return (PanelMessage(*spoken_wait(facts.asked, words, facts.now), facts.asked.why),)
    outcome = facts.outcome
    if facts.waiting:
        # What the last run found may be mended: the next one looks again.
        return ()
    if outcome is None or outcome.cause is None or not facts.sentences[0]:
        return ()
    if _linked_since(facts):
        return ()
    kept_back = outcome.result == "excluded" or outcome.cause.code in KEPT_BACK
    if state in ("held", "waiting") or kept_back:
        return (PanelMessage(*facts.sentences, outcome.cause.code),)
    return ()
