"""What changes in Xero reaches the CRM by webhook: the sandbox sends over HTTP, a worker reads."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from tests.stories.sync.money import by_hand
from tests.stories.sync.people import (
    invoice,
    line,
    organisation,
    paid_in_xero,
    person,
    unpaid_in_xero,
)
from tests.stories.sync.removing import allowed
from tests.stories.sync.test_first_link import contact
from tests.stories.sync.test_invoices_in import in_xero, xero_line
from tests.stories.sync.test_people_alone import option
from tests.stories.webhooks.conftest import Told
from xtiger.services.worker import worker_of


@pytest.mark.feature("F127")
def test_a_contact_made_in_xero_comes_into_the_crm(world: Told) -> None:
    """Two calls, the organisation and the contact by its id; nothing goes back."""
    contact(world, "Kea Ltd")

    spent = world.spent(world.hear)

    assert ["Kea Ltd"] == world.names()
    assert (2, []) == (spent, world.waiting())
    assert ["webhook"] == [run.trigger for run in world.xt.sync.runs(1)]


def test_an_edit_in_xero_comes_into_the_crm(world: Told) -> None:
    """The link is kept and the CRM's field follows."""
    acme = organisation(world, "Acme")
    world.sync()
    world.hear()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"Name": "Acme Two"})

    spent = world.spent(world.hear)

    assert ["Acme Two"] == world.names()
    assert (2, 0) == (spent, world.actions())


def test_many_edits_are_read_together(world: Told) -> None:
    """Ninety contacts are three reads of forty ids and less, with the organisation four calls."""
    for number in range(90):
        contact(world, f"Bird {number:02d}")

    spent = world.spent(world.hear)

    assert (90, 4) == (len(world.names()), spent)


def test_very_many_are_read_by_their_feed(world: Told) -> None:
    """A page of the feed takes a thousand: one call, whatever is told of."""
    for number in range(201):
        contact(world, f"Bird {number:03d}")

    spent = world.spent(world.hear)

    assert (201, 2, []) == (len(world.names()), spent, world.waiting())


def test_ten_edits_of_one_record_are_one_read(world: Told) -> None:
    """The newest state comes in once."""
    kea = contact(world, "Kea")
    for number in range(10):
        world.sandbox.edit("Contacts", kea, {"Name": f"Kea {number}"})

    spent = world.spent(world.hear)

    assert (["Kea 9"], 2) == (world.names(), spent)


def test_an_invoice_made_in_xero_brings_its_contact_along(world: Told) -> None:
    """Both are told of, both are read by id, and linked in one run."""
    in_xero(world, contact(world, "Acme"), xero_line("12.50"))

    spent = world.spent(world.hear)

    (found,) = world.host.all("Invoices")
    (acme,) = world.host.all("Organizations")
    assert acme.ref.id == found.values["account_id"]
    assert (3, 0) == (spent, world.actions())


def test_an_invoice_whose_contact_was_not_told_of(world: Told) -> None:
    """The event of the contact was lost: the invoice's read finds it missing and reads it."""
    acme = contact(world, "Acme")
    world.sandbox.webhooks.trouble("lose")
    world.deliver()
    in_xero(world, acme)
    world.hear()

    assert (["Acme"], 1) == (world.names(), len(world.host.all("Invoices")))


def test_an_invoice_with_an_item_that_xero_does_not_tell_of(world: Told) -> None:
    """Items have no webhooks: their list is read once, and the product is made."""
    world.sandbox.add("Items", {"Code": "P1", "Name": "Goods"})
    in_xero(world, contact(world, "Acme"), xero_line(ItemCode="P1"))
    world.hear()

    (goods,) = world.host.all("Products")
    (found,) = world.host.all("Invoices")
    assert [goods.ref.id] == [one["product_id"] for one in found.lines]


@pytest.mark.feature("F127")
def test_a_payment_made_in_xero_comes_in_with_its_invoice(world: Told) -> None:
    """Xero tells of the invoice only; its payments are read along."""
    bill = invoice(world, "I1", organisation(world, "Acme"), [line("10")])
    world.sync()
    world.hear()
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")

    spent = world.spent(world.hear)

    (paid,) = world.host.all("Payments")
    assert (bill, Decimal(4)) == (paid.values["invoice_id"], paid.values["amount"])
    assert Decimal(4) == world.in_crm("Invoices", bill, "received")
    assert (3, 0) == (spent, world.actions())


def test_all_figures_that_an_edit_in_xero_moves_are_told(world: Told) -> None:
    """A tax by hand and money in the CRM alone: both reasons, by the webhook's read."""
    vat = line("10", tax_name="20% (VAT on Income)", tax_percent=Decimal(20))
    bill = invoice(world, "I1", organisation(world, "Acme"), [vat])
    world.sync()
    world.hear()
    world.host.edit("Invoices", bill, received=Decimal(5))
    by_hand(world, bill, "2.01")

    world.hear()

    cause = world.outcome("Invoices", bill).cause
    assert cause is not None
    assert ["sums_apart", "money_apart"] == [one.code for one in cause.each()]
    assert "webhook" == world.xt.sync.runs(1)[0].trigger


