"""The part of the store that holds connections with their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert
from xtiger.errors import SettingInvalid
from xtiger.model.connections import Connection, Tokens

_FIELDS = [column for column in tables.connection.c if column.name not in ("number", "tokens")]

_ID: Final = tables.connection.c.id == bindparam("of")
_ONE: Final = select(*_FIELDS).where(_ID)
_TOKENS: Final = select(tables.connection.c.tokens).where(_ID)


class ConnectionPart(Part):
    """Connections and tokens."""

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
        with self._database.reading() as db:
            row = db.execute(_ONE, {"of": connection_id}).one_or_none()
        return None if row is None else Connection(**row._mapping)

    def save_connection(self, connection: Connection, tokens: Tokens | None = None) -> None:
        """Insert or replace by id; tokens are replaced only when given."""
        row = {column.name: getattr(connection, column.name) for column in _FIELDS}
        if tokens is not None:
            row["tokens"] = self._cipher.encrypt(tokens.text())
        with self._database.writing() as db:
            upsert(db, tables.connection, [row], by=["id"])

    def tokens(self, connection_id: str) -> Tokens | None:
        """The tokens, decrypted, read again; None without any, and where no key fits them.

        A key that is lost leaves none: connecting again makes new ones, and so does the old key.
        """
        with self._database.reading() as db:
            kept = db.execute(_TOKENS, {"of": connection_id}).scalar()
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

        Returns how many there are; raises SettingInvalid, with nothing changed, when no key fits.
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
