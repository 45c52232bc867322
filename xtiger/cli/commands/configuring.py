"""`xtiger config`: what an administrator decides for a connection, as one text."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from xtiger.cli.app import App, user
from xtiger.cli.commands.mapped.changes import show_changes
from xtiger.cli.commands.mapped.templates import drop, keep, templates, use
from xtiger.console import json_option
from xtiger.errors import ConfigurationInvalid, SettingInvalid


@click.group()
def config() -> None:
    """Write, compare, check and apply what is decided, as one text without secrets."""


for _command in (templates, use, keep, drop):
    config.add_command(_command)


@config.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file to write.")
@json_option
@click.pass_obj
def export(app: App, out: Path | None) -> None:
    """Write what is decided for the connection, as TOML."""
    text = app.xt.configuration.text(app.connection_id())
    if out is not None:
        _write(out, text)
    if app.as_json:
        app.emit({"configuration": text, "file": str(out) if out else None})
    elif out is None:
        click.echo(text, nl=False)
    else:
        app.say(app.words.sentence("Written: {file}", file=str(out)))


@config.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--with", "other", metavar="ORGANISATION", help="Compare with another connection.")
@json_option
@click.pass_obj
def diff(app: App, file: str | None, other: str | None) -> None:
    """Show what applying FILE would change, or what another connection has otherwise."""
    if (file is None) == (other is None):
        raise click.UsageError("Name a FILE, or an organisation by --with.")
    if other is not None:
        found = app.xt.configuration.between(other, app.connection_id())
    else:
        found = app.xt.configuration.changes(_read(str(file)), app.connection_id())
    show_changes(app, found)


@config.command()
@click.argument("file")
@json_option
@click.pass_obj
def check(app: App, file: str) -> None:
    """Check that FILE can be applied; nothing is saved."""
    found = app.xt.configuration.changes(_read(file), app.connection_id())
    if app.as_json:
        app.emit({"changes": [asdict(one) for one in found], "applied": False})
        return
    app.say(app.words.sentence("It can be applied; changes: {count}", count=len(found)))


@config.command()
@click.argument("file")
@click.option("--plan", is_flag=True, help="Show what would change, and save nothing.")
@json_option
@click.pass_obj
def apply(app: App, file: str, *, plan: bool) -> None:
    """Save what FILE decides, all or nothing; what it leaves out stays. "-" reads from a pipe."""
    text = _read(file)
    if plan:
        show_changes(app, app.xt.configuration.changes(text, app.connection_id()))
        return
    found = app.xt.configuration.apply(text, user(), app.connection_id())
    show_changes(app, found, applied=True)


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        fix = "Name a file that export wrote."
        raise SettingInvalid(file, f"cannot be read: {error.strerror}", fix) from None
    except UnicodeDecodeError:
        raise ConfigurationInvalid([f"{file} is no text in UTF-8."]) from None


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fix = "Name a file in a folder that you may write to."
        raise SettingInvalid(str(out), f"cannot be written: {error.strerror}", fix) from None
