"""Which line is which: the likeliest pairs of two lists, and one order of two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xtiger.rules.line_pairs import align, equal_pairs, weave


def test_equal_pairs_use_each_entry_once() -> None:
    """Two equal entries on the left need two on the right."""
    assert [(1, 1), (2, 2)] == equal_pairs([1, 1, 2], [2, 1], lambda a, b: a == b)


def test_align_follows_the_likeliest_pairs() -> None:
    """An edited line is still itself; an equal one that moved is found again."""
    old = [("a", "x", 1, 5), ("b", "y", 1, 5), ("c", "z", 1, 5)]
    edited = [("a", "x", 1, 5), ("b", "y", 1, 9), ("c", "z", 1, 5)]
    moved = [old[2], old[0], old[1]]

    assert {0: 0, 1: 1, 2: 2} == align(old, edited)
    assert {0: 1, 1: 2, 2: 0} == align(old, moved)
    assert {} == align(old, [("q", "r", 7, 8)])
    assert {1: 0} == align(old, [("b", "y", 4, 4)])


@given(
    st.lists(st.tuples(*[st.integers(0, 2)] * 4), max_size=6),
    st.lists(st.tuples(*[st.integers(0, 2)] * 4), max_size=6),
)
def test_align_uses_each_line_once(
    left: list[tuple[int, ...]], right: list[tuple[int, ...]]
) -> None:
    """No line has two partners, equal lists are paired line by line."""
    found = align(left, right)

    assert len(found) == len(set(found.values()))
    assert {n: n for n in range(len(left))} == align(left, left)


@given(st.permutations(range(6)), st.integers(0, 6), st.integers(0, 6))
def test_weave_keeps_the_leading_order(numbers: list[int], cut: int, start: int) -> None:
    """All of both, each once, the leading ones in their order."""
    leading, other = numbers[:cut], sorted(numbers)[start:]
    woven = weave(leading, other)

    assert leading == [n for n in woven if n in leading]
    assert set(woven) == {*leading, *other}
    assert len(woven) == len(set(woven))
