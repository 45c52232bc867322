"""What a mail reports: what counts as something, and by what a trouble is known."""

from __future__ import annotations

from datetime import UTC, datetime

from xtiger.model.mailing.reports import Alert, ConnectionReport, Report, Worked

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_calls_alone_are_no_news() -> None:
    """A record that was written is, and a run that broke."""
    quiet, done = Worked({}, calls=9, runs=9), Worked({"Products": {"linked": 1}})

    assert [False, True, True] == [one.happened for one in (quiet, done, Worked({}, broken_runs=1))]


def test_what_waits_is_counted_over_all_connections() -> None:
    """One mail may be about several."""
    each = [
        ConnectionReport(name, name, Worked({}), number) for name, number in (("a", 2), ("b", 3))
    ]

    assert Report(NOW, NOW, tuple(each)).waiting == 5


def test_two_stopped_plans_are_two_troubles() -> None:
    """Each is known by its run, one without by the moment it began."""
    both = [Alert("braked", "c1", "Aroha Ltd", NOW, about=run) for run in "ab"]
    keys = {one.key for one in (*both, Alert("ended", "c1", "Aroha Ltd", NOW))}

    assert keys == {"braked:c1:a", "braked:c1:b", f"ended:c1:{NOW.isoformat()}"}
