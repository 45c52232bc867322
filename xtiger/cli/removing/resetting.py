"""`xtiger reset`: forget which records belong together, once the name was typed, and back."""

from __future__ import annotations

from pathlib import Path

import click

from xtiger.cli.app import App
from xtiger.cli.removing.typing_names import named
from xtiger.console import json_option
from xtiger.model.connections import Connection


@click.command()
@click.argument("name", required=False)
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be forgotten.")
@click.option("--name", "typed", metavar="NAME", help="The name, in place of typing it.")
@click.option(
    "--export",
    "export_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is forgotten to this file; else it is in the exports of the home.",
)
@click.option(
    "--undo",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Link again what a reset forgot, by the file that it wrote.",
)
@json_option
@click.pass_obj
def reset(
    app: App,
    name: str | None,
    only_plan: bool,
    typed: str | None,
    export_to: Path | None,
    file: Path | None,
) -> None:
    """Forget which records belong together. The plan is to be looked at as on the first day."""
    found = app.xt.connections.get(name or app.connection_id())
    if file is not None:
        _take_back(app, found, file)
        return
    if only_plan or not app.as_json:
        _show(app, found)
    if only_plan:
        return
    done = app.xt.connections.reset(found.id, named(app, found.name, typed), export_to)
    words = app.words
    if app.as_json:
        kept = str(done.file) if done.file is not None else None
        app.emit({"reset": found.id, "links": done.links, "file": kept})
        return
    app.say(words.counted("{count} link is forgotten.", "{count} links are forgotten.", done.links))
    if done.file is not None:
        app.say(words.sentence("What it was is in the file {file}", file=str(done.file)))
        app.say(words.sentence("To have it again: xtiger reset --undo {file}", file=str(done.file)))


def _show(app: App, found: Connection) -> None:
    remembered, words = app.xt.connections.remembered(found.id), app.words
    if app.as_json:
        app.emit(
            {
                "organisation": found.name,
                "links": dict(remembered.links),
                "waiting": remembered.waiting,
            }
        )
        return
    for module, count in remembered.links.items():
        said = words.counted("{count} link", "{count} links", count)
        app.say(f"{module}: {said}")
    links = sum(remembered.links.values())
    app.say(
        words.counted(
            "{count} link would be forgotten.", "{count} links would be forgotten.", links
        )
    )
    app.say(words.translate("Every record stays, in the CRM and in Xero; so do settings and log."))


def _take_back(app: App, found: Connection, file: Path) -> None:
    done, words = app.xt.connections.take_back_reset(found.id, file), app.words
    if app.as_json:
        app.emit({"connection": found.id, "links": done.links, "left": done.left})
        return
    app.say(
        words.counted("{count} link is there again.", "{count} links are there again.", done.links)
    )
    if done.left:
        app.say(
            words.counted(
                "{count} link stays as it is now: one of its records was linked otherwise since.",
                "{count} links stay as they are now: one of their records was linked otherwise "
                "since.",
                done.left,
            )
        )
