"""Undo and money: no payment is lost or doubled, and no figure is untrue afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, payment
from tests.world import World, connected_world

MODULES = ("Organizations", "Contacts", "Products", "Invoices", "Payments")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake."""
    with connected_world(tmp_path) as made:
        for module in MODULES:
            made.settings(module, brake_share=100)
        yield made


def undo(world: World, *runs: str) -> None:
    """Undo after a pause, and check what holds for every run."""
    world.wait()
    world.xt.undo.run(runs, "a test")
    world.check()


def standing(world: World) -> list[str]:
    """The amounts of the payments that stand in Xero."""
    return sorted(str(one["Amount"]) for one in world.xero("Payments") if _stands(one))


def _stands(payment: object) -> bool:
    return isinstance(payment, dict) and payment["Status"] == "AUTHORISED"


def code(world: World, module: str, crm_id: str) -> str:
    """The cause of the newest outcome of a record."""
    cause = world.outcome(module, crm_id).cause
    return cause.code if cause is not None else ""


def test_a_changed_payment_is_made_as_it_was(world: World) -> None:
    """Xero changes none: the new one is deleted and the old one made anew; a release redoes it."""
    billed = invoice(world, "I1", organisation(world, "Acme"))
    paid = payment(world, billed, "4")
    world.sync()
    world.host.edit("Payments", paid, amount=Decimal(5))
    run = world.sync()

    undo(world, run.id)

    assert ["4.00"] == standing(world)
    assert Decimal(4) == world.in_crm("Invoices", billed, "received")
    assert 0 == world.actions()

    world.xt.undo.release()
    world.sync()

    assert ["5.00"] == standing(world)
    assert 0 == world.actions()


def test_a_payment_of_a_locked_period_is_not_begun(world: World) -> None:
    """It would be deleted and could not be made anew: that is said, and nothing is written."""
    billed = invoice(world, "I1", organisation(world, "Acme"))
    paid = payment(world, billed, "4")
    world.sync()
    world.host.edit("Payments", paid, amount=Decimal(5))
    run = world.sync()
    world.sandbox.edit("Organisation", world.organisation(), {"PeriodLockDate": "2026-11-10"})

    undo(world, run.id)

    assert ["5.00"] == standing(world)
    assert "period_locked" == code(world, "Payments", paid)
    assert [] == world.xt.undo.holds()


def test_money_is_made_once_after_a_release(world: World) -> None:
    """Invoice and payment are taken back and made anew, and never more of them.

    The voided invoice keeps its number in Xero, so it gets another one before.
    """
    billed = invoice(world, "I1", organisation(world, "Acme"))
    payment(world, billed, "4")
    run = world.sync()

    undo(world, run.id)
    assert [] == standing(world)
    world.host.edit("Invoices", billed, invoice_no="I2")
    world.xt.undo.release()
    world.sync()
    world.sync()

    live = [one for one in world.xero("Invoices") if one["Status"] == "AUTHORISED"]
    assert (["4.00"], ["I2"]) == (standing(world), [one["InvoiceNumber"] for one in live])
    assert 0 == world.actions()


def test_a_voided_number_is_held_before_it_is_sent(world: World) -> None:
    """Released without another number it waits, and Xero has no second invoice of it.

    The cure cures: with another number it goes, and nothing is asked of anybody.
    """
    billed = invoice(world, "I1", organisation(world, "Acme"))
    run = world.sync()
    undo(world, run.id)
    world.xt.undo.release()

    world.sync()

    assert "number_voided" == code(world, "Invoices", billed)
    assert ["VOIDED"] == [one["Status"] for one in world.xero("Invoices")]

    world.host.edit("Invoices", billed, invoice_no="I2", duedate=date(2026, 12, 9))
    world.sync()

    live = [one for one in world.xero("Invoices") if one["Status"] == "AUTHORISED"]
    assert ["I2"] == [one["InvoiceNumber"] for one in live]
    assert ([], 0) == (world.xt.conflicts.all(), world.actions())


def test_an_approval_is_not_taken_back(world: World) -> None:
    """Xero lets no approved invoice become a draft; the plan says so."""
    billed = invoice(world, "I1", organisation(world, "Acme"), invoicestatus="Created")
    world.sync()
    world.host.edit("Invoices", billed, invoicestatus="Approved")
    run = world.sync()
    world.wait()

    (item,) = world.xt.undo.plan([run.id]).items

    assert item.cause is not None
    assert (None, "invoice_locked") == (item.verb, item.cause.code)


def test_lines_of_an_invoice_that_is_paid_since_stay_whole(world: World) -> None:
    """Neither side gets a part of them back."""
    billed = invoice(world, "I1", organisation(world, "Acme"), [line("10"), line("20")])
    world.sync()
    rows = [dict(one) for one in world.host.record("Invoices", billed).lines]
    rows[0]["listprice"] = Decimal(11)
    world.host.edit_lines("Invoices", billed, rows)
    run = world.sync()
    paid_in_xero(world, world.xero_id("Invoices", billed), "4")

    undo(world, run.id)

    assert "31.00" == str(world.in_xero("Invoices", billed)["SubTotal"])
    assert "invoice_locked" == code(world, "Invoices", billed)
    assert [] == world.xt.undo.holds()


def test_lines_go_back_whole(world: World) -> None:
    """Prices, a line that came and one that went: as before, on the side that got them."""
    billed = invoice(world, "I1", organisation(world, "Acme"), [line("10"), line("20")])
    world.sync()
    before = world.in_xero("Invoices", billed)["Total"]
    rows = [dict(one) for one in world.host.record("Invoices", billed).lines]
    world.host.edit_lines("Invoices", billed, [{**rows[0], "listprice": Decimal(7)}, line("5")])
    run = world.sync()

    undo(world, run.id)

    now = world.in_xero("Invoices", billed)
    assert before == now["Total"]
    assert ["10.0000", "20.0000"] == [str(one["UnitAmount"]) for one in now["LineItems"]]
    assert 0 == world.actions()
