"""What was deleted on one side and entered there anew is the same money, the same person."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.money import amounts, bill_one, live, quiet
from tests.stories.sync.people import (
    contact,
    invoice,
    organisation,
    paid_in_xero,
    payment,
    people,
    person,
    unpaid_in_xero,
)
from tests.world import World


@pytest.fixture
def paid(world: World) -> tuple[World, str, str]:
    """A world with 5.00 of 10.00 paid on both sides; the CRM ids of invoice and payment."""
    _, bill = bill_one(world)
    own = payment(world, bill, "5")
    world.sync()
    return world, bill, own


def held_as(world: World) -> set[str]:
    """The codes of what a plan leaves standing of payments."""
    return {code for (module, _), code in world.codes().items() if module == "Payments"}


@pytest.mark.parametrize("pause", [False, True])
def test_entered_anew_in_the_crm_it_is_not_sent_again(
    paid: tuple[World, str, str], pause: bool
) -> None:
    """Deletes do not travel: the new one is held, and linking it takes over Xero's payment."""
    world, bill, own = paid
    there = world.xero_id("Payments", own)
    world.host.remove("Payments", own)
    if pause:
        world.sync()
    again = payment(world, bill, "5")
    world.sync()
    assert ([Decimal(5)], {"payment_looks_same", "gone_in_crm"}) == (
        amounts(world),
        held_as(world),
    )

    world.xt.links.link("Payments", again, there)
    world.sync()

    assert (there, [Decimal(5)]) == (world.xero_id("Payments", again), amounts(world))
    assert (True, True) == (quiet(world), world.xt.proof.reconcile().agrees)


@pytest.mark.parametrize("pause", [False, True])
def test_entered_anew_in_xero_it_does_not_come_again(
    paid: tuple[World, str, str], pause: bool
) -> None:
    """The CRM's payment stands for it, and is linked to it by a person."""
    world, bill, own = paid
    unpaid_in_xero(world, world.xero_id("Payments", own))
    if pause:
        world.sync()
    there = paid_in_xero(world, world.xero_id("Invoices", bill), "5")
    world.sync()
    assert (1, {"payment_looks_same", "gone_in_xero"}) == (
        len(world.host.all("Payments")),
        held_as(world),
    )

    world.xt.links.link("Payments", own, there)
    world.sync()

    assert (there, 1) == (world.xero_id("Payments", own), len(world.host.all("Payments")))
    assert (True, True) == (quiet(world), world.xt.proof.reconcile().agrees)


def test_more_money_of_the_same_day_is_sent(paid: tuple[World, str, str]) -> None:
    """While the first payment lives on, an equal one is another one."""
    world, bill, _ = paid
    payment(world, bill, "5")

    world.sync()

    assert [Decimal(5), Decimal(5)] == amounts(world)


def test_made_anyway_it_is_more_money(paid: tuple[World, str, str]) -> None:
    """A person says that the deleted payment and the new one are two."""
    world, bill, own = paid
    world.host.remove("Payments", own)
    again = payment(world, bill, "5")
    world.sync()
    world.xt.links.link("Payments", again, None)

    world.sync()

    assert 2 == len(live(world))


def test_a_customer_entered_anew_takes_over_the_contact(world: World) -> None:
    """Linked by a person, the new record stands for the contact of the deleted one."""
    old = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", old)
    world.host.remove("Organizations", old)
    new = organisation(world, "Acme", phone="0113 1")
    world.sync()

    world.xt.links.link("Organizations", new, there)
    world.sync()

    assert (there, 1) == (world.xero_id("Organizations", new), len(world.xero("Contacts")))
    assert (True, True) == (quiet(world), world.xt.proof.reconcile().agrees)


ANN = "Ann Lee ann@acme.example"


