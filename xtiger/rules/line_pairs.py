"""Which line is which: equal lines of two lists, the likeliest pairs of two lists, one order."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
H = TypeVar("H", bound=Hashable)

#: What so many equal parts of the four are worth; one alone says nothing.
_WORTH = (0, 0, 2, 5, 12)


def equal_pairs(
    left: Sequence[A], right: Sequence[B], same: Callable[[A, B], bool]
) -> list[tuple[A, B]]:
    """Pairs of equal entries, each used once, in the order of the left list."""
    free = list(right)
    found = []
    for one in left:
        place = next((n for n, other in enumerate(free) if same(one, other)), None)
        if place is not None:
            found.append((one, free.pop(place)))
    return found


def align(
    left: Sequence[tuple[object, ...]], right: Sequence[tuple[object, ...]]
) -> dict[int, int]:
    """Place in the left list → place in the right one: the likeliest common subsequence.

    Both lists hold (product, description, quantity, price). Two lines of which two parts or more
    are equal may be one line; what is left over is paired when all four are equal, wherever.
    """
    table = _worths(left, right)
    pairs: dict[int, int] = {}
    i = j = 0
    while i < len(left) and j < len(right):
        worth = _worth(left[i], right[j])
        if worth and table[i][j] == worth + table[i + 1][j + 1]:
            pairs[i] = j
            i, j = i + 1, j + 1
        elif table[i][j] == table[i + 1][j]:
            i += 1
        else:
            j += 1
    free_left = [n for n in range(len(left)) if n not in pairs]
    free_right = [n for n in range(len(right)) if n not in pairs.values()]
    pairs.update(equal_pairs(free_left, free_right, lambda a, b: left[a] == right[b]))
    return pairs


def _worth(one: tuple[object, ...], other: tuple[object, ...]) -> int:
    return _WORTH[sum(a == b for a, b in zip(one, other, strict=True))]


def _worths(
    left: Sequence[tuple[object, ...]], right: Sequence[tuple[object, ...]]
) -> list[list[int]]:
    """Best worth of the rests that begin at each pair of places."""
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            worth = _worth(left[i], right[j])
            both = worth + table[i + 1][j + 1] if worth else 0
            table[i][j] = max(both, table[i + 1][j], table[i][j + 1])
    return table


def weave(leading: Sequence[H], other: Sequence[H]) -> list[H]:
    """The leading order, with what only the other has put after its neighbour there."""
    result = list(leading)
    known = set(leading)
    before: H | None = None
    for one in other:
        if one not in known:
            place = 0 if before is None else result.index(before) + 1
            result.insert(place, one)
            known.add(one)
        before = one
    return result
