"""The log of a firm where nothing happens stops growing, and still says all that is true."""

from __future__ import annotations

import os
from datetime import timedelta

from sqlalchemy import text

from tests.stories.sync.people import organisation, product
from tests.world import World

#: Records, and whole syncs after the first; 10,000 and 100 in the soak.
RECORDS = int(os.environ.get("XTIGER_QUIET_RECORDS", "300"))
RUNS = int(os.environ.get("XTIGER_QUIET_RUNS", "12"))
#: What a hundred whole syncs of a quiet firm may add.
MOST_BYTES_OF_A_RUN = 20_000_000 // 100


def size(world: World) -> int:
    """The bytes of the store's pages."""
    with world.xt.store.engine.connect() as db:
        pages, each = (db.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in _PAGES)
    return int(pages) * int(each)


_PAGES = ("page_count", "page_size")


def rows(world: World) -> int:
    """How many rows the log has in all."""
    with world.xt.store.engine.connect() as db:
        return int(db.execute(text("SELECT count(*) FROM xt_outcome")).scalar_one())


def stored(world: World) -> dict[str, int]:
    """Table → rows, of those that each run writes to."""
    names = ("outcome", "audit_note", "audit_gap", "run", "batch", "intent", "before_image")
    with world.xt.store.engine.connect() as db:
        return {
            name: int(db.execute(text(f"SELECT count(*) FROM xt_{name}")).scalar_one())
            for name in names
        }


def test_what_is_in_step_is_counted_and_not_written(world: World) -> None:
    """A whole read of forty records adds one row to the chain, and still adds up."""
    for number in range(40):
        organisation(world, f"Firm {number}")
    world.sync()
    before = rows(world)
    run = world.sync(full=True)
    counted = world.xt.store.unchanged_counts(run.id)

    assert {"Organizations": {"unchanged": 40}} == run.counts
    assert ({"Organizations": 40}, before) == (counted, rows(world))
    assert world.xt.panel("Organizations", "1").state == "ok"


def test_whole_syncs_of_a_quiet_firm_add_little_to_the_store(world: World) -> None:
    """However many records it has: what a run adds are its calls and its counts."""
    for number in range(RECORDS):
        organisation(world, f"Firm {number}")
    world.sync()
    world.sync(full=True)
    before = size(world)
    for _ in range(RUNS):
        assert {"Organizations": {"unchanged": RECORDS}} == world.sync(full=True).counts

    assert size(world) - before < RUNS * MOST_BYTES_OF_A_RUN


def test_what_comes_back_into_step_is_written(world: World) -> None:
    """So that the newest entry of a record is never one that no longer holds."""
    crm_id, other = product(world, "CHAIR"), product(world, "TABLE")
    world.sync()
    world.host.edit("Products", crm_id, productcode="C" * 31)
    world.sync()
    held = world.outcome("Products", crm_id)
    world.host.edit("Products", crm_id, productcode="CHAIR")
    world.sync(full=True)
    world.sync(full=True)
    mine = [one.result for one in world.xt.sync.outcomes(crm_id=crm_id)]
    theirs = [one.result for one in world.xt.sync.outcomes(crm_id=other)]

    assert ("held", ["unchanged", "held", "created"], ["created"]) == (held.result, mine, theirs)


def test_a_person_who_asks_for_a_record_gets_its_entry(world: World) -> None:
    """Also where there was nothing to do."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.wait()
    world.xt.sync.records("Organizations", [crm_id])

    assert "unchanged" == world.outcome("Organizations", crm_id).result


def test_a_quiet_year_leaves_the_store_as_large_as_a_quiet_quarter(world: World) -> None:
    """Runs, counts, batches and entries leave after their time; what is known stays known."""
    crm_id = organisation(world, "Acme")
    gone = organisation(world, "Gone soon")
    world.sync()
    world.host.delete("Organizations", gone)
    for _ in range(8):
        world.wait(timedelta(days=25).total_seconds())
        world.sync(full=True)
    then = stored(world)
    for _ in range(8):
        world.wait(timedelta(days=25).total_seconds())
        world.sync(full=True)
    now = stored(world)

    assert then == now
    assert ("created", "ok") == (
        world.outcome("Organizations", crm_id).result,
        world.xt.panel("Organizations", crm_id).state,
    )
    assert world.xt.proof.run().state == "agreed"
    assert world.xt.store.broken_audit_row() is None
