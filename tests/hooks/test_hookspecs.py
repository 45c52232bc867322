"""The table of hooks: what every specification says, and that pluggy takes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pluggy
import pytest

from xtiger import hookspecs

PARTS = ("What:", "When:", "Arguments:", "Return:", "Used by:")
HOOKS: dict[str, Callable[..., Any]] = {
    name: value
    for name, value in vars(hookspecs).items()
    if inspect.isfunction(value) and value.__module__ == hookspecs.__name__
}


@pytest.mark.parametrize("name", HOOKS)
class TestEachHook:
    def test_its_docstring_has_the_five_parts_in_order(self, name: str) -> None:
        """Whoever writes an extension finds each at its place."""
        doc = inspect.getdoc(HOOKS[name]) or ""
        found = [line.partition(" ")[0] for line in doc.replace("Used by:", "Used-by:").split("\n")]

        assert [p.replace("Used by:", "Used-by:") for p in PARTS] == [
            word for word in found if word.endswith(":") and word[0].isupper()
        ]

    def test_its_arguments_are_typed(self, name: str) -> None:
        """The answer, too."""
        signature = inspect.signature(HOOKS[name], eval_str=False)
        types = [p.annotation for p in signature.parameters.values()]

        assert inspect.Signature.empty not in [*types, signature.return_annotation]

    def test_its_context_comes_first(self, name: str) -> None:
        """Where a hook gets one."""
        names = list(inspect.signature(HOOKS[name]).parameters)

        assert "context" not in names[1:]

    def test_it_has_no_body(self, name: str) -> None:
        """A specification does nothing, even when it is called."""
        arguments = [None] * len(inspect.signature(HOOKS[name]).parameters)

        assert HOOKS[name](*arguments) is None


def test_pluggy_takes_every_hook() -> None:
    """All of them are specifications of our project."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)

    assert set(HOOKS) == {name for name in vars(manager.hook) if not name.startswith("_")}


def test_of_what_is_taken_over_the_first_answer_counts() -> None:
    """Who takes the work, or keeps the time, has it alone; all other hooks ask everybody."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)

    alone = {n for n in HOOKS if getattr(manager.hook, n).spec.opts["firstresult"]}
    assert {"enqueue", "keep_time", "set_times"} == alone


def test_an_implementation_may_take_fewer_arguments() -> None:
    """It names those that it needs."""

    class Guest:
        @hookspecs.hookimpl
        def tick(self, now: str) -> str:
            return now

    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(Guest())

    assert ["noon"] == manager.hook.tick(context=None, tenant="", now="noon")
