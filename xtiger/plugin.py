"""What the extension XTiger itself brings, through the public hooks only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xtiger.errors import NotConnected, TermsNotAccepted
from xtiger.hookspecs import (
    Converter,
    ExtensionInfo,
    Hold,
    MenuEntry,
    PageLink,
    PageRequest,
    PageSpec,
    RecordAction,
    RowDetail,
    SyncModule,
    TablePage,
    hookimpl,
)
from xtiger.i18n.cause_text import counted_result, spoken_sent
from xtiger.i18n.failures import without_commands
from xtiger.i18n.language import language
from xtiger.mapping.default_rows import default_rows
from xtiger.model.conflicts import value_text
from xtiger.model.plans import PROOF
from xtiger.model.runs import Sent
from xtiger.panels.differences import page_of_differences
from xtiger.panels.notices import page_of_notices
from xtiger.ports.stop_signal import PATIENCE
from xtiger.rules.causes import cause_of

if TYPE_CHECKING:
    from xtiger.model.mappings import Row
    from xtiger.model.plans import Item
    from xtiger.model.records import Ref
    from xtiger.model.runs import Run
    from xtiger.ports import Context

EXTENSION = ExtensionInfo(name="XTiger", label="XTiger", package="xtiger")

#: The modules that this release syncs, parents first.
MODULES = (
    SyncModule("Organizations", "organisation", "Contact", "Organizations"),
    SyncModule(
        "Contacts",
        "contact",
        "Person",
        "Contacts",
        needs=("Organizations",),
        alone_kind="Contact",
    ),
    SyncModule("Products", "product", "Item", "Products"),
    SyncModule("Services", "service", "Item", "Services"),
    SyncModule(
        "Invoices",
        "invoice",
        "Invoice",
        "Invoices",
        needs=("Organizations", "Contacts", "Products", "Services"),
        alone_kind="BankTransaction",
        other_kinds=("CreditNote",),
    ),
    SyncModule("Payments", "payment", "Payment", "Payments", needs=("Invoices",)),
)


@hookimpl
def sync_modules() -> Sequence[SyncModule]:
    """Organizations, Contacts, Products, Services, Invoices and Payments."""
    return MODULES


@hookimpl
def mapping_defaults(module: str, kind: str) -> Sequence[Row]:
    """The default rows by the module's role."""
    role = next((sync.role for sync in MODULES if (sync.name, sync.kind) == (module, kind)), "")
    return default_rows(role)


@hookimpl
def field_converters() -> Mapping[str, Converter]:
    """Converters that a mapping row may name."""
    return {
        "upper": Converter(_upper, _upper),
        "lower": Converter(_lower, _lower),
    }


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


@hookimpl
def before_plan(context: Context) -> None:
    """Nothing moves before the terms are accepted."""
    if not context.terms_accepted():
        raise TermsNotAccepted


@hookimpl
def before_push(context: Context, item: Item) -> Hold | None:
    """Obey a hold that a person set on the record."""
    reason = context.hold_of(item.module, item.crm_id or "")
    if not reason:
        return None
    return Hold(cause_of("held_by_extension", extension="XTiger", reason=reason))


@hookimpl
def record_actions(module: str) -> Sequence[RecordAction]:
    """The buttons Copy to Xero and Compare again."""
    if module not in {sync.name for sync in MODULES}:
        return []
    return [
        RecordAction("copy", "Copy to Xero", copy_to_xero, needs_connection=True),
        RecordAction("compare", "Compare again", compare_again, needs_connection=True),
    ]


@hookimpl
def list_actions(module: str) -> Sequence[RecordAction]:
    """The same buttons for the records ticked."""
    return record_actions(module)


def copy_to_xero(context: Context, refs: Sequence[Ref]) -> str:
    """Send these records now; returns a sentence with the counts, and when the rest goes.

    Nobody waits for it longer than a few seconds: the rest goes on in the background.
    Raises NotConnected when no organisation is connected.
    """
    return _sent(context, refs, anew=False)


