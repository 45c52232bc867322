"""`xtiger plan`: what a sync would do, with cost, holds and field differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App, user
from xtiger.cli.braked import brake_sentence, describe_brake
from xtiger.cli.commands.connections import day_calls_left
from xtiger.cli.options import known_modules, shortened
from xtiger.cli.reasons import described, grouped, reason_row, reasons
from xtiger.console import json_option
from xtiger.model.plans import Item, Plan
from xtiger.rules.plan_view import count

if TYPE_CHECKING:
    from xtiger.model.connections import Connection

#: Trouble that is listed without --held.
FEW = 8
#: Columns of the plan: name → (heading above, heading, key).
_TO_XERO = ("create", "update", "link", "remove")
_TO_CRM = ("create", "update", "remove")
_STAYS = ("held", "conflict", "skipped", "excluded", "failed", "unchanged")
#: Columns of a terminal from which on each reason has a column of its own.
_WIDE = 100
#: Columns that are shown even when they are empty.
_ALWAYS = frozenset(
    {
        "to_xero.create",
        "to_xero.update",
        "to_xero.link",
        "to_crm.create",
        "to_crm.update",
        "held",
        "unchanged",
    }
)


@click.command()
@click.argument("modules", nargs=-1)
@click.option("--fields", metavar="MODULE", help="Show each field that differs in MODULE.")
@click.option("--held", is_flag=True, help="Show all that is held, not the first few.")
@click.option("--full", is_flag=True, help="Read everything, not only what changed.")
@json_option
@click.pass_obj
def plan(app: App, modules: tuple[str, ...], fields: str | None, held: bool, full: bool) -> None:
    """Show what a sync of MODULES (default: all) would do; nothing is sent."""
    names = known_modules(app, modules)
    only = known_modules(app, (fields,))[0] if fields else None
    if only and names and only not in names:
        names = (*names, only)
    connection = app.xt.connections.ready(app.connection_id())
    # rich is slow to load.
    from xtiger.cli.progress import shown_progress

    with shown_progress(app) as progress:
        made = app.xt.sync.plan(names, connection.id, full=full, progress=progress)
    if app.xt.start.answers(connection.id).stage == "plan":
        app.xt.start.advance("ten", user(), connection.id)
    if app.as_json:
        app.emit(describe(app, connection, made))
        return
    if only:
        _show_fields(app, made, only)
        return
    _show_plan(app, connection, made, held)


def _show_plan(app: App, connection: Connection, made: Plan, held: bool) -> None:
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns
    from xtiger.cli.tables import count as cell
    from xtiger.services.tax_rates import coming_said

    words = app.words
    _ = words.translate
    app.say(_heading(app, connection, made))
    app.say()
    counts = count(made)
    shown = [c for c in _all_columns() if c in _ALWAYS or any(c in row for row in counts.values())]
    if app.console.width < _WIDE and len(shown) > len(_ALWAYS):
        counts, shown = _narrowed(counts, shown)
    table = columns(_("Module"), numbers=tuple(_headings(app, shown)))
    for module, row in counts.items():
        table.add_row(Text(module), *(cell(app, row.get(column, 0)) for column in shown))
    app.console.print(table)
    app.say()
    app.say(_cost(app, connection, made))
    for tax in made.taxes:
        app.say(coming_said(words, tax.name, tax.before, tax.percent))
    for brake in made.brakes:
        app.warn(brake_sentence(app, brake))
    stopped, conflicts = made.with_result("held", "failed"), made.with_result("conflict")
    if stopped:
        number = words.number(len(stopped))
        app.say(words.sentence("{count} held, nothing is sent for them:", count=number))
        show_trouble(app, stopped, made.connection_id, all_of_it=held)
    if conflicts:
        number = words.number(len(conflicts))
        app.say(words.sentence("{count} in conflict, both values stay:", count=number))
        show_trouble(app, conflicts, made.connection_id, all_of_it=held)
    app.say(app.xt.sentences.typed(_next_step(app, made), made.connection_id))


def _narrowed(
    counts: dict[str, dict[str, int]], shown: Sequence[str]
) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Counts and columns for a terminal of 80: what is not sent is one of two columns."""
    folded = {
        module: {
            **row,
            "held": sum(row.get(column, 0) for column in ("held", "conflict", "failed")),
            "left out": sum(row.get(column, 0) for column in ("skipped", "excluded")),
        }
        for module, row in counts.items()
    }
    gone = {"conflict", "failed", "skipped", "excluded"}
    columns = [column for column in shown if column not in gone]
    columns.insert(columns.index("held") + 1, "left out")
    return folded, columns


def _all_columns() -> list[str]:
    return [*(f"to_xero.{v}" for v in _TO_XERO), *(f"to_crm.{v}" for v in _TO_CRM), *_STAYS]


def _headings(app: App, shown: Sequence[str]) -> list[str]:
    """One heading per column; the first column of each direction names it above."""
    _ = app.words.translate
    above = {"to_xero": _("to Xero"), "to_crm": _("from Xero")}
    headings = []
    for column in shown:
        direction, _dot, verb = column.rpartition(".")
        headings.append(f"{above.pop(direction, '')}\n{_(verb)}")
    return headings


