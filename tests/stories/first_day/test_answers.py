"""What the answers of the first day do: the start day, drafts, and whom Xero brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, payment
from tests.stories.sync.test_invoices_in import contact, in_xero, told
from tests.world import World, connected_world
from xtiger.errors import TooManyChanges

START = date(2026, 7, 1)
#: More than the brake lets pass, whatever is linked.
MANY = 12
BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


def answer(world: World, **given: Any) -> None:
    """Answer the questions of the first day; what is not named stays as it is."""
    world.xt.start.answer(replace(world.xt.start.answers(), **given), "Ruth")


def dated(world: World, number: str, customer: str, day: date, **values: Any) -> str:
    """An approved invoice of this day in the CRM."""
    return invoice(world, number, customer, invoicedate=day, duedate=day, **values)


def numbers(world: World) -> list[str]:
    """The numbers of Xero's sales invoices."""
    return sorted(str(raw["InvoiceNumber"]) for raw in world.xero("Invoices"))


def code(world: World, module: str, crm_id: str) -> str:
    """The code of a CRM record's newest outcome, else its result."""
    found = world.outcome(module, crm_id)
    return found.cause.code if found.cause else found.result


def test_documents_of_before_the_start_stay_where_they_are(world: World) -> None:
    """On both sides; the day itself is in. The proof counts them as out of scope, by reason."""
    answer(world, from_day=START)
    acme = organisation(world, "Acme")
    old, new = dated(world, "I1", acme, BEFORE), dated(world, "I2", acme, AFTER)
    bell = contact(world, "Bell")
    there = in_xero(world, bell, Date="2026-06-30", InvoiceNumber="X1")
    in_xero(world, bell, Date="2026-07-01", InvoiceNumber="X2")

    world.sync()

    assert ["I2", "X1", "X2"] == numbers(world)
    assert {"I1", "I2", "X2"} == {r.values["invoice_no"] for r in world.host.all("Invoices")}
    assert ("before_start", "created") == (
        code(world, "Invoices", old),
        code(world, "Invoices", new),
    )
    assert "before_start" == told(world, there)
    assert 0 == world.actions()
    proof = world.xt.proof.reconcile()
    assert [] == list(proof.differences)
    (part,) = [one for one in proof.modules if one.module == "Invoices"]
    assert (1, 1) == (part.crm.left_out["before_start"], part.xero.left_out["before_start"])


def test_one_document_that_both_sides_have_of_before_is_not_linked(world: World) -> None:
    """The same number on both sides: neither is changed, and it is one outcome."""
    answer(world, from_day=START)
    acme = organisation(world, "Acme")
    old = dated(world, "I1", acme, BEFORE)
    in_xero(world, contact(world, "Bell"), Date="2026-06-30", InvoiceNumber="I1")

    world.sync()

    assert "before_start" == code(world, "Invoices", old)
    assert 1 == len(world.host.all("Invoices"))
    assert [] == list(world.xt.proof.reconcile().differences)


def test_open_documents_of_before_travel_by_a_tick(world: World) -> None:
    """Those whose money is still to come; paid and cancelled ones stay."""
    answer(world, from_day=START, open_before=True)
    acme = organisation(world, "Acme")
    still = dated(world, "I1", acme, BEFORE)
    paid = dated(world, "I2", acme, BEFORE, invoicestatus="Paid")

    world.sync()

    assert ["I1"] == numbers(world)
    assert ("created", "before_start") == (
        code(world, "Invoices", still),
        code(world, "Invoices", paid),
    )
    assert [] == list(world.xt.proof.reconcile().differences)


def test_a_payment_stays_out_with_its_invoice_or_by_its_day(world: World) -> None:
    """Late money for an old invoice is not sent, nor is what Xero took for one."""
    answer(world, from_day=START)
    acme = organisation(world, "Acme")
    old = dated(world, "I1", acme, BEFORE)
    late = payment(world, old, "4")
    there = in_xero(world, contact(world, "Bell"), Date="2026-06-30", InvoiceNumber="X1")
    paid_in_xero(world, there, "3")

    world.sync()

    assert "before_start" == code(world, "Payments", late)
    assert 1 == len(world.host.all("Payments"))
    assert 1 == len([raw for raw in world.xero("Payments") if raw["Status"] == "AUTHORISED"])
    assert [] == list(world.xt.proof.reconcile().differences)


