"""Matching rules: how records of both sides find each other, in the order that was chosen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.sync.people import contact as person
from tests.stories.sync.people import organisation, product
from tests.stories.sync.test_first_link import code_of, contact, item
from tests.world import World

MAIL = "books@acme.example"


def ruled(world: World, *rules: str, module: str = "Organizations") -> None:
    """Choose the rules of a module."""
    world.settings(module, matching=rules)


def proposed(world: World, crm_id: str, module: str = "Organizations") -> list[str]:
    """The Xero ids that a person is asked about."""
    return [one.xero_id or "" for one in world.outcome(module, crm_id).proposals]


def counts(world: World) -> tuple[int, int]:
    """How many contacts Xero has, and organisations the CRM."""
    return len(world.xero("Contacts")), len(world.host.all("Organizations"))


#: Rule → what both have in common, in Xero and in the CRM.
ALIKE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "email": ({"EmailAddress": "Books@Acme.example"}, {"email1": MAIL}),
    "phone": (
        {"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "7946 0123", "PhoneAreaCode": "020"}]},
        {"phone": "+44 (0)20 79460123"},
    ),
    "tax_number": ({"TaxNumber": "GB 123 4567 89"}, {"vat_number": "123456789"}),
    "domain_name": (
        {"Name": "Café Acme Ltd", "EmailAddress": "a@acme.example"},
        {"accountname": "Cafe Acme", "email1": "b@mail.acme.example"},
    ),
}


@pytest.mark.feature("F114")
@pytest.mark.parametrize("rule", ALIKE)
def test_a_rule_links_at_once_what_one_of_each_side_has(world: World, rule: str) -> None:
    """By e-mail, telephone in another format, tax number without country, domain and name."""
    there, here = ALIKE[rule]
    ruled(world, f"{rule}=link")
    xero_id = contact(world, **{"name": "Acme UK", **_named(there)})
    crm_id = organisation(world, **{"name": "The Acme Company", **_named(here)})
    contact(world, "Somebody Else")

    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)
    assert (2, 2) == counts(world)
    assert 0 == world.actions()


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the makers of records take them."""
    return {"name" if key in ("Name", "accountname") else key: v for key, v in values.items()}


@pytest.mark.feature("F114")
@pytest.mark.parametrize("rule", ALIKE)
def test_a_rule_that_proposes_makes_nothing_until_a_person_decides(world: World, rule: str) -> None:
    """Held on one side, left on the other, in each later run too; linked it is one record."""
    there, here = ALIKE[rule]
    ruled(world, f"{rule}=propose")
    xero_id = contact(world, **{"name": "Acme UK", **_named(there)})
    crm_id = organisation(world, **{"name": "The Acme Company", **_named(here)})
    for _ in range(2):
        world.sync()
        assert "likely_same" == code_of(world, "Organizations", crm_id)
        assert ([xero_id], (1, 1)) == (proposed(world, crm_id), counts(world))

    (need,) = world.xt.needs.all()
    world.xt.links.link(need.module, crm_id, xero_id)
    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)
    assert (1, 1) == counts(world)


@pytest.mark.feature("F114")
def test_different_records_go_apart(world: World) -> None:
    """Each gets its own record on the other side, and nobody asks again."""
    ruled(world, "email=propose")
    contact(world, "Acme UK", EmailAddress=MAIL)
    crm_id = organisation(world, "Bell", email1=MAIL)
    world.sync()
    world.xt.links.link("Organizations", crm_id, None)

    world.sync()

    assert ["Acme UK", "Bell"] == sorted(raw["Name"] for raw in world.xero("Contacts"))
    assert ((2, 2), 0) == (counts(world), world.actions())


@pytest.mark.feature("F114")
def test_create_as_new_makes_no_second_contact_of_one_name(world: World) -> None:
    """Xero takes a name once: what was found by e-mail first is asked about by its name then."""
    ruled(world, "email=propose")
    contact(world, "Acme", EmailAddress=MAIL)
    crm_id = organisation(world, "ACME", email1=MAIL)
    world.sync()
    world.xt.links.link("Organizations", crm_id, None)

    world.sync()

    assert "contact_same_name" == code_of(world, "Organizations", crm_id)
    assert (1, 1) == counts(world)


