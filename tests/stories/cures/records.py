"""Stories of codes that any record may have, and of organisations, contacts and items."""

# size: one story per code, each a few lines

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.cures.telling import Seen, enter, type_cure, xero_drops
from tests.stories.sync.credits import let_credit
from tests.stories.sync.people import contact, invoice, organisation, product
from tests.stories.sync.test_credit_notes import credited
from tests.stories.sync.test_invoices_in import in_xero
from tests.stories.sync.test_meanwhile import during
from tests.stories.sync.test_missing_sides import merged_into
from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.model.records import Problem, Result
from xtiger.xero.organisations import XeroOrganisation


def not_selected(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", xero_sync=False)
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, xero_sync=True)


def status_not_selected(world: World) -> Iterator[Seen]:
    world.settings("Invoices", statuses=("Approved",))
    bill = invoice(world, "I1", organisation(world, "Acme"), invoicestatus="Created")
    yield (seen := Seen("Invoices", bill))
    type_cure(world, seen, **{"STATUS,STATUS": "Approved,Created"})


def filtered_out(world: World) -> Iterator[Seen]:
    world.settings("Organizations", filter="accountname is not Acme")
    acme = organisation(world, "Acme")
    yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def not_carried(world: World) -> Iterator[Seen]:
    world.settings("Organizations", direction="to_xero")
    there = world.sandbox.add("Contacts", {"Name": "Bell"})["ContactID"]
    yield (seen := Seen("Organizations", xero_id=there))
    type_cure(world, seen)


def read_only(world: World) -> Iterator[Seen]:
    world.xt.start.answer(replace(world.xt.start.answers(), mode="read_only"), "a test")
    acme = organisation(world, "Acme")
    yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def create_off(world: World) -> Iterator[Seen]:
    world.settings("Products", create_in_xero=False)
    goods = product(world, "P1")
    yield (seen := Seen("Products", goods))
    type_cure(world, seen)


def update_off(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    world.settings("Organizations", update_in_xero=False)
    world.host.edit("Organizations", acme, phone="123")
    yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def archived(world: World) -> Iterator[Seen]:
    there = world.sandbox.add("Contacts", {"Name": "Bell"})["ContactID"]
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ARCHIVED"})
    yield Seen("Organizations", xero_id=there)


def duplicate_skipped(world: World) -> Iterator[Seen]:
    world.settings("Organizations", duplicates="skip")
    world.sandbox.add("Contacts", {"Name": "Acme"})
    acme = organisation(world, "Acme")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, accountname="Acme Two")


def alias(world: World) -> Iterator[Seen]:
    world.settings("Organizations", create_in_crm=False)
    first = organisation(world, "Acme")
    world.sync()
    second = organisation(world, "Acme again")
    world.xt.links.link("Organizations", second, world.xero_id("Organizations", first), alias=True)
    yield (seen := Seen("Organizations", second))
    type_cure(world, seen)


def twin_not_selected(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    bill = invoice(world, "INV-0001", acme, xero_sync=False)
    world.sync()
    there = in_xero(world, world.xero_id("Organizations", acme))
    yield Seen("Invoices", xero_id=there)
    world.host.edit("Invoices", bill, xero_sync=True)


def credit_not_carried(world: World) -> Iterator[Seen]:
    let_credit(world)
    yield Seen("Invoices", xero_id=credited(world, "CN-9"))


def bill_not_carried(world: World) -> Iterator[Seen]:
    there = world.sandbox.add("Contacts", {"Name": "Maker"})["ContactID"]
    bill = world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": there},
            "Date": "2026-11-01",
            "DueDate": "2026-12-01",
            "LineItems": [{"Description": "Wood", "UnitAmount": "5"}],
        },
    )["InvoiceID"]
    yield Seen("Invoices", xero_id=bill)


def waits_for_parent(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", email1="wrong")
    bill = invoice(world, "I1", acme)
    yield Seen("Invoices", bill)
    world.host.edit("Organizations", acme, email1="right@acme.example")


def parent_left_out(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", xero_sync=False)
    bill = invoice(world, "I1", acme)
    yield Seen("Invoices", bill)
    world.host.edit("Organizations", acme, xero_sync=True)


def both_changed(world: World) -> Iterator[Seen]:
    acme = _both(world)
    yield Seen("Organizations", acme)
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "crm", "--all")


def _both(world: World) -> str:
    acme = organisation(world, "Acme", phone="1")
    world.sync()
    world.host.edit("Organizations", acme, email1="ours@acme.example")
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"EmailAddress": "theirs@acme.example"})
    return acme


