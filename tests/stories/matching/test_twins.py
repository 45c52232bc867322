"""Records that look alike: found on both sides before the first sync, and answered by a person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.sync.people import contact as person
from tests.stories.sync.people import invoice, organisation, product
from tests.stories.sync.test_first_link import code_of, contact, item
from tests.world import World
from xtiger.errors import LinkRefused
from xtiger.model.matching.twins import TwinGroup


def group(world: World, module: str = "Organizations") -> TwinGroup:
    """The only group of a module."""
    (found,) = world.xt.twins.all(module)
    return found


def answer(world: World, found: TwinGroup, said: Any) -> None:
    """What a person answers."""
    world.xt.twins.answer(found.module, found.key, said, "Ann")


def names(world: World) -> list[str]:
    """What the organisations of the CRM are called."""
    return sorted(str(one.values["accountname"]) for one in world.host.all("Organizations"))


@pytest.mark.feature("O7")
def test_twins_of_both_sides_are_found_and_linked_before_the_first_sync(world: World) -> None:
    """Misspelled, with another legal form; answered, they are linked and none is made anew."""
    xero_id = contact(world, "Fenverton Bakery GmbH", EmailAddress="info@fenverton.example")
    crm_id = organisation(world, "Fenvertn Bakery", email1="office@fenverton.example")
    organisation(world, "Somebody Else")
    world.plan()
    found = group(world)
    assert ("spelled_alike", "same_domain") == found.reasons
    assert (("link", "different"), False) == (found.answers, found.is_exact)
    assert [("crm", crm_id), ("xero", xero_id)] == [(one.side, one.id) for one in found.records]

    answer(world, found, "link")
    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)
    assert 2 == len(world.xero("Contacts"))
    assert [] == world.xt.twins.all()


@pytest.mark.feature("O7")
def test_all_exact_ones_are_linked_at_once(world: World) -> None:
    """Two pairs of one name each; the pair that is only near waits for a person."""
    ids = {contact(world, name): organisation(world, name) for name in ("Acme Ltd", "Bright Ltd")}
    contact(world, "Cleverly Ltd")
    organisation(world, "Cleverly Limited")
    world.plan()

    count = world.xt.twins.link_exact("Ann")

    world.sync()
    assert 2 == count
    assert ids == {world.xero_id("Organizations", crm): crm for crm in ids.values()}
    assert ["near_name"] == [one.reasons[0] for one in world.xt.twins.all()]


@pytest.mark.feature("O7")
def test_different_ones_are_never_proposed_again(world: World) -> None:
    """Neither by the finder nor by a sync: each gets its own record on the other side."""
    contact(world, "Acme Limited")
    crm_id = organisation(world, "Acme Ltd")
    world.sync()
    assert "contact_near_name" == code_of(world, "Organizations", crm_id)

    answer(world, group(world), "different")
    world.sync()

    assert ["Acme Limited", "Acme Ltd"] == sorted(raw["Name"] for raw in world.xero("Contacts"))
    assert ["Acme Limited", "Acme Ltd"] == names(world)
    assert ([], 0) == (world.xt.twins.all(), world.actions())


@pytest.mark.feature("O7")
def test_twins_within_the_crm_share_one_contact(world: World) -> None:
    """The nearer one is linked, the other becomes its alias and is not sent."""
    xero_id = contact(world, "Acme Tools Ltd")
    first = organisation(world, "Acme Tools Ltd")
    second = organisation(world, "ACME-Tools", email1="a@acme.example")
    world.plan()

    answer(world, group(world), "link")
    assert ("alias", "different") == group(world).answers
    answer(world, group(world), "alias")
    world.sync()

    assert xero_id == world.xero_id("Organizations", first)
    assert "alias" == code_of(world, "Organizations", second)
    assert (1, []) == (len(world.xero("Contacts")), world.xt.twins.all())


@pytest.mark.feature("O7")
def test_twins_within_xero_are_merged_there(world: World) -> None:
    """The answer says how and changes nothing; the group is gone once Xero merged them."""
    one = contact(world, "Acme Tools Ltd", EmailAddress="a@acme.example")
    contact(world, "Acme Tools Inc", EmailAddress="a@acme.example")
    world.plan()
    found = group(world)
    assert ("merge", "different") == found.answers

    answer(world, found, "merge")
    assert ["merge"] == [each.answer for each in world.xt.twins.answered()]
    world.sandbox.edit("Contacts", one, {"ContactStatus": "ARCHIVED"})
    world.plan()

    assert [] == world.xt.twins.all()


@pytest.mark.feature("O7")
def test_each_answer_is_kept_with_who_gave_it(world: World) -> None:
    """Which two, what, who and when, the newest first."""
    xero_id = contact(world, "Acme Ltd")
    crm_id = organisation(world, "Acme Limited")
    world.plan()
    now = world.clock.now()

    answer(world, group(world), "different")

    (kept,) = world.xt.twins.answered()
    assert ("different", "Ann", now) == (kept.answer, kept.by, kept.at)
    assert {("crm", crm_id), ("xero", xero_id)} == kept.both


def test_people_and_items_are_looked_at_too(world: World) -> None:
    """A contact without organisation, and a product of another code."""
    contact(world, "Ann Miller", EmailAddress="ann@miller.example")
    person(world, "Anne", "Miller", email="ann@miller.example")
    item(world, "OAK-1", Name="Oak table")
    product(world, "T1", productname="Oak-Table")
    world.plan()

    found = {one.module: one for one in world.xt.twins.all()}

    assert ("same_email", "near_name") == (
        found["Contacts"].reasons[0],
        found["Products"].reasons[0],
    )


def test_a_group_that_changed_is_not_answered(world: World) -> None:
    """Somebody linked them meanwhile: nothing is done."""
    xero_id = contact(world, "Acme Ltd")
    crm_id = organisation(world, "Acme Limited")
    world.plan()
    shown = group(world)
    world.xt.links.link("Organizations", crm_id, xero_id)

    with pytest.raises(LinkRefused, match="not as it was shown"):
        answer(world, shown, "different")


def test_nothing_of_xero_is_known_before_a_plan(world: World) -> None:
    """Twins of the CRM alone are found all the same."""
    organisation(world, "Acme Ltd")
    organisation(world, "Acme Limited")
    assert not world.xt.twins.is_read()
    assert ("different",) == group(world).answers

    world.plan()

    assert world.xt.twins.is_read()


@pytest.mark.feature("O7")
def test_different_ones_of_one_number_are_not_linked(world: World) -> None:
    """Both wait, and so does an invoice, until one of them has another number."""
    contact(world, "Acme Limited", AccountNumber="A1")
    crm_id = organisation(world, "Acme Ltd", account_no="A1")
    sold = invoice(world, "I1", crm_id)
    world.plan()
    answer(world, group(world), "different")
    world.sync()
    assert "account_number_taken" == code_of(world, "Organizations", crm_id)
    assert "held" == world.outcome("Invoices", sold).result
    assert ["Acme Limited"] == [raw["Name"] for raw in world.xero("Contacts")]
    assert ["Acme Ltd"] == names(world)

    world.host.edit("Organizations", crm_id, account_no="A2")
    world.sync()

    assert world.xero_id("Organizations", crm_id) == world.in_xero("Invoices", sold)["ContactID"]
    assert ["Acme Limited", "Acme Ltd"] == sorted(raw["Name"] for raw in world.xero("Contacts"))
    assert ["Acme Limited", "Acme Ltd"] == names(world)
    assert 0 == world.actions()


def test_different_items_of_one_code_are_not_linked(world: World) -> None:
    """Xero has each code once: the product waits until it has another."""
    item(world, "P1", Name="Oak table")
    crm_id = product(world, "P1", productname="Oak Table")
    world.plan()
    answer(world, group(world, "Products"), "different")
    world.sync()
    assert "code_taken" == code_of(world, "Products", crm_id)
    assert ["P1"] == [raw["Code"] for raw in world.xero("Items")]

    world.host.edit("Products", crm_id, productcode="P2")
    world.sync()

    assert ["P1", "P2"] == sorted(raw["Code"] for raw in world.xero("Items"))
    assert "created" == world.outcome("Products", crm_id).result
