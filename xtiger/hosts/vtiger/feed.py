"""What changed in a Vtiger, by its own time of each record; nothing is lost, or read for ever.

Vtiger's times have seconds, and a record may change twice within one. Pages go by time and id; the
last page goes back a while, and a record of that while is read until no later change can have its
time. Once nothing moved for as long, the place is exact again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from xtiger.errors import BrokenHost
from xtiger.hosts.vtiger.installation import Installation
from xtiger.hosts.vtiger.reading import ROWS, SHOWN_WHOLE, Reader, quoted
from xtiger.model.records import Module, Page, Record, Ref

if TYPE_CHECKING:
    from xtiger.ports import Clock

#: How far the last page goes back, and how long nothing must move until it need not.
OVERLAP: Final = timedelta(seconds=60)
#: A record that was read so long after it was first seen with a time has that time for good.
_SETTLED: Final = timedelta(seconds=2)
_TIME: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(slots=True)
class Place:
    """Where a reader of the feed stands."""

    #: Vtiger's time and id of the last row; "" before the first, and before the first of a time.
    time: str = ""
    id: str = ""
    #: The newest time that was seen, and when it was first seen (seconds of the library's clock).
    newest: str = ""
    since: float = 0.0
    #: The moment (Unix seconds) up to which deletions are known, and those named last.
    gone_until: int = 0
    gone: list[str] = field(default_factory=list)
    #: Id → [time of the record, when it was first read with it, whether that was its last state].
    seen: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        """The place that a cursor names; raises BrokenHost for any other text."""
        if cursor is None:
            return cls()
        try:
            return cls(**json.loads(cursor))
        except (ValueError, TypeError) as error:
            raise BrokenHost("Vtiger", "changed_since", "the cursor is none of its own") from error

    def text(self) -> str:
        """As a cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def is_news(self, record_id: str, time: str, now: float) -> bool:
        """Whether a row must be read; it counts as read from then on."""
        known = self.seen.get(record_id)
        if known is None or known[0] != time:
            self.seen[record_id] = [time, now, False]
            return True
        if known[2]:
            return False
        known[2] = now - known[1] >= _SETTLED.total_seconds()
        return True

    def step(self, time: str, record_id: str, now: float) -> None:
        """Stand behind a row."""
        self.time, self.id = time, record_id
        if time > self.newest:
            self.newest, self.since = time, now
            oldest = _earlier(time)
            self.seen = {key: one for key, one in self.seen.items() if one[0] >= oldest}

    def rest(self, now: float) -> None:
        """Stand where the next look begins, at the end of the feed."""
        if not self.newest:
            return
        if now - self.since >= OVERLAP.total_seconds() and self.id:
            self.seen.clear()
        else:
            self.time, self.id = _earlier(self.newest), ""


def _earlier(time: str) -> str:
    try:
        return f"{datetime.fromisoformat(time) - OVERLAP:{_TIME}}"
    except ValueError:
        return ""


class Feed:
    """Pages of the changes of one module after the other."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader, self._clock = reader, clock

    def page(self, module: Module, there: Installation, cursor: str | None, limit: int) -> Page:
        """Records changed after the cursor, oldest first; at most 100, as Vtiger gives."""
        place, now = Place.read(cursor), self._clock.now().timestamp()
        theirs, most = there.theirs[module.name], min(limit, ROWS)
        rows = self._rows(theirs, place, most)
        fresh = [
            row
            for row in rows
            if str(row["id"]) != there.nameless
            and place.is_news(str(row["id"]), str(row["modifiedtime"]), now)
        ]
        for row in rows:
            place.step(str(row["modifiedtime"]), str(row["id"]), now)
        # Rows that the user may not see are dropped from a page after it was cut.
        more = bool(rows) if not there.user.is_admin else len(rows) >= most
        records = self._records(module, there, fresh)
        if not more:
            place.rest(now)
            if there.names_deletions:
                records = (*records, *self._deleted(module, theirs, place, int(now)))
        return Page(tuple(records), place.text(), more)

    def _deleted(self, module: Module, theirs: str, place: Place, now: int) -> Iterator[Record]:
        """Records that were deleted since the last look, each once.

        `sync` counts from the second after the one that it is given, so it is asked with overlap.
        """
        if not place.gone_until:
            place.gone_until = now  # what was deleted before nobody has seen
        since, found = place.gone_until - int(OVERLAP.total_seconds()), list[str]()
        while True:
            answer = self._reader.synced(theirs, since)
            found += map(str, answer.get("deleted") or ())
            later = int(answer.get("lastModifiedTime") or since)
            if not answer.get("more") or later <= since:
                break
            since = later
        place.gone_until = max(place.gone_until, later)
        values = {one.name: None for one in module.fields}
        for one in found:
            if one not in place.gone:
                yield Record(Ref(module.name, one), values, deleted=True)
        place.gone = found

    def _rows(self, theirs: str, place: Place, most: int) -> list[Mapping[str, Any]]:
        what = "*" if theirs in SHOWN_WHOLE else "id, modifiedtime"
        select, order = f"SELECT {what} FROM {theirs}", "ORDER BY modifiedtime, id"  # noqa: S608
        ask, time = self._reader.query, quoted(place.time)
        if not place.time:
            return ask(f"{select} {order} LIMIT {most}")
        if not place.id:
            return ask(f"{select} WHERE modifiedtime >= {time} {order} LIMIT {most}")
        same = f"WHERE modifiedtime = {time} AND id > {quoted(place.id)}"
        found = ask(f"{select} {same} {order} LIMIT {most}")
        if len(found) < most:
            later = f"WHERE modifiedtime > {time}"
            found = [*found, *ask(f"{select} {later} {order} LIMIT {most - len(found)}")]
        return found

    def _records(
        self, module: Module, there: Installation, rows: Sequence[Mapping[str, Any]]
    ) -> tuple[Record, ...]:
        if there.theirs[module.name] in SHOWN_WHOLE:
            return tuple(self._reader.record(module, row) for row in rows)
        # A record that was deleted meanwhile is not among them.
        return tuple(self._reader.get(module, [str(row["id"]) for row in rows]).values())
