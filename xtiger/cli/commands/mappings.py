"""`xtiger mapping`: which field travels where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App, user
from xtiger.cli.commands.mapped.rows import (
    map_field,
    match,
    move_field,
    names_as_codes,
    row_as_data,
    row_table_cells,
    unmap_field,
)
from xtiger.cli.commands.mapped.versions import back, diff, versions
from xtiger.cli.failure import PERSON, Ended
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.errors import MappingInvalid, MappingMissing
from xtiger.mapping.check import with_option
from xtiger.mapping.option_specs import options_of
from xtiger.mapping.shown import ShownStatus, shown_options, shown_rows, shown_statuses
from xtiger.model.roles import MODULE_NAMES

if TYPE_CHECKING:
    from rich.table import Table

    from xtiger.model.mappings import Mapping, Row


@click.group()
def mapping() -> None:
    """Show or save the mapping of fields."""


for _command in (map_field, unmap_field, move_field, match, names_as_codes, versions, diff, back):
    mapping.add_command(_command)


@mapping.command()
@click.argument("module")
@json_option
@click.pass_obj
def show(app: App, module: str) -> None:
    """Show the saved mapping of MODULE: its fields, its options, and what each status means."""
    name, found = _saved(app, module)
    described = next((one for one in app.xt.host.modules() if one.name == name), None)
    rows = shown_rows(found, described)
    statuses = shown_statuses(found, described)
    if app.as_json:
        app.emit({"mapping": _describe(found, rows), "statuses": [asdict(one) for one in statuses]})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("CRM"), "", "Xero", _("Notes"))
    for row in rows:
        table.add_row(*row_table_cells(app, row))
    app.console.print(table)
    chosen = shown_options(found, described)
    if chosen:
        table = columns(_("Option"), _("Value"))
        for option, value in chosen:
            table.add_row(option, value)
        app.console.print(table)
    if statuses:
        app.console.print(_status_table(app, statuses))
    saved = f" · {app.words.moment(found.saved_at)}" if found.saved_at else ""
    saved += f" · {found.saved_by}" if found.saved_by else ""
    app.say(app.words.sentence("Version {number}", number=found.version) + saved)


@mapping.command()
@click.argument("module")
@click.argument("words", nargs=-1, metavar="[WORD=STATUS]...")
@click.option("--accept", is_flag=True, help="Take every proposal.")
@json_option
@click.pass_obj
def statuses(app: App, module: str, words: tuple[str, ...], *, accept: bool) -> None:
    """List the statuses of MODULE that mean nothing in Xero yet, or say what they mean.

    Each is listed once, with the nearest meaning. --accept takes all of these; WORD=STATUS says
    another one (STATUS: DRAFT, SUBMITTED, AUTHORISED, VOIDED or CREDIT), as many as are given.
    """
    name, found = _saved(app, module)
    connection = app.xt.connections.get(app.connection_id())
    unknown = app.xt.mappings.unknown_statuses(name, connection.id)
    said = {one.word: one.nearest for one in unknown if accept and one.nearest}
    said |= _said(words)
    if said:
        saved = app.xt.mappings.say_statuses(name, said, connection.id, by=user())
        unknown = app.xt.mappings.unknown_statuses(name, connection.id)
        found = saved
    shown = [ShownStatus(word, status, "mapping") for word, status in said.items()]
    shown += [ShownStatus(one.word, "", "", one.nearest) for one in unknown]
    if app.as_json:
        app.emit({"statuses": [asdict(one) for one in shown], "version": found.version})
        return
    _ = app.words.translate
    if not shown:
        app.say(_("Every status has a meaning."))
        return
    app.console.print(_status_table(app, shown))
    if unknown:
        app.say(
            app.words.sentence(
                "Take all proposals: xtiger mapping statuses {module} --accept", module=name
            )
        )


def _said(words: Sequence[str]) -> dict[str, str]:
    """WORD=STATUS, each."""
    said = {}
    for one in words:
        word, equals, status = one.rpartition("=")
        if not equals or not word.strip():
            raise click.BadParameter(f"{one} is not of the form WORD=STATUS.")
        said[word.strip()] = status.strip().upper()
    return said


def _status_table(app: App, statuses: Sequence[ShownStatus]) -> Table:
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Status"), "Xero", _("Notes"))
    for one in statuses:
        note = {"word": _("by its word"), "mapping": ""}.get(one.by, _("not known"))
        if one.nearest:
            note = app.words.sentence("not known; nearest: {status}", status=one.nearest)
        table.add_row(one.word, one.xero or "·", note)
    return table


def _saved(app: App, module: str) -> tuple[str, Mapping]:
    (name,) = known_modules(app, (module,))
    found = app.xt.mappings.get(name, app.connection_id())
    if found is None:
        raise MappingMissing(name, app.organisation())
    return name, found


@mapping.command()
@json_option
@click.pass_obj
def save(app: App) -> None:
    """Save the default mapping of each module that has none."""
    # Only a check needs it.
    from xtiger.cli.commands.mapping_checks import finding_as_data, tell_wrong, wrong

    connection = app.xt.connections.get(app.connection_id())
    saved = app.xt.mappings.save_defaults(connection.id, by=user())
    found = wrong(app, [one.module for one in saved], connection.id)
    if app.as_json:
        plain = [finding_as_data(app, one, connection.id) for one in found]
        app.emit({"mappings": [_describe(one) for one in saved], "findings": plain})
        return
    for one in saved:
        app.say(
            app.words.sentence(
                "{module}: {count} fields, version {number}",
                module=one.module,
                count=len(one.rows),
                number=one.version,
            )
        )
    tell_wrong(app, found, connection.id)
    app.say(app.words.translate("See what a sync would do: xtiger plan"))


def _set_help() -> str:
    """Every option, by its module, as the one table of options has it."""
    parts = ["Set an OPTION of MODULE's mapping to VALUE; an empty VALUE takes it away."]
    for role, module in MODULE_NAMES.items():
        lines = ["\b", f"{module}:"]
        for spec in options_of(role):
            lines += [f"  {spec.typed}  ({spec.value})", *_wrapped(spec.explained)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _wrapped(text: str) -> list[str]:
    """A text as lines of a help, below what it explains."""
    indent = " " * 6
    return wrap(text, 74, initial_indent=indent, subsequent_indent=indent)


@mapping.command("set", help=_set_help())
@click.argument("module")
@click.argument("option")
@click.argument("value")
@json_option
@click.pass_obj
def set_option(app: App, module: str, option: str, value: str) -> None:
    """Set an option, and look at Xero once more where it refuses the value."""
    # Only a check needs it.
    from xtiger.cli.commands.mapping_checks import finding_as_data, tell_wrong, wrong

    name, found = _saved(app, module)
    connection = app.xt.connections.get(app.connection_id())
    try:
        changed = _changed(app, found, connection.id, option, value)
    except MappingInvalid:
        # Nothing was read yet, or somebody added it in Xero since: look there once more.
        app.xt.sync.read_settings(connection.id)
        changed = _changed(app, found, connection.id, option, value)
    saved = app.xt.mappings.save(changed, connection.id, by=user())
    faults = wrong(app, [name], connection.id)
    if app.as_json:
        plain = [finding_as_data(app, one, connection.id) for one in faults]
        app.emit({"mapping": _describe(saved), "findings": plain})
        return
    app.say(
        app.words.sentence(
            "{module}: {option} is {value} now, version {number}",
            module=name,
            option=option,
            value=value or "-",
            number=saved.version,
        )
    )
    tell_wrong(app, faults, connection.id)


@mapping.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option(
    "--records",
    type=click.IntRange(0, 10_000),
    default=100,
    show_default=True,
    help="Records of each module that are looked at.",
)
@json_option
@click.pass_obj
def check(app: App, modules: tuple[str, ...], *, records: int) -> None:
    """Say what of the mapping of MODULE (none named: of all) cannot work, and what mends it.

    Compared are the fields of both sides, Xero's accounts, tax rates, statuses and currencies as
    last read, and the first records of the CRM. Of a named MODULE three of these are shown with
    what would be sent; nothing is. Ends with 3 when something cannot work at all.
    """
    # Only a check needs it.
    from xtiger.cli.commands.mapping_checks import as_data, tell

    names = known_modules(app, modules)
    connection = app.xt.connections.get(app.connection_id())
    found = [
        one
        for name in names or (None,)
        for one in app.xt.mappings.check(name, connection.id, records=records)
    ]
    if app.as_json:
        app.emit({"checks": [as_data(app, one, connection.id) for one in found]})
    else:
        tell(app, found, connection.id, shows_records=bool(names))
    if any(one.severity == "error" for each in found for one in each.findings):
        raise Ended(PERSON)


@mapping.command("make-rate")
@click.argument("module")
@click.argument("tax")
@json_option
@click.pass_obj
def make_rate(app: App, module: str, tax: str) -> None:
    """Make the rate of TAX in Xero, and map it, for records of MODULE that wait for it.

    TAX is written as the reason of the records says it. Only where the organisation has no tax
    return of its own, as in the USA and Canada.
    """
    (name,) = known_modules(app, (module,))
    connection = app.xt.connections.get(app.connection_id())
    wanted = app.xt.tax_rates.wanted(name, connection.id)
    if tax not in wanted:
        known = ", ".join(wanted) or "-"
        raise MappingInvalid(
            name, [f"No record waits for the tax {tax}. These are waited for: {known}."]
        )
    tax_type = app.xt.tax_rates.make(name, tax, wanted[tax], connection.id)
    if app.as_json:
        app.emit({"module": name, "tax": tax, "tax_type": tax_type})
        return
    app.say(
        app.words.sentence(
            "{tax} is {tax_type} in Xero now. Send what waited: xtiger sync",
            tax=tax,
            tax_type=tax_type,
        )
    )


def _changed(app: App, found: Mapping, connection_id: str, option: str, value: str) -> Mapping:
    store = app.xt.store
    return with_option(
        found, option, value, store.accounts(connection_id), store.tax_rates(connection_id)
    )


def _describe(found: Mapping, rows: Sequence[Row] | None = None) -> dict[str, object]:
    return {
        "module": found.module,
        "kind": found.kind,
        "version": found.version,
        "saved_at": found.saved_at,
        "options": found.options,
        "saved_by": found.saved_by,
        "rows": [row_as_data(one) for one in (found.rows if rows is None else rows)],
    }
