"""Xero's rules for lists of persons: five at most, an address first, never empty, sent whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.sync.people import contact, organisation, people, person
from tests.stories.sync.test_crashes import killed
from tests.stories.sync.test_persons import codes, results
from tests.world import World
from xtiger.xero.organisations import XeroOrganisation


def acme_of(world: World) -> str:
    """An organisation with an e-mail address, in step."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    world.sync()
    return acme


def add_in_xero(world: World, acme: str, *new: dict[str, Any]) -> None:
    """Somebody adds persons to the organisation's contact in Xero."""
    there = world.in_xero("Organizations", acme)
    listed = [*there["ContactPersons"], *new]
    world.sandbox.edit("Contacts", str(there["ContactID"]), {"ContactPersons": listed})


def remove_in_xero(world: World, acme: str, first: str) -> None:
    """Somebody removes a person in Xero."""
    there = world.in_xero("Organizations", acme)
    left = [one for one in there["ContactPersons"] if one["FirstName"] != first]
    world.sandbox.edit("Contacts", str(there["ContactID"]), {"ContactPersons": left})


def test_the_sixth_waits_until_one_leaves(world: World) -> None:
    """Five go, strangers counted; the sixth goes by itself once there is room."""
    acme = acme_of(world)
    world.settings("Contacts", create_in_crm=False)
    add_in_xero(world, acme, person("Sue", "Still"))
    ids = [contact(world, f"P{n}", "Lee", acme) for n in range(5)]
    world.sync()

    assert ["created"] * 4 + ["held"] == results(world, *ids)
    assert "persons_too_many" == codes(world, ids[-1])[0]
    assert ["Sue", "P0", "P1", "P2", "P3"] == [one.split()[0] for one in people(world, acme)]
    remove_in_xero(world, acme, "Sue")
    world.sync()

    assert ["P0", "P1", "P2", "P3", "P4"] == [one.split()[0] for one in people(world, acme)]
    assert 0 == world.actions()


@pytest.mark.feature("F102")
def test_without_an_address_persons_wait_and_go_once_there_is_one(world: World) -> None:
    """Nothing is sent for them; the organisation's new address releases them in the same run."""
    acme = organisation(world, "Acme")
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()

    assert "persons_need_email" == codes(world, ann)[0]
    assert [] == people(world, acme)
    world.host.edit("Organizations", acme, email1="office@acme.example")
    world.sync()

    assert ["Ann Lee "] == people(world, acme)
    assert ["created"] == results(world, ann)


def test_an_address_filled_in_xero_releases_them_too(world: World) -> None:
    """The address comes in and the person goes out."""
    acme = organisation(world, "Acme")
    contact(world, "Ann", "Lee", acme)
    world.sync()
    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", acme), {"EmailAddress": "office@acme.example"}
    )
    world.sync()

    assert ["Ann Lee "] == people(world, acme)


def test_a_contact_waits_for_its_organisation(world: World) -> None:
    """An organisation that is not sent holds its contacts; naming it."""
    acme = organisation(world, "Acme", email1="office@acme.example", xero_sync=False)
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()

    cause = world.outcome("Contacts", ann).cause
    assert cause is not None
    assert ("parent_left_out", "Acme") == (cause.code, cause.data["parent"])
    world.host.edit("Organizations", acme, xero_sync=True)
    world.sync()

    assert ["Ann Lee "] == people(world, acme)


def test_a_removed_contact_leaves_the_list_when_allowed(world: World) -> None:
    """With deletes on, it leaves the list and the others stay; nothing stands afterwards."""
    acme = acme_of(world)
    ann, _bob = contact(world, "Ann", "Lee", acme), contact(world, "Bob", "Ray", acme)
    world.sync()
    world.settings("Contacts", delete_in_xero=True)
    world.host.remove("Contacts", ann)
    world.sync()

    assert ["Bob Ray "] == people(world, acme)
    assert ["removed"] == results(world, ann)
    assert (0, {}) == (world.actions(), world.codes())


def test_without_the_switch_the_person_stays_in_xero(world: World) -> None:
    """The link is an orphan and nobody makes the contact again."""
    acme = acme_of(world)
    ann, _bob = contact(world, "Ann", "Lee", acme), contact(world, "Bob", "Ray", acme)
    world.sync()
    world.host.remove("Contacts", ann)
    world.sync()

    assert 2 == len(people(world, acme))
    assert "gone_in_crm" == codes(world, ann)[0]
    assert 0 == world.actions()
    assert 1 == len(world.host.all("Contacts"))


def test_the_last_person_stays_with_a_word_why(world: World) -> None:
    """Xero does not let a list become empty."""
    acme = acme_of(world)
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()
    world.settings("Contacts", delete_in_xero=True)
    world.host.remove("Contacts", ann)
    world.sync()

    assert ("person_last", 1) == (codes(world, ann)[0], len(people(world, acme)))


def test_a_person_removed_in_xero_is_deleted_in_the_crm_when_allowed(world: World) -> None:
    """Taken off a list that was read whole; a contact edited meanwhile is asked about."""
    acme = acme_of(world)
    ann, bob = contact(world, "Ann", "Lee", acme), contact(world, "Bob", "Ray", acme)
    contact(world, "Cid", "Fox", acme)
    world.sync()
    world.settings("Contacts", delete_in_crm=True)
    remove_in_xero(world, acme, "Ann")
    remove_in_xero(world, acme, "Bob")
    world.host.edit("Contacts", bob, lastname="Ray-Hill")
    world.sync()

    assert ["removed", "conflict"] == results(world, ann, bob)
    assert ["Bob", "Cid"] == [one.values["firstname"] for one in world.host.all("Contacts")]


