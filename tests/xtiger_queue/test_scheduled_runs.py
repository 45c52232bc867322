"""Due schedules: run once by one worker, not lost by a killed one, told when they fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from tests.xtiger_queue.context import START, SmallContext, connection
from tests.xtiger_queue.test_cli import run
from xtiger.errors import NeedsPerson, RunBusy, TermsNotAccepted
from xtiger.hookspecs import TimedWork
from xtiger.model.runs import Run
from xtiger_queue import plugin, schedule_store, scheduled_runs
from xtiger_queue.migrations.versions import q0006_proofs, q0009_directions
from xtiger_queue.schedules import Kind, Schedule

#: What goes both ways of the first connection.
SYNC: Kind = ("c1", False, "")
ALL_MODULES = ("Organizations", "Products", "Invoices", "Payments")


def _set(context: SmallContext, module: str = "all", every: str = "15m") -> None:
    scheduled_runs.set_schedule(context, "c1", module, every, "UTC")


def _all(context: SmallContext) -> list[Schedule]:
    return scheduled_runs.find_schedules(context)


def _later(context: SmallContext, minutes: float) -> int:
    context.hand.sleep(minutes * 60)
    return scheduled_runs.run_due(context, context.now())


def test_nothing_is_scheduled_at_first(context: SmallContext) -> None:
    """A tick costs one read."""
    assert (0, []) == (_later(context, 60), context.synced)


def test_a_due_schedule_runs_once(either: SmallContext) -> None:
    """Not before its time, then once, then at its next time."""
    _set(either)
    counts = [_later(either, minutes) for minutes in (14, 1, 1, 14)]

    assert [0, 1, 0, 1] == counts
    assert [("c1", ALL_MODULES, "schedule")] * 2 == either.synced


def test_two_due_schedules_are_one_run(context: SmallContext) -> None:
    """Of one connection: the modules of both, parents first."""
    _set(context)
    _set(context, "Invoices", "5m")
    counts = [_later(context, minutes) for minutes in (5, 5, 5)]

    assert [1, 1, 1] == counts
    assert [("Invoices",), ("Invoices",), ALL_MODULES] == [asked[1] for asked in context.synced]


def test_downtime_does_not_pile_up(context: SmallContext) -> None:
    """A week later: one run."""
    _set(context)
    counts = [_later(context, minutes) for minutes in (7 * 24 * 60, 0, 1)]

    assert [1, 0, 0] == counts


def test_only_one_of_two_workers_gets_it(either: SmallContext) -> None:
    """Taken is taken; when the taker dies another gets it after a while."""
    _set(either)
    now, soon = START + timedelta(minutes=20), START + timedelta(minutes=30)
    with either.database.writing() as db:
        first = schedule_store.claim(db, "a", now, soon, SYNC)
        second = schedule_store.claim(db, "b", now, soon, SYNC)
        third = schedule_store.claim(db, "c", soon, soon + timedelta(minutes=10), SYNC)

    assert [1, 0, 1] == [len(found) for found in (first, second, third)]


def test_a_second_worker_takes_the_next_connection(
    context: SmallContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is synced: two of them need half the time, and no connection is synced twice."""
    context.known = [connection(one) for one in ("c1", "c2", "c3")]
    for one in ("c1", "c2", "c3"):
        scheduled_runs.set_schedule(context, one, "all", "15m", "UTC")
    context.hand.sleep(16 * 60)
    real = context.sync_all
    others: list[str] = []

    def sync_all(connection_id: str, *asked: Any) -> Run:
        if not others:
            others.append(connection_id)
            scheduled_runs.run_due(context, context.now())
        return real(connection_id, *asked)

    monkeypatch.setattr(context, "sync_all", sync_all)
    own = scheduled_runs.run_due(context, context.now())

    assert (1, ["c1"]) == (own, others)
    assert ["c2", "c3", "c1"] == [one[0] for one in context.synced]


