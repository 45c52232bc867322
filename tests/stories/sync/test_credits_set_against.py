"""A credit note is set against the invoice that it gives back, once, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.credits import crediting, let_credit, note
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, payment
from tests.stories.sync.test_crashes import killed_sync
from tests.world import World, make_world
from xtiger.db.store import SqlStore
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Module
from xtiger.xero.organisations import XeroOrganisation


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose invoices say what they give back, all of which become credit notes."""
    modules = [crediting(module) for module in standard_modules()]
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        made.default_account()
        let_credit(made)
        yield made


def credited(world: World, bill: str = "30", credit: str = "-10", **values: Any) -> tuple[str, str]:
    """An invoice and the credit for it, both new; answers their ids."""
    customer = organisation(world, "Acme")
    sold = invoice(world, "I1", customer, [line(bill)], balance=Decimal(bill))
    given = {"balance": Decimal(credit), "credits_id": sold, **values}
    return sold, invoice(world, "C1", customer, [line(credit)], **given)


def left(world: World) -> tuple[Decimal, Decimal]:
    """What is due of the invoice, and what is left of the credit, in Xero."""
    (sold,) = world.xero("Invoices")
    return sold["AmountDue"], note(world)["RemainingCredit"]


def allocations(world: World) -> int:
    """The allocations that Xero has."""
    return len(world.xero("Allocations"))


def test_both_go_in_one_sync_and_come_back(world: World) -> None:
    """Made, set against each other, and the balances of both are right in the CRM at once."""
    sold, own = credited(world)

    world.sync()

    assert (Decimal(20), Decimal(0), 1) == (*left(world), allocations(world))
    balances = [world.in_crm("Invoices", i, "balance") for i in (sold, own)]
    assert [Decimal(20), Decimal(0)] == balances
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def test_no_more_is_set_against_than_is_due(world: World) -> None:
    """Of a credit of 40.00 for an invoice with 25.00 due the rest stays to be used."""
    sold, _ = credited(world, "30", "-40")
    payment(world, sold, "5")

    world.sync()
    world.sync()

    assert (Decimal(0), Decimal(10), 1) == (*left(world), allocations(world))
    assert 0 == world.actions()


def test_a_draft_is_set_against_once_it_is_approved(world: World) -> None:
    """Nothing is called for a draft; approved in the CRM it is sent and set against."""
    _, own = credited(world, invoicestatus="Created")
    world.sync()
    before = allocations(world)
    world.host.edit("Invoices", own, invoicestatus="Approved")

    world.sync()

    assert (0, 1) == (before, allocations(world))
    assert (Decimal(20), Decimal(0)) == left(world)
    assert quiet(world)


def computed(module: Module) -> Module:
    """The module of a CRM that counts what is due itself, and knows no credit."""
    fields = tuple(replace(f, writable=f.role != "invoice.balance") for f in module.fields)
    return replace(module, fields=fields)


def test_a_crm_that_counts_what_is_due_and_knows_no_credit_agrees(tmp_path: Path) -> None:
    """Its total less what was paid is no error; the proof lists what credit stands for."""
    modules = [computed(crediting(module)) for module in standard_modules()]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        world.default_account()
        let_credit(world)
        credited(world)
        world.sync()

        assert Decimal(20) == left(world)[0]
        assert quiet(world)
        found = world.xt.proof.reconcile()
        assert found.agrees
        said = {(one.field, one.cure.code, one.cure.data["amount"]) for one in found.differences}
        assert {("Due", "credited", "10.00")} == said


CASES = {
    "announced": (SqlStore, "open_batch", False),
    "sent": (XeroOrganisation, "send", False),
    "unsent": (XeroOrganisation, "send", True),
    "booked": (SqlStore, "save_batch", True),
}


@pytest.mark.parametrize("case", CASES)
def test_a_kill_sets_nothing_against_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Killed in the call that sets it against, before and after: once in the end, whole."""
    sold, own = credited(world, "30", "-40")
    world.host.edit("Invoices", own, credits_id=None)
    world.sync()
    world.host.edit("Invoices", own, credits_id=sold)
    owner, name, before = CASES[case]

    killed_sync(monkeypatch, world, owner, name, before=before)
    world.wait(600)
    world.sync()
    world.sync()

    assert (Decimal(0), Decimal(10), 1) == (*left(world), allocations(world))
    assert 1 == len(world.xero("CreditNotes"))
    assert 0 == world.actions()


def test_an_answer_that_is_lost_is_looked_up(world: World) -> None:
    """It arrived: no second call sets anything against it; the CRM learns of it a sync later."""
    credited(world)
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/CreditNotes/", method="PUT")

    world.sync()
    world.sync()

    assert (Decimal(20), Decimal(0), 1) == (*left(world), allocations(world))
    assert quiet(world)


@pytest.mark.feature("F107")
def test_what_a_part_paid_invoice_may_not_say_any_more_is_credited(world: World) -> None:
    """A price edited after money came is held with the proposal; the cure is a credit of its own.

    A text travels meanwhile, the edit is never reverted, and in the end both sides agree.
    """
    sold = invoice(world, "I1", organisation(world, "Acme"), [line("30")], balance=Decimal(30))
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", sold), "5")
    world.sync()
    (own,) = world.host.record("Invoices", sold).lines
    world.host.edit("Invoices", sold, subject="Wood")
    world.sync()
    reference = world.in_xero("Invoices", sold)["Reference"]
    world.host.edit_lines("Invoices", sold, [{"id": own["id"], "listprice": Decimal(20)}])
    world.sync()
    held, there = world.outcome("Invoices", sold), world.in_xero("Invoices", sold)["Total"]
    asked = world.host.record("Invoices", sold).lines[0]["listprice"]

    world.host.edit_lines("Invoices", sold, [{"id": own["id"], "listprice": Decimal(30)}])
    customer = world.in_crm("Invoices", sold, "account_id")
    back = invoice(world, "C1", customer, [line("-10")], credits_id=sold, balance=Decimal(-10))
    world.sync()

    assert ("Wood", Decimal(30), Decimal(20)) == (reference, there, asked)
    assert "invoice_reduced" == (held.cause.code if held.cause else "")
    assert ["credit_note"] == [one.verb for one in held.proposals]
    assert (Decimal(15), Decimal(0), 1) == (*left(world), allocations(world))
    balances = [world.in_crm("Invoices", i, "balance") for i in (sold, back)]
    assert [Decimal(15), Decimal(0)] == balances
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees
