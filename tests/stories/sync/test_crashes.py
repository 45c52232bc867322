"""A process killed at any named point: the next run makes nothing twice and loses nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import contact, item
from tests.world import World
from xtiger.db.store import SqlStore
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation


class Killed(BaseException):
    """The process is gone: nothing in the library may catch this."""


@contextmanager
def killed(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, *, before: bool, after: int = 0
) -> Iterator[None]:
    """Kill the process before or after a call of this method; the first `after` calls pass."""
    real = getattr(owner, name)
    passed: list[int] = []

    def deadly(*given: Any, **named: Any) -> Any:
        passed.append(1)
        if before and len(passed) > after:
            raise Killed
        found = real(*given, **named)
        if len(passed) > after:
            raise Killed
        return found

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, deadly)
        with pytest.raises(Killed):
            yield


def killed_sync(
    monkeypatch: pytest.MonkeyPatch,
    world: World,
    owner: type,
    name: str,
    *,
    before: bool,
    after: int = 0,
) -> None:
    """A sync that is killed at this call."""
    with killed(monkeypatch, owner, name, before=before, after=after):
        world.wait()
        world.xt.sync.run()


def fill(world: World) -> str:
    """Something of every kind on both sides; answers the CRM id of the invoice."""
    acme = organisation(world, "Acme", email1="a@b.example")
    goods = product(world, "P1")
    contact(world, "Xero Only", EmailAddress="x@y.example")
    item(world, "X1", Name="From Xero")
    return invoice(world, "I1", acme, [line(product_id=goods)])


def assert_complete(world: World, crm_id: str) -> None:
    """Everything arrived on both sides, once, linked, and nothing is left to do."""
    names = Counter(str(raw["Name"]) for raw in world.xero("Contacts"))
    assert {"Acme": 1, "Xero Only": 1} == names
    assert {"P1": 1, "X1": 1} == Counter(str(raw["Code"]) for raw in world.xero("Items"))
    assert {"I1": 1} == Counter(str(raw["InvoiceNumber"]) for raw in world.xero("Invoices"))
    organisations = Counter(str(r.values["accountname"]) for r in world.host.all("Organizations"))
    assert {"Acme": 1, "Xero Only": 1} == organisations
    codes = Counter(str(r.values["productcode"]) for r in world.host.all("Products"))
    assert {"P1": 1, "X1": 1} == codes
    assert world.xero_id("Invoices", crm_id)
    plan = world.plan()
    assert ([], []) == ([*plan.actions], [item for item in plan.items if item.cause])


#: Name of the point → (class, method, killed before the call, calls that pass).
POINTS: dict[str, tuple[type, str, bool, int]] = {
    "before anything is announced": (SqlStore, "open_batch", True, 0),
    "after the intents are committed": (XeroOrganisation, "send", True, 0),
    "after Xero took the contacts": (XeroOrganisation, "send", False, 0),
    "between the batches of two modules": (XeroOrganisation, "send", True, 1),
    "after Xero took the items": (XeroOrganisation, "send", False, 1),
    "after Xero took the invoices": (XeroOrganisation, "send", False, 2),
    "before the outcomes of a batch": (SqlStore, "add_outcomes", True, 2),
    "before the CRM is written": (MemoryHost, "save", True, 0),
    "after the CRM was written": (MemoryHost, "save", False, 0),
    "after the CRM's second module": (MemoryHost, "save", False, 1),
    "after a base was saved": (SqlStore, "save_bases", False, 1),
    "after a cursor was saved": (SqlStore, "save_cursor", False, 5),
    "before the run is closed": (SqlStore, "save_run", True, 1),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_and_started_again(
    world: World, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """After the kill one more sync brings everything to both sides exactly once."""
    crm_id = fill(world)
    owner, name, before, after = POINTS[point]
    killed_sync(monkeypatch, world, owner, name, before=before, after=after)
    world.wait(1_000)

    world.sync()

    assert_complete(world, crm_id)


def test_killed_again_and_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after each write in turn: the run gets further each time and ends complete."""
    crm_id = fill(world)
    for owner, name in ((XeroOrganisation, "send"), (MemoryHost, "save")) * 2:
        with killed(monkeypatch, owner, name, before=False):
            world.wait(1_000)
            world.xt.sync.run()
    world.wait(1_000)

    world.sync()

    assert_complete(world, crm_id)


