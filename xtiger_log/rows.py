"""Outcomes as rows of the log: plain words first, codes last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from xtiger.i18n.language import Language
from xtiger.model.mailing.letters import MailedReport
from xtiger.model.plans import Difference
from xtiger.model.records import nameless
from xtiger.model.runs import Outcome
from xtiger.model.values import Plain

#: The other side, as the log's column "App" names it.
APP = "Xero"
COLUMNS = (
    "When",
    "Record",
    "Module",
    "Result",
    "What happened",
    "What to do",
    "Action",
    "Flow",
    "CRM id",
    "Xero id",
    "App",
    "Organisation",
    "Code",
    "Begun by",
    "Call of Xero",
    "Mail",
    "Changed last",
    "Id",
)
CHANGE_COLUMNS = ("Field", "Old", "New", "Last agreed", "CRM", "Xero", "Decision")

#: Which way values moved → how it is written.
FLOWS = {"to_xero": "CRM → Xero", "to_crm": "Xero → CRM", "both": "CRM ↔ Xero"}
_DECISIONS = {
    "to_xero": "CRM → Xero",
    "to_crm": "Xero → CRM",
    "conflict": "both changed",
    "held": "held",
}
_RESULTS = {
    "created": "Created.",
    "updated": "Updated.",
    "removed": "Removed.",
    "linked": "Linked with the record that was there.",
    "unchanged": "Both sides agree.",
    "excluded": "Not selected for sync.",
    "skipped": "Skipped.",
    "held": "Waits for a person or another record.",
    "conflict": "Both sides changed.",
    "failed": "Failed.",
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log, as people read it."""

    id: int | None
    at: datetime | None
    #: The other side: Xero.
    app: str
    #: The name of the connection.
    organisation: str
    record: str
    module: str
    result: str
    #: create, update, archive …; "" when nothing was to be done.
    action: str
    flow: str
    crm_id: str
    xero_id: str
    #: What happened and why, one sentence.
    sentence: str
    #: What to do next; "" when nothing is.
    fix: str
    code: str
    run_id: str
    #: Xero's own id of the call that wrote it, for its support; "" where none did.
    correlation_id: str = ""
    #: What began the run, and who: both "" once the run is no longer kept.
    trigger: str = ""
    started_by: str = ""
    #: The reports by mail that tell of it; of none, nobody was written to about it yet.
    mails: tuple[MailedReport, ...] = ()
    #: Of each, its recipient and how far it came, in words.
    mailed: tuple[str, ...] = ()

    @property
    def changed_at(self) -> datetime | None:
        """When the entry, or what became of its mails, changed last; what it says never does."""
        moments = [one.at for one in self.mails] + ([self.at] if self.at else [])
        return max(moments, default=None)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an outcome: what it was and became, and what each side had."""

    label: str
    #: What the written side had before, and got; "" for both when nothing was written.
    old: str
    new: str
    agreed: str
    crm: str
    xero: str
    decision: str


def _called(outcome: Outcome) -> str:
    """What people call its record; a release before this one kept the bare id for a name."""
    record_id = outcome.crm_id or outcome.xero_id or ""
    if outcome.name and outcome.name != record_id:
        return outcome.name
    return nameless(outcome.module, record_id) if record_id else ""


def log_row(
    outcome: Outcome,
    sentence: str,
    fix: str,
    organisation: str = "",
    mails: Sequence[MailedReport] = (),
) -> LogRow:
    """An outcome as a row; `sentence` and `fix` are those of the catalogue, "" where it has none.

    `organisation` is the name of the connection, `mails` are the reports that tell of it.
    """
    return LogRow(
        id=outcome.id,
        at=outcome.at,
        app=APP,
        organisation=organisation or outcome.connection_id,
        record=_called(outcome),
        module=outcome.module,
        result=outcome.result,
        action=outcome.verb or "",
        flow=FLOWS.get(outcome.flow, ""),
        crm_id=outcome.crm_id or "",
        xero_id=outcome.xero_id or "",
        sentence=sentence or _RESULTS[outcome.result],
        fix=fix,
        code=outcome.cause.code if outcome.cause else "",
        run_id=outcome.run_id,
        correlation_id=outcome.correlation_id,
        trigger=outcome.trigger,
        started_by=outcome.started_by,
        mails=tuple(mails),
        mailed=tuple(f"{one.address}: {one.state}" for one in mails),
    )


def cells(row: LogRow) -> tuple[str, ...]:
    """The row in the order of COLUMNS."""
    return (
        _moment(row.at),
        row.record,
        row.module,
        row.result,
        row.sentence,
        row.fix,
        row.action,
        row.flow,
        row.crm_id,
        row.xero_id,
        row.app,
        row.organisation,
        row.code,
        ": ".join(part for part in (row.trigger, row.started_by) if part),
        row.correlation_id,
        "; ".join(row.mailed),
        _moment(row.changed_at),
        "" if row.id is None else str(row.id),
    )


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def in_words(row: LogRow, words: Language) -> LogRow:
    """A row in the language of its reader; a sentence of the catalogue is in it already."""
    _ = words.translate
    return replace(
        row,
        module=_(row.module),
        result=_(row.result),
        action=_(row.action),
        trigger=_(row.trigger),
        mailed=tuple(f"{one.address}: {_(one.state)}" for one in row.mails),
        sentence=_(row.sentence),
    )


def fields(row: LogRow) -> dict[str, object]:
    """The row as JSON values."""
    changed = row.changed_at
    return {
        "id": row.id,
        "at": row.at.isoformat() if row.at else None,
        "app": row.app,
        "organisation": row.organisation,
        "record": row.record,
        "module": row.module,
        "result": row.result,
        "action": row.action,
        "flow": row.flow,
        "crm_id": row.crm_id,
        "xero_id": row.xero_id,
        "sentence": row.sentence,
        "fix": row.fix,
        "code": row.code,
        "run_id": row.run_id,
        "correlation_id": row.correlation_id,
        "trigger": row.trigger,
        "started_by": row.started_by,
        "created_at": row.at.isoformat() if row.at else None,
        "changed_at": changed.isoformat() if changed else None,
        "mails": [
            {"address": one.address, "state": one.state, "at": one.at.isoformat()}
            for one in row.mails
        ],
    }


def changes(outcome: Outcome) -> list[FieldChange]:
    """The fields that differed, with what each had before and after."""
    written = outcome.result in ("created", "updated", "removed", "linked")
    return [_change(difference, written=written) for difference in outcome.differences]


def change_cells(change: FieldChange) -> tuple[str, ...]:
    """The change in the order of CHANGE_COLUMNS."""
    return (
        change.label,
        change.old,
        change.new,
        change.agreed,
        change.crm,
        change.xero,
        change.decision,
    )


def change_words(change: FieldChange, words: Language) -> tuple[str, ...]:
    """The change in the order of CHANGE_COLUMNS, in the language of its reader."""
    label, *values, decision = change_cells(change)
    return (words.translate(label), *values, words.translate(decision))


def change_fields(change: FieldChange) -> dict[str, str]:
    """The change as JSON values."""
    return {name: getattr(change, name) for name in FieldChange.__slots__}


def value_text(value: Plain) -> str:
    """A plain value as people read it; lists and dicts in short."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {value_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(value_text(item) for item in value)
    return str(value)


def _change(difference: Difference, *, written: bool) -> FieldChange:
    crm, xero = value_text(difference.crm), value_text(difference.xero)
    old, new = "", ""
    if written and difference.decision == "to_xero":
        old, new = xero, crm
    elif written and difference.decision == "to_crm":
        old, new = crm, xero
    return FieldChange(
        difference.label or difference.field,
        old,
        new,
        value_text(difference.base),
        crm,
        xero,
        _DECISIONS[difference.decision],
    )
