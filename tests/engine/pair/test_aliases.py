"""Aliases: several records of one side for one of the other; they resolve parents, never merge."""

from __future__ import annotations

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import code_of, contact
from tests.world import World
from xtiger.errors import LinkRefused


def twice(world: World) -> tuple[str, str, str]:
    """An organisation that the CRM has twice: (the linked one, its twin, the contact's id)."""
    first = organisation(world, "Acme", account_no="A1")
    world.sync()
    return first, organisation(world, "Acme"), world.xero_id("Organizations", first)


@pytest.mark.feature("F083")
def test_a_duplicate_is_proposed_as_alias(world: World) -> None:
    """The second organisation of the name is held, with the alias as a step to take."""
    _, twin, xero_id = twice(world)

    world.sync()

    outcome = world.outcome("Organizations", twin)
    assert "crm_duplicate" == code_of(world, "Organizations", twin)
    assert [("alias", xero_id)] == [(p.verb, p.xero_id) for p in outcome.proposals]


@pytest.mark.feature("F083")
def test_an_invoice_of_an_alias_goes_to_the_primarys_contact(world: World) -> None:
    """The alias is not sent; its invoice names the one contact; run after run nothing moves."""
    first, twin, xero_id = twice(world)
    world.xt.links.link("Organizations", twin, xero_id, alias=True)
    invoice_id = invoice(world, "I1", twin)

    world.sync()

    assert xero_id == world.in_xero("Invoices", invoice_id)["ContactID"]
    outcome = world.outcome("Organizations", twin)
    assert ("unchanged", "alias") == (outcome.result, code_of(world, "Organizations", twin))
    assert "alias of Acme" in world.xt.sentences.cause(outcome.cause)[0]
    assert 1 == len(world.xero("Contacts"))
    world.host.edit("Organizations", twin, accountname="Acme of the North", email1="n@b.example")
    world.sandbox.edit("Contacts", xero_id, {"TaxNumber": "GB9"})
    world.sync()
    assert "Acme" == world.in_xero("Organizations", first)["Name"]
    assert "GB9" == world.in_crm("Organizations", first, "vat_number")
    assert 0 == world.actions()
    assert twin == world.in_crm("Invoices", invoice_id, "account_id")


@pytest.mark.feature("F083")
def test_a_line_with_an_alias_product_uses_the_primarys_code(world: World) -> None:
    """Also when that code changes in the very run."""
    first = product(world, "P1")
    world.sync()
    twin = product(world, "P1-OLD")
    world.xt.links.link("Products", twin, world.xero_id("Products", first), alias=True)
    acme = organisation(world, "Acme")
    before = invoice(world, "I1", acme, [line(product_id=twin)])
    world.sync()
    assert "P1" == world.in_xero("Invoices", before)["LineItems"][0]["ItemCode"]
    world.host.edit("Products", first, productcode="P2")
    after = invoice(world, "I2", acme, [line(product_id=twin)])

    world.sync()

    assert "P2" == world.in_xero("Invoices", after)["LineItems"][0]["ItemCode"]
    assert 1 == len(world.xero("Items"))


@pytest.mark.feature("F117")
def test_a_second_contact_of_an_organisation_is_an_alias(world: World) -> None:
    """It makes no second organisation, never merges, and its invoices stay the organisation's."""
    crm_id = organisation(world, "Acme")
    invoice_id = invoice(world, "I1", crm_id)
    world.sync()
    world.settings("Organizations", create_in_crm=False)
    other = contact(world, "Acme Billing", EmailAddress="b@acme.example")
    world.plan()
    world.xt.links.link("Organizations", crm_id, other, alias=True)
    world.settings("Organizations", create_in_crm=True)
    world.sandbox.edit("Invoices", world.xero_id("Invoices", invoice_id), {"ContactID": other})

    world.sync()

    assert 1 == len(world.host.all("Organizations"))
    assert "Acme" == world.in_xero("Organizations", crm_id)["Name"]
    assert crm_id == world.in_crm("Invoices", invoice_id, "account_id")
    by_xero = world.xt.sync.outcomes(xero_id=other, limit=1)[0]
    assert ("unchanged", "alias") == (by_xero.result, by_xero.cause and by_xero.cause.code)
    assert 0 == world.actions()


def test_an_alias_of_a_contact_that_is_gone_waits(world: World) -> None:
    """Its invoice is held with the primary's reason, and nothing is made for it."""
    _, twin, xero_id = twice(world)
    world.xt.links.link("Organizations", twin, xero_id, alias=True)
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})
    world.sync()
    invoice_id = invoice(world, "I1", twin)

    world.sync()

    said, _ = world.xt.sentences.cause(world.outcome("Invoices", invoice_id).cause)
    assert "It was removed in Xero" in said
    assert 1 == len(world.xero("Contacts"))