def test_a_person_removed_in_xero_stays_in_the_crm_otherwise(world: World) -> None:
    """Told, and never sent again by itself."""
    acme = acme_of(world)
    ann = contact(world, "Ann", "Lee", acme)
    contact(world, "Bob", "Ray", acme)
    world.sync()
    remove_in_xero(world, acme, "Ann")
    world.sync()

    assert ("gone_in_xero", ["Bob Ray "]) == (codes(world, ann)[0], people(world, acme))
    assert 0 == world.actions()


def test_an_archived_organisation_takes_nobody_with_it(world: World) -> None:
    """Its persons stay in the CRM whatever the switch says."""
    acme = acme_of(world)
    contact(world, "Ann", "Lee", acme)
    world.sync()
    world.settings("Contacts", delete_in_crm=True)
    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", acme), {"ContactStatus": "ARCHIVED"}
    )
    world.sync()

    assert 1 == len(world.host.all("Contacts"))


# --- another organisation --------------------------------------------------------------------


def two(world: World) -> tuple[str, str, str]:
    """Two organisations in step, and the contact of the first that is about to move."""
    acme, bolt = acme_of(world), organisation(world, "Bolt", email1="office@bolt.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@mail.example")
    contact(world, "Bob", "Ray", acme)
    world.sync()
    return acme, bolt, ann


def test_a_contact_of_another_organisation_changes_lists(world: World) -> None:
    """It joins the new list and leaves the old one, in one run; the link goes along."""
    acme, bolt, ann = two(world)
    world.host.edit("Contacts", ann, account_id=bolt)
    run = world.sync()

    assert ["Bob Ray "] == people(world, acme)
    assert ["Ann Lee ann@mail.example"] == people(world, bolt)
    assert {"updated": 1} == run.counts["Contacts"]
    assert world.xero_id("Contacts", ann).startswith(world.xero_id("Organizations", bolt))
    assert (0, 2) == (world.actions(), len(world.host.all("Contacts")))
    world.sync()

    assert (0, {}) == (world.actions(), world.codes())


def test_it_may_move_to_an_organisation_made_in_the_same_run(world: World) -> None:
    """The new contact in Xero comes first."""
    acme, _bolt, ann = two(world)
    new = organisation(world, "New", email1="office@new.example")
    world.host.edit("Contacts", ann, account_id=new)
    world.sync()

    assert (["Ann Lee ann@mail.example"], ["Bob Ray "]) == (people(world, new), people(world, acme))


def test_the_last_of_a_list_joins_the_other_and_its_old_entry_is_told(world: World) -> None:
    """Xero keeps the old entry; it is no new contact for the CRM, and leaves when it can."""
    acme, bolt = acme_of(world), organisation(world, "Bolt", email1="office@bolt.example")
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()
    world.host.edit("Contacts", ann, account_id=bolt)
    world.sync()
    run = world.sync()

    assert (["Ann Lee "], ["Ann Lee "]) == (people(world, acme), people(world, bolt))
    assert ({"held": 1}, 1) == (run.counts["Contacts"], len(world.host.all("Contacts")))
    contact(world, "Bob", "Ray", acme)
    world.sync()
    world.sync()

    assert ["Bob Ray "] == people(world, acme)
    assert (0, {}) == (world.actions(), world.codes())


@pytest.mark.parametrize("sends", [0, 1])
def test_killed_between_both_lists(
    world: World, monkeypatch: pytest.MonkeyPatch, sends: int
) -> None:
    """Killed after either list: the next run leaves one person on one list, and one contact."""
    acme, bolt, ann = two(world)
    world.host.edit("Contacts", ann, account_id=bolt)
    with killed(monkeypatch, XeroOrganisation, "send", before=False, after=sends):
        world.wait()
        world.xt.sync.run()
    world.wait(1_000)
    world.sync()
    world.sync()

    assert (["Bob Ray "], ["Ann Lee ann@mail.example"]) == (
        people(world, acme),
        people(world, bolt),
    )
    assert (0, {}, 2) == (world.actions(), world.codes(), len(world.host.all("Contacts")))


def test_a_contact_without_organisation_any_more_is_asked_about(world: World) -> None:
    """It is not silently made a contact of its own."""
    _acme, _bolt, ann = two(world)
    world.host.edit("Contacts", ann, account_id=None)
    world.sync()

    assert "person_left_organisation" == codes(world, ann)[0]
    assert 2 == len(world.xero("Contacts"))


def test_persons_follow_a_contact_that_was_merged_in_xero(world: World) -> None:
    """The organisation's link follows the merge; its persons join the surviving list."""
    acme = acme_of(world)
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()
    survivor = world.sandbox.add(
        "Contacts", {"Name": "Acme Group", "EmailAddress": "group@acme.example"}
    )
    world.sandbox.edit(
        "Contacts",
        world.xero_id("Organizations", acme),
        {"ContactStatus": "ARCHIVED", "MergedToContactID": survivor["ContactID"]},
    )
    world.settings("Organizations", first_link="crm")
    world.sync()

    assert survivor["ContactID"] == world.xero_id("Organizations", acme)
    assert ["Ann Lee "] == people(world, acme)
    assert ["updated"] == results(world, ann)
