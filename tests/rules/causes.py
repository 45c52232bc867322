"""Every place in the packages that makes a cause: which codes it may give and with what data."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.kinds import KINDS

ROOT = Path(__file__).parents[2]
PACKAGES = ("xtiger", "xtiger_log", "xtiger_queue", "xero_accounts")
#: The builders themselves.
BUILDERS = "xtiger/rules/causes.py"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Place:
    """One call of a builder: where it stands, the codes it may give and the names of its data."""

    where: str
    codes: frozenset[str]
    names: frozenset[str]
    #: Whether it has these names and no others; else it takes what the sentence needs of them.
    exact: bool


def places() -> Iterator[Place]:
    """All of them."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            text = path.read_text(encoding="utf-8")
            if name != BUILDERS and "cause_" in text:
                yield from _Source(name, ast.parse(text)).places()


class _Source:
    """One file, in which names are followed to what was assigned to them."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree = name, tree

    def places(self) -> Iterator[Place]:
        """The calls of the builders in this file."""
        for function in ast.walk(self.tree):
            if not isinstance(function, Function):
                continue
            for node in ast.walk(function):
                made_by = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
                if made_by in ("cause_of", "cause_from"):
                    assert isinstance(node, ast.Call)  # the line above
                    names = {k.arg for k in node.keywords if k.arg is not None}
                    spread = [k.value for k in node.keywords if k.arg is None]
                    for data in (*node.args[1:2], *spread):
                        names |= set(self._names(data, function, node.lineno))
                    yield Place(
                        f"{self.name}:{node.lineno}",
                        frozenset(self._codes(node.args[0], function, node.lineno)),
                        frozenset(names),
                        exact=made_by == "cause_of",
                    )

    def _followed(self, name: str, function: Function, before: int) -> ast.expr | None:
        """What a name was last given above this line, here or in the file's first level."""
        above = [v for v in _given(name, ast.walk(function)) if v.lineno < before]
        found = above or list(_given(name, self.tree.body))
        return max(found, key=lambda value: value.lineno, default=None)

    def _codes(self, expr: ast.expr, function: Function, before: int) -> Iterator[str]:
        """The texts that an expression may come to; of what it is made of, codes only."""
        if isinstance(expr, ast.Constant):
            yield str(expr.value)
            return
        if isinstance(expr, ast.Attribute) and expr.attr == "shared":
            yield from (row.shared for row in KINDS.values())
            return
        parts = _parts(expr)
        if isinstance(expr, ast.Name):
            value = self._followed(expr.id, function, before)
            parts = [] if value is None else [value]
            before = min([before, *(part.lineno for part in parts)])
        for part in parts:
            yield from (c for c in self._codes(part, function, before) if c in CATALOGUE)

    def _names(self, expr: ast.expr, function: Function, before: int) -> Iterator[str]:
        if isinstance(expr, ast.Dict):
            yield from (str(key.value) for key in expr.keys if isinstance(key, ast.Constant))
        elif isinstance(expr, ast.BinOp):
            yield from self._names(expr.left, function, before)
            yield from self._names(expr.right, function, before)
        elif isinstance(expr, ast.Name):
            value = self._followed(expr.id, function, before)
            if value is not None:
                yield from self._names(value, function, min(before, value.lineno))
        elif isinstance(expr, ast.Call):
            yield from self._returned(getattr(expr.func, "id", ""))
        elif isinstance(expr, ast.DictComp):  # the named parts of regular expressions
            yield from re.findall(r"\(\?P<(\w+)>", ast.unparse(self.tree))

    def _returned(self, name: str) -> Iterator[str]:
        """The names of the dict that a function of this file returns."""
        for function in ast.walk(self.tree):
            if isinstance(function, Function) and function.name == name:
                for node in ast.walk(function):
                    if isinstance(node, ast.Return) and node.value is not None:
                        yield from self._names(node.value, function, node.lineno)


def _given(name: str, nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """The values that these statements give to a name; of a loop, what it goes through."""
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        elif isinstance(node, ast.For):
            targets, value = [node.target], node.iter
        else:
            continue
        if name in {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}:
            yield value


def _parts(expr: ast.expr) -> list[ast.expr]:
    """What an expression may come to; the question of an `if` is not among it."""
    if isinstance(expr, ast.IfExp):
        return [expr.body, expr.orelse]
    if isinstance(expr, ast.BoolOp | ast.Dict):
        return expr.values
    if isinstance(expr, ast.GeneratorExp | ast.ListComp):
        return [loop.iter for loop in expr.generators]
    if isinstance(expr, ast.Tuple | ast.List):
        return expr.elts
    if isinstance(expr, ast.Subscript | ast.Attribute):
        return [expr.value]
    return [expr.func, *expr.args] if isinstance(expr, ast.Call) else []
