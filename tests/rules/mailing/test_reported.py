"""Which reports by mail tell of which outcomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from xtiger.model.mailing.letters import MailedReport
from xtiger.model.plans import Cause
from xtiger.model.runs import Outcome
from xtiger.rules.mailing.reported import is_reported, mails_of

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
DONE = Outcome("c1", "r1", "Products", "Item", "1", None, "Tea", "created", id=1)


def report(address: str, weeks: int, connection_id: str = "") -> MailedReport:
    """A weekly report that ends so many weeks after the first one."""
    until = MONDAY + weeks * WEEK
    return MailedReport(address, connection_id, until - WEEK, until, "sent", until)


def test_what_was_written_or_waits_is_reported() -> None:
    """What was in step or left out is no news, what has a cause beside it is."""
    causes = {
        "held": replace(DONE, result="held"),
        "beside": replace(DONE, cause=Cause("both_changed", {"fields": "Name"})),
        "same": replace(DONE, result="unchanged"),
        "out": replace(DONE, result="excluded"),
    }

    assert is_reported(DONE)
    assert ["held", "beside"] == [name for name, one in causes.items() if is_reported(one)]


def test_an_outcome_is_in_the_report_of_its_time() -> None:
    """After `since` and until `until`, of its own connection or of all, once for each recipient."""
    reports = [report("a", 1), report("a", 0), report("b", 0, "c1"), report("x", 0, "c2")]
    at = {
        1: MONDAY,
        2: MONDAY + timedelta(seconds=1),
        3: MONDAY - WEEK,
        4: MONDAY + 2 * WEEK,
    }
    found = mails_of([replace(DONE, id=key, at=moment) for key, moment in at.items()], reports)

    assert {1: ["a", "b"], 2: ["a"]} == {
        key: [one.address for one in some] for key, some in found.items()
    }
    assert [MONDAY] == [one.until for one in found[1] if one.address == "a"]


def test_what_is_not_kept_is_in_no_report() -> None:
    """No id, no moment, or nothing that a report tells."""
    odd = [
        replace(DONE, id=None, at=MONDAY),
        replace(DONE, at=None),
        replace(DONE, at=MONDAY, result="unchanged"),
    ]

    assert {} == mails_of(odd, [report("a", 0)])
