"""Nothing in the tree names a machine, a registry or a file of vague purpose."""

from __future__ import annotations

import re

from tests.house.source import ROOT, files, name_of

#: Put together here, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.~/-])/(?:" + "|".join(("wo" + "rk", "ro" + "ot")) + r")/[\w.]")
HOME_PATHS = re.compile(r"(?<![\w.~-])(?:/home|/Users|[A-Z]:\\Users)[/\\][a-z]\w*[/\\]")
REGISTRIES = re.compile("|".join(("pypi" + r"\.org", "python" + r"hosted\.org", "/opt/" + "pypi")))
VAGUE = ("base", "common", "helper", "helpers", "misc", "util", "utils")


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image or another binary file
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name_of(path)}:{number}")
    return found


def test_no_machine_path_is_in_the_tree() -> None:
    """No file names a folder of the machine that it was written on."""
    assert [] == _lines_with(MACHINE_PATHS) + _lines_with(HOME_PATHS)


def test_no_registry_is_in_the_tree() -> None:
    """No file names the host of a package index: pip's own setting decides."""
    assert [] == _lines_with(REGISTRIES)


def test_file_names_say_what_is_inside() -> None:
    """No Python file or folder has a name that fits everything."""
    found = [
        name_of(path)
        for path in files()
        if {part.removesuffix(".py") for part in path.relative_to(ROOT).parts} & set(VAGUE)
    ]

    assert [] == found
