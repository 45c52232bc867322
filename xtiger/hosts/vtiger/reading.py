"""Reads of a Vtiger: records by id or value, by queries of at most 100 rows and by `retrieve`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from xtiger.errors import HostUnavailable
from xtiger.hosts.vtiger.answers import NoAnswer, VtigerRefused
from xtiger.hosts.vtiger.client import VtigerClient
from xtiger.hosts.vtiger.elements import text_of
from xtiger.hosts.vtiger.installation import Installation
from xtiger.hosts.vtiger.ledger import Ledger
from xtiger.hosts.vtiger.names import NUMBERS
from xtiger.model.records import Module, Record, Ref
from xtiger.model.values import Plain, canon

#: More rows are cut off without a word.
ROWS: Final = 100
#: So many ids stand in one query: it travels in the address.
_IDS: Final = 50
#: Modules of which a query shows all; of the others it hides taxes, prices, discounts or lines.
SHOWN_WHOLE: Final = frozenset({"Accounts", "Contacts"})
_ID: Final = re.compile(r"(?P<prefix>\d{1,9})x\d{1,15}", re.ASCII)


def quoted(text: str) -> str:
    """A text as a query has it."""
    return "'" + text.replace("'", "''") + "'"


class Reader:
    """Reads with one client; `there` is asked for what the Vtiger is made of now."""

    def __init__(
        self, client: VtigerClient, there: Callable[[], Installation], ledger: Ledger
    ) -> None:
        self._client, self._there, self._ledger = client, there, ledger

    def record(self, module: Module, raw: Mapping[str, Any]) -> Record:
        """A record of an answer, with the number that is kept beside Vtiger."""
        there = self._there()
        number = self._ledger.number(Ref(module.name, str(raw["id"])))
        return there.record(module, raw, number)

    def query(self, text: str) -> list[Mapping[str, Any]]:
        """The rows of a query without its semicolon."""
        found: list[Mapping[str, Any]] = self._client.read("query", {"query": f"{text};"})
        return found

    def synced(self, theirs: str, since: int) -> Mapping[str, Any]:
        """What `sync` says of a module since a moment (Unix seconds), of all users' records."""
        asked = {"modifiedTime": str(since), "elementType": theirs, "syncType": "application"}
        found: Mapping[str, Any] = self._client.read("sync", asked, tries=1)
        return found

    def names_deletions(self, theirs: str, now: int) -> bool:
        """Whether `sync` works: on PHP 8 it ends a stock Vtiger; only administrators may use it."""
        try:
            self.synced(theirs, now)
        except VtigerRefused:
            return False
        except HostUnavailable as error:
            if isinstance(error.__cause__, NoAnswer) and error.__cause__.status == 500:
                return False
            raise
        return True

    def is_id(self, theirs: str, record_id: str) -> bool:
        """Whether it can be the id of a record of a module."""
        found = _ID.fullmatch(record_id)
        return found is not None and found["prefix"] == self._there().prefix(theirs)

    def retrieve(self, theirs: str, record_id: str) -> Mapping[str, Any] | None:
        """All of one record; None where there is none, or none that the user may see."""
        if not self.is_id(theirs, record_id) or record_id == self._there().nameless:
            return None
        return self.retrieve_any(record_id)

    def retrieve_any(self, record_id: str) -> Mapping[str, Any] | None:
        """The same for an id that is one."""
        try:
            found: Mapping[str, Any] = self._client.read("retrieve", {"id": record_id})
        except VtigerRefused as error:
            if error.is_gone or error.code == "ACCESS_DENIED":
                return None
            raise
        return found

    def get(self, module: Module, ids: Sequence[str]) -> dict[str, Record]:
        """Records by id; absent where there is none."""
        theirs = self._there().theirs[module.name]
        wanted = [one for one in dict.fromkeys(ids) if self.is_id(theirs, one)]
        raws = self._whole(theirs, wanted)
        return {str(raw["id"]): self.record(module, raw) for raw in raws}

    def _whole(self, theirs: str, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        if theirs not in SHOWN_WHOLE:
            for one in ids:
                raw = self.retrieve(theirs, one)
                if raw is not None:
                    yield raw
            return
        yield from self._rows_of(theirs, "*", ids)

    def _rows_of(self, theirs: str, what: str, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Rows of these ids, fifty in one query.

        One that is not among them is asked for alone, which is sure to be understood: a database
        that takes such a list for numbers answers other records, or none.
        """
        for part in _parts(ids):
            left = set(part)
            for row in self._listed(theirs, what, part):
                if str(row["id"]) in left:
                    left.remove(str(row["id"]))
                    yield row
            for one in sorted(left):
                yield from self.query(f"SELECT {what} FROM {theirs} WHERE id = {quoted(one)}")  # noqa: S608

    def _listed(self, theirs: str, what: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        listed = ", ".join(map(quoted, ids))
        try:
            return self.query(f"SELECT {what} FROM {theirs} WHERE id IN ({listed})")  # noqa: S608
        except VtigerRefused:
            return []

    def existing(self, theirs: str, ids: Collection[str]) -> set[str]:
        """Those of the ids that records have."""
        wanted = [one for one in sorted(ids) if self.is_id(theirs, one)]
        return {str(row["id"]) for row in self._rows_of(theirs, "id", wanted)}

    def highest(self, theirs: str) -> str:
        """The newest id of a module; "" where it has no record."""
        rows = self.query(f"SELECT id FROM {theirs} ORDER BY id DESC LIMIT 1")  # noqa: S608
        return str(rows[0]["id"]) if rows else ""

    def above(self, theirs: str, record_id: str) -> list[str]:
        """Ids of records made after this one, oldest first."""
        found: list[str] = []
        last = record_id
        while True:
            where = f" WHERE id > {quoted(last)}" if last else ""
            rows = self.query(f"SELECT id FROM {theirs}{where} ORDER BY id LIMIT {ROWS}")  # noqa: S608
            if not rows:
                return found
            found += [str(row["id"]) for row in rows]
            last = found[-1]

    def find(self, module: Module, name: str, value: Plain, limit: int) -> list[Record]:
        """Records whose field has exactly the value, ordered by id."""
        field, there = module.by_name(name), self._there()
        theirs = there.theirs[module.name]
        wanted = text_of(field, value, there) if field is not None else ""
        if field is None or not wanted:
            return []  # a blank cannot be searched
        found: list[Record] = []
        for row in self._rows_with(module, theirs, name, wanted):
            records = self.get(module, [str(row["id"])]).values()
            found += [one for one in records if canon(one.values.get(name)) == canon(value)]
            if len(found) >= limit:
                break
        return found

    def _rows_with(
        self, module: Module, theirs: str, name: str, wanted: str
    ) -> Iterator[Mapping[str, Any]]:
        """Rows that may have the value; a number also where Xero's is kept."""
        if name == NUMBERS.get(theirs):
            yield from ({"id": one} for one in self._ledger.numbered(module.name, wanted))
            field = self._there().number_fields.get(theirs)
            yield from self._equal(theirs, field, wanted) if field else ()
        yield from self._equal(theirs, name, wanted)

    def _equal(self, theirs: str, name: str, wanted: str) -> Iterator[Mapping[str, Any]]:
        """Rows that the database calls equal: it knows neither case nor accents."""
        last = ""
        while True:
            after = f" AND id > {quoted(last)}" if last else ""
            where = f"WHERE {name} = {quoted(wanted)}{after}"
            rows = self.query(f"SELECT id FROM {theirs} {where} ORDER BY id LIMIT {ROWS}")  # noqa: S608
            yield from rows
            if not rows:
                return
            last = str(rows[-1]["id"])


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _IDS):
        yield ids[start : start + _IDS]