def _heading(app: App, connection: Connection, made: Plan) -> str:
    words, _ = app.words, app.words.translate
    settings = [app.xt.store.module_settings(connection.id, name) for name in made.modules]
    ways = {(one.to_xero(), one.to_crm()) for one in settings}
    way = {
        frozenset({(True, True)}): _("both ways"),
        frozenset({(True, False)}): _("to Xero only"),
        frozenset({(False, True)}): _("from Xero only"),
    }.get(frozenset(ways), "")
    mappings = [app.xt.mappings.get(name, connection.id) for name in made.modules]
    days = [one.saved_at for one in mappings if one is not None and one.saved_at is not None]
    saved = (
        words.sentence("mapping of {day}", day=words.day(max(days).date(), made.made_at))
        if days
        else ""
    )
    return " · ".join(part for part in (connection.name, way, saved) if part)


def _cost(app: App, connection: Connection, made: Plan) -> str:
    words = app.words
    megabytes = made.estimate.size_bytes / 1_000_000
    parts = [
        words.counted("{count} call", "{count} calls", made.estimate.calls),
        words.sentence("about {count} s", count=words.number(made.estimate.seconds)),
        f"{megabytes:.1f} MB",
    ]
    left = day_calls_left(app, connection.id)
    if left is not None:
        parts.append(words.counted("{count} call left today", "{count} calls left today", left))
    return " · ".join(parts)


def show_trouble(app: App, items: Sequence[Item], connection_id: str, *, all_of_it: bool) -> None:
    """List why records are not in step: name, why, what to do; the first few, or all."""
    # rich is slow to load.
    from xtiger.cli.tables import troubles

    groups = grouped(app, items, connection_id)
    shown = groups if all_of_it else groups[:FEW]
    app.console.print(troubles(app, [reason_row(app, one, all_names=all_of_it) for one in shown]))
    if len(groups) > FEW and not all_of_it:
        hint = app.words.translate("xtiger plan --held shows all")
        app.say(f"  …  {app.xt.sentences.typed(hint, connection_id)}")


def _next_step(app: App, made: Plan) -> str:
    _ = app.words.translate
    if not made.actions and made.with_result("held", "conflict", "failed"):
        return _("Nothing to send before that is solved; all else agrees.")
    if not made.actions and made.taxes:
        return _("Do it: xtiger sync")
    if not made.actions:
        return _("Nothing to do: both sides agree.")
    first = next(item.module for item in made.actions)
    return (
        _("Do it: xtiger sync")
        + "      "
        + app.words.sentence("See each field: xtiger plan --fields {module}", module=first)
    )


def _show_fields(app: App, made: Plan, module: str) -> None:
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    _ = app.words.translate
    arrows = {"to_xero": "→", "to_crm": "←", "conflict": "≠", "held": "▲"}
    table = columns(_("Record"), "", _("Field"), _("CRM"), "", "Xero")
    for item in made.items:
        if item.module != module or not (item.differences or item.verb):
            continue
        name, verb = Text(shortened(item.name)), _(item.verb or item.result)
        for difference in item.differences:
            table.add_row(
                name,
                verb,
                Text(difference.label or difference.field),
                Text(_shown(difference.crm)),
                arrows[difference.decision],
                Text(_shown(difference.xero)),
            )
            name, verb = Text(""), ""
        if not item.differences:
            table.add_row(name, verb)
    if table.row_count:
        app.console.print(table)
    else:
        app.say(app.words.sentence("No field of {module} differs.", module=module))


def _shown(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, list):
        return f"[{len(value)}]"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def describe(app: App, connection: Connection, made: Plan) -> Mapping[str, object]:
    """The plan for --json: counts per module, cost, and every item that is not unchanged."""
    return {
        "connection": {"id": connection.id, "name": connection.name},
        "made_at": made.made_at,
        "modules": count(made),
        "actions": len(made.actions),
        "estimate": {
            "calls": made.estimate.calls,
            "seconds": made.estimate.seconds,
            "size_bytes": made.estimate.size_bytes,
            "day_calls_left": day_calls_left(app, connection.id),
        },
        "calls": made.calls,
        "brakes": [describe_brake(one) for one in made.brakes],
        "taxes": [
            {"name": one.name, "before": one.before, "percent": one.percent} for one in made.taxes
        ],
        "reasons": described(
            app, grouped(app, made.with_result("held", "failed", "conflict"), made.connection_id)
        ),
        "items": [_describe_item(app, item) for item in made.items if item.result != "unchanged"],
    }


def _describe_item(app: App, item: Item) -> dict[str, object]:
    why, fix = app.xt.sentences.cause(item.cause, "data", item)
    return {
        "module": item.module,
        "kind": item.kind,
        "name": item.name,
        "crm_id": item.crm_id,
        "xero_id": item.xero_id,
        "verb": item.verb,
        "result": item.result,
        "code": item.cause.code if item.cause else None,
        "sentence": why,
        "fix": fix,
        "reasons": reasons(app, item),
        "fields": [
            {"field": d.field, "crm": d.crm, "xero": d.xero, "base": d.base, "decision": d.decision}
            for d in item.differences
        ],
        "proposals": [
            {"verb": p.verb, "xero_id": p.xero_id, "crm_id": p.crm_id, "name": p.name}
            for p in item.proposals
        ],
    }
