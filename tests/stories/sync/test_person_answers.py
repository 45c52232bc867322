"""Lists of persons and answers that never came, edits meanwhile, and processes that were killed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.observe.test_person_lists import acme_of, add_in_xero
from tests.stories.sync.people import contact, organisation, people, person
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_persons import codes, results
from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

LOST: dict[str, Any] = {"path": "/api.xro/2.0/Contacts", "method": "POST"}


def test_a_lost_answer_that_arrived_is_not_sent_again(world: World) -> None:
    """One look at the feed shows the list as sent; nobody stands on it twice."""
    acme = acme_of(world)
    ann = contact(world, "Ann", "Lee", acme)
    world.sandbox.fault("lost_answer", **LOST)
    world.sync()

    assert (["Ann Lee "], ["created"]) == (people(world, acme), results(world, ann))
    posts = [c for c in world.sandbox.calls() if (c.method, c.path) == ("POST", LOST["path"])]
    assert 1 == len(posts)
    assert 0 == world.actions()


def test_a_lost_request_is_sent_once_more(world: World) -> None:
    """The list is as before, so it goes again."""
    acme = acme_of(world)
    ann = contact(world, "Ann", "Lee", acme)
    world.sandbox.fault("status", status=500, **LOST)
    world.sync()

    assert (["Ann Lee "], ["created"]) == (people(world, acme), results(world, ann))


def test_lost_twice_is_left_to_the_next_run(world: World) -> None:
    """Told, and sent by the next sync."""
    acme = acme_of(world)
    ann = contact(world, "Ann", "Lee", acme)
    world.sandbox.fault("status", status=500, count=2, **LOST)
    world.sync()

    assert ["answer_unknown"] == codes(world, ann)
    world.sync()

    assert ["Ann Lee "] == people(world, acme)


def test_an_edit_after_a_lost_answer_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody added a person between the lost answer and the look: it waits, nobody is lost."""
    acme = acme_of(world)
    ann = contact(world, "Ann", "Lee", acme)
    real = XeroOrganisation.send

    def edited(self: XeroOrganisation, request: Any) -> Any:
        try:
            return real(self, request)
        finally:
            add_in_xero(world, acme, person("Sue", "Still"))

    world.sandbox.fault("status", status=500, **LOST)
    with monkeypatch.context() as patch:
        patch.setattr(XeroOrganisation, "send", edited)
        world.sync()

    assert ["changed_meanwhile"] == codes(world, ann)
    world.sync()

    assert ["Sue Still ", "Ann Lee "] == people(world, acme)


def test_a_person_added_in_xero_during_the_run_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lists are read once more before they are sent."""
    acme = acme_of(world)
    contact(world, "Ann", "Lee", acme)
    bolt = organisation(world, "Bolt")
    real = XeroOrganisation.send

    def edited(self: XeroOrganisation, request: Any) -> Any:
        if request.method == "PUT":
            add_in_xero(world, acme, person("Sue", "Still"))
        return real(self, request)

    with monkeypatch.context() as patch:
        patch.setattr(XeroOrganisation, "send", edited)
        world.sync()

    assert world.xero_id("Organizations", bolt)
    assert ["Sue Still ", "Ann Lee "] == people(world, acme)


def test_a_refused_list_fails_its_persons_alone(world: World) -> None:
    """Xero's own word is told, and the other organisation's list goes."""
    acme, bolt = acme_of(world), organisation(world, "Bolt", email1="office@bolt.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@ämail.example")
    bob = contact(world, "Bob", "Ray", bolt)
    world.sync()

    assert ["email_invalid", ""] == codes(world, ann, bob)
    assert (["Bob Ray "], []) == (people(world, bolt), people(world, acme))


#: Name of the point → (class, method, killed before the call, calls that pass).
POINTS: dict[str, tuple[type, str, bool, int]] = {
    "before the list is sent": (XeroOrganisation, "send", True, 0),
    "after Xero took the list": (XeroOrganisation, "send", False, 0),
    "before the CRM is written": (MemoryHost, "save", True, 0),
    "after the CRM was written": (MemoryHost, "save", False, 0),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_makes_nobody_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """One person came from each side, one was renamed: all arrive once."""
    acme = acme_of(world)
    bob = contact(world, "Bob", "Ray", acme, email="bob@acme.example")
    world.sync()
    contact(world, "Ann", "Lee", acme)
    world.host.edit("Contacts", bob, lastname="Hill", email="hill@acme.example")
    add_in_xero(world, acme, person("Sue", "Still"))
    owner, name, before, after = POINTS[point]
    killed_sync(monkeypatch, world, owner, name, before=before, after=after)
    world.wait(1_000)
    world.sync()

    assert ["Ann Lee ", "Bob Hill hill@acme.example", "Sue Still "] == sorted(people(world, acme))
    assert ["Ann", "Bob", "Sue"] == sorted(
        str(one.values["firstname"]) for one in world.host.all("Contacts")
    )
    assert (0, {}) == (world.actions(), world.codes())


def test_lists_of_many_organisations_travel_in_batches(world: World) -> None:
    """60 lists are two requests; and the run costs one look at the lists before."""
    for n in range(60):
        contact(world, "Ann", "Lee", organisation(world, f"O{n}", email1=f"o{n}@x.example"))
    world.sync("Organizations")
    estimate = world.plan("Contacts").estimate
    before = world.calls()
    world.sync("Contacts")

    # organisation and feed; the look before sending, and two batches
    assert (3, 5) == (estimate.calls, world.calls() - before)
