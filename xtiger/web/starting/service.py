"""The service on the page Connections: what works in the background, what it needs, if it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.i18n.service_text import MEANT, spoken_running
from xtiger.model.starting.service import SERVICES, ServiceName, ServiceState

if TYPE_CHECKING:
    from xtiger.web.site import Site

#: What has to be set up for each, and by whom.
SET_UP: Mapping[ServiceName, str] = {
    "process": (
        "The developer of the CRM starts it where the CRM opens XTiger; for a CRM of one process. "
        "What is saved arrives within seconds."
    ),
    "cron": "Who runs the CRM lets cron look once a minute. What is saved arrives within a minute.",
    "worker": (
        "Who runs the CRM starts it beside the CRM and keeps it running. What is saved arrives "
        "within seconds."
    ),
}


@dataclass(frozen=True, slots=True)
class ShownService:
    """What the page shows of it."""

    state: ServiceState
    #: (value, name, what has to be set up), each in the reader's language.
    choices: tuple[tuple[str, str, str], ...]
    #: Whether it runs, in words.
    running: str
    #: Who chose, and how long ago; "" while nobody did.
    chosen_ago: str


def shown_service(site: Site) -> ShownService:
    """The service of the installation for the reader of this request."""
    words, now = site.words, site.xt.clock.now()
    state = site.xt.service.state()
    choices = [
        (one, _begun(words.translate(MEANT[one])), words.translate(SET_UP[one])) for one in SERVICES
    ]
    ago = words.ago(state.at, now) if state.at is not None else ""
    return ShownService(state, tuple(choices), spoken_running(state, words, now), ago)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
