"""Credit set against an invoice in Xero lowers what the CRM says is still to pay."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, organisation, payment
from tests.world import World


def credited(world: World, crm_id: str, amount: str, due: str, **values: str) -> None:
    """Xero's invoice after a credit note, prepayment or overpayment was set against it."""
    fields = {"AmountCredited": Decimal(amount), "AmountDue": Decimal(due), **values}
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), fields)


@pytest.mark.parametrize("paid", ["0", "1"])
def test_what_is_due_follows_a_credit(world: World, paid: str) -> None:
    """With and without money received, the balance is Xero's, and the proof agrees."""
    own = invoice(world, "I1", organisation(world, "Acme"), total="10", balance="10")
    if paid != "0":
        payment(world, own, paid)
    world.sync()
    due = str(6 - int(paid))
    credited(world, own, "4", due)

    world.sync()

    assert Decimal(due) == world.in_crm("Invoices", own, "balance")
    assert (True, True) == (quiet(world), world.xt.proof.reconcile().agrees)


def test_a_credit_taken_back_is_due_again(world: World) -> None:
    """The allocation is removed in Xero: the whole sum is to pay again."""
    own = invoice(world, "I1", organisation(world, "Acme"), total="10", balance="10")
    world.sync()
    credited(world, own, "4", "6")
    world.sync()
    credited(world, own, "0", "10")

    world.sync()

    assert Decimal(10) == world.in_crm("Invoices", own, "balance")


def test_credit_does_not_come_where_invoices_do_not(world: World) -> None:
    """A module that only travels to Xero keeps its own balance, until it travels both ways."""
    own = invoice(world, "I1", organisation(world, "Acme"), total="10", balance="10")
    world.sync()
    world.settings("Invoices", direction="to_xero")
    credited(world, own, "4", "6")
    world.sync()
    kept = world.in_crm("Invoices", own, "balance")
    world.settings("Invoices", direction="both")

    world.sync(full=True)

    assert (Decimal(10), Decimal(6)) == (kept, world.in_crm("Invoices", own, "balance"))