def test_aliases_follow_a_merge_in_xero(world: World) -> None:
    """The primary's contact is merged away: the alias leads to the survivor, too."""
    _, twin, xero_id = twice(world)
    world.xt.links.link("Organizations", twin, xero_id, alias=True)
    world.settings("Organizations", create_in_crm=False)
    survivor = contact(world, "Acme Group")
    fields = {"ContactStatus": "ARCHIVED", "MergedToContactID": survivor}
    world.sandbox.edit("Contacts", xero_id, fields)
    world.sync()
    invoice_id = invoice(world, "I1", twin)

    world.sync()

    assert survivor == world.in_xero("Invoices", invoice_id)["ContactID"]


def test_a_primary_with_aliases_is_not_unlinked(world: World) -> None:
    """Refused until a person says which alias takes its place; that one merges from then on."""
    first, twin, xero_id = twice(world)
    world.xt.links.link("Organizations", twin, xero_id, alias=True)
    with pytest.raises(LinkRefused, match="--promote"):
        world.xt.links.unlink("Organizations", first)

    world.xt.links.unlink("Organizations", first, promote=twin)

    world.sync()
    assert xero_id == world.xero_id("Organizations", twin)
    assert "number_shared" == code_of(world, "Organizations", first)
    assert 1 == len(world.xero("Contacts"))


def test_an_alias_is_taken_away_alone(world: World) -> None:
    """Unlinked it is a duplicate again; the primary does not notice."""
    first, twin, xero_id = twice(world)
    world.xt.links.link("Organizations", twin, xero_id, alias=True)

    world.xt.links.unlink("Organizations", twin)
    world.sync()

    assert "crm_duplicate" == code_of(world, "Organizations", twin)
    assert xero_id == world.xero_id("Organizations", first)


def test_an_alias_in_xero_is_taken_away_by_its_id(world: World) -> None:
    """The primary's own link stays; while an alias is there the primary is not unlinked."""
    crm_id = organisation(world, "Acme")
    other = contact(world, "Acme Billing")
    world.settings("Organizations", create_in_crm=False)
    world.sync()
    world.xt.links.link("Organizations", crm_id, other, alias=True)
    with pytest.raises(LinkRefused, match="aliases in Xero"):
        world.xt.links.unlink("Organizations", crm_id)

    world.xt.links.unlink("Organizations", crm_id, xero_id=other)

    store, connection = world.xt.store, world.xt.connections.get()
    assert {} == store.xero_aliases(connection.id, "Contact")
    assert [crm_id] == list(store.links_by_crm(connection.id, "Organizations"))


@pytest.mark.parametrize("both_linked", [True, False])
def test_an_alias_needs_exactly_one_linked_side(world: World, both_linked: bool) -> None:
    """Neither linked: there is no primary; both linked: which one is the alias?"""
    first, second = organisation(world, "Acme"), organisation(world, "Beta")
    world.sync()
    other = contact(world, "New") if not both_linked else world.xero_id("Organizations", second)
    crm_id = first if both_linked else organisation(world, "Gamma")
    world.plan()

    with pytest.raises(LinkRefused):
        world.xt.links.link("Organizations", crm_id, other, alias=True)


def test_invoices_have_no_aliases(world: World) -> None:
    """A second CRM invoice for one of Xero would count the money twice."""
    first = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    second = invoice(world, "I2", None)

    with pytest.raises(LinkRefused, match="Invoices cannot have"):
        world.xt.links.link("Invoices", second, world.xero_id("Invoices", first), alias=True)


@pytest.mark.feature("F083")
def test_duplicates_share_one_record_by_choice(world: World) -> None:
    """New ones in one run, and one that comes later: one contact, and its invoices go there."""
    world.settings("Organizations", duplicates="share", create_in_crm=False)
    first, second = (organisation(world, "Acme") for _ in range(2))
    invoices = [invoice(world, "I1", first), invoice(world, "I2", second)]

    world.sync()

    later = organisation(world, "Acme")
    invoices.append(invoice(world, "I3", later))
    world.sync()
    (there,) = world.xero("Contacts")
    assert {there["ContactID"]} == {world.in_xero("Invoices", one)["ContactID"] for one in invoices}
    assert {"alias"} == {code_of(world, "Organizations", one) for one in (second, later)}
    assert 0 == world.actions()
    assert (
        "alias of Acme" in world.xt.sentences.cause(world.outcome("Organizations", later).cause)[0]
    )


