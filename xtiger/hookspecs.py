"""Every hook of the library, typed: what a host calls and what an extension may add.

Each docstring has the same five parts: What, When, Arguments, Return, Used by.
An implementation may take fewer arguments than the specification lists.
`tenant` is the id of the CRM's tenant that the call is about, "" in a CRM of one; the context shows
and changes that tenant's alone.
"""

# mypy: disable-error-code="empty-body"
# (a hook specification has no body)
# size: one file lists every hook, so that it is the table of contents of the interface

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pluggy

# The values of the hook `pages`; each is public under this name.
from xtiger.pages import PAGE_ROWS as PAGE_ROWS
from xtiger.pages import CrmLink as CrmLink
from xtiger.pages import FileKind as FileKind
from xtiger.pages import MenuEntry as MenuEntry
from xtiger.pages import PageAction as PageAction
from xtiger.pages import PageLink as PageLink
from xtiger.pages import PageRequest as PageRequest
from xtiger.pages import PageSpec as PageSpec
from xtiger.pages import RowDetail as RowDetail
from xtiger.pages import RowLink as RowLink
from xtiger.pages import RowPart as RowPart
from xtiger.pages import SearchField as SearchField
from xtiger.pages import TablePage as TablePage
from xtiger.pages import XeroLink as XeroLink

if TYPE_CHECKING:
    # For its type only: the commands of a command line are click's.
    from click import Command

    from xtiger.model.asked_sync import Direction
    from xtiger.model.connections import Connection
    from xtiger.model.customers.notices import Notice
    from xtiger.model.mappings import Row
    from xtiger.model.plans import Cause, Item, Plan
    from xtiger.model.privacy.kept import Kept
    from xtiger.model.privacy.person import Person
    from xtiger.model.records import Change, Choice, Record, Ref
    from xtiger.model.runs import Outcome, Run
    from xtiger.model.values import Plain
    from xtiger.ports import Context

PROJECT = "xtiger"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

#: Why records are to be synced soon: saved in the CRM, or a person asked for it.
Asker = Literal["save", "person"]


@dataclass(frozen=True, slots=True)
class ExtensionInfo:
    """What a plugin module says about itself in its constant EXTENSION."""

    #: The name in the module manager: XTiger, XTLog, XTQueue, XeroAccounts.
    name: str
    label: str
    #: The top-level package.
    package: str
    #: Names of the extensions that must be enabled for this one.
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncModule:
    """A CRM module that is synced, with the Xero kind it meets."""

    name: str
    #: Role of the CRM module: organisation, product, service, invoice …
    role: str
    kind: str
    label: str
    #: Modules whose records must be linked first.
    needs: tuple[str, ...] = ()
    #: The directions that this release can carry.
    directions: tuple[Literal["to_xero", "to_crm"], ...] = ("to_xero", "to_crm")
    #: The Xero kind that the module's other records meet: a contact without organisation is a
    #: contact of its own, a receipt a bank transaction; "" where every record meets `kind`.
    alone_kind: str = ""
    #: Kinds that a record may be besides `kind`, each once somebody wants that: an invoice of the
    #: CRM that gives money back is a credit note.
    other_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row of the Xero Information panel."""

    label: str
    #: What stands in it: of a choice the value and not its label, of a box "" where it is empty.
    value: str
    link: str | None = None
    #: Role of the field that this row edits; None for a row that only shows.
    edits: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    #: text, checkbox or choice.
    widget: Literal["text", "checkbox", "choice"] = "text"
    #: The page that it leads to, in place of `link`: where the pages are is known to the panel.
    page: PageLink | None = None

    @property
    def text(self) -> str:
        """What people read: of a choice its label."""
        return dict(self.choices).get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class RecordAction:
    """A button on a record or a list; `run` gets the context and the addressed records."""

    name: str
    label: str
    run: Callable[[Context, Sequence[Ref]], str] = field(repr=False)
    #: Whether it is offered only where an organisation is connected.
    needs_connection: bool = False


@dataclass(frozen=True, slots=True)
class TimedWork:
    """What is scheduled for a connection, and when it is due."""

    #: Whether both sides are compared, in place of a sync.
    proof: bool
    #: "" for all modules that have no time of their own.
    module: str
    #: An interval such as "10m", a crontab line, or "off" where a time for all leaves it out.
    every: str
    #: Aware UTC; None where it is kept from running.
    next_at: datetime | None = None
    #: When it last ended well.
    last_at: datetime | None = None
    #: Which way alone records move; "" for both.
    direction: Direction = ""
    #: The zone that a crontab line and quiet hours are meant in.
    zone: str = "UTC"
    #: Hours in which none begins, such as "22:00-06:00"; "" for none.
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """What the times that a connection shall have come to."""

    kept: Sequence[TimedWork]
    #: Number of the work from 1 → why it cannot be kept, as a sentence.
    problems: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Migrations:
    """Where an extension keeps its Alembic scripts."""

    #: Importable package that holds `versions/`, such as "xtiger_log.migrations".
    package: str
    #: The version table, such as "xt_version_log".
    version_table: str


@dataclass(frozen=True, slots=True)
class Converter:
    """How one field's value becomes the other side's; both are pure."""

    to_xero: Callable[[Plain], Plain]
    to_crm: Callable[[Plain], Plain]


@dataclass(frozen=True, slots=True)
class Hold:
    """An extension's request that an item is not sent, with the cause to show."""

    cause: Cause


