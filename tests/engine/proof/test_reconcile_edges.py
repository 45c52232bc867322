"""The proof at its edges: values that cannot be said, directions, second records, old outcomes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.proofs import behind_the_back, count, fields, numbered
from tests.world import World


def test_an_amount_that_is_no_number_is_a_difference(loose: World) -> None:
    """A total of letters in the CRM: named, with what to correct, and in no sum."""
    crm_id = invoice(loose, "I1", organisation(loose, "Acme"), total="10")
    loose.sync()
    with behind_the_back(loose):
        loose.host.edit("Invoices", crm_id, total="ten")

    found = loose.xt.proof.reconcile()

    assert [("Total", "ten", Decimal(10), "value_unreadable")] == [
        (one.field, one.crm, one.xero, one.cure.code) for one in found.differences
    ]
    assert Decimal(0) == found.sums[0].crm.amounts["Total"]


def test_a_status_without_meaning_is_a_difference(loose: World) -> None:
    """The cure is to map it."""
    crm_id = invoice(loose, "I1", organisation(loose, "Acme"))
    loose.sync()
    with behind_the_back(loose):
        loose.host.edit("Invoices", crm_id, invoicestatus="Pondered")

    found = loose.xt.proof.reconcile().differences

    assert [("Status", "Pondered", "AUTHORISED", "status_unknown")] == [
        (one.field, one.crm, one.xero, one.cure.code) for one in found
    ]


def test_lines_that_cannot_be_said_in_xeros_words(books: World) -> None:
    """A tax that Xero lacks: the lines differ, and the cure is the tax."""
    crm_id = numbered(books, "I2")
    with behind_the_back(books):
        tax = [line("12.34", quantity=Decimal(3), tax_percent=Decimal(19), tax_name="VAT 19 %")]
        books.host.edit_lines("Invoices", crm_id, tax)

    found = books.xt.proof.reconcile().differences

    assert [("Lines", "tax_unknown")] == [(one.field, one.cure.code) for one in found]


def test_a_line_of_one_side_only_is_shown_whole(loose: World) -> None:
    """Quantity, text and price in a few words; the other lines are not told of."""
    crm_id = invoice(loose, "I1", organisation(loose, "Acme"), [line("12.34"), {"name": "A note"}])
    loose.sync()
    assert loose.xt.proof.reconcile().agrees, "a line of text alone is the same on both sides"
    more = [line("12.34"), {"name": "A note"}, {"name": "Another"}, line("5", name="Extra")]
    with behind_the_back(loose):
        loose.host.edit_lines("Invoices", crm_id, more)

    found = fields(loose.xt.proof.reconcile())

    assert [("I1", "Line 3", "Another", None), ("I1", "Line 4", "1 × Extra @ 5", None)] == (
        found[:2]
    )


def test_cancelled_on_both_sides_is_out_of_scope(books: World) -> None:
    """Void there and cancelled here: nothing to compare."""
    crm_id = numbered(books, "I2")
    books.sandbox.edit("Invoices", books.xero_id("Invoices", crm_id), {"Status": "VOIDED"})
    books.host.edit("Invoices", crm_id, invoicestatus="Cancel")

    found = books.xt.proof.reconcile()

    assert (True, {"cancelled": 1}) == (found.agrees, count(found, "Invoices").crm.left_out)


def test_cancelled_here_alone_is_a_difference(books: World) -> None:
    """Xero still counts on the money."""
    books.host.edit("Invoices", numbered(books, "I2"), invoicestatus="Cancel")

    (found,) = books.xt.proof.reconcile().differences

    assert ("Status", "VOIDED", "AUTHORISED", "cancel_not_allowed") == (
        found.field,
        found.crm,
        found.xero,
        found.cure.code,
    )


def test_gone_on_both_sides_is_no_difference(books: World) -> None:
    """Deleted here and void there; or deleted in both for good."""
    crm_id = numbered(books, "I2")
    books.sandbox.edit("Invoices", books.xero_id("Invoices", crm_id), {"Status": "VOIDED"})
    books.host.remove("Invoices", crm_id)

    found = books.xt.proof.reconcile()

    assert (True, {"gone_on_both": 1}) == (found.agrees, count(found, "Invoices").xero.left_out)


@pytest.mark.parametrize(
    ("changes", "crm", "xero"),
    [
        ({"direction": "to_xero"}, {}, {"not_carried": 1}),
        ({"direction": "to_crm"}, {"not_carried": 1}, {}),
        ({"create_in_crm": False}, {}, {"create_off": 1}),
        ({"create_in_xero": False}, {"create_off": 1}, {}),
    ],
)
def test_what_may_not_travel_is_out_of_scope(
    books: World, changes: dict[str, object], crm: dict[str, int], xero: dict[str, int]
) -> None:
    """By direction, and by the switches for new records."""
    organisation(books, "New here")
    books.sandbox.add("Contacts", {"Name": "New there"})
    books.settings("Organizations", **changes)

    found = count(books.xt.proof.reconcile(), "Organizations")

    assert (crm, xero) == (found.crm.left_out, found.xero.left_out)


def test_the_twin_of_a_record_that_is_not_ticked_is_out_of_scope(books: World) -> None:
    """The CRM has it and does not want it synced; an edit of either is no difference."""
    organisation(books, "Both have", xero_sync=False)
    books.sandbox.add("Contacts", {"Name": "both have"})

    found = books.xt.proof.reconcile()

    assert (True, {"twin_not_selected": 1}) == (
        found.agrees,
        count(found, "Organizations").xero.left_out,
    )


def test_an_item_belongs_to_the_module_of_its_code(books: World) -> None:
    """A new item with the code of a service is the services' matter."""
    product(books, "S1", module="Services")
    books.sandbox.add("Items", {"Code": "S1", "Name": "Hour"})

    found = books.xt.proof.reconcile()

    assert (1, 1) == (count(found, "Products").xero.read, count(found, "Services").xero.read)


