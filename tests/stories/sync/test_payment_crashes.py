"""Runs that die around payments: money is never sent twice, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.money import amounts, live, quiet
from tests.stories.sync.people import paid_in_xero, payment
from tests.stories.sync.removing import allowed, link_state
from tests.stories.sync.test_crashes import killed_sync
from tests.world import World
from xtiger.db.store import SqlStore
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

#: Name of the point → (class, method, killed before the call, calls that pass).
POINTS: dict[str, tuple[type, str, bool, int]] = {
    "before anything is announced": (SqlStore, "open_batch", True, 0),
    "after the intents are committed": (XeroOrganisation, "send", True, 0),
    "after Xero took them": (XeroOrganisation, "send", False, 0),
    "before they are booked": (SqlStore, "add_link", True, 0),
    "before the follow-up": (SqlStore, "save_run", True, 2),
}


@pytest.mark.parametrize("wait", [60, 1_000])
@pytest.mark.parametrize("point", POINTS)
def test_killed_while_sending_payments(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch, point: str, wait: int
) -> None:
    """Two equal ones and another: after one more sync each is in Xero once, and linked."""
    world, bill = billed
    ids = [payment(world, bill, amount) for amount in ("2", "2", "3")]
    owner, name, before, after = POINTS[point]
    killed_sync(monkeypatch, world, owner, name, before=before, after=after)
    world.wait(wait)

    world.sync()

    assert [Decimal(2), Decimal(2), Decimal(3)] == amounts(world)
    assert 3 == len({world.xero_id("Payments", i) for i in ids})
    assert 3 == len(world.host.all("Payments"))
    assert quiet(world)


def test_a_run_of_another_module_in_between_gives_nothing_up(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync of services alone read no payments: what was sent is found by the next whole one."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=False)
    world.wait(1_000)
    world.sync("Services")

    world.sync()

    assert [Decimal(2)] == amounts(world)
    assert world.xero_id("Payments", crm_id)
    assert quiet(world)


REMAKES: dict[str, tuple[type, str, bool, int]] = {
    "before the delete": (XeroOrganisation, "send", True, 0),
    "after the delete": (XeroOrganisation, "send", False, 0),
    "before the create": (XeroOrganisation, "send", True, 1),
    "after the create": (XeroOrganisation, "send", False, 1),
    "before the delete is booked": (SqlStore, "save_batch", True, 0),
    "before the create is booked": (SqlStore, "save_batch", True, 1),
}


@pytest.mark.parametrize("wait", [60, 1_000])
@pytest.mark.parametrize("point", REMAKES)
def test_killed_between_the_halves_of_a_change(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch, point: str, wait: int
) -> None:
    """Deleted and to be made again, the payment is neither lost, doubled nor taken for gone."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    world.sync()
    allowed(world)
    old = world.xero_id("Payments", crm_id)
    world.host.edit("Payments", crm_id, amount=Decimal(3))
    owner, name, before, after = REMAKES[point]
    killed_sync(monkeypatch, world, owner, name, before=before, after=after)
    world.wait(wait)

    world.sync()

    assert [Decimal(3)] == amounts(world)
    assert 1 == len(world.host.all("Payments"))
    assert old != world.xero_id("Payments", crm_id) == live(world)[0]["PaymentID"]
    assert "live" == link_state(world, "Payments", crm_id)
    assert quiet(world)


BETWEEN: dict[str, tuple[Callable[[World, str], Any], list[Decimal], int]] = {
    "edited once more": (
        lambda world, i: world.host.edit("Payments", i, amount=Decimal(4)),
        [Decimal(4)],
        1,
    ),
    "edited back": (
        lambda world, i: world.host.edit("Payments", i, amount=Decimal(2)),
        [Decimal(2)],
        1,
    ),
    "deleted": (lambda world, i: world.host.remove("Payments", i), [], 0),
    "not received after all": (
        lambda world, i: world.host.edit("Payments", i, paymentstatus="Failure"),
        [],
        1,
    ),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_what_happens_between_the_crash_and_the_next_run_counts(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Killed after the delete; then a person changes, deletes or takes back the payment."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    world.sync()
    allowed(world)
    world.host.edit("Payments", crm_id, amount=Decimal(3))
    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=False)
    act, expected, kept = BETWEEN[what]
    act(world, crm_id)
    world.wait(1_000)

    world.sync()

    assert expected == amounts(world)
    assert kept == len(world.host.all("Payments"))
    assert quiet(world)


def test_an_edit_after_an_unheard_create_is_carried(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new payment arrived unheard; the CRM's next edit is a change of it, no conflict."""
    world, bill = billed
    crm_id = payment(world, bill, "2")
    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=False)
    world.host.edit("Payments", crm_id, amount=Decimal(4), paymentdate=date(2026, 11, 6))
    world.wait(1_000)

    world.sync()

    assert [Decimal(4)] == amounts(world)
    assert quiet(world)


@pytest.mark.parametrize("before", [True, False])
def test_killed_while_taking_in_payments(
    billed: tuple[World, str], monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Two equal payments of Xero are two in the CRM, however the run ended."""
    world, bill = billed
    for _ in range(2):
        paid_in_xero(world, world.xero_id("Invoices", bill), "2")
    killed_sync(monkeypatch, world, MemoryHost, "save", before=before)
    world.wait(1_000)

    world.sync()

    assert [Decimal(2), Decimal(2)] == [r.values["amount"] for r in world.host.all("Payments")]
    assert [Decimal(2), Decimal(2)] == amounts(world)
    assert quiet(world)
