"""Events of credit notes that are invoices of the CRM: what is left of the credit comes at once."""

from __future__ import annotations

from decimal import Decimal

from tests.stories.sync.credits import let_credit, note
from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_money_on_account import allocate
from tests.stories.webhooks.conftest import Told


def test_a_credit_used_in_xero_comes_with_its_event(world: Told) -> None:
    """No sync runs: the tick reads what was named, and both balances in the CRM follow."""
    world.default_account()
    let_credit(world)
    customer = organisation(world, "Acme")
    sold = invoice(world, "I1", customer, [line("30")], balance=Decimal(30))
    own = invoice(world, "C1", customer, [line("-10")], balance=Decimal(-10))
    world.sync()
    world.hear()
    credit_id, invoice_id = note(world)["CreditNoteID"], world.xero_id("Invoices", sold)

    allocate(world, "CreditNotes", credit_id, invoice_id, "4")
    world.hear()

    assert Decimal(-6) == world.in_crm("Invoices", own, "balance")
    assert Decimal(26) == world.in_crm("Invoices", sold, "balance")
    assert [] == world.waiting()
    assert 0 == world.actions()
