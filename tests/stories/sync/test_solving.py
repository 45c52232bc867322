"""Conflicts are listed, decided by a person, and carried out by the next sync."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import code_of, contact
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import World
from xtiger.errors import ConflictRefused


def quarrel(world: World) -> str:
    """An organisation whose e-mail and phone were changed on both sides; answers its id."""
    crm_id = organisation(world, "Acme", email1="a@b.example", phone="1")
    world.sync()
    xero_id = world.xero_id("Organizations", crm_id)
    world.host.edit("Organizations", crm_id, email1="crm@b.example", phone="22")
    phones = [{"PhoneType": "DEFAULT", "PhoneNumber": "33"}]
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@b.example", "Phones": phones})
    world.sync()
    return crm_id


def email(world: World, crm_id: str) -> tuple[str, str]:
    """The e-mail on both sides."""
    there = world.in_xero("Organizations", crm_id)["EmailAddress"]
    return world.in_crm("Organizations", crm_id, "email1"), there


@pytest.mark.feature("O2")
@pytest.mark.feature("F144")
def test_a_conflict_is_listed_with_three_values(world: World) -> None:
    """Base, CRM and Xero of each field, who changed when, and nothing was touched."""
    crm_id = quarrel(world)

    (found,) = world.xt.conflicts.all()

    assert ("Organizations", crm_id, "Acme", "fields", "both_changed") == (
        found.module,
        found.crm_id,
        found.name,
        found.kind,
        found.cause.code,
    )
    assert [("EmailAddress", "a@b.example", "crm@b.example", "xero@b.example")] == [
        (f.key, f.base, f.crm, f.xero) for f in found.fields if f.key == "EmailAddress"
    ]
    assert 2 == len(found.fields)
    assert found.crm_changed_at is not None
    assert found.xero_changed_at is not None
    assert ("crm@b.example", "xero@b.example") == email(world, crm_id)


@pytest.mark.feature("O2")
@pytest.mark.parametrize("keep", ["crm", "xero"])
def test_a_decision_is_carried_out_by_the_next_sync(world: World, keep: str) -> None:
    """All fields take the value of the side that is kept; then nothing is left to do."""
    crm_id = quarrel(world)

    world.xt.conflicts.solve("Organizations", crm_id, keep)  # type: ignore[arg-type]  # parametrised
    assert ("crm@b.example", "xero@b.example") == email(world, crm_id)
    world.sync()

    assert (f"{keep}@b.example",) * 2 == email(world, crm_id)
    assert "updated" == world.outcome("Organizations", crm_id).result
    assert [] == world.xt.conflicts.all()
    assert 0 == world.actions()
    assert {} == world.xt.store.decisions(world.xt.connections.get().id, "Organizations")


@pytest.mark.feature("O2")
def test_fields_are_decided_one_by_one(world: World) -> None:
    """One field from the CRM now, the other from Xero later."""
    crm_id = quarrel(world)
    world.xt.conflicts.solve("Organizations", crm_id, "crm", ["EmailAddress"])
    world.sync()
    assert ("crm@b.example",) * 2 == email(world, crm_id)
    (left,) = world.xt.conflicts.all()
    assert ["Phones.DEFAULT"] == [f.key for f in left.fields]

    world.xt.conflicts.solve("Organizations", crm_id, "xero", [left.fields[0].label])
    world.sync()

    assert "33" == world.in_crm("Organizations", crm_id, "phone")
    assert [] == world.xt.conflicts.all()


def test_a_decision_on_other_values_counts_no_more(world: World) -> None:
    """Xero's value changed after the decision: both stay, and the person is asked again."""
    crm_id = quarrel(world)
    world.xt.conflicts.solve("Organizations", crm_id, "crm", ["EmailAddress"])
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "third@b.example"})

    world.sync()

    assert ("crm@b.example", "third@b.example") == email(world, crm_id)
    (again,) = world.xt.conflicts.all()
    assert [(True, "")] == [
        (f.outdated, f.decided) for f in again.fields if f.key == "EmailAddress"
    ]


def test_what_was_shown_must_be_what_is_decided(world: World) -> None:
    """A page shown before the values changed decides nothing."""
    crm_id = quarrel(world)
    shown = world.xt.conflicts.all()[0].shown
    world.host.edit("Organizations", crm_id, email1="newer@b.example")
    world.sync()

    with pytest.raises(ConflictRefused, match="changed since"):
        world.xt.conflicts.solve("Organizations", crm_id, "crm", shown=shown)
    assert {} == world.xt.store.decisions(world.xt.connections.get().id, "Organizations")


def test_a_value_that_cannot_travel_is_refused_at_once(world: World) -> None:
    """A module that only sends cannot keep Xero's value."""
    crm_id = quarrel(world)
    world.settings("Organizations", update_in_crm=False)

    with pytest.raises(ConflictRefused, match="does not travel to the CRM"):
        world.xt.conflicts.solve("Organizations", crm_id, "xero")
    assert [("crm",), ("crm",)] == [f.keeps for f in world.xt.conflicts.all()[0].fields]


