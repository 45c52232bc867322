"""Commands that extensions bring: robust, named once, guarded by the module manager."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import click
import pytest

from xtiger.cli import guests
from xtiger.cli.app import App
from xtiger.extensions.state import LoadedExtension
from xtiger.settings import SETTINGS_FILE


def _extension(name: str, commands: Sequence[object] | Exception) -> LoadedExtension:
    module = ModuleType(name.lower())

    def cli_commands() -> Sequence[object]:
        if isinstance(commands, Exception):
            raise commands
        return commands

    module.cli_commands = cli_commands  # type: ignore[attr-defined]  # a plugin module
    return LoadedExtension(name, name, "1.0", module, name.lower(), (), "pip")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = App({"XTIGER_HOME": str(tmp_path)})
    yield made
    made.close()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[LoadedExtension]:
    """Extensions that are here, whatever pip knows."""
    found: list[LoadedExtension] = []

    def load(_found: object, _folder: object, loaded: dict[str, LoadedExtension]) -> list[object]:
        loaded.update({extension.name: extension for extension in found})
        return []

    monkeypatch.setattr("xtiger.extensions.load.load_extensions", load)
    return found


def test_commands_are_found_with_their_extension(
    app: App, installed: list[LoadedExtension]
) -> None:
    """Command name → extension and command."""
    command = click.Command("log")
    installed.append(_extension("XTLog", [command]))

    assert {"log": ("XTLog", command)} == guests.guest_commands(app, taken=())


def test_a_failing_hook_becomes_a_warning(
    app: App, installed: list[LoadedExtension], capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands of the others stay."""
    installed += [
        _extension("Bad", RuntimeError("boom")),
        _extension("Good", [click.Command("good")]),
    ]

    found = guests.guest_commands(app, taken=())

    assert ["good"] == list(found)
    assert "The commands of Bad are left out: RuntimeError: boom." in capsys.readouterr().err


def test_a_name_is_given_once(
    app: App, installed: list[LoadedExtension], capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither ours nor an earlier one can be replaced."""
    installed += [
        _extension("First", [click.Command("sync"), click.Command("log")]),
        _extension("Second", [click.Command("log")]),
    ]

    found = guests.guest_commands(app, taken={"sync"})

    assert [("log", "First")] == [(name, extension) for name, (extension, _c) in found.items()]
    assert "The command sync of First is left out" in capsys.readouterr().err


def test_what_is_no_command_is_left_out(app: App, installed: list[LoadedExtension]) -> None:
    """An answer outside the specification harms nobody."""
    installed.append(_extension("Odd", ["log", None]))

    assert {} == guests.guest_commands(app, taken=())


def test_a_broken_settings_file_leaves_help_alone(app: App, tmp_path: Path) -> None:
    """`xtiger --help` works; the command itself says what is broken."""
    (tmp_path / SETTINGS_FILE).write_text("=", encoding="utf-8")

    assert {} == guests.guest_commands(app, taken=())
