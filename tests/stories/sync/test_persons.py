"""Contacts of an organisation are persons of its Xero contact, both ways (F019, F020)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import contact, organisation, people, person
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules


def codes(world: World, *ids: str) -> list[str]:
    """The code of each contact's newest outcome, "" for none."""
    found = (world.outcome("Contacts", one).cause for one in ids)
    return [cause.code if cause is not None else "" for cause in found]


def results(world: World, *ids: str) -> list[str]:
    """The result of each contact's newest outcome."""
    return [world.outcome("Contacts", one).result for one in ids]


@pytest.mark.feature("F019")
def test_contacts_of_an_organisation_become_persons_of_its_contact(world: World) -> None:
    """Both go in one run, as one list on the organisation's own contact; the next run is idle."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    bob = contact(world, "Bob", "Ray", acme)
    run = world.sync()

    assert {"created": 2} == run.counts["Contacts"]
    assert ["Ann Lee ann@acme.example", "Bob Ray "] == people(world, acme)
    assert ("office@acme.example", 1) == (
        world.in_xero("Organizations", acme)["EmailAddress"],
        len(world.xero("Contacts")),
    )
    cid = world.xero_id("Organizations", acme)
    assert [f"{cid}/1", f"{cid}/2"] == [world.xero_id("Contacts", one) for one in (ann, bob)]
    assert 0 == world.actions()
    assert {"unchanged"} >= set(world.sync().counts.get("Contacts", {}))
    assert [] == world.xt.proof.differences()


@pytest.mark.feature("F020")
def test_persons_of_xero_become_contacts_of_their_organisation(world: World) -> None:
    """The organisation and its persons come in by the same run, linked to each other."""
    world.sandbox.add(
        "Contacts",
        {
            "Name": "Acme",
            "EmailAddress": "office@acme.example",
            "ContactPersons": [person("Ann", "Lee", "ann@acme.example"), person("Bob", "Ray")],
        },
    )
    run = world.sync()
    (acme,) = world.host.all("Organizations")
    found = world.host.all("Contacts")

    assert {"created": 2} == run.counts["Contacts"]
    assert {(acme.ref.id, "Ann", "Lee", "ann@acme.example"), (acme.ref.id, "Bob", "Ray", None)} == {
        (
            one.values["account_id"],
            one.values["firstname"],
            one.values["lastname"],
            one.values.get("email"),
        )
        for one in found
    }
    assert 0 == world.actions()
    assert [] == world.xt.proof.differences()


def test_edits_of_both_sides_travel(world: World) -> None:
    """A name from the CRM and an address from Xero, of two persons of one list, in one run."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    bob = contact(world, "Bob", "Ray", acme)
    world.sync()
    world.host.edit("Contacts", ann, lastname="Lee-Young")
    edit_person(world, acme, "Bob", EmailAddress="bob@acme.example")
    world.sync()

    assert ["Ann Lee-Young ann@acme.example", "Bob Ray bob@acme.example"] == people(world, acme)
    assert "bob@acme.example" == world.in_crm("Contacts", bob, "email")
    assert 0 == world.actions()


def edit_person(world: World, acme: str, first: str, **values: Any) -> None:
    """Change one person in Xero, by first name."""
    there = world.in_xero("Organizations", acme)
    people_ = [
        {**one, **values} if one["FirstName"] == first else one for one in there["ContactPersons"]
    ]
    world.sandbox.edit("Contacts", str(there["ContactID"]), {"ContactPersons": people_})


def test_an_edit_on_both_sides_is_a_conflict_of_that_person_alone(world: World) -> None:
    """Neither side is touched, and the other person of the list still travels."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    bob = contact(world, "Bob", "Ray", acme)
    world.sync()
    world.host.edit("Contacts", ann, email="crm@acme.example")
    world.host.edit("Contacts", bob, lastname="Ray-Hill")
    edit_person(world, acme, "Ann", EmailAddress="xero@acme.example")
    world.sync()

    assert ["conflict", "updated"] == results(world, ann, bob)
    assert ["Ann Lee xero@acme.example", "Bob Ray-Hill "] == people(world, acme)
    assert "crm@acme.example" == world.in_crm("Contacts", ann, "email")


def test_clearing_an_address_travels(world: World) -> None:
    """An address cleared in the CRM is cleared in Xero; the name stays."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    world.sync()
    world.host.edit("Contacts", ann, email=None)
    world.sync()

    assert ["Ann Lee "] == people(world, acme)
    assert 0 == world.actions()


