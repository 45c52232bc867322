"""Money that may be there already is never sent nor taken in a second time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.money import live, quiet
from tests.stories.sync.people import paid_in_xero, payment
from tests.world import World

ALL_ROLES = ("organisation", "contact", "product", "service", "invoice")


def test_a_payment_that_xero_has_already_is_not_sent_again(billed: tuple[World, str]) -> None:
    """Entered on both sides by hand: a proposal to link, and nothing is created on either side."""
    world, bill = billed
    there = paid_in_xero(world, world.xero_id("Invoices", bill), "4")
    crm_id = payment(world, bill, "4")

    world.sync()

    outcome = world.outcome("Payments", crm_id)
    assert outcome.cause is not None
    assert ("held", "payment_looks_same") == (outcome.result, outcome.cause.code)
    assert [there] == [proposal.xero_id for proposal in outcome.proposals]
    assert (1, 1) == (len(live(world)), len(world.host.all("Payments")))


def test_a_proposal_accepted_links_both(billed: tuple[World, str]) -> None:
    """One link, nothing sent, and both sides agree."""
    world, bill = billed
    there = paid_in_xero(world, world.xero_id("Invoices", bill), "4")
    crm_id = payment(world, bill, "4")
    world.sync()
    world.xt.links.link("Payments", crm_id, there)

    world.sync()

    assert (1, 1) == (len(live(world)), len(world.host.all("Payments")))
    assert there == world.xero_id("Payments", crm_id)
    assert quiet(world)


def test_create_anyway_makes_the_second_one(billed: tuple[World, str]) -> None:
    """A person knows that it is other money: both sides end with both payments."""
    world, bill = billed
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")
    crm_id = payment(world, bill, "4")
    world.sync()
    world.xt.links.link("Payments", crm_id, None)

    world.sync()
    world.sync()

    assert (2, 2) == (len(live(world)), len(world.host.all("Payments")))
    assert quiet(world)


def test_two_equal_payments_of_one_day_are_two(billed: tuple[World, str]) -> None:
    """Twice the same amount in the CRM is twice the money."""
    world, bill = billed
    payment(world, bill, "4")
    payment(world, bill, "4")

    world.sync()

    assert [Decimal(4), Decimal(4)] == [raw["Amount"] for raw in live(world)]
    assert quiet(world)


@pytest.mark.parametrize("status", ["Pending", "Received"])
def test_money_that_the_crm_expects_is_not_doubled_by_xeros(
    billed: tuple[World, str], status: str
) -> None:
    """The same day and amount in the CRM, not selected or not arrived yet: held."""
    world, bill = billed
    crm_id = payment(world, bill, "4", paymentstatus=status, xero_sync=status != "Received")
    world.sync()
    there = paid_in_xero(world, world.xero_id("Invoices", bill), "4")

    world.sync()

    assert 1 == len(world.host.all("Payments"))
    (held,) = world.xt.sync.outcomes(xero_id=there, limit=1)
    assert held.cause is not None
    assert ("payment_looks_same", [crm_id]) == (
        held.cause.code,
        [proposal.crm_id for proposal in held.proposals],
    )
