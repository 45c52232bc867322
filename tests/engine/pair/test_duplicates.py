"""What becomes of duplicates: linked or asked about, skipped, or sent with a suffix, by choice."""

from __future__ import annotations

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_crashes import killed
from tests.stories.sync.test_first_link import code_of, contact, item
from tests.world import World
from xtiger.xero.organisations import XeroOrganisation


@pytest.mark.feature("F084")
def test_a_duplicate_is_skipped_by_choice(world: World) -> None:
    """A contact of that name is in Xero: the organisation stays out, and its twin, too."""
    world.settings("Organizations", duplicates="skip")
    contact(world, "Acme")
    first, second = organisation(world, "Acme"), organisation(world, "ACME")

    world.sync()

    assert ["duplicate_skipped"] * 2 == [
        code_of(world, "Organizations", crm_id) for crm_id in (first, second)
    ]
    assert "skipped" == world.outcome("Organizations", first).result
    assert ["Acme"] == [raw["Name"] for raw in world.xero("Contacts")]
    assert 0 == world.actions()


@pytest.mark.feature("F084")
def test_of_two_alike_in_the_crm_one_goes(world: World) -> None:
    """Within one run, too: the second product of a code is skipped."""
    world.settings("Products", duplicates="skip")
    first, second = product(world, "P1"), product(world, "p1")

    world.sync()

    assert "created" == world.outcome("Products", first).result
    assert "duplicate_skipped" == code_of(world, "Products", second)


@pytest.mark.feature("F084")
def test_a_suffix_makes_names_unique_by_choice(world: World) -> None:
    """Name and account number get the CRM id after them; the CRM keeps its own; then quiet."""
    world.settings("Organizations", duplicates="suffix", create_in_crm=False)
    contact(world, "Acme", AccountNumber="A1")
    crm_id = organisation(world, "Acme", account_no="A1")

    world.sync()

    made = world.in_xero("Organizations", crm_id)
    assert (f"Acme-{crm_id}", f"A1-{crm_id}") == (made["Name"], made["AccountNumber"])
    assert "Acme" == world.in_crm("Organizations", crm_id, "accountname")
    assert 0 == world.actions()
    # The other one of that number stays in Xero and is told of; the pair itself agrees.
    assert ["duplicate"] == [one.cure.code for one in world.xt.proof.differences()]
    world.host.edit("Organizations", crm_id, accountname="Beta")
    world.sync()
    assert "Beta" == world.in_xero("Organizations", crm_id)["Name"]


@pytest.mark.feature("F084")
def test_a_code_with_suffix_keeps_to_xeros_length(world: World) -> None:
    """30 characters with the suffix; a line that sells it names the code as sent."""
    code = "X" * 30
    world.settings("Products", duplicates="suffix", create_in_crm=False)
    item(world, code)
    crm_id = product(world, code)
    invoice_id = invoice(world, "I1", organisation(world, "Acme"), [line(product_id=crm_id)])

    world.sync()

    sent = world.in_xero("Products", crm_id)["Code"]
    assert ("X" * 28 + f"-{crm_id}", 30) == (sent, len(sent))
    assert sent == world.in_xero("Invoices", invoice_id)["LineItems"][0]["ItemCode"]
    assert 0 == world.actions()


def test_a_suffixed_item_whose_answer_was_lost_is_not_made_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run dies before it is linked: the next one finds it by what it sent."""
    world.settings("Products", duplicates="suffix", create_in_crm=False)
    item(world, "P1")
    crm_id = product(world, "P1")
    with killed(monkeypatch, XeroOrganisation, "send", before=False):
        world.wait()
        world.xt.sync.run()
    world.wait(1_000)

    world.sync()

    assert 2 == len(world.xero("Items"))
    assert f"P1-{crm_id}" == world.in_xero("Products", crm_id)["Code"]


def test_the_suffixed_record_of_another_crm_is_not_taken(world: World) -> None:
    """It has a record of this id, too: ours goes under a name with what stands for the CRM."""
    world.settings("Products", duplicates="suffix", create_in_crm=False)
    world.settings("Organizations", duplicates="suffix", create_in_crm=False)
    goods, acme = product(world, "P1"), organisation(world, "Acme")
    for code, name in (("P1", "Acme"), (f"P1-{goods}", f"Acme-{acme}")):
        item(world, code, Name="Of another CRM")
        contact(world, name)

    world.sync()
    world.sync()

    mark = world.xt._parts.identities.mark("")
    assert f"P1-{mark}-{goods}" == world.in_xero("Products", goods)["Code"]
    assert f"Acme-{mark}-{acme}" == world.in_xero("Organizations", acme)["Name"]
    assert (3, 3, 0) == (len(world.xero("Items")), len(world.xero("Contacts")), world.actions())


def test_without_a_choice_nothing_is_altered(world: World) -> None:
    """The default holds a taken name; no code is changed by itself."""
    contact(world, "Acme")
    crm_id = organisation(world, "Acme")

    world.sync()

    assert "contact_same_name" == code_of(world, "Organizations", crm_id)
    assert ["Acme"] == [raw["Name"] for raw in world.xero("Contacts")]