def test_an_earlier_start_brings_what_was_left_out(world: World) -> None:
    """The answer can be changed: nothing is lost by having been left out."""
    answer(world, from_day=START)
    old = dated(world, "I1", organisation(world, "Acme"), BEFORE)
    world.sync()
    answer(world, from_day=date(2026, 1, 1))

    world.sync()

    assert "created" == code(world, "Invoices", old)
    assert ["I1"] == numbers(world)


def test_invoices_arrive_as_drafts_until_approving_is_released(world: World) -> None:
    """No conflict, nothing to do, and the proof agrees; the release approves all that wait."""
    answer(world, arrive="draft")
    bill = dated(world, "I1", organisation(world, "Acme"), AFTER)
    paid = dated(world, "I2", organisation(world, "Bell"), AFTER, invoicestatus="Paid")

    world.sync()

    assert ["DRAFT", "DRAFT"] == [raw["Status"] for raw in world.xero("Invoices")]
    assert ("created", "created") == (code(world, "Invoices", bill), code(world, "Invoices", paid))
    assert (0, {}) == (world.actions(), world.codes())
    assert [] == list(world.xt.proof.reconcile().differences)

    answer(world, arrive="as_crm")
    world.sync()

    assert ["AUTHORISED", "AUTHORISED"] == [raw["Status"] for raw in world.xero("Invoices")]
    assert 0 == world.actions()


def test_the_release_of_many_is_not_stopped_by_the_brake(world: World) -> None:
    """More than its share are approved in one run, since a person was told how many they are."""
    answer(world, arrive="draft")
    acme = organisation(world, "Acme")
    many = [dated(world, f"I{n}", acme, AFTER) for n in range(MANY)]
    world.sync()
    told = world.xt.start.to_approve()

    answer(world, arrive="as_crm")
    planned = world.xt.sync.plan()
    world.sync()

    assert (sorted(many), ()) == (sorted(told), planned.brakes)
    assert ["AUTHORISED"] * MANY == [raw["Status"] for raw in world.xero("Invoices")]
    assert (0, []) == (world.actions(), list(world.xt.start.to_approve()))


def test_what_else_changes_is_still_stopped_after_the_release(world: World) -> None:
    """Only what approves goes: an import that changes them as well waits for a person."""
    answer(world, arrive="draft")
    acme = organisation(world, "Acme")
    many = [dated(world, f"I{n}", acme, AFTER) for n in range(MANY)]
    world.sync()
    answer(world, arrive="as_crm")
    for crm_id in many:
        world.host.edit("Invoices", crm_id, duedate=date(2030, 1, 1))

    with pytest.raises(TooManyChanges):
        world.sync()

    assert ["DRAFT"] * MANY == [raw["Status"] for raw in world.xero("Invoices")]


def test_money_for_a_draft_waits_for_the_release_and_nobody_is_asked(world: World) -> None:
    """The proof agrees meanwhile, nothing needs a person, and the release lets the money go."""
    answer(world, arrive="draft")
    bill = dated(world, "I1", organisation(world, "Acme"), AFTER, invoicestatus="Paid")
    money = payment(world, bill, "10")

    world.sync()

    assert "waits_for_approving" == code(world, "Payments", money)
    assert (0, 0, []) == (world.actions(), world.xt.needs.count(), world.xero("Payments"))
    assert [] == list(world.xt.proof.reconcile().differences)
    assert "agreed" == world.xt.proof.run().state
    listed = world.xt.module_list("Payments", [money])
    assert "waiting" == listed.marks[money].state

    answer(world, arrive="as_crm")
    world.sync()

    assert (0, {}) == (world.actions(), world.codes())
    assert [Decimal(10)] == [raw["Amount"] for raw in world.xero("Payments")]
    assert "agreed" == world.xt.proof.run().state


def test_money_for_an_invoice_that_the_accountant_approved_goes(world: World) -> None:
    """Approved by hand in Xero before the release: its payment waits for nothing."""
    answer(world, arrive="draft")
    bill = dated(world, "I1", organisation(world, "Acme"), AFTER)
    payment(world, bill, "10")
    world.sync()
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bill), {"Status": "AUTHORISED"})

    world.sync()

    assert [Decimal(10)] == [raw["Amount"] for raw in world.xero("Payments")]
    assert (0, {}) == (world.actions(), world.codes())
    assert [] == list(world.xt.proof.reconcile().differences)


