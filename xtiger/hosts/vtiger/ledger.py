"""The tables that stand beside a Vtiger, since nothing can be kept in it: a SQLite file.

xt_outbox and xt_created are those of every CRM. `xt_number` holds the numbers that records have in
Xero, where Vtiger has no field for them: it gives numbers itself. `xt_sent` holds the creates that
were sent and whose answer nobody has yet: after a crash it says what may be there already.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from xtiger.errors import HostUnavailable
from xtiger.hosts.tables import HostTables
from xtiger.model.records import Change, OutboxRow, Ref
from xtiger.model.values import Plain, from_json, to_json

_SENT: Final = """CREATE TABLE IF NOT EXISTS xt_sent (
    create_key varchar(190) NOT NULL PRIMARY KEY, module varchar(100) NOT NULL,
    above varchar(190) NOT NULL, element TEXT NOT NULL, number varchar(255))"""
_NUMBER: Final = """CREATE TABLE IF NOT EXISTS xt_number (
    module varchar(100) NOT NULL, id varchar(190) NOT NULL, number varchar(255) NOT NULL,
    PRIMARY KEY (module, id))"""
_KEEP: Final = "INSERT OR REPLACE INTO xt_number VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Sent:
    """A create that was sent."""

    #: Vtiger's own module.
    module: str
    #: The highest id before it; "" where there was no record.
    above: str
    #: What was sent.
    element: Plain
    #: Its number in Xero, where that is kept here; None where nothing is.
    number: str | None = None


class Ledger:
    """The tables in one file, or in memory; safe to share by threads and processes."""

    def __init__(self, path: Path | None) -> None:
        """Raises HostUnavailable where the file cannot be opened."""
        address = ":memory:" if path is None else str(path)
        self._name = path.name if path is not None else "memory"
        self._tables, self._lock = HostTables("sqlite"), threading.RLock()
        try:
            self._db = sqlite3.connect(
                address, timeout=30, isolation_level=None, check_same_thread=False
            )
            with self._changing() as cursor:
                self._tables.create(cursor)
                cursor.execute(_SENT)
                cursor.execute(_NUMBER)
        except sqlite3.OperationalError as error:
            raise HostUnavailable(self._name, "opening the tables beside it") from error

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Cursor]:
        """One short transaction; each is of use alone, so that none is ever nested."""
        with self._lock:
            cursor = self._db.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # --- creates ---

    def made(self, key: str) -> Ref | None:
        """The record that was made for a key."""
        with self._lock:
            return self._tables.created(self._db.cursor(), key)

    def is_made(self, ref: Ref) -> bool:
        """Whether a record was made for any key."""
        sql = "SELECT 1 FROM xt_created WHERE module = ? AND id = ?"
        with self._lock:
            return self._db.execute(sql, (ref.module, ref.id)).fetchone() is not None

    def sent(self, key: str) -> Sent | None:
        """The create of a key that was sent and never answered."""
        sql = "SELECT module, above, element, number FROM xt_sent WHERE create_key = ?"
        with self._lock:
            row = self._db.execute(sql, (key,)).fetchone()
        return Sent(row[0], row[1], from_json(row[2]), row[3]) if row else None

    def announce(self, key: str, sent: Sent) -> None:
        """Remember a create before it is sent."""
        values = (key, sent.module, sent.above, to_json(sent.element), sent.number)
        with self._changing() as cursor:
            cursor.execute("INSERT OR REPLACE INTO xt_sent VALUES (?, ?, ?, ?, ?)", values)

    def withdraw(self, key: str) -> None:
        """A create that was refused: it is nowhere."""
        with self._changing() as cursor:
            cursor.execute("DELETE FROM xt_sent WHERE create_key = ?", (key,))

    def remember(self, key: str, ref: Ref, number: str | None) -> None:
        """Keep which record a create made, and its number."""
        with self._changing() as cursor:
            self._tables.remember_created(cursor, key, ref)
            if number is not None:
                cursor.execute(_KEEP, (ref.module, ref.id, number))
            cursor.execute("DELETE FROM xt_sent WHERE create_key = ?", (key,))

    # --- numbers ---

    def keep_number(self, ref: Ref, number: str) -> None:
        """Keep the number of Xero of a record; "" for none."""
        with self._changing() as cursor:
            cursor.execute(_KEEP, (ref.module, ref.id, number))

    def number(self, ref: Ref) -> str | None:
        """The kept number of a record; None where nothing is kept."""
        sql = "SELECT number FROM xt_number WHERE module = ? AND id = ?"
        with self._lock:
            row = self._db.execute(sql, (ref.module, ref.id)).fetchone()
        return str(row[0]) if row else None

    def numbered(self, module: str, number: str) -> list[str]:
        """Ids of records that have this number."""
        sql = "SELECT id FROM xt_number WHERE module = ? AND number = ?"
        with self._lock:
            rows = self._db.execute(sql, (module, number)).fetchall()
        return [str(row[0]) for row in rows]

    # --- the outbox ---

    def note(self, changes: Sequence[Change]) -> None:
        """Fold changes into xt_outbox."""
        with self._changing() as cursor:
            self._tables.note(cursor, changes)

    def due(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Rows of xt_outbox that are due."""
        with self._changing() as cursor:
            return self._tables.due(cursor, now, limit)

    def done(self, rows: Sequence[OutboxRow]) -> int:
        """Delete rows that still have the generation read."""
        with self._changing() as cursor:
            return self._tables.done(cursor, rows)
