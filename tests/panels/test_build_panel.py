"""What stands in the panel for each state of a record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xtiger.hookspecs import PanelRow, RecordAction
from xtiger.model.cause_codes import CauseCode
from xtiger.model.connections import Connection
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Proposal
from xtiger.model.runs import Asked, Outcome
from xtiger.model.verbs import ResultName
from xtiger.panels import (
    ALLOW_SYNC,
    INVOICE_TYPE,
    LINK_ACTION,
    NEW_ACTION,
    STATUS,
    PanelButton,
    PanelFacts,
    build_panel,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AROHA = Connection(
    id="c1",
    tenant="",
    organisation_id="o1",
    xero_connection_id="x1",
    name="Aroha Trading Ltd",
    base_currency="GBP",
    short_code="!aRoHa",
)
LINK = Link("c1", "Invoice", "x-7", "Invoices", "7", id=1)
SHADOW = {
    "InvoiceNumber": "INV-0117",
    "Status": "AUTHORISED",
    "Total": Decimal("1860.00"),
    "AmountDue": Decimal("1240.00"),
    "AmountPaid": Decimal("620.00"),
    "CurrencyCode": "GBP",
    "Payments": [{"Date": "/Date(1762128000000+0000)/"}, {"Date": "2026-11-03T00:00:00"}],
}


def outcome(result: ResultName, code: CauseCode | None = "due_date_missing") -> Outcome:
    """The last outcome of the invoice, 12 minutes old."""
    return Outcome(
        "c1",
        "r1",
        "Invoices",
        "Invoice",
        "7",
        None,
        "INV-0117",
        result,
        cause=Cause(code) if code else None,
        at=NOW - timedelta(minutes=12),
    )


def facts(**values: Any) -> PanelFacts:
    """A linked invoice in step with Xero, with the given values changed."""
    known = PanelFacts(
        module="Invoices",
        record_id="7",
        now=NOW,
        connection=AROHA,
        link=LINK,
        shadow=SHADOW,
        outcome=outcome("updated", None),
        xero_status="",
        invoice_type="Invoice",
        view_url="https://go.xero.com/x",
    )
    return replace(known, **values)


def test_a_record_in_step_says_so_in_one_line() -> None:
    """State, number, Xero's status and when."""
    panel = build_panel(facts())

    assert ("ok", "In step with Xero · INV-0117 · AUTHORISED · 12 min ago") == (
        panel.state,
        panel.badge,
    )


def test_the_amounts_stand_in_one_row() -> None:
    """Due of total, paid and when it was paid last."""
    rows = {row.label: row.value for row in build_panel(facts()).rows}

    assert "1,240.00 GBP of 1,860.00 · paid 620.00 on 3 Nov" == rows["Due"]
    assert "Rounding" not in rows


def test_a_line_for_rounding_is_told() -> None:
    """The panel says why Xero has a line that the CRM has not."""
    panel = build_panel(facts(shadow=SHADOW, rounding=Decimal("-0.01")))
    rows = {row.label: row.value for row in panel.rows}

    assert "-0.01 GBP: a line in Xero that makes both totals equal" == rows["Rounding"]


def test_what_credit_pays_stands_in_a_row_of_its_own() -> None:
    """In the language; what cannot be read, or is nothing, is left out; no credit is no row."""
    credit = {
        "CreditNotes": [{"CreditNoteNumber": "CN-7", "AppliedAmount": Decimal(2)}],
        "Prepayments": [{"AppliedAmount": "x"}, {"AppliedAmount": 0}],
        "Overpayments": [{"AppliedAmount": 1.5}],
    }
    known = facts()
    shown = facts(locale="de", shadow={**(known.shadow or {}), **credit})
    rows = {row.label: row.value for row in build_panel(shown).rows}

    assert "Gutschrift CN-7 2,00 · Überzahlung 1,50" == rows["Gutgeschrieben"]
    assert "Credited" not in {row.label for row in build_panel(known).rows}


