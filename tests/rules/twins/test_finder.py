"""The finder: planted twins are found, few others are proposed, and few pairs are compared."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.rules.twins.planted import town
from xtiger.rules.twins.finder import NEIGHBOURS, find, groups
from xtiger.rules.twins.look import Look


@pytest.mark.parametrize("seed", [7, 11])
def test_planted_twins_of_two_thousand_records_are_found(seed: int) -> None:
    """All of them, in each disguise; of what is proposed at most 2 % are no twins."""
    planted = town(2000, seed)

    found = {frozenset({one.one.look.key, one.other.look.key}) for one in find(planted.looks).pairs}

    missed = {how for both, how in planted.planted.items() if both not in found}
    false = found - set(planted.planted)
    assert (200, set()) == (len(planted.planted), missed)
    assert len(false) <= len(found) * 0.02, f"{len(false)} of {len(found)}"


def test_comparisons_grow_less_than_with_the_square() -> None:
    """Twice the records are less than four times the pairs, and few of all there are."""
    sizes = (500, 1000, 2000)

    counts = [find(town(size).looks).comparisons for size in sizes]

    growth = [more / fewer for fewer, more in pairwise(counts)]
    assert max(growth) < 3.7
    assert counts[-1] < sizes[-1] ** 2 / 2 / 100


def test_a_large_block_is_compared_with_its_neighbours_only() -> None:
    """Of records that all have one domain the pairs grow with their number."""
    firms = [
        Look("crm", str(n), f"Firm {n:04}", emails=(f"m{n}@acme.example",)) for n in range(300)
    ]

    assert find(firms).comparisons <= 300 * NEIGHBOURS * 2


def test_nothing_is_found_among_nothing() -> None:
    """No records, no pairs, no comparison; a record without a name is compared by the rest."""
    assert ((), 0) == (find([]).pairs, find([]).comparisons)
    nameless = find([Look("crm", "1", number="A1"), Look("xero", "x", number="A1")])
    assert ["same_number"] == [one.reasons[0] for one in nameless.pairs]


def test_items_are_found_by_code_and_name() -> None:
    """Their names are compared as wholes: the longest word of an item says little."""
    found = find(
        [
            Look("crm", "1", "Oak table", number="T1"),
            Look("xero", "x", "Oak-Table", number="T-1"),
            Look("xero", "y", "Oak chair", number="T1"),
        ],
        "item",
    )

    assert [("y", "same_number"), ("x", "near_name")] == [
        (one.other.look.id, one.reasons[0]) for one in found.pairs
    ]


_A, _B, _C = (Look("crm", one, "Acme Tools") for one in "abc")
_X, _Y = (Look("xero", one, "Acme Tools") for one in "xy")


def members(looks: list[Look], **settled: Any) -> list[tuple[str, ...]]:
    """The ids of each group."""
    found = groups(find(looks).pairs, **settled)
    return sorted(tuple(one.id for one in group.members) for group in found)


def test_twins_of_twins_are_one_group() -> None:
    """CRM records first."""
    assert [("a", "b", "x")] == members([_X, _B, _A])


def test_two_that_are_one_are_exact() -> None:
    """One of each side under one name; three, or two of one side, are for a person."""
    exact = [groups(find(looks).pairs)[0].is_exact for looks in ([_A, _X], [_A, _B], [_A, _B, _X])]

    assert [True, False, False] == exact


def test_what_is_linked_is_not_asked_again() -> None:
    """A linked pair alone is no group; a further twin of it is asked about with both."""
    linked = [frozenset({_A.key, _X.key})]

    assert [] == members([_A, _X], linked=linked)
    assert [("a", "b", "x")] == members([_A, _B, _X], linked=linked)


def test_aliases_of_one_record_are_one() -> None:
    """Two CRM records that stand for one of Xero are not asked about."""
    linked = [frozenset({_A.key, _X.key}), frozenset({_B.key, _X.key})]

    assert [] == members([_A, _B, _X], linked=linked)


def test_links_hold_groups_together() -> None:
    """What looks like either of a linked pair is asked about at once."""
    other, twin = Look("xero", "z", "Dune Works"), Look("crm", "d", "Dune Works")
    linked = [frozenset({_A.key, other.key})]

    assert [("a", "b", "d", "z")] == members([_A, _B, other, twin], linked=linked)


def test_different_ones_are_not_asked_again() -> None:
    """The pair is left out; each may still look like a third."""
    assert [] == members([_A, _X], different=[frozenset({_A.key, _X.key})])
    assert [("a", "c"), ("x", "y")] == members(
        [_A, _C, _X, _Y],
        different=[frozenset({one.key, other.key}) for one in (_A, _C) for other in (_X, _Y)],
    )


def test_what_is_linked_to_different_ones_is_different_too() -> None:
    """A person said it of two; each got its own record on the other side since."""
    linked = [frozenset({_A.key, _X.key}), frozenset({_B.key, _Y.key})]

    assert [] == members([_A, _B, _X, _Y], linked=linked, different=[frozenset({_A.key, _Y.key})])
