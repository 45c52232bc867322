"""A CRM contact without organisation is a contact of its own in Xero (F054, §3.2 of the facts)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import contact, invoice, organisation
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_persons import codes, results
from tests.world import World
from xtiger.xero.organisations import XeroOrganisation


def option(world: World, module: str, **options: Any) -> None:
    """Set options of a module's mapping."""
    mapping = world.xt.mappings.get(module)
    assert mapping is not None
    world.xt.mappings.save(replace(mapping, options={**mapping.options, **options}))


def own(world: World, crm_id: str) -> dict[str, Any]:
    """The contact of its own that a CRM contact has in Xero."""
    wanted = world.xero_id("Contacts", crm_id)
    return next(dict(raw) for raw in world.xero("Contacts") if raw["ContactID"] == wanted)


def test_it_becomes_a_contact_of_its_own(world: World) -> None:
    """Named by first and last name, with phones; found again by a number of ours."""
    ann = contact(world, "Ann", "Lee", email="ann@mail.example", mobile="077 1")
    run = world.sync()
    there = own(world, ann)

    assert {"created": 1} == run.counts["Contacts"]
    assert (
        "Ann Lee",
        "Ann",
        "Lee",
        "ann@mail.example",
        f"XTC-{world.xt._parts.identities.mark('')}-{ann}",
    ) == tuple(
        there[name] for name in ("Name", "FirstName", "LastName", "EmailAddress", "ContactNumber")
    )
    assert ["077 1"] == [p["PhoneNumber"] for p in there["Phones"] if p.get("PhoneNumber")]
    assert (0, []) == (world.actions(), list(world.host.all("Organizations")))
    assert [] == world.xt.proof.differences()


def test_it_stays_one_for_every_later_run(world: World) -> None:
    """A whole read changes nothing and makes no organisation of it."""
    contact(world, "Ann", "Lee")
    world.sync()
    run = world.sync(full=True)

    assert {"Contacts": {"unchanged": 1}} == run.counts
    assert 1 == len(world.xero("Contacts"))


def test_renamed_in_the_crm_its_name_in_xero_follows(world: World) -> None:
    """Last name and full name both."""
    ann = contact(world, "Ann", "Lee")
    world.sync()
    world.host.edit("Contacts", ann, lastname="Lee-Young")
    world.sync()

    assert ("Ann Lee-Young", "Lee-Young") == (own(world, ann)["Name"], own(world, ann)["LastName"])


def test_renamed_in_xero_both_follow_in_one_run(world: World) -> None:
    """The CRM's last name comes in, and the full name in Xero is made of it."""
    ann = contact(world, "Ann", "Lee")
    world.sync()
    world.sandbox.edit("Contacts", world.xero_id("Contacts", ann), {"LastName": "Lee-Young"})
    world.sync()

    assert ("Ann Lee-Young", "Lee-Young") == (
        own(world, ann)["Name"],
        world.in_crm("Contacts", ann, "lastname"),
    )
    assert 0 == world.actions()


def test_a_stranger_of_the_same_name_is_never_overwritten(world: World) -> None:
    """Held with a proposal to link; Xero's contact stays as it was."""
    world.settings("Organizations", create_in_crm=False)
    world.sandbox.add("Contacts", {"Name": "Ann Lee", "EmailAddress": "other@mail.example"})
    ann = contact(world, "Ann", "Lee", email="ann@mail.example")
    world.sync()

    assert ["contact_same_name"] == codes(world, ann)
    assert ["other@mail.example"] == [raw["EmailAddress"] for raw in world.xero("Contacts")]
    proposal = world.outcome("Contacts", ann).proposals[0]
    world.xt.links.link("Contacts", ann, str(proposal.xero_id))
    world.settings("Contacts", first_link="crm")
    world.sync()

    assert ["ann@mail.example"] == [raw["EmailAddress"] for raw in world.xero("Contacts")]


def test_an_organisation_of_the_same_name_in_the_crm_goes_first(world: World) -> None:
    """Xero takes a name once: the contact waits with a word why."""
    organisation(world, "Ann Lee")
    ann = contact(world, "Ann", "Lee")
    world.sync()

    assert (["crm_duplicate"], 1) == (codes(world, ann), len(world.xero("Contacts")))


def test_a_number_of_the_contact_is_no_account_number(world: World) -> None:
    """A contact's id or number never links it to a company that has that account number."""
    world.settings("Organizations", create_in_crm=False)
    world.sandbox.add("Contacts", {"Name": "Big Ltd", "AccountNumber": "1"})
    ann = contact(world, "Ann", "Lee")
    world.sync()

    assert ("Ann Lee", 2) == (own(world, ann)["Name"], len(world.xero("Contacts")))


