"""`xtiger mapping versions | diff | back`: what was saved before, and the return to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App, user
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.mapping.editing.change_words import change_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xtiger.mapping.configuration import Change


@click.command()
@click.argument("module")
@json_option
@click.pass_obj
def versions(app: App, module: str) -> None:
    """List the versions of MODULE's mapping: when, by whom, and what each changed."""
    (name,) = known_modules(app, (module,))
    found = app.xt.mappings.versions(name, app.connection_id())
    if app.as_json:
        app.emit(
            {
                "versions": [
                    {
                        "version": one.mapping.version,
                        "saved_at": one.mapping.saved_at,
                        "saved_by": one.mapping.saved_by,
                        "changes": [asdict(change) for change in one.changes],
                    }
                    for one in found
                ]
            }
        )
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Version"), _("Saved"), _("By"), _("What"), _("Before"), _("Then"))
    for one in found:
        saved = app.words.moment(one.mapping.saved_at) if one.mapping.saved_at else ""
        head = (str(one.mapping.version), saved, one.mapping.saved_by)
        if one.mapping.version == 1:
            table.add_row(*head, _("The first one"), "", "")
            continue
        for number, change in enumerate(one.changes):
            cells = (change.name, change.before or "·", change.after or "·")
            table.add_row(*(head if number == 0 else ("", "", "")), *cells)
    app.console.print(table)


@click.command()
@click.argument("module")
@click.argument("older", type=int)
@click.argument("newer", type=int, required=False)
@json_option
@click.pass_obj
def diff(app: App, module: str, older: int, newer: int | None) -> None:
    """Show what version NEWER (none: that in force) of MODULE's mapping has unlike OLDER."""
    (name,) = known_modules(app, (module,))
    found = app.xt.mappings.difference(name, older, newer, app.connection_id())
    _show(app, found)


@click.command()
@click.argument("module")
@click.argument("version", type=int)
@json_option
@click.pass_obj
def back(app: App, module: str, version: int) -> None:
    """Put VERSION of MODULE's mapping in force again, as a new version: nothing is lost."""
    (name,) = known_modules(app, (module,))
    connection = app.connection_id()
    before = app.xt.mappings.get(name, connection)
    saved = app.xt.mappings.return_to(name, version, connection, by=user())
    number = before.version if before else saved.version
    found = app.xt.mappings.difference(name, number, saved.version, connection)
    if app.as_json:
        app.emit({"version": saved.version, "changes": [asdict(one) for one in found]})
        return
    _show(app, found)
    app.say(app.words.sentence("Version {number}", number=saved.version))


def _show(app: App, changes: Iterable[Change]) -> None:
    found = list(changes)
    if app.as_json:
        app.emit({"changes": [asdict(one) for one in found]})
        return
    _ = app.words.translate
    if not found:
        app.say(_("Nothing differs."))
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    table = columns(_("What"), _("Before"), _("Then"))
    for one in found:
        table.add_row(change_words(one, _)[1], one.before or "·", one.after or "·")
    app.console.print(table)
