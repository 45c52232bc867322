"""`xtiger privacy`: what is stored of persons, and all that is kept of one."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from xtiger.cli.app import App
from xtiger.console import json_option
from xtiger.errors import NeedsPerson
from xtiger.i18n.kept_words import how_long, shown
from xtiger.model.disk import file_trouble


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def privacy(ctx: click.Context) -> None:
    """Show what is stored of persons and for how long; export one."""
    if ctx.invoked_subcommand is not None:
        return
    app: App = ctx.obj
    found = app.xt.privacy.kept()
    if app.as_json:
        app.emit({"kept": [asdict(one) for one in found]})
        return
    _ = app.words.translate
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    table = columns(_("What is stored"), _("How long"))
    for one in found:
        table.add_row(Text(shown(one, app.words)), Text(how_long(one, app.words)))
    app.console.print(table)


@privacy.command()
@click.argument("person")
@json_option
@click.pass_obj
def find(app: App, person: str) -> None:
    """List whom PERSON may mean: an e-mail address, an id, or a part of a name."""
    found = app.xt.privacy.find(person)
    if app.as_json:
        rows = [
            {"name": one.name, "records": [place.address for place in one.places]} for one in found
        ]
        app.emit({"persons": rows})
        return
    if not found:
        app.say(app.words.translate("Nothing is stored of such a person."))
    for one in found:
        places = dict.fromkeys(place.address for place in one.places)
        app.say(f"{one.name or '?'}: {', '.join(places)}")


@privacy.command()
@click.argument("person")
@click.option("--to", "file", default="", help="The file to write; else standard output.")
@json_option
@click.pass_obj
def export(app: App, person: str, file: str) -> None:
    """Write all that is kept of PERSON as JSON, found by e-mail address, id or name."""
    text = app.xt.privacy.export(person).text()
    if not file:
        click.echo(text, nl=False)
        return
    _write(Path(file), text)
    if app.as_json:
        app.emit({"written": file})
        return
    app.say(app.words.sentence("Written: {file}", file=file))


def _write(path: Path, text: str) -> None:
    """A new file that only its owner can read."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(text)
    except OSError as error:
        reason, fix = file_trouble(error, path)
        raise NeedsPerson(f"Nothing was written: {reason}. {fix}") from error
