"""Whether two names are one word spelled in two ways: a bounded count of slips of the pen."""

from __future__ import annotations

#: Shorter names differ by one letter because they are other names.
_LEAST, _SHORT, _LONG_WORD = 5, 9, 8
#: From so many letters on a first letter may be the wrong one.
_FIRST_MAY_DIFFER = 6
#: Names of so many letters are other names only where they differ in more than one slip.
SURE = 8


def slips(one: str, other: str, most: int) -> int:
    """How many letters were left out, added, changed or swapped; `most` + 1 for more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        now = [row]
        for column, theirs in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (sign != theirs))
            swapped = row > 1 and column > 1 and (one[row - 2], sign) == (theirs, other[column - 2])
            now.append(min(cost, before[column - 2] + 1) if swapped else cost)
        if min(now) > most:
            return most + 1
        before, last = last, now
    return min(last[-1], most + 1)


def spelled_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the words of two names differ by slips only; a digit never is one."""
    mine, theirs = "".join(one), "".join(other)
    if _digits(mine) != _digits(theirs) or min(len(mine), len(theirs)) < _LEAST:
        return False
    if len(one) != len(other):
        return slips(mine, theirs, 1) <= 1
    found = [_slips_of_word(a, b) for a, b in zip(one, other, strict=True)]
    if any(count is None for count in found):
        return False
    return sum(count or 0 for count in found) <= (1 if len(mine) <= _SHORT else 2)


def _slips_of_word(one: str, other: str) -> int | None:
    """The slips in one word; None where it is another word."""
    if one == other:
        return 0
    most = 2 if min(len(one), len(other)) >= _LONG_WORD else 1
    count = slips(one, other, most)
    short = min(len(one), len(other))
    if count > most or short < _LEAST - 1:
        return None
    first_differs = one[0] != other[0] and one[:2] != other[1::-1]
    return None if first_differs and short < _FIRST_MAY_DIFFER else count


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def with_one_less(word: str) -> frozenset[str]:
    """The word, and each that one letter less makes of it: two with one slip have one in common."""
    return frozenset({word, *(word[:at] + word[at + 1 :] for at in range(len(word)))})
