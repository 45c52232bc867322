"""`xtiger extensions`: the module manager."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.console import json_option

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.extensions.state import ExtensionState
    from xtiger.extensions.verified import Verified


@click.group()
def extensions() -> None:
    """Install, enable and disable extensions."""


@extensions.command("list")
@json_option
@click.pass_obj
def list_(app: App) -> None:
    """List the extensions with their state."""
    found = [_of_own(app.xt, state) for state in app.xt.extensions.states()]
    if app.as_json:
        app.emit({"extensions": [_described(one) for one in found]})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns
    from xtiger.extensions.spoken_reason import spoken_reason

    _ = app.words.translate
    table = columns(_("Extension"), _("Version"), _("State"), "")
    for one in found:
        notes = [
            spoken_reason(one, app.words),
            _("restart the CRM to use it") if one.restart_needed else "",
        ]
        differing = [
            f"{name}: {_('on') if on else _('off')}" for name, on in one.connections.items()
        ]
        note = " · ".join(part for part in (*notes, *differing) if part)
        table.add_row(one.name, one.version, _(one.state), note)
    app.console.print(table)


def _described(state: ExtensionState) -> dict[str, object]:
    """One extension for --json."""
    return {
        "name": state.name,
        "label": state.label,
        "version": state.version,
        "state": state.state,
        "reason": state.reason,
        "source": state.source,
        "requires": state.requires,
        "connections": state.connections,
        "previous": state.previous,
        "restart_needed": state.restart_needed,
    }


def _of_own(xt: XTiger, state: ExtensionState) -> ExtensionState:
    """The state without the connections of other tenants."""
    own = {one.id for tenant in xt.tenants() for one in xt.for_tenant(tenant).connections.all()}
    kept = {name: on for name, on in state.connections.items() if name in own}
    return replace(state, connections=kept) if kept != state.connections else state


@extensions.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE.zip…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--no-enable", is_flag=True, help="Leave new ones off.")
@click.option("--yes", is_flag=True, help="Do not ask before XTiger itself is updated.")
@json_option
@click.pass_obj
def install(app: App, files: tuple[Path, ...], no_enable: bool, yes: bool) -> None:
    """Install extensions from zips and switch them on; all are verified before anything changes.

    A newer XTiger among them is installed by pip, once you agreed.
    """
    manager, words = app.xt.extensions, app.words
    verified = manager.verify(list(files))
    if verified.update is not None:
        _ask_update(app, verified, yes=yes)
    manager.install(list(files), enable=not no_enable, update_core=True)
    names = ", ".join(path.stem for path in files)
    if verified.update is not None:
        said = words.sentence(
            "Verified and installed: {names}. Restart the CRM and its workers now: until then "
            "they run the release of before.",
            names=names,
        )
    elif no_enable:
        said = words.sentence(
            "Installed: {names}. Switch on: xtiger extensions enable NAME", names=names
        )
    else:
        said = words.sentence("Installed: {names}.", names=names)
    app.say(said)
    if app.as_json:
        app.emit({"installed": [str(path) for path in files]})


def _ask_update(app: App, verified: Verified, *, yes: bool) -> None:
    """Show what was verified, and ask whether XTiger itself is to be replaced."""
    for one in verified.described():
        signer = app.words.sentence("signed by {name}", name=one.signer) if one.signer else ""
        app.say(f"{one.label} {one.version}  SHA-256 {one.sha256[:16]}…  {signer}".rstrip())
    assert verified.update is not None
    version = str(verified.update.version)
    app.confirm(app.words.sentence("Install XTiger {version}?", version=version), yes=yes)


@extensions.command()
@click.argument("name")
@click.option("--connection", help="Only for this organisation.")
@json_option
@click.pass_obj
def enable(app: App, name: str, connection: str | None) -> None:
    """Switch an extension on, at once."""
    _switch(app, name, connection, on=True)


@extensions.command()
@click.argument("name")
@click.option("--connection", help="Only for this organisation.")
@json_option
@click.pass_obj
def disable(app: App, name: str, connection: str | None) -> None:
    """Switch an extension off, at once; its queued work stays."""
    _switch(app, name, connection, on=False)


def _switch(app: App, name: str, connection: str | None, *, on: bool) -> None:
    manager = app.xt.extensions
    chosen = app.xt.connections.get(connection).id if connection else app.connection_id()
    name = _spelled(app, name)
    (manager.enable if on else manager.disable)(name, chosen)
    if on:
        app.say(app.words.sentence("{name} is enabled.", name=name))
    else:
        app.say(app.words.sentence("{name} is disabled. Its queued work stays.", name=name))
    if app.as_json:
        app.emit({"extension": name, "enabled": on, "connection_id": chosen})


@extensions.command()
@click.argument("name")
@click.option("--purge", is_flag=True, help="Remove its tables too; needs --export.")
@click.option(
    "--export",
    "export_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write its data to this file first.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a purge.")
@json_option
@click.pass_obj
def uninstall(app: App, name: str, purge: bool, export_to: Path | None, yes: bool) -> None:
    """Remove an extension; CRM records and data stay as they are without --purge."""
    name = _spelled(app, name)
    if purge and export_to is None:
        raise click.UsageError("--purge needs --export FILE: the data is written there first.")
    if purge:
        app.confirm(app.words.sentence("Remove all data of {name} for good?", name=name), yes=yes)
    app.xt.extensions.uninstall(name, purge=purge, export_to=export_to)
    app.say(app.words.sentence("{name} is removed.", name=name))
    if purge:
        app.say(app.words.translate("The records of the CRM and of Xero stay as they are."))
    else:
        app.say(app.words.translate("The records of the CRM and its own data stay as they are."))
    if app.as_json:
        app.emit({"extension": name, "removed": True, "purged": purge})


@extensions.command()
@click.argument("name")
@json_option
@click.pass_obj
def rollback(app: App, name: str) -> None:
    """Go back to the version before."""
    name = _spelled(app, name)
    app.xt.extensions.rollback(name)
    app.say(app.words.sentence("{name} is the version before again.", name=name))
    if app.as_json:
        app.emit({"extension": name, "rolled_back": True})


def _spelled(app: App, name: str) -> str:
    """The name as the manager spells it; one that it does not know stays for it to refuse."""
    known = {state.name.lower(): state.name for state in app.xt.extensions.states()}
    return known.get(name.lower(), name)
