"""Tests of the queue's table: identity, order of claims, leases."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import inspect

from tests.xtiger_queue.context import ORDER, START, SmallContext
from xtiger.db.migration import migrate
from xtiger.records import Ref
from xtiger_queue import store
from xtiger_queue.jobs import MOST_PER_RUN, Job, Key

LATER = START + timedelta(hours=1)


def add(
    context: SmallContext, *refs: tuple[str, str], to: str = "c1", reason: str = "save"
) -> None:
    """Wish these records."""
    with store.begin(context) as connection:
        store.enqueue(connection, to, [Ref(*ref) for ref in refs], reason, context.now())


def everything(context: SmallContext) -> list[Job]:
    """All jobs, the one due first first."""
    with store.look(context) as connection:
        return store.find(connection)


def claim(
    context: SmallContext, holder: str = "h1", *, limit: int = 50,
    connections: Sequence[str] = ("c1",),
) -> list[str]:  # fmt: skip
    """Module and id of what a round gets now."""
    with store.begin(context) as connection:
        found = store.claim(
            connection, holder, context.now(), connections=connections, modules=ORDER,
            limit=limit, lease_seconds=600,
        )  # fmt: skip
    return [f"{job.key.module} {job.key.crm_id}" for job in found]


def test_many_changes_of_a_record_are_one_job(context: SmallContext) -> None:
    """The identity is connection, module and id; the generation counts the wishes."""
    for _ in range(3):
        add(context, ("Invoices", "1"))

    assert [job.generation for job in everything(context)] == [3]


def test_a_record_given_twice_at_once_is_one_wish(context: SmallContext) -> None:
    """A list with a record twice counts it once."""
    add(context, ("Invoices", "1"), ("Invoices", "1"))

    assert [job.generation for job in everything(context)] == [1]


def test_the_same_id_elsewhere_is_another_job(context: SmallContext) -> None:
    """Ids are unique only within a module and a connection."""
    add(context, ("Invoices", "1"), ("Products", "1"))
    add(context, ("Invoices", "1"), to="c2")

    assert len(everything(context)) == 3


def test_thousands_of_records_are_taken_at_once(context: SmallContext) -> None:
    """No statement grows with the list."""
    add(context, *(("Invoices", str(number)) for number in range(2500)))
    add(context, *(("Invoices", str(number)) for number in range(2500)))

    assert {(job.generation, job.due_at) for job in everything(context)} == {(2, START)}


def test_two_writers_lose_no_wish(context: SmallContext) -> None:
    """Both raise the generation, none overwrites the other."""

    def wish() -> None:
        for _ in range(20):
            add(context, ("Invoices", "1"), ("Invoices", "2"))

    threads = [threading.Thread(target=wish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [job.generation for job in everything(context)] == [60, 60]


@pytest.mark.feature("F078")
def test_a_round_gets_parents_first_then_the_longest_waiting(context: SmallContext) -> None:
    """Module order first, then due time."""
    add(context, ("Invoices", "1"), ("Payments", "2"))
    context.hand.sleep(1)
    add(context, ("Invoices", "3"), ("Organizations", "4"))

    assert claim(context) == ["Organizations 4", "Invoices 1", "Invoices 3", "Payments 2"]


def test_a_round_gets_no_more_than_its_size(context: SmallContext) -> None:
    """The rest waits for the next round."""
    add(context, ("Invoices", "1"), ("Invoices", "2"), ("Organizations", "3"))

    assert claim(context, limit=2) == ["Organizations 3", "Invoices 1"]


def test_a_job_is_given_to_one_round_only(context: SmallContext) -> None:
    """Two workers never take the same row."""
    add(context, ("Invoices", "1"))
    claim(context, "h1")

    assert claim(context, "h2") == []


def test_many_workers_share_the_jobs_without_overlap(context: SmallContext) -> None:
    """Each job is claimed exactly once, however many claim at the same time."""
    add(context, *(("Invoices", str(number)) for number in range(60)))
    claimed: list[str] = []

    def work(name: str) -> None:
        for turn in range(5):
            claimed.extend(claim(context, f"{name}{turn}", limit=4))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(f"Invoices {number}" for number in range(60))


def test_a_job_that_is_not_due_stays(context: SmallContext) -> None:
    """A retry waits for its time."""
    add(context, ("Invoices", "1"))
    with store.begin(context) as connection:
        store.postpone_waiting(connection, "c1", None, "limit", LATER)

    assert claim(context) == []


@pytest.mark.parametrize("where", [{"to": "c2"}, {}])
def test_only_known_modules_of_active_connections_are_claimed(
    context: SmallContext, where: dict[str, str]
) -> None:
    """What cannot be synced now is left where it is."""
    add(context, ("Invoices" if where else "Tickets", "1"), **where)

    assert claim(context) == []


def test_a_killed_workers_jobs_come_back(context: SmallContext) -> None:
    """After its lease they wait like after a failure, lest one of them kills every worker."""
    add(context, ("Invoices", "1"))
    claim(context, "killed")
    context.hand.sleep(601)
    claim(context, "next")
    (job,) = everything(context)

    assert (job.state, job.tries, job.company, job.holder) == (
        "waiting", 1, MOST_PER_RUN // 4, None,
    )  # fmt: skip


def test_a_killed_workers_jobs_run_again(context: SmallContext) -> None:
    """Nothing is lost: ten seconds later the job is claimed like any other."""
    add(context, ("Invoices", "1"))
    claim(context, "killed")
    context.hand.sleep(601)
    claim(context, "next")
    context.hand.sleep(10)

    assert claim(context, "third") == ["Invoices 1"]


def test_a_renewed_lease_keeps_the_jobs(context: SmallContext) -> None:
    """A long round is not taken for a dead one."""
    add(context, ("Invoices", "1"))
    claim(context, "slow")
    with store.begin(context) as connection:
        store.renew(connection, "slow", START + timedelta(seconds=2000))
    context.hand.sleep(601)
    claim(context, "next")

    assert everything(context)[0].holder == "slow"


def test_migrations_make_the_declared_table(context: SmallContext) -> None:
    """Columns and their nullability are the same in both."""
    made = {
        column["name"]: column["nullable"]
        for column in inspect(context.database).get_columns("xt_queue_job")
    }

    assert made == {column.name: column.nullable for column in store.job_table.columns}


def test_migrations_make_the_declared_indexes(context: SmallContext) -> None:
    """The unique key and the index of due jobs are there."""
    inspector = inspect(context.database)
    names = {i["name"] for i in inspector.get_indexes("xt_queue_job")}
    names |= {u["name"] for u in inspector.get_unique_constraints("xt_queue_job")}

    assert {"ix_xt_queue_job_due", "uq_xt_queue_job_key"} <= names


def test_a_purge_leaves_no_table(context: SmallContext) -> None:
    """Neither jobs nor the note of the release stay."""
    with store.begin(context) as connection:
        store.drop(connection)

    assert inspect(context.database).get_table_names() == []


def test_the_table_can_be_made_again_after_a_purge(context: SmallContext) -> None:
    """Installing again after a purge starts from nothing."""
    with store.begin(context) as connection:
        store.drop(connection)
    migrate(context.database, "xtiger_queue.migrations:.", "xt_version_queue")
    add(context, ("Invoices", "1"))

    assert len(everything(context)) == 1


def test_a_wish_within_a_transaction_of_the_store_joins_it(context: SmallContext) -> None:
    """Where the store can join its own transaction, a wish rolls back with it."""
    engine = context.database

    class Joining:
        """The store's database as the context gives it."""

        def __init__(self) -> None:
            self.writing = lambda: _Within(outer)

    class _Within:
        def __init__(self, connection: object) -> None:
            self.connection = connection

        def __enter__(self) -> object:
            return self.connection

        def __exit__(self, *error: object) -> None:
            return None

    with engine.connect() as outer, outer.begin() as transaction:
        context.database = Joining()
        add(context, ("Invoices", "1"))
        transaction.rollback()
    context.database = engine

    assert everything(context) == []


def test_a_jobs_row_survives_the_table(context: SmallContext) -> None:
    """Everything of a job comes back as it was written, moments in UTC."""
    add(context, ("Invoices", "1"))
    (job,) = everything(context)

    assert job == Job(
        Key("c1", "Invoices", "1"), "waiting", "save", 1, 0, 0, MOST_PER_RUN, START, START,
        START, id=job.id,
    )  # fmt: skip
