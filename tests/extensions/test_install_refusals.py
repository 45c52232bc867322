"""What cannot be installed here is refused with a sentence, and nothing changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extensions.conftest import Installation
from tests.extensions.making import Making, write
from xtiger.errors import ExtensionRefused
from xtiger.extensions.manager import ExtensionManager

MakeZip = Callable[..., Path]
CARDS = {"name": "Cards", "label": "Cards", "package": "loyalty_cards"}


def _refusal(manager: ExtensionManager, *paths: Path) -> str:
    with pytest.raises(ExtensionRefused) as refusal:
        manager.install(paths)
    return str(refusal.value)


def test_one_extension_twice_is_refused(installation: Installation, make_zip: MakeZip) -> None:
    """Two zips of one install may not hold the same extension."""
    said = _refusal(installation.start(), make_zip(), make_zip(version="2.0.0"))

    assert "Loyalty: two of the zips hold it. Name each extension once." == said


def test_another_package_under_a_known_name_is_refused(
    installation: Installation, make_zip: MakeZip
) -> None:
    """A stranger cannot replace an extension by calling itself the same."""
    manager = installation.start()
    manager.install([make_zip()])
    said = _refusal(manager, make_zip(package="loyalty_cards", version="2.0.0"))

    assert "the zip holds loyalty_cards, installed is loyalty_points" in said


def test_a_known_package_under_another_name_is_refused(
    installation: Installation, make_zip: MakeZip
) -> None:
    """One package belongs to one extension."""
    manager = installation.start()
    manager.install([make_zip()])
    said = _refusal(manager, make_zip(name="Cards"))

    assert "its package loyalty_points is that of the extension Loyalty" in said


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("somewhere @ https://a.example/b.whl", "https://a.example/b.whl"),
        ("xtiger~=9.9.0", "xtiger ~=9.9.0"),
        ("pluggy<1", "pluggy<1"),
    ],
)
def test_an_unmet_requirement_is_named(
    installation: Installation, make_zip: MakeZip, line: str, named: str
) -> None:
    """A requirement from a place, of another release or of another version is not met."""
    said = _refusal(installation.start(), make_zip(metadata=(f"Requires-Dist: {line}",)))

    assert named in said


def test_a_zip_may_need_the_library_of_another(
    installation: Installation, make_zip: MakeZip
) -> None:
    """What another zip of the same install brings is met."""
    cards = make_zip(**CARDS, metadata=("Requires-Dist: Loyalty_Points>=1",))
    states = installation.start().install([cards, make_zip()])

    assert ["installed", "installed"] == [state.state for state in states]


def test_pip_that_does_not_run_is_named(
    installation: Installation, make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pip cannot be run, the sentence says how to try it; nothing is left behind."""
    manager, path = installation.start(), make_zip()
    monkeypatch.setattr(sys, "executable", str(installation.home / "no-python"))
    said = _refusal(manager, path)
    left = [p.name for p in (installation.home / "extensions" / "Loyalty").iterdir()]

    assert ("this works: python -m pip --version", []) == (said[-35:], left)


def test_pip_that_fails_is_quoted(
    installation: Installation, make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """When pip fails, its own last line is shown."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'No module named pip' >&2; exit 1\n")
    broken.chmod(0o755)
    manager, path = installation.start(), make_zip()
    monkeypatch.setattr(sys, "executable", str(broken))

    assert "pip could not install it: No module named pip" in _refusal(manager, path)


def test_a_damaged_list_of_active_ones_is_named(
    installation: Installation, make_zip: MakeZip
) -> None:
    """A damaged active.json is named with the way out, instead of starting without extensions."""
    installation.start().install([make_zip()])
    (installation.home / "extensions" / "active.json").write_text("{")
    with pytest.raises(ExtensionRefused) as refusal:
        installation.start()

    assert str(refusal.value).endswith("Remove it and install the zips again; no data is lost.")
    (installation.home / "extensions" / "active.json").unlink()


def test_a_plugin_of_another_name_is_blocked(installation: Installation, make_zip: MakeZip) -> None:
    """Code that calls itself other than its manifest is not used."""
    plugin = Making(name="Other").wheel_files()["loyalty_points/plugin.py"].decode()
    (state,) = [
        state
        for state in installation.start().install([make_zip(plugin=plugin)])
        if state.name == "Loyalty"
    ]

    assert ("blocked", "its manifest calls it Loyalty") == (state.state, state.reason)


def test_a_plugin_without_description_is_broken(
    installation: Installation, make_zip: MakeZip
) -> None:
    """A plugin module without EXTENSION is broken, and the reason says what it lacks."""
    (state,) = installation.start().install([make_zip(plugin="X = 1\n")])

    assert "has no EXTENSION that describes loyalty_points" in state.reason


def test_keys_of_the_home_are_asked(installation: Installation, make_zip: MakeZip) -> None:
    """With a key in the keys folder, an unsigned zip is refused."""
    keys = installation.home / "extensions" / "keys"
    keys.mkdir(parents=True)
    (keys / "office.pem").write_bytes(b"-")

    assert "the zip is not signed" in _refusal(installation.start(), make_zip())


def test_a_zip_of_nothing_known_is_no_traceback(installation: Installation, tmp_path: Path) -> None:
    """A file that is no extension at all is refused with its own name."""
    path = write(tmp_path / "holiday.zip", {"beach.jpg": b"..."})

    assert _refusal(installation.start(), path).startswith("holiday.zip: the zip has no manifest")
