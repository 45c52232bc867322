"""Whether a report is worth a mail, and which troubles are new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xtiger.model.mailing.recipients import Occasion, Recipient
from xtiger.model.mailing.reports import Alert, ConnectionReport, Report, Worked
from xtiger.rules.mailing.occasions import is_occasion, standing

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DONE = Worked({"Organizations": {"created": 1}}, runs=1)
BROKEN = Worked({}, runs=1, broken_runs=1)
QUIET = Worked({}, calls=7, runs=3)


@pytest.mark.parametrize(
    ("occasion", "worked", "waiting", "before", "expected"),
    [
        ("anything", QUIET, 3, 3, False),
        ("anything", QUIET, 4, 3, True),
        ("anything", DONE, 0, 0, True),
        ("anything", BROKEN, 0, 0, True),
        ("failures", DONE, 0, 0, False),
        ("failures", QUIET, 1, 1, True),
        ("failures", BROKEN, 0, 0, True),
        ("more_failures", BROKEN, 3, 3, False),
        ("more_failures", DONE, 2, 3, False),
        ("more_failures", QUIET, 4, 3, True),
    ],
)
def test_a_report_is_worth_a_mail(
    occasion: Occasion, worked: Worked, waiting: int, before: int, expected: bool
) -> None:
    """By what happened, and how many wait now and waited then."""
    recipient = Recipient(address="a@b.example", occasion=occasion, waiting=before)
    section = ConnectionReport("c1", "Aroha Ltd", worked, waiting)

    assert is_occasion(recipient, Report(NOW, NOW, (section,))) is expected


def test_a_trouble_is_the_same_while_it_lasts() -> None:
    """It keeps the moment at which it was first seen; once it was over it is a new one."""
    first, later = NOW, NOW + timedelta(hours=1)
    begun, kept = standing([Alert("ended", "c1", "Aroha Ltd", first)], {})
    lasting, kept = standing([Alert("ended", "c1", "Aroha Ltd", later)], kept)
    none, kept = standing([], kept)
    again, _ = standing([Alert("ended", "c1", "Aroha Ltd", later)], kept)

    assert (begun[0].key, none) == (lasting[0].key, [])
    assert again[0].key != begun[0].key
