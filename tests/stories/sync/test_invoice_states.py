"""Invoices on their way: status, locks, parents, numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_invoices import lines_there, sent
from tests.world import World
from xtiger.engine.plan.invoice.judge import InvoiceJudge
from xtiger.model.plans import Item
from xtiger.model.records import Currency


def pay(world: World, crm_id: str, amount: int) -> None:
    """Receive money for an invoice in Xero's own pages."""
    there = {"InvoiceID": world.xero_id("Invoices", crm_id)}
    world.sandbox.add(
        "Payments",
        {
            "Invoice": there,
            "Account": {"Code": "090"},
            "Date": "2026-11-20",
            "Amount": amount,
        },
    )


# --- status ---


@pytest.mark.parametrize(
    ("crm", "xero"), [("Created", "DRAFT"), ("Approved", "AUTHORISED"), ("Paid", "AUTHORISED")]
)
def test_the_status_map_fills_xeros_status(world: World, crm: str, xero: str) -> None:
    """Draft stays a draft, Approved is approved, Paid is approved without inventing a payment."""
    crm_id = sent(world, invoicestatus=crm)

    assert xero == world.in_xero("Invoices", crm_id)["Status"]
    assert Decimal(0) == Decimal(str(world.in_xero("Invoices", crm_id)["AmountPaid"]))


@pytest.mark.feature("F029")
def test_xero_status_of_the_panel_wins(world: World) -> None:
    """The record's own Xero Status is what is sent, whatever the CRM's status is."""
    crm_id = sent(world, xero_status="SUBMITTED")

    assert "SUBMITTED" == world.in_xero("Invoices", crm_id)["Status"]


def test_a_draft_is_approved_and_never_goes_back(world: World) -> None:
    """Draft → Approved travels; set back in the CRM, Xero's stays approved, nothing is planned."""
    crm_id = sent(world, invoicestatus="Created")
    world.host.edit("Invoices", crm_id, invoicestatus="Approved")
    world.sync()
    assert "AUTHORISED" == world.in_xero("Invoices", crm_id)["Status"]
    world.host.edit("Invoices", crm_id, invoicestatus="Created")

    world.sync()

    assert "AUTHORISED" == world.in_xero("Invoices", crm_id)["Status"]
    assert 0 == world.actions()


def test_a_status_unknown_later_holds_the_invoice(loose: World) -> None:
    """A linked invoice whose status has no meaning is held; a status map gives it one."""
    world = loose
    crm_id = sent(world, invoicestatus="Created")
    world.host.edit("Invoices", crm_id, invoicestatus="Pondered")
    world.sync()
    assert "status_unknown" == code_of(world, "Invoices", crm_id)
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    options = {**mapping.options, "status_map": {"Pondered": "AUTHORISED"}}
    world.xt.mappings.save(
        type(mapping)(mapping.module, mapping.kind, mapping.rows, options=options)
    )

    world.sync()

    assert "AUTHORISED" == world.in_xero("Invoices", crm_id)["Status"]


def test_a_cancelled_linked_invoice_is_not_voided(world: World) -> None:
    """Cancel needs a delete that is switched off: held; voided in Xero by hand, all is well."""
    crm_id = sent(world)
    world.host.edit("Invoices", crm_id, invoicestatus="Cancel")
    world.sync()
    assert "cancel_not_allowed" == code_of(world, "Invoices", crm_id)
    xero_id = world.xero_id("Invoices", crm_id)
    world.sandbox.edit("Invoices", xero_id, {"Status": "VOIDED"})

    world.sync()

    assert "unchanged" == world.outcome("Invoices", crm_id).result
    assert {} == world.codes()


@pytest.mark.parametrize(("start", "end"), [("Created", "DELETED"), ("Approved", "VOIDED")])
def test_an_invoice_gone_in_xero_is_not_sent_again(world: World, start: str, end: str) -> None:
    """Deleted or voided there: told, and never made a second time."""
    crm_id = sent(world, invoicestatus=start)
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"Status": end})

    for _ in range(2):
        world.sync()

        assert "gone_in_xero" == code_of(world, "Invoices", crm_id)
    assert 1 == len(world.xero("Invoices"))


