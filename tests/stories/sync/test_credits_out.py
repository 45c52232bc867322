"""Invoices of the CRM that give money back become credit notes in Xero, where somebody says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.engine.plan.test_foreseen import _tracked
from tests.stories.sync.credits import let_credit, note
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_credit_notes import credited
from tests.stories.sync.test_money_on_account import allocate
from tests.world import World
from xtiger.errors import LinkRefused, RecordMissing
from xtiger.xero.organisations import XeroOrganisation


def below_zero(world: World, number: str = "C1", **values: Any) -> str:
    """An approved invoice of -10.00 in the CRM; answers its id."""
    return invoice(world, number, organisation(world, "Acme"), [line("-10")], **values)


def use(world: World, sold: str, amount: str) -> None:
    """An accountant sets the credit against an invoice in Xero."""
    invoice_id = world.xero_id("Invoices", sold)
    allocate(world, "CreditNotes", note(world)["CreditNoteID"], invoice_id, amount)


def test_an_invoice_below_zero_waits_until_a_person_says_so(world: World) -> None:
    """Held, then a credit note of 10.00 in Xero, and nothing is left to do."""
    own = below_zero(world)
    world.sync()
    before = world.codes()

    said = world.xt.credits.make("Invoices", own)
    world.sync()

    assert {("Invoices", own): "total_negative"} == before
    assert "credit note" in said
    made = note(world)
    assert ("ACCRECCREDIT", "C1", "AUTHORISED", Decimal(10)) == (
        made["Type"],
        made["CreditNoteNumber"],
        made["Status"],
        made["Total"],
    )
    assert [] == world.xero("Invoices")
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def test_the_option_says_so_for_all(world: World) -> None:
    """With it a negative invoice and one in the status Credit Invoice go in the first sync."""
    let_credit(world)
    below = below_zero(world)
    said = invoice(world, "C2", world_customer(world), invoicestatus="Credit Invoice")

    world.sync()

    made = {one["CreditNoteNumber"]: one["Total"] for one in world.xero("CreditNotes")}
    assert {"C1": Decimal(10), "C2": Decimal(10)} == made
    assert ["created", "created"] == [world.outcome("Invoices", i).result for i in (below, said)]
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def world_customer(world: World) -> str:
    """The only organisation of the CRM."""
    (found,) = world.host.changed_since("Organizations", None).records
    return found.ref.id


def test_discounts_go_into_the_prices(world: World) -> None:
    """A credit note takes none: the price goes net of it, and both totals are the same."""
    let_credit(world)
    lines = [
        line("-20", discount_percent=Decimal(15), quantity=Decimal(3)),
        line("7", quantity=Decimal(-2)),
        line("4"),
    ]
    own = invoice(world, "C1", organisation(world, "Acme"), lines, total=Decimal(-61))

    world.sync()

    sent = [(one["Quantity"], one["UnitAmount"]) for one in note(world)["LineItems"]]
    assert [(3, Decimal(17)), (2, Decimal(7)), (1, Decimal(-4))] == sent
    assert (Decimal(61), "created") == (note(world)["Total"], world.outcome("Invoices", own).result)
    assert quiet(world)


def test_a_used_credit_comes_back(world: World) -> None:
    """What an accountant sets against an invoice lowers what the CRM has left of the credit."""
    let_credit(world)
    customer = organisation(world, "Acme")
    bill = invoice(world, "I1", customer, [line("30")], balance=Decimal(30))
    own = invoice(world, "C1", customer, [line("-10")], balance=Decimal(-10))
    world.sync()
    allocate(
        world, "CreditNotes", note(world)["CreditNoteID"], world.xero_id("Invoices", bill), "4"
    )

    world.sync()

    assert (Decimal(26), Decimal(-6)) == (
        world.in_crm("Invoices", bill, "balance"),
        world.in_crm("Invoices", own, "balance"),
    )
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def set_against(world: World) -> tuple[str, str]:
    """An invoice of 30 and a credit note of 10, of which an accountant set 4 against it."""
    let_credit(world)
    customer = organisation(world, "Acme")
    sold = invoice(world, "I1", customer, [line("30")])
    own = invoice(world, "C1", customer, [line("-10")])
    world.sync()
    allocate(
        world, "CreditNotes", note(world)["CreditNoteID"], world.xero_id("Invoices", sold), "4"
    )
    world.sync()
    return sold, own


def test_its_panel_says_what_became_of_it(world: World) -> None:
    """Its type, its number, what is left, and what it is set against, in step with Xero."""
    sold, own = set_against(world)

    panel = world.xt.panel("Invoices", own)

    rows = {row.label: row.value for row in panel.rows}
    assert ("ok", "Credit note", "C1") == (
        panel.state,
        rows["Xero Invoice Type"],
        rows["Number in Xero"],
    )
    assert ("6.00 GBP of 10.00", "I1 4.00") == (rows["Left"], rows["Set against"])
    assert (
        "Credit note C1 4.00"
        == {row.label: row.value for row in world.xt.panel("Invoices", sold).rows}["Credited"]
    )


def test_a_used_credit_takes_no_edit(world: World) -> None:
    """Xero would refuse it: held, with what it is, and taken back it is in step again."""
    _, own = set_against(world)
    world.host.edit("Invoices", own, subject="Other")

    world.sync()
    held = world.codes()
    world.host.edit("Invoices", own, subject=None)
    world.sync()

    assert {("Invoices", own): "invoice_locked"} == held
    assert quiet(world)


def test_an_edit_of_both_sides_is_decided_as_of_an_invoice(world: World) -> None:
    """The reference differs: a person keeps the CRM's, and it travels."""
    let_credit(world)
    own = below_zero(world, subject="A")
    world.sync()
    world.host.edit("Invoices", own, subject="B")
    world.sandbox.edit("CreditNotes", note(world)["CreditNoteID"], {"Reference": "C"})
    world.sync()
    (asked,) = world.xt.conflicts.all()

    world.xt.conflicts.solve("Invoices", own, "crm")
    world.sync()

    assert [("B", "C")] == [(one.crm, one.xero) for one in asked.fields]
    assert "B" == note(world)["Reference"]
    assert quiet(world)


