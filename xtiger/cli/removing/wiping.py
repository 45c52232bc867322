"""`xtiger wipe`: take what came from Xero out of the CRM, after its organisation was typed."""

from __future__ import annotations

from pathlib import Path

import click

from xtiger.cli.app import App, user
from xtiger.cli.options import known_modules
from xtiger.cli.removing.typing_names import named
from xtiger.console import json_option
from xtiger.model.plans import Item
from xtiger.model.undo.wiping import WipePlan


@click.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would go; nothing is deleted.")
@click.option("--name", "typed", metavar="NAME", help="The name, in place of typing it.")
@click.option(
    "--export",
    "export_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what goes to this file; else it is in the exports of the home.",
)
@json_option
@click.pass_obj
def wipe(
    app: App,
    modules: tuple[str, ...],
    only_plan: bool,
    typed: str | None,
    export_to: Path | None,
) -> None:
    """Delete in the CRM what a sync brought from Xero; Xero keeps all, people's own stays."""
    chosen, connection_id = known_modules(app, modules), app.connection_id()
    plan = app.xt.wipe.plan(chosen, connection_id)
    if only_plan or not app.as_json:
        _show(app, plan)
    if only_plan:
        return
    done = app.xt.wipe.run(
        named(app, plan.organisation, typed),
        user(),
        modules=chosen,
        connection_id=connection_id,
        seen=plan.seen,
        export_to=export_to,
    )
    removed = done.run.totals.get("removed", 0)
    if app.as_json:
        app.emit({"run": done.run.id, "removed": removed, "file": str(done.file)})
        return
    words = app.words
    app.say(
        words.counted(
            "{count} record is deleted in the CRM; no sync brings it back.",
            "{count} records are deleted in the CRM; no sync brings them back.",
            removed,
        )
    )
    app.say(words.sentence("What it was is in the file {file}", file=str(done.file)))
    app.say(words.sentence("To have it again: xtiger undo {run}", run=done.run.id))


def _show(app: App, plan: WipePlan) -> None:
    if app.as_json:
        app.emit(
            {
                "organisation": plan.organisation,
                "modules": {
                    module: {"go": going, "stay": staying}
                    for module, (going, staying) in plan.counts.items()
                },
                "going": [_described(item) for item in plan.going],
                "staying": [_described(item) for item in plan.staying],
            }
        )
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Module"), _("Deleted in the CRM"), _("Stay"))
    for module, (going, staying) in plan.counts.items():
        table.add_row(module, app.words.number(going), app.words.number(staying))
    app.console.print(table)
    if plan.staying:
        why = columns(_("Module"), _("Stays"), _("Why"))
        for item in plan.staying:
            why.add_row(item.module, item.name, _why(app, item))
        app.console.print(why)
    app.say(_("In Xero nothing is changed."))


def _why(app: App, item: Item) -> str:
    return app.xt.sentences.cause(item.cause, "command", item)[0]


def _described(item: Item) -> dict[str, object]:
    return {
        "module": item.module,
        "name": item.name,
        "crm_id": item.crm_id,
        "xero_id": item.xero_id,
        "code": item.cause.code if item.cause is not None and item.verb is None else None,
    }