def test_the_same_person_added_on_both_sides_is_one(world: World) -> None:
    """Linked by e-mail address within the organisation; no twin on either side."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    world.sync()
    ann = contact(world, "Ann", "Lee", acme, email="Ann@acme.example")
    there = world.in_xero("Organizations", acme)
    world.sandbox.edit(
        "Contacts",
        str(there["ContactID"]),
        {"ContactPersons": [person("Ann", "Lee", "ann@acme.example")]},
    )
    run = world.sync()

    assert (1, 1) == (len(people(world, acme)), len(world.host.all("Contacts")))
    assert 1 == sum(run.counts["Contacts"].values())
    assert world.xero_id("Contacts", ann).endswith("/1")


def test_one_address_in_two_organisations_is_two_persons(world: World) -> None:
    """Matching looks within one organisation only."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    bolt = organisation(world, "Bolt", email1="office@bolt.example")
    one = contact(world, "Ann", "Lee", acme, email="ann@mail.example")
    other = contact(world, "Ann", "Lee", bolt, email="ann@mail.example")
    world.sync()

    assert ["created", "created"] == results(world, one, other)
    assert (1, 1) == (len(people(world, acme)), len(people(world, bolt)))


def test_two_persons_of_equal_name_stay_two(world: World) -> None:
    """Equal names with different addresses keep their own links through edits on either side."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    one = contact(world, "Ann", "Lee", acme, email="one@acme.example")
    two = contact(world, "Ann", "Lee", acme, email="two@acme.example")
    world.sync()
    world.host.edit("Contacts", two, firstname="Anna")
    world.sync()

    assert ["Ann Lee one@acme.example", "Anna Lee two@acme.example"] == people(world, acme)
    assert ["Ann", "Anna"] == [world.in_crm("Contacts", i, "firstname") for i in (one, two)]
    assert 0 == world.actions()


def test_primary_person_and_strangers_stay(world: World) -> None:
    """A list sent holds everybody; the contact's own name and address are not touched."""
    added = world.sandbox.add(
        "Contacts",
        {
            "Name": "Acme",
            "FirstName": "Pat",
            "LastName": "Prime",
            "EmailAddress": "p@acme.example",
            "ContactPersons": [person("Sue", "Still", "sue@acme.example")],
        },
    )
    world.settings("Contacts", create_in_crm=False)
    world.sync()
    (acme,) = world.host.all("Organizations")
    contact(world, "Ann", "Lee", acme.ref.id)
    world.sync()
    (there,) = world.xero("Contacts")

    assert ["Sue Still sue@acme.example", "Ann Lee "] == people(world, acme.ref.id)
    assert ("Pat", "Prime", added["ContactID"]) == (
        there["FirstName"],
        there["LastName"],
        there["ContactID"],
    )


