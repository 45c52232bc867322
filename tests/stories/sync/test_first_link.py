"""Records meet for the first time: by number, by name, by a person, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.sync.people import organisation, product
from tests.world import World
from xtiger.errors import LinkRefused


def contact(world: World, name: str, **values: Any) -> str:
    """A contact made in Xero's own pages; answers its id."""
    return str(world.sandbox.add("Contacts", {"Name": name, **values})["ContactID"])


def item(world: World, code: str, **values: Any) -> str:
    """An item made in Xero's own pages; answers its id."""
    return str(world.sandbox.add("Items", {"Code": code, **values})["ItemID"])


def code_of(world: World, module: str, crm_id: str) -> str:
    """The code of the newest outcome of a record."""
    cause = world.outcome(module, crm_id).cause
    return cause.code if cause else ""


@pytest.mark.feature("F017")
def test_a_new_organisation_becomes_a_contact(world: World) -> None:
    """Name, number, address and phone of an organisation arrive in one new contact."""
    organisation(world, "Acme", account_no="A1", billing_city="Leeds", phone="0113 1")

    run = world.sync()

    (there,) = world.xero("Contacts")
    assert ("Acme", "A1") == (there["Name"], there["AccountNumber"])
    assert {"Organizations": {"created": 1}} == run.counts
    assert 0 == world.actions()


@pytest.mark.feature("F018")
def test_a_contact_of_xero_becomes_an_organisation(world: World) -> None:
    """A contact that only Xero has comes into the CRM, once."""
    contact(world, "Xero Only Ltd", EmailAddress="x@y.example")

    world.sync()

    (record,) = world.host.all("Organizations")
    assert ("Xero Only Ltd", "x@y.example") == (
        record.values["accountname"],
        record.values["email1"],
    )
    assert 0 == world.actions()
    assert 1 == len(world.host.all("Organizations"))


@pytest.mark.feature("F022")
@pytest.mark.feature("F100")
def test_products_and_items_come_to_agree(world: World) -> None:
    """A product becomes an item, an item becomes a product, the same code becomes one pair."""
    product(world, "P1")
    both = product(world, "BOTH")
    world.sandbox.add("Items", {"Code": "BOTH", "Name": "Thing BOTH"})
    item(world, "X1", Name="From Xero")

    world.sync()

    assert {"P1", "BOTH", "X1"} == {raw["Code"] for raw in world.xero("Items")}
    assert {"P1", "BOTH", "X1"} == {
        record.values["productcode"] for record in world.host.all("Products")
    }
    assert "linked" == world.outcome("Products", both).result
    assert 0 == world.actions()


def test_the_same_number_links(world: World) -> None:
    """The account number finds the contact; an empty field is filled from the other side."""
    xero_id = contact(world, "Acme Xero", AccountNumber="A1", TaxNumber="GB1")
    crm_id = organisation(world, "Acme Xero", account_no="A1", email1="a@b.example")

    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)
    assert "a@b.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert "GB1" == world.in_crm("Organizations", crm_id, "vat_number")
    assert 1 == len(world.host.all("Organizations"))


def test_a_link_with_a_difference_asks(world: World) -> None:
    """Both filled and different at the first link: linked, and the field is a conflict."""
    contact(world, "Acme", AccountNumber="A1", EmailAddress="x@b.example")
    crm_id = organisation(world, "Acme", account_no="A1", email1="c@b.example")

    world.sync()

    assert "first_link_differs" == code_of(world, "Organizations", crm_id)
    assert "x@b.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert "c@b.example" == world.in_crm("Organizations", crm_id, "email1")
    assert 0 == world.actions()


@pytest.mark.parametrize(
    ("there", "code"),
    [("ACME LTD", "contact_same_name"), ("Acme Limited", "contact_near_name")],
)
def test_a_name_alone_is_a_proposal(world: World, there: str, code: str) -> None:
    """The same or nearly the same name is never linked by itself, nor made twice."""
    xero_id = contact(world, there)
    crm_id = organisation(world, "Acme Ltd")

    world.sync()

    outcome = world.outcome("Organizations", crm_id)
    assert ("held", code) == (outcome.result, code_of(world, "Organizations", crm_id))
    assert [("link", xero_id)] == [(p.verb, p.xero_id) for p in outcome.proposals]
    assert (1, 1) == (len(world.xero("Contacts")), len(world.host.all("Organizations")))


