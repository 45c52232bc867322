"""Lines that Xero stored otherwise than sent: told at the write, and each answer settles it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.cures.telling import Seen, code_now, enter, outcome_of, xero_drops
from tests.stories.sync.people import invoice, line, organisation
from tests.world import World
from xtiger.model.plans import STANDING


def _writes(world: World) -> int:
    return len([call for call in world.sandbox.calls() if call.method in ("PUT", "POST")])


def _first_line(world: World, bill: str) -> Any:
    return world.host.record("Invoices", bill).lines[0]


def _restated(world: World, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """A discount of an amount, which Xero counts as a rate at a later write of the due date.

    Such a discount goes as a net price by now, and lines go along with such a write; an earlier
    release wrote the amount, and the head alone.
    """
    for name in ("engine.plan.invoice.lines._would_be_restated", "mapping.line_forms._would_move"):
        monkeypatch.setattr(f"xtiger.{name}", lambda *_given: False)
    lines = [line("1000", discount_amount=Decimal("33.33"))]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines)
    world.sync()
    world.host.edit("Invoices", bill, duedate=date(2026, 12, 20))
    world.sync()
    return Seen("Invoices", bill)


def test_a_discount_restated_by_a_write_of_the_head_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither side's person changed it: the CRM keeps its discount, and it is asked until done."""
    world.default_account()
    seen = _restated(world, monkeypatch)
    assert "stored_otherwise" == code_now(world, seen)
    before = _writes(world)

    for _ in range(2):
        world.sync()

    assert "stored_otherwise" == code_now(world, seen)
    assert "33.33" == _first_line(world, seen.crm_id or "")["discount_amount"]
    assert before == _writes(world)
    assert ["Line 1 discount"] == [
        one.label for one in outcome_of(world, seen).differences if one.decision == "conflict"
    ]


@pytest.mark.parametrize("answer", ["keep", "edit", "later"])
def test_each_answer_settles_a_restated_discount(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """Xero's is kept at once, also some syncs later; or a new discount goes from the CRM."""
    world.default_account()
    seen = _restated(world, monkeypatch)
    bill = seen.crm_id or ""
    if answer == "later":
        world.sync()
    if answer == "edit":
        rows = [{**_first_line(world, bill), "discount_amount": Decimal(40)}]
        world.host.edit_lines("Invoices", bill, rows)
    else:
        enter(world, "conflicts", "solve", "Invoices", bill, "--keep", "xero", "--all")

    world.sync()
    world.sync()

    wanted = Decimal(40) if answer == "edit" else Decimal("33.3")
    assert outcome_of(world, seen).result not in STANDING
    assert wanted == Decimal(_first_line(world, bill)["discount_amount"])
    assert wanted == world.in_xero("Invoices", bill)["LineItems"][0]["DiscountAmount"]
    assert world.xt.proof.reconcile().agrees


@pytest.mark.parametrize("answer", ["keep", "edit"])
def test_a_text_that_xero_shortened_can_be_settled_at_once(world: World, answer: str) -> None:
    """No sync is needed first; another text of the CRM goes to Xero by itself."""
    world.default_account()
    bill = invoice(world, "I1", organisation(world, "Acme"), [line(comment="Work (new) done")])
    with xero_drops(" (new)"):
        world.sync()
        assert "stored_otherwise" == code_now(world, Seen("Invoices", bill))
        if answer == "keep":
            enter(world, "conflicts", "solve", "Invoices", bill, "--keep", "xero", "--all")
        else:
            rows = [{**_first_line(world, bill), "comment": "New work"}]
            world.host.edit_lines("Invoices", bill, rows)

        world.sync()
        world.sync()

    wanted = "Work done" if answer == "keep" else "New work"
    assert outcome_of(world, Seen("Invoices", bill)).result not in STANDING
    assert wanted == world.in_xero("Invoices", bill)["LineItems"][0]["Description"]
    assert wanted == _first_line(world, bill)["comment"]


def test_a_name_changed_to_one_that_xero_takes_goes(world: World) -> None:
    """The cure "change it in the CRM" needs no value that Xero has already."""
    with xero_drops(" (new)"):
        acme = organisation(world, "Acme (new)")
        world.sync()
        world.sync()
        assert "stored_otherwise" == code_now(world, Seen("Organizations", acme))
        world.host.edit("Organizations", acme, accountname="New Acme")

        world.sync()

    assert "updated" == world.outcome("Organizations", acme).result
    assert "New Acme" == world.in_xero("Organizations", acme)["Name"]


def test_a_write_that_changes_the_crm_too_is_compared(world: World) -> None:
    """An address comes in from Xero, and the name that goes out loses a sign: that is told."""
    acme = organisation(world, "Acme")
    world.sync()
    shown = world.in_xero("Organizations", acme)
    world.sandbox.edit("Contacts", shown["ContactID"], {"EmailAddress": "a@acme.test"})
    world.host.edit("Organizations", acme, accountname="Acme (new)")
    with xero_drops(" (new)"):
        world.sync()

    assert "stored_otherwise" == code_now(world, Seen("Organizations", acme))
    assert "a@acme.test" == world.in_crm("Organizations", acme, "email1")
    assert "Acme (new)" == world.in_crm("Organizations", acme, "accountname")


def test_a_line_of_nothing_is_told_once_and_gets_its_account_with_a_price(world: World) -> None:
    """Xero keeps no account of 0.00: that is said, nothing waits for it, and a price brings it."""
    world.default_account()
    free = line("0", comment="Delivery")
    bill = invoice(world, "I1", organisation(world, "Acme"), [line(), free])
    world.sync()
    assert ("created", "line_stored_bare") == (
        world.outcome("Invoices", bill).result,
        code_now(world, Seen("Invoices", bill)),
    )
    world.sync()
    assert "" == code_now(world, Seen("Invoices", bill))
    rows = [dict(one) for one in world.host.record("Invoices", bill).lines]
    world.host.edit_lines("Invoices", bill, [rows[0], {**rows[1], "listprice": Decimal(5)}])

    world.sync()

    assert "200" == world.in_xero("Invoices", bill)["LineItems"][1]["AccountCode"]
    assert "" == code_now(world, Seen("Invoices", bill))
    assert world.xt.proof.reconcile().agrees
