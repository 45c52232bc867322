"""Growing failures: newly failing told from always failing, and one trouble told once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.rules.mailing.growth import EVERY, LEAST, WINDOW, Failures, Look, is_due, looked

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def days(counts: Iterable[Mapping[str, int]], every: timedelta = HOUR) -> list[Failures]:
    """What is known after each look, one an hour."""
    found, known = [], Failures()
    for number, one in enumerate(counts):
        known = looked(known, Look(START + number * every, one))
        found.append(known)
    return found


def test_what_always_fails_is_no_growth() -> None:
    """Forty records that wait for weeks, and a few that come and go beside them."""
    found = days([{"tax_unknown": 40, "date_missing": number % 4} for number in range(100)])

    assert not any(one.growing for one in found)
    assert {"tax_unknown": 40} == found[-1].always
    assert {"date_missing": 3} == found[-1].newly


def test_many_new_ones_are_growth_once() -> None:
    """From the look that sees them until, a day later, they are among those that always fail."""
    found = days([{}] * 50 + [{"tax_unknown": 9}] * 30)
    growing = [one.growing for one in found]

    assert [False] * 50 == growing[:50]
    assert [True] * 24 == growing[50:74]
    assert not any(growing[74:])
    assert {"tax_unknown": 9} == found[-1].always
    assert {"tax_unknown": 9} == found[50].newly


def test_old_ones_that_were_cured_hide_no_new_ones() -> None:
    """The same number of records, for another reason: all of them newly fail."""
    (*_, last) = days([{"tax_unknown": 9}] * 50 + [{"date_missing": 9}])

    assert last.growing
    assert ({}, {"date_missing": 9}) == (last.always, last.newly)


def test_a_number_around_the_bound_is_one_trouble() -> None:
    """It begins at the bound, and is over below its half."""
    numbers = [LEAST, LEAST - 1, LEAST, 3, 2, 3, LEAST - 1]
    found = days([{}] * 50 + [{"tax_unknown": number} for number in numbers])

    assert [True, True, True, True, False, False, False] == [one.growing for one in found[50:]]


@pytest.mark.parametrize(("always", "more", "expected"), [(100, 49, False), (100, 50, True)])
def test_more_must_fail_where_many_always_do(always: int, more: int, expected: bool) -> None:
    """Half of those that always fail."""
    (*_, last) = days([{"tax_unknown": always}] * 50 + [{"tax_unknown": always + more}])

    assert expected is last.growing


def test_the_first_day_has_nothing_to_compare_with() -> None:
    """The first sync finds what is wrong with ten years of records: no growth, however much, and
    none a day later either.
    """
    found = days([{}] * 5 + [{"tax_unknown": 900}] * 90)

    assert not any(one.growing for one in found)
    assert {"tax_unknown": 900} == found[-1].always


def test_what_one_word_releases_is_no_growth() -> None:
    """A stopped plan is mailed as such, and what follows the first ten waits on purpose."""
    (*_, last) = days([{}] * 50 + [{"too_many_changes": 900, "after_first_ten": 90}])

    assert ({}, False) == (last.newly, last.growing)


def test_it_is_looked_once_a_while() -> None:
    """Not at each tick of a worker."""
    known = looked(Failures(), Look(START, {}))

    assert is_due(Failures(), START)
    assert [False, True] == [
        is_due(known, START + after) for after in (EVERY - timedelta(seconds=1), EVERY)
    ]
    assert ({}, {}) == (Failures().always, Failures().newly)


@given(st.lists(st.dictionaries(st.sampled_from("ab"), st.integers(0, 30)), max_size=60))
def test_what_is_kept_is_bounded_and_adds_up(counts: list[dict[str, int]]) -> None:
    """A day of looks and one more; what always and newly waits is what waits."""
    for known, count in zip(days(counts, timedelta(hours=2)), counts, strict=True):
        assert len(known.looks) <= WINDOW // timedelta(hours=2) + 1
        assert sum(count.values()) == sum(known.always.values()) + sum(known.newly.values())