# --- what the host calls ---------------------------------------------------------------------


@hookspec
def record_saved(context: Context, tenant: str, change: Change) -> None:
    """What: a CRM record was created, changed or restored.

    When: by `XTiger.saved()`, inside the host's transaction; adapters that see saves by
    themselves write xt_outbox instead and do not call it.
    Arguments: context; tenant id; change with the record's address, kind and origin.
    Return: nothing.
    Used by: XTQueue, which leaves a trace in its log.
    """


@hookspec
def record_deleted(context: Context, tenant: str, change: Change) -> None:
    """What: a CRM record was deleted.

    When: inside the host's transaction.
    Arguments: context; tenant id; change with kind "deleted".
    Return: nothing.
    Used by: XTQueue.
    """


@hookspec
def record_restored(context: Context, tenant: str, change: Change) -> None:
    """What: a deleted CRM record was taken out of the recycle bin.

    When: inside the host's transaction.
    Arguments: context; tenant id; change with kind "created".
    Return: nothing.
    Used by: XTQueue.
    """


@hookspec
def sale_closed(context: Context, tenant: str, ref: Ref, invoice: Ref | None, problem: str) -> None:
    """What: a sale was won, and its invoice is made or is to be made by a person.

    When: after the host saved the sale, inside its transaction.
    Arguments: context; tenant id; ref of the sale; ref of the invoice that the CRM made of it, None
    where it makes none; problem, why it refused the invoice, else "".
    Return: nothing.
    Used by: XTQueue, which lists the sale as a task while there is no invoice.
    """


@hookspec
def tick(context: Context, tenant: str, now: datetime) -> None:
    """What: time has passed; do what is due.

    When: on each cron run or worker round, at least once a minute if the host has a worker.
    Arguments: context; tenant id; now, aware UTC.
    Return: nothing.
    Used by: XTQueue, which runs its due jobs.
    """


@hookspec
def tenant_added(context: Context, tenant: str) -> None:
    """What: the host has a new tenant.

    When: after the host created it.
    Arguments: context; tenant id.
    Return: nothing.
    Used by: XTiger, which writes it into the log.
    """


@hookspec
def tenant_removed(context: Context, tenant: str) -> None:
    """What: a tenant of the host is gone; its connections must end.

    When: before the host forgets it.
    Arguments: context; tenant id.
    Return: nothing.
    Used by: XTQueue, which drops its jobs.
    """


# --- what an extension adds ------------------------------------------------------------------


@hookspec
def sync_modules() -> Sequence[SyncModule]:
    """What: the CRM modules that are synced.

    When: once at start, strict.
    Arguments: none.
    Return: a list of SyncModule, parents first.
    Used by: XTiger.
    """


@hookspec
def mapping_defaults(module: str, kind: str) -> Sequence[Row]:
    """What: the mapping rows of a module before anybody changed them.

    When: when a default mapping is saved, strict.
    Arguments: module name; Xero kind.
    Return: a list of Row, or an empty one for a foreign module.
    Used by: XTiger.
    """


@hookspec
def field_converters() -> Mapping[str, Converter]:
    """What: named converters that a mapping row may use.

    When: once at start, strict; a name given twice is an error.
    Arguments: none.
    Return: name → Converter.
    Used by: XTiger.
    """


@hookspec
def panel_rows(
    context: Context, tenant: str, connection: Connection | None, module: str, record: Record
) -> Sequence[PanelRow]:
    """What: rows of the Xero Information panel of a record.

    When: each time the panel is shown, robust.
    Arguments: context; tenant id; the connection or None; module name; the record.
    Return: a list of PanelRow.
    Used by: XeroAccounts.
    """


@hookspec
def record_actions(module: str) -> Sequence[RecordAction]:
    """What: buttons of the panel of a record.

    When: each time the panel is shown or a button pressed, robust.
    Arguments: module name.
    Return: a list of RecordAction.
    Used by: XTiger (Copy to Xero, Compare again), XTQueue (Add to Queue).
    """


