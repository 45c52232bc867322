"""Changes for users stand in files of their own, of a kind that the changelog knows."""

from __future__ import annotations

import re

from tests.house.source import ROOT, files

NAME = re.compile(r"\+[a-z0-9-]+\.(security|removed|deprecated|added|changed|fixed)\.md")


def test_each_change_is_of_a_known_kind() -> None:
    """Every file of changelog.d but its README is named +WORDS.TYPE.md and says something."""
    folder = ROOT / "changelog.d"
    found = [
        path.name
        for path in files()
        if path.parent == folder and path.name != "README.md"
        if not NAME.fullmatch(path.name) or not path.read_text(encoding="utf-8").strip()
    ]

    assert [] == found