def test_a_late_worker_changes_nothing_any_more(either: SmallContext) -> None:
    """Who lost it to another, or to a person who set it anew, does not put it back."""
    _set(either)
    now = START + timedelta(minutes=20)
    with either.database.writing() as db:
        taken = schedule_store.claim(db, "a", now, now, SYNC)
    _set(either, every="1h")
    with either.database.writing() as db:
        schedule_store.put_back(db, "a", taken)

    assert ["1h"] == [one.every for one in _all(either)]


def test_a_busy_connection_is_tried_again_soon(context: SmallContext) -> None:
    """A person syncs just now: in half a minute, not in an hour."""
    _set(context, every="1h")
    context.failing = RunBusy("Acme", retry_after_seconds=30)
    _later(context, 60)
    (after,) = _all(context)

    assert context.now() + timedelta(seconds=30) == after.due_at


@pytest.mark.parametrize("error", [TermsNotAccepted(), ZeroDivisionError("a name")])
def test_what_stops_a_run_is_listed(context: SmallContext, error: Exception) -> None:
    """And the next regular time is kept; a later good run takes the sentence away."""
    _set(context)
    context.failing = error
    _later(context, 15)
    (said,) = [one.sentence for one in _all(context)]
    context.failing = None
    _later(context, 15)
    (after,) = _all(context)

    assert (True, "", context.now()) == (bool(said), after.sentence, after.done_at)
    assert "a name" not in said


def test_an_ended_connection_waits(context: SmallContext) -> None:
    """Its schedule stays and runs once when it is connected again."""
    _set(context)
    context.known = [connection().ended("it was disconnected")]
    ended = _later(context, 60)
    context.known = [connection()]

    assert [0, 1] == [ended, _later(context, 1)]


def test_a_worker_that_ends_begins_no_scheduled_run(context: SmallContext) -> None:
    """The tick leaves it to the next worker."""
    _set(context)
    context.hand.sleep(3600)
    context.ending = True
    plugin.tick(context, context.now())

    assert [] == context.synced


def test_a_removed_tenant_leaves_no_schedule(context: SmallContext) -> None:
    """Of its connections only."""
    _set(context)
    plugin.tenant_removed(context, "")

    assert [] == _all(context)


def test_schedules_are_exported_and_purged(context: SmallContext) -> None:
    """With the rest of the queue."""
    _set(context)
    exported = plugin.export_data(context)["xt_queue_schedule"]
    plugin.purge_data(context)
    with pytest.raises(Exception, match="xt_queue_schedule"):
        _all(context)

    assert [("c1", "15m")] == [(row["connection_id"], row["every"]) for row in exported]


# --- proofs ---


def _prove(context: SmallContext, module: str = "all", every: str = "1d") -> None:
    scheduled_runs.set_schedule(context, "c1", module, every, "UTC", proof=True)


def test_a_proof_has_its_own_schedule(either: SmallContext) -> None:
    """Beside the sync of the same modules; both due at once are a sync, then a proof."""
    _set(either, every="1d")
    _prove(either)
    count = _later(either, 24 * 60)

    assert (2, ["schedule", "proof"]) == (count, [asked[2] for asked in either.synced])


def test_what_a_proof_found_is_listed(context: SmallContext) -> None:
    """With how to list it; gone after a night in agreement. Only what stops it is no proof."""
    _prove(context)
    context.apart = 3
    _later(context, 24 * 60)
    (found,) = _all(context)
    context.apart = 0
    _later(context, 24 * 60)
    (after,) = _all(context)

    assert "3 differences between the CRM and Xero. List them: xtiger reconcile" == found.sentence
    assert ("", context.now()) == (after.sentence, after.done_at)


def test_a_proof_of_one_module_leaves_the_others_to_all(context: SmallContext) -> None:
    """As with syncs; and switching one kind off leaves the other."""
    _set(context)
    _prove(context)
    _prove(context, "Invoices", "2d")
    run(context, "schedule", "off", "Invoices", "--proof")
    _later(context, 24 * 60)
    proofs = [asked for asked in context.synced if asked[2] == "proof"]
    run(context, "schedule", "off", "all", "--proof")

    assert [("c1", ("Organizations", "Products", "Payments"), "proof")] == proofs
    assert [("", False)] == [(one.module, one.proof) for one in _all(context)]