@hookspec
def list_actions(module: str) -> Sequence[RecordAction]:
    """What: buttons of a module's list, for the records ticked there.

    When: each time the list is shown or a button pressed, robust.
    Arguments: module name.
    Return: a list of RecordAction.
    Used by: XTiger, XTQueue.
    """


@hookspec
def pages() -> Sequence[PageSpec]:
    """What: pages under the library's own address in the host.

    When: each time the menu or a page is shown or a button of it pressed, robust.
    Arguments: none.
    Return: a list of PageSpec: what loads its table, and the buttons of its rows.
    Used by: XTLog (Xero Logs), XTQueue (Xero Queue), XeroAccounts (Xero Accounts), XTiger.
    """


@hookspec
def menu() -> Sequence[MenuEntry]:
    """What: entries of the host's menu.

    When: each time the menu is shown, robust.
    Arguments: none.
    Return: a list of MenuEntry.
    Used by: all four extensions.
    """


@hookspec
def cli_commands() -> Sequence[Command]:
    """What: commands below `xtiger`; their `obj` is the App of the command line.

    When: when the command line starts, robust.
    Arguments: none.
    Return: a list of click.Command; each calls `obj.context()` for the Context.
    Used by: XTLog (log), XTQueue (queue), XeroAccounts (accounts, taxes).
    """


@hookspec
def migrations() -> Migrations:
    """What: the extension's own tables.

    When: before post_install and before post_update, strict.
    Arguments: none.
    Return: a Migrations.
    Used by: XTQueue.
    """


@hookspec
def pick_lists(
    context: Context, tenant: str, connection: Connection, name: str
) -> Sequence[Choice]:
    """What: the choices of a field that Xero decides.

    When: when a form with such a field is shown, robust.
    Arguments: context; tenant id; connection; name, one of sales_account, purchase_account,
    payment_account, sales_tax.
    Return: a list of Choice, active ones only.
    Used by: XeroAccounts.
    """


@hookspec
def before_plan(
    context: Context, tenant: str, connection: Connection, modules: Sequence[str]
) -> None:
    """What: a plan is about to be made.

    When: before anything is read, strict.
    Arguments: context; tenant id; connection; names of the modules.
    Return: nothing; raise NeedsPerson to stop with a sentence.
    Used by: XTiger, which checks that the terms are accepted.
    """


@hookspec
def before_push(context: Context, tenant: str, item: Item) -> Hold | None:
    """What: one item is about to be carried out.

    When: after planning and before anything is sent, strict.
    Arguments: context; tenant id; the item with its differences.
    Return: None to let it pass, or a Hold.
    Used by: XTiger, which obeys a hold set by a person.
    """


@hookspec
def plan_made(context: Context, tenant: str, plan: Plan) -> None:
    """What: a plan is ready.

    When: after each planning, also of a dry run, robust.
    Arguments: context; tenant id; the plan.
    Return: nothing.
    Used by: XTLog.
    """


@hookspec
def after_outcome(context: Context, tenant: str, outcome: Outcome) -> None:
    """What: one record has its result.

    When: after it is stored, once per record and run, robust.
    Arguments: context; tenant id; the outcome.
    Return: nothing.
    Used by: XTLog, which writes a line of the process log at the level debug.
    """


@hookspec
def run_finished(context: Context, tenant: str, run: Run) -> None:
    """What: a run has ended, well or not.

    When: after its last outcome is stored, robust.
    Arguments: context; tenant id; the run with its counts.
    Return: nothing.
    Used by: XTLog; XTQueue, which settles the jobs of its records.
    """


@hookspec
def notice(context: Context, tenant: str, connection: Connection, notice: Notice) -> None:
    """What: an invoice that is linked was paid, part paid or voided, is overdue, or was opened.

    When: after the run or tick that saw it, robust; which ones is an option of the mapping.
    Arguments: context; tenant id; connection; notice with the invoice of the CRM, its money as it
    was then, and an id of its own. Where the process died amid the call, it is called once more
    with the same id and `is_repeated`.
    Return: nothing.
    Used by: XTLog, which writes it into its log.
    """


@hookspec
def connection_changed(context: Context, tenant: str, connection: Connection, event: str) -> None:
    """What: a connection was made, ended or changed.

    When: after it is stored, robust.
    Arguments: context; tenant id; connection; event, one of connected, ended, disconnected.
    Return: nothing.
    Used by: XTQueue, which lets its jobs wait or go on.
    """


