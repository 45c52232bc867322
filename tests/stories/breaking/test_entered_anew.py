"""A payment that was deleted on one side and entered there anew is the same money, not more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.money import amounts, bill_one, live, quiet
from tests.stories.sync.people import organisation, paid_in_xero, payment, unpaid_in_xero
from tests.world import World


@pytest.fixture
def paid(world: World) -> tuple[World, str, str]:
    """A world with 5.00 of 10.00 paid on both sides; the CRM ids of invoice and payment."""
    _, bill = bill_one(world)
    own = payment(world, bill, "5")
    world.sync()
    return world, bill, own


def held_as(world: World) -> set[str]:
    """The codes of what a plan leaves standing of payments."""
    return {code for (module, _), code in world.codes().items() if module == "Payments"}


@pytest.mark.parametrize("pause", [False, True])
def test_entered_anew_in_the_crm_it_is_not_sent_again(
    paid: tuple[World, str, str], pause: bool
) -> None:
    """Deletes do not travel: the new one is held, and linking it takes over Xero's payment."""
    world, bill, own = paid
    there = world.xero_id("Payments", own)
    world.host.remove("Payments", own)
    if pause:
        world.sync()
    again = payment(world, bill, "5")
    world.sync()
    assert ([Decimal(5)], {"payment_looks_same", "gone_in_crm"}) == (
        amounts(world), held_as(world),
    )  # fmt: skip

    world.xt.link("Payments", again, there)
    world.sync()

    assert (there, [Decimal(5)]) == (world.xero_id("Payments", again), amounts(world))
    assert (True, True) == (quiet(world), world.xt.reconcile().agrees)


@pytest.mark.parametrize("pause", [False, True])
def test_entered_anew_in_xero_it_does_not_come_again(
    paid: tuple[World, str, str], pause: bool
) -> None:
    """The CRM's payment stands for it, and is linked to it by a person."""
    world, bill, own = paid
    unpaid_in_xero(world, world.xero_id("Payments", own))
    if pause:
        world.sync()
    there = paid_in_xero(world, world.xero_id("Invoices", bill), "5")
    world.sync()
    assert (1, {"payment_looks_same", "gone_in_xero"}) == (
        len(world.host.all("Payments")), held_as(world),
    )  # fmt: skip

    world.xt.link("Payments", own, there)
    world.sync()

    assert (there, 1) == (world.xero_id("Payments", own), len(world.host.all("Payments")))
    assert (True, True) == (quiet(world), world.xt.reconcile().agrees)


def test_more_money_of_the_same_day_is_sent(paid: tuple[World, str, str]) -> None:
    """While the first payment lives on, an equal one is another one."""
    world, bill, _ = paid
    payment(world, bill, "5")

    world.sync()

    assert [Decimal(5), Decimal(5)] == amounts(world)


def test_made_anyway_it_is_more_money(paid: tuple[World, str, str]) -> None:
    """A person says that the deleted payment and the new one are two."""
    world, bill, own = paid
    world.host.remove("Payments", own)
    again = payment(world, bill, "5")
    world.sync()
    world.xt.link("Payments", again, None)

    world.sync()

    assert 2 == len(live(world))


def test_a_customer_entered_anew_takes_over_the_contact(world: World) -> None:
    """Linked by a person, the new record stands for the contact of the deleted one."""
    old = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", old)
    world.host.remove("Organizations", old)
    new = organisation(world, "Acme", phone="0113 1")
    world.sync()

    world.xt.link("Organizations", new, there)
    world.sync()

    assert (there, 1) == (world.xero_id("Organizations", new), len(world.xero("Contacts")))
    assert (True, True) == (quiet(world), world.xt.reconcile().agrees)
