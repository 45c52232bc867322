"""A filter on fields: what it sends, leaves out, and what becomes of what was linked before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.stories.sync.people import invoice, organisation
from tests.stories.sync.proofs import count
from tests.stories.sync.test_first_link import code_of, contact
from tests.world import World, make_world
from xtiger.errors import SettingInvalid
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Field, Module


def _with_branch(module: Module) -> Module:
    """The standard module, with a field of the CRM's own."""
    fields = (*module.fields, Field("branch", label="Branch"), Field("met", "datetime", "Met"))
    return replace(module, fields=fields) if module.name == "Organizations" else module


@pytest.fixture
def branched(tmp_path: Path) -> Iterator[World]:
    """A CRM whose organisations have a branch."""
    with make_world(tmp_path, modules=[_with_branch(m) for m in standard_modules()]) as made:
        made.connect()
        yield made


def let_in(world: World, text: str, module: str = "Organizations", **more: Any) -> None:
    """An administrator chooses a filter."""
    settings = world.xt.modules.settings(module)
    world.xt.modules.save_settings(replace(settings, filter=text, **more))


@pytest.mark.feature("F115")
def test_what_the_filter_leaves_out_says_why(branched: World) -> None:
    """Of two branches one is sent; the other is counted as excluded, with field and value."""
    let_in(branched, "branch is not South")
    north = organisation(branched, "Acme", branch="North")
    south = organisation(branched, "Bell", branch="South")

    run = branched.sync()

    (sent,) = branched.xero("Contacts")
    outcome = branched.outcome("Organizations", south)
    assert outcome.cause is not None
    assert "Acme" == sent["Name"]
    assert "created" == branched.outcome("Organizations", north).result
    assert "excluded" == outcome.result
    assert {"field": "Branch", "value": "South"} == outcome.cause.data
    assert {"created": 1, "excluded": 1} == run.counts["Organizations"]


@pytest.mark.feature("F115")
def test_a_linked_record_that_leaves_stays_on_both_sides(branched: World) -> None:
    """Nothing of it is deleted and no change travels; back in the filter it goes on."""
    branched.settings("Organizations", delete_in_xero=True, delete_in_crm=True)
    let_in(branched, "branch is not South")
    acme = organisation(branched, "Acme", branch="North")
    branched.sync()
    branched.host.edit("Organizations", acme, branch="South", accountname="Acme South")

    branched.sync()

    left = branched.in_xero("Organizations", acme)
    assert ("Acme", "ACTIVE") == (left["Name"], left["ContactStatus"])
    assert "filtered_out" == code_of(branched, "Organizations", acme)

    branched.host.edit("Organizations", acme, branch="West")
    branched.sync()

    assert "Acme South" == branched.in_xero("Organizations", acme)["Name"]


@pytest.mark.feature("F115")
def test_a_changed_filter_takes_what_it_left_out(branched: World) -> None:
    """Nobody has to edit the records for it."""
    let_in(branched, "branch is North and accountname contains Acme")
    organisation(branched, "Acme", branch="South")
    branched.sync()
    let_in(branched, "branch in (North, South)")

    branched.sync()

    assert ["Acme"] == [one["Name"] for one in branched.xero("Contacts")]


@pytest.mark.feature("F115")
def test_a_day_passes_and_a_record_comes_in(world: World) -> None:
    """Before today: nobody edits the invoice, and tomorrow it is sent."""
    let_in(world, "duedate before today", "Invoices")
    due = world.clock.now().date()
    crm_id = invoice(world, "I1", organisation(world, "Acme"), duedate=due)
    world.sync()
    assert "filtered_out" == code_of(world, "Invoices", crm_id)
    world.wait(86_400)

    world.sync()

    assert "created" == world.outcome("Invoices", crm_id).result
    assert 1 == len(world.xero("Invoices"))


@pytest.mark.feature("F115")
def test_today_is_the_day_of_the_crm(tmp_path: Path) -> None:
    """At eleven in the evening in London it is tomorrow in Auckland."""
    with make_world(
        tmp_path,
        modules=[_with_branch(m) for m in standard_modules()],
        zone=ZoneInfo("Pacific/Auckland"),
    ) as world:
        world.connect()
        world.clock.set(datetime(2026, 11, 20, 13, 0, tzinfo=UTC))
        let_in(world, "met is today")
        met = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        organisation(world, "Acme", met=met)
        organisation(world, "Bell", met=met.replace(hour=10))

        world.sync()

        assert ["Acme"] == [one["Name"] for one in world.xero("Contacts")]


