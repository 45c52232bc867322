"""A shift: whoever carries out runs, seen by the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from xtiger.model.runs import Run

#: Whoever pressed a button waits no longer than this for a limit, a run under way or many records.
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Shift:
    """Asked whether a run shall end early, and told of each run's end."""

    #: Asked between two batches; True ends the run with RunStopped.
    stopping: Callable[[], bool] = lambda: False
    #: Called with each run when it has ended, well or not.
    told: Callable[[Run], None] = lambda _run: None
    #: No wait is begun that would last longer than this moment; None waits as long as usual.
    until: datetime | None = None


#: Nobody stops it, nobody is told.
PLAIN_SHIFT = Shift()