def test_what_is_in_xero_or_gives_nothing_back_is_refused(world: World) -> None:
    """With the reason, and nothing is remembered."""
    sold = invoice(world, "I1", organisation(world, "Acme"))
    with pytest.raises(LinkRefused, match="gives nothing back"):
        world.xt.credits.make("Invoices", sold)
    world.sync()
    with pytest.raises(LinkRefused, match="in Xero already"):
        world.xt.credits.make("Invoices", sold)
    with pytest.raises(LinkRefused, match="invoices can"):
        world.xt.credits.make("Organizations", world_customer(world))
    with pytest.raises(RecordMissing):
        world.xt.credits.make("Invoices", "99")

    assert 0 == world.actions()


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_makes_no_second_note(
    world: World, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Killed at the call that makes it, before and after: it is there once, and linked."""
    let_credit(world)
    customer = organisation(world, "Acme")
    world.sync()
    own = invoice(world, "C1", customer, [line("-10")])

    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=before)
    world.wait(600)
    world.sync()

    assert note(world)["CreditNoteID"] == world.xero_id("Invoices", own)
    assert quiet(world)


def test_a_note_of_an_accountant_with_our_number_is_not_taken(world: World) -> None:
    """Held with the proposal to link it; linked by a person it is compared."""
    let_credit(world)
    there = credited(world, "C1", "10", Reference="By hand")
    own = invoice(world, "C1", world_customer(world), [line("-10")])
    world.sync()
    held = world.codes()

    world.xt.links.link("Invoices", own, there)
    world.sync()

    assert {("Invoices", own): "number_taken"} == held
    assert there == world.xero_id("Invoices", own)
    assert 1 == len(world.xero("CreditNotes"))


def test_a_rounding_line_makes_both_totals_equal(world: World) -> None:
    """The CRM's total is a cent off what Xero computes: as on an invoice."""
    let_credit(world)
    own = invoice(world, "C1", organisation(world, "Acme"), [line("-10")], total=Decimal("-10.01"))

    world.sync()

    assert (Decimal("10.01"), 2) == (note(world)["Total"], len(note(world)["LineItems"]))
    assert "created" == world.outcome("Invoices", own).result
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def test_the_proof_names_what_differs_and_counts_what_is_xeros_own(world: World) -> None:
    """A note edited in Xero is reported; one that an accountant made is counted, not missed."""
    let_credit(world)
    own = below_zero(world)
    credited(world, "CN-9")
    world.sync()
    whole = world.xt.proof.reconcile()
    world.sandbox.edit("CreditNotes", note_of(world, own), {"Date": "2026-11-09"})

    found = world.xt.proof.reconcile()

    counted = {one.kind: one for one in whole.modules}["CreditNote"]
    assert (True, 1, {"credit_of_xero": 1}) == (
        whole.agrees,
        counted.xero.linked,
        dict(counted.xero.left_out),
    )
    assert [("C1", own)] == [(one.name, one.crm_id) for one in found.differences]
    table = next(row for row in whole.sums if row.module == "Credit notes")
    assert Decimal(10) == table.crm.amounts["Total"] == table.xero.amounts["Total"]


def note_of(world: World, crm_id: str) -> str:
    """The id of the credit note of an invoice."""
    return world.xero_id("Invoices", crm_id)


def test_goods_that_come_back_are_in_stock_again(world: World) -> None:
    """A tracked item at a quantity below zero waits; as a credit note it goes, and is counted."""
    item = _tracked(world, "P1", 5)
    own = invoice(
        world, "C1", organisation(world, "Acme"), [line("5", product_id=item, quantity=Decimal(-2))]
    )
    world.sync()
    before, held = in_stock(world), world.outcome("Invoices", own)

    world.xt.credits.make("Invoices", own)
    world.sync()

    assert ["credit_note"] == [one.verb for one in held.proposals]
    assert (Decimal(2), Decimal(10)) == (in_stock(world) - before, note(world)["Total"])
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def in_stock(world: World) -> Decimal:
    """How many of the only item Xero has."""
    (found,) = world.xero("Items")
    return Decimal(found["QuantityOnHand"])


def test_a_refund_shows_on_its_panel_and_in_the_crm(world: World) -> None:
    """Paid back in Xero: received below zero in the CRM, less is left, and the panel says so."""
    let_credit(world)
    own = invoice(world, "C1", organisation(world, "Acme"), [line("-10")], balance=Decimal(-10))
    world.sync()
    world.sandbox.add(
        "Payments",
        {
            "CreditNote": {"CreditNoteID": note(world)["CreditNoteID"]},
            "Account": {"Code": "090"},
            "Amount": "4",
            "Date": "2026-11-05",
        },
        world.organisation(),
    )

    world.sync()

    rows = {row.label: row.value for row in world.xt.panel("Invoices", own).rows}
    assert ("6.00 GBP of 10.00", "4.00 GBP") == (rows["Left"], rows["Paid back"])
    amounts = [world.in_crm("Invoices", own, name) for name in ("received", "balance")]
    assert [Decimal(-4), Decimal(-6)] == amounts
    assert quiet(world)
