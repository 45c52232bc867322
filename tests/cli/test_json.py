"""Every command's --json: one object on standard output, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Xtiger
from tests.web.stand_in import StandIn


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["connections"], "connections"),
        (["disconnect", "c1", "--yes"], "disconnected"),
        (["terms", "--accept"], "terms_accepted"),
        (["modules"], "modules"),
        (["mapping", "show", "Organizations"], "mapping"),
        (["mapping", "save"], "mappings"),
        (["start"], "answers"),
        (["start", "--from", "2026-04-01", "--invoices", "draft"], "answers"),
        (["start", "--accept"], "answers"),
        (["start", "--go-on"], "answers"),
        (["plan"], "modules"),
        (["plan", "--fields", "Organizations"], "items"),
        (["sync"], "run"),
        (["runs"], "runs"),
        (["link", "Products", "1", "x-1"], "sentence"),
        (["unlink", "Products", "1"], "linked"),
        (["host", "check"], "problems"),
        (["tick"], "done"),
        (["extensions", "list"], "extensions"),
        (["extensions", "enable", "XTLog"], "enabled"),
        (["extensions", "disable", "XTLog"], "enabled"),
        (["extensions", "rollback", "XTLog"], "rolled_back"),
        (["extensions", "uninstall", "XTLog"], "removed"),
    ],
)
def test_one_object(xtiger: Xtiger, arguments: list[str], key: str) -> None:
    """The object has the documented key; nothing stands around it."""
    found = xtiger(*arguments, "--json")

    assert (0, True) == (found.code, key in found.json)


def test_install_names_the_files(xtiger: Xtiger, xt: StandIn, tmp_path: Path) -> None:
    """All zips are given to the manager at once."""
    paths = [tmp_path / "XTLog.zip", tmp_path / "XTQueue.zip"]
    for path in paths:
        path.write_bytes(b"")

    found = xtiger("extensions", "install", *map(str, paths), "--json")

    assert [("install", paths)] == xt.extensions.told
    assert [str(path) for path in paths] == found.json["installed"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["extensions", "rollback", "xtlog"],
        ["extensions", "uninstall", "xtlog"],
        ["link", "products", "1", "x-1"],
        ["unlink", "products", "1"],
    ],
)
def test_what_was_done_is_said(xtiger: Xtiger, arguments: list[str]) -> None:
    """Without --json a sentence says what happened, with the name as it is spelled."""
    found = xtiger(*arguments)

    assert 0 == found.code
    assert any(name in found.out for name in ("XTLog", "Products"))


def test_progress_is_shown_on_a_terminal(xtiger: Xtiger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar per module, on standard error, where somebody watches."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    found = xtiger("sync")

    assert "3/5" in found.err
    assert "3/5" not in found.out


def test_progress_is_silent_in_a_pipe(xtiger: Xtiger) -> None:
    """Nothing on standard error when all is well."""
    assert "" == xtiger("sync").err
