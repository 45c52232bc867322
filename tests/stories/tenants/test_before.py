"""A whole installation of the release before, with all it kept, is opened by this one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Integer, MetaData, Table, create_engine, insert, select, text

import xtiger.db.migrations
import xtiger_queue.migrations
from tests.db.later import hashed_as_then
from tests.postgres import own_schema, require_postgres
from tests.stories.sync.people import contact, invoice, line, organisation, payment, product
from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.db.columns import plain_text
from xtiger.engine.plan import item_builder
from xtiger.model.records import Ref
from xtiger.settings import Settings
from xtiger_queue import store as queue
from xtiger_queue.tables import VERSION_TABLE

#: Package → its version table, and the last revision of the release before.
BEFORE = {
    xtiger.db.migrations: ("xt_version", "0004"),
    xtiger_queue.migrations: (VERSION_TABLE, "q0002"),
}
#: Settings that the release before did not know, by their first word.
NEW_SETTINGS = ("identity_runs", "forgotten")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with the tables of the release before."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'before.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(own_schema(require_postgres()))
        made = create_engine(url)
        stack.callback(made.dispose)
        for package, (table, revision) in BEFORE.items():
            scripts = ScriptDirectory(str(Path(str(package.__file__)).parent))
            with made.begin() as db:
                context = MigrationContext.configure(
                    db,
                    opts={
                        "version_table": table,
                        "fn": lambda heads, _, s=scripts, to=revision: s._upgrade_revs(to, heads),
                    },
                )
                with Operations.context(context):
                    context.run_migrations()
        yield made


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A synced CRM with something of every module, whose keys in Xero are those of before."""
    monkeypatch.setattr(item_builder, "contact_key", lambda _mark, crm_id, _role: f"XT-{crm_id}")
    with make_world(tmp_path) as made:
        made.xt.extensions.enable("XTQueue")
        made.connect()
        made.default_account()
        first, *_ = [organisation(made, f"Firm {number} Ltd") for number in range(1, 8)]
        contact(made, "Ann", "Lee", first, email="ann@firm.example")
        goods = product(made, "P1")
        bill = invoice(made, "I1", first, [line(product_id=goods), line("3.33")])
        payment(made, bill, "5")
        made.sync()
        made.sync()
        yield made


def copied(old: Table, rows: Any) -> list[dict[str, Any]]:
    """Rows with the columns that the table had, moments in UTC as both databases take them."""
    names = [column.name for column in old.columns]
    return [
        {
            name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
            for name, value in row._mapping.items()
            if name in names
        }
        for row in rows
    ]


def turned_back(world: World, engine: Engine) -> None:
    """Write what the release before would have kept of this installation."""
    # The CRM has not been asked for its identity yet: no run was counted in it.
    with world.host._rows.transaction() as cursor:
        cursor.execute("UPDATE xt_identity SET runs = 0")
    with world.xt.store.engine.begin() as db:
        hashed_as_then(db)
    before, now = MetaData(), MetaData()
    before.reflect(engine)
    now.reflect(world.xt.store.engine)
    with world.xt.store.engine.connect() as source, engine.begin() as db:
        for table in before.sorted_tables:
            if "version" in table.name:
                continue
            db.execute(table.delete())
            rows = copied(table, source.execute(select(now.tables[table.name])))
            if table.name == "xt_setting":
                rows = [row for row in rows if row["name"].partition(":")[0] not in NEW_SETTINGS]
            if rows:
                db.execute(insert(table), rows)
            _go_on_counting(db, table)
        for name, value in {
            "terms": {"by": "Ruth", "at": world.clock.now()},
            "hold:Organizations:7": "He asked",
            "routes:": [],
            "consent:state1": {"at": world.clock.now()},
            "consent_offer": {"x": 1},
        }.items():
            row = {"name": name, "value": plain_text(value)}
            db.execute(text("INSERT INTO xt_setting (name, value) VALUES (:name, :value)"), row)


def _go_on_counting(db: Any, table: Table) -> None:
    """PostgreSQL's counters know nothing of rows that brought their number."""
    for column in table.primary_key.columns:
        if db.dialect.name == "postgresql" and isinstance(column.type, Integer):
            counter = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
            db.execute(text(f"SELECT setval({counter}, MAX({column.name})) FROM {table.name}"))


def opened(world: World, engine: Engine) -> XTiger:
    """This release on the store of the one before, with the same CRM, home and Xero."""
    known = world.xt.settings
    settings = Settings(
        home=known.home,
        database_url=engine.url.render_as_string(hide_password=False),
        xero_url=known.xero_url,
        xero_client_id=known.xero_client_id,
        xero_client_secret=known.xero_client_secret,
        new_extensions_on=False,
    )
    return XTiger(world.host, settings=settings, clock=world.clock)


def test_an_installation_of_before_goes_on(world: World, engine: Engine) -> None:
    """Nothing is to do, the log's chain holds, and terms, holds and jobs are the tenant's."""
    with queue.begin(world.xt.context()) as db:
        connection_id = world.xt.connections.get().id
        queue.enqueue(db, "", connection_id, [Ref("Organizations", "1")], "save", world.clock.now())
    turned_back(world, engine)
    contacts = world.xero("Contacts")

    with closing(opened(world, engine)) as xt:
        queue.adopt(xt.context())
        with queue.look(xt.context()) as db:
            jobs = [(job.key.module, job.key.crm_id) for job in queue.find(db, "")]
        world.wait()
        actions, chain = xt.sync.plan().actions, xt.store.broken_audit_row()
        run = xt.sync.run(full=True)
        again = xt.sync.plan().actions
        after = xt.store.broken_audit_row()
        held = [xt.context().hold_of("Organizations", crm_id) for crm_id in ("7", "1")]
        terms, unowned = xt.connections.terms_accepted(), xt.store.has_unowned_settings()

    assert ((), (), None, None) == (tuple(actions), tuple(again), chain, after)
    assert "done" == run.state
    assert contacts == world.xero("Contacts")
    assert ["He asked", ""] == held
    assert [("Organizations", "1")] == jobs
    assert (True, False) == (terms, unowned)
