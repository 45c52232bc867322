"""The sandbox judges the library, so it must not share its mistakes."""

from __future__ import annotations

import ast
from pathlib import Path

import xtiger.sandbox

FOLDER = Path(xtiger.sandbox.__file__).parent
ALLOWED = ("xtiger.sandbox", "xtiger.errors")


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_sandbox_shares_no_code_with_what_it_judges() -> None:
    """No file of the sandbox imports anything of the library but its errors."""
    found = [
        f"{path.name} imports {name}"
        for path in sorted(FOLDER.rglob("*.py"))
        for name in _imported(path)
        if name.split(".")[0] in ("xtiger", "xtiger_log", "xtiger_queue", "xero_accounts")
        and not name.startswith(ALLOWED)
    ]

    assert [] == found
