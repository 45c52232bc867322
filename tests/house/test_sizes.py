"""The size gate: short files and functions; few tables set by hand; a reason for each exception."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from tests.house.source import PACKAGES, functions, name_of, python_files

FILE_LINES = 500
FUNCTION_LINES = 40
#: How far down a file's own reason may stand: below its docstring.
HEAD_LINES = 12
#: How many modules lie beside each other: more are two subjects.
FOLDER = 25
REASON = re.compile(r"# size: \S+( \S+)+")
#: How many tables are set by hand, because only so they can be read.
HAND_SET = 20
#: Where the formatter is switched off, at the end of a line too.
OFF = re.compile(r"# fmt[:] (off|skip)\b")
#: A comment of several words that stands alone; the reason is the line above.
COMMENT = re.compile(r"\s*# (?!fmt:)\S+( \S+)+")


def test_files_are_short() -> None:
    """No Python file has more than 500 lines, unless a reason stands in its first lines."""
    found = []
    for path in python_files():
        lines = path.read_text(encoding="utf-8").splitlines()
        excused = any(REASON.match(line) for line in lines[:HEAD_LINES])
        if len(lines) > FILE_LINES and not excused:
            found.append(f"{name_of(path)} has {len(lines)} lines")

    assert [] == found


def test_functions_are_short() -> None:
    """No function has more than 40 lines, unless a reason stands on its def line."""
    found = []
    for path in python_files():
        lines = path.read_text(encoding="utf-8").splitlines()
        for function in functions(path):
            size = (function.end_lineno or function.lineno) - function.lineno + 1
            head = lines[function.lineno - 1 : function.body[0].lineno]
            if size > FUNCTION_LINES and not any(REASON.search(line) for line in head):
                found.append(f"{name_of(path)}:{function.lineno} {function.name} has {size} lines")

    assert [] == found


def test_few_tables_are_set_by_hand() -> None:
    """The formatter lays out all but a few tables, each with its reason on the line above."""
    places, bare = [], []
    for path in python_files():
        lines = ["", *path.read_text(encoding="utf-8").splitlines()]
        for number, (above, line) in enumerate(pairwise(lines), 1):
            if OFF.search(line):
                places.append(f"{name_of(path)}:{number}")
                if not COMMENT.fullmatch(above):
                    bare.append(places[-1])

    assert [] == bare
    assert len(places) <= HAND_SET, places


def test_no_folder_of_the_product_is_a_long_list() -> None:
    """A reader of a room sees it at once."""
    counted = Counter(path.parent for path in python_files() if path.name != "__init__.py")
    ours = {folder: n for folder, n in counted.items() if name_of(folder).split("/")[0] in PACKAGES}

    assert {} == {name_of(folder): n for folder, n in ours.items() if n > FOLDER}
