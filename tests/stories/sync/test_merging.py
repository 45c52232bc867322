"""Linked records: what travels, what conflicts, what settles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation, product
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules


def linked(world: World) -> str:
    """An organisation that is on both sides, with an e-mail and a phone."""
    crm_id = organisation(world, "Acme", email1="a@acme.example", phone="1", vat_number="GB1")
    world.sync()
    return crm_id


def test_different_fields_changed_on_both_sides_are_merged(world: World) -> None:
    """The e-mail changed in the CRM and the tax number in Xero: each side gets the other's."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, email1="new@acme.example")
    world.sandbox.edit("Contacts", world.xero_id("Organizations", crm_id), {"TaxNumber": "GB2"})

    world.sync()

    there = world.in_xero("Organizations", crm_id)
    assert ("new@acme.example", "GB2") == (there["EmailAddress"], there["TaxNumber"])
    assert "GB2" == world.in_crm("Organizations", crm_id, "vat_number")
    assert 0 == world.actions()


def test_the_same_field_changed_on_both_sides_stays_on_both(world: World) -> None:
    """Two different e-mails are a conflict with its three values, untouched on either side."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, email1="crm@acme.example")
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@acme.example"})

    world.sync()

    outcome = world.outcome("Organizations", crm_id)
    assert outcome.cause is not None
    assert ("conflict", "both_changed") == (outcome.result, outcome.cause.code)
    (difference,) = outcome.differences
    assert ("a@acme.example", "crm@acme.example", "xero@acme.example") == (
        difference.base,
        difference.crm,
        difference.xero,
    )
    assert "xero@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert "crm@acme.example" == world.in_crm("Organizations", crm_id, "email1")


def test_beside_a_conflict_the_other_fields_travel(world: World) -> None:
    """A record in conflict over its e-mail still gets its new phone."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, email1="crm@acme.example", company_number="77")
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@acme.example"})

    world.sync()

    assert "77" == world.in_xero("Organizations", crm_id)["CompanyNumber"]
    assert 0 == world.actions()
    assert {("Organizations", crm_id): "both_changed"} == world.codes()


def test_a_conflict_ends_when_a_person_makes_both_equal(world: World) -> None:
    """Typing Xero's value into the CRM solves the conflict."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, email1="crm@acme.example")
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@acme.example"})
    world.sync()
    world.host.edit("Organizations", crm_id, email1="xero@acme.example")

    world.sync()

    assert "unchanged" == world.outcome("Organizations", crm_id).result
    assert {} == world.codes()


@pytest.mark.parametrize(("policy", "kept"), [("crm", "crm"), ("xero", "xero")])
def test_a_policy_solves_conflicts(world: World, policy: str, kept: str) -> None:
    """With the policy CRM or Xero that side's value goes to the other."""
    crm_id = linked(world)
    world.settings("Organizations", conflict=policy)
    world.host.edit("Organizations", crm_id, email1="crm@acme.example")
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@acme.example"})

    world.sync()

    wanted = f"{kept}@acme.example"
    assert wanted == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert wanted == world.in_crm("Organizations", crm_id, "email1")


def test_clearing_travels_both_ways(world: World) -> None:
    """An emptied field is an edit: it empties the other side."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, email1="")
    world.sandbox.edit("Contacts", world.xero_id("Organizations", crm_id), {"TaxNumber": ""})

    world.sync()

    assert "" == (world.in_xero("Organizations", crm_id).get("EmailAddress") or "")
    assert world.in_crm("Organizations", crm_id, "vat_number") in ("", None)
    assert 0 == world.actions()


def test_keep_when_empty_keeps_the_filled_value(world: World) -> None:
    """A name is never emptied: the row keeps it when the CRM's is cleared."""
    crm_id = product(world, "A1")
    world.sync()
    world.sandbox.edit("Items", world.xero_id("Products", crm_id), {"Name": ""})

    world.sync()

    assert "Thing A1" == world.in_crm("Products", crm_id, "productname")
    assert 0 == world.actions()


def test_an_edit_back_to_the_old_value_is_seen(world: World) -> None:
    """Changed and synced, then changed back: the second edit travels too."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, email1="b@acme.example")
    world.sync()
    world.host.edit("Organizations", crm_id, email1="a@acme.example")

    world.sync()

    assert "a@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]


def test_an_edit_taken_back_before_the_sync_moves_nothing(world: World) -> None:
    """There and back between two syncs is no change."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, email1="b@acme.example")
    world.host.edit("Organizations", crm_id, email1="a@acme.example")

    run = world.sync()

    assert {"Organizations": {"unchanged": 1}} == run.counts


