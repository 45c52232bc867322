"""No two modules import each other, however long the way: types and late imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.house.source import ROOT

PACKAGES = ("xtiger", "xtiger_log", "xtiger_queue", "xero_accounts")
#: The front door: it hands out what the library is, and everybody asks it for the version.
DOOR = "xtiger"


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """The modules that a file names in an import, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield from [inside] if inside in known else [node.module] * (node.module in known)


def _circle(imports: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, in their order; none where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def test_no_module_leads_back_to_itself() -> None:
    """A stranger reads a module without what is above it, and a change ends where it begins."""
    known = {_name(path): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    imports = {name: {*_imported(path, known)} - {name, DOOR} for name, path in known.items()}

    assert [] == _circle(imports)


def test_a_circle_is_found() -> None:
    """The rule can fail: three modules in a ring, and none in a row."""
    assert {"a", "b", "c"} == {*_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})}
    assert [] == _circle({"a": {"b"}, "b": {"c"}, "c": set()})
