"""`xtiger conflicts`: what waits for a person's decision, and deciding it."""

from __future__ import annotations

from typing import Any

import click

from xtiger.cli.app import App, user
from xtiger.cli.options import known_modules, shortened
from xtiger.console import json_option
from xtiger.model.conflicts import (
    Conflict,
    ConflictField,
    DescribedConflict,
    described,
    value_text,
)
from xtiger.model.links import Side
from xtiger.model.records import nameless
from xtiger.model.values import Plain

#: Characters of one value in a table.
_WIDTH = 32


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def conflicts(ctx: click.Context) -> None:
    """List what both sides hold differently, and what is gone on one of them."""
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(App))


def _list(app: App) -> None:
    found = app.xt.conflicts.all(app.connection_id())
    orphans = [one for one in found if one.kind == "orphan"]
    standing = [one for one in found if one.kind != "orphan"]
    if app.as_json:
        app.emit(
            {
                "conflicts": [_data(app, one) for one in standing],
                "orphans": [_data(app, one) for one in orphans],
            }
        )
        return
    _ = app.words.translate
    if not found:
        app.say(_("No conflicts: nothing waits for a decision."))
        return
    for one in standing:
        _print(app, one)
    if orphans:
        app.say(_("Gone on one side:"))
        for one in orphans:
            _print(app, one)
    app.say(_("Decide: xtiger conflicts solve MODULE CRM_ID --keep crm|xero"))


def _data(app: App, conflict: Conflict) -> DescribedConflict:
    return described(conflict, app.xt.sentences.cause(conflict.cause, "data", conflict))


def _print(app: App, conflict: Conflict) -> None:
    words, _ = app.words, app.words.translate
    why, fix = app.xt.sentences.cause(conflict.cause, "command", conflict)
    sign = "○" if conflict.kind == "orphan" else "≠"
    address = nameless(conflict.module, conflict.crm_id)
    name = "" if conflict.name == address else f"  {shortened(conflict.name)}"
    app.say(f"{sign} {address}{name}")
    app.say(f"  {why}" if conflict.choices or conflict.fields else f"  {why} {fix}")
    if conflict.fields:
        _table(app, conflict)
    for keep, does in conflict.choices:
        chosen = f"  ({_('decided')})" if conflict.decided == keep else ""
        app.say(f"    --keep {keep:<5} {_(does)}{chosen}")
    now, when = app.xt.clock.now(), []
    if conflict.crm_changed_at is not None:
        when.append(words.sentence("CRM: {ago}", ago=words.ago(conflict.crm_changed_at, now)))
    if conflict.xero_changed_at is not None:
        when.append(words.sentence("Xero: {ago}", ago=words.ago(conflict.xero_changed_at, now)))
    if when:
        app.say("  " + _("Changed last") + " · " + " · ".join(when))
    app.say()


def _table(app: App, conflict: Conflict) -> None:
    # rich is slow to load.
    from rich.padding import Padding

    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Field"), _("Agreed last"), "CRM", "Xero", "")
    for one in conflict.fields:
        table.add_row(
            one.label, *(_shown(v) for v in (one.base, one.crm, one.xero)), _state(app, one)
        )
    app.console.print(Padding(table, (0, 0, 0, 4)))


def _shown(value: Plain) -> str:
    text = value_text(value) or "·"
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _state(app: App, field: ConflictField) -> str:
    _ = app.words.translate
    names = {"crm": _("CRM is kept"), "xero": _("Xero is kept")}
    if field.decided:
        return names[field.decided]
    return _("decided on other values; decide again") if field.outdated else ""


@conflicts.command()
@click.argument("module")
@click.argument("crm_id")
@json_option
@click.pass_obj
def show(app: App, module: str, crm_id: str) -> None:
    """Show the conflict of one record, both sides read again."""
    (name,) = known_modules(app, (module,))
    found = app.xt.conflicts.get(name, crm_id, app.connection_id(), fresh=True)
    if app.as_json:
        app.emit(_data(app, found))
    else:
        _print(app, found)


@conflicts.command()
@click.argument("module")
@click.argument("crm_id")
@click.option(
    "--keep",
    type=click.Choice(["crm", "xero"]),
    required=True,
    help="The side whose value both get.",
)
@click.option("--field", "fields", multiple=True, help="Key or label; may be given several times.")
@click.option("--all", "every", is_flag=True, help="All fields in conflict.")
@click.option("--now", is_flag=True, help="Sync the record at once.")
@json_option
@click.pass_obj
def solve(
    app: App, module: str, crm_id: str, keep: Side, fields: tuple[str, ...], every: bool, now: bool
) -> None:
    """Decide the conflict of one record; the next sync carries it out."""
    if fields and every:
        raise click.UsageError("Give --field or --all, not both.")
    (name,) = known_modules(app, (module,))
    connection_id = app.connection_id()
    found = app.xt.conflicts.get(name, crm_id, connection_id)
    if len(found.fields) > 1 and not fields and not every:
        known = ", ".join(one.key for one in found.fields)
        raise click.UsageError(f"Several fields differ ({known}). Give --field, or --all.")
    by = user()
    sentence = app.xt.conflicts.solve(
        name, crm_id, keep, fields, connection_id, shown=found.shown, by=by
    )
    app.say(sentence)
    data: dict[str, Any] = {"module": name, "crm_id": crm_id, "keep": keep, "sentence": sentence}
    if now:
        data["outcomes"] = [
            {"crm_id": one.crm_id, "result": one.result, "code": one.cause and one.cause.code}
            for one in app.xt.sync.records(name, [crm_id], connection_id, by=by)
        ]
        for one in data["outcomes"]:
            app.say(f"{name} {crm_id}: {app.words.translate(one['result'])}")
    if app.as_json:
        app.emit(data)
