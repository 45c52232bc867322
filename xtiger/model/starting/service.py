"""What does the work in the background: which service was chosen, and which one runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

#: A thread of the CRM's own process; a job of cron, once a minute; a process of its own.
ServiceName = Literal["process", "cron", "worker"]
SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)
#: A worker looks every two seconds, cron each minute: after this time neither does.
SILENT: Final = timedelta(minutes=15)


def looked_lately(looked_at: datetime | None, now: datetime) -> bool:
    """Whether a last look says that another one comes."""
    return looked_at is not None and now - looked_at <= SILENT


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The choice of the installation, and what was last seen at work."""

    #: "" while nobody chose.
    chosen: ServiceName | Literal[""] = ""
    #: Who chose, and when (UTC).
    by: str = ""
    at: datetime | None = None
    #: What looked last at what is due; "" before the first look, and where it is not known.
    last: ServiceName | Literal[""] = ""
    #: When that was (UTC).
    looked_at: datetime | None = None
    #: Whether it looked lately, so that it comes again.
    is_running: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether a service was chosen and nothing runs: it has to be set up."""
        return bool(self.chosen) and not self.is_running