def test_accepting_the_proposal_links(world: World) -> None:
    """After link() the pair is compared and nothing is made."""
    xero_id = contact(world, "ACME LTD")
    crm_id = organisation(world, "ACME LTD", email1="a@b.example")
    world.sync()
    world.xt.links.link("Organizations", crm_id, xero_id)

    world.sync()

    assert "a@b.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert {} == world.codes()


def test_create_anyway_makes_a_second_contact(world: World) -> None:
    """A person who says that a near name is another company gets a contact for it."""
    contact(world, "Acme Limited")
    crm_id = organisation(world, "Acme Ltd")
    world.sync()
    world.xt.links.link("Organizations", crm_id, None)

    world.sync()

    assert {"Acme Limited", "Acme Ltd"} == {raw["Name"] for raw in world.xero("Contacts")}
    assert 0 == world.actions()
    names = sorted(str(r.values["accountname"]) for r in world.host.all("Organizations"))
    assert ["Acme Limited", "Acme Ltd"] == names


def test_an_archived_contact_of_the_number_is_not_touched(world: World) -> None:
    """The number belongs to an archived contact: held until it is restored, then linked."""
    xero_id = contact(world, "Old", AccountNumber="A1")
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})
    crm_id = organisation(world, "Old", account_no="A1")
    world.sync()
    assert "archived_in_xero" == code_of(world, "Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ACTIVE"})

    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)


def test_a_number_of_two_contacts_links_none(world: World) -> None:
    """Two contacts with the account number: held, since either could be meant."""
    contact(world, "One", AccountNumber="A1")
    world.sandbox.edit("Contacts", contact(world, "Two"), {"AccountNumber": "A1"})
    crm_id = organisation(world, "Three", account_no="A1")

    world.sync()

    assert "number_shared" == code_of(world, "Organizations", crm_id)
    assert 2 == len(world.xero("Contacts"))


def test_a_code_of_two_products_links_none(world: World) -> None:
    """Two products with the code of one item: held, since either could be meant."""
    item(world, "P1", Name="Thing P1")
    first, second = product(world, "P1"), product(world, "P1")

    world.sync()

    assert ["number_shared"] * 2 == [code_of(world, "Products", i) for i in (first, second)]
    assert 1 == len(world.xero("Items"))


def test_crm_twins_become_one_contact(world: World) -> None:
    """Of two organisations of one name one is sent; the other is held, in each later run too."""
    first, second = organisation(world, "Twin"), organisation(world, "twin")
    world.sync()
    assert ("created", "held") == (
        world.outcome("Organizations", first).result,
        world.outcome("Organizations", second).result,
    )

    world.sync()

    assert "crm_duplicate" == code_of(world, "Organizations", second)
    assert 1 == len(world.xero("Contacts"))


def test_crm_twins_of_a_contact_make_one_proposal(world: World) -> None:
    """With the contact in Xero already the first twin gets the proposal, the second is held."""
    contact(world, "Twin")
    first, second = organisation(world, "Twin"), organisation(world, "Twin")

    world.sync()

    codes = [code_of(world, "Organizations", i) for i in (first, second)]
    assert ["contact_same_name", "crm_duplicate"] == codes


@pytest.mark.parametrize("in_xero", [False, True])
@pytest.mark.feature("F023")
def test_a_product_and_a_service_of_one_code(world: World, in_xero: bool) -> None:
    """Both share Xero's list of items: the product has it, the service is held."""
    if in_xero:
        item(world, "S1", Name="Thing S1")
    goods = product(world, "S1")
    service = product(world, "S1", module="Services")

    for _ in range(2):
        world.sync()

        assert "code_taken" == code_of(world, "Services", service)
        assert world.outcome("Products", goods).result in ("created", "linked", "unchanged")
    assert 1 == len(world.xero("Items"))