def test_an_unknown_field_is_refused_with_those_there_are(world: World) -> None:
    """The sentence lists the fields in conflict."""
    crm_id = quarrel(world)

    with pytest.raises(ConflictRefused, match="It has: EmailAddress, Phones"):
        world.xt.conflicts.solve("Organizations", crm_id, "crm", ["Website"])


def test_a_conflict_is_read_afresh(world: World) -> None:
    """Fresh values without a sync; a conflict that solved itself says so."""
    crm_id = quarrel(world)
    world.host.edit("Organizations", crm_id, email1="newer@b.example", phone="33")
    world.wait()

    fresh = world.xt.conflicts.get("Organizations", crm_id, fresh=True)

    assert [("EmailAddress", "newer@b.example")] == [(f.key, f.crm) for f in fresh.fields]
    world.host.edit("Organizations", crm_id, email1="xero@b.example")
    world.wait()
    with pytest.raises(ConflictRefused, match="in no conflict any more"):
        world.xt.conflicts.get("Organizations", crm_id, fresh=True)


def test_a_price_is_decided_by_a_person(world: World) -> None:
    """Amounts never follow a policy, but they follow a person."""
    crm_id = product(world, "P1", unit_price=Decimal(10))
    world.settings("Products", conflict="crm")
    world.sync()
    world.host.edit("Products", crm_id, unit_price=Decimal(11))
    xero_id = world.xero_id("Products", crm_id)
    world.sandbox.edit("Items", xero_id, {"SalesDetails": {"UnitPrice": 12}})
    world.sync()
    assert "both_changed" == code_of(world, "Products", crm_id)

    world.xt.conflicts.solve("Products", crm_id, "xero")
    world.sync()

    assert Decimal(12) == world.in_crm("Products", crm_id, "unit_price")
    assert 0 == world.actions()


def test_a_first_link_is_decided_too(world: World) -> None:
    """Both filled and different at the first link: the person's word becomes the base."""
    xero_id = contact(world, "Acme", AccountNumber="A1", EmailAddress="xero@b.example")
    crm_id = organisation(world, "Acme", account_no="A1", email1="crm@b.example")
    world.sync()
    assert "first_link_differs" == code_of(world, "Organizations", crm_id)

    world.xt.conflicts.solve("Organizations", crm_id, "xero")
    world.sync()

    assert xero_id == world.xero_id("Organizations", crm_id)
    assert ("xero@b.example",) * 2 == email(world, crm_id)


def dearer_in_xero(world: World, xero_id: str) -> None:
    """Raise the price of the only line in Xero's own pages."""
    sent = next(raw for raw in world.xero("Invoices") if raw["InvoiceID"] == xero_id)
    kept = ("LineItemID", "Description", "Quantity", "AccountCode", "TaxType")
    line_item = {name: sent["LineItems"][0][name] for name in kept}
    world.sandbox.edit("Invoices", xero_id, {"LineItems": [{**line_item, "UnitAmount": 15}]})


def cheaper_in_crm(world: World, invoice_id: str) -> None:
    """Lower the price of the only line in the CRM, in place."""
    (old,) = world.host.record("Invoices", invoice_id).lines
    world.host.edit_lines("Invoices", invoice_id, [{"id": old["id"], "listprice": Decimal(8)}])


def test_lines_edited_in_xero_are_overwritten_by_a_persons_word(world: World) -> None:
    """Keep the CRM's lines: they are sent; lines that changed since are asked again."""
    invoice_id = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    xero_id = world.xero_id("Invoices", invoice_id)
    dearer_in_xero(world, xero_id)
    cheaper_in_crm(world, invoice_id)
    world.sync()
    assert 1 == len(world.xt.conflicts.all())

    world.xt.conflicts.solve("Invoices", invoice_id, "crm")
    world.sync()

    assert "updated" == world.outcome("Invoices", invoice_id).result
    assert Decimal(8) == Decimal(
        str(world.in_xero("Invoices", invoice_id)["LineItems"][0]["UnitAmount"])
    )
    assert 0 == world.actions()


def test_lines_decided_and_changed_again_stay(world: World) -> None:
    """An edit of the CRM's lines after the decision makes it void."""
    acme = organisation(world, "Acme")
    invoice_id = invoice(world, "I1", acme)
    world.sync()
    xero_id = world.xero_id("Invoices", invoice_id)
    dearer_in_xero(world, xero_id)
    cheaper_in_crm(world, invoice_id)
    world.sync()
    world.xt.conflicts.solve("Invoices", invoice_id, "crm")
    world.host.edit_lines("Invoices", invoice_id, [line("20")])

    world.sync()

    assert "conflict" == world.outcome("Invoices", invoice_id).result
    (there,) = world.in_xero("Invoices", invoice_id)["LineItems"]
    assert Decimal(15) == Decimal(str(there["UnitAmount"]))


# --- whole records ---------------------------------------------------------------------------