@pytest.mark.feature("F114")
def test_an_address_of_many_links_none(world: World) -> None:
    """Ten contacts and one organisation have info@: which one it is a person says."""
    ruled(world, "email=link")
    ids = [contact(world, f"Branch {n}", EmailAddress=MAIL) for n in range(10)]
    crm_id = organisation(world, "Head Office", email1=MAIL)

    world.sync()

    assert "likely_same" == code_of(world, "Organizations", crm_id)
    assert (sorted(ids), (10, 1)) == (sorted(proposed(world, crm_id)), counts(world))


@pytest.mark.feature("F114")
def test_of_two_organisations_of_one_address_none_is_linked(world: World) -> None:
    """One contact, two candidates: both wait with the same proposal."""
    ruled(world, "email=link")
    xero_id = contact(world, "Acme UK", EmailAddress=MAIL)
    ids = [organisation(world, name, email1=MAIL) for name in ("Acme North", "Acme South")]

    world.sync()

    assert ["likely_same"] * 2 == [code_of(world, "Organizations", one) for one in ids]
    assert [[xero_id]] * 2 == [proposed(world, one) for one in ids]
    assert (1, 2) == counts(world)


@pytest.mark.feature("F114")
@pytest.mark.parametrize(
    ("there", "here"),
    [
        ({"AccountNumber": "A1"}, {"account_no": "A2"}),
        ({"TaxNumber": "GB123456789"}, {"vat_number": "GB987654321"}),
    ],
)
def test_what_speaks_against_makes_a_link_a_proposal(
    world: World, there: dict[str, str], here: dict[str, str]
) -> None:
    """Another account number, or another tax number."""
    ruled(world, "email=link")
    contact(world, "Acme UK", EmailAddress=MAIL, **there)
    crm_id = organisation(world, "Acme Company", email1=MAIL, **here)

    world.sync()

    assert "likely_same" == code_of(world, "Organizations", crm_id)
    assert (1, 1) == counts(world)


@pytest.mark.feature("F114")
def test_a_chain_of_candidates_is_shown_whole(world: World) -> None:
    """The e-mail address is one contact's, the telephone another's, the name a third's."""
    ruled(world, "email=link", "phone=propose", "near-name")
    ids = [
        contact(world, "First", EmailAddress=MAIL),
        contact(world, "Second", Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "01134960000"}]),
        contact(world, "Acme Limited"),
    ]
    crm_id = organisation(world, "Acme Ltd", email1=MAIL, phone="0113 496 0000")

    world.sync()

    assert ids[0] == proposed(world, crm_id)[0]
    assert (sorted(ids), (3, 1)) == (sorted(proposed(world, crm_id)), counts(world))


@pytest.mark.feature("F114")
def test_blank_fields_are_alike_to_nothing(world: World) -> None:
    """Neither side has an address, a telephone or a number: both travel as new."""
    ruled(world, "id:phone=link", "email=link", "phone=link", "tax_number=link", "number=link")
    contact(world, "Acme UK", EmailAddress="")
    organisation(world, "Bell", email1=" ", phone="", vat_number="n/a")

    world.sync()

    assert ((2, 2), 0) == (counts(world), world.actions())


@pytest.mark.feature("F114")
@pytest.mark.parametrize("own", ["id", "key"])
def test_an_own_field_of_ids_links(world: World, own: str) -> None:
    """It holds the id in Xero, or the key that an earlier product wrote there."""
    ruled(world, "id:website=link", "name=propose")
    xero_id = contact(world, "Acme UK", ContactNumber="OLD-7")
    crm_id = organisation(world, "Acme", website=xero_id.upper() if own == "id" else "OLD-7")
    world.settings("Organizations", first_link="crm")

    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)
    assert (1, 1) == counts(world)


@pytest.mark.feature("F114")
def test_a_name_may_link_at_once(world: World) -> None:
    """Exactly equal and one of each side; what is only nearly equal waits."""
    ruled(world, "name=link", "near_name")
    xero_id = contact(world, "ACME LTD")
    crm_id = organisation(world, "Acme Ltd")
    contact(world, "Bright Limited")
    other = organisation(world, "Bright Ltd")

    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)
    assert "contact_near_name" == code_of(world, "Organizations", other)
    assert (2, 2) == counts(world)


