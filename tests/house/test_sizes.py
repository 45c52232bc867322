"""The size gate: short files and short functions, with a written reason beside each exception."""

from __future__ import annotations

import re

from tests.house.source import functions, name_of, python_files

FILE_LINES = 500
FUNCTION_LINES = 40
#: How far down a file's own reason may stand: below its docstring.
HEAD_LINES = 12
REASON = re.compile(r"# size: \S+( \S+)+")


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
