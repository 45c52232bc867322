"""What `xtiger mapping check` prints: findings with their cures, and records as they would go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xtiger.cli.app import App
from xtiger.cli.options import shortened
from xtiger.cli.tables import columns, troubles
from xtiger.services.facts.sample_rows import line_columns, sample_rows

if TYPE_CHECKING:
    from xtiger.engine.plan.preview import Previewed
    from xtiger.mapping.lint.finding import Finding
    from xtiger.services.facts.mapping_check import ModuleCheck


def tell(
    app: App, found: Sequence[ModuleCheck], connection_id: str, *, shows_records: bool
) -> None:
    """Print what was found, and the records where they were asked for."""
    _ = app.words.translate
    for one in found:
        if one.findings:
            app.say(one.module)
            app.console.print(
                troubles(app, (_row(app, each, connection_id) for each in one.findings))
            )
        for sample in one.samples if shows_records else ():
            _tell_sample(app, sample)
    looked = sum(one.looked_at for one in found)
    count = sum(len(one.findings) for one in found)
    app.say(
        app.words.counted("{count} finding", "{count} findings", count)
        + " · "
        + app.words.counted(
            "{count} record was looked at", "{count} records were looked at", looked
        )
    )
    if not shows_records and looked:
        app.say(_("See records as they would be sent: xtiger mapping check MODULE"))


def wrong(app: App, modules: Sequence[str], connection_id: str) -> list[Finding]:
    """What cannot work in these modules as they are saved now; no record is looked at."""
    return [
        one
        for module in modules
        for each in app.xt.mappings.check(module, connection_id, records=0)
        for one in each.findings
        if one.severity == "error"
    ]


def tell_wrong(app: App, found: Sequence[Finding], connection_id: str) -> None:
    """Print it below what was saved."""
    if found:
        app.console.print(troubles(app, (_row(app, one, connection_id) for one in found)))


def _row(app: App, one: Finding, connection_id: str) -> tuple[str, str, str, str]:
    said, fix = app.xt.sentences.finding(one, "command", connection_id)
    named = f"{one.setting}: {said}" if one.setting and one.field else said
    return app.words.translate(one.severity), named + _records(app, one), fix, one.code


def _records(app: App, one: Finding) -> str:
    """Which records wait for it."""
    if not one.count:
        return ""
    names = ", ".join(map(shortened, one.records))
    more = "" if one.count == len(one.records) else " …"
    return f" ({names}{more}: {app.words.number(one.count)})"


def _tell_sample(app: App, sample: Previewed) -> None:
    """One record: its rows, its lines, and what becomes of it."""
    _ = app.words.translate
    said, fix = app.xt.sentences.cause(sample.item.cause, "command", sample.item)
    name = shortened(sample.item.name)
    app.say()
    app.say(f"{name}: {_(sample.item.result)}" + (f". {said} {fix}" if said else ""))
    table = columns("CRM", "", "", "Xero", "")
    for row in sample_rows(sample):
        why = app.xt.sentences.cause(row.cause)[0] if row.cause is not None else ""
        arrow = "→" if row.sent else "·"
        table.add_row(row.crm, shortened(row.value), arrow, row.xero, shortened(row.sent) or why)
    app.console.print(table)
    heads, *lines = line_columns(sample) or [()]
    if lines:
        table = columns(*heads)
        for line in lines:
            table.add_row(*map(shortened, line))
        app.console.print(table)


def as_data(app: App, one: ModuleCheck, connection_id: str) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "module": one.module,
        "findings": [finding_as_data(app, each, connection_id) for each in one.findings],
        "looked_at": one.looked_at,
        "more": one.more,
        "samples": [_sample(app, each) for each in one.samples],
    }


def finding_as_data(app: App, one: Finding, connection_id: str) -> dict[str, Any]:
    """A finding as plain data."""
    said, cure = app.xt.sentences.finding(one, "data", connection_id)
    return {
        "code": one.code,
        "severity": one.severity,
        "field": one.field,
        "setting": one.setting,
        "sentence": said,
        "cure": cure,
        "count": one.count,
        "records": list(one.records),
    }


def _sample(app: App, one: Previewed) -> dict[str, Any]:
    said, cure = app.xt.sentences.cause(one.item.cause, "data", one.item)
    return {
        "crm_id": one.item.crm_id,
        "name": one.item.name,
        "result": one.item.result,
        "sentence": said,
        "cure": cure,
        "fields": [
            {
                "crm": cell.crm,
                "value": cell.value,
                "way": cell.way,
                "xero": cell.path,
                "sent": cell.sent,
                "problem": app.xt.sentences.cause(cell.cause)[0],
            }
            for cell in one.cells
        ],
        "stays": [{"crm": label, "value": value} for label, value in one.stays],
        "to_xero": dict(one.item.to_xero) if one.item.to_xero is not None else None,
    }
