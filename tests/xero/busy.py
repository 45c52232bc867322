"""A list at Xero that people edit while it is read, fast enough for millions of rows.

It orders, filters and pages exactly as Xero documents: by UpdatedDateUTC and id unless `order` says
otherwise, If-Modified-Since in whole seconds, archived contacts only when asked for.
"""

from __future__ import annotations

import random
import uuid
from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.xero.clock import StepClock
from tests.xero.twin import Asked, XeroTwin
from xtiger.xero.transport import RawAnswer

#: Plural → (id, number of the row, text that each edit changes) as its elements name them.
FIELDS = {
    "Contacts": ("ContactID", "ContactNumber", "AccountNumber"),
    "Invoices": ("InvoiceID", "InvoiceNumber", "Reference"),
}


@dataclass(slots=True)
class Row:
    """One element of the list."""

    number: int
    version: int
    #: UpdatedDateUTC in milliseconds.
    updated: int
    archived: bool
    json: str = ""


class BusyXero(XeroTwin):
    """Stands where the network begins: one list, and people who edit it at every call."""

    def __init__(self, plural: str, rows: int, clock: StepClock, seed: int, pages: int) -> None:
        """`pages` is the largest page that is given, whatever is asked for."""
        super().__init__()
        self._plural, self._clock, self._largest = plural, clock, pages
        self._random = random.Random(seed)  # test data, no secret
        self.rows: dict[str, Row] = {}
        self._by_id: list[str] = []
        self._by_time: list[tuple[int, str]] = []
        #: Most edits before, and as many after, the rows of a call are chosen; 0 is peace.
        self.edits = 6
        self.edited = {"edited": 0, "created": 0, "archived": 0}
        start = _ms(clock.now()) - 86_400_000
        for number in range(rows):
            one = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
            self.rows[one] = Row(number, 0, start + self._random.randrange(80_000_000), False)
            self._render(one)
        self._by_id = sorted(self.rows)
        self._by_time = sorted((row.updated, one) for one, row in self.rows.items())

    def versions(self) -> dict[str, int]:
        """Id → how often it was edited, of all rows."""
        return {one: row.version for one, row in self.rows.items()}

    def answer(self, asked: Asked) -> RawAnswer:
        """Answer one page; people edit before and while it is made."""
        assert ("GET", self._plural) == (asked.method, asked.plural)
        query = asked.query
        self._edit()
        since = _since(asked.headers.get("If-Modified-Since"))
        found = list(self._found(query, since))
        size = min(int(query.get("pageSize", 100)), self._largest)
        page = int(query.get("page", 1))
        chosen = [self.rows[one].json for one in found[(page - 1) * size : page * size]]
        # What is edited from here on is stamped before the answer is, and not in it.
        self._edit()
        self._clock.move(milliseconds=self._random.randrange(10, 900))
        envelope = (
            f'{{"DateTimeUTC":"/Date({_ms(self._clock.now())})/","pagination":{{"page":{page},'
            f'"pageSize":{size},"pageCount":{-(-len(found) // size)},"itemCount":{len(found)}}},'
            f'"{self._plural}":[{",".join(chosen)}]}}'
        )
        return RawAnswer(200, {"content-type": "application/json"}, envelope.encode())

    def _found(self, asked: Mapping[str, str], since: int) -> Iterator[str]:
        order = asked.get("order", "")
        assert order in ("", FIELDS[self._plural][0])
        first = bisect_right(self._by_time, (since, "~"))
        if since and order:
            ids: Iterator[str] = iter(sorted(one for _, one in self._by_time[first:]))
        else:
            ids = iter(self._by_id) if order else (one for _, one in self._by_time[first:])
        if asked.get("includeArchived") == "true":
            return ids
        return (one for one in ids if not self.rows[one].archived)

    def _edit(self) -> None:
        for _ in range(self._random.randint(self.edits // 2, self.edits)):
            self._clock.move(milliseconds=self._random.randrange(1, 60))
            what = self._random.choice(("edited", "edited", "edited", "created", "archived"))
            self.edited[what] += 1
            if what == "created":
                one = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
                self.rows[one] = Row(len(self.rows), 0, _ms(self._clock.now()), False)
                insort(self._by_id, one)
            else:
                one = self._random.choice(self._by_id)
                row = self.rows[one]
                del self._by_time[bisect_right(self._by_time, (row.updated, one)) - 1]
                row.version, row.updated = row.version + 1, _ms(self._clock.now())
                row.archived = row.archived or what == "archived"
            insort(self._by_time, (self.rows[one].updated, one))
            self._render(one)

    def _render(self, one: str) -> None:
        row = self.rows[one]
        id_field, number, text = FIELDS[self._plural]
        row.json = (
            f'{{"{id_field}":"{one}","{number}":"N-{row.number}","{text}":"{row.version}",'
            f'"UpdatedDateUTC":"/Date({row.updated}+0000)/"}}'
        )


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


def _since(header: str | None) -> int:
    if header is None:
        return 0
    return _ms(datetime.strptime(header, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC))
