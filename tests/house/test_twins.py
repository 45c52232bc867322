"""Each module of the pure rooms has a test file of its name, and every branch is shown by these."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.source import ROOT, name_of

#: Rooms that decide and do nothing else: no network, no database, no clock.
PURE = ("model", "rules", "mapping")
#: What a pure module of the engine may import beside other pure modules of it.
BELOW = re.compile(r"xtiger\.(errors|hookspecs|model|rules|mapping)\b")


def _modules(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]


def _imports(path: Path) -> set[str]:
    """The modules of ours that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "xtiger"}


def _pure_of_engine() -> list[Path]:
    """Modules of the engine that stand on the pure rooms, and on each other, alone."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in _modules(ROOT / "xtiger" / "engine")
    }
    pure = set(modules)
    while True:
        left = {
            name
            for name in pure
            if all(BELOW.match(one) or one in pure for one in _imports(modules[name]))
        }
        if left == pure:
            return [modules[name] for name in sorted(pure)]
        pure = left


def test_each_pure_module_has_a_test_file_of_its_name() -> None:
    """Who opens a module of these rooms finds its tests without searching."""
    wanted = [path for room in PURE for path in _modules(ROOT / "xtiger" / room)]
    wanted += _pure_of_engine()
    missing = set()
    for path in wanted:
        twin = ROOT / "tests" / path.relative_to(ROOT / "xtiger")
        if not twin.with_name(f"test_{twin.name}").is_file():
            missing.add(name_of(path))

    assert [] == sorted(missing)


def test_the_engine_has_pure_modules() -> None:
    """Some are known to be: a rule that finds none would hold nothing."""
    assert "xtiger/engine/apply/lost_answers.py" in [name_of(path) for path in _pure_of_engine()]


def test_every_branch_of_the_pure_rooms_is_a_gate() -> None:
    """`make test` measures each pure room by its own tests, and takes nothing below 100 %."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^\t.*--cov-fail-under=100.*$", makefile, re.MULTILINE)

    assert [] == [
        room for room in PURE if not {f"--cov=xtiger.{room}", f"tests/{room}"} <= {*command.split()}
    ]
    assert ("--cov-branch" in command, "test: coverage" in makefile) == (True, True)
