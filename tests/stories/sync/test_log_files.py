"""The log as a file: streamed, whole, and a change in it or in the log itself is found."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event, text

from tests.stories.sync.people import organisation
from tests.world import World
from xtiger.ports import Context
from xtiger_log.cli import log
from xtiger_log.search import PART


class _App:
    """What the command line gives its commands, of a library that is open already."""

    as_json = False

    def __init__(self, world: World) -> None:
        self.world = world

    def context(self) -> Context:
        return self.world.xt.context()

    def connection_id(self) -> str | None:
        return None


def entered(world: World, *arguments: str) -> Result:
    """What `xtiger log` did with these arguments."""
    return CliRunner().invoke(log, arguments, obj=_App(world))


@pytest.fixture
def filled(world: World) -> World:
    """A log of four entries, one of them with old and new values."""
    first = organisation(world, "Acme", email1="old@acme.example")
    organisation(world, "Zenith")
    world.sync()
    world.host.edit("Organizations", first, email1="new@acme.example")
    world.sync()
    return world


def test_lines_hold_every_entry_with_its_values(filled: World) -> None:
    """Newest first, each with old and new value, and a seal at the end."""
    *entries, seal = [json.loads(one) for one in entered(filled, "export").output.splitlines()]
    values = [(one["old"], one["new"]) for one in entries[0]["changes"]]

    assert ["updated", "created", "created"] == [one["result"] for one in entries]
    assert ("old@acme.example", "new@acme.example") in values
    assert 3 == seal["seal"]["entries"]


def test_csv_holds_what_fits(filled: World) -> None:
    """With a head line, also where nothing fits."""
    some = entered(filled, "export", "--format", "csv", "--result", "created").output
    none = entered(filled, "export", "--format", "csv", "--code", "tax_unknown").output

    assert [3, 1] == [len(list(csv.reader(io.StringIO(found)))) for found in (some, none)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("Acme", "Acne", 1), "The seal does not fit"),
        (lambda text: text.replace('"created"', '"failed"', 1), "Entry 2 was changed: result."),
        (lambda text: text.split("\n", 1)[1], "The seal does not fit the 2 entries"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "The seal is missing"),
        (lambda text: text + "{}\n", "something behind the seal"),
        (lambda _text: "hello\n", "Line 1 is no entry."),
    ],
)
def test_a_changed_file_is_found(filled: World, tmp_path: Path, change: object, said: str) -> None:
    """By its seal, and by the log where the entry is still kept; the untouched one is whole."""
    assert callable(change)
    written = entered(filled, "export").output
    whole, changed = tmp_path / "whole.jsonl", tmp_path / "changed.jsonl"
    whole.write_text(written)
    changed.write_text(change(written))
    good, bad = entered(filled, "verify", str(whole)), entered(filled, "verify", str(changed))

    assert (0, "The log is whole, and the file as written.\n") == (good.exit_code, good.output)
    assert bad.exit_code != 0
    assert said in str(bad.exception)


def test_a_changed_log_is_found(filled: World) -> None:
    """The row is named."""
    good = entered(filled, "verify").output
    with filled.xt.store.engine.begin() as db:
        db.execute(text("UPDATE xt_outcome SET name = 'Acne' WHERE id = 2"))

    assert good == "The log is whole.\n"
    assert "Row 2 of the log is not as it was written" in str(entered(filled, "verify").exception)


def test_a_long_file_is_written_in_parts(world: World) -> None:
    """One statement for so many entries, however many there are."""
    organisation(world, "Acme")
    world.sync()
    (one,) = world.xt.sync.outcomes()
    world.xt.store.add_outcomes([one] * (2 * PART))
    made: list[str] = []
    event.listen(
        world.xt.store.engine,
        "before_cursor_execute",
        lambda *given: made.append(given[2]) if "FROM xt_outcome" in given[2] else None,
    )
    found = entered(world, "export").output.splitlines()

    assert (2 * PART + 2, 3) == (len(found), len(made))
