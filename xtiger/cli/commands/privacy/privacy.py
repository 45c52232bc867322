"""`xtiger privacy`: what is stored of persons, all that is kept of one, and erasing one."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App, user
from xtiger.cli.removing.typing_names import named
from xtiger.console import json_option
from xtiger.errors import NeedsPerson
from xtiger.i18n.kept_words import UNFREED, how_long, shown
from xtiger.model.disk import file_trouble

if TYPE_CHECKING:
    from xtiger.model.privacy.person import Person


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def privacy(ctx: click.Context) -> None:
    """Show what is stored of persons and for how long; export or erase one."""
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
        rows = [{"name": one.name, "records": _addresses(one)} for one in found]
        app.emit({"persons": rows})
        return
    if not found:
        app.say(app.words.translate("Nothing is stored of such a person."))
    for one in found:
        app.say(f"{one.name or '?'}: {', '.join(_addresses(one))}")


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


@privacy.command()
@click.argument("person")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would go; erase nothing.")
@click.option("--name", "typed", help="The person's name, in place of typing it when asked.")
@json_option
@click.pass_obj
def erase(app: App, person: str, only_plan: bool, typed: str | None) -> None:
    """Erase PERSON from all that is stored; records of the CRM and of Xero stay."""
    found, counts = app.xt.privacy.plan(person)
    name = found.name or found.address
    if not app.as_json:
        for table, count in counts.items():
            app.say(f"{table}: {app.words.number(count)}")
    if only_plan:
        if app.as_json:
            app.emit({"name": name, "records": _addresses(found), "rows": counts})
        return
    app.say(
        app.words.translate(
            "What runs overwrote of this person goes, too: that cannot be undone any more."
        )
    )
    done = app.xt.privacy.erase(found.address, named(app, name, typed), user())
    if app.as_json:
        app.emit({"mark": done.erasure.id, "rows": dict(done.counts), "freed": done.freed})
        return
    app.say(
        app.words.sentence(
            "Erased. No sync stores this person again until the mark {mark} is released: "
            "xtiger privacy release {mark}",
            mark=done.erasure.id,
        )
    )
    if not done.freed:
        app.warn(app.words.translate(UNFREED))


@privacy.command()
@json_option
@click.pass_obj
def marks(app: App) -> None:
    """List the marks of erased persons, whom no sync stores again."""
    found = app.xt.privacy.marks()
    if app.as_json:
        app.emit({"marks": [asdict(one) for one in found]})
        return
    if not found:
        app.say(app.words.translate("Nobody was erased."))
    now = app.xt.clock.now()
    for one in found:
        app.say(f"{one.id}  {app.words.ago(one.at, now)}  {one.by}")


@privacy.command()
@click.argument("key")
@json_option
@click.pass_obj
def release(app: App, key: str) -> None:
    """Let the next sync store a person again: KEY is a mark, an e-mail address or Contacts:17."""
    app.xt.privacy.release(key)
    if app.as_json:
        app.emit({"released": key})
        return
    app.say(app.words.translate("It is released; the next sync stores it again."))


def _addresses(person: Person) -> list[str]:
    return list(dict.fromkeys(place.address for place in person.places))


def _write(path: Path, text: str) -> None:
    """A new file that only its owner can read."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(text)
    except OSError as error:
        reason, fix = file_trouble(error, path)
        raise NeedsPerson(f"Nothing was written: {reason}. {fix}") from error
