"""Which reports by mail tell of which outcomes: by connection and by the time of each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from xtiger.model.mailing.letters import MailedReport
from xtiger.model.mailing.reports import DONE
from xtiger.model.runs import Outcome
from xtiger.rules.catalogue import stands


def is_reported(outcome: Outcome) -> bool:
    """Whether a report tells of it: it was written or linked, or waits for somebody."""
    return outcome.result in DONE or stands(outcome)


def mails_of(
    outcomes: Iterable[Outcome], reports: Iterable[MailedReport]
) -> Mapping[int, Sequence[MailedReport]]:
    """Id of an outcome → the reports that tell of it; without those that no report tells of.

    One recipient's reports follow each other in time.
    """
    of_each: dict[tuple[str, str], list[MailedReport]] = {}
    for report in reports:
        of_each.setdefault((report.address, report.connection_id), []).append(report)
    rows = [sorted(row, key=lambda one: one.until) for row in of_each.values()]
    ends = [[one.until for one in row] for row in rows]
    found: dict[int, list[MailedReport]] = {}
    for outcome in outcomes:
        at = outcome.at
        if outcome.id is None or at is None or not is_reported(outcome):
            continue
        for row, until in zip(rows, ends, strict=True):
            place = bisect_left(until, at)
            if row[0].connection_id not in ("", outcome.connection_id) or place == len(row):
                continue
            if row[place].since < at:
                found.setdefault(outcome.id, []).append(row[place])
    return found
