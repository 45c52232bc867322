"""The files are as .editorconfig tells editors to leave them: saving one changes nothing."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from tests.house.source import ROOT, files, name_of

CONFIG = configparser.ConfigParser()
CONFIG.read_string("[top]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))


def wanted(path: Path) -> dict[str, str]:
    """What is asked of a file; a later section comes before an earlier one."""
    found: dict[str, str] = {}
    for pattern in CONFIG.sections():
        head, brace, rest = pattern.partition("{")
        endings = rest.rstrip("}").split(",") if brace else [""]
        if any(fnmatch(path.name, f"{head}{ending}") for ending in endings):
            found |= CONFIG[pattern]
    return found


def wrong(path: Path) -> Iterator[str]:
    """What an editor would change in a file when it is saved."""
    asked, data = wanted(path), path.read_bytes()
    try:
        text = data.decode(asked["charset"])
    except UnicodeDecodeError:
        return  # an image or another binary file
    if "\r" in text:
        yield "line ends"
    if text and not text.endswith("\n"):
        yield "no line end at the end"
    if asked["trim_trailing_whitespace"] == "true":
        blank = [n for n, line in enumerate(text.split("\n"), 1) if line != line.rstrip(" \t")]
        yield from (f"blanks at the end of line {number}" for number in blank)
    if asked["indent_style"] == "space" and "\n\t" in text:
        yield "a tab at the begin of a line"


def test_saving_a_file_changes_nothing() -> None:
    """Line ends, the last line, blanks at the end and tabs are as .editorconfig says."""
    assert [] == [f"{name_of(path)}: {what}" for path in files() for what in wrong(path)]


def test_long_lines_are_those_of_the_formatter() -> None:
    """An editor's ruler for Python stands where ruff breaks lines."""
    ruff = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert f"line-length = {wanted(Path('x.py'))['max_line_length']}\n" in ruff
