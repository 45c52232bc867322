"""Stories of codes that are foreseen before Xero refuses, and of runs that are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

import pytest

from tests.engine.plan.test_foreseen import _permit, _tracked
from tests.stories.cures.telling import Seen, type_cure
from tests.stories.sync.people import (
    contact,
    invoice,
    line,
    organisation,
    paid_in_xero,
    person,
    product,
)
from tests.stories.sync.test_invoices_in import contact as xero_contact
from tests.stories.sync.test_invoices_in import in_xero, xero_line
from tests.world import World
from xtiger.engine.observe import both_sides
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import TooManyChanges

#: More than 10 linked records, all of which change.
FIRMS = 12
VAT_19 = {
    "Name": "VAT 19 %",
    "ReportTaxType": "OUTPUT",
    "TaxComponents": [{"Name": "VAT", "Rate": "19"}],
}


def too_many_changes(world: World) -> Iterator[Seen]:
    ids = _changed_at_once(world)
    yield (seen := Seen("Organizations", ids[0]))
    type_cure(world, seen)


def _changed_at_once(world: World) -> list[str]:
    ids = [organisation(world, f"Firm {n:02}") for n in range(FIRMS)]
    world.sync()
    for crm_id in ids:
        world.host.edit("Organizations", crm_id, phone="2")
    return ids


def second_person(world: World) -> Iterator[Seen]:
    world.settings("Invoices", second_amount=5)
    bill = invoice(world, "I1", organisation(world, "Acme"))
    yield Seen("Invoices", bill)
    world.xt.second_persons.release("Invoices", [bill], "another person")


def not_released(world: World) -> Iterator[Seen]:
    ids = _changed_at_once(world)
    with suppress(TooManyChanges):
        world.sync()
    world.host.edit("Organizations", ids[0], phone="3")
    (waiting,) = world.xt.sync.braked()
    world.xt.sync.release(waiting.run_id, "a person")
    yield Seen("Organizations", ids[0], told=True)


def stock_short(world: World) -> Iterator[Seen]:
    goods = _tracked(world, "P1", 3)
    lines = [line(product_id=goods, quantity=Decimal(4))]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines)
    yield Seen("Invoices", bill)
    world.host.edit_lines("Invoices", bill, [line(product_id=goods, quantity=Decimal(2))])


def scope_missing(world: World) -> Iterator[Seen]:
    _permit(world, "accounting.settings")
    yield Seen("Products", product(world, "P1"))
    world.connect()


def email_needed(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", email1="office@acme.example")
    contact(world, "Ann", "Lee", acme)
    world.sync()
    world.host.edit("Organizations", acme, email1="")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, email1="new@acme.example")


def line_too_large(world: World) -> Iterator[Seen]:
    lines = [line("9999999999", quantity=Decimal(2))]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines)
    yield Seen("Invoices", bill)
    world.host.edit_lines("Invoices", bill, [line("99")])


def purchase_account_tracked(world: World) -> Iterator[Seen]:
    goods = _tracked(world, "P1", 1)
    world.host.edit("Products", goods, purchase_account="310")
    yield Seen("Products", goods)
    world.host.edit("Products", goods, purchase_account="")


def tax_archived(world: World) -> Iterator[Seen]:
    bill, rate = _own_tax(world)
    rate_status(world, rate, "ARCHIVED")
    # The lists are read again after an hour, or at once by a full sync.
    world.sync(full=True)
    (first,) = world.host.record("Invoices", bill).lines
    world.host.edit_lines("Invoices", bill, [{"id": first["id"], "listprice": Decimal(11)}])
    yield Seen("Invoices", bill)
    rate_status(world, rate, "ACTIVE")


def rate_status(world: World, tax_type: str, status: str) -> None:
    """Somebody archives a tax rate in Xero, or makes it active again."""
    world.sandbox.edit("TaxRates", tax_type, {"Status": status})


def _own_tax(world: World) -> tuple[str, str]:
    rate = world.sandbox.add("TaxRates", VAT_19)
    lines = [line(tax_percent=Decimal(19), tax_name="VAT 19 %")]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines)
    world.sync()
    return bill, str(rate["TaxType"])


def tax_not_read(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    made: list[str] = []
    real = both_sides.read_settings

    def read(bench: Workbench, *, fresh: bool = False) -> None:
        real(bench, fresh=fresh)
        rate = world.sandbox.add("TaxRates", VAT_19)
        there = world.xero_id("Organizations", acme)
        made.append(in_xero(world, there, xero_line(TaxType=rate["TaxType"])))

    # The run reads the list, and somebody makes a rate right after that.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(both_sides, "read_settings", read)
        world.sync(full=True)
    yield Seen("Invoices", xero_id=made[0], told=True)


def reconnect_needed(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sandbox.fault("disconnected", path="/api.xro", method="PUT")
    yield Seen("Organizations", acme)
    world.connect()


def person_of_person(world: World) -> Iterator[Seen]:
    ann = contact(world, "Ann", "Lee", email="ann@lee.example")
    invoice(world, "I1", None, contact_id=ann)
    world.sync()
    (there,) = [raw["ContactID"] for raw in world.xero("Contacts")]
    world.sandbox.edit("Contacts", there, {"ContactPersons": [person("Bob", "Ray", "b@r.example")]})
    world.sync()
    (told,) = [
        one
        for one in world.xt.sync.outcomes(module="Contacts", limit=99)
        if one.cause is not None and one.cause.code == "person_of_person"
    ]
    yield Seen("Contacts", xero_id=told.xero_id)


def organisation_not_in_crm(world: World) -> Iterator[Seen]:
    world.settings("Organizations", create_in_crm=False)
    world.sandbox.add(
        "Contacts",
        {
            "Name": "Bell",
            "EmailAddress": "office@bell.example",
            "ContactPersons": [person("Bob", "Ray", "bob@bell.example")],
        },
    )
    world.sync()
    (told,) = [
        one
        for one in world.xt.sync.outcomes(module="Contacts", limit=99)
        if one.cause is not None and one.cause.code == "organisation_not_in_crm"
    ]
    yield Seen("Contacts", xero_id=told.xero_id)
    world.settings("Organizations", create_in_crm=True)


def payment_waits_for_invoice(world: World) -> Iterator[Seen]:
    there = xero_contact(world)
    world.sandbox.edit("Contacts", there, {"Name": "Bell"})
    world.settings("Organizations", create_in_crm=False)
    bill = in_xero(world, there)
    yield Seen("Payments", xero_id=paid_in_xero(world, bill, "4"))
    world.settings("Organizations", create_in_crm=True)


def taxed_by_xero(world: World) -> Iterator[Seen]:
    bill = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    there = world.xero_id("Invoices", bill)
    world.sandbox.edit("Invoices", there, {"SalesTaxCalculationTypeCode": "AUTO"})
    world.host.edit("Invoices", bill, subject="Changed")
    yield Seen("Invoices", bill)
    world.sandbox.edit("Invoices", there, {"Reference": "Changed"})


def line_stored_bare(world: World) -> Iterator[Seen]:
    lines = [line("10"), line("0")]
    yield Seen("Invoices", invoice(world, "I1", organisation(world, "Acme"), lines))
