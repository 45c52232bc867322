"""A store of the commit before, with records that are gone on one side, is opened by this one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.db.later import turn_back
from tests.stories.sync.people import contact, invoice, line, organisation, payment, product
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.db.columns import plain_text


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A synced CRM of which an item, a person, a customer and a new record have gone."""
    with make_world(tmp_path) as made:
        made.connect()
        made.default_account()
        firm, lost = (organisation(made, name) for name in ("Kea Ltd", "Moa Ltd"))
        person = contact(made, "Ann", "Lee", firm, email="ann@firm.example")
        goods, sold = (product(made, code) for code in ("P1", "P2"))
        bill = invoice(made, "I1", firm, [line(product_id=goods), line("3.33")])
        payment(made, bill, "5")
        made.sync()
        removed_from_the_sandbox(made, "Items", made.xero_id("Products", sold))
        made.host.delete("Organizations", [lost])
        made.host.delete("Contacts", [person])
        made.sync(full=True)
        made.sync()
        yield made


def turned_back(world: World) -> int:
    """Write the store as revision 0012 had it; returns how many copies say that they are gone."""
    with world.xt.store.engine.begin() as db:
        gone = db.execute(text("SELECT * FROM xt_shadow WHERE gone")).mappings().all()
        for row in gone:
            payload = {**json.loads(row["payload"]), "xtiger.gone": True}
            same = " AND ".join(f"{name} = :{name}" for name in ("side", "type", "id"))
            values = {**row, "payload": plain_text(payload)}
            db.execute(text(f"UPDATE xt_shadow SET payload = :payload WHERE {same}"), values)
        db.execute(text("ALTER TABLE xt_shadow DROP COLUMN gone"))
        turn_back(db, "0012")
    return len(gone)


def test_a_store_of_the_commit_before_has_nothing_to_do(world: World) -> None:
    """What was gone stays so: nothing is made again, and the log's chain holds."""
    before = [world.plan().actions, world.codes(), world.xero("Contacts"), world.xero("Items")]
    world.wait()

    assert turned_back(world) >= 3
    with closing(XTiger(world.host, settings=world.xt.settings, clock=world.clock)) as xt:
        actions, chain = xt.sync.plan().actions, xt.store.broken_audit_row()
        run = xt.sync.run(full=True)
        again, after = xt.sync.plan().actions, xt.store.broken_audit_row()

    assert ((), (), None, None, "done") == (actions, again, chain, after, run.state)
    assert [(), before[2], before[3]] == [before[0], world.xero("Contacts"), world.xero("Items")]
