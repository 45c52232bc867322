"""The part of the store that holds each message for a receiver until it was taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, exists, or_, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import insert_for
from xtiger.model.outside.receivers import Message

_WHO, _ROW = tables.receiver.c, tables.message.c
_MESSAGE_FIELDS: Final = tuple(one.name for one in fields(Message) if one.name != "id")


class MessagePart(Part):
    """Messages for receivers."""

    def add_message(self, message: Message) -> bool:
        """Keep a message until it is taken; False for one of a receiver and key that is known."""
        with self._database.writing() as db:
            found = insert_for(db, tables.message).values(_values(message))
            found = found.on_conflict_do_nothing(index_elements=["receiver_id", "key"])
            return db.execute(found.returning(_ROW.id)).scalar() is not None

    def due_messages(self, receiver_id: int, now: datetime, limit: int) -> Sequence[Message]:
        """Those to be sent until now, and those whose sending was broken off; least tried first."""
        query = select(tables.message).where(_ROW.receiver_id == receiver_id, _due(now))
        query = query.order_by(_ROW.tries, _ROW.id).limit(limit)
        with self._database.reading() as db:
            return [_message(row) for row in db.execute(query)]

    def has_due_messages(self, tenant: str, now: datetime) -> bool:
        """Whether a receiver that does not rest has any."""
        awake = or_(_WHO.rests_until.is_(None), _WHO.rests_until <= now)
        mine = and_(_ROW.tenant == tenant, _ROW.receiver_id == _WHO.id, awake)
        with self._database.reading() as db:
            return bool(db.execute(select(exists().where(mine, _due(now)))).scalar())

    def save_message(self, message: Message) -> None:
        """Replace what is known of a message; the text of one that was sent is dropped."""
        with self._database.writing() as db:
            same = _ROW.id == message.id
            db.execute(update(tables.message).where(same).values(_values(message)))

    def give_up_messages(self, receiver_id: int, made_before: datetime) -> None:
        """Give up what waits for so long."""
        old = and_(
            _ROW.receiver_id == receiver_id, _ROW.state == "waiting", _ROW.made_at < made_before
        )
        with self._database.writing() as db:
            db.execute(update(tables.message).where(old).values(state="given_up"))

    def drop_messages(self, tenant: str, sent_before: datetime) -> None:
        """Drop those that were sent long ago."""
        old = and_(_ROW.tenant == tenant, _ROW.state == "sent", _ROW.sent_at < sent_before)
        with self._database.writing() as db:
            db.execute(delete(tables.message).where(old))

    def messages(
        self,
        tenant: str,
        *,
        limit: int,
        offset: int = 0,
        states: Collection[str] = (),
        ids: Collection[int] = (),
    ) -> Sequence[Message]:
        """Messages of a tenant, newest first; empty: of all states, all ids."""
        query = select(tables.message).where(_ROW.tenant == tenant)
        if states:
            query = query.where(_ROW.state.in_(states))
        if ids:
            query = query.where(_ROW.id.in_(ids))
        query = query.order_by(_ROW.id.desc()).limit(limit).offset(offset)
        with self._database.reading() as db:
            return [_message(row) for row in db.execute(query)]


def _due(now: datetime) -> Any:
    return or_(and_(_ROW.state == "waiting", _ROW.due_at <= now), _ROW.state == "sending")


def _values(message: Message) -> dict[str, Any]:
    if message.state == "sent":
        message = replace(message, body="")
    return {name: getattr(message, name) for name in _MESSAGE_FIELDS}


def _message(row: Any) -> Message:
    return Message(**row._mapping)