def test_a_lost_answer_makes_nobody_twice(world: World) -> None:
    """Found by its number, and linked."""
    ann = contact(world, "Ann", "Lee")
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/Contacts", method="PUT")
    world.sync()

    assert (1, "Ann Lee", 0) == (
        len(world.xero("Contacts")),
        own(world, ann)["Name"],
        world.actions(),
    )


def test_killed_before_the_answer_it_becomes_no_company(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run finds it by its number and takes it for the contact that it is."""
    ann = contact(world, "Ann", "Lee")
    killed_sync(monkeypatch, world, XeroOrganisation, "send", before=False)
    world.wait(1_000)
    world.sync()

    assert ([], 1) == (list(world.host.all("Organizations")), len(world.host.all("Contacts")))
    assert (1, "Ann Lee") == (len(world.xero("Contacts")), own(world, ann)["Name"])
    assert 0 == world.actions()


def test_a_number_like_ours_of_nobody_here_is_a_company(world: World) -> None:
    """Another CRM that sends to the same Xero numbers its contacts as we do."""
    world.sandbox.add("Contacts", {"Name": "Sue Still", "ContactNumber": "XTC-77"})
    world.sync()

    assert ["Sue Still"] == names(world, "Organizations", "accountname")


def test_joining_an_organisation_later_is_asked_about(world: World) -> None:
    """It keeps its own contact, and is no person of the other list by itself."""
    ann = contact(world, "Ann", "Lee")
    acme = organisation(world, "Acme", email1="office@acme.example")
    world.sync()
    world.host.edit("Contacts", ann, account_id=acme)
    world.sync()

    assert ["person_joined_organisation"] == codes(world, ann)
    assert [] == world.in_xero("Organizations", acme)["ContactPersons"]
    world.host.edit("Contacts", ann, account_id=None)
    world.sync()

    assert ["unchanged"] == results(world, ann)


def test_persons_of_a_person_are_told_and_left(world: World) -> None:
    """The CRM has no place for them."""
    ann = contact(world, "Ann", "Lee", email="ann@mail.example")
    world.sync()
    world.sandbox.edit(
        "Contacts",
        world.xero_id("Contacts", ann),
        {"ContactPersons": [{"FirstName": "Sue", "LastName": "Still", "EmailAddress": ""}]},
    )
    run = world.sync()

    assert 1 == run.counts["Contacts"]["skipped"]
    assert 1 == len(world.host.all("Contacts"))


# --- from Xero -------------------------------------------------------------------------------


def add_people(world: World) -> None:
    """A person and a company, new in Xero."""
    world.sandbox.add("Contacts", {"Name": "Ann Lee", "FirstName": "Ann", "LastName": "Lee"})
    world.sandbox.add("Contacts", {"Name": "Acme", "FirstName": "Pat", "LastName": "Prime"})


def names(world: World, module: str, field: str) -> list[Any]:
    """One field of all records of a module."""
    return [one.values[field] for one in world.host.all(module)]


def test_new_contacts_become_organisations(world: World) -> None:
    """Without the option, those named like a person, too."""
    add_people(world)
    world.sync()

    assert ["Acme", "Ann Lee"] == sorted(names(world, "Organizations", "accountname"))
    assert [] == names(world, "Contacts", "lastname")


def test_with_the_option_a_person_becomes_a_contact(world: World) -> None:
    """Who is named exactly like its primary person has no company."""
    option(world, "Contacts", people_without_company=True)
    add_people(world)
    world.sync()

    assert ["Acme"] == names(world, "Organizations", "accountname")
    assert ["Lee"] == names(world, "Contacts", "lastname")
    assert 0 == world.actions()


# --- invoices --------------------------------------------------------------------------------


@pytest.mark.feature("F054")
def test_an_invoice_of_a_contact_alone_goes_to_its_contact(world: World) -> None:
    """No organisation is needed: contact and invoice go in one run."""
    ann = contact(world, "Ann", "Lee")
    crm_id = invoice(world, "I1", None, contact_id=ann)
    world.sync()
    (there,) = world.xero("Invoices")

    assert world.xero_id("Contacts", ann) == there["ContactID"]
    assert "created" == world.outcome("Invoices", crm_id).result
    assert 0 == world.actions()
    world.host.edit("Invoices", crm_id, subject="Order 7")
    world.sync()
    world.sync()

    assert 0 == world.actions()


def test_an_invoice_of_a_person_goes_to_the_organisation(world: World) -> None:
    """The person's organisation pays."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", acme)
    invoice(world, "I1", None, contact_id=ann)
    world.sync()
    (there,) = world.xero("Invoices")

    assert world.xero_id("Organizations", acme) == there["ContactID"]


def test_an_invoice_of_a_contact_that_is_not_sent_waits(world: World) -> None:
    """It names whom it waits for."""
    ann = contact(world, "Ann", "Lee", xero_sync=False)
    crm_id = invoice(world, "I1", None, contact_id=ann)
    world.sync()
    cause = world.outcome("Invoices", crm_id).cause

    assert cause is not None
    assert ("parent_left_out", "Ann Lee") == (cause.code, cause.data["parent"])


def test_an_invoice_of_nobody_is_held(world: World) -> None:
    """It must have a contact or an organisation."""
    crm_id = invoice(world, "I1", None)
    world.sync()
    cause = world.outcome("Invoices", crm_id).cause

    assert cause is not None
    assert "organisation_missing" == cause.code


# --- the type of an organisation -------------------------------------------------------------


def bill(world: World, contact_id: str, number: str, kind: str = "ACCPAY") -> None:
    """A document entered in Xero."""
    world.sandbox.add(
        "Invoices",
        {
            "Type": kind,
            "Contact": {"ContactID": contact_id},
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Status": "AUTHORISED",
            "InvoiceNumber": number,
            "LineItems": [
                {
                    "Description": "Work",
                    "Quantity": Decimal(1),
                    "UnitAmount": Decimal(10),
                    "AccountCode": "200",
                }
            ],
        },
    )


@pytest.fixture
def acme(world: World) -> str:
    """An organisation in step, in a world whose types follow Xero."""
    option(world, "Organizations", types_from_xero=True)
    made = organisation(world, "Acme")
    world.sync()
    return made


@pytest.mark.feature("F021")
def test_a_bill_makes_a_supplier(world: World, acme: str) -> None:
    """Xero moves no timestamp for it: the feed of invoices tells, in the same run.

    A sale makes a customer, and both together make what the CRM calls both.
    """
    option(world, "Organizations", type_words={"both": "Partner"})
    buyer, both = organisation(world, "Buyer"), organisation(world, "Both")
    world.sync()
    bill(world, world.xero_id("Organizations", acme), "B1")
    bill(world, world.xero_id("Organizations", buyer), "S1", "ACCREC")
    bill(world, world.xero_id("Organizations", both), "S2", "ACCREC")
    bill(world, world.xero_id("Organizations", both), "B2")
    world.sync()

    found = [world.in_crm("Organizations", one, "accounttype") for one in (acme, buyer, both)]
    assert ["Supplier", "Customer", "Partner"] == found
    assert 0 == world.actions()


def test_the_crms_own_words_may_be_chosen(world: World, acme: str) -> None:
    """Both a customer and a vendor, in the word of this CRM."""
    option(world, "Organizations", type_words={"both": "Partner"})
    contact_id = world.xero_id("Organizations", acme)
    bill(world, contact_id, "B1")
    bill(world, contact_id, "S1", "ACCREC")
    world.sync()

    assert "Partner" == world.in_crm("Organizations", acme, "accounttype")


def test_a_type_of_another_sort_stands(world: World, acme: str) -> None:
    """A partner stays one, unless the option says otherwise."""
    world.host.edit("Organizations", acme, accounttype="Partner")
    bill(world, world.xero_id("Organizations", acme), "B1")
    world.sync()

    assert "Partner" == world.in_crm("Organizations", acme, "accounttype")
    option(world, "Organizations", type_overwrites=True)
    world.sync()

    assert "Supplier" == world.in_crm("Organizations", acme, "accounttype")


def test_what_a_person_chose_since_stands(world: World, acme: str) -> None:
    """Set by Xero's use once, changed by hand: it is not set back."""
    bill(world, world.xero_id("Organizations", acme), "B1")
    world.sync()
    world.host.edit("Organizations", acme, accounttype="Customer")
    world.sync()

    assert "Customer" == world.in_crm("Organizations", acme, "accounttype")


def test_a_whole_read_finds_what_no_document_showed(world: World, acme: str) -> None:
    """Flags as they are now, whatever was missed."""
    bill(world, world.xero_id("Organizations", acme), "B1")
    world.sync("Organizations")
    world.sync("Organizations", full=True)

    assert "Supplier" == world.in_crm("Organizations", acme, "accounttype")


def test_without_the_option_types_are_left_alone(world: World) -> None:
    """Nobody asked for it."""
    made = organisation(world, "Acme")
    world.sync()
    bill(world, world.xero_id("Organizations", made), "B1")
    world.sync(full=True)

    assert None is world.in_crm("Organizations", made, "accounttype")


def test_an_organisation_taken_off_an_invoice_leaves_its_payer_in_xero(world: World) -> None:
    """A sent invoice is not put on the contact's own account by an empty field."""
    acme, ann = organisation(world, "Acme"), contact(world, "Ann", "Lee")
    crm_id = invoice(world, "I1", acme, contact_id=ann)
    world.sync()
    world.host.edit("Invoices", crm_id, account_id=None)
    world.sync()
    (there,) = world.xero("Invoices")

    assert world.xero_id("Organizations", acme) == there["ContactID"]