def test_amounts_in_german() -> None:
    """Sentence and amounts follow the language."""
    rows = {row.label: row.value for row in build_panel(facts(locale="de")).rows}

    assert "1.240,00 GBP von 1.860,00 · bezahlt 620,00 am 3. Nov." == rows["Offen"]


def test_a_record_without_amounts_has_no_such_row() -> None:
    """A contact is never due."""
    panel = build_panel(facts(shadow={"Name": "Aroha"}))

    assert "Due" not in {row.label for row in panel.rows}


@pytest.mark.parametrize(
    ("values", "state", "badge"),
    [
        ({"connection": None}, "none", "No Xero organisation is connected"),
        (
            {"connection": AROHA.ended("gone")},
            "held",
            "The connection to Aroha Trading Ltd has ended",
        ),
        ({"allow_sync": False}, "off", "Not selected for Xero"),
        ({"waiting": True}, "waiting", "Waits for the next sync"),
        ({"outcome": outcome("held")}, "held", "Held: not sent to Xero"),
        ({"outcome": outcome("conflict")}, "held", "Changed on both sides: you decide"),
        ({"outcome": outcome("failed", "xero_refused")}, "held", "Not sent: Xero refused it"),
        (
            {"outcome": outcome("failed", "crm_refused")},
            "held",
            "Not taken over: the CRM refused it",
        ),
        ({"outcome": outcome("failed", "answer_unknown")}, "held", "Failed: see why below"),
        ({"outcome": outcome("skipped")}, "held", "Skipped"),
        ({"outcome": outcome("excluded", "not_selected")}, "off", "Not selected for Xero"),
        ({"outcome": outcome("excluded", "status_not_selected")}, "off", "Left out of the sync"),
        ({"link": None, "outcome": None}, "none", "Not in Xero yet"),
        ({"link": replace(LINK, state="orphan")}, "held", "Gone in Xero"),
    ],
)
def test_each_state_has_its_line(values: dict[str, Any], state: str, badge: str) -> None:
    """The state follows from connection, box, waiting change, outcome and link."""
    panel = build_panel(facts(**values))

    assert (state, badge) == (panel.state, panel.badge)


def test_trouble_comes_with_its_fix_and_code() -> None:
    """The sentences of the outcome stand in the box."""
    sentences = ("The invoice has no due date.", "Fill in the due date.")

    (message,) = build_panel(facts(outcome=outcome("held"), sentences=sentences)).messages

    assert (*sentences, "due_date_missing") == (message.text, message.fix, message.code)


def test_old_trouble_is_not_shown_when_sync_is_off() -> None:
    """Whoever unticked the box is not asked to mend anything."""
    panel = build_panel(
        facts(allow_sync=False, outcome=outcome("held"), sentences=("Broken.", "Mend it."))
    )

    assert () == panel.messages


def test_without_connection_the_next_step_is_named() -> None:
    """The user cannot connect, so the administrator is named."""
    (message,) = build_panel(facts(connection=None)).messages

    assert "Ask your administrator to connect Xero." == message.fix


def _type_row(**values: Any) -> PanelRow:
    rows = build_panel(facts(**values)).rows
    return next(row for row in rows if row.label == "Xero Invoice Type")


@pytest.mark.parametrize("kind", ["Invoice", "Bill", "Receipt"])
def test_the_type_is_fixed_once_linked(kind: str) -> None:
    """Xero cannot turn an invoice into a bill."""
    assert (None, kind) == (_type_row(invoice_type=kind).edits, _type_row(invoice_type=kind).text)


def test_a_type_that_is_not_sent_is_not_offered() -> None:
    """Three are; a record of another type can be made one of these."""
    usual = _type_row(link=None)
    other = _type_row(link=None, invoice_type="Quote")

    assert (INVOICE_TYPE, "Invoice") == (usual.edits, usual.text)
    assert ["Invoice", "Bill", "Receipt"] == [value for value, _label in usual.choices]
    assert (INVOICE_TYPE, "Quote (not sent yet)") == (other.edits, other.text)
    assert ["Quote", "Invoice", "Bill", "Receipt"] == [value for value, _label in other.choices]


