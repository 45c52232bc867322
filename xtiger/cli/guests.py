"""The commands that extensions bring, found without opening the database."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

import click

from xtiger.errors import ExtensionRefused, SettingInvalid
from xtiger.ports.interrupts import FOREIGN, by_signal

if TYPE_CHECKING:
    from xtiger.cli.app import App

Guests = Mapping[str, tuple[str, click.Command]]


def guest_commands(app: App, taken: Container[str]) -> Guests:
    """Command → (its extension, the command); one that cannot be used becomes a warning.

    A name that is taken by a command of ours or by an extension before is left out.
    """
    # The module manager reads packages' metadata: a tenth of a second that others do without.
    from xtiger.extensions.folder import ExtensionFolder
    from xtiger.extensions.load import find_entry_points, find_extensions, load_extensions
    from xtiger.extensions.state import LoadedExtension

    try:
        settings = app.settings
    except SettingInvalid:
        return {}  # the command itself will say so
    if settings.safe_mode:
        return {}
    folder = ExtensionFolder(settings.home)
    loaded: dict[str, LoadedExtension] = {}
    for failure in load_extensions(find_extensions(folder, find_entry_points), folder, loaded):
        app.warn(f"The extension {failure.name} is not used: {failure.reason}.")
    found: dict[str, tuple[str, click.Command]] = {}
    for extension in loaded.values():
        for command in _commands(app, extension):
            name = command.name or ""
            if name in taken or name in found:
                app.warn(f"The command {name} of {extension.name} is left out: the name is taken.")
            else:
                found[name] = (extension.name, command)
    return found


def _commands(app: App, extension: object) -> list[click.Command]:
    hook = getattr(getattr(extension, "module", None), "cli_commands", None)
    if hook is None:
        return []
    try:
        return [command for command in hook() if isinstance(command, click.Command)]
    # Robust hook call: code of strangers must not take `xtiger --help` away.
    except FOREIGN as error:
        if by_signal(error):
            raise
        name = getattr(extension, "name", "")
        app.warn(f"The commands of {name} are left out: {type(error).__name__}: {error}.")
        return []


def require_enabled(app: App, extension: str) -> None:
    """Raise ExtensionRefused with the next step when the extension is off."""
    if not app.xt.extensions.enabled(extension, app.connection_id()):
        fix = f"Switch it on: xtiger extensions enable {extension}"
        raise ExtensionRefused(extension, "it is not enabled", fix)