# --- locked ---


@pytest.mark.parametrize("amount", [10, 4], ids=["paid", "part paid"])
def test_a_paid_invoice_holds_what_xero_locks(world: World, amount: int) -> None:
    """A new price on a paid or part paid invoice is held with a credit note as the proposal."""
    crm_id = sent(world)
    pay(world, crm_id, amount)
    (first,) = world.host.record("Invoices", crm_id).lines
    world.host.edit_lines("Invoices", crm_id, [{"id": first["id"], "listprice": Decimal(3)}])

    world.sync()

    outcome = world.outcome("Invoices", crm_id)
    assert outcome.cause is not None
    assert ("invoice_reduced", "7.00") == (outcome.cause.code, outcome.cause.data["amount"])
    assert ["credit_note"] == [proposal.verb for proposal in outcome.proposals]
    assert Decimal(10) == world.in_xero("Invoices", crm_id)["Total"]


def test_a_paid_invoice_still_takes_a_reference(world: World) -> None:
    """What Xero lets change on a paid invoice travels."""
    crm_id = sent(world)
    pay(world, crm_id, 10)
    world.host.edit("Invoices", crm_id, subject="Order 8")

    world.sync()

    assert "Order 8" == world.in_xero("Invoices", crm_id)["Reference"]
    assert 0 == world.actions()


def test_money_received_comes_in_and_nothing_goes_out(world: World) -> None:
    """Paid in Xero: status and money received come in once; nothing is sent."""
    crm_id = sent(world)
    pay(world, crm_id, 10)

    world.sync()

    outcome = world.outcome("Invoices", crm_id)
    values = world.host.record("Invoices", crm_id).values
    assert ("updated", "to_crm") == (outcome.result, outcome.flow)
    assert ("Paid", 10, 0) == tuple(values[k] for k in ("invoicestatus", "received", "balance"))
    assert 0 == world.actions()


def test_a_locked_period_holds(world: World) -> None:
    """A date in a locked period: held with both dates; a later date releases it."""
    stored = world.sandbox._state.all(world.organisation(), "Organisation")
    key = str(stored[0]["OrganisationID"])
    world.sandbox.edit("Organisation", key, {"PeriodLockDate": "2026-11-10"})
    crm_id = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    outcome = world.outcome("Invoices", crm_id)
    assert outcome.cause is not None
    assert ("period_locked", "2026-11-10") == (outcome.cause.code, outcome.cause.data["lock"])
    world.host.edit("Invoices", crm_id, invoicedate=date(2026, 11, 11))

    world.sync()

    assert "created" == world.outcome("Invoices", crm_id).result


def test_the_currency_of_an_approved_invoice_is_fixed(world: World) -> None:
    """Another currency after approval is held; Xero would refuse it."""
    world.sandbox.add("Currencies", {"Code": "USD"})
    world.host._currencies = (*world.host.currencies(), Currency("USD"))
    crm_id = sent(world, currency="GBP")
    world.host.edit("Invoices", crm_id, currency="USD")

    world.sync(full=True)

    assert "currency_fixed" == code_of(world, "Invoices", crm_id)


# --- parents ---


def test_an_invoice_waits_for_its_organisation_and_goes_by_itself(world: World) -> None:
    """The organisation is held: so is its invoice, by name; mended, both go in one run."""
    parent = organisation(world, "Acme", email1="wrong")
    crm_id = invoice(world, "I1", parent)
    world.sync()
    outcome = world.outcome("Invoices", crm_id)
    assert outcome.cause is not None
    assert ("waits_for_parent", "Acme") == (outcome.cause.code, outcome.cause.data["parent"])
    world.host.edit("Organizations", parent, email1="right@acme.example")

    world.sync()

    assert "created" == world.outcome("Invoices", crm_id).result


