"""`xtiger reconcile`: the proof that both sides agree, on the terminal or as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.cli.failure import RECORDS, Ended
from xtiger.cli.options import known_modules, shortened
from xtiger.console import json_option

if TYPE_CHECKING:
    from xtiger.rules.reconciliation import (
        Disagreement,
        Reconciliation,
        Standing,
        SumRow,
    )

#: Differences that are listed on the terminal.
_FEW = 20
#: From this width on, every amount of a document has its columns.
_WIDE = 130
#: Standard output in place of a file.
_HERE = "-"


@click.command()
@click.argument("modules", nargs=-1)
@click.option(
    "--since",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Leave out documents before this day, such as 2026-01-01.",
)
@click.option("--csv", "csv_file", metavar="FILE", help="Write the differences; - prints them.")
@click.option("--html", "html_file", metavar="FILE", help="Write a page; - prints it.")
@click.option("--sign", "signed_file", metavar="FILE", help="Write the signed proof; - prints it.")
@json_option
@click.pass_obj
# size: one parameter per option
def reconcile(
    app: App,
    modules: tuple[str, ...],
    since: datetime | None,
    csv_file: str | None,
    html_file: str | None,
    signed_file: str | None,
) -> None:
    """Read MODULES (default: all) on both sides and compare them to the cent."""
    files = (csv_file, html_file, signed_file)
    if files.count(_HERE) + app.as_json > 1:
        raise click.UsageError(
            "Only one of --json, --csv -, --html - and --sign - fits on the output."
        )
    for name in files:
        if name not in (None, _HERE) and not Path(str(name)).resolve().parent.is_dir():
            raise click.BadParameter(f"{name}: there is no such folder.")
    names = known_modules(app, modules)
    # rich is slow to load.
    from xtiger.cli.progress import shown_progress

    with shown_progress(app) as progress:
        found = app.xt.proof.reconcile(
            app.connection_id(), names, since.date() if since else None, progress=progress
        )
    written = _write(app, found, csv_file, html_file, signed_file)
    if app.as_json:
        app.emit(describe(app, found))
    elif _HERE not in files:
        _show(app, found, written)
    if not found.agrees:
        raise Ended(RECORDS)


def _write(
    app: App,
    found: Reconciliation,
    csv_file: str | None,
    html_file: str | None,
    signed_file: str | None,
) -> list[str]:
    """Write the files that were asked for; answers their names."""
    from xtiger.panels.proof import reconciliation_csv, reconciliation_html

    written = []
    makes: tuple[tuple[str | None, Callable[[], str]], ...] = (
        (csv_file, lambda: reconciliation_csv(app.words, found)),
        (html_file, lambda: reconciliation_html(app.words, found)),
        (signed_file, lambda: app.xt.proof.sign(found).text()),
    )
    for name, make in makes:
        if name is None:
            continue
        text = make()
        if name == _HERE:
            click.echo(text, nl=False)
            continue
        try:
            Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise click.BadParameter(f"{name} cannot be written: {error.strerror}.") from error
        written.append(name)
    return written


# --- on the terminal -------------------------------------------------------------------------


def _show(app: App, found: Reconciliation, written: Sequence[str]) -> None:
    from xtiger.panels.proof import facts, not_compared, verdict

    words = app.words
    sign, style = ("✓", "bold green") if found.agrees else ("≠", "bold red")
    app.console.print(f"{sign} {verdict(words, found)}", markup=False, style=style)
    app.say(facts(words, found))
    for module in found.not_compared:
        app.say(not_compared(words, module))
    app.say()
    _show_counts(app, found)
    for count in found.modules:
        _show_sums(app, found, [row for row in found.sums if row.module == count.module])
    _show_differences(app, found)
    _show_standing(app, found)
    _show_left_out(app, found)
    for name in written:
        app.say(words.sentence("Written: {file}", file=name))


def _show_counts(app: App, found: Reconciliation) -> None:
    # rich is slow to load.
    from xtiger.cli.tables import columns, count

    _ = app.words.translate
    side = [_("in scope"), _("only here"), _("known"), _("left out")]
    if app.console.width < _WIDE:
        side = [heading.replace(" ", "\n") for heading in side]
    headers = (_("linked"), f"{_('CRM')}\n{side[0]}", *side[1:], f"Xero\n{side[0]}", *side[1:])
    table = columns(_("Module"), numbers=headers)
    for one in found.modules:
        cells = [one.crm.linked]
        for here in (one.crm, one.xero):
            cells += [here.in_scope, here.alone, here.standing, here.read - here.in_scope]
        table.add_row(one.module, *(count(app, number) for number in cells))
    app.console.print(table)
    app.say()


def _show_sums(app: App, found: Reconciliation, rows: Sequence[SumRow]) -> None:
    if not rows:
        return
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns
    from xtiger.panels.proof import AMOUNTS

    words, _ = app.words, app.words.translate
    names = [name for name in rows[0].xero.amounts if name in rows[0].compared]
    if app.console.width < _WIDE:
        names = names[:2]
    heads = [part for name in names for part in (f"{_(AMOUNTS[name])}\n{_('CRM')}", "\nXero")]
    table = columns(rows[0].module, _("Status"), "", numbers=(_("Number"), *heads))
    for row in rows:
        currency = row.currency or found.base_currency
        cells = [Text(words.number(row.crm.records))]
        if "records" in row.differing:
            cells = [Text(f"{row.crm.records} ≠ {row.xero.records}", "bold red")]
        for name in names:
            differs = name in row.differing
            for amount in (row.crm.amounts.get(name), row.xero.amounts.get(name)):
                shown = "·" if amount is None else words.amount(amount, currency)
                cells.append(Text(shown, "bold red" if differs else ""))
            if differs:
                cells[-1] = Text(f"≠ {cells[-1]}", "bold red")
        table.add_row(row.month or "—", Text(row.status or "—"), row.currency, *cells)
    app.console.print(table)
    app.say()


def _show_differences(app: App, found: Reconciliation) -> None:
    if not found.differences:
        return
    shown = found.differences[:_FEW]
    if app.console.width >= _WIDE:
        _show_table(app, found, shown)
    else:
        _show_lines(app, found, shown)
    if len(found.differences) > _FEW:
        hint = app.words.translate("xtiger reconcile --csv FILE lists all")
        app.say(f"  …  {app.xt.sentences.typed(hint, found.connection_id)}")
    app.say()


def _show_table(app: App, found: Reconciliation, shown: Sequence[Disagreement]) -> None:
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns
    from xtiger.panels.proof import field_text, typed_cure, value_text

    words, _ = app.words, app.words.translate
    table = columns(_("Record"), _("Field"), _("CRM"), "Xero", _("What to do"))
    for column in table.columns:
        column.vertical = "top"
    for one in shown:
        table.add_row(
            Text(f"{one.module} {shortened(one.name)}"),
            Text(field_text(words, one.field)),
            Text(value_text(words, found.base_currency, one, one.crm)),
            Text(value_text(words, found.base_currency, one, one.xero)),
            Text(app.xt.sentences.typed(typed_cure(words, one), found.connection_id)),
        )
    app.console.print(table)


def _show_lines(app: App, found: Reconciliation, shown: Sequence[Disagreement]) -> None:
    """Two lines for each: what differs, and what to do."""
    # rich is slow to load.
    from rich.padding import Padding
    from rich.text import Text

    from xtiger.panels.proof import field_text, typed_cure, value_text

    words, _ = app.words, app.words.translate
    for one in shown:
        values = (
            (_("CRM"), value_text(words, found.base_currency, one, one.crm)),
            ("Xero", value_text(words, found.base_currency, one, one.xero)),
        )
        said = " · ".join(f"{side} {value}" for side, value in values)
        head = Text(f"≠ {one.module} {shortened(one.name)}", "bold")
        app.console.print(head.append(f"  {field_text(words, one.field)}: {said}", "not bold"))
        cure = Text(app.xt.sentences.typed(typed_cure(words, one), found.connection_id))
        app.console.print(Padding(cure, (0, 0, 0, 2)))


def _show_standing(app: App, found: Reconciliation) -> None:
    if not found.standing:
        return
    # rich is slow to load.
    from xtiger.cli.tables import troubles
    from xtiger.panels.proof import standing_groups, typed_cause

    words = app.words
    app.say(
        words.counted(
            "{count} record is on one side only with a known reason; it is no difference:",
            "{count} records are on one side only with a known reason; they are no differences:",
            len(found.standing),
        )
    )
    rows = [
        (
            f"{words.number(number)} {one.module}",
            f"{shortened(one.name)}: {why}",
            app.xt.sentences.typed(fix, found.connection_id),
            one.cause.code,
        )
        for number, one in standing_groups(found)
        for why, fix in (typed_cause(words, one),)
    ]
    app.console.print(troubles(app, rows))
    app.say()


def _show_left_out(app: App, found: Reconciliation) -> None:
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns, count
    from xtiger.panels.proof import left_out_rows, reason_text

    rows, _ = left_out_rows(found), app.words.translate
    if not rows:
        return
    table = columns(_("Out of scope"), _("Why"), numbers=(_("CRM"), "Xero"))
    for module, reason, crm, xero in rows:
        why = Text(reason_text(app.words, reason))
        table.add_row(module, why, count(app, crm), count(app, xero))
    app.console.print(table)


# --- as JSON ---------------------------------------------------------------------------------


def describe(app: App, found: Reconciliation) -> Mapping[str, object]:
    """The proof for --json; amounts are text with two decimals."""
    return {
        "agrees": found.agrees,
        "connection": {"id": found.connection_id, "name": found.organisation},
        "made_at": found.made_at,
        "since": found.since,
        "records": found.records,
        "calls": found.calls,
        "modules": {
            one.module: {"kind": one.kind, "crm": one.crm.plain(), "xero": one.xero.plain()}
            for one in found.modules
        },
        "not_compared": found.not_compared,
        "sums": [row.plain() for row in found.sums],
        "differences": [_describe(app, one, found.connection_id) for one in found.differences],
        "standing": [_standing(app, one, found.connection_id) for one in found.standing],
    }


def _standing(app: App, one: Standing, connection_id: str) -> dict[str, object]:
    sentence, fix = app.xt.sentences.cause(one.cause, "data", one)
    return {
        "module": one.module,
        "name": one.name,
        "crm_id": one.crm_id,
        "xero_id": one.xero_id,
        "code": one.cause.code,
        "command": app.xt.sentences.typed(one.command, connection_id),
        "sentence": sentence,
        "fix": fix,
    }


def _describe(app: App, one: Disagreement, connection_id: str) -> dict[str, object]:
    from xtiger.panels.proof import cure_text

    return {
        "module": one.module,
        "name": one.name,
        "crm_id": one.crm_id,
        "xero_id": one.xero_id,
        "field": one.field,
        "crm": one.crm,
        "xero": one.xero,
        "code": one.cure.code,
        "cure": cure_text(app.words, one),
        "command": app.xt.sentences.typed(one.cure.command, connection_id),
    }
