"""What works in the background, in words: what it is, whether it runs, and why that one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from xtiger.i18n.language import Language
from xtiger.model.starting.service import ServiceName, ServiceState

#: What the services are, as a part of a sentence.
MEANT: Mapping[ServiceName, str] = {
    "process": "a thread of the CRM's own process",
    "cron": "cron, once a minute",
    "worker": "a process of its own",
}


def spoken_running(state: ServiceState, words: Language, now: datetime) -> str:
    """Whether it runs, when it looked last, and what looked."""
    if state.looked_at is None:
        return words.translate("Nothing has worked in the background yet.")
    ago = words.ago(state.looked_at, now)
    if not state.is_running:
        return words.sentence("It does not run: the last look was {ago}.", ago=ago)
    if not state.last:
        return words.sentence("It runs: the last look was {ago}.", ago=ago)
    what = words.translate(MEANT[state.last])
    return words.sentence("It runs: the last look was {ago}, by {what}.", ago=ago, what=what)


def spoken_why(state: ServiceState, words: Language) -> str:
    """Why it is that one: who chose it; or that another one was chosen."""
    if not state.chosen:
        return words.translate("Nobody chose what works in the background.")
    what = words.translate(MEANT[state.chosen])
    if state.is_running and state.last in ("", state.chosen):
        return words.sentence("It was chosen by {by}.", by=state.by)
    return words.sentence("Chosen by {by} is {what}, which does not run.", by=state.by, what=what)