def compare_again(context: Context, refs: Sequence[Ref]) -> str:
    """Read these records on both sides again, whatever was reported of changes, and sync them.

    Returns and raises as copy_to_xero() does.
    """
    return _sent(context, refs, anew=True)


def _sent(context: Context, refs: Sequence[Ref], *, anew: bool) -> str:
    known = context.connections()
    if not known:
        raise NotConnected
    until, sent = context.now() + PATIENCE, Sent()
    # Where all have ended, it is kept for them, and the person who asked is shown why it waits.
    for connection in [one for one in known if one.state == "active"] or known:
        for module in dict.fromkeys(ref.module for ref in refs):
            ids = [ref.id for ref in refs if ref.module == module]
            sent = sent.joined(context.send(connection.id, module, ids, until, anew=anew))
    return spoken_sent(sent, language(context.locale), context.now())


@hookimpl
def pages() -> Sequence[PageSpec]:
    """The pages of runs, conflicts, of what waits for a person, what a proof found, and notices."""
    return [
        PageSpec("runs", "Runs", runs_page),
        PageSpec("conflicts", "Conflicts", conflicts_page),
        PageSpec("needs", "Needs you", needs_page),
        page_of_differences(),
        page_of_notices(),
    ]


@hookimpl
def menu() -> Sequence[MenuEntry]:
    """The runs, in whose place the pages of the web layer begin, and what waits for a person."""
    return [MenuEntry("XTiger", "runs"), MenuEntry("Needs you", "needs")]


def runs_page(context: Context, request: PageRequest) -> TablePage:
    """The last runs with their counts; each leads to what it did."""
    rows, details, words = [], [], language(request.locale)
    _ = words.translate
    for run in context.runs(limit=50):
        done = "; ".join(
            f"{module}: "
            + ", ".join(counted_result(n, result, words) for result, n in sorted(results.items()))
            for module, results in run.counts.items()
        )
        started = run.started_at.strftime("%Y-%m-%d %H:%M")
        error = without_commands(run.error, words)
        rows.append((started, _(run.trigger), _(run.state), str(run.calls), done or error))
        details.append(RowDetail(links=(_what_it_did(run),)))
    return TablePage(
        "Runs",
        ("Started (UTC)", "By", "State", "Calls", "Results"),
        tuple(rows),
        details=tuple(details),
        empty=_("Nothing was synced yet."),
        ways=(PageLink("Plan and sync", "plan"), PageLink("Notices", "notices")),
    )


def _what_it_did(run: Run) -> PageLink:
    """What a run did with each record, or what a proof found; of older ones the last one's."""
    if run.trigger == PROOF:
        of_it = {"connection": run.connection_id}
        return PageLink("What differs", "differences", of_it, column="Started (UTC)")
    return PageLink("Log", "log", {"run": run.id}, column="Started (UTC)")


def conflicts_page(context: Context, _request: PageRequest) -> TablePage:
    """What waits for a decision, a row per field; the web layer shows it with buttons."""
    rows: list[tuple[str, ...]] = []
    for connection in context.connections():
        if connection.state != "active":
            continue
        for one in context.conflicts(connection.id):
            address = (str(one["module"]), str(one["name"]))
            rows += [
                (*address, str(f["label"]), *(value_text(f[n]) for n in ("base", "crm", "xero")))
                for f in one["fields"]
            ] or [(*address, str(one["sentence"]), "", "", "")]
    columns = ("Module", "Record", "Field", "Agreed last", "CRM", "Xero")
    return TablePage("Conflicts", columns, tuple(rows))


def needs_page(context: Context, _request: PageRequest) -> TablePage:
    """What waits for a person, a row per record; the web layer shows it with its cures."""
    rows = [
        (outcome.module, outcome.name, *context.sentence(outcome, "browser"))
        for connection in context.connections()
        if connection.state == "active"
        for outcome in context.needs(connection.id)
    ]
    return TablePage("Needs you", ("Module", "Record", "Why", "What to do"), tuple(rows))


@hookimpl
def tenant_added(context: Context, tenant: str) -> None:
    """Remember when a tenant came, for the log."""
    context.note_tenant(tenant, "added")
