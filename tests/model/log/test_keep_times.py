"""How long the log keeps its rows: read as it is typed, and as moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from xtiger.model.log.keep_times import KeepTimes
from xtiger.model.verbs import ResultName

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def days(number: int) -> datetime:
    """So many days before NOW."""
    return NOW - timedelta(days=number)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", KeepTimes(90, {"failed": 365})),
        ("30", KeepTimes(30, {"failed": 365})),
        (" 30 , failed = 60,held=7 ", KeepTimes(30, {"failed": 60, "held": 7})),
    ],
)
def test_days_are_read_as_they_are_typed(typed: str, expected: KeepTimes) -> None:
    """A bare number is for all results, a named one for its own."""
    assert expected == KeepTimes.parse(typed)


@pytest.mark.parametrize("typed", ["0", "x", "failed", "lost=3", "36501", "-4", "held=0", "4.5"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    """With the part that cannot be read."""
    with pytest.raises(ValueError, match=typed):
        KeepTimes.parse(f"90, {typed}")


def test_each_result_has_one_limit() -> None:
    """Failures stay a year, all else 90 days; runs as long as what they hold."""
    found = {moment: set(results) for moment, results in KeepTimes().limits(NOW)}
    others = {*get_args(ResultName)} - {"failed"}

    assert (
        {days(90): others, days(365): {"failed"}},
        days(90),
        (days(90), days(365)),
    ) == (found, KeepTimes().notes_until(NOW), KeepTimes().runs_until(NOW))
