"""The stop signal: how those who carry out runs end them early and learn of their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from xtiger.model.runs import Run

#: A person who pressed a button waits no longer than this for a limit, a run under way or many
#: records.
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class StopSignal:
    """Asked whether a run shall end early, and called with each run that has ended."""

    #: Asked between two batches; True ends the run with RunStopped.
    stopping: Callable[[], bool] = lambda: False
    #: Called with each run when it has ended, well or not.
    finished: Callable[[Run], None] = lambda _run: None
    #: No wait is begun that would last longer than this moment; None waits as long as usual.
    until: datetime | None = None


#: Nobody stops a run, and nobody is called with its end.
NO_STOP = StopSignal()