@pytest.mark.feature("F023")
def test_a_service_becomes_an_item(world: World) -> None:
    """A service is an item in Xero and does not come back as a product."""
    crm_id = product(world, "S1", module="Services")

    world.sync()
    world.sync()

    assert "S1" == world.in_xero("Services", crm_id)["Code"]
    assert [] == list(world.host.all("Products"))


def test_an_item_of_a_service_that_waits_is_no_new_product(world: World) -> None:
    """Xero's item with the code of a service is left to that service."""
    item(world, "S1", Name="Thing S1")
    crm_id = product(world, "S1", module="Services")

    world.sync()

    assert "linked" == world.outcome("Services", crm_id).result
    assert [] == list(world.host.all("Products"))


def test_an_item_of_the_same_name_is_a_proposal(world: World) -> None:
    """Another code and the same name: a person decides."""
    item(world, "OTHER", Name="Thing P1")
    crm_id = product(world, "P1")

    world.sync()

    assert "item_same_name" == code_of(world, "Products", crm_id)
    assert 1 == len(world.xero("Items"))


@pytest.mark.parametrize("name", ["Quiet Ltd", "QUIET LIMITED"])
@pytest.mark.feature("F069")
def test_a_twin_that_is_not_selected_is_never_doubled(world: World, name: str) -> None:
    """The CRM's own record has Allow XTiger Sync off: Xero's contact does not come in beside it."""
    contact(world, name)
    crm_id = organisation(world, "Quiet Ltd", xero_sync=False)

    world.sync()

    assert "not_selected" == code_of(world, "Organizations", crm_id)
    assert 1 == len(world.host.all("Organizations"))


def test_a_ticked_twin_is_asked_about(world: World) -> None:
    """Ticking the twin's box afterwards brings the proposal."""
    contact(world, "Quiet Ltd")
    crm_id = organisation(world, "Quiet Ltd", xero_sync=False)
    world.sync()
    world.host.edit("Organizations", crm_id, xero_sync=True)

    world.sync()

    assert "contact_same_name" == code_of(world, "Organizations", crm_id)


def test_a_twin_that_is_linked_elsewhere_keeps_the_contact_out(world: World) -> None:
    """A second contact with the number of a linked organisation is held, not doubled."""
    crm_id = organisation(world, "Acme", account_no="A1")
    world.sync()
    world.sandbox.edit("Contacts", contact(world, "Acme North"), {"AccountNumber": "A1"})

    world.sync()

    assert 1 == len(world.host.all("Organizations"))
    assert "Acme" == world.in_xero("Organizations", crm_id)["Name"]
    assert [("account_number_taken", {"number": "A1", "other": "Acme"})] == [
        (item.cause.code, item.cause.data)
        for item in world.plan().with_result("held")
        if item.cause
    ]


def test_a_deleted_record_is_nobodys_twin(world: World) -> None:
    """A contact of the name of an organisation that was deleted in the CRM comes in as new."""
    crm_id = organisation(world, "Gone Ltd", xero_sync=False)
    world.sync()
    world.host.remove("Organizations", crm_id)
    contact(world, "Gone Ltd")

    world.sync()

    assert ["Gone Ltd"] == [r.values["accountname"] for r in world.host.all("Organizations")]


def test_an_archived_contact_that_the_crm_lacks_stays_out(world: World) -> None:
    """What is archived and unknown is not brought in."""
    xero_id = contact(world, "Old")
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})

    run = world.sync()

    assert {"Organizations": {"excluded": 1}} == run.counts
    assert [] == list(world.host.all("Organizations"))


def test_two_records_cannot_have_one_link(world: World) -> None:
    """A person who links a contact that is linked already is told so."""
    first, second = organisation(world, "One"), organisation(world, "Two", xero_sync=False)
    world.sync()

    with pytest.raises(LinkRefused):
        world.xt.links.link("Organizations", second, world.xero_id("Organizations", first))