def first_link_differs(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", account_no="A1", email1="ours@acme.example")
    world.sandbox.add(
        "Contacts",
        {
            "Name": "Acme",
            "AccountNumber": "A1",
            "EmailAddress": "theirs@acme.example",
        },
    )
    yield Seen("Organizations", acme)
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "crm", "--all")


def gone_in_xero(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ARCHIVED"})
    yield Seen("Organizations", acme)
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "xero")


def gone_in_crm(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    world.host.remove("Organizations", acme)
    yield Seen("Organizations", acme)
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "crm")


def gone_but_edited(world: World) -> Iterator[Seen]:
    world.settings("Organizations", delete_in_xero=True)
    acme = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", acme)
    world.host.remove("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"EmailAddress": "theirs@acme.example"})
    yield Seen("Organizations", acme)
    enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "crm", "--all")


def archived_in_xero(world: World) -> Iterator[Seen]:
    there = world.sandbox.add("Contacts", {"Name": "Acme", "AccountNumber": "A1"})["ContactID"]
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ARCHIVED"})
    acme = organisation(world, "Acme", account_no="A1")
    yield Seen("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ACTIVE"})


def name_missing(world: World) -> Iterator[Seen]:
    acme = organisation(world, "")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, accountname="Acme & Sons")


def name_too_long(world: World) -> Iterator[Seen]:
    acme = organisation(world, "x" * 256)
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, accountname="Short")


