"""A historical sync as data: how much is left, when it can go on, and that it is kept whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from xtiger.model.starting.historical import HistoricalSync
from xtiger.model.values import from_json, to_json

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BEGUN = HistoricalSync("h1", "Invoices", "to_xero", "Ann", AT, date(2025, 1, 1), date(2025, 12, 31))


def test_it_goes_on_until_all_is_done_or_somebody_ends_it() -> None:
    """Before anybody looked it can go on, and nothing is known to be left."""
    found = replace(BEGUN, total=3, done=1)
    states = [
        (one.left, one.is_open)
        for one in (
            BEGUN,
            found,
            replace(found, done=3),
            replace(found, ended_at=AT),
            replace(BEGUN, total=0),
        )
    ]

    assert [(0, True), (2, True), (0, False), (2, False), (0, False)] == states


def test_it_is_the_same_after_it_was_kept() -> None:
    """Days, moments and counts come back as they were; nothing kept is none."""
    full = replace(BEGUN, total=3, done=1, results={"created": 1}, run_id="r1", ended_at=AT)

    assert full == HistoricalSync.of(from_json(to_json(full.plain())))
    assert None is HistoricalSync.of(None)
