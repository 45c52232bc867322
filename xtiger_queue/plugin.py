"""What XTQueue adds to the library: its name and the hooks it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from xtiger.errors import RetryLater
from xtiger.hookspecs import (
    Asker,
    ExtensionInfo,
    MenuEntry,
    Migrations,
    PageAction,
    PageRequest,
    PageSpec,
    RecordAction,
    TablePage,
    TimedWork,
    Times,
    hookimpl,
)
from xtiger.i18n.process_log import process_log

# The files that speak SQL or write to the terminal are imported inside the hooks, so that
# importing the plugin loads neither SQLAlchemy nor click.
if TYPE_CHECKING:
    from click import Command

    from xtiger.model.connections import Connection
    from xtiger.model.privacy.kept import Kept
    from xtiger.model.privacy.person import Person
    from xtiger.model.records import Change, Ref
    from xtiger.model.runs import Run
    from xtiger.model.values import Plain
    from xtiger.ports import Context

EXTENSION = ExtensionInfo(
    name="XTQueue",
    label="Xero Queue",
    package="xtiger_queue",
    requires=("XTiger",),
)
_VERSION_TABLE = "xt_version_queue"


# --- changes and time ------------------------------------------------------------------------


@hookimpl(specname="enqueue")
def take_changes(
    context: Context, tenant: str, connection_id: str, refs: Sequence[Ref], reason: Asker
) -> bool:
    """Fold the records into the queue, within the store's transaction."""
    from xtiger_queue import store

    with store.begin(context) as connection:
        by = context.by if reason == "person" else ""
        store.enqueue(connection, tenant, connection_id, refs, reason, context.now(), by)
    return True


@hookimpl
def tick(context: Context, now: datetime) -> None:
    """Sync what is due: the queue first, since a scheduled run may take long."""
    from xtiger_queue import rounds, scheduled_runs, store

    store.adopt(context)
    rounds.run_due(context, now)
    if not context.stopping():
        scheduled_runs.run_due(context, context.now())


@hookimpl
def run_finished(context: Context, run: Run) -> None:
    """Settle the jobs that this run has dealt with, and let those go on that waited for it."""
    from xtiger_queue import jobs, rounds, store

    rounds.on_run(context, run)
    if run.state == "done" and run.trigger == "release":
        with store.begin(context) as connection:
            store.wake_waiting(connection, run.connection_id, context.now())
    children = jobs.parents_made(run.counts, list(context.module_order()))
    if children:
        with store.begin(context) as connection:
            store.wake_children(connection, run.connection_id, children, context.now())


@hookimpl
def record_saved(change: Change) -> None:
    """Leave a trace; the change itself comes from the host's outbox after the commit."""
    _trace(change)


@hookimpl
def record_deleted(change: Change) -> None:
    """Leave a trace, as record_saved does."""
    _trace(change)


@hookimpl
def record_restored(change: Change) -> None:
    """Leave a trace, as record_saved does."""
    _trace(change)


@hookimpl
def sale_closed(context: Context, ref: Ref, invoice: Ref | None, problem: str) -> None:
    """Remember the won sale once the host has committed it; one with its invoice is no task."""
    if invoice is not None:
        return
    from xtiger_queue import requests

    # The store is another database: a note written now would outlive a rollback.
    context.host.on_commit(lambda: requests.note_sale(context, ref, problem))


@hookimpl
def connection_changed(context: Context, connection: Connection, event: str) -> None:
    """Let jobs go on when connected again; say why they wait when the connection ended."""
    from xtiger_queue import store

    with store.begin(context) as database:
        if event == "connected":
            store.wake_waiting(database, connection.id, context.now())
        else:
            store.tell_waiting(
                database,
                connection.id,
                f"The connection to {connection.name} has ended. Nothing is lost: it goes on "
                "once it is connected again.",
            )


@hookimpl
def tenant_removed(context: Context, tenant: str) -> None:
    """Drop the jobs of the tenant and the schedules of its connections."""
    from xtiger_queue import channels, done, schedule_store, store

    gone = [c.id for c in context.connections()]
    with store.begin(context) as connection:
        store.remove_tenant(connection, tenant)
        done.remove_tenant(connection, tenant)
        schedule_store.remove_connections(connection, gone)
        channels.remove_connections(connection, gone)


@hookimpl
def timetable(context: Context, connection: Connection) -> Sequence[TimedWork]:
    """The schedules of a connection, those too that are off."""
    from xtiger_queue import scheduled_runs

    return [
        scheduled_runs.timed(one)
        for one in scheduled_runs.find_schedules(context)
        if one.connection_id == connection.id
    ]


@hookimpl
def set_times(
    context: Context, connection: Connection, work: Sequence[TimedWork], save: bool
) -> Times:
    """Let a connection have exactly these schedules."""
    from xtiger_queue import scheduled_runs

    return scheduled_runs.set_all(context, connection.id, work, save=save)


@hookimpl
def keep_time(context: Context, connection: Connection, on: bool) -> bool:
    """Schedule what is not scheduled yet, or end what is for all modules."""
    from xtiger_queue import scheduled_runs

    scheduled_runs.keep_usual(context, connection.id, on)
    return True


