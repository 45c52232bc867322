"""Errors are swallowed at named doors only; everywhere else a fault comes to light."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import PACKAGES, ROOT, name_of, python_files

#: What catches everything.
WIDE = frozenset({"Exception", "BaseException", "FOREIGN"})
#: The doors where any error of code that is not ours, or of one round of a worker or another
#: thread that nobody waits for, is caught.
DOORS = frozenset(
    {
        "xtiger/cli/app.py",
        "xtiger/cli/commands/scaffold.py",
        "xtiger/cli/guests.py",
        "xtiger/cli/root.py",
        "xtiger/demo/sender.py",
        "xtiger/extensions/hook_caller.py",
        "xtiger/extensions/load.py",
        "xtiger/extensions/manager.py",
        "xtiger/hosts/guard.py",
        "xtiger/sandbox/server.py",
        "xtiger/testing/check.py",
        "xtiger/services/loading.py",
        "xtiger/services/mailing/posting.py",
        "xtiger/services/worker.py",
        "xtiger_queue/scheduled_runs.py",
        "xtiger_queue/rounds.py",
    }
)


def ours() -> Iterator[Path]:
    """The files of the four packages."""
    return (p for p in python_files() if p.relative_to(ROOT).parts[0] in PACKAGES)


def names(node: ast.expr | None) -> set[str]:
    """The names in what an except or a suppress catches; a bare except catches everything."""
    if node is None:
        return {"BaseException"}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def goes_on(handler: ast.ExceptHandler) -> bool:
    """Whether an error ends here: the last thing done is not to raise it again."""
    last = handler.body[-1]
    return not (isinstance(last, ast.Raise) and last.exc is None)


def swallowed(path: Path) -> Iterator[str]:
    """Each place of a file that may swallow any error."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler) and names(node.type) & WIDE and goes_on(node):
            yield f"{name_of(path)}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == "suppress" and set().union(*map(names, node.args)) & WIDE:
                yield f"{name_of(path)}:{node.lineno}"


def test_only_named_doors_catch_everything() -> None:
    """No `except Exception`, bare except or suppress(Exception) elsewhere, unless it raises."""
    found = {place for path in ours() for place in swallowed(path)}

    assert [] == sorted(place for place in found if place.partition(":")[0] not in DOORS)
    assert DOORS == {place.partition(":")[0] for place in found}