def gone_in_xero(world: World, *, edited: bool) -> str:
    """A product whose item was deleted in Xero, perhaps edited in the CRM since."""
    crm_id = product(world, "P1")
    world.sync()
    removed_from_the_sandbox(world, "Items", world.xero_id("Products", crm_id))
    if edited:
        world.host.edit("Products", crm_id, productname="Renamed")
    world.sync(full=True)
    return crm_id


@pytest.mark.feature("F144")
@pytest.mark.parametrize("edited", [True, False])
def test_a_record_gone_in_xero_is_made_again(world: World, edited: bool) -> None:
    """Keep the CRM's record: the item is made anew, its link follows, run n+1 is quiet."""
    crm_id = gone_in_xero(world, edited=edited)
    (found,) = world.xt.conflicts.all()
    assert ("record" if edited else "orphan", ["crm", "xero"]) == (
        found.kind,
        [side for side, _ in found.choices],
    )

    world.xt.conflicts.solve("Products", crm_id, "crm")
    world.sync()

    assert ["P1"] == [raw["Code"] for raw in world.xero("Items")]
    assert "created" == world.outcome("Products", crm_id).result
    assert world.xero("Items")[0]["ItemID"] == world.xero_id("Products", crm_id)
    assert 0 == world.actions()
    assert [] == world.xt.conflicts.all()


@pytest.mark.parametrize("edited", [True, False])
def test_a_record_gone_in_xero_is_left(world: World, edited: bool) -> None:
    """Keep Xero's word: the CRM record stays and is asked about no more."""
    crm_id = gone_in_xero(world, edited=edited)

    world.xt.conflicts.solve("Products", crm_id, "xero")
    world.sync()

    assert [] == world.xero("Items")
    assert "gone_in_xero" == code_of(world, "Products", crm_id)
    assert [] == world.xt.conflicts.all()
    assert 0 == world.actions()


def test_an_archived_contact_is_made_again(world: World) -> None:
    """A new contact takes the organisation; invoices go there."""
    crm_id = organisation(world, "Acme")
    world.sync()
    old = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", old, {"ContactStatus": "ARCHIVED"})
    world.sync()

    world.xt.conflicts.solve("Organizations", crm_id, "crm")
    invoice_id = invoice(world, "I1", crm_id)
    world.sync()

    made = world.xero_id("Organizations", crm_id)
    assert made != old
    assert made == world.in_xero("Invoices", invoice_id)["ContactID"]
    assert 0 == world.actions()


@pytest.mark.parametrize("edited", [True, False])
def test_a_record_gone_in_the_crm_is_made_again(world: World, edited: bool) -> None:
    """Keep Xero's contact: it comes in as a new organisation, though it came in before."""
    xero_id = contact(world, "Acme")
    world.sync()
    (first,) = world.host.all("Organizations")
    if edited:
        world.sandbox.edit("Contacts", xero_id, {"TaxNumber": "GB9"})
    world.host.remove("Organizations", first.ref.id)
    world.sync()
    (found,) = world.xt.conflicts.all()
    assert ["xero", "crm"] == [side for side, _ in found.choices]

    world.xt.conflicts.solve("Organizations", first.ref.id, "xero")
    world.sync()

    (again,) = world.host.all("Organizations")
    assert ("Acme", xero_id) == (
        again.values["accountname"],
        world.xero_id("Organizations", again.ref.id),
    )
    assert [] == world.xt.conflicts.all()
    assert 0 == world.actions()


@pytest.mark.parametrize("edited", [True, False])
def test_a_record_gone_in_the_crm_is_left(world: World, edited: bool) -> None:
    """Keep the CRM's word: Xero's contact stays as it is."""
    crm_id = organisation(world, "Acme")
    world.sync()
    if edited:
        xero_id = world.xero_id("Organizations", crm_id)
        world.sandbox.edit("Contacts", xero_id, {"TaxNumber": "GB9"})
    world.host.remove("Organizations", crm_id)
    world.sync()

    world.xt.conflicts.solve("Organizations", crm_id, "crm")
    world.sync()

    assert [] == world.host.all("Organizations")
    assert "ACTIVE" == world.xero("Contacts")[0]["ContactStatus"]
    assert [] == world.xt.conflicts.all()
    assert 0 == world.actions()


def test_making_again_where_nothing_is_made_is_refused(world: World) -> None:
    """Creating is switched off: the decision says so instead of waiting for ever."""
    crm_id = gone_in_xero(world, edited=False)
    world.settings("Products", create_in_xero=False)

    with pytest.raises(ConflictRefused, match="not created in Xero"):
        world.xt.conflicts.solve("Products", crm_id, "crm")


def test_a_record_without_conflict_is_refused(world: World) -> None:
    """The sentence leads to the list."""
    crm_id = organisation(world, "Acme")
    world.sync()

    with pytest.raises(ConflictRefused, match="in no conflict"):
        world.xt.conflicts.solve("Organizations", crm_id, "crm")


def test_solving_costs_no_call(world: World) -> None:
    """The list and a decision on mapped fields read the store and the CRM only."""
    crm_id = quarrel(world)
    before = world.calls()

    world.xt.conflicts.all()
    world.xt.conflicts.solve("Organizations", crm_id, "crm")

    assert before == world.calls()