def test_a_proof_is_set_and_listed(context: SmallContext) -> None:
    """The command says what it is, and the list has a column for it."""
    said = run(context, "schedule", "set", "all", "0 3 * * *", "--proof").output
    listed = json.loads(run(context, "schedule", "list", "--json").output)["schedules"]

    assert said.startswith("Proof of all modules of Demo Company: every 0 3 * * *")
    assert [("all", True)] == [(one["module"], one["proof"]) for one in listed]


def test_a_schedule_of_before_stays_a_sync(context: SmallContext) -> None:
    """An installation of before has no proofs: what was set goes on, and back again."""
    with context.raw.writing() as db, Operations.context(MigrationContext.configure(db)):
        q0006_proofs._make(proof=False)
        old = sa.Table("xt_queue_schedule", sa.MetaData(), autoload_with=db)
        db.execute(
            old.insert().values(
                connection_id="c1",
                module="",
                every="15m",
                zone="UTC",
                due_at=START,
                sentence="",
            )
        )
        q0006_proofs.upgrade()
        q0009_directions.upgrade()
    _prove(context)
    (sync, proof) = _all(context)
    with (
        context.raw.writing() as db,
        Operations.context(MigrationContext.configure(db)),
    ):
        q0009_directions.downgrade()
        q0006_proofs.downgrade()
        q0006_proofs.upgrade()
        q0009_directions.upgrade()

    assert [("15m", False, START), ("1d", True, START + timedelta(days=1))] == [
        (one.every, one.proof, one.due_at) for one in (sync, proof)
    ]
    assert [("15m", False)] == [(one.every, one.proof) for one in _all(context)]


# --- directions, quiet hours, own pace ---


def test_each_direction_of_a_module_has_its_own_time(either: SmallContext) -> None:
    """Into the CRM every five minutes, both ways twice an hour: beside each other."""
    _set(either, every="30m")
    scheduled_runs.set_schedule(either, "c1", "Invoices", "5m", "UTC", direction="to_crm")
    counts = [_later(either, 5) for _ in range(6)]

    assert [1, 1, 1, 1, 1, 2] == counts
    assert [*[("c1", ("Invoices",), "to_crm")] * 5] == either.synced[:5]
    # Both ways go first, and take all modules: the other direction is still to be looked at.
    assert [("c1", ALL_MODULES, "schedule"), ("c1", ("Invoices",), "to_crm")] == either.synced[5:]


def test_quiet_hours_are_kept_however_late_a_worker_comes(context: SmallContext) -> None:
    """Due in the evening, found at night: it begins in the morning."""
    scheduled_runs.set_schedule(context, "c1", "all", "15m", "UTC", quiet="22-6")
    early = [one.due_at for one in _all(context)]
    night = _later(context, 14 * 60)
    (waits,) = _all(context)
    morning = _later(context, 7 * 60 + 1)

    assert [START + timedelta(minutes=15)] == early
    assert (0, datetime(2026, 11, 21, 6, tzinfo=UTC), 1) == (night, waits.due_at, morning)


def test_auto_comes_less_often_while_nothing_changes(context: SmallContext) -> None:
    """Five minutes, ten, twenty; five again after something changed."""
    _set(context, every="auto")
    pauses = []
    for context.changes in (0, 0, 1, 0):
        _later(context, 60)
        due = _all(context)[0].due_at
        assert due is not None
        pauses.append((due - context.now()).total_seconds() / 60)

    assert [10, 20, 5, 10] == pauses


# --- the commands ---


def test_an_empty_list_says_how_to_begin(context: SmallContext) -> None:
    """With the usual interval."""
    assert "xtiger queue schedule set all 15m" in run(context, "schedule", "list").output


