"""A lost answer to an update: what arrived is kept, what did not goes again, edits are spared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import code_of
from tests.world import World
from xtiger.engine.observe.both_sides import read_xero


def _posts(world: World, kind: str) -> int:
    return sum(
        (call.method, call.path) == ("POST", f"/api.xro/2.0/{kind}")
        for call in world.sandbox.calls()
    )


def _edited_in_xero_before_the_look_up(
    monkeypatch: pytest.MonkeyPatch, world: World, crm_id: str, **changes: Any
) -> None:
    def read(*args: Any) -> int:
        world.sandbox.edit("Contacts", world.xero_id("Organizations", crm_id), changes)
        return read_xero(*args)

    monkeypatch.setattr("xtiger.engine.apply.push.read_xero", read)


def _lost(world: World, kind: str = "Contacts") -> None:
    world.sandbox.fault("lost_answer", path=f"/api.xro/2.0/{kind}", method="POST")


def _not_taken(world: World) -> None:
    world.sandbox.fault("status", path="/api.xro/2.0/Contacts", method="POST", status=500)


def _edited_organisation(world: World) -> str:
    crm_id = organisation(world, "Acme", email1="a@acme.example")
    world.sync()
    world.host.edit("Organizations", crm_id, email1="crm@acme.example")
    return crm_id


def test_an_update_that_arrived_is_not_sent_again(world: World) -> None:
    """The look-up shows what was sent: one write, and it counts as done."""
    crm_id = _edited_organisation(world)
    _lost(world)

    world.sync()

    assert 1 == _posts(world, "Contacts")
    assert "updated" == world.outcome("Organizations", crm_id).result
    assert "crm@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert 0 == world.actions()


def test_an_update_that_did_not_arrive_goes_once_more(world: World) -> None:
    """The look-up shows what was before: the update is sent again."""
    crm_id = _edited_organisation(world)
    _not_taken(world)

    world.sync()

    assert 2 == _posts(world, "Contacts")
    assert "crm@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert 0 == world.actions()


def test_changed_lines_that_arrived_are_not_sent_again(world: World) -> None:
    """An invoice whose lines were on their way: the lines of the look-up are as sent."""
    acme, goods = organisation(world, "Acme"), product(world, "P1")
    made = invoice(world, "I1", acme, [line(product_id=goods)])
    world.sync()
    world.host.edit_lines("Invoices", made, [line(product_id=goods, quantity=Decimal(3))])
    _lost(world, "Invoices")

    world.sync()

    assert 1 == _posts(world, "Invoices")
    assert "updated" == world.outcome("Invoices", made).result
    assert 0 == world.actions()


@pytest.mark.parametrize("fail", [_lost, _not_taken])
def test_another_field_edited_in_that_minute_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, fail: Any
) -> None:
    """Somebody gave the contact another number in Xero meanwhile: both edits end on both sides."""
    crm_id = _edited_organisation(world)
    fail(world)
    with monkeypatch.context() as patch:
        _edited_in_xero_before_the_look_up(patch, world, crm_id, TaxNumber="GB2")
        world.sync()

    world.sync()

    there = world.in_xero("Organizations", crm_id)
    assert ("crm@acme.example", "GB2") == (there["EmailAddress"], there["TaxNumber"])
    assert "GB2" == world.in_crm("Organizations", crm_id, "vat_number")
    assert 0 == world.actions()


@pytest.mark.parametrize("fail", [_lost, _not_taken])
def test_the_same_field_edited_in_that_minute_is_a_conflict(
    world: World, monkeypatch: pytest.MonkeyPatch, fail: Any
) -> None:
    """It is not overwritten by a repeat: the next sync shows both values, each on its side."""
    crm_id = _edited_organisation(world)
    fail(world)
    with monkeypatch.context() as patch:
        _edited_in_xero_before_the_look_up(patch, world, crm_id, EmailAddress="x@acme.example")
        world.sync()
    assert "changed_meanwhile" == code_of(world, "Organizations", crm_id)

    world.sync()

    assert "both_changed" == code_of(world, "Organizations", crm_id)
    assert "x@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert "crm@acme.example" == world.in_crm("Organizations", crm_id, "email1")
