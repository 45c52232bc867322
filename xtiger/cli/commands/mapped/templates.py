"""`xtiger config templates | use | keep | drop`: mapping templates, chosen by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App, user
from xtiger.cli.commands.mapped.changes import show_changes
from xtiger.cli.options import known_modules
from xtiger.console import json_option

if TYPE_CHECKING:
    from xtiger.mapping.configuration import Change


@click.command()
@json_option
@click.pass_obj
def templates(app: App) -> None:
    """List the templates that a mapping can begin with, and your own ones."""
    found = app.xt.templates.all()
    if app.as_json:
        app.emit({"templates": [asdict(one) for one in found]})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Template"), _("Notes"))
    for one in found:
        kept = app.words.sentence("kept by {name}", name=one.kept_by)
        table.add_row(one.name, kept if one.is_own else _(one.meaning))
    app.console.print(table)


@click.command()
@click.argument("template")
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--plan", is_flag=True, help="Show what would change, and save nothing.")
@json_option
@click.pass_obj
def use(app: App, template: str, modules: tuple[str, ...], *, plan: bool) -> None:
    """Map the fields of each MODULE (none named: of all) as TEMPLATE does."""
    names, connection = known_modules(app, modules), app.connection_id()
    found: list[Change]
    if plan:
        found = app.xt.templates.changes(template, names, connection)
    else:
        found = app.xt.templates.use(template, user(), names, connection)
    show_changes(app, found, applied=not plan)


@click.command()
@click.argument("template")
@json_option
@click.pass_obj
def keep(app: App, template: str) -> None:
    """Keep what the modules of the connection have now under the name TEMPLATE."""
    kept = app.xt.templates.keep(template, user(), app.connection_id())
    if app.as_json:
        app.emit({"template": asdict(kept)})
        return
    app.say(app.words.sentence("Kept as {name}.", name=kept.name))


@click.command()
@click.argument("template")
@json_option
@click.pass_obj
def drop(app: App, template: str) -> None:
    """Forget your own TEMPLATE; what was made of it stays."""
    app.xt.templates.drop(template)
    if app.as_json:
        app.emit({"dropped": template})
        return
    app.say(app.words.sentence("{name} is forgotten.", name=template))
