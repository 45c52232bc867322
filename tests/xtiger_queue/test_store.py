"""Tests of the queue's table: identity, order of claims, leases."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tests.xtiger_queue.context import ORDER, START, EngineDatabase, SmallContext, statements
from xtiger.db.migration import migrate
from xtiger.model.records import Ref
from xtiger_queue import requests, store, tables
from xtiger_queue.jobs import MOST_PER_RUN, Job, Key, Reason

LATER = START + timedelta(hours=1)


def add(
    context: SmallContext, *refs: tuple[str, str], to: str = "c1", reason: Reason = "save"
) -> None:
    """Wish these records."""
    with store.begin(context) as connection:
        store.enqueue(connection, "", to, [Ref(*ref) for ref in refs], reason, context.now())


def everything(context: SmallContext) -> list[Job]:
    """All jobs, the one due first first."""
    with store.look(context) as connection:
        return store.find(connection, "")


def claim(
    context: SmallContext,
    holder: str = "h1",
    *,
    limit: int = 50,
    connections: Sequence[str] = ("c1",),
) -> list[str]:
    """Module and id of what a round gets now."""
    with store.begin(context) as connection:
        found = store.claim(
            connection,
            holder,
            context.now(),
            connections=connections,
            modules=ORDER,
            limit=limit,
            lease_seconds=600,
        )
    return [f"{job.key.module} {job.key.crm_id}" for job in found]


def test_many_changes_of_a_record_are_one_job(either: SmallContext) -> None:
    """The identity is connection, module and id; the generation counts the wishes."""
    for _ in range(3):
        add(either, ("Invoices", "1"))

    assert [job.generation for job in everything(either)] == [3]


def test_a_record_given_twice_at_once_is_one_wish(either: SmallContext) -> None:
    """A list with a record twice counts it once."""
    add(either, ("Invoices", "1"), ("Invoices", "1"))

    assert [job.generation for job in everything(either)] == [1]


def test_the_same_id_elsewhere_is_another_job(either: SmallContext) -> None:
    """Ids are unique only within a module and a connection."""
    add(either, ("Invoices", "1"), ("Products", "1"))
    add(either, ("Invoices", "1"), to="c2")

    assert len(everything(either)) == 3


def test_thousands_of_records_are_taken_at_once(either: SmallContext) -> None:
    """No statement grows with the list."""
    add(either, *(("Invoices", str(number)) for number in range(2500)))
    add(either, *(("Invoices", str(number)) for number in range(2500)))

    assert {(job.generation, job.due_at) for job in everything(either)} == {(2, START)}


def test_storing_twenty_thousand_changes_takes_a_few_statements_a_batch(
    either: SmallContext,
) -> None:
    """Three for every four hundred, however many there are; taking them out, fewer."""
    refs = [("Invoices", str(number)) for number in range(20_000)]
    with statements(either) as asked:
        add(either, *refs)
    jobs_now = everything(either)
    with statements(either) as retried:
        requests.retry(either, every=True)
    with statements(either) as taken:
        requests.cancel(either, [job.id or 0 for job in jobs_now])

    assert (20_000, 0) == (len(jobs_now), len(everything(either)))
    assert len(asked) <= 5 + 3 * 50
    assert len(retried) <= 5 + 50
    assert len(taken) <= 5 + 2 * 50


def test_two_writers_lose_no_wish(either: SmallContext) -> None:
    """Both raise the generation, none overwrites the other."""

    def wish() -> None:
        for _ in range(20):
            add(either, ("Invoices", "1"), ("Invoices", "2"))

    threads = [threading.Thread(target=wish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [job.generation for job in everything(either)] == [60, 60]


@pytest.mark.feature("F078")
def test_a_round_gets_parents_first_then_the_longest_waiting(either: SmallContext) -> None:
    """Module order first, then due time."""
    add(either, ("Invoices", "1"), ("Payments", "2"))
    either.hand.sleep(1)
    add(either, ("Invoices", "3"), ("Organizations", "4"))

    assert claim(either) == ["Organizations 4", "Invoices 1", "Invoices 3", "Payments 2"]


def test_a_round_gets_no_more_than_its_size(either: SmallContext) -> None:
    """The rest waits for the next round."""
    add(either, ("Invoices", "1"), ("Invoices", "2"), ("Organizations", "3"))

    assert claim(either, limit=2) == ["Organizations 3", "Invoices 1"]


def test_a_job_is_given_to_one_round_only(either: SmallContext) -> None:
    """Two workers never take the same row."""
    add(either, ("Invoices", "1"))
    claim(either, "h1")

    assert claim(either, "h2") == []


def test_many_workers_share_the_jobs_without_overlap(either: SmallContext) -> None:
    """Each job is claimed exactly once, however many claim at the same time."""
    add(either, *(("Invoices", str(number)) for number in range(60)))
    claimed: list[str] = []

    def work(name: str) -> None:
        for turn in range(5):
            claimed.extend(claim(either, f"{name}{turn}", limit=4))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(f"Invoices {number}" for number in range(60))


def test_a_job_that_is_not_due_stays(either: SmallContext) -> None:
    """A retry waits for its time."""
    add(either, ("Invoices", "1"))
    with store.begin(either) as connection:
        store.postpone_waiting(connection, "c1", None, "limit", LATER)

    assert claim(either) == []


@pytest.mark.parametrize(("module", "to"), [("Invoices", "c2"), ("Tickets", "c1")])
def test_only_known_modules_of_active_connections_are_claimed(
    either: SmallContext, module: str, to: str
) -> None:
    """What cannot be synced now is left where it is."""
    add(either, (module, "1"), to=to)

    assert claim(either) == []


def test_a_killed_workers_jobs_come_back(either: SmallContext) -> None:
    """After its lease they wait like after a failure, lest one of them kills every worker."""
    add(either, ("Invoices", "1"))
    claim(either, "killed")
    either.hand.sleep(601)
    claim(either, "next")
    (job,) = everything(either)

    assert (job.state, job.tries, job.company, job.holder) == (
        "waiting",
        1,
        MOST_PER_RUN // 4,
        None,
    )


def test_a_killed_workers_jobs_run_again(either: SmallContext) -> None:
    """Nothing is lost: ten seconds later the job is claimed like any other."""
    add(either, ("Invoices", "1"))
    claim(either, "killed")
    either.hand.sleep(601)
    claim(either, "next")
    either.hand.sleep(10)

    assert claim(either, "third") == ["Invoices 1"]


def test_a_renewed_lease_keeps_the_jobs(either: SmallContext) -> None:
    """A long round is not taken for a dead one."""
    add(either, ("Invoices", "1"))
    claim(either, "slow")
    with store.begin(either) as connection:
        store.renew(connection, "slow", START + timedelta(seconds=1100))
    either.hand.sleep(601)
    claim(either, "next")

    assert everything(either)[0].holder == "slow"


def test_migrations_make_the_declared_table(either: SmallContext) -> None:
    """Columns and their nullability are the same in both."""
    made = {
        column["name"]: column["nullable"]
        for column in inspect(either.raw.engine).get_columns("xt_queue_job")
    }

    assert made == {column.name: column.nullable for column in tables.job_table.columns}


def test_migrations_make_the_declared_indexes(either: SmallContext) -> None:
    """The unique key and the index of due jobs are there."""
    inspector = inspect(either.raw.engine)
    names = {i["name"] for i in inspector.get_indexes("xt_queue_job")}
    names |= {u["name"] for u in inspector.get_unique_constraints("xt_queue_job")}

    assert {"ix_xt_queue_job_due", "uq_xt_queue_job_key"} <= names


def test_a_purge_leaves_no_table(either: SmallContext) -> None:
    """Neither jobs nor the note of the release stay."""
    with store.begin(either) as connection:
        store.drop(connection)

    assert inspect(either.raw.engine).get_table_names() == []


def test_the_table_can_be_made_again_after_a_purge(either: SmallContext) -> None:
    """Installing again after a purge starts from nothing."""
    with store.begin(either) as connection:
        store.drop(connection)
    migrate(either.raw.engine, "xtiger_queue.migrations:.", "xt_version_queue")
    add(either, ("Invoices", "1"))

    assert len(everything(either)) == 1


def test_a_wish_joins_the_transaction_of_the_store(either: SmallContext) -> None:
    """It rolls back with the change that caused it, and does not wait for its own lock."""

    def roll_back() -> None:
        with either.raw.transaction():
            add(either, ("Invoices", "1"))
            raise LookupError

    with pytest.raises(LookupError):
        roll_back()

    assert everything(either) == []


def test_any_database_of_the_protocol_serves(tmp_path: Path) -> None:
    """The queue asks for what `xtiger.ports.database` says, and for nothing of the store."""
    other = EngineDatabase(tmp_path)
    migrate(other.engine, "xtiger_queue.migrations:.", "xt_version_queue")
    bare = SmallContext()
    bare.other = other
    add(bare, ("Invoices", "1"))
    found = everything(bare)
    other.engine.dispose()

    assert len(found) == 1


def test_a_jobs_row_survives_the_table(either: SmallContext) -> None:
    """Everything of a job comes back as it was written, moments in UTC."""
    add(either, ("Invoices", "1"))
    (job,) = everything(either)

    assert job == Job(
        Key("", "c1", "Invoices", "1"),
        "waiting",
        "save",
        1,
        0,
        0,
        MOST_PER_RUN,
        START,
        START,
        START,
        id=job.id,
    )