def test_an_old_outcome_that_holds_no_more_is_no_excuse(books: World) -> None:
    """Left out for its box by the last sync, ticked since: it waits for the next one."""
    crm_id = organisation(books, "Ticked later", xero_sync=False)
    books.sync()
    books.host.edit("Organizations", crm_id, xero_sync=True)

    assert [("Ticked later", "record", True, False)] == fields(books.xt.proof.reconcile())


def test_a_second_record_of_a_link_is_not_compared(books: World) -> None:
    """An alias only names a parent; its primary is the one that merges."""
    store = books.xt.store
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    twin = organisation(books, "Acme again")
    link = store.links_by_crm(books.xt.connections.get().id, "Organizations")[acme]
    store.add_link(replace(link, crm_id=twin, role="alias", id=None))

    found = books.xt.proof.reconcile()

    organisations = count(found, "Organizations")
    assert ({"second_record": 1}, {}) == (organisations.crm.left_out, organisations.xero.left_out)
    assert found.agrees


def test_a_switch_that_is_off_is_the_cure(books: World) -> None:
    """Changing Xero's records is off: the difference stays, and the cure says where."""
    books.settings("Organizations", update_in_xero=False)
    acme = books.host.find("Organizations", "accountname", "Acme")[0].ref.id
    books.host.edit("Organizations", acme, email1="new@b.example")
    books.sync()

    (found,) = books.xt.proof.reconcile().differences

    assert ("Primary Email", "update_off") == (found.field, found.cure.code)


def test_a_record_removed_there_and_edited_here_waits_for_a_decision(world: World) -> None:
    """The proof sends nobody to a sync, which would ask the same question again."""
    acme = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ARCHIVED"})
    world.host.edit("Organizations", acme, phone="2")
    world.sync()

    (found,) = world.xt.proof.reconcile().differences

    assert "gone_but_edited" == found.cure.code
