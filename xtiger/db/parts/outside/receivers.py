"""The part of the store that holds the CRM's own systems that get messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, insert, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.model.outside.receivers import Receiver
from xtiger.model.secret import Secret

_WHO, _ROW = tables.receiver.c, tables.message.c
#: What a person chose; the rest says how it went.
_CHOSEN: Final = ("tenant", "address", "connection_id", "events", "saved_by", "saved_at")


class ReceiverPart(Part):
    """Receivers of messages."""

    def receivers(self, tenant: str) -> Sequence[Receiver]:
        """The receivers of a tenant, the oldest first."""
        query = select(tables.receiver).where(_WHO.tenant == tenant).order_by(_WHO.id)
        with self._database.reading() as db:
            return [_receiver(row) for row in db.execute(query)]

    def save_receiver(self, receiver: Receiver) -> int:
        """Insert one without an id, else replace what a person chose; returns its id."""
        values = {name: getattr(receiver, name) for name in _CHOSEN}
        values["events"] = list(receiver.events)
        with self._database.writing() as db:
            if receiver.id:
                same = _WHO.id == receiver.id
                db.execute(update(tables.receiver).where(same).values(values))
                return receiver.id
            made = db.execute(insert(tables.receiver).values({**values, "failures": 0}))
            key: Any = made.inserted_primary_key
            return int(key[0])

    def save_receiver_secret(self, receiver_id: int, secret: Secret) -> None:
        """Keep its secret, encrypted, in place of the one before."""
        sealed = self._cipher.encrypt(secret)
        with self._database.writing() as db:
            db.execute(update(tables.receiver).where(_WHO.id == receiver_id).values(secret=sealed))

    def receiver_secret(self, receiver_id: int) -> Secret:
        """Its secret; raises SettingInvalid where the key of the installation opens it not."""
        with self._database.reading() as db:
            query = select(_WHO.secret).where(_WHO.id == receiver_id)
            return self._cipher.decrypt(str(db.execute(query).scalar() or ""))

    def note_delivery(self, receiver_id: int, failures: int, rests_until: datetime | None) -> None:
        """Keep how the last try went."""
        values = {"failures": failures, "rests_until": rests_until}
        with self._database.writing() as db:
            db.execute(update(tables.receiver).where(_WHO.id == receiver_id).values(values))

    def remove_receiver(self, tenant: str, receiver_id: int) -> bool:
        """Take one away with its messages; False where there is none."""
        same = and_(_WHO.tenant == tenant, _WHO.id == receiver_id)
        of_it = and_(_ROW.tenant == tenant, _ROW.receiver_id == receiver_id)
        with self._database.writing() as db:
            db.execute(delete(tables.message).where(of_it))
            return db.execute(delete(tables.receiver).where(same)).rowcount > 0


def _receiver(row: Any) -> Receiver:
    kept = dict(row._mapping)
    sealed = kept.pop("secret")
    return Receiver(**{**kept, "events": tuple(row.events)}, has_secret=bool(sealed))
