"""A missing parent is created first: in a run of one module and of one record, at any depth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_first_link import contact as in_xero_contact
from tests.stories.sync.test_invoices_in import in_xero, xero_line
from tests.world import World
from xtiger.engine.cycle.kind_parts import planned_kind
from xtiger.engine.observe.both_sides import read_xero
from xtiger.engine.plan.parents import with_parents
from xtiger.engine.plan.planner import Planner
from xtiger.engine.workbench.limits import Wanted
from xtiger.errors import MappingMissing
from xtiger.services.syncing.sides import silent


def trade(world: World) -> tuple[str, str, str, str]:
    """An invoice of a new organisation with a new product and service; answers the four ids."""
    crm_id = organisation(world, "Acme")
    goods, work = product(world, "P1"), product(world, "S1", module="Services")
    lines = [line(product_id=goods), line(service_id=work)]
    return crm_id, goods, work, invoice(world, "I1", crm_id, lines)


@pytest.mark.feature("F104")
@pytest.mark.feature("F119")
@pytest.mark.feature("F081")
def test_a_run_of_invoices_brings_what_they_need(world: World) -> None:
    """Organisation, product and service are made first, each with an outcome; nothing else is."""
    crm_id, goods, work, invoice_id = trade(world)
    organisation(world, "Not needed")
    product(world, "P2")

    run = world.sync("Invoices")

    created = {"created": 1}
    assert {
        "Organizations": created,
        "Products": created,
        "Services": created,
        "Invoices": created,
    } == run.counts
    assert ("Organizations", "Products", "Services", "Invoices") == run.modules
    assert ["Acme"] == [raw["Name"] for raw in world.xero("Contacts")]
    sent = world.in_xero("Invoices", invoice_id)
    assert ["P1", "S1"] == [each["ItemCode"] for each in sent["LineItems"]]
    for module, record in (("Organizations", crm_id), ("Products", goods), ("Services", work)):
        assert "created" == world.outcome(module, record).result


@pytest.mark.feature("F104")
def test_one_record_brings_what_it_needs(world: World) -> None:
    """Copy to Xero of one invoice makes its parents; the answer is about the invoice alone."""
    *_, invoice_id = trade(world)
    organisation(world, "Not needed")

    outcomes = world.xt.sync.records("Invoices", [invoice_id])

    assert [("Invoices", invoice_id, "created")] == [
        (o.module, o.crm_id, o.result) for o in outcomes
    ]
    assert ["Acme"] == [raw["Name"] for raw in world.xero("Contacts")]
    world.check()


def test_the_rest_of_a_parents_module_still_waits(world: World) -> None:
    """After a run of invoices the next whole run makes what nobody needed, and nothing twice."""
    trade(world)
    organisation(world, "Later")
    world.sync("Invoices")

    run = world.sync()

    assert 1 == run.counts["Organizations"]["created"]
    assert ["Acme", "Later"] == sorted(raw["Name"] for raw in world.xero("Contacts"))
    assert 0 == world.actions()


def test_a_linked_parent_joins_no_run(world: World) -> None:
    """A run of invoices whose parents are in Xero reads and plans invoices only."""
    crm_id, goods, *_ = trade(world)
    world.sync()
    invoice(world, "I2", crm_id, [line(product_id=goods)])
    world.wait()
    before = world.calls()

    run = world.xt.sync.run(["Invoices"])

    assert {"Invoices": {"created": 1, "unchanged": 1}} == run.counts
    assert 3 == world.calls() - before, "the organisation, the feed, one batch"


def test_parents_cost_one_feed_and_one_batch_each(world: World) -> None:
    """One record with three new parents: settings, a feed per kind, a batch per module."""
    *_, invoice_id = trade(world)
    world.wait()
    before = world.calls()

    world.xt.sync.records("Invoices", [invoice_id])

    # Organisation and three lists; contacts, items (once per module), invoices; four batches.
    assert 4 + 4 + 4 >= world.calls() - before


def test_a_parent_that_is_not_selected_is_not_made(world: World) -> None:
    """The invoice waits, and its sentence names the parent and why that one stays."""
    crm_id = organisation(world, "Acme", xero_sync=False)
    invoice_id = invoice(world, "I1", crm_id)

    world.sync("Invoices")

    assert [] == world.xero("Contacts")
    outcome = world.outcome("Invoices", invoice_id)
    assert "parent_left_out" == code_of(world, "Invoices", invoice_id)
    said, fix = world.xt.sentences.cause(outcome.cause)
    assert "Acme is not in Xero yet: Allow XTiger Sync is off." == said
    assert fix.startswith("Acme: Tick Allow XTiger Sync")


def test_a_parent_that_is_held_says_why(world: World) -> None:
    """In a whole run, too: the child names the parent's own cause."""
    crm_id = organisation(world, "Acme", email1="no address")
    invoice_id = invoice(world, "I1", crm_id)

    world.sync()

    said, _ = world.xt.sentences.cause(world.outcome("Invoices", invoice_id).cause)
    assert "Acme is not in Xero yet: The e-mail address no address is not valid." == said


