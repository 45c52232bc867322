"""The part of the store that holds installation settings and connections with their tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert
from xtiger.errors import SettingInvalid
from xtiger.model.connections import Connection, Tokens

_FIELDS = [column for column in tables.connection.c if column.name not in ("number", "tokens")]


class ConnectionPart(Part):
    """Settings of the installation, connections, tokens."""

    def setting(self, name: str) -> Any:
        """One plain value by name; None when never set."""
        query = select(tables.setting.c.value).where(tables.setting.c.name == name)
        with self._database.reading() as db:
            return db.execute(query).scalar()

    def save_setting(self, name: str, value: Any) -> None:
        """Remember one plain value."""
        with self._database.writing() as db:
            upsert(db, tables.setting, [{"name": name, "value": value}], by=["name"])

    def forget_setting(self, name: str) -> None:
        """Remove one value."""
        with self._database.writing() as db:
            db.execute(delete(tables.setting).where(tables.setting.c.name == name))

    def settings_like(self, prefix: str) -> Mapping[str, Any]:
        """All values whose name starts with the prefix, by name."""
        name = tables.setting.c.name
        # Not LIKE: SQLite's takes upper and lower case for the same.
        fits = func.substr(name, 1, len(prefix)) == prefix
        with self._database.reading() as db:
            rows = db.execute(select(name, tables.setting.c.value).where(fits)).all()
        return {row.name: row.value for row in sorted(rows, key=lambda row: str(row.name))}

    def connections(self, tenant: str) -> Sequence[Connection]:
        """The connections of a tenant, oldest first."""
        return self._connections(tables.connection.c.tenant == tenant)

    def all_connections(self) -> Sequence[Connection]:
        """The connections of every tenant, oldest first: for the work of the installation itself,
        such as renewing permissions; never for what one tenant is shown.
        """
        return self._connections()

    def _connections(self, *fits: ColumnElement[bool]) -> list[Connection]:
        query = select(*_FIELDS).where(*fits).order_by(tables.connection.c.number)
        with self._database.reading() as db:
            return [Connection(**row._mapping) for row in db.execute(query)]

    def connection(self, connection_id: str) -> Connection | None:
        """One connection; None when there is none with this id."""
        query = select(*_FIELDS).where(tables.connection.c.id == connection_id)
        with self._database.reading() as db:
            row = db.execute(query).one_or_none()
        return None if row is None else Connection(**row._mapping)

    def save_connection(self, connection: Connection, tokens: Tokens | None = None) -> None:
        """Insert or replace by id; tokens are replaced only when given."""
        row = {column.name: getattr(connection, column.name) for column in _FIELDS}
        if tokens is not None:
            row["tokens"] = self._cipher.encrypt(tokens.text())
        with self._database.writing() as db:
            upsert(db, tables.connection, [row], by=["id"])

    def tokens(self, connection_id: str) -> Tokens | None:
        """The tokens, decrypted, read afresh; None without any, and where no key fits them.

        A key that is lost leaves none: connecting again makes new ones, and so does the old key.
        """
        query = select(tables.connection.c.tokens).where(tables.connection.c.id == connection_id)
        with self._database.reading() as db:
            kept = db.execute(query).scalar()
        if kept is None:
            return None
        try:
            return Tokens.read(self._cipher.decrypt(kept))
        except SettingInvalid:
            return None

    def forget_tokens(self, connection_id: str) -> None:
        """Remove the tokens of an ended connection."""
        same = tables.connection.c.id == connection_id
        with self._database.writing() as db:
            db.execute(update(tables.connection).where(same).values(tokens=None))

    def remove_connection(self, connection_id: str) -> None:
        """Remove a connection that never came to life, with its tokens; an unknown one is fine."""
        same = tables.connection.c.id == connection_id
        with self._database.writing() as db:
            db.execute(delete(tables.connection).where(same))

    def reencrypt(self) -> int:
        """Put all tokens under the newest key, so that the older ones can be dropped.

        Answers how many there are; raises SettingInvalid, with nothing changed, when no key fits.
        """
        query = select(tables.connection.c.id, tables.connection.c.tokens)
        query = query.where(tables.connection.c.tokens.is_not(None)).with_for_update()
        with self._database.writing() as db:
            kept = db.execute(query).all()
            for row in kept:
                fresh = self._cipher.encrypt(self._cipher.decrypt(row.tokens))
                same = tables.connection.c.id == row.id
                db.execute(update(tables.connection).where(same).values(tokens=fresh))
        return len(kept)
