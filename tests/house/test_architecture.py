"""The floor picture of architecture.md is the import contract, and what it says to read exists."""

from __future__ import annotations

import configparser
import re

import pytest

from tests.house.source import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
#: Names that older code imports, and the program itself: rooms that nothing is added to.
NOT_SHOWN = {"__main__", "working", "records"}
#: How many files a newcomer reads first.
FIRST = 8


def floors(contract: str) -> list[set[str]]:
    """The layers of a contract of setup.cfg, highest first."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    text = config[f"importlinter:contract:{contract}"]["layers"]
    found = [
        set(re.findall(r"\w+", line.partition("#")[0])) - NOT_SHOWN for line in text.split("\n")
    ]
    return [names for names in found if names]


def drawn(picture: str, known: set[str]) -> list[set[str]]:
    """The rooms of each line of a picture, highest first; words that name no room say nothing."""
    found = []
    for line in picture.splitlines():
        # The left word is the floor, in front of two or more blanks; rooms stand before the text.
        rooms = re.match(r"(?:\w+ {2,}| +)?((?:\w+ \| )*\w+)(?: {2,}|$)", line)
        names = set(rooms[1].split(" | ")) if rooms else set()
        if names and names <= known:
            found.append(names)
    return found


@pytest.mark.parametrize(("contract", "number"), [("floors", 0), ("engine", 1)])
def test_the_picture_is_the_contract(contract: str, number: int) -> None:
    """Each floor with the same rooms, in the same order."""
    expected = floors(contract)

    assert expected == drawn(PICTURES[number], set().union(*expected))


def test_the_first_files_to_read_are_there_and_in_order() -> None:
    """Eight of them, numbered from one, each in the tree and none twice."""
    part = TEXT.partition("## Read these eight files, in this order")[2].partition("\n## ")[0]
    listed = re.findall(r"^(\d+)\. `([\w/.]+)`", part, re.MULTILINE)
    names = [name for _number, name in listed]

    assert [str(number) for number in range(1, FIRST + 1)] == [number for number, _name in listed]
    assert [] == [name for name in names if not (ROOT / name).is_file()]
    assert FIRST == len(set(names))
