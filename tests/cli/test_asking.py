"""What ends or takes away something asks first; who cannot be asked is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Xtiger
from tests.web.stand_in import StandIn
from tests.web.stand_in_services import StandInLinks
from xtiger.cli.app import App
from xtiger.cli.root import root

#: Command that asks → what it is given, and what it asks.
ASKS = {
    "disconnect": (["c1"], "Disconnect Aroha Trading Ltd?"),
    "host forget-links": ([], "Forget which records of the CRM and Xero belong together?"),
    "extensions uninstall": (
        ["XTLog", "--purge", "--export", "x.json"],
        "Remove all data of XTLog for good?",
    ),
    "host undeployed": ([], "End every connection of this CRM?"),
    "undo": (["0f3a"], "Take this back?"),
    # Any file: the stand-in finds a newer XTiger in it.
    "extensions install": ([__file__], "Install XTiger 99.0.0?"),
}


@pytest.fixture
def done(xt: StandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[object]]:
    """What was ended or taken away so far."""
    forgotten: list[object] = []
    xt.extensions.newer = "99.0.0"

    def forget(_service: object) -> None:
        forgotten.append("links")

    monkeypatch.setattr(StandInLinks, "forget_all", forget, raising=False)

    def found() -> list[object]:
        ended = [] if xt.active else ["connection"]
        return [*forgotten, *xt.extensions.told, *xt.undone, *ended]

    return found


def _commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, obj=App())
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _commands(found, (*path, name))


def _has_yes(command: click.Command) -> bool:
    return "yes" in {one.name for one in command.params}


def test_every_command_that_asks_is_looked_at() -> None:
    """A new one with --yes cannot be forgotten here."""
    asking = {" ".join(path) for path, command in _commands(root) if _has_yes(command)}

    assert set(ASKS) == asking


@pytest.mark.parametrize("command", ASKS)
def test_with_json_nothing_is_done_unasked(
    xtiger: Xtiger, done: Callable[[], list[object]], command: str
) -> None:
    """A script must say --yes; the refusal names it."""
    found = xtiger(*command.split(), *ASKS[command][0], "--json")

    assert (2, []) == (found.code, done())
    assert "Add --yes to do it." in found.err


@pytest.mark.parametrize("command", ASKS)
def test_a_no_leaves_all_as_it_was(
    xtiger: Xtiger,
    done: Callable[[], list[object]],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    """The question says what would go."""
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    given, question = ASKS[command]
    found = xtiger(*command.split(), *given)

    assert (True, []) == (question in found.out, done())
    assert (True, False) == ("Nothing was done." in found.err, "under way" in found.err)
    assert 0 != found.code


@pytest.mark.parametrize("command", ASKS)
def test_a_yes_does_it(
    xtiger: Xtiger,
    done: Callable[[], list[object]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
) -> None:
    """Typed at the prompt."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    xtiger(*command.split(), *ASKS[command][0])

    assert 1 == len(done())