def name_forbidden(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme <old>")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, accountname="Acme old")


def email_invalid(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", email1="at home")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, email1="at@home.example")


def stored_otherwise(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme (new)")
    with xero_drops(" (new)"):
        yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def signs_not_kept(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme \U0001f600")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, accountname="Acme")


def contact_same_name(world: World) -> Iterator[Seen]:
    world.sandbox.add("Contacts", {"Name": "Acme"})
    acme = organisation(world, "Acme")
    yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def contact_near_name(world: World) -> Iterator[Seen]:
    world.sandbox.add("Contacts", {"Name": "Acme Limited"})
    acme = organisation(world, "Acme Ltd")
    yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def likely_same(world: World) -> Iterator[Seen]:
    world.settings("Organizations", matching=("email=propose",))
    world.sandbox.add("Contacts", {"Name": "Acme UK", "EmailAddress": "books@acme.example"})
    acme = organisation(world, "The Acme Company", email1="books@acme.example")
    yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def number_proposed(world: World) -> Iterator[Seen]:
    world.settings("Organizations", matching=("number=propose",))
    world.sandbox.add("Contacts", {"Name": "Bell", "AccountNumber": "A1"})
    acme = organisation(world, "Acme", account_no="A1")
    yield (seen := Seen("Organizations", acme))
    type_cure(world, seen)


def contacts_merged(world: World) -> Iterator[Seen]:
    acme, bell = organisation(world, "Acme"), organisation(world, "Bell")
    world.sync()
    merged_into(world, world.xero_id("Organizations", bell), world.xero_id("Organizations", acme))
    yield (seen := Seen("Organizations", bell))
    type_cure(world, seen)


def crm_duplicate(world: World) -> Iterator[Seen]:
    organisation(world, "Acme")
    world.sync()
    second = organisation(world, "Acme")
    yield (seen := Seen("Organizations", second))
    type_cure(world, seen)


def entered_anew(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    world.host.remove("Organizations", acme)
    world.sync()
    yield (seen := Seen("Organizations", organisation(world, "Acme")))
    type_cure(world, seen)


def country_signs(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", billing_country="Area 51")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, billing_country="New Zealand")


def account_number_taken(world: World) -> Iterator[Seen]:
    organisation(world, "Bell", account_no="A1")
    acme = organisation(world, "Acme", account_no="A2")
    world.sync()
    world.host.edit("Organizations", acme, account_no="A1")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, account_no="A3")


def number_shared(world: World) -> Iterator[Seen]:
    organisation(world, "Bell", account_no="A1")
    world.sync()
    acme = organisation(world, "Acme", account_no="A1")
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, account_no="A2")


def persons_need_email(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    ann = contact(world, "Ann", "Lee", acme)
    yield Seen("Contacts", ann)
    world.host.edit("Organizations", acme, email1="office@acme.example")


def persons_too_many(world: World) -> Iterator[Seen]:
    world.settings("Contacts", create_in_crm=False)
    acme = organisation(world, "Acme", email1="office@acme.example")
    ids = [contact(world, f"P{n}", "Lee", acme) for n in range(6)]
    yield Seen("Contacts", ids[-1])
    world.host.edit("Contacts", ids[-1], xero_sync=False)


def person_last(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme)
    world.settings("Contacts", delete_in_xero=True)
    world.sync()
    world.host.remove("Contacts", ann)
    yield Seen("Contacts", ann)
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"ContactPersons": []})


def person_left_organisation(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme)
    contact(world, "Bob", "Ray", acme)
    world.sync()
    world.host.edit("Contacts", ann, account_id=None)
    yield Seen("Contacts", ann)
    world.host.edit("Contacts", ann, account_id=acme)


def person_joined_organisation(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", email="ann@lee.example")
    invoice(world, "I1", None, contact_id=ann)
    world.sync()
    world.host.edit("Contacts", ann, account_id=acme)
    yield Seen("Contacts", ann)
    world.host.edit("Contacts", ann, account_id=None)


def code_missing(world: World) -> Iterator[Seen]:
    goods = product(world, "", unit_price=Decimal(5))
    yield Seen("Products", goods)
    world.host.edit("Products", goods, productcode="P1")


def code_too_long(world: World) -> Iterator[Seen]:
    goods = product(world, "x" * 31)
    yield Seen("Products", goods)
    world.host.edit("Products", goods, productcode="P1")


def code_taken(world: World) -> Iterator[Seen]:
    product(world, "P1")
    world.sync()
    work = product(world, "P1", module="Services", servicename="Other")
    yield Seen("Services", work)
    world.host.edit("Services", work, servicecode="S1")


def item_same_name(world: World) -> Iterator[Seen]:
    world.sandbox.add("Items", {"Code": "OLD", "Name": "Thing P1"})
    goods = product(world, "P1")
    yield (seen := Seen("Products", goods))
    type_cure(world, seen)


def account_unknown(world: World) -> Iterator[Seen]:
    goods = product(world, "P1", sales_account="4400", unit_price=Decimal(1))
    yield Seen("Products", goods)
    world.host.edit("Products", goods, sales_account="200")


def account_system(world: World) -> Iterator[Seen]:
    goods = product(world, "P1", sales_account="610", unit_price=Decimal(1))
    yield Seen("Products", goods)
    world.host.edit("Products", goods, sales_account="200")


def account_bank(world: World) -> Iterator[Seen]:
    goods = product(world, "P1", sales_account="090", unit_price=Decimal(1))
    yield Seen("Products", goods)
    world.host.edit("Products", goods, sales_account="200")


def account_archived(world: World) -> Iterator[Seen]:
    goods = product(world, "P1", sales_account="215", unit_price=Decimal(1))
    yield Seen("Products", goods)
    world.host.edit("Products", goods, sales_account="200")


def missing_without_proof(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"TaxNumber": "GB9"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryHost, "get", lambda *_: {})
        yield Seen("Organizations", acme)


def held_by_extension(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.xt.sync.hold("Organizations", acme, "ask the boss")
    yield Seen("Organizations", acme)
    world.xt.sync.hold("Organizations", acme, "")


def xero_refused(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", phone="1")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT", element=0)
    yield Seen("Organizations", acme)
    world.host.edit("Organizations", acme, phone="2")


def crm_refused(world: World) -> Iterator[Seen]:
    there = world.sandbox.add("Contacts", {"Name": "Acme"})["ContactID"]

    def refuse(_host: MemoryHost, _module: str, writes: Any, _origin: str = "") -> Any:
        return [Result(None, None, Problem("invalid", "We have no Acmes.")) for _ in writes]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryHost, "save", refuse)
        yield Seen("Organizations", xero_id=there)


def answer_unknown(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    fault = {"path": "/api.xro/2.0/Contacts", "method": "PUT", "status": 500, "count": 9}
    world.sandbox.fault("status", **fault)
    yield Seen("Organizations", acme)
    world.sandbox.faults.clear()


def stopped_before(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    goods = product(world, "P1")
    fault = {"path": "/api.xro/2.0/Contacts", "method": "PUT", "status": 429, "problem": "day"}
    world.sandbox.fault("status", **fault, retry_after_seconds=5_000)
    yield Seen("Products", goods)
    assert acme
    world.wait(6_000)


def unreadable_answer(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    real = XeroOrganisation.send

    def nonsense(door: XeroOrganisation, request: Any) -> Any:
        return [
            replace(answer, element={**answer.element, "Phones": "none"})
            for answer in real(door, request)
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(XeroOrganisation, "send", nonsense)
        yield Seen("Organizations", acme)


def changed_meanwhile(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"TaxNumber": "GB9"})
    with pytest.MonkeyPatch.context() as patch:
        during(world, patch, lambda: world.host.edit("Organizations", acme, email1="a@b.example"))
        yield Seen("Organizations", acme)