def test_a_parent_that_xero_refuses_says_why(world: World) -> None:
    """What Xero answers during the run holds the child with the same reason."""
    crm_id = organisation(world, "Acme")
    invoice_id = invoice(world, "I1", crm_id)
    world.sandbox.fault("status", status=400, path="/api.xro/2.0/Contacts", method="PUT")

    world.sync()

    assert "waits_for_parent" == code_of(world, "Invoices", invoice_id)
    said, _ = world.xt.sentences.cause(world.outcome("Invoices", invoice_id).cause)
    assert said.startswith("Acme is not in Xero yet: Xero refused it")


def test_a_module_that_is_off_sends_no_parents(world: World) -> None:
    """The invoice waits because its organisation's module does not travel."""
    world.settings("Organizations", enabled=False)
    invoice_id = invoice(world, "I1", organisation(world, "Acme"))

    world.sync("Invoices")

    said, _ = world.xt.sentences.cause(world.outcome("Invoices", invoice_id).cause)
    assert [] == world.xero("Contacts")
    assert "Organizations do not travel in this direction." in said


def test_an_invoice_that_is_not_selected_brings_nothing(world: World) -> None:
    """Parents are made for what is sent, not for what stays."""
    invoice(world, "I1", organisation(world, "Acme"), xero_sync=False)

    run = world.sync("Invoices")

    assert {"Invoices": {"excluded": 1}} == run.counts


def test_a_parent_without_mapping_is_a_clear_error(world: World) -> None:
    """The error names the parent's module before anything is sent."""
    store, connection = world.xt.store, world.xt.connections.get()
    with store.engine.begin() as db:
        db.exec_driver_sql("DELETE FROM xt_mapping WHERE module = 'Organizations'")
    invoice(world, "I1", organisation(world, "Acme"))
    world.wait()

    with pytest.raises(MappingMissing, match="Organizations"):
        world.xt.sync.run(["Invoices"], connection.id)
    assert [] == world.xero("Invoices")


def test_a_twin_of_the_parent_is_proposed_not_made(world: World) -> None:
    """Xero's contact of the same name is found in a run of one invoice, too."""
    world.sandbox.add("Contacts", {"Name": "Acme"})
    crm_id = organisation(world, "Acme")
    invoice_id = invoice(world, "I1", crm_id, [line("5", quantity=Decimal(2))])

    world.xt.sync.records("Invoices", [invoice_id])

    assert "contact_same_name" == code_of(world, "Organizations", crm_id)
    assert 1 == len(world.xero("Contacts"))
    said, _ = world.xt.sentences.cause(world.outcome("Invoices", invoice_id).cause)
    assert "that is not linked" in said


def test_a_document_of_xero_brings_its_contact(world: World) -> None:
    """A new invoice of Xero whose contact the CRM lacks: that contact alone joins the limits."""
    here = world.sandbox.add("Contacts", {"Name": "New in Xero"})["ContactID"]
    world.sandbox.add("Contacts", {"Name": "Not needed"})
    item = {"Description": "Work", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}
    world.sandbox.add(
        "Invoices", {"Type": "ACCREC", "Contact": {"ContactID": here}, "LineItems": [item]}
    )
    world.wait()
    syncing, connection = world.xt._parts.runs, world.xt.connections.get()
    bench = syncing._ready(connection, ["Invoices"], silent)
    both = replace(bench.scopes[0].sync, directions=("to_xero", "to_crm"))
    bench.scopes = (replace(bench.scopes[0], sync=both),)
    read_xero(bench, "Invoice")

    limits = with_parents(bench, {"Invoices": None})
    plan = Planner(bench, planned_kind).plan({"Organizations": limits["Organizations"]})

    assert Wanted(xero=(str(here),)) == limits["Organizations"]
    assert [("create", "New in Xero")] == [(item.verb, item.name) for item in plan.items]


@pytest.mark.parametrize("modules", [("Invoices",), ("Invoices", "Payments")])
def test_a_parent_that_comes_in_finds_its_new_twin(world: World, modules: tuple[str, ...]) -> None:
    """Made in the CRM since the last sync, and in Xero, too: an invoice's sync makes no second."""
    world.sync()
    organisation(world, "Kea")
    product(world, "P1")
    world.sandbox.add("Items", {"Code": "P1", "Name": "Thing P1"})
    in_xero(world, in_xero_contact(world, "Kea"), xero_line(ItemCode="P1"))

    world.sync(*modules)

    counts = [len(world.host.all(name)) for name in ("Organizations", "Products")]
    assert [1, 1] == counts