@pytest.mark.feature("F083")
def test_items_of_one_code_share_it(world: World) -> None:
    """Also between products and services."""
    for module in ("Products", "Services"):
        world.settings(module, duplicates="share", create_in_crm=False)
    product(world, "P1")
    twin = product(world, "P1", module="Services")
    sold = invoice(world, "I1", organisation(world, "Acme"), [line(service_id=twin)])

    world.sync()

    assert ["P1"] == [one["Code"] for one in world.xero("Items")]
    assert "alias" == code_of(world, "Services", twin)
    assert "P1" == world.in_xero("Invoices", sold)["LineItems"][0]["ItemCode"]


@pytest.mark.feature("F083")
def test_what_was_never_sent_is_not_shared(world: World) -> None:
    """The first one is refused by Xero: its twin waits, and shares once that is mended."""
    world.settings("Organizations", duplicates="share", create_in_crm=False)
    first = organisation(world, "Acme")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT")
    twin = organisation(world, "Acme")

    world.sync()

    assert "failed" == world.outcome("Organizations", first).result
    assert ("held", "crm_duplicate") == (
        world.outcome("Organizations", twin).result,
        code_of(world, "Organizations", twin),
    )
    world.host.edit("Organizations", first, phone="1")
    world.sync()
    assert "alias" == code_of(world, "Organizations", twin)
    assert 1 == len(world.xero("Contacts"))


@pytest.mark.feature("F083")
def test_an_invoice_of_a_duplicate_alone_names_the_contact_made_with_it(world: World) -> None:
    """Nothing else of that run is for the first one."""
    world.settings("Organizations", duplicates="share", create_in_crm=False)
    first, second = (organisation(world, "Acme") for _ in range(2))
    sold = invoice(world, "I1", second)

    world.sync()

    assert world.xero_id("Organizations", first) == world.in_xero("Invoices", sold)["ContactID"]


@pytest.mark.feature("F083")
@pytest.mark.parametrize("deletes", [True, False])
def test_a_duplicate_takes_the_place_of_one_that_is_deleted(world: World, *, deletes: bool) -> None:
    """Its contact stays, though deletes travel: the second is synced now, the third its alias."""
    world.settings("Organizations", duplicates="share", delete_in_xero=deletes)
    first = organisation(world, "Acme")
    second, third = (organisation(world, "Acme") for _ in range(2))
    world.sync()
    xero_id = world.xero_id("Organizations", first)
    world.host.remove("Organizations", first)
    world.sync()
    world.host.edit("Organizations", second, phone="2")
    sold = [invoice(world, f"I{n}", one) for n, one in enumerate((second, third))]

    world.sync()

    (there,) = world.xero("Contacts")
    (phone,) = [one for one in there["Phones"] if one["PhoneType"] == "DEFAULT"]
    assert (xero_id, "ACTIVE", "2") == (
        there["ContactID"],
        there["ContactStatus"],
        phone["PhoneNumber"],
    )
    assert {xero_id} == {world.in_xero("Invoices", one)["ContactID"] for one in sold}
    assert "alias" == code_of(world, "Organizations", third)
    assert 0 == world.actions()


@pytest.mark.feature("F083")
def test_one_with_more_contacts_in_xero_is_not_followed(world: World) -> None:
    """Where those would lead is for a person to say; nothing of it is archived."""
    world.settings("Organizations", duplicates="share", delete_in_xero=True, create_in_crm=False)
    first, second = (organisation(world, "Acme") for _ in range(2))
    more = contact(world, "Acme Again")
    world.sync()
    world.xt.links.link("Organizations", first, more, alias=True)
    world.host.remove("Organizations", first)

    world.sync()

    assert {"ACTIVE"} == {one["ContactStatus"] for one in world.xero("Contacts")}
    assert ("skipped", "gone_in_crm") == (
        world.outcome("Organizations", first).result,
        code_of(world, "Organizations", first),
    )
    assert "alias" == code_of(world, "Organizations", second)


@pytest.mark.feature("F083")
@pytest.mark.parametrize("linked", [True, False])
def test_those_that_a_person_called_different_share_nothing(world: World, *, linked: bool) -> None:
    """Xero takes the name once, so the second is held, and its invoices with it."""
    world.settings("Organizations", create_in_crm=False)
    first = organisation(world, "Acme")
    if linked:
        world.sync()
    second = organisation(world, "Acme")
    (group,) = world.xt.twins.all("Organizations")
    world.xt.twins.answer("Organizations", group.key, "different", "Ann")
    world.settings("Organizations", duplicates="share")
    sold = invoice(world, "I1", second)

    world.sync()

    assert world.xero_id("Organizations", first)
    assert ("held", "crm_duplicate") == (
        world.outcome("Organizations", second).result,
        code_of(world, "Organizations", second),
    )
    assert "held" == world.outcome("Invoices", sold).result
