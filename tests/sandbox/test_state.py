"""Claims about what the sandbox remembers."""

from __future__ import annotations

import stat
from decimal import Decimal
from pathlib import Path

import pytest

from xtiger.sandbox.state import State

INDEXES = {"Thing": {"name": lambda raw: raw.get("name")}}


def _names(state: State, name: str) -> list[int]:
    return [row["n"] for row in state.find("t", "Thing", "name", name)]


def _fail(state: State, rows: dict[str, dict[str, object]]) -> None:
    with state.transaction():
        for object_id, raw in rows.items():
            state.put("t", "Thing", object_id, raw)
        raise KeyError


def test_objects_outlive_the_process(tmp_path: Path) -> None:
    """What was put is there again on the same file, Decimals exact and in order."""
    first = State(tmp_path / "x.db", INDEXES)
    first.put("t", "Thing", "b", {"n": 1, "name": "x", "amount": Decimal("0.10")})
    first.put("t", "Thing", "a", {"n": 2, "name": "x"})
    first.close()
    second = State(tmp_path / "x.db", INDEXES)
    rows, found = second.all("t", "Thing"), _names(second, "x")
    second.close()

    assert [{"n": 1, "name": "x", "amount": Decimal("0.10")}, {"n": 2, "name": "x"}] == rows
    assert [1, 2] == found


def test_failed_transaction_is_taken_back_in_memory_and_on_file(tmp_path: Path) -> None:
    """An error leaves objects and indexes as they were."""
    state = State(tmp_path / "x.db", INDEXES)
    state.put("t", "Thing", "a", {"n": 1, "name": "x"})
    with pytest.raises(KeyError):
        _fail(state, {"a": {"n": 2, "name": "y"}, "b": {"n": 3, "name": "x"}})
    in_memory = (_names(state, "x"), _names(state, "y"))
    state.close()
    again = State(tmp_path / "x.db", INDEXES)
    on_file = (_names(again, "x"), _names(again, "y"))
    again.close()

    assert [([1], [])] * 2 == [in_memory, on_file]


def test_inner_failure_keeps_the_outer_part() -> None:
    """An inner transaction takes back its own writes only."""
    state = State(None, INDEXES)
    with state.transaction():
        state.put("t", "Thing", "a", {"n": 1, "name": "x"})
        with pytest.raises(KeyError):
            _fail(state, {"b": {"n": 2, "name": "x"}})

    assert [1] == _names(state, "x")


def test_index_follows_changes_and_removals() -> None:
    """An object is found under its present key only."""
    state = State(None, INDEXES)
    state.put("t", "Thing", "a", {"n": 1, "name": "x"})
    state.put("t", "Thing", "a", {"n": 1, "name": "y"})
    moved = (_names(state, "x"), _names(state, "y"))
    state.put("t", "Thing", "a", None)

    assert (([], [1]), []) == (moved, _names(state, "y"))


def test_file_in_use_is_refused_in_words(tmp_path: Path) -> None:
    """A second sandbox on the same file would work on old objects: it is refused."""
    first = State(tmp_path / "x.db", INDEXES)
    with pytest.raises(OSError, match="Stop the sandbox that has it open"):
        State(tmp_path / "x.db", INDEXES)
    first.close()


def test_foreign_file_is_refused_in_words(tmp_path: Path) -> None:
    """A file that is no database is named and left as it is."""
    path = tmp_path / "x.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(OSError, match="cannot use the state file"):
        State(path, INDEXES)

    assert path.read_bytes().startswith(b"not a database")


def test_file_is_private(tmp_path: Path) -> None:
    """The file holds the client secret: only its owner reads it."""
    State(tmp_path / "x.db", INDEXES).close()

    assert 0o600 == stat.S_IMODE((tmp_path / "x.db").stat().st_mode)
