"""Observing: outbox, feeds, several connections, whole reads, and what is looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation, product
from tests.stories.sync.test_first_link import code_of
from tests.world import REDIRECT, World, let_all_go, make_world
from xtiger.demo.visitor import allow_access
from xtiger.engine.observe.both_sides import account_of, tax_rate_of
from xtiger.errors import MappingMissing, UnknownModule
from xtiger.hosts.standard import standard_modules
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.setting_keys import CursorKey


def two_connections(world: World) -> tuple[str, str]:
    """Connect both organisations of the sandbox; answers the ids of both connections."""
    for name in ("Aroha Trading Ltd", "Second Trading Ltd"):
        start = world.xt.connections.consent(REDIRECT)
        offered = world.xt.connections.consent_answered(allow_access(start.url, name))
        let_all_go(
            world.xt,
            world.xt.connections.connect(
                next(o.organisation_id for o in offered if o.name == name)
            ).id,
        )
    world.xt.connections.accept_terms("a test")
    first, second = (connection.id for connection in world.xt.connections.all())
    for connection in (first, second):
        world.xt.mappings.save_defaults(connection)
        for module in ("Organizations", "Products"):
            settings = world.xt.store.module_settings(connection, module)
            world.xt.store.save_module_settings(connection, replace(settings, create_in_crm=False))
    return first, second


@pytest.mark.parametrize("deleted", [False, True])
def test_each_connection_gets_each_change(tmp_path: Path, deleted: bool) -> None:
    """A row of the outbox is read once and known to both organisations, deletions above all."""
    with make_world(tmp_path, tombstones=False, seed="demo") as world:
        first, second = two_connections(world)
        crm_id = organisation(world, "Acme")
        for connection in (first, second):
            world.wait()
            world.xt.sync.run(connection_id=connection)
        if deleted:
            world.host.remove("Organizations", crm_id)
        else:
            world.host.edit("Organizations", crm_id, email1="a@b.example")

        for connection in (first, second):
            world.wait()
            world.xt.sync.run(connection_id=connection)

        last = [
            world.xt.sync.outcomes(connection_id=c, crm_id=crm_id, limit=1)[0].result
            for c in (first, second)
        ]
        assert ["skipped" if deleted else "updated"] * 2 == last


def test_our_own_write_is_no_change(world: World) -> None:
    """What came from Xero is not sent back, and the third sync has nothing to look at."""
    world.sandbox.add("Contacts", {"Name": "Acme"})
    world.sync()
    world.sync()

    run = world.sync()

    assert {} == run.counts


def test_a_full_sync_looks_at_everything(world: World) -> None:
    """--full judges every record of both sides again, and finds them unchanged."""
    organisation(world, "Acme")
    product(world, "P1")
    world.sync()
    world.sync()

    run = world.sync(full=True)

    assert {"Organizations": {"unchanged": 1}, "Products": {"unchanged": 1}} == run.counts


def test_changed_settings_make_records_be_looked_at_once(world: World) -> None:
    """After a setting changed every record of that module is judged again, one time."""
    organisation(world, "Acme")
    product(world, "P1")
    world.sync()
    world.sync()
    world.settings("Organizations", delete_in_xero=True)

    counts = [world.sync().counts for _ in range(2)]

    assert [{"Organizations": {"unchanged": 1}}, {}] == counts


def test_changed_settings_leave_the_deleted_alone(tmp_path: Path) -> None:
    """A record that was deleted in the CRM does not come up again with a setting."""
    with make_world(tmp_path, tombstones=False) as world:
        world.connect()
        crm_id = organisation(world, "Acme", xero_sync=False)
        world.sync()
        world.host.remove("Organizations", crm_id)
        world.sync()
        world.settings("Organizations", delete_in_xero=True)

        run = world.sync()

        assert {} == run.counts


def test_a_switched_off_module_is_left_out(world: World) -> None:
    """A module that is off is not read; named on the command line it is."""
    world.settings("Products", enabled=False)
    crm_id = product(world, "P1")
    world.sync()
    assert [] == world.xt.sync.outcomes(module="Products", crm_id=crm_id)

    run = world.sync("Products")

    assert {"Products": {"excluded": 1}} == run.counts


def test_an_unknown_module_is_named(world: World) -> None:
    """A module that nobody offers is refused with the names of those that are."""
    with pytest.raises(UnknownModule, match="Invoices"):
        world.sync("Spaceships")


def test_nothing_moves_without_a_mapping(tmp_path: Path) -> None:
    """Before a mapping is saved a sync says so and sends nothing."""
    with make_world(tmp_path) as world:
        start = world.xt.connections.consent(REDIRECT)
        offered = world.xt.connections.consent_answered(
            allow_access(start.url, "Empty Trading Ltd")
        )
        let_all_go(
            world.xt,
            world.xt.connections.connect(
                next(o.organisation_id for o in offered if o.name == "Empty Trading Ltd")
            ).id,
        )
        world.xt.connections.accept_terms("a test")
        organisation(world, "Acme")

        with pytest.raises(MappingMissing):
            world.sync()

        assert [] == world.xero("Contacts")


def test_panel_fields_may_live_in_the_store(tmp_path: Path) -> None:
    """A CRM without our fields: Allow XTiger Sync and Xero Status are kept by the library."""
    bare = [
        replace(m, fields=tuple(f for f in m.fields if not (f.role or "").startswith("xtiger.")))
        for m in standard_modules()
    ]
    with make_world(tmp_path, modules=bare) as world:
        world.connect()
        world.default_account()
        acme = organisation(world, "Acme")
        quiet = organisation(world, "Quiet")
        crm_id = invoice(world, "I1", acme)
        world.xt.panels.set_value("Organizations", quiet, "xtiger.allow_sync", False)
        world.xt.panels.set_value("Invoices", crm_id, "xtiger.status", "DRAFT")

        world.sync()

        assert "not_selected" == code_of(world, "Organizations", quiet)
        assert "DRAFT" == world.in_xero("Invoices", crm_id)["Status"]


def test_accounts_and_tax_rates_as_data() -> None:
    """Elements of both lists become data: account class, system, effective rate, parts."""
    account = account_of(
        {
            "AccountID": "1",
            "Code": "610",
            "Name": "AR",
            "Class": "ASSET",
            "SystemAccount": "DEBTORS",
        },
        ElementReader("Account"),
    )
    rate = tax_rate_of(
        {
            "TaxType": "T",
            "Name": "Both",
            "DisplayTaxRate": Decimal(5),
            "Status": "ACTIVE",
            "CanApplyToRevenue": True,
            "TaxComponents": [{"Name": "A", "Rate": Decimal(5), "IsCompound": False}],
        },
        ElementReader("TaxRate"),
    )

    assert ("610", "DEBTORS", "ASSET") == (account.code, account.system, account.account_class)
    assert (Decimal(5), frozenset({"REVENUE"}), (("A", Decimal(5), False),)) == (
        rate.rate,
        rate.classes,
        rate.components,
    )


def test_an_edit_while_a_run_reads_is_not_lost(world: World) -> None:
    """A cursor goes to the time of the first page, so that a later edit is read next time."""
    crm_id = organisation(world, "Acme")
    world.sync()
    store, connection = world.xt.store, world.xt.connections.get().id
    cursor = store.cursor(connection, CursorKey("Contact"))
    assert cursor is not None

    assert datetime.fromisoformat(cursor) <= world.clock.now().astimezone(UTC)
    assert datetime.fromisoformat(cursor) > world.clock.now() - timedelta(minutes=5)
    assert crm_id
