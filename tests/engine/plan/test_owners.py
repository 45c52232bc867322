"""Ownership by field and by status, on a CRM and a sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stories.sync.people import invoice, organisation
from tests.world import World
from xtiger.errors import SettingInvalid


def owned(world: World, module: str, *owners: str) -> None:
    """An administrator says who owns what."""
    settings = world.xt.modules.settings(module)
    world.xt.modules.save_settings(replace(settings, owners=owners))


@pytest.mark.feature("O13")
def test_a_draft_is_the_crms_and_an_approved_one_xeros(world: World) -> None:
    """What the other side changed is put back, until the status hands the invoice over."""
    owned(world, "Invoices", "@DRAFT=crm", "@AUTHORISED=xero")
    acme = organisation(world, "Acme")
    crm_id = invoice(world, "I1", acme, invoicestatus="Created", subject="Ours")
    world.sync()
    xero_id = world.xero_id("Invoices", crm_id)
    assert ("DRAFT", "Ours") == status_and_reference(world, crm_id)
    world.sandbox.edit("Invoices", xero_id, {"Reference": "Theirs"})

    world.sync()

    assert ("DRAFT", "Ours") == status_and_reference(world, crm_id)
    world.host.edit("Invoices", crm_id, invoicestatus="Approved")
    world.sync()
    world.host.edit("Invoices", crm_id, subject="Ours again")
    world.sync()
    assert ("AUTHORISED", "Ours") == status_and_reference(world, crm_id)
    assert "Ours" == world.in_crm("Invoices", crm_id, "subject")
    assert 0 == world.actions()


def status_and_reference(world: World, crm_id: str) -> tuple[str, str]:
    """What Xero has of an invoice."""
    there = world.in_xero("Invoices", crm_id)
    return there["Status"], there["Reference"]


@pytest.mark.feature("O13")
def test_a_field_has_an_owner_of_its_own(world: World) -> None:
    """Both sides changed both fields: each owner's value counts, and nobody is asked."""
    owned(world, "Organizations", "website=xero", "phone=crm", "organisation.email=xero")
    crm_id = organisation(world, "Acme", phone="1", email1="a@example.com")
    world.sync()
    xero_id = world.xero_id("Organizations", crm_id)
    world.host.edit("Organizations", crm_id, phone="2", email1="b@example.com")
    phones = [{"PhoneType": "DEFAULT", "PhoneNumber": "3"}]
    there = {"EmailAddress": "c@example.com", "Phones": phones}
    world.sandbox.edit("Contacts", xero_id, there)

    world.sync()

    found = world.in_xero("Organizations", crm_id)
    (phone,) = (one for one in found["Phones"] if one["PhoneType"] == "DEFAULT")
    assert ("2", "c@example.com") == (phone["PhoneNumber"], found["EmailAddress"])
    assert "2" == world.in_crm("Organizations", crm_id, "phone")
    assert "c@example.com" == world.in_crm("Organizations", crm_id, "email1")


@pytest.mark.feature("O13")
@pytest.mark.parametrize(
    ("owner", "said"),
    [
        ("colour=crm", "have no field colour"),
        ("@Lost=crm", "There is no status Lost"),
        ("phone=me", "does not say who owns what"),
    ],
)
def test_what_cannot_be_owned_is_refused(world: World, owner: str, said: str) -> None:
    """A field, a status or a side that there is not."""
    with pytest.raises(SettingInvalid, match=said):
        owned(world, "Organizations", owner)
