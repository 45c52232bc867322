"""Where the reference host keeps its records: JSON rows in a SQLite database."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from xtiger.errors import HostUnavailable
from xtiger.model.values import Plain, canon, from_json, to_json

_TABLES = (
    """CREATE TABLE IF NOT EXISTS record (
        tenant TEXT NOT NULL, module TEXT NOT NULL, number INTEGER NOT NULL,
        version INTEGER NOT NULL, seq INTEGER NOT NULL, modified TEXT NOT NULL,
        deleted INTEGER NOT NULL, field_values TEXT NOT NULL, lines TEXT NOT NULL,
        PRIMARY KEY (tenant, module, number)) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX IF NOT EXISTS record_seq ON record (tenant, module, seq)",
    """CREATE TABLE IF NOT EXISTS field_value (
        tenant TEXT NOT NULL, module TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (tenant, module, name, text, number)) WITHOUT ROWID""",
    """CREATE INDEX IF NOT EXISTS field_value_record
        ON field_value (tenant, module, number)""",
    """CREATE TABLE IF NOT EXISTS counter (
        name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it is kept."""

    number: int
    values: Mapping[str, Plain]
    lines: Sequence[Mapping[str, Plain]]
    modified: datetime
    version: int = 1
    seq: int = 0
    deleted: bool = False


class Rows:
    """One SQLite database with nested transactions; threads take turns."""

    def __init__(self, name: str, path: Path | None) -> None:
        self._name = name
        address = str(path) if path is not None else ":memory:"
        try:
            self._db = sqlite3.connect(
                address, timeout=30, isolation_level=None, check_same_thread=False
            )
            if path is not None:
                self._db.execute("PRAGMA journal_mode=WAL")
                # Safe with WAL: a lost machine may forget the last moment, never half of it.
                self._db.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.OperationalError as error:
            raise HostUnavailable(name, "opening its database") from error
        self.close = weakref.finalize(self, self._db.close)
        self._lock = threading.RLock()
        self._depth = 0
        self._after: list[Callable[[], None]] = []
        with self.transaction():
            for statement in _TABLES:
                self._db.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """Begin or nest; rolled back when the block raises. Other threads wait."""
        with self._lock:
            depth, waiting = self._depth, len(self._after)
            self._begin(depth)
            self._depth += 1
            try:
                yield self._db.cursor()
            except BaseException:
                self._depth = depth
                del self._after[waiting:]
                self._db.execute(f"ROLLBACK TO level_{depth}" if depth else "ROLLBACK")
                raise
            self._depth = depth
            self._db.execute(f"RELEASE level_{depth}" if depth else "COMMIT")
            calls, self._after = ([], self._after) if depth else (self._after, [])
        for call in calls:
            call()

    def _begin(self, depth: int) -> None:
        try:
            self._db.execute(f"SAVEPOINT level_{depth}" if depth else "BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise HostUnavailable(self._name, "beginning a transaction") from error

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call once the running transaction is committed; at once when none runs."""
        with self._lock:
            if self._depth:
                self._after.append(call)
                return
        call()

    def next_number(self, name: str) -> int:
        """The next number of a counter, never given twice; within a transaction."""
        sql = """INSERT INTO counter VALUES (?, 1)
            ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"""
        return int(self._db.execute(sql, (name,)).fetchone()[0])

    def query(self, tenant: str, module: str, rest: str, *values: Any) -> list[Row]:
        """Rows of a module; `rest` follows the WHERE of tenant and module."""
        sql = f"""SELECT number, version, seq, modified, deleted, field_values, lines FROM record
            WHERE tenant = ? AND module = ? {rest}"""  # noqa: S608  rest is written in the code
        with self._lock:
            found = self._db.execute(sql, (tenant, module, *values)).fetchall()
        return [
            Row(
                number,
                from_json(field_values),
                from_json(lines),
                datetime.fromisoformat(modified),
                version,
                seq,
                bool(deleted),
            )
            for number, version, seq, modified, deleted, field_values, lines in found
        ]

    def one(self, tenant: str, module: str, record_id: str) -> Row | None:
        """The row of an id; None when there never was one."""
        if not (record_id.isascii() and record_id.isdigit() and len(record_id) < 19):
            return None
        found = self.query(tenant, module, "AND number = ?", int(record_id))
        return found[0] if found else None

    def put(self, tenant: str, module: str, row: Row) -> Row:
        """Insert or replace a row, at the end of the feed; answers it as kept."""
        seq = self.next_number("seq")
        self._db.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                tenant,
                module,
                row.number,
                row.version,
                seq,
                row.modified.isoformat(),
                row.deleted,
                to_json(dict(row.values)),
                to_json(list(row.lines)),
            ),
        )
        self._index(tenant, module, row)
        return Row(row.number, row.values, row.lines, row.modified, row.version, seq, row.deleted)

    def remove(self, tenant: str, module: str, number: int) -> None:
        """Forget a row without a trace."""
        where = "WHERE tenant = ? AND module = ? AND number = ?"
        self._db.execute(f"DELETE FROM record {where}", (tenant, module, number))  # noqa: S608
        self._db.execute(f"DELETE FROM field_value {where}", (tenant, module, number))  # noqa: S608

    def _index(self, tenant: str, module: str, row: Row) -> None:
        where = "WHERE tenant = ? AND module = ? AND number = ?"
        self._db.execute(f"DELETE FROM field_value {where}", (tenant, module, row.number))  # noqa: S608
        if not row.deleted:
            self._db.executemany(
                "INSERT INTO field_value VALUES (?, ?, ?, ?, ?)",
                [
                    (tenant, module, name, to_json(canon(value)), row.number)
                    for name, value in row.values.items()
                ],
            )

    def equal(self, tenant: str, module: str, name: str, value: Plain, limit: int) -> list[Row]:
        """Rows whose value is the same in its canonical form, ordered by number."""
        rest = """AND number IN (SELECT number FROM field_value
            WHERE tenant = ? AND module = ? AND name = ? AND text = ?) ORDER BY number LIMIT ?"""
        text = to_json(canon(value))
        return self.query(tenant, module, rest, tenant, module, name, text, limit)
