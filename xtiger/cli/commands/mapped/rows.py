"""`xtiger mapping map | unmap | move | match | names-as-codes`: the rows of a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import click

from xtiger.cli.app import App, user
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.mapping.editing.rows import xero_field
from xtiger.mapping.shown import shown_rows
from xtiger.model.mappings import Direction, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xtiger.model.mappings import Mapping

_ARROWS = {"both": "↔", "to_xero": "→", "to_crm": "←"}


@click.command("map")
@click.argument("module")
@click.argument("crm")
@click.argument("xero")
@click.option(
    "--direction",
    type=click.Choice(get_args(Direction)),
    default="both",
    show_default=True,
    help="Which way it travels.",
)
@click.option("--only-on-create", is_flag=True, help="Only in a new record.")
@click.option("--keep-when-empty", is_flag=True, help="An empty value empties no filled one.")
@click.option("--converter", default="", metavar="NAME", help="Change the value on its way.")
@json_option
@click.pass_obj
def map_field(
    app: App,
    module: str,
    crm: str,
    xero: str,
    *,
    direction: Direction,
    only_on_create: bool,
    keep_when_empty: bool,
    converter: str,
) -> None:
    """Map the field CRM of MODULE to the field XERO, in place of what was mapped to that.

    Either is written by name or label, such as custom_field or "Tax number".
    """
    (name,) = known_modules(app, (module,))
    row = Row(crm, xero, direction, only_on_create, keep_when_empty, converter)
    saved = app.xt.mappings.map_field(name, row, _connection(app), by=user())
    path = xero_field(saved, xero).path
    _tell(app, saved, [one for one in saved.rows if one.xero == path])


@click.command("unmap")
@click.argument("module")
@click.argument("xero")
@json_option
@click.pass_obj
def unmap_field(app: App, module: str, xero: str) -> None:
    """Map nothing of MODULE to the field XERO any longer; both sides keep what they have."""
    (name,) = known_modules(app, (module,))
    saved = app.xt.mappings.unmap_field(name, xero, _connection(app), by=user())
    _tell(app, saved, ())


@click.command("move")
@click.argument("module")
@click.argument("xero")
@click.argument("way", type=click.Choice(["up", "down"]))
@json_option
@click.pass_obj
def move_field(app: App, module: str, xero: str, way: str) -> None:
    """Move the row of the field XERO of MODULE one place up or down."""
    (name,) = known_modules(app, (module,))
    saved = app.xt.mappings.move_field(name, xero, way == "up", _connection(app), by=user())
    described = next((one for one in app.xt.host.modules() if one.name == name), None)
    _tell(app, saved, shown_rows(saved, described))


@click.command()
@click.argument("module")
@click.option("--save", is_flag=True, help="Save them as rows of the mapping.")
@json_option
@click.pass_obj
def match(app: App, module: str, *, save: bool) -> None:
    """List fields of MODULE that no row names and that match one of Xero, by name or label."""
    (name,) = known_modules(app, (module,))
    connection = _connection(app)
    found = app.xt.mappings.matched(name, connection)
    saved = app.xt.mappings.save_matched(name, connection, by=user()) if save and found else None
    if app.as_json:
        rows = [row_as_data(one) for one in found]
        app.emit({"matched": rows, "version": saved.version if saved else None})
        return
    if not found:
        app.say(app.words.translate("No other fields match."))
        return
    _show(app, found)
    if saved is None:
        said = app.words.sentence(
            "Save them as rows: xtiger mapping match {module} --save", module=name
        )
        app.say(said)
    else:
        _tell(app, saved, ())


@click.command("names-as-codes")
@click.argument("module")
@click.argument("value", type=click.Choice(["on", "off"]))
@json_option
@click.pass_obj
def names_as_codes(app: App, module: str, value: str) -> None:
    """Whether the name of a product is the item's code in Xero, and its part number the name.

    Off, as new mappings are, the part number is the code. On is for books that were kept so.
    """
    (name,) = known_modules(app, (module,))
    saved = app.xt.mappings.save_names_as_codes(name, value == "on", _connection(app), by=user())
    _tell(app, saved, [one for one in saved.rows if one.xero in ("Code", "Name")])


def row_as_data(row: Row) -> dict[str, object]:
    """A row as --json prints it."""
    return {
        "crm": row.crm,
        "xero": row.xero,
        "direction": row.direction,
        "converter": row.converter,
        "only_on_create": row.only_on_create,
        "keep_when_empty": row.keep_when_empty,
    }


def row_table_cells(app: App, row: Row) -> tuple[str, str, str, str]:
    """A row as a table prints it: CRM, arrow, Xero, notes."""
    _ = app.words.translate
    notes = [
        _("only when created") if row.only_on_create else "",
        _("kept when empty") if row.keep_when_empty else "",
        row.converter,
    ]
    return row.crm, _ARROWS[row.direction], row.xero, ", ".join(filter(None, notes))


def _connection(app: App) -> str:
    return app.xt.connections.get(app.connection_id()).id


def _show(app: App, rows: Sequence[Row]) -> None:
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("CRM"), "", "Xero", _("Notes"))
    for row in rows:
        table.add_row(*row_table_cells(app, row))
    app.console.print(table)


def _tell(app: App, saved: Mapping, rows: Sequence[Row]) -> None:
    """What was saved, with the rows that it is about, and what of it cannot work."""
    # Only a check needs it.
    from xtiger.cli.commands.mapping_checks import finding_as_data, tell_wrong, wrong

    connection = _connection(app)
    faults = wrong(app, [saved.module], connection)
    if app.as_json:
        plain = [finding_as_data(app, one, connection) for one in faults]
        kept = [row_as_data(one) for one in saved.rows]
        app.emit(
            {"module": saved.module, "version": saved.version, "rows": kept, "findings": plain}
        )
        return
    if rows:
        _show(app, rows)
    app.say(
        app.words.sentence(
            "{module}: {count} fields, version {number}",
            module=saved.module,
            count=len(saved.rows),
            number=saved.version,
        )
    )
    tell_wrong(app, faults, connection)
