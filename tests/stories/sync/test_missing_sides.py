"""Records that are gone on one side, merged, renamed, or back again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation, product
from tests.stories.sync.test_first_link import code_of, contact, item
from tests.world import World, make_world


def merged_into(world: World, gone: str, survivor: str) -> None:
    """Merge one contact into another in Xero's own pages, which archives and renames it."""
    fields = {"ContactStatus": "ARCHIVED", "MergedToContactID": survivor}
    world.sandbox.edit("Contacts", gone, fields)


def removed_from_the_sandbox(world: World, kind: str, xero_id: str) -> None:
    """Delete an object without a trace, as Xero does with items."""
    tenant = world.organisation()
    with world.sandbox._state.transaction():
        world.sandbox._state.put(tenant, kind, xero_id, None)


@pytest.mark.feature("F123")
def test_a_contact_archived_in_xero_is_not_made_again(world: World) -> None:
    """The CRM record stays, its link is an orphan, and no run creates a second contact."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", crm_id), {"ContactStatus": "ARCHIVED"}
    )

    for _ in range(2):
        world.sync()

        assert "gone_in_xero" == code_of(world, "Organizations", crm_id)
    assert 1 == len(world.xero("Contacts"))
    assert 1 == len(world.host.all("Organizations"))


def test_an_archived_contact_edited_in_the_crm_is_a_conflict(world: World) -> None:
    """Removed there and edited here: a person decides."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", crm_id), {"ContactStatus": "ARCHIVED"}
    )
    world.host.edit("Organizations", crm_id, email1="a@b.example")

    world.sync()

    assert "gone_but_edited" == code_of(world, "Organizations", crm_id)


def test_a_restored_contact_lives_on_with_its_link(world: World) -> None:
    """Restored in Xero the pair merges again, and its invoices may be sent."""
    crm_id = organisation(world, "Acme")
    world.sync()
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})
    invoice_id = invoice(world, "I1", crm_id)
    world.sync()
    assert "waits_for_parent" == code_of(world, "Invoices", invoice_id)
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ACTIVE"})

    world.sync()
    world.sync()

    assert "I1" == world.in_xero("Invoices", invoice_id)["InvoiceNumber"]


@pytest.mark.parametrize("tombstones", [True, False])
def test_a_record_deleted_in_the_crm_is_not_made_again(tmp_path: Path, tombstones: bool) -> None:
    """Xero's contact stays as it is and does not come back as a new organisation."""
    with make_world(tmp_path, tombstones=tombstones) as world:
        world.connect()
        crm_id = organisation(world, "Acme")
        world.sync()
        xero_id = world.xero_id("Organizations", crm_id)
        world.host.remove("Organizations", crm_id)
        world.sync()
        assert "gone_in_crm" == code_of(world, "Organizations", crm_id)
        world.sandbox.edit("Contacts", xero_id, {"TaxNumber": "GB9"})

        world.sync()

        assert [] == list(world.host.all("Organizations"))
        assert "gone_in_crm" == code_of(world, "Organizations", crm_id)


def test_a_deleted_record_edited_in_xero_is_a_conflict(world: World) -> None:
    """Deleted here and edited there: a person decides."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", crm_id), {"TaxNumber": "GB9"})
    world.host.remove("Organizations", crm_id)

    world.sync()

    assert "gone_but_edited" == code_of(world, "Organizations", crm_id)


def test_a_record_deleted_before_it_was_sent_is_done(world: World) -> None:
    """Held and then deleted: nothing is left standing."""
    crm_id = organisation(world, "Acme", email1="no address")
    world.sync()
    assert "email_invalid" == code_of(world, "Organizations", crm_id)
    world.host.remove("Organizations", crm_id)

    world.sync()

    assert {} == world.codes()


@pytest.mark.feature("F123")
def test_an_item_deleted_in_xero_is_seen_by_a_full_read(world: World) -> None:
    """Xero deletes items without a trace; the whole list proves it, and none is made again."""
    crm_id = product(world, "P1")
    world.sync()
    removed_from_the_sandbox(world, "Items", world.xero_id("Products", crm_id))

    world.sync(full=True)

    assert "gone_in_xero" == code_of(world, "Products", crm_id)
    assert [] == world.xero("Items")


def test_the_code_of_a_deleted_item_is_free_again(world: World) -> None:
    """A new product may have the code of an item that a full read did not find any more."""
    xero_id = item(world, "P1", Name="From Xero")
    world.settings("Products", create_in_crm=False)
    world.sync()
    removed_from_the_sandbox(world, "Items", xero_id)
    crm_id = product(world, "P1")

    world.sync(full=True)

    assert "created" == world.outcome("Products", crm_id).result


def test_a_contact_merged_in_xero_is_followed(world: World) -> None:
    """The link moves to the surviving contact; what differs there is asked, nothing is made."""
    crm_id = organisation(world, "Acme", email1="a@b.example")
    world.sync()
    old, survivor = world.xero_id("Organizations", crm_id), contact(world, "Acme Group")
    merged_into(world, old, survivor)

    world.sync()

    assert survivor == world.xero_id("Organizations", crm_id)
    assert "first_link_differs" == code_of(world, "Organizations", crm_id)
    assert "a@b.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert 1 == len(world.host.all("Organizations"))


def test_a_merge_into_a_merged_contact_is_followed_to_the_end(world: World) -> None:
    """Merged twice: the link moves to the last survivor."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.settings("Organizations", create_in_crm=False)
    old = world.xero_id("Organizations", crm_id)
    middle, last = contact(world, "Middle"), contact(world, "Last")
    merged_into(world, old, middle)
    merged_into(world, middle, last)

    world.sync()

    assert last == world.xero_id("Organizations", crm_id)


