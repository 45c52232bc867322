"""Whether a report is worth a mail, and which troubles are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from xtiger.model.mailing.recipients import Recipient
from xtiger.model.mailing.reports import Alert, ConnectionReport, Report


def is_occasion(recipient: Recipient, report: Report) -> bool:
    """Whether the recipient wants to read this report.

    `anything`: a record was written or linked, a run broke, a proof found differences, or more
    waits than at the last report. `failures`: a run broke, a proof found differences, or records
    wait for a person. `more_failures`: more wait than then.
    """
    differs = any(_differs(one, report) for one in report.connections)
    broken = differs or any(one.worked.broken_runs for one in report.connections)
    if recipient.occasion == "more_failures":
        return report.waiting > recipient.waiting
    if recipient.occasion == "failures":
        return broken or report.waiting > 0
    happened = any(one.worked.happened for one in report.connections)
    return happened or differs or report.waiting > recipient.waiting


def _differs(one: ConnectionReport, report: Report) -> bool:
    """Whether a proof of the time that is reported found that both sides differ."""
    made = one.proved_at
    return one.agrees is False and made is not None and report.since < made <= report.until


def standing(
    found: Iterable[Alert], known: Mapping[str, datetime]
) -> tuple[list[Alert], dict[str, datetime]]:
    """The troubles, each since it was first seen; and that of each, to be kept.

    `known` is what was kept at the last look, by the name of `lasting`: one that is not found any
    more is over, and counts as new when it comes back.
    """
    each = [replace(one, since=known.get(lasting(one), one.since)) for one in found]
    return each, {lasting(one): one.since for one in each}


def lasting(alert: Alert) -> str:
    """What a trouble is known by while it lasts."""
    return f"{alert.kind}:{alert.connection_id}:{alert.about}"