@pytest.mark.feature("F114")
def test_a_number_may_only_propose(world: World) -> None:
    """It is asked, and no second contact of the number is made when a person says it is new."""
    ruled(world, "number=propose")
    contact(world, "Acme UK", AccountNumber="A1")
    crm_id = organisation(world, "Bell", account_no="A1")
    world.sync()
    world.xt.links.link("Organizations", crm_id, None)

    world.sync()

    assert "number_proposed" == code_of(world, "Organizations", crm_id)
    assert (1, 1) == counts(world)


@pytest.mark.feature("F114")
def test_a_record_left_out_keeps_its_twin_out_of_the_crm(world: World) -> None:
    """It did not ask to be synced, and its contact does not come in beside it."""
    ruled(world, "email=propose")
    organisation(world, "Acme", email1=MAIL, xero_sync=False)
    contact(world, "Acme UK", EmailAddress=MAIL)

    run = world.sync()

    assert {"Organizations": {"excluded": 1}} == run.counts
    assert (1, 1) == counts(world)


@pytest.mark.feature("F114")
def test_people_and_items_have_rules_of_their_own(world: World) -> None:
    """A contact without organisation by its address, a product without code by its name."""
    world.settings("Contacts", matching=("email=link",), first_link="crm")
    world.settings("Products", matching=("name=link",), first_link="xero")
    there = contact(world, "Ann Miller-Jones", EmailAddress="ann@home.example")
    ann = person(world, "Ann", "Miller", email="ann@home.example")
    oak = item(world, "OAK-1", Name="Thing T1")
    table = product(world, "T1", productcode="")

    world.sync()

    assert there == world.xero_id("Contacts", ann)
    assert oak == world.xero_id("Products", table)
    assert "OAK-1" == world.in_crm("Products", table, "productcode")
    assert [] == world.host.all("Organizations")


@pytest.mark.feature("F114")
def test_a_store_of_before_plans_nothing_new(world: World) -> None:
    """Without rules, and with the usual ones typed out, a second plan is empty."""
    contact(world, "Acme Limited", EmailAddress=MAIL)
    crm_id = organisation(world, "Acme Ltd", email1=MAIL)
    organisation(world, "Bell")
    world.sync()
    before = code_of(world, "Organizations", crm_id)
    ruled(world, "number=link", "name=propose", "near_name=propose")

    world.sync()

    assert ("contact_near_name",) * 2 == (before, code_of(world, "Organizations", crm_id))
    assert ((2, 2), 0) == (counts(world), world.actions())


@pytest.mark.feature("F114")
def test_a_contact_that_may_be_one_of_our_people_becomes_no_organisation(world: World) -> None:
    """By the usual rules: it is proposed, and waits; called another, it comes in as a company."""
    there = contact(world, "Ann Lee")
    near = contact(world, "Bo Ray Ltd")
    firm = contact(world, "Cy Fox")
    ann, bo = person(world, "Ann", "Lee"), person(world, "Bo", "Ray")
    person(world, "Cy", "Fox")
    cyfox = organisation(world, "Cy Fox")

    world.sync()
    held = [code_of(world, "Contacts", one) for one in (ann, bo)]
    before = len(world.host.all("Organizations"))
    world.xt.links.link("Contacts", ann, there)
    world.xt.links.link("Contacts", bo, None)
    world.sync()
    world.sync()

    assert (["contact_same_name", "contact_near_name"], 1) == (held, before)
    assert "contact_same_name" == code_of(world, "Organizations", cyfox)
    assert there == world.xero_id("Contacts", ann)
    assert near != world.xero_id("Contacts", bo)
    assert {"Cy Fox", "Bo Ray Ltd"} == {
        record.values["accountname"] for record in world.host.all("Organizations")
    }
    assert 3 == len(world.host.all("Contacts"))
    assert firm in [one.xero_id for one in world.outcome("Organizations", cyfox).proposals]
