"""Changed payments: deleted in Xero and made anew, or held where that cannot be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.money import live, quiet
from tests.stories.sync.people import invoice, organisation, payment
from tests.stories.sync.removing import allowed, link_state
from tests.stories.sync.test_first_link import code_of
from tests.world import World

ALL_ROLES = ("organisation", "contact", "product", "service", "invoice")


@pytest.mark.feature("F027")
@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"amount": Decimal(7)}, "Amount", Decimal(7)),
        ({"paymentdate": date(2026, 11, 8)}, "Date", "2026-11-08"),
    ],
)
def test_a_changed_payment_is_deleted_and_made_anew(
    billed: tuple[World, str], values: dict[str, Any], field: str, expected: Any
) -> None:
    """One update to people; the link moves to the new payment."""
    world, bill = billed
    crm_id = payment(world, bill, "4", reference="R")
    world.sync()
    old = world.xero_id("Payments", crm_id)
    world.host.edit("Payments", crm_id, **values)

    world.sync()

    outcome = world.outcome("Payments", crm_id)
    (there,) = live(world)
    assert ("updated", expected, "R") == (outcome.result, there[field], there["Reference"])
    assert old != world.xero_id("Payments", crm_id) == there["PaymentID"]
    assert "live" == link_state(world, "Payments", crm_id)
    assert 1 == len(world.host.all("Payments"))
    assert quiet(world)


def test_an_account_changed_in_the_crm_is_followed(billed: tuple[World, str]) -> None:
    """The money moves to the other account by a new payment."""
    world, bill = billed
    crm_id = payment(world, bill, "4")
    world.sync()
    world.host.edit("Payments", crm_id, account="091")

    world.sync()

    codes = {a.account_id: a.code for a in world.xt.store.accounts(world.xt.connections.get().id)}
    assert ["091"] == [codes[raw["AccountID"]] for raw in live(world)]
    assert quiet(world)


def test_a_payment_moved_to_another_invoice_is_made_there(world: World) -> None:
    """Booked on the wrong invoice: deleted there, made on the right one."""
    acme = organisation(world, "Acme")
    one, two = invoice(world, "I1", acme), invoice(world, "I2", acme)
    crm_id = payment(world, one)
    world.sync()
    world.host.edit("Payments", crm_id, invoice_id=two)

    world.sync()

    assert [world.xero_id("Invoices", two)] == [raw["InvoiceID"] for raw in live(world)]
    assert quiet(world)


def test_a_payment_may_grow_up_to_what_is_due(billed: tuple[World, str]) -> None:
    """Its own amount counts as free again; more than that is held and nothing is deleted."""
    world, bill = billed
    crm_id = payment(world, bill, "4")
    world.sync()
    world.host.edit("Payments", crm_id, amount=Decimal("10.01"))
    world.sync()
    assert "payment_too_high" == code_of(world, "Payments", crm_id)
    assert [Decimal(4)] == [raw["Amount"] for raw in live(world)]
    world.host.edit("Payments", crm_id, amount=Decimal(10))

    world.sync()

    assert [Decimal(10)] == [raw["Amount"] for raw in live(world)]


def test_a_new_text_alone_makes_no_payment_anew(billed: tuple[World, str]) -> None:
    """Xero changes no payment, and a text is not worth deleting money for."""
    world, bill = billed
    crm_id = payment(world, bill, "4", reference="Old")
    world.sync()
    before = live(world)
    world.host.edit("Payments", crm_id, reference="New")

    world.sync()

    assert before == live(world)
    assert "New" == world.in_crm("Payments", crm_id, "reference")
    assert quiet(world)


@pytest.mark.parametrize("way", ["edit", "remove"])
def test_a_reconciled_payment_is_held(billed: tuple[World, str], way: str) -> None:
    """The bank has it: neither changed nor deleted."""
    world, bill = billed
    crm_id = payment(world, bill, "4")
    world.sync()
    allowed(world)
    world.sandbox.edit("Payments", world.xero_id("Payments", crm_id), {"IsReconciled": True})
    if way == "edit":
        world.host.edit("Payments", crm_id, amount=Decimal(5))
    else:
        world.host.remove("Payments", crm_id)

    world.sync()

    assert "payment_locked" == code_of(world, "Payments", crm_id)
    assert [Decimal(4)] == [raw["Amount"] for raw in live(world)]


def test_money_that_went_back_is_held(billed: tuple[World, str]) -> None:
    """Refunded in the CRM, paid in Xero: a person decides, nothing is deleted by itself."""
    world, bill = billed
    crm_id = payment(world, bill, "4")
    world.sync()
    allowed(world)
    world.host.edit("Payments", crm_id, paymentstatus="Refunded")

    world.sync()

    assert "payment_taken_back" == code_of(world, "Payments", crm_id)
    assert 1 == len(live(world))