# --- what people see -------------------------------------------------------------------------


@hookimpl
def record_actions() -> Sequence[RecordAction]:
    """The button Add to Queue."""
    return [RecordAction("queue", "Add to Queue", _add, needs_connection=True)]


@hookimpl
def list_actions() -> Sequence[RecordAction]:
    """The button Add to Queue for the ticked records."""
    return [RecordAction("queue", "Add to Queue", _add, needs_connection=True)]


@hookimpl
def pages() -> Sequence[PageSpec]:
    """The page Xero Queue."""
    return [PageSpec("queue", "Xero Queue", _load, _BUTTONS)]


@hookimpl
def menu() -> Sequence[MenuEntry]:
    """The entry Xero Queue."""
    return [MenuEntry("Xero Queue", "queue")]


@hookimpl
def cli_commands() -> Sequence[Command]:
    """The command group `queue`."""
    from xtiger_queue.cli import queue

    return [queue]


# --- tables and life -------------------------------------------------------------------------


@hookimpl
def migrations() -> Migrations:
    """Where the steps that make the table are."""
    return Migrations("xtiger_queue.migrations", _VERSION_TABLE)


@hookimpl
def enabled(context: Context) -> None:
    """Say how much goes on."""
    _log_counts(context, "switched on")


@hookimpl
def disabled(context: Context) -> None:
    """Say how much stays for later; nothing is lost."""
    _log_counts(context, "switched off")


@hookimpl
def pre_update(context: Context) -> None:
    """Refuse while a round is running: its code is about to be replaced."""
    _refuse_running(context)


@hookimpl
def post_update(context: Context) -> None:
    """Say how much has come over to the new version."""
    _log_counts(context, "updated")


@hookimpl
def pre_uninstall(context: Context) -> None:
    """Refuse while a round is running; waiting jobs stay in their table."""
    _refuse_running(context)


@hookimpl
def export_data(context: Context) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
    """All jobs, schedules and what was carried out."""
    from xtiger_queue import channels, done, schedule_store, store, tables

    with store.look(context) as connection:
        return {
            tables.job_table.name: store.every_row(connection),
            tables.schedule_table.name: schedule_store.every_row(connection),
            tables.done_table.name: done.every_row(connection),
            tables.channel_table.name: channels.every_row(connection),
        }


@hookimpl
def purge_data(context: Context) -> None:
    """Remove the tables."""
    from xtiger_queue import store

    with store.begin(context) as connection:
        store.drop(connection)


# --- the privacy of persons --------------------------------------------------------------------


@hookimpl
def kept_data() -> Sequence[Kept]:
    """Jobs while they wait, and what was carried out."""
    from xtiger_queue import privacy

    return privacy.KEPT


@hookimpl
def person_data(
    context: Context, tenant: str, person: Person
) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
    """Jobs and what was carried out of the person's records, and of those that name it."""
    from xtiger_queue import privacy, store

    with store.look(context) as connection:
        return privacy.rows_about(connection, tenant, person)


@hookimpl
def erase_person(context: Context, tenant: str, person: Person) -> Mapping[str, int]:
    """Take the name out of jobs that wait, and what was carried out away."""
    from xtiger_queue import privacy, store

    with store.begin(context) as connection:
        return privacy.erase(connection, tenant, person)


def _add(context: Context, refs: Sequence[Ref]) -> str:
    from xtiger_queue import requests

    return requests.add(context, refs)


def _load(context: Context, request: PageRequest) -> TablePage:
    from xtiger_queue import page

    return page.load(context, request)


def _button(name: str) -> Callable[[Context, PageRequest, Sequence[str]], str]:
    def press(context: Context, request: PageRequest, keys: Sequence[str]) -> str:
        from xtiger_queue import pressed

        return pressed.press(context, request, name, keys)

    return press


#: The buttons of the page, in their order.
_BUTTONS = tuple(
    PageAction(name, label, _button(name))
    for name, label in (
        ("send", "Sync now"),
        ("retry", "Retry"),
        ("hold", "Hold"),
        ("release", "Release"),
        ("first", "Put first"),
        ("last", "Put last"),
        ("usual", "Usual order"),
        ("done", "Done"),
        ("cancel", "Cancel"),
    )
)


def _trace(change: Change) -> None:
    ref = change.ref
    log = process_log("xtiger_queue")
    log.debug("%s %s %s: noted, queued after its commit", ref.module, ref.id, change.kind)


def _log_counts(context: Context, event: str) -> None:
    from xtiger_queue import store

    with store.look(context) as connection:
        count = store.size(connection)
    log = process_log("xtiger_queue")
    log.info("%s; %s jobs are in the queue and stay there", event, count)


def _refuse_running(context: Context) -> None:
    from xtiger_queue import store

    with store.look(context) as connection:
        live = store.running(connection, context.now())
    if live:
        raise RetryLater(f"The queue is syncing {live} records. Try again in a minute.")
