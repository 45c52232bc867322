"""Zips made to be read in two ways: the manager refuses them, and nothing is unpacked."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.extensions.conftest import Installation
from tests.extensions.making import Making, write
from xtiger.errors import ExtensionRefused

GOOD = Making()
INFO = "loyalty_points-1.0.0.dist-info"
POINT = "[xtiger.extensions]\nloyalty_points = loyalty_points.plugin\n"
DTD = '<!DOCTYPE m [<!ENTITY a "Loyalty">]>'


def _files(**files: bytes) -> Making:
    return replace(GOOD, files={name.replace("!", "/"): made for name, made in files.items()})


def _wheel(**files: bytes) -> Mapping[str, bytes]:
    return _files(**files).entries()


def _points(text: str) -> Mapping[str, bytes]:
    return replace(GOOD, entry_points=text).entries()


def _manifest(old: str, new: str, encoding: str = "utf-8") -> Mapping[str, bytes]:
    text = GOOD.entries()["manifest.xml"].decode().replace(old, new)
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    return {**GOOD.entries(), "manifest.xml": mark + text.encode(encoding)}


def _named(name: str, twin: str) -> Mapping[str, bytes]:
    return replace(GOOD, files={name: b"", twin: b"1"}).entries()


#: What is tried → (entries of the zip, what the sentence says).
HOSTILE: dict[str, tuple[Mapping[str, bytes], tuple[str, ...]]] = {
    "a section that only Python's reader sees": (
        _points(f"{POINT} [console_scripts]\n pip = loyalty_points.plugin:main\n"),
        ("registers console_scripts", "Do not use this file"),
    ),
    "a section behind a line end of Unicode": (
        _points(f"{POINT}# note\u2028[console_scripts]\u2028pip = loyalty_points.plugin:main\n"),
        ("registers console_scripts",),
    ),
    "defaults that only another reader applies": (
        _points("[DEFAULT]\nloyalty_points = loyalty_points.plugin\n[xtiger.extensions]\n"),
        ("registers DEFAULT",),
    ),
    "an empty section": (_points(f"{POINT}[gui_scripts]\n"), ("registers gui_scripts",)),
    "one name twice": (
        _points(f"{POINT}loyalty_points = os.path\n"),
        ("does not register loyalty_points once",),
    ),
    "a list of needs from older days": (
        replace(GOOD, files={f"{INFO}/requires.txt": b"evil\n"}).entries(),
        (f"holds {INFO}/requires.txt", "once more"),
    ),
    "entities in UTF-16": (
        _manifest("<module>", f"{DTD}<module>", "utf-16-le"),
        ("holds more than a manifest does",),
    ),
    "a DTD from elsewhere": (
        _manifest("<module>", '<!DOCTYPE m SYSTEM "file:///etc/passwd"><module>'),
        ("holds more than a manifest does",),
    ),
    "an encoding that nobody knows": (
        _manifest("<module>", '<?xml version="1.0" encoding="x-none"?><module>'),
        ("manifest.xml is damaged", "Fetch the file again"),
    ),
    "two names": (
        _manifest("<label>", "<name>Other</name><label>"),
        ("<name> is in its manifest.xml twice",),
    ),
    "a label that turns the text": (
        _manifest("Loyalty points", "Loyalty \u202estniop"),
        ("<label> of its manifest.xml holds a character that cannot be seen",),
    ),
    "a label that steers a terminal": (
        _manifest("Loyalty points", "Loyalty \x9b2Jpoints"),
        ("<label> of its manifest.xml holds",),
    ),
    "a need that breaks the line": (
        _manifest("<requires>XTiger", "<requires>XTi\nger"),
        ("<dependencies/requires> of its manifest.xml holds",),
    ),
    "names equal but for case": (
        _named("loyalty_points/data.txt", "loyalty_points/DATA.txt"),
        ("'loyalty_points/DATA.txt' is there twice, the other time as 'loyalty_points/data.txt'",),
    ),
    "folders equal but for case": (
        _named("loyalty_points/sub/a.txt", "loyalty_points/SUB/b.txt"),
        ("'loyalty_points/SUB/b.txt' is there twice, the other time as 'loyalty_points/sub/'",),
    ),
    "a file that is a folder": (
        _named("loyalty_points/sub/a.txt", "loyalty_points/Sub"),
        ("'loyalty_points/Sub' is there twice",),
    ),
    "names equal but for the spelling of an accent": (
        _named("loyalty_points/caf\xe9.txt", "loyalty_points/cafe\u0301.txt"),
        ("is there twice",),
    ),
    "a name that ends with a space": (
        _wheel(**{"loyalty_points!plugin.py ": b""}),
        ("'loyalty_points/plugin.py ' begins or ends with a space or a dot",),
    ),
    "a folder that ends with a dot": (
        _wheel(**{"loyalty_points!sub.!a.txt": b""}),
        ("begins or ends with a space or a dot",),
    ),
    "a name that turns the text": (
        _wheel(**{"loyalty_points!\u202eyp.txt": b""}),
        ("'loyalty_points/\\u202eyp.txt' holds a character that no file name may have",),
    ),
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_a_hostile_zip_leaves_nothing(
    installation: Installation, tmp_path: Path, trick: str
) -> None:
    """A zip that two readers would see differently is refused by name, and nothing is unpacked."""
    entries, said = HOSTILE[trick]
    with pytest.raises(ExtensionRefused) as refusal:
        installation.start().install([write(tmp_path / "hostile.zip", entries)])
    unpacked = [str(path) for path in installation.home.glob("extensions/*/*")]

    assert ([], []) == ([part for part in said if part not in str(refusal.value)], unpacked)


def test_a_manifest_may_be_in_utf_16(installation: Installation, tmp_path: Path) -> None:
    """What another reader of XML understands is understood here, too."""
    path = write(tmp_path / "wide.zip", _manifest("", "", "utf-16-le"))
    installation.start().install([path])

    assert (tmp_path / "home" / "extensions" / "Loyalty").is_dir()