def test_a_person_not_to_be_synced_is_no_twin(world: World) -> None:
    """The CRM has the person already, but its box is off: nothing is made beside it."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    contact(world, "Ann", "Lee", acme, email="ann@acme.example", xero_sync=False)
    world.sync()
    there = world.in_xero("Organizations", acme)
    world.sandbox.edit(
        "Contacts",
        str(there["ContactID"]),
        {"ContactPersons": [person("Ann", "Lee", "ann@acme.example")]},
    )
    world.sync()

    assert 1 == len(world.host.all("Contacts"))


def test_first_link_pairs_whom_both_sides_know(world: World) -> None:
    """By address, then by name; the others are made on the side that lacks them."""
    world.settings("Organizations", first_link="crm")
    world.sandbox.add(
        "Contacts",
        {
            "Name": "Acme",
            "EmailAddress": "office@acme.example",
            "AccountNumber": "A1",
            "ContactPersons": [
                person("A.", "Lee", "ann@acme.example"),
                person("Bob", "Ray"),
                person("Sue", "Still"),
            ],
        },
    )
    acme = organisation(world, "Acme", account_no="A1", email1="office@acme.example")
    world.settings("Contacts", first_link="crm")
    ann = contact(world, "Ann", "Lee", acme, email="ANN@acme.example")
    bob = contact(world, "Bob", "Ray", acme, email="bob@acme.example")
    cid = contact(world, "Cid", "Fox", acme)
    world.sync()

    assert ["linked", "linked", "created"] == results(world, ann, bob, cid)
    assert [
        "Ann Lee ANN@acme.example",
        "Bob Ray bob@acme.example",
        "Cid Fox ",
        "Sue Still ",
    ] == sorted(people(world, acme))
    assert ["Ann", "Bob", "Cid", "Sue"] == sorted(
        str(one.values["firstname"]) for one in world.host.all("Contacts")
    )
    assert 0 == world.actions()


def test_one_person_may_be_sent_alone(world: World) -> None:
    """Copy to Xero: the organisation, its feed, the look before sending, and the list."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    world.sync()
    ann = contact(world, "Ann", "Lee", acme)
    before = world.calls()
    (outcome,) = world.xt.sync.records("Contacts", [ann])

    assert ("created", ["Ann Lee "]) == (outcome.result, people(world, acme))
    assert 4 == world.calls() - before


def test_differences_are_told_person_by_person(world: World) -> None:
    """Read afresh from both sides, never from what was remembered."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    world.sync()
    edit_person(world, acme, "Ann", LastName="Young")
    (found,) = world.xt.proof.differences()

    assert ("Contacts", ann, "Last Name", "Lee", "Young") == (
        found.module,
        found.crm_id,
        found.field,
        found.crm,
        found.xero,
    )


def test_the_panel_leads_to_the_organisations_page_in_xero(world: World) -> None:
    """A person is shown there."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()

    assert f"/Contacts/View/{world.xero_id('Organizations', acme)}" in str(
        world.xt.panel("Contacts", ann).html()
    )


def test_without_updates_to_xero_nothing_moves(world: World) -> None:
    """Another organisation in the CRM is not sent while the switch is off."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    bolt = organisation(world, "Bolt", email1="office@bolt.example")
    ann = contact(world, "Ann", "Lee", acme)
    world.sync()
    world.settings("Contacts", update_in_xero=False)
    world.host.edit("Contacts", ann, account_id=bolt)
    world.sync()

    assert (["Ann Lee "], []) == (people(world, acme), people(world, bolt))
    assert ["excluded"] == results(world, ann)


def test_whose_person_it_is_goes_without_saying(world: World) -> None:
    """A mapping without the organisation still sends each to its own list."""
    mapping = world.xt.mappings.get("Contacts")
    assert mapping is not None
    rows = tuple(row for row in mapping.rows if row.xero != "ContactID")
    world.xt.mappings.save(replace(mapping, rows=rows))
    acme = organisation(world, "Acme", email1="office@acme.example")
    contact(world, "Ann", "Lee", acme)
    world.sync()

    assert ["Ann Lee "] == people(world, acme)
    assert 0 == world.actions()


def test_a_crm_whose_contacts_have_no_organisation_takes_in_no_persons(tmp_path: Path) -> None:
    """They would be contacts of nobody; its own contacts are sent as contacts of their own."""
    modules = [
        replace(
            m, fields=tuple(f for f in m.fields if f.role != "contact.organisation"), parents=()
        )
        if m.name == "Contacts"
        else m
        for m in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as lone:
        lone.connect()
        lone.sandbox.add(
            "Contacts",
            {
                "Name": "Acme",
                "EmailAddress": "office@acme.example",
                "ContactPersons": [person("Ann", "Lee")],
            },
        )
        lone.host.create("Contacts", {"firstname": "Bob", "lastname": "Ray"})
        run = lone.sync()

        assert {"created": 1, "excluded": 1} == run.counts["Contacts"]
        assert 0 == lone.actions()