def test_a_discount_by_amount_is_the_same_to_the_cent_once_approved(world: World) -> None:
    """Xero counts such a discount by a rounded rate from the next write without its lines on."""
    answer(world, arrive="draft")
    lines = [line("469", quantity=Decimal(10), discount_amount=Decimal("2.88")), line("5")]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines)
    world.sync()
    drafted = world.in_xero("Invoices", bill)["Total"]
    world.host.edit("Invoices", bill, duedate=date(2026, 12, 24))
    world.sync()
    answer(world, arrive="as_crm")

    world.sync()

    assert Decimal("4692.12") == drafted == world.in_xero("Invoices", bill)["Total"]
    assert "AUTHORISED" == world.in_xero("Invoices", bill)["Status"]
    assert (0, {}) == (world.actions(), world.codes())
    assert [] == list(world.xt.proof.reconcile().differences)


def test_an_invoice_approved_in_xero_meanwhile_stays_so(world: World) -> None:
    """The accountant approves one by hand; the CRM, which says Approved, agrees already."""
    answer(world, arrive="draft")
    bill = dated(world, "I1", organisation(world, "Acme"), AFTER)
    world.sync()
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bill), {"Status": "AUTHORISED"})

    world.sync()

    assert "AUTHORISED" == world.in_xero("Invoices", bill)["Status"]
    assert "Approved" == world.host.record("Invoices", bill).values["invoicestatus"]
    assert (0, {}) == (world.actions(), world.codes())
    world.host.edit("Invoices", bill, subject="New words")
    world.sync()
    assert "AUTHORISED" == world.in_xero("Invoices", bill)["Status"]
    answer(world, arrive="as_crm")
    world.sync()
    assert (0, {}) == (world.actions(), world.codes())


def test_a_draft_of_the_first_days_is_merged_as_any_invoice(world: World) -> None:
    """An edit of the CRM's lines goes out, an edit of Xero's due date comes in."""
    answer(world, arrive="draft")
    bill = dated(world, "I1", organisation(world, "Acme"), AFTER)
    world.sync()
    first = world.host.record("Invoices", bill).lines[0]
    world.host.edit_lines("Invoices", bill, [{"id": first["id"], "listprice": Decimal(12)}])
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bill), {"DueDate": "2026-12-24"})

    world.sync()

    assert Decimal(12) == world.in_xero("Invoices", bill)["Total"]
    assert date(2026, 12, 24) == world.host.record("Invoices", bill).values["duedate"]
    assert "DRAFT" == world.in_xero("Invoices", bill)["Status"]
    assert (0, {}) == (world.actions(), world.codes())


def test_only_customers_come_from_xero(world: World) -> None:
    """A supplier and a stranger stay out; who buys something comes with the invoice."""
    answer(world, bring="customers")
    customer, supplier = contact(world, "Acme"), contact(world, "Bell")
    contact(world, "Tax Office")
    in_xero(world, customer)
    in_xero(world, supplier, Type="ACCPAY", InvoiceNumber="B1")

    world.sync()

    assert ["Acme"] == [r.values["accountname"] for r in world.host.all("Organizations")]
    assert 1 == len(world.host.all("Invoices"))
    assert [] == list(world.xt.proof.reconcile().differences)
    in_xero(world, supplier, InvoiceNumber="S1")
    world.sync()
    names = {r.values["accountname"] for r in world.host.all("Organizations")}
    assert {"Acme", "Bell"} == names


def test_nobody_comes_from_xero_but_links_are_made(world: World) -> None:
    """A customer whom the CRM has is linked all the same; invoices of others stay out."""
    answer(world, bring="none")
    acme = organisation(world, "Acme", account_no="A1")
    customer = str(
        world.sandbox.add("Contacts", {"Name": "Acme", "AccountNumber": "A1"})["ContactID"]
    )
    stranger = contact(world, "Bell")
    in_xero(world, customer, InvoiceNumber="X1")
    there = in_xero(world, stranger, InvoiceNumber="X2")

    world.sync()

    assert ["Acme"] == [r.values["accountname"] for r in world.host.all("Organizations")]
    assert customer == world.xero_id("Organizations", acme)
    assert ["X1"] == [r.values["invoice_no"] for r in world.host.all("Invoices")]
    assert "waits_for_parent" != told(world, there)
    assert [] == list(world.xt.proof.reconcile().differences)
