"""The times of a connection in its configuration: read, checked and set as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from xtiger.hookspecs import TimedWork
from xtiger.mapping.configuration import ScheduleText
from xtiger.services.timetable import Timetable

if TYPE_CHECKING:
    from xtiger.model.asked_sync import Direction
    from xtiger.services.parts import Parts

_NOBODY = "schedules: no extension that is on keeps times. Switch XTQueue on, or leave them out."


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one connection, as they would be typed."""

    parts: Parts
    connection_id: str

    def decided(self) -> tuple[ScheduleText, ...] | None:
        """All of them; None where no extension keeps time."""
        work = Timetable(self.parts).decided(self.connection_id)
        return None if work is None else _in_order(work)

    def checked(
        self,
        given: Sequence[ScheduleText] | None,
        module_of: Callable[[str], str],
        problems: list[str],
    ) -> tuple[ScheduleText, ...] | None:
        """The times as they would be kept; what cannot be is added to `problems`.

        `module_of` answers what this CRM calls a module of the text.
        """
        if given is None:
            return None
        work = [_work(one, module_of(one.module)) for one in given]
        found = Timetable(self.parts).set_all(work, self.connection_id, save=False)
        if found is None:
            problems.append(_NOBODY)
            return None
        for number, said in sorted(found.problems.items()):
            problems.append(f"schedules.times, row {number}: {said}")
        return _in_order(found.kept)

    def put(self, times: Sequence[ScheduleText]) -> None:
        """Let the connection have exactly these, which were checked."""
        work = [_work(one, one.module) for one in times]
        Timetable(self.parts).set_all(work, self.connection_id)


def _work(one: ScheduleText, module: str) -> TimedWork:
    return TimedWork(
        proof=one.proof,
        module=module,
        every=one.every,
        direction=cast("Direction", one.direction),
        zone=one.zone,
        quiet=one.quiet,
    )


def _in_order(work: Sequence[TimedWork]) -> tuple[ScheduleText, ...]:
    found = [
        ScheduleText(one.every, one.module, one.proof, one.direction, one.zone, one.quiet)
        for one in work
    ]
    return tuple(sorted(found, key=lambda one: (one.proof, one.direction, one.module)))
