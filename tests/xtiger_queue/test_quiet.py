"""Quiet hours: on the clock of a zone, over midnight, and on days on which summer time moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xtiger.errors import NeedsPerson
from xtiger_queue.quiet import checked, outside

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("22:00-06:00", "22:00-06:00"),
        (" 22-6 ", "22:00-06:00"),
        ("9:30 - 12", "09:30-12:00"),
        ("18-24", "18:00-00:00"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_quiet_hours_are_kept_in_one_spelling(text: str, kept: str) -> None:
    """However short they are written."""
    assert kept == checked(text)


@pytest.mark.parametrize("text", ["night", "22", "25-6", "22:60-6", "6-6", "0-24", "24:30-6", "-"])
def test_what_is_no_part_of_a_day_is_refused(text: str) -> None:
    """With what to write instead; the whole day is none."""
    with pytest.raises(NeedsPerson, match="no quiet hours"):
        checked(text)


@pytest.mark.parametrize(
    ("quiet", "zone", "moment", "found"),
    [
        # Without any, or outside, nothing moves.
        ("", "UTC", "2026-01-10T23:00", "2026-01-10T23:00"),
        ("22:00-06:00", "UTC", "2026-01-10T21:59", "2026-01-10T21:59"),
        ("22:00-06:00", "UTC", "2026-01-11T06:00", "2026-01-11T06:00"),
        # Over midnight: from both days to the same morning.
        ("22:00-06:00", "UTC", "2026-01-10T22:00", "2026-01-11T06:00"),
        ("22:00-06:00", "UTC", "2026-01-11T05:59", "2026-01-11T06:00"),
        # Within one day, and up to midnight.
        ("12:00-13:00", "UTC", "2026-01-10T12:30", "2026-01-10T13:00"),
        ("18:00-00:00", "UTC", "2026-01-10T20:00", "2026-01-11T00:00"),
        # On the clock of the zone: 22:00 in Berlin is 21:00 UTC in winter, 20:00 in summer.
        ("22:00-06:00", BERLIN, "2026-01-10T21:00", "2026-01-11T05:00"),
        ("22:00-06:00", BERLIN, "2026-07-10T20:00", "2026-07-11T04:00"),
        # The night of 28 March is an hour shorter, that of 24 October an hour longer.
        ("22:00-06:00", BERLIN, "2026-03-28T22:00", "2026-03-29T04:00"),
        ("22:00-06:00", BERLIN, "2026-10-24T22:00", "2026-10-25T05:00"),
        # 29 March has no 02:30: they end right after the gap.
        ("22:00-02:30", BERLIN, "2026-03-29T00:30", "2026-03-29T01:30"),
        ("22:00-02:30", BERLIN, "2026-03-29T01:30", "2026-03-29T01:30"),
        # 25 October has 02:30 twice: they end with the first, and do not come back.
        ("22:00-02:30", BERLIN, "2026-10-25T00:10", "2026-10-25T00:30"),
        ("22:00-02:30", BERLIN, "2026-10-25T01:10", "2026-10-25T01:10"),
        # Begun with the first 02:30, they go on through the second 02:10.
        ("02:30-05:00", BERLIN, "2026-10-25T01:10", "2026-10-25T04:00"),
    ],
)
def test_a_moment_in_quiet_hours_becomes_their_end(
    quiet: str, zone: str, moment: str, found: str
) -> None:
    """All others stay."""
    assert at(found) == outside(quiet, zone, at(moment))


def test_a_year_of_minutes_never_lands_in_quiet_hours() -> None:
    """What comes out is outside, and never earlier."""
    moment = at("2026-01-01T00:00")
    while moment < at("2027-01-01T00:00"):
        found = outside("22:00-02:30", BERLIN, moment)
        assert found >= moment
        assert found == outside("22:00-02:30", BERLIN, found)
        moment += timedelta(minutes=47)