def test_new_invoices_go_to_the_surviving_contact(world: World) -> None:
    """An invoice of the same run as the merge already names the survivor."""
    crm_id = organisation(world, "Acme")
    world.sync()
    survivor = contact(world, "Acme Group")
    merged_into(world, world.xero_id("Organizations", crm_id), survivor)
    invoice_id = invoice(world, "I1", crm_id)

    world.sync()

    assert survivor == world.in_xero("Invoices", invoice_id)["ContactID"]


def test_two_linked_contacts_merged_hold_the_second(world: World) -> None:
    """Both CRM records cannot have the one contact left: the CRM has it twice."""
    first, second = organisation(world, "Acme"), organisation(world, "Acme North")
    world.sync()
    survivor = world.xero_id("Organizations", first)
    merged_into(world, world.xero_id("Organizations", second), survivor)

    world.sync()

    assert "contacts_merged" == code_of(world, "Organizations", second)
    assert "Acme" == world.in_xero("Organizations", first)["Name"]


@pytest.mark.parametrize(
    ("taken_by_crm", "code"), [(False, "contact_same_name"), (True, "crm_duplicate")]
)
def test_a_new_name_that_xero_has_is_held(world: World, taken_by_crm: bool, code: str) -> None:
    """Renamed to the name of another contact: held before Xero refuses it, then free again."""
    crm_id = organisation(world, "Acme")
    world.settings("Organizations", create_in_crm=False)
    other = None if taken_by_crm else contact(world, "Taken")
    if taken_by_crm:
        organisation(world, "Taken")
    world.sync()
    world.host.edit("Organizations", crm_id, accountname="Taken")
    world.sync()
    assert code == code_of(world, "Organizations", crm_id)
    if other is None:
        return
    world.sandbox.edit("Contacts", other, {"Name": "Free now"})

    world.sync()

    assert "Taken" == world.in_xero("Organizations", crm_id)["Name"]


@pytest.mark.feature("F100")
def test_a_new_code_that_xero_has_is_held(world: World) -> None:
    """A product's code changed to the code of another item: held."""
    crm_id = product(world, "P1")
    product(world, "P2")
    world.sync()
    world.host.edit("Products", crm_id, productcode="P2")

    world.sync()

    assert "code_taken" == code_of(world, "Products", crm_id)
    assert {"P1", "P2"} == {raw["Code"] for raw in world.xero("Items")}


def test_two_records_renamed_alike_end_with_one(world: World) -> None:
    """Two organisations get one new name in one run: Xero's refusal becomes a hold."""
    first, second = organisation(world, "One"), organisation(world, "Two")
    world.sync()
    for crm_id in (first, second):
        world.host.edit("Organizations", crm_id, accountname="Same")

    world.sync()

    assert ["Same", "Two"] == sorted(raw["Name"] for raw in world.xero("Contacts"))
    assert "contact_same_name" == code_of(world, "Organizations", second)


def test_unlinked_on_purpose_is_found_again_by_our_key(world: World) -> None:
    """A contact that we made bears our key, so that it is never made twice."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.xt.links.unlink("Organizations", crm_id)

    world.sync()

    assert "linked" == world.outcome("Organizations", crm_id).result
    assert 1 == len(world.xero("Contacts"))


def test_a_record_that_the_host_hides_is_held(tmp_path: Path) -> None:
    """A linked record that the CRM does not show is no deleted one: nothing happens to it."""
    with make_world(tmp_path, tombstones=False) as world:
        world.connect()
        crm_id = organisation(world, "Acme")
        world.sync()
        xero_id = world.xero_id("Organizations", crm_id)
        world.host._rows.remove("", "Organizations", int(crm_id))
        world.sandbox.edit("Contacts", xero_id, {"TaxNumber": "GB9"})

        world.sync()

        assert "missing_without_proof" == code_of(world, "Organizations", crm_id)
        assert [] == list(world.host.all("Organizations"))


def test_a_new_record_that_the_host_hides_is_held(tmp_path: Path) -> None:
    """The outbox names a record that the CRM does not show: held, nothing is sent."""
    with make_world(tmp_path, tombstones=False) as world:
        world.connect()
        crm_id = organisation(world, "Acme")
        world.host._rows.remove("", "Organizations", int(crm_id))

        world.sync()

        assert "missing_without_proof" == code_of(world, "Organizations", crm_id)
        assert [] == world.xero("Contacts")
