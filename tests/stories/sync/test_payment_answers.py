"""Answers about payments that never come: looked up, and only what is not there is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.money import amounts, before_sending, quiet, writes
from tests.stories.sync.people import paid_in_xero, payment
from tests.stories.sync.removing import allowed
from tests.stories.sync.test_first_link import code_of
from tests.world import World
from xtiger.errors import AnswerUnknown
from xtiger.xero.organisations import XeroOrganisation

PAYMENTS = "/api.xro/2.0/Payments"


@pytest.mark.parametrize("status", [0, 500])
def test_payments_whose_answer_was_lost_are_not_sent_again(
    billed: tuple[World, str], status: int
) -> None:
    """Two equal ones and another: all arrived, so one call was enough."""
    world, bill = billed
    ids = [payment(world, bill, amount) for amount in ("2", "2", "3")]
    world.sandbox.fault("lost_answer", path=PAYMENTS, method="PUT", status=status)

    world.sync()

    assert [Decimal(2), Decimal(2), Decimal(3)] == amounts(world)
    assert ["created"] * 3 == [world.outcome("Payments", i).result for i in ids]
    assert 3 == len({world.xero_id("Payments", i) for i in ids})
    assert 1 == writes(world)
    assert quiet(world)


def test_what_did_not_arrive_is_sent_once_more(billed: tuple[World, str]) -> None:
    """A 500 before anything was done: the second call brings it, once."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    world.sandbox.fault("status", status=500, path=PAYMENTS, method="PUT")

    world.sync()

    assert [Decimal(2)] == amounts(world)
    assert "created" == world.outcome("Payments", crm_id).result
    assert quiet(world)


def test_payments_carried_out_after_we_gave_up_are_there_once(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not found when looked up, since Xero was slow: the repeat bears the same key."""
    world, bill = billed
    ids = [payment(world, bill, amount) for amount in ("2", "3")]
    real, given_up = XeroOrganisation.send, list[Any]()

    def send(door: XeroOrganisation, request: Any) -> Any:
        if "/Payments" in request.path and not given_up:
            given_up.append(request)
            raise AnswerUnknown("PUT /Payments")
        if given_up:
            real(door, given_up.pop())
        return real(door, request)

    monkeypatch.setattr(XeroOrganisation, "send", send)
    world.sync()

    assert [Decimal(2), Decimal(3)] == amounts(world)
    assert 2 == len({world.xero_id("Payments", one) for one in ids})
    assert quiet(world)


@pytest.mark.parametrize("wait", [60, 1_000])
@pytest.mark.parametrize("arrived", [True, False])
def test_an_answer_lost_twice_is_settled_by_the_next_run(
    billed: tuple[World, str], arrived: bool, wait: int
) -> None:
    """Whether within Xero's six minutes or later, nothing is sent before it was looked up."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    world.sandbox.fault("status", status=500, path=PAYMENTS, method="PUT")
    if arrived:
        world.sandbox.fault("lost_answer", path=PAYMENTS, method="PUT")
    else:
        world.sandbox.fault("status", status=500, path=PAYMENTS, method="PUT")
    world.sync()
    assert "answer_unknown" == code_of(world, "Payments", crm_id)
    world.wait(wait)

    world.sync()

    assert [Decimal(2)] == amounts(world)
    assert world.xero_id("Payments", crm_id)
    assert quiet(world)


def test_an_equal_payment_made_meanwhile_makes_it_ambiguous(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours arrived unheard and a person made the same: two there, one waits; held, not resent."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    there = world.xero_id("Invoices", bill)
    before_sending(world, monkeypatch, lambda: paid_in_xero(world, there, "2"))
    world.sandbox.fault("lost_answer", path=PAYMENTS, method="PUT")

    world.sync()

    outcome = world.outcome("Payments", crm_id)
    assert outcome.cause is not None
    assert ("held", "payment_ambiguous") == (outcome.result, outcome.cause.code)
    world.sync()
    assert [Decimal(2), Decimal(2)] == amounts(world)
    assert "payment_ambiguous" == code_of(world, "Payments", crm_id)


def test_a_stranger_that_was_there_before_is_not_taken_for_ours(billed: tuple[World, str]) -> None:
    """Created anyway beside an equal one, and the answer never came: still two payments."""
    world, bill = billed
    stranger = paid_in_xero(world, world.xero_id("Invoices", bill), "2")
    crm_id = payment(world, bill, "2")
    world.sync()
    world.xt.links.link("Payments", crm_id, None)
    world.sandbox.fault("status", status=500, path=PAYMENTS, method="PUT")

    world.sync()

    assert [Decimal(2), Decimal(2)] == amounts(world)
    assert stranger != world.xero_id("Payments", crm_id)


@pytest.mark.parametrize("status", [0, 500])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_change_whose_answer_was_lost_ends_with_one_payment(
    billed: tuple[World, str], method: str, status: int
) -> None:
    """The delete or the create was not heard of: looked up, and the other half follows."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    world.sync()
    world.host.edit("Payments", crm_id, amount=Decimal(3))
    world.sandbox.fault("lost_answer", path=PAYMENTS, method=method, status=status)
    before = writes(world)

    world.sync()

    assert [Decimal(3)] == amounts(world)
    assert "updated" == world.outcome("Payments", crm_id).result
    assert 2 == writes(world) - before
    assert quiet(world)


@pytest.mark.parametrize("status", [0, 500])
def test_a_delete_whose_answer_was_lost_is_looked_up(
    billed: tuple[World, str], status: int
) -> None:
    """Its status proves it."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    world.sync()
    allowed(world)
    world.host.remove("Payments", crm_id)
    world.sandbox.fault("lost_answer", path=PAYMENTS, method="POST", status=status)

    world.sync()

    assert "removed" == world.outcome("Payments", crm_id).result
    assert ([], 2) == (amounts(world), writes(world))


def test_a_delete_that_never_arrives_changes_nothing(billed: tuple[World, str]) -> None:
    """Refused twice by a broken server: the old payment stays, and the next run changes it."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    world.sync()
    world.host.edit("Payments", crm_id, amount=Decimal(3))
    world.sandbox.fault("status", status=500, path=PAYMENTS, method="POST", count=2)
    world.sync()
    assert [Decimal(2)] == amounts(world)
    assert "answer_unknown" == code_of(world, "Payments", crm_id)

    world.sync()

    assert [Decimal(3)] == amounts(world)
    assert quiet(world)
