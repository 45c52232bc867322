"""Says whether anything runs the queue and the schedules, and what to do where nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xtiger.i18n.language import Language
from xtiger.i18n.service_text import spoken_running, spoken_why
from xtiger.model.starting.service import ServiceState
from xtiger_queue.jobs import Job
from xtiger_queue.schedules import Schedule

#: What is due for longer waits for somebody who looks.
OVERDUE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    is_well: bool
    #: In the language of the reader, with what to do where it is not well.
    sentence: str


# size: what is looked at
def examined(
    words: Language,
    now: datetime,
    *,
    service: ServiceState,
    oldest: Job | None,
    schedules: Sequence[Schedule],
    connections: int,
) -> list[Finding]:
    """What was found, in the order in which one would look.

    `oldest` is the waiting job that is due longest; `connections` how many are active.
    """
    _ = words.translate
    return [
        _of_runner(words, now, service),
        Finding(True, words.sentence("Connected organisations: {count}.", count=connections))
        if connections
        else Finding(False, _("No organisation is connected, so nothing can go: xtiger connect")),
        _of_queue(words, now, oldest),
        _of_schedules(words, now, schedules),
    ]


def _of_runner(words: Language, now: datetime, service: ServiceState) -> Finding:
    """What runs it and why, as the pages Xero Queue and Connections say it."""
    why = spoken_why(service, words)
    if service.is_running:
        return Finding(True, f"{spoken_running(service, words, now)} {why}")
    cure = words.translate("Start a worker, or let cron run each minute: xtiger tick")
    return Finding(False, f"{spoken_running(service, words, now)} {why} {cure}")


def _of_queue(words: Language, now: datetime, oldest: Job | None) -> Finding:
    if oldest is None or now - oldest.due_at <= OVERDUE:
        return Finding(True, words.translate("No record waits longer than it should."))
    return Finding(
        False,
        words.sentence(
            "The oldest record has been due since {moment}. See why: xtiger queue list",
            moment=f"{words.moment(oldest.due_at)} UTC",
        ),
    )


def _of_schedules(words: Language, now: datetime, schedules: Sequence[Schedule]) -> Finding:
    timed = [one for one in schedules if one.due_at is not None]
    if not timed:
        return Finding(
            False,
            words.translate(
                "Nothing is scheduled. Every ten minutes: xtiger queue schedule set all 10m"
            ),
        )
    stopped = next((one.sentence for one in timed if one.sentence and not one.proof), "")
    if stopped:
        return Finding(False, stopped)
    due = min(one.due_at for one in timed if one.due_at is not None)
    late = sum(one.due_at is not None and now - one.due_at > OVERDUE for one in timed)
    if late:
        return Finding(
            False, words.counted("{count} schedule is late.", "{count} schedules are late.", late)
        )
    return Finding(
        True,
        words.sentence("The next scheduled run is due {when}.", when=words.ahead(due, now)),
    )