def test_an_invoice_waits_for_its_product_and_goes_by_itself(world: World) -> None:
    """The product's code is too long: its invoice waits; mended, both go in one run."""
    goods = product(world, "x" * 31)
    crm_id = invoice(world, "I1", organisation(world, "Acme"), [line(product_id=goods)])
    world.sync()
    assert "waits_for_parent" == code_of(world, "Invoices", crm_id)
    world.host.edit("Products", goods, productcode="P1")

    world.sync()

    assert "P1" == lines_there(world, crm_id)[0]["ItemCode"]


def test_an_invoice_moved_to_an_unsent_organisation_waits(world: World) -> None:
    """A linked invoice given to an organisation that is held waits, too, and goes by itself."""
    crm_id = sent(world)
    other = organisation(world, "Other", email1="wrong")
    world.host.edit("Invoices", crm_id, account_id=other)
    world.sync()
    assert "waits_for_parent" == code_of(world, "Invoices", crm_id)
    world.host.edit("Organizations", other, email1="")

    world.sync()

    there = world.in_xero("Invoices", crm_id)["ContactID"]
    assert world.xero_id("Organizations", other) == there


def test_a_parent_that_xero_refuses_keeps_its_invoice_back(world: World) -> None:
    """Planned together, refused in Xero: the invoice is not sent to nobody."""
    parent = organisation(world, "Acme")
    crm_id = invoice(world, "I1", parent)
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT", element=0)

    world.sync()

    assert "xero_refused" == code_of(world, "Organizations", parent)
    assert "waits_for_parent" == code_of(world, "Invoices", crm_id)
    assert [] == world.xero("Invoices")


def test_a_line_of_a_deleted_product_is_incomplete(world: World) -> None:
    """The product was deleted in the CRM: the line is held, not sent as free text."""
    goods = product(world, "P1")
    crm_id = invoice(world, "I1", organisation(world, "Acme"), [line(product_id=goods)])
    world.host.remove("Products", goods)

    world.sync()

    assert "line_incomplete" == code_of(world, "Invoices", crm_id)


def test_two_invoices_of_one_number_send_one(world: World) -> None:
    """A number is claimed once per plan, and a stranger's number is not taken over."""
    acme = organisation(world, "Acme")
    world.sync()
    element = {
        "Type": "ACCREC",
        "Contact": {"ContactID": world.xero_id("Organizations", acme)},
        "InvoiceNumber": "I1",
        "Date": "2026-11-02",
        "DueDate": "2026-12-02",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}],
    }
    world.sandbox.add("Invoices", element)
    crm_id = invoice(world, "I1", acme)

    world.sync()

    assert "number_taken" == code_of(world, "Invoices", crm_id)
    assert 1 == len(world.xero("Invoices"))


def test_a_new_number_that_xero_has_is_held(world: World) -> None:
    """Renumbered to the number of another invoice: held."""
    acme = organisation(world, "Acme")
    first, _ = invoice(world, "I1", acme), invoice(world, "I2", acme)
    world.sync()
    other = next(raw["InvoiceID"] for raw in world.xero("Invoices") if raw["InvoiceNumber"] == "I2")
    world.sandbox.edit("Invoices", other, {"InvoiceNumber": "I3"})
    world.host.edit("Invoices", first, invoice_no="I3")

    world.sync()

    assert "number_taken" == code_of(world, "Invoices", first)


def test_a_total_that_xero_counts_otherwise_is_an_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero's answer has another total than was computed before: failed, with both totals."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"))
    real = InvoiceJudge._with_needs

    def a_cent_off(desk: InvoiceJudge, *given: Any) -> Item:
        item = real(desk, *given)
        return replace(item, expected_total=Decimal("10.01"))

    monkeypatch.setattr(InvoiceJudge, "_with_needs", a_cent_off)

    world.sync()

    outcome = world.outcome("Invoices", crm_id)
    assert outcome.cause is not None
    assert ("failed", "xero_total_differs") == (outcome.result, outcome.cause.code)
