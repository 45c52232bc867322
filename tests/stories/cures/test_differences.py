"""Each difference that the proof tells of is gone once its cure is carried out."""

from __future__ import annotations

import ast
import inspect
import shlex

import pytest

from tests.stories.cures.differences import DIFFERENCES
from tests.stories.cures.telling import enter
from tests.world import World
from xtiger.engine.cycle.kind_parts import KIND_PARTS
from xtiger.engine.proof import compare
from xtiger.engine.proof.compare import LINE_LABELS
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.reconciliation import CURES, EXPLAINED


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_cure_ends_the_difference(world: World, name: str) -> None:
    """It is told by its field and code; after what the sentence says both sides agree."""
    expected = DIFFERENCES[name]
    story = expected.story(world)
    next(story)
    found = [one for one in world.xt.proof.reconcile().differences if one.field == expected.field]
    assert {expected.code} == {one.cure.code for one in found}
    rest = list(story)
    assert [] == rest
    # The last of them is the child of the others: its command brings its parents.
    command = found[-1].cure.command
    if command.startswith("xtiger sync"):
        world.wait()
        enter(world, *shlex.split(command)[1:])
    else:
        world.sync()

    after = world.xt.proof.reconcile()
    assert () == after.differences
    assert after.agrees


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_is_told_once(world: World, name: str) -> None:
    """However many ways there are to find it: one row per field of a record."""
    next(DIFFERENCES[name].story(world))

    found = [
        (one.module, one.crm_id, one.xero_id, one.field)
        for one in world.xt.proof.reconcile().differences
    ]
    assert sorted(set(found), key=str) == sorted(found, key=str)


def test_every_kind_of_difference_has_its_story() -> None:
    """Each cure, each code that comparing names, each part of a line, each amount.

    What is explained asks for no cure; test_credited_differences shows it.
    """
    words = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(compare)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    amounts = {label for parts in KIND_PARTS.values() for label in parts.counted.amounts.values()}
    parts = {f"Line 1: {label}" for label in LINE_LABELS.values()}

    assert set(CURES) - EXPLAINED | (words & CATALOGUE.keys()) <= {
        one.code for one in DIFFERENCES.values()
    }
    assert amounts | parts | {"record", "Lines"} <= {one.field for one in DIFFERENCES.values()}
