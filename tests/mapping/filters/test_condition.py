"""The operators of a filter."""

from __future__ import annotations

from xtiger.mapping.filters.condition import BARE, LOOKING, OPERATORS, ORDERED


def test_each_group_is_of_the_operators() -> None:
    """And no operator is in two."""
    groups = [*BARE, *LOOKING, *ORDERED]

    assert set(groups) < set(OPERATORS)
    assert len(groups) == len(set(groups))
