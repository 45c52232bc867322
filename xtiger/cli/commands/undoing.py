"""`xtiger undo`: take back what runs wrote, and release what that holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from xtiger.cli.app import App, user
from xtiger.cli.braked import show_braked
from xtiger.cli.commands.syncing import describe
from xtiger.cli.failure import Ended
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.errors import TooManyChanges
from xtiger.model.plans import Item, Plan
from xtiger.model.runs import Run
from xtiger.model.undo.wrote import CREDIT_LABELS, DID_WORDS, Wrote
from xtiger.rules.undo.allocations import taken_off
from xtiger.rules.undo.comparison import remains


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("--module", metavar="MODULE", help="Only what was done with this module.")
@click.option("--record", metavar="ID", help="Only this record, by its id of the CRM or of Xero.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what it would do; nothing is sent.")
@click.option("--show", is_flag=True, help="Show what RUNs wrote, old and new values.")
@click.option("--release", is_flag=True, help="Let the next sync do again what was taken back.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def undo(
    app: App,
    runs: tuple[str, ...],
    module: str | None,
    record: str | None,
    only_plan: bool,
    show: bool,
    release: bool,
    yes: bool,
) -> None:
    """Take back what RUNs wrote on both sides; what people changed since stays."""
    named = known_modules(app, (module,))[0] if module else ""
    connection_id = app.connection_id()
    if release:
        if len(runs) > 1:
            raise click.UsageError("--release takes one RUN: the undo that holds it, or none.")
        _release(app, runs[0] if runs else "", named, record or "", connection_id)
        return
    if not runs:
        raise click.UsageError("Name the run to take back. See: xtiger runs")
    if show:
        _show_wrote(app, app.xt.undo.wrote(runs, connection_id=connection_id))
        return
    one = record or ""
    made = app.xt.undo.plan(runs, module=named, record=one, connection_id=connection_id)
    if only_plan:
        _show_plan(app, made)
        return
    if not app.as_json:
        _show_plan(app, made)
    app.confirm(app.words.translate("Take this back?"), yes=yes)
    try:
        done = app.xt.undo.run(runs, user(), module=named, record=one, connection_id=connection_id)
    except TooManyChanges as error:
        show_braked(app, error)
        raise Ended(error.exit_code) from error
    _show_run(app, done)


def _release(app: App, run: str, module: str, record: str, connection_id: str | None) -> None:
    number = app.xt.undo.release(run, module=module, record=record, connection_id=connection_id)
    if app.as_json:
        app.emit({"released": number})
        return
    app.say(
        app.words.counted(
            "{count} record is released; the next sync does it again.",
            "{count} records are released; the next sync does them again.",
            number,
        )
    )


def _show_wrote(app: App, records: Sequence[Wrote]) -> None:
    if app.as_json:
        app.emit({"records": [asdict(one) for one in records]})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Module"), _("Name"), _("What is done"), _("Field"), _("Before"), _("After"))
    for one in records:
        head = (one.module, one.name, _(DID_WORDS[one.did]))
        for value in one.values:
            side = "Xero" if value.side == "xero" else _("CRM")
            label = _(value.label) if value.label in CREDIT_LABELS else value.label
            field = f"{side}: {label or _('Lines')}"
            table.add_row(*head, field, value.before, value.after)
            head = ("", "", "")
        if not one.values:
            table.add_row(*head, "", "", "")
    app.console.print(table)


def _show_plan(app: App, plan: Plan) -> None:
    if app.as_json:
        app.emit({"actions": [_described(app, item) for item in plan.items]})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Module"), _("Name"), _("What is done"), _("What remains"))
    for item in plan.items:
        verb = _(item.verb) if item.verb else _(item.result)
        off = [app.words.sentence(text, **data) for text, data in taken_off(item)]
        table.add_row(item.module, item.name, "\n".join([verb, *off]), _remains(app, item))
    app.console.print(table)


def _remains(app: App, item: Item) -> str:
    """What cannot be as it was, or why nothing is done."""
    left = remains(item)
    if left:
        return app.words.translate(left)
    cause = item.cause
    if cause is None:
        return ""
    shown = next((one for one in cause.each() if one.code != "undone"), None)
    return app.xt.sentences.cause(shown, "command", item)[0] if shown is not None else ""


def _described(app: App, item: Item) -> dict[str, object]:
    return {
        "module": item.module,
        "name": item.name,
        "crm_id": item.crm_id,
        "xero_id": item.xero_id,
        "verb": item.verb,
        "result": item.result,
        "codes": [one.code for one in item.cause.each()] if item.cause else [],
        "remains": _remains(app, item),
        "taken_off": [app.words.sentence(text, **data) for text, data in taken_off(item)],
    }


def _show_run(app: App, run: Run) -> None:
    if app.as_json:
        app.emit({"run": describe(run)})
        return
    _ = app.words.translate
    parts = [f"{app.words.number(n)} {_(result)}" for result, n in run.totals.items() if n]
    app.say(", ".join(parts) or _("Nothing to do"))
    app.say(_("It stays so until it is released: xtiger undo --release"))