def test_schedules_are_set_listed_and_switched_off(context: SmallContext) -> None:
    """All, one module in another way, one module not at all, none."""
    said = run(context, "schedule", "set", "all", "15m").output
    run(context, "schedule", "set", "invoices", "0 2 * * 1-5", "--zone", "Europe/Berlin")
    run(context, "schedule", "off", "Products")
    listed = json.loads(run(context, "schedule", "list", "--json").output)["schedules"]
    run(context, "schedule", "off")

    assert said.startswith("All modules of Demo Company: every 15m, next on 2026-11-20 09:15")
    assert [("all", "15m"), ("Invoices", "0 2 * * 1-5"), ("Products", "off")] == [
        (one["module"], one["every"]) for one in listed
    ]
    assert [] == _all(context)


def test_the_list_for_people(context: SmallContext) -> None:
    """Organisation, module, how often, when next."""
    run(context, "schedule", "set", "all", "15m")

    assert "Demo Company sync all others 15m 2026-11-20 09:15:00 UTC" in " ".join(
        run(context, "schedule", "list").output.split()
    )


def test_direction_quiet_hours_and_pace_by_command(context: SmallContext) -> None:
    """Said, listed, and switched off alone."""
    run(context, "schedule", "set", "all", "15m")
    more = ["--direction", "to_crm", "--quiet", "22-6", "--zone", "Europe/Berlin"]
    said = run(context, "schedule", "set", "Invoices", "auto", *more).output
    listed = json.loads(run(context, "schedule", "list", "--json").output)["schedules"]
    shown = run(context, "schedule", "list").output
    run(context, "schedule", "off", "Invoices", "--direction", "to_crm")

    assert said.startswith(
        "Invoices from Xero of Demo Company: as often as the calls permit, but not 22:00-06:00"
    )
    assert [("", ""), ("to_crm", "22:00-06:00")] == [
        (one["direction"], one["quiet"]) for one in listed
    ]
    assert "from Xero" in shown
    assert [""] == [one.direction for one in _all(context)]


def test_an_unknown_module_lists_the_known(context: SmallContext) -> None:
    """And all."""
    with pytest.raises(NeedsPerson, match=r"'Cars' is no module.*Organizations"):
        _set(context, "Cars")


def test_several_connections_need_a_name(context: SmallContext) -> None:
    """Nothing is set for a stranger."""
    context.known = [connection(), connection("c2", "Second Ltd")]
    found = run(context, "schedule", "set", "all", "15m")

    assert "Name one: --connection" in str(found.exception)


def test_all_schedules_of_a_connection_are_set_at_once(context: SmallContext) -> None:
    """As a text has them: what stays keeps its turn, what is not among them goes."""
    _set(context)
    _set(context, "Products", "1h")
    context.hand.sleep(120)
    before = {one.module: one.due_at for one in _all(context)}
    work = [
        TimedWork(proof=False, module="", every="15m"),
        TimedWork(proof=False, module="invoices", every="off"),
        TimedWork(proof=False, module="Products", every="off", direction="to_xero"),
        TimedWork(proof=True, module="", every="0  2 * * *", zone="Europe/Berlin", quiet="22-6"),
    ]

    looked = scheduled_runs.set_all(context, "c1", work, save=False)
    untouched = _all(context)
    saved = scheduled_runs.set_all(context, "c1", work, save=True)

    assert ({}, 2) == (looked.problems, len(untouched))
    assert [
        ("", "15m", "UTC", ""),
        ("Invoices", "off", "UTC", ""),
        ("", "0 2 * * *", "Europe/Berlin", "22:00-06:00"),
    ] == [(one.module, one.every, one.zone, one.quiet) for one in saved.kept]
    assert ["15m", "off", "0 2 * * *"] == [one.every for one in _all(context)]
    assert before[""] == _all(context)[0].due_at


def test_of_schedules_that_cannot_be_kept_none_is_saved(context: SmallContext) -> None:
    """Each is named by its number."""
    _set(context)
    work = [
        TimedWork(proof=False, module="", every="1h"),
        TimedWork(proof=False, module="Cars", every="1h"),
        TimedWork(proof=False, module="Products", every="1m"),
    ]

    found = scheduled_runs.set_all(context, "c1", work, save=True)

    assert [2, 3] == sorted(found.problems)
    assert "no module that is synced" in found.problems[2]
    assert ["15m"] == [one.every for one in _all(context)]
