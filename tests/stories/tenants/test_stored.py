"""A store of the release before: what it kept for all tenants at once finds its tenant."""

from __future__ import annotations

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text

import xtiger_queue.migrations as steps
from tests.stories.tenants.conftest import CANARY, Two
from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.db.columns import plain_text
from xtiger.db.migrations.versions import v0007_tenant_settings
from xtiger.model.records import Ref
from xtiger_queue import store, tables


def turned_back(world: World, *holds: str) -> None:
    """Make the store what the release before had left, settings for all; take the step."""
    engine = world.xt.store.engine
    with engine.begin() as db:
        old = {"terms": {"by": "Ruth"}, **{f"hold:{record}": CANARY for record in holds}}
        for name, value in old.items():
            row = {"name": name, "value": plain_text(value)}
            db.execute(text("INSERT INTO xt_setting (name, value) VALUES (:name, :value)"), row)
        db.execute(text("DROP TABLE xt_tenant_setting"))
        # This one step alone: those after it are done already.
        with Operations.context(MigrationContext.configure(db)):
            v0007_tenant_settings.upgrade()
    if world.xt.extensions.enabled("XTQueue"):
        scripts = ScriptDirectory(str(Path(str(steps.__file__)).parent))
        with engine.begin() as db:
            context = MigrationContext.configure(
                db,
                opts={
                    "version_table": tables.VERSION_TABLE,
                    "fn": lambda heads, _: scripts._downgrade_revs("q0002", heads),
                },
            )
            with Operations.context(context):
                context.run_migrations()


def opened(world: World) -> XTiger:
    """The library as the next process has it."""
    return XTiger(world.host, settings=world.xt.settings, clock=world.clock)


def test_a_store_of_before_goes_on(tmp_path: Path) -> None:
    """Terms, holds and queue of the only tenant are its own; the next plan has nothing to do."""
    with make_world(tmp_path) as world:
        world.xt.extensions.enable("XTQueue")
        world.connect()
        world.host.create("Organizations", {"accountname": "Kea"})
        world.sync()
        context = world.xt.context()
        for connection_id in (world.xt.connections.get().id, ""):
            with store.begin(context) as db:
                store.enqueue(
                    db, "", connection_id, [Ref("Organizations", "1")], "save", world.clock.now()
                )
        turned_back(world, "Organizations:1", "Organizations:9")
        xt = opened(world)
        world.wait()
        actions, chain = xt.sync.plan().actions, xt.store.broken_audit_row()
        held = [xt.context().hold_of("Organizations", one) for one in ("1", "9", "2")]
        store.adopt(xt.context())
        with store.look(xt.context()) as db:
            jobs = len(store.find(db, ""))
        xt.close()

    assert ((), None) == (tuple(actions), chain)
    assert ([CANARY, CANARY, ""], 2) == (held, jobs)


def test_what_no_connection_tells_is_the_only_tenants(tmp_path: Path) -> None:
    """Whatever the CRM calls it; nothing is left for all."""
    with make_world(tmp_path, tenants=("main",)) as world:
        turned_back(world, "Organizations:1")
        xt = opened(world)
        found = (xt.connections.terms_accepted(), xt.context().hold_of("Organizations", "1"))
        left = xt.store.has_unowned_settings()
        xt.close()

    assert ((True, CANARY), False) == (found, left)


def test_of_several_each_gets_its_own(two: Two) -> None:
    """A hold is that of the record's tenant; what may be anyone's holds, without its words."""
    turned_back(two.world, "Organizations:2", "Organizations:1", "Organizations:77")
    xt = opened(two.world)
    terms = [xt.for_tenant(name).connections.terms_accepted() for name in ("a", "b")]
    holds = {
        name: [
            xt.for_tenant(name).context().hold_of("Organizations", crm_id)
            for crm_id in ("2", "1", "77")
        ]
        for name in ("a", "b")
    }
    xt.close()

    said = "it was held before this release told tenants apart"
    assert [True, True] == terms
    assert {"a": [CANARY, said, said], "b": ["", said, said]} == holds


def test_a_queue_of_before_shows_nobody_what_is_nobodys(two: Two) -> None:
    """Jobs go to the tenant of their connection; a sale of an unknown one is shown to none."""
    with store.begin(two.a.context()) as db:
        store.enqueue(db, "a", "", [Ref("Sales", CANARY)], "sale", two.world.clock.now())
    turned_back(two.world)
    xt = opened(two.world)
    found = {}
    for name in ("a", "b"):
        context = xt.for_tenant(name).context()
        store.adopt(context)
        with store.look(context) as db:
            found[name] = [job.key.module for job in store.find(db, name)]
    xt.close()

    assert {"a": ["Organizations"], "b": []} == found
