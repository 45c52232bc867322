"""The host tables, xt_outbox, xt_created and xt_identity, in plain SQL on the host's cursor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Protocol, cast

from xtiger.model.records import Change, Identity, Kind, OutboxRow, Ref

#: A record is read this long after its last change, so that half-built ones are finished.
DELAY: Final = timedelta(seconds=2)
#: A record that is changed again and again is read at the latest so long after the first change.
LONGEST_DELAY: Final = timedelta(seconds=30)

Dialect = Literal["sqlite", "postgresql", "mariadb"]

# varchar and not text: MariaDB needs lengths in a key. The key of a create is called create_key
# and the kind change_kind, since KEY is a reserved word there.
_CREATE: Final = (
    """CREATE TABLE IF NOT EXISTS xt_outbox (
        tenant varchar(100) NOT NULL, module varchar(100) NOT NULL, id varchar(190) NOT NULL,
        change_kind varchar(10) NOT NULL, generation integer NOT NULL, origin varchar(50),
        latest_due_at varchar(40) NOT NULL, due_at varchar(40) NOT NULL,
        handed_out integer NOT NULL, PRIMARY KEY (tenant, module, id))""",
    """CREATE TABLE IF NOT EXISTS xt_created (
        create_key varchar(190) NOT NULL PRIMARY KEY,
        module varchar(100) NOT NULL, id varchar(190) NOT NULL)""",
    # One row: place is always 1.
    """CREATE TABLE IF NOT EXISTS xt_identity (
        place integer NOT NULL PRIMARY KEY, id varchar(100) NOT NULL, runs integer NOT NULL)""",
)
#: The names of these tables.
TABLES: Final = ("xt_outbox", "xt_created", "xt_identity")

#: By default MariaDB takes "a" for "A" and "ä": two records, or keys, would be one.
_EXACT: Final = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"

_COLUMNS: Final = (
    "tenant, module, id, change_kind, generation, origin, latest_due_at, due_at, handed_out"
)


def create_statements(dialect: Dialect) -> tuple[str, ...]:
    """What makes the host tables where they are missing, a statement each, without semicolon."""
    exact = f" {_EXACT}" if dialect == "mariadb" else ""
    return tuple(statement + exact for statement in _CREATE)


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    @property
    def rowcount(self) -> int:
        """Rows that the last statement changed."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ...) -> Any:
        """Run one statement."""
        ...

    def fetchall(self) -> Sequence[Sequence[Any]]:
        """All rows of the last query."""
        ...


def fold(old: Kind | None, new: Kind, *, handed_out: bool = False) -> Kind | None:
    """One kind for two changes of one record; None when nothing is left to tell.

    Created and deleted is nothing, unless somebody has read the creation meanwhile. A deleted
    record comes back by being created, not by an update of what belonged to it.
    """
    if old is None:
        return new
    if new == "deleted":
        return None if old == "created" and not handed_out else "deleted"
    if (old, new) == ("deleted", "updated"):
        return "deleted"
    return "created" if old == "created" else "updated"


def _upsert(dialect: Dialect, mark: str) -> str:
    """INSERT that folds into the row that is there, as `fold` does."""
    if dialect == "mariadb":
        clause, new = "ON DUPLICATE KEY UPDATE", "VALUES({})".format
    else:
        clause, new = "ON CONFLICT (tenant, module, id) DO UPDATE SET", "excluded.{}".format
    kind, due, origin = new("change_kind"), new("due_at"), new("origin")
    # What was made and deleted before anybody read it is as if it had no row.
    none = "xt_outbox.change_kind = 'nothing'"
    marks = ", ".join([mark] * 9)
    # In MariaDB assignments see those before them: change_kind is read only in its own.
    return f"""INSERT INTO xt_outbox ({_COLUMNS}) VALUES ({marks}) {clause}
        generation = xt_outbox.generation + 1,
        origin = CASE WHEN {none} OR xt_outbox.origin = {origin} THEN {origin} ELSE NULL END,
        due_at = CASE WHEN NOT {none} AND {due} > xt_outbox.latest_due_at
            THEN xt_outbox.latest_due_at ELSE {due} END,
        latest_due_at = CASE WHEN {none} THEN {new("latest_due_at")}
            ELSE xt_outbox.latest_due_at END,
        change_kind = CASE
            WHEN {none} THEN {kind}
            WHEN {kind} = 'deleted' AND xt_outbox.change_kind = 'created'
                AND xt_outbox.handed_out = 0 THEN 'nothing'
            WHEN {kind} = 'deleted' THEN 'deleted'
            WHEN {kind} = 'updated' AND xt_outbox.change_kind = 'deleted' THEN 'deleted'
            WHEN xt_outbox.change_kind = 'created' THEN 'created'
            ELSE 'updated' END"""  # noqa: S608  only names and placeholders are put in