def test_what_xero_has_decides_the_type_shown() -> None:
    """A bill that the CRM calls nothing is a bill."""
    assert "Bill" == _type_row(shadow={**SHADOW, "Type": "ACCPAY"}).text


def test_the_status_offers_four_choices() -> None:
    """Empty means: as the mapping of statuses says."""
    draft = {**SHADOW, "Status": "DRAFT"}
    row = next(row for row in build_panel(facts(shadow=draft)).rows if row.edits == STATUS)

    assert ["", "DRAFT", "SUBMITTED", "AUTHORISED"] == [value for value, _label in row.choices]


@pytest.mark.parametrize(("status", "shown"), [("AUTHORISED", "Approved"), ("PAID", "Paid")])
def test_no_status_is_offered_once_approved(status: str, shown: str) -> None:
    """Nothing steps down from approved, so that a choice would have no effect."""
    rows = build_panel(facts(shadow={**SHADOW, "Status": status})).rows

    assert [(None, shown)] == [(r.edits, r.text) for r in rows if r.label == "Xero Status"]


def test_a_box_without_effect_is_not_offered() -> None:
    """Where all records of a module are synced, the box would decide nothing."""
    rows = build_panel(facts(selects=False)).rows
    (row,) = [row for row in rows if row.label == "Allow XTiger Sync"]

    assert (None, "All records of this module are synced") == (row.edits, row.text)


@pytest.mark.parametrize("result", ["held", "skipped", "failed", "excluded", "conflict"])
def test_a_change_counts_more_than_the_last_outcome(result: ResultName) -> None:
    """What was saved since is looked at again: old trouble is not told as if it were now."""
    found = build_panel(facts(waiting=True, outcome=outcome(result), sentences=("Old.", "Mend.")))

    assert ("waiting", ()) == (found.state, found.messages)


def test_a_wish_that_waits_says_why_and_when() -> None:
    """The panel tells what it waits for and when it goes."""
    wish = Asked("Invoices", "7", NOW, NOW + timedelta(seconds=150), "rate_limited", automatic=True)
    panel = build_panel(facts(asked=wish, outcome=outcome("held"), sentences=("Old.", "Mend.")))
    (message,) = panel.messages

    assert ("waiting", "Asked for, waits to be sent") == (panel.state, panel.badge)
    assert "Xero's limit of calls is used up for now." == message.text
    assert "It goes automatically in about 3 minutes. Nothing is lost." == message.fix


def test_other_modules_have_neither_type_nor_status() -> None:
    """A product has only the box."""
    panel = build_panel(facts(xero_status=None, invoice_type=None, shadow={"Code": "SKU-1"}))

    assert [ALLOW_SYNC] == [row.edits for row in panel.rows if row.edits]


def test_a_script_as_link_is_not_a_link() -> None:
    """A row of an extension cannot run code in the host's page."""
    panel = build_panel(facts(rows=[PanelRow("Account", "200", link="javascript:alert(1)")]))

    assert [None] == [row.link for row in panel.rows if row.label == "Account"]


def test_the_form_posts_below_the_prefix() -> None:
    """Module and id are quoted in the address."""
    panel = build_panel(facts(url_prefix="/crm", record_id="a/b c"))

    assert "/crm/modules/XTiger/panel/Invoices/a%2Fb%20c" == panel.action_url


def test_the_panel_is_plain_data() -> None:
    """as_dict holds only what any JSON writer takes, buttons included."""
    action = RecordAction("copy", "Copy to Xero", lambda _context, _refs: "")

    found = json.loads(json.dumps(build_panel(facts(actions=[action])).as_dict()))

    assert [{"name": "copy", "label": "Copy to Xero", "target": ""}] == found["actions"]


