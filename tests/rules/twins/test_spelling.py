"""Spelling: slips of the pen are counted, other names stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.rules.twins.spelling import slips, spelled_alike, with_one_less

_WORDS = st.text(alphabet="abc", max_size=7)


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("acme", "acme", 0),
        ("acme", "acmee", 1),
        ("acme", "amce", 1),
        ("acme", "akme", 1),
        ("kitten", "sitting", 3),
        ("abcdef", "ghijkl", 3),
        ("a", "abcdefg", 3),
    ],
)
def test_slips_are_counted_up_to_a_bound(one: str, other: str, count: int) -> None:
    """Left out, added, changed, swapped; more than two is "more than two"."""
    assert min(count, 3) == slips(one, other, 2)


@given(_WORDS, _WORDS)
def test_slips_are_the_same_both_ways(one: str, other: str) -> None:
    """Neither spelling is the right one."""
    assert slips(one, other, 2) == slips(other, one, 2)


@given(_WORDS, st.integers(0, 9))
def test_words_with_one_slip_meet(word: str, at: int) -> None:
    """Each stands under what one letter less makes of both."""
    other = word[:at] + "x" + word[at + 1 :]

    assert with_one_less(word) & with_one_less(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fenverton Bakery", "Fenvertn Bakery"),
        ("Fenverton Bakery", "Fenverton Bakrey"),
        ("Fenverton Bakery", "Fnverton Bakrey"),
        ("Green Field Farm", "Greenfield Farm"),
        ("Schmidt", "Schmitt"),
        ("Petersen", "Betersen"),
        ("Abraham Stone", "Baraham Stone"),
        ("Constantinople", "Constentinopel"),
    ],
)
def test_slips_are_seen_through(one: str, other: str) -> None:
    """In one word or in two, at the beginning of a long word, in the blanks."""
    assert spelled_alike(tuple(one.lower().split()), tuple(other.lower().split()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Shop 12", "Shop 13"),
        ("North Trading", "South Trading"),
        ("Baker Trading", "Maker Trading"),
        ("Acme", "Acne"),
        ("Smith Inn", "Smith Ink"),
        ("Fenverton Bakery", "Fenverton Bindery"),
        ("Muelr", "Meulrs"),
        ("Green Fields Farm", "Brownfield Farm"),
    ],
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    """A digit is never a slip, nor the first letter of a short word, nor a short word's one."""
    assert not spelled_alike(tuple(one.lower().split()), tuple(other.lower().split()))