def test_a_payment_deleted_in_xero_leaves_the_crm(world: Told) -> None:
    """Its invoice is told of, and was known to have money on it."""
    allowed(world)
    bill = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    paid = paid_in_xero(world, world.xero_id("Invoices", bill))
    world.sync()
    world.hear()
    unpaid_in_xero(world, paid)
    world.hear()

    assert [] == list(world.host.all("Payments"))
    assert Decimal(0) == world.in_crm("Invoices", bill, "received")


def test_an_archived_contact_is_told_of(world: Told) -> None:
    """Archiving comes as an update; the CRM's record goes where deletes are allowed."""
    allowed(world)
    acme = organisation(world, "Acme")
    world.sync()
    world.hear()
    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", acme), {"ContactStatus": "ARCHIVED"}
    )
    world.hear()

    assert [] == world.names()


def test_a_person_of_a_contact_is_told_of(world: Told) -> None:
    """Persons stand on their contact, whose event brings them in."""
    acme = organisation(world, "Acme")
    world.sync()
    world.hear()
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit(
        "Contacts", there, {"ContactPersons": [person("Ana", "Rei", "ana@acme.example")]}
    )
    world.hear()

    assert ["Rei"] == [one.values["lastname"] for one in world.host.all("Contacts")]


def test_a_bill_makes_its_contact_a_supplier(world: Told) -> None:
    """The flag moves no timestamp of the contact; the bill's event tells."""
    option(world, "Organizations", types_from_xero=True)
    acme = organisation(world, "Acme")
    world.sync()
    world.hear()
    there = world.xero_id("Organizations", acme)
    in_xero(world, there, xero_line(AccountCode="429"), Type="ACCPAY")
    world.hear()

    assert "Supplier" == world.in_crm("Organizations", acme, "accounttype")
    assert [] == list(world.host.all("Invoices"))


def test_what_both_sides_changed_is_a_conflict(world: Told) -> None:
    """The engine's own judgement: nothing is overwritten on either side, and the event is done."""
    acme = organisation(world, "Acme")
    world.sync()
    world.hear()
    there = world.xero_id("Organizations", acme)
    world.host.edit("Organizations", acme, accountname="Acme of the CRM")
    world.sandbox.edit("Contacts", there, {"Name": "Acme of Xero"})
    world.settings("Organizations", on_save=False)
    world.hear()

    assert "conflict" == world.outcome("Organizations", acme).result
    assert ["Acme of the CRM"] == world.names()
    assert ["Acme of Xero"] == [raw["Name"] for raw in world.xero("Contacts")]
    assert [] == world.waiting()


def test_other_changes_of_the_crm_are_not_sent_along(world: Told) -> None:
    """An event lets come in what it named; what waits in the CRM waits for its own sync."""
    organisation(world, "Waiting")
    world.settings("Organizations", on_save=False)
    contact(world, "Kea")
    world.hear()

    assert ["Kea"] == [raw["Name"] for raw in world.xero("Contacts")]
    assert ["Kea", "Waiting"] == world.names()


def test_a_twin_made_in_the_crm_a_moment_ago_is_found(world: Told) -> None:
    """What comes in is compared with what nobody has synced yet: no second one is made."""
    organisation(world, "Kea")
    world.settings("Organizations", on_save=False)
    contact(world, "Kea")
    world.hear()

    assert ["Kea"] == world.names()


def test_our_own_writes_come_back_and_cause_nothing(world: Told) -> None:
    """The answer of our write is known, so its echo costs no call at all."""
    acme = organisation(world, "Acme")
    world.sync()
    runs = len(world.xt.sync.runs(100))
    invoice(world, "I1", acme)
    world.sync()

    spent = world.spent(world.hear)

    assert (0, [], runs + 1) == (spent, world.waiting(), len(world.xt.sync.runs(100)))


def test_an_echo_that_cannot_be_told_from_an_edit_is_read(world: Told) -> None:
    """Xero says a later moment than its answer did: two calls, no write, nothing changed."""
    organisation(world, "Acme")
    world.sync()
    world.deliver()
    world.clock.sleep(5)
    there = world.xero("Contacts")[0]["ContactID"]
    world.sandbox.webhooks.emit(world.sandbox.client_id, world.event("CONTACT", there))

    spent = world.spent(world.hear)

    assert (2, []) == (spent, world.waiting())
    assert {"GET"} == {call.method for call in world.sandbox.calls()[-2:]}


def test_an_edit_is_in_the_crm_within_ten_seconds(world: Told) -> None:
    """A worker in a thread, the sandbox's sender, and nobody who presses a button."""
    worker = worker_of(world.xt)
    worker.start()
    try:
        begun = time.monotonic()
        contact(world, "Kea")
        world.deliver()
        while "Kea" not in world.names() and time.monotonic() < begun + 10:
            time.sleep(0.05)
    finally:
        worker.stop()

    assert ["Kea"] == world.names()