def _text(moment: datetime) -> str:
    """A moment as text of one width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class HostTables:
    """Reads and writes the host tables on a cursor of the host's running transaction.

    SQLite, PostgreSQL and MariaDB; cursors take `?` on SQLite and `%s` on the others, unless
    `mark` says another placeholder.
    """

    def __init__(self, dialect: Dialect, mark: str | None = None) -> None:
        self.dialect: Final = dialect
        self._mark = mark or ("?" if dialect == "sqlite" else "%s")
        self._note = _upsert(dialect, self._mark)
        self._key = self._sql("tenant = ? AND module = ? AND id = ?")

    def _sql(self, text: str) -> str:
        return text.replace("?", self._mark)

    def create(self, cursor: Cursor) -> None:
        """Make the tables where they are missing."""
        for statement in create_statements(self.dialect):
            cursor.execute(statement)

    def make_exact(self, cursor: Cursor) -> None:
        """Give tables that an earlier release made in MariaDB the collation of those of now.

        It commits what runs, and waits for transactions that use the tables.
        """
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() "
            "AND table_name IN (%s, %s, %s) AND table_collation <> 'utf8mb4_bin'",
            TABLES,
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {name} CONVERT TO {_EXACT}")

    def note(self, cursor: Cursor, changes: Iterable[Change]) -> None:
        """Fold changes into their rows, in an order that cannot lock two writers into each other.

        One statement for each: what is left of a creation that was deleted goes once it is due.
        Changes of one record keep their order. A change without tenant counts to tenant "".
        """
        ordered = sorted(changes, key=lambda c: (c.tenant or "", c.ref.module, c.ref.id))
        for change in ordered:
            key = (change.tenant or "", change.ref.module, change.ref.id)
            due, latest = _text(change.at + DELAY), _text(change.at + LONGEST_DELAY)
            row = (*key, change.kind, 1, change.origin or None, latest, due, 0)
            cursor.execute(self._note, row)

    def due(
        self, cursor: Cursor, now: datetime, limit: int, tenant: str | None = None
    ) -> list[OutboxRow]:
        """Rows due at that moment, oldest first, of one tenant or (None) of all.

        Creations are marked as handed out, so the transaction must be committed.
        """
        self._forget_nothing(cursor, now)
        where, values = self._sql("due_at <= ?"), [_text(now)]
        if tenant is not None:
            where, values = where + self._sql(" AND tenant = ?"), [*values, tenant]
        cursor.execute(
            f"SELECT tenant, module, id, change_kind, generation, origin, due_at FROM xt_outbox "  # noqa: S608  only placeholders
            f"WHERE {where} ORDER BY due_at, tenant, module, id LIMIT {int(limit)}",
            tuple(values),
        )
        rows = [
            OutboxRow(
                Ref(module, key),
                cast(Kind, kind),
                generation,
                datetime.fromisoformat(due_at),
                origin,
                row_tenant,
            )
            for row_tenant, module, key, kind, generation, origin, due_at in cursor.fetchall()
        ]
        return [row for row in rows if row.kind != "created" or self._hand_out(cursor, row)]

    def _forget_nothing(self, cursor: Cursor, now: datetime) -> None:
        """Delete the rows of records that were made and deleted before anybody read them."""
        where = self._sql("due_at <= ? AND change_kind = 'nothing'")
        cursor.execute(f"DELETE FROM xt_outbox WHERE {where}", (_text(now),))  # noqa: S608  only a placeholder is put in

    def _hand_out(self, cursor: Cursor, row: OutboxRow) -> bool:
        """Mark a creation as read; False when its row is gone or has changed meanwhile."""
        cursor.execute(
            f"UPDATE xt_outbox SET handed_out = handed_out + 1 WHERE {self._key} "  # noqa: S608  see _key
            + self._sql("AND generation = ?"),
            (row.tenant, row.ref.module, row.ref.id, row.generation),
        )
        return cursor.rowcount == 1

    def done(self, cursor: Cursor, rows: Iterable[OutboxRow]) -> int:
        """Delete the rows that still have the generation read; returns how many were."""
        count = 0
        for row in rows:
            cursor.execute(
                f"DELETE FROM xt_outbox WHERE {self._key} " + self._sql("AND generation = ?"),  # noqa: S608  see _key
                (row.tenant, row.ref.module, row.ref.id, row.generation),
            )
            count += max(0, cursor.rowcount)
        return count

    def created(self, cursor: Cursor, key: str) -> Ref | None:
        """The record that was made for this key; None when none was."""
        query = self._sql("SELECT module, id FROM xt_created WHERE create_key = ?")
        cursor.execute(query, (key,))
        rows = cursor.fetchall()
        return Ref(str(rows[0][0]), str(rows[0][1])) if rows else None

    def remember_created(self, cursor: Cursor, key: str, ref: Ref) -> None:
        """Keep which record was made for a key; the database refuses a second one."""
        sql = self._sql("INSERT INTO xt_created (create_key, module, id) VALUES (?, ?, ?)")
        cursor.execute(sql, (key, ref.module, ref.id))

    def identity(self, cursor: Cursor) -> Identity | None:
        """Which CRM this is; None before `make_identity`."""
        cursor.execute("SELECT id, runs FROM xt_identity WHERE place = 1")
        rows = cursor.fetchall()
        return Identity(str(rows[0][0]), int(rows[0][1])) if rows else None

    def make_identity(self, cursor: Cursor, new_id: str) -> None:
        """Give the CRM this id, unless it has one; of two processes the first one wins."""
        names = "xt_identity (place, id, runs)"
        if self.dialect == "mariadb":
            sql = f"INSERT IGNORE INTO {names} VALUES (1, ?, 0)"  # noqa: S608  names only
        else:
            sql = f"INSERT INTO {names} VALUES (1, ?, 0) ON CONFLICT (place) DO NOTHING"  # noqa: S608  names only
        cursor.execute(self._sql(sql), (new_id,))

    def count_run(self, cursor: Cursor) -> None:
        """Raise the number of runs by one."""
        cursor.execute("UPDATE xt_identity SET runs = runs + 1 WHERE place = 1")