def test_a_cutting_crm_settles(tmp_path: Path) -> None:
    """A CRM that cuts long text is asked once: the next plan is empty, the edit does not return."""
    short = [
        replace(
            module,
            fields=tuple(
                replace(field, max_length=30) if field.name == "company_number" else field
                for field in module.fields
            ),
        )
        for module in standard_modules()
    ]
    with make_world(tmp_path, modules=short, truncate=True) as world:
        world.connect()
        crm_id = linked(world)
        long = "1" * 50
        world.sandbox.edit(
            "Contacts", world.xero_id("Organizations", crm_id), {"CompanyNumber": long}
        )

        world.sync()

        assert long[:30] == world.in_crm("Organizations", crm_id, "company_number")
        assert 0 == world.actions()
        assert long == world.in_xero("Organizations", crm_id)["CompanyNumber"]


def test_text_that_xero_trims_settles(world: World) -> None:
    """Blanks around and inside a name, and four decimals, differ in writing only."""
    organisation(world, "  Blue   Door  ", email1=" a@b.example ")
    product(world, "P-1", unit_price="1.2500")
    world.sync()

    assert 0 == world.actions()
    assert {} == world.codes()


def test_switched_off_updates_are_told(world: World) -> None:
    """With updates to Xero off the edit stays in the CRM, and goes when they are on again."""
    crm_id = linked(world)
    world.settings("Organizations", update_in_xero=False)
    world.host.edit("Organizations", crm_id, email1="b@acme.example")
    world.sync()
    assert "a@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    outcome = world.outcome("Organizations", crm_id)
    assert outcome.cause is not None
    assert "update_off" == outcome.cause.code
    world.settings("Organizations", update_in_xero=True)

    world.sync()

    assert "b@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]


def test_switched_off_updates_of_the_crm_are_told(world: World) -> None:
    """With updates of the CRM off Xero's edit waits, and comes when they are on again."""
    crm_id = linked(world)
    world.settings("Organizations", update_in_crm=False)
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "x@acme.example"})
    world.sync()
    assert "a@acme.example" == world.in_crm("Organizations", crm_id, "email1")
    world.settings("Organizations", update_in_crm=True)

    world.sync()

    assert "x@acme.example" == world.in_crm("Organizations", crm_id, "email1")


def test_a_new_mapping_makes_records_be_looked_at_again(world: World) -> None:
    """A row added to the mapping fills Xero from records that nobody touched."""
    crm_id = organisation(world, "Acme", industry="Bakery")
    world.sync()
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    row = type(mapping.rows[0])("industry", "FirstName", direction="to_xero")
    made = type(mapping)(mapping.module, mapping.kind, (*mapping.rows, row))
    world.xt.mappings.save(made)

    world.sync()

    assert "Bakery" == world.in_xero("Organizations", crm_id)["FirstName"]


def test_a_record_taken_out_and_in_again_keeps_its_edits(world: World) -> None:
    """Unticked, edited, ticked: the edit travels then, and not before."""
    crm_id = linked(world)
    world.host.edit("Organizations", crm_id, xero_sync=False, email1="b@acme.example")
    world.sync()
    assert "a@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    world.host.edit("Organizations", crm_id, xero_sync=True)

    world.sync()

    assert "b@acme.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]


def test_an_item_whose_code_changed_in_xero_keeps_its_link(world: World) -> None:
    """The new code comes into the CRM; no second item is made."""
    crm_id = product(world, "OLD")
    world.sync()
    world.sandbox.edit("Items", world.xero_id("Products", crm_id), {"Code": "NEW"})

    world.sync()

    assert "NEW" == world.in_crm("Products", crm_id, "productcode")
    assert ["NEW"] == [item["Code"] for item in world.xero("Items")]


def test_linking_sends_nothing_when_updates_are_off(world: World) -> None:
    """Found by its number with updates to Xero off: linked, and Xero stays as it is."""
    world.settings("Organizations", update_in_xero=False)
    world.sandbox.add("Contacts", {"Name": "Acme", "AccountNumber": "A1"})
    crm_id = organisation(world, "Acme", account_no="A1", email1="a@b.example")

    world.sync()

    assert "linked" == world.outcome("Organizations", crm_id).result
    assert not world.in_xero("Organizations", crm_id).get("EmailAddress")
    assert 0 == world.actions()
