"""Every file says what it is for, and every test what it claims."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT, functions, name_of, python_files


def test_files_start_with_their_purpose() -> None:
    """The first line of every Python file is its docstring; a #! line may stand before it."""
    found = []
    for path in python_files():
        lines = path.read_text(encoding="utf-8").splitlines() or [""]
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        if not re.match(r'r?"""\S', first):
            found.append(name_of(path))

    assert [] == found


def test_tests_state_their_claim() -> None:
    """Every test function has a docstring; ruff asks the same of all public code."""
    found = [
        f"{name_of(path)}:{function.lineno} {function.name}"
        for path in python_files()
        if path.is_relative_to(ROOT / "tests") or path.is_relative_to(ROOT / "xtiger/testing")
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]

    assert [] == found


def test_open_points_name_their_issue() -> None:
    """A TODO names the issue that holds it."""
    mark = "TO" + "DO"
    found = [
        f"{name_of(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(rf"#.*\b{mark}\b(?!\(#\d+\))", line)
    ]

    assert [] == found