def test_odd_shadows_are_survived() -> None:
    """Unreadable amounts and dates leave the row out instead of the panel."""
    shadow = {**SHADOW, "AmountDue": "n/a", "Payments": [{"Date": "soon"}]}

    assert "Due" not in {row.label for row in build_panel(facts(shadow=shadow)).rows}


def likeness(code: CauseCode) -> dict[str, Any]:
    """An unlinked record that looks like one in Xero."""
    found = replace(
        outcome("held", code), proposals=(Proposal("link", xero_id="x-9", name="Aroha"),)
    )
    return {"link": None, "outcome": found, "sentences": ("Alike.", "Choose.")}


def test_a_likeness_can_be_linked_or_made_new() -> None:
    """Nearly the same name: both ways are a button."""
    panel = build_panel(facts(**likeness("contact_near_name")))

    assert [
        PanelButton(LINK_ACTION, "Link to Aroha", "x-9"),
        PanelButton(NEW_ACTION, "Create as new in Xero"),
    ] == [*panel.actions]


def test_the_same_name_can_only_be_linked() -> None:
    """Xero refuses a second contact of one name, so it is not offered."""
    panel = build_panel(facts(**likeness("contact_same_name")))

    assert [(LINK_ACTION, "x-9")] == [(one.name, one.target) for one in panel.actions]


def test_a_target_goes_into_the_address_that_the_button_posts_to() -> None:
    """A button posts one value; an id with signs of an address stays whole."""
    odd, plain = PanelButton(LINK_ACTION, "Link", "a&b?c"), PanelButton(NEW_ACTION, "New")

    assert ["/p?target=a%26b%3Fc", "/p?x=1&target=a%26b%3Fc", "/p"] == [
        odd.address("/p"),
        odd.address("/p?x=1"),
        plain.address("/p"),
    ]
    assert (
        'formaction="/p?target=a%26b%3Fc"'
        in replace(build_panel(facts()), actions=(odd, plain), action_url="/p").html()
    )


def test_a_linked_record_is_not_offered_another() -> None:
    """Once linked, the old proposal is over and the next sync is waited for."""
    panel = build_panel(facts(**{**likeness("contact_near_name"), "link": LINK}))

    assert ("waiting", (), ()) == (panel.state, panel.messages, panel.actions)


@pytest.mark.parametrize("connection", [None, AROHA.ended("gone")])
def test_a_button_without_effect_is_not_offered(connection: Connection | None) -> None:
    """What needs a connection is not pressed in vain; one that ended can be made again."""
    actions = [
        RecordAction("copy", "Copy", lambda _c, _r: "", needs_connection=True),
        RecordAction("print", "Print", lambda _c, _r: ""),
    ]

    found = build_panel(facts(connection=connection, actions=actions)).actions

    again = [] if connection is None else ["xtiger.connect"]
    assert [*again, "print"] == [button.name for button in found]


def test_an_extension_cannot_take_our_buttons() -> None:
    """Names that begin with xtiger. are ours."""
    action = RecordAction("xtiger.new", "Mine", lambda _context, _refs: "")

    assert () == build_panel(facts(actions=[action])).actions


def test_labels_of_extensions_are_translated() -> None:
    """Row, choice and button of an extension follow the language where it is known."""
    row = PanelRow(
        "Sales account",
        "",
        edits="x",
        widget="choice",
        choices=(("", "As set for all invoices"), ("200", "200 Sales")),
    )
    action = RecordAction("copy", "Copy to Xero", lambda _context, _refs: "")

    panel = build_panel(facts(locale="de", rows=[row], actions=[action]))

    shown = panel.rows[-1]
    assert (
        "Erlöskonto",
        ["Wie für alle Rechnungen festgelegt", "200 Sales"],
        "Nach Xero kopieren",
    ) == (
        shown.label,
        [label for _value, label in shown.choices],
        panel.actions[0].label,
    )
