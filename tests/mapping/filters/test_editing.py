"""A filter changed at one place."""

from __future__ import annotations

import pytest

from xtiger.mapping.filters.condition import Condition
from xtiger.mapping.filters.editing import Way, places, with_beside, without
from xtiger.mapping.filters.text import parsed, written

TEXT = "a is 1 and (b is 2 or c is 3)"
NEW = Condition("z", "is", ("9",))


def test_each_part_has_a_way() -> None:
    """The whole, then its parts, then theirs."""
    assert [
        ((), TEXT),
        ((0,), "a is 1"),
        ((1,), "b is 2 or c is 3"),
        ((1, 0), "b is 2"),
        ((1, 1), "c is 3"),
    ] == [(way, written(part)) for way, part in places(parsed(TEXT))]


@pytest.mark.parametrize(
    ("way", "joined", "text"),
    [
        ((), "and", "a is 1 and (b is 2 or c is 3) and z is 9"),
        ((), "or", "(a is 1 and (b is 2 or c is 3)) or z is 9"),
        ((0,), "and", "a is 1 and z is 9 and (b is 2 or c is 3)"),
        ((0,), "or", "(a is 1 or z is 9) and (b is 2 or c is 3)"),
        ((1,), "or", "a is 1 and (b is 2 or c is 3 or z is 9)"),
        ((1, 0), "and", "a is 1 and ((b is 2 and z is 9) or c is 3)"),
    ],
)
def test_a_condition_stands_beside_any_part(way: Way, joined: str, text: str) -> None:
    """It is read back as the same; what surrounds it stays."""
    found = with_beside(parsed(TEXT), way, "and" if joined == "and" else "or", NEW)

    assert found is not None
    assert text == written(found)
    assert found == parsed(text)


@pytest.mark.parametrize(
    ("way", "text"),
    [
        ((0,), "b is 2 or c is 3"),
        ((1,), "a is 1"),
        ((1, 1), "a is 1 and b is 2"),
        ((7,), TEXT),
        ((0, 0), TEXT),
    ],
)
def test_a_part_is_taken_away(way: Way, text: str) -> None:
    """Brackets of one go with it; what is not there changes nothing."""
    found = without(parsed(TEXT), way)

    assert found is not None
    assert text == written(found)


def test_nothing_is_left_of_the_whole_and_nothing_stands_beside_nothing() -> None:
    """A way that leads nowhere is none."""
    assert without(parsed(TEXT), ()) is None
    assert with_beside(parsed(TEXT), (7,), "and", NEW) is None
    assert with_beside(parsed("a is 1"), (0,), "and", NEW) is None
    assert "a is 1 or b is 2" == written(
        without(parsed("(a is 1 or b is 2) and c is 3"), (1,)) or NEW
    )
    inner = parsed("(a is 1 or (b is 2 and c is 3)) and d is 4")
    assert "a is 1 and d is 4" == written(without(inner, (0, 1)) or NEW)