@hookspec(firstresult=True)
def enqueue(
    context: Context, tenant: str, connection_id: str, refs: Sequence[Ref], reason: Asker
) -> bool | None:
    """What: records shall be synced soon.

    When: when changes leave the host's outbox, or a person presses Add to Queue; strict, inside
    a transaction of the store.
    Arguments: context; tenant id; connection id; refs, parents first; reason, one of save, person.
    Return: True when taken; None leaves them to the next one. Untaken changes are sent at once.
    Used by: XTQueue.
    """


@hookspec
def timetable(context: Context, tenant: str, connection: Connection) -> Sequence[TimedWork]:
    """What: what is scheduled, a sync or a proof, and when it is due.

    When: when the overview or Start is shown, robust.
    Arguments: context; tenant id; connection.
    Return: a list of TimedWork.
    Used by: XTQueue.
    """


@hookspec(firstresult=True)
def keep_time(context: Context, tenant: str, connection: Connection, on: bool) -> bool | None:
    """What: a person asks for the usual timetable: a sync every ten minutes, a proof each night.

    When: when a person sets or takes away its tick, strict.
    Arguments: context; tenant id; connection; on, False to end it.
    Return: True when kept so; None leaves it to the next one. Times of another kind stay.
    Used by: XTQueue.
    """


@hookspec(firstresult=True)
def set_times(
    context: Context, tenant: str, connection: Connection, work: Sequence[TimedWork], save: bool
) -> Times | None:
    """What: a connection shall have exactly these times, syncs and proofs.

    When: when a configuration is checked, and when it is applied, then inside a transaction of
    the store; strict.
    Arguments: context; tenant id; connection; work, whose moments say nothing, "off" for a module
    that a time for all leaves out; save, False to look only.
    Return: what is kept, and what cannot be; nothing is saved while there is any of that. None
    leaves it to the next one.
    Used by: XTQueue.
    """


# --- the privacy of persons --------------------------------------------------------------------


@hookspec
def kept_data() -> Sequence[Kept]:
    """What: what the extension stores that may name persons, and for how long.

    When: when a person asks for it, also of an extension that is off; strict.
    Arguments: none.
    Return: a list of Kept.
    Used by: XTQueue.
    """


@hookspec
def person_data(
    context: Context, tenant: str, person: Person
) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
    """What: everything the extension keeps of one person.

    When: when it is exported, also of an extension that is off; strict.
    Arguments: context; tenant id; person with its records, and the texts that it is known by.
    Return: table name → rows as plain values, the tenant's alone.
    Used by: XTQueue.
    """


@hookspec
def erase_person(context: Context, tenant: str, person: Person) -> Mapping[str, int]:
    """What: forget one person: rows of its records, and its names, addresses and numbers.

    When: when it is erased, in the transaction of the store, also of an extension that is off;
    strict.
    Arguments: context; tenant id; person with its records, and the texts that it is known by.
    Return: table name → rows that went or changed.
    Used by: XTQueue.
    """


# --- the life of an extension ----------------------------------------------------------------


@hookspec
def post_install(context: Context) -> None:
    """What: the extension was installed.

    When: once after its migrations, strict.
    Arguments: context.
    Return: nothing.
    Used by: XeroAccounts.
    """


@hookspec
def pre_update(context: Context, old_version: str) -> None:
    """What: a newer version is about to take over.

    When: before the switch, strict.
    Arguments: context; the version that leaves.
    Return: nothing.
    Used by: XTQueue.
    """


@hookspec
def post_update(context: Context, old_version: str) -> None:
    """What: a newer version has taken over.

    When: at the first start after the switch, of one that is off when it is enabled; after
    migrations, strict.
    Arguments: context; the version that left.
    Return: nothing.
    Used by: XTQueue.
    """


@hookspec
def enabled(context: Context) -> None:
    """What: the extension was switched on.

    When: right after, strict.
    Arguments: context.
    Return: nothing.
    Used by: XTQueue, which lets waiting jobs go on.
    """


@hookspec
def disabled(context: Context) -> None:
    """What: the extension was switched off; its queued work stays.

    When: right after, strict.
    Arguments: context.
    Return: nothing.
    Used by: XTQueue.
    """


@hookspec
def pre_uninstall(context: Context) -> None:
    """What: the extension is about to be removed; CRM records and data stay as they are.

    When: before its files go, strict.
    Arguments: context.
    Return: nothing.
    Used by: XTQueue.
    """


@hookspec
def export_data(context: Context) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
    """What: everything the extension keeps, before a purge removes it.

    When: at `uninstall --purge`, strict.
    Arguments: context.
    Return: table name → rows as plain values.
    Used by: XTQueue.
    """


@hookspec
def purge_data(context: Context) -> None:
    """What: remove the extension's own tables.

    When: at `uninstall --purge`, after the export is written, strict.
    Arguments: context.
    Return: nothing.
    Used by: XTQueue.
    """