def test_an_edit_between_the_crash_and_the_next_run_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The organisation made before the crash is edited by a person: the edit goes to Xero."""
    contact(world, "Xero Only", EmailAddress="x@y.example")
    killed_sync(monkeypatch, world, MemoryHost, "save", before=False)
    (record,) = world.host.all("Organizations")
    world.host.edit("Organizations", record.ref.id, phone="0113 1")
    world.wait(1_000)

    world.sync()

    (there,) = world.xero("Contacts")
    assert ["0113 1"] == [p["PhoneNumber"] for p in there["Phones"] if p.get("PhoneNumber")]
    assert 1 == len(world.host.all("Organizations"))


@pytest.mark.parametrize("new", [True, False])
def test_an_edit_of_what_arrived_unheard_is_no_conflict(
    world: World, monkeypatch: pytest.MonkeyPatch, new: bool
) -> None:
    """Phone 1 was written by a run that died before the answer, then phone 2: Xero gets it."""
    acme = organisation(world, "Acme", phone="1" if new else "0")
    if not new:
        world.sync()
        world.host.edit("Organizations", acme, phone="1")
    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=False)
    world.host.edit("Organizations", acme, phone="2")
    world.wait(1_000)

    world.sync()

    (there,) = world.xero("Contacts")
    assert ["2"] == [p["PhoneNumber"] for p in there["Phones"] if p.get("PhoneNumber")]
    assert {} == world.codes()


def test_a_record_deleted_between_the_crash_and_the_next_run_stays_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The organisation made before the crash is deleted by a person: it does not come back."""
    contact(world, "Xero Only")
    killed_sync(monkeypatch, world, MemoryHost, "save", before=False)
    (record,) = world.host.all("Organizations")
    world.host.remove("Organizations", record.ref.id)
    world.wait(1_000)

    world.sync()

    assert [] == list(world.host.all("Organizations"))
    assert {("Organizations", record.ref.id): "gone_in_crm"} == world.codes()


def test_an_invoice_without_address_is_found_by_its_intent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CRM without page addresses: the invoice that arrived before the crash is linked."""
    monkeypatch.setattr(MemoryHost, "url", lambda *_: None)
    crm_id = invoice(world, "I1", organisation(world, "Acme"))
    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=False, after=1)
    world.wait(1_000)

    world.sync()

    assert 1 == len(world.xero("Invoices"))
    assert world.xero_id("Invoices", crm_id)
    assert {} == world.codes()


def test_a_stranger_of_our_number_is_not_taken_for_ours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before sending, and somebody else made the number in Xero: held, not linked."""
    monkeypatch.setattr(MemoryHost, "url", lambda *_: None)
    crm_id = invoice(world, "I1", organisation(world, "Acme"), subject="Ours")
    other = contact(world, "Stranger")
    world.settings("Organizations", create_in_crm=False)
    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=True, after=1)
    world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": other},
            "InvoiceNumber": "I1",
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "LineItems": [
                {"Description": "x", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}
            ],
        },
    )
    world.wait(1_000)

    world.sync()

    outcome = world.outcome("Invoices", crm_id)
    assert outcome.cause is not None
    assert "number_taken" == outcome.cause.code


def test_a_shown_plan_after_a_crash_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the CRM was written: a plan does not make the record, the next sync does."""
    contact(world, "Xero Only")
    killed_sync(monkeypatch, world, MemoryHost, "save", before=True)
    world.wait(1_000)

    plan = world.plan()

    assert [] == list(world.host.all("Organizations"))
    assert ["create"] == [item.verb for item in plan.items]
