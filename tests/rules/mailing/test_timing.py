"""When reports come, and when a letter is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from xtiger.model.mailing.recipients import Every
from xtiger.rules.mailing.timing import RETRY_SECONDS, next_report, next_try

#: A Friday.
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "zone", "expected"),
    [
        ("daily", "UTC", "2026-11-21T07:00"),
        ("weekly", "UTC", "2026-11-23T07:00"),
        ("monthly", "UTC", "2026-12-01T07:00"),
        ("daily", "Europe/Berlin", "2026-11-21T06:00"),
        # There it is ten in the evening already.
        ("daily", "Pacific/Auckland", "2026-11-20T18:00"),
    ],
)
def test_the_next_report(every: Every, zone: str, expected: str) -> None:
    """At seven on the clock of the recipient."""
    found = next_report(every, zone, NOW)

    assert found is not None
    assert f"{found:%Y-%m-%dT%H:%M}" == expected


def test_at_once_and_never_have_no_time() -> None:
    """A run makes the one due, nothing the other."""
    assert [None, None] == [next_report("at_once", "UTC", NOW), next_report("never", "UTC", NOW)]


def test_a_day_with_summer_time_has_one_report() -> None:
    """Each day once, whatever the clock does."""
    moments = [NOW]
    for _ in range(200):
        after = next_report("daily", "Europe/Berlin", moments[-1])
        assert after is not None
        moments.append(after)
    steps = {later - earlier for earlier, later in pairwise(moments[1:])}

    assert steps == {timedelta(hours=23), timedelta(hours=24)}


def test_each_try_waits_longer_until_it_is_given_up() -> None:
    """The last one has no next."""
    waits = [next_try(tries, NOW) for tries in range(1, len(RETRY_SECONDS) + 2)]

    assert [NOW + timedelta(seconds=one) for one in RETRY_SECONDS] == waits[:-1]
    assert waits[-1] is None