@pytest.fixture
def listed(world: World) -> tuple[World, str, str]:
    """A world with one person on both sides; the CRM ids of organisation and contact."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    world.sync()
    return world, acme, ann


@pytest.mark.parametrize("pause", [False, True])
def test_a_person_entered_anew_in_the_crm_is_not_sent_again(
    listed: tuple[World, str, str], pause: bool
) -> None:
    """Deletes do not travel: the new one is held, and linking it takes over the entry."""
    world, acme, ann = listed
    there = world.xero_id("Contacts", ann)
    world.host.remove("Contacts", ann)
    if pause:
        world.sync()
    again = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    world.sync()
    assert ([ANN], "contact_near_name") == (people(world, acme), world.codes()["Contacts", again])

    world.xt.links.link("Contacts", again, there)
    world.sync()

    assert ([ANN], there) == (people(world, acme), world.xero_id("Contacts", again))
    assert (True, True) == (quiet(world), world.xt.proof.reconcile().agrees)


def test_a_person_made_anyway_is_another_one(listed: tuple[World, str, str]) -> None:
    """A person says that the deleted contact and the new one are two."""
    world, acme, ann = listed
    world.host.remove("Contacts", ann)
    again = contact(world, "Ann", "Lee", acme, email="ann@acme.example")
    world.sync()
    world.xt.links.link("Contacts", again, None)

    world.sync()

    assert [ANN, ANN] == people(world, acme)


def test_where_deletes_travel_the_new_person_takes_the_place(
    listed: tuple[World, str, str],
) -> None:
    """The old entry leaves the list by itself, so nobody is asked."""
    world, acme, ann = listed
    world.settings("Contacts", delete_in_xero=True)
    world.host.remove("Contacts", ann)
    contact(world, "Ann", "Lee", acme, email="ann@acme.example")

    world.sync()
    world.sync()

    assert ([ANN], True) == (people(world, acme), quiet(world))


@pytest.mark.parametrize("renamed", [False, True])
def test_a_person_entered_anew_in_xero_does_not_come_again(
    listed: tuple[World, str, str], renamed: bool
) -> None:
    """The CRM's contact stands for it: it is linked by a person, or one of both is renamed."""
    world, acme, ann = listed
    there = world.xero_id("Organizations", acme)
    zed = person("Zed", "Zimmer", "zed@acme.example")
    world.sandbox.edit("Contacts", there, {"ContactPersons": [zed]})
    world.sync()
    anew = [zed, person("Ann", "Lee", "ann@acme.example")]
    world.sandbox.edit("Contacts", there, {"ContactPersons": anew})
    world.sync()
    (asked,) = [one for one in world.plan().items if one.cause and one.crm_id is None]
    assert ("contact_same_name", 2) == (
        asked.cause and asked.cause.code,
        len(world.host.all("Contacts")),
    )

    if renamed:
        anew[1]["FirstName"] = "Anna"
        world.sandbox.edit("Contacts", there, {"ContactPersons": anew})
    else:
        world.xt.links.link("Contacts", ann, str(asked.xero_id))
    world.sync()

    assert 2 + renamed == len(world.host.all("Contacts"))
    assert renamed or (quiet(world) and world.xt.proof.reconcile().agrees)


def test_the_button_names_the_invoice(world: World) -> None:
    """An invoice entered anew is linked by a button that says to what."""
    _, bill = bill_one(world)
    acme = world.in_crm("Invoices", bill, "account_id")
    world.host.remove("Invoices", bill)
    again = invoice(world, "I1", acme)

    world.sync()

    labels = [one.label for one in world.xt.panel("Invoices", again).actions]
    assert "Link to I1" in labels


def test_the_name_of_a_deleted_customer_is_not_called_twice_in_the_crm(world: World) -> None:
    """Another customer gets the name: it is told who has it in Xero, and another name cures."""
    acme, bell = organisation(world, "Acme"), organisation(world, "Bell")
    world.sync()
    world.host.remove("Organizations", acme)
    world.host.edit("Organizations", bell, accountname="Acme")
    world.sync()
    told = world.outcome("Organizations", bell).cause
    world.host.edit("Organizations", bell, accountname="Acme Two")

    world.sync()

    assert "entered_anew" == (told and told.code)
    assert ["Acme", "Acme Two"] == sorted(raw["Name"] for raw in world.xero("Contacts"))


def test_a_number_of_a_linked_invoice_offers_no_link(world: World) -> None:
    """Both invoices are linked already: only another number helps, and that is what is told."""
    acme = organisation(world, "Acme")
    first, second = invoice(world, "I1", acme), invoice(world, "I2", acme)
    world.sync()
    world.sandbox.edit("Invoices", world.xero_id("Invoices", first), {"InvoiceNumber": "I9"})
    world.host.edit("Invoices", second, invoice_no="I9")
    world.sync()
    outcome = world.outcome("Invoices", second)
    told = world.xt.sentences.cause(outcome.cause, "browser", outcome)

    assert ("number_taken", ()) == (outcome.cause and outcome.cause.code, outcome.proposals)
    assert "Change the number of one of both." == told[1]
    world.host.edit("Invoices", second, invoice_no="I3")
    world.sync()
    assert "updated" == world.outcome("Invoices", second).result