@pytest.mark.feature("F115")
def test_what_comes_in_is_judged_by_what_is_mapped(branched: World) -> None:
    """A contact of Xero has a phone and no branch: the one decides, the other is not known."""
    let_in(branched, "phone starts with 0 and branch is North")
    contact(branched, "Acme", Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "0123"}])
    contact(branched, "Bell", Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "9123"}])

    run = branched.sync("Organizations")

    assert ["Acme"] == [one.values["accountname"] for one in branched.host.all("Organizations")]
    assert 1 == run.counts["Organizations"]["excluded"]


@pytest.mark.feature("F115")
def test_an_invoice_that_comes_in_is_judged_by_its_day(world: World) -> None:
    """Also by what a new record gets besides its fields, such as the number."""
    let_in(world, "invoicedate >= 2026-11-01", "Invoices")
    made = contact(world, "Acme")
    for day in ("2026-10-31", "2026-11-01"):
        given = {"Type": "ACCREC", "Contact": {"ContactID": made}, "Date": day, "DueDate": day}
        line = {"Description": "Work", "Quantity": "1", "UnitAmount": "10", "AccountCode": "200"}
        world.sandbox.add("Invoices", {**given, "Status": "AUTHORISED", "LineItems": [line]})

    world.sync()

    days = [one.values["invoicedate"] for one in world.host.all("Invoices")]
    assert [date(2026, 11, 1)] == days


@pytest.mark.feature("F115")
def test_a_filter_on_a_missing_field_is_refused(branched: World) -> None:
    """When it is chosen; and when its field leaves the CRM later, before anything is written."""
    with pytest.raises(SettingInvalid, match="have no field colour in this CRM; they have: "):
        let_in(branched, "colour is red")
    let_in(branched, "branch is North")
    organisation(branched, "Acme", branch="North")
    branched.host._modules["Organizations"] = next(
        one for one in standard_modules() if one.name == "Organizations"
    )

    with pytest.raises(SettingInvalid, match="have no field branch") as refused:
        branched.xt.sync.run()

    assert "xtiger modules set Organizations --filter" in str(refused.value)
    assert [] == branched.xero("Contacts")


@pytest.mark.feature("F115")
def test_what_would_be_in_is_counted_before(branched: World) -> None:
    """With why, and how many are linked; nothing is saved."""
    for name, branch in (("Acme", "North"), ("Bell", "South"), ("Cole", "South")):
        organisation(branched, name, branch=branch)
    branched.sync()
    organisation(branched, "Dent", branch="North", xero_sync=False)
    before = branched.xt.modules.settings("Organizations")

    found = branched.xt.modules.count(replace(before, filter="branch is North"))

    assert (4, 1, 2) == (found.total, found.selected, found.linked)
    assert {"filtered_out": 2, "not_selected": 1} == found.left_out
    assert before == branched.xt.modules.settings("Organizations")
    with pytest.raises(SettingInvalid, match="have no field total"):
        branched.xt.modules.count(replace(before, filter="total > much"))


@pytest.mark.feature("F115")
def test_the_proof_counts_them_by_the_same_reason(branched: World) -> None:
    """On both sides: what the filter leaves out is no difference."""
    let_in(branched, "phone is empty")
    organisation(branched, "Acme", phone="1")
    contact(branched, "Bell", Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "1"}])
    branched.sync("Organizations")

    found = branched.xt.proof.reconcile(modules=["Organizations"])

    module = count(found, "Organizations")
    assert {"filtered_out": 1} == module.crm.left_out
    assert {"filtered_out": 1} == module.xero.left_out


@pytest.mark.feature("F115")
@pytest.mark.parametrize("left", [{"branch": "South"}, {"xero_sync": False}])
def test_one_that_was_left_out_takes_nothing_along(branched: World, left: dict[str, Any]) -> None:
    """By the filter or its box: deleted in the CRM later, it stays in Xero."""
    branched.settings("Organizations", delete_in_xero=True)
    let_in(branched, "branch is not South")
    acme, bell = (organisation(branched, name, branch="North") for name in ("Acme", "Bell"))
    branched.sync()
    branched.host.edit("Organizations", acme, **left)
    branched.sync()
    for crm_id in (acme, bell):
        branched.host.remove("Organizations", crm_id)

    branched.sync()

    there = {one["Name"]: one["ContactStatus"] for one in branched.xero("Contacts")}
    assert {"Acme": "ACTIVE", "Bell": "ARCHIVED"} == there
    assert "gone_in_crm" == code_of(branched, "Organizations", acme)
