"""The part of the store that announces writes before they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection as DbConnection
from sqlalchemy import bindparam, insert, select, text, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import AnyRow, chunks, locked_row
from xtiger.errors import SentElsewhere
from xtiger.model.calls import Batch, Intent
from xtiger.model.setting_keys import document_turn
from xtiger.model.values import Plain
from xtiger.rules.kinds import nature

_BATCH = tables.batch.c
_INTENT = tables.intent.c
_LINK = tables.link.c
_CONNECTION = tables.connection.c


class BatchPart(Part):
    """Batches with their intents."""

    def open_batch(self, batch: Batch) -> None:
        """Announce a batch and its intents before it is sent.

        Raises SentElsewhere when another connection of the tenant has one of its documents.
        """
        row = {
            column.name: getattr(batch, column.name) for column in _BATCH if column.name != "number"
        }
        with self._database.writing() as db:
            _require_free(db, batch)
            db.execute(insert(tables.batch).values(row))
            if batch.intents:
                db.execute(
                    insert(tables.intent),
                    [_intent_row(batch.id, intent) for intent in batch.intents],
                )

    def save_batch(self, batch: Batch) -> None:
        """Replace state, sent_at and the intents' states of an announced batch.

        The bytes of a batch that is done are dropped, and what its intents meant: nothing repeats
        it any more. Raises LookupError for a batch that was never announced.
        """
        values: dict[str, Plain] = {"state": batch.state, "sent_at": batch.sent_at}
        if batch.state == "done":
            values["body"] = b""
        states = update(tables.intent).where(
            _INTENT.id == bindparam("an_id"), _INTENT.batch_id == batch.id
        )
        with self._database.writing() as db:
            found = db.execute(update(tables.batch).where(_BATCH.id == batch.id).values(values))
            if not found.rowcount:
                raise LookupError(f"the batch {batch.id} was never announced")
            if batch.intents:
                db.execute(
                    states.values(state=bindparam("a_state")),
                    [{"an_id": intent.id, "a_state": intent.state} for intent in batch.intents],
                )
            if batch.state == "done":
                mine = update(tables.intent).where(_INTENT.batch_id == batch.id)
                db.execute(mine.values(meant=None))

    def owners(self, connection_id: str, module: str, ids: Iterable[str]) -> Mapping[str, str]:
        """CRM id → the other connection of the same tenant that has it or is sending it."""
        with self._database.reading() as db:
            return _owners(db, [mate for mate, _ in _mates(db, connection_id)], module, ids)

    def unfinished_batches(self, connection_id: str) -> Sequence[Batch]:
        """Batches in state planned, sent or unknown, oldest first."""
        query = select(tables.batch).where(
            _BATCH.connection_id == connection_id, _BATCH.state != "done"
        )
        with self._database.reading() as db:
            rows = db.execute(query.order_by(_BATCH.number)).all()
            intents = _intents(db, [row.id for row in rows])
        return [_batch(row, tuple(intents.get(row.id, ()))) for row in rows]

    def unsettled_creates(self, connection_id: str, module: str, kind: str) -> Sequence[Intent]:
        """Creates of a module that were announced and whose answer never came, oldest first."""
        query = (
            select(tables.intent)
            .join(tables.batch, _BATCH.id == _INTENT.batch_id)
            .where(_BATCH.connection_id == connection_id, _INTENT.verb == "create")
            .where(_INTENT.module == module, _INTENT.kind == kind)
            .where(text("xt_intent.state NOT IN ('applied', 'failed')"))
            .order_by(_BATCH.number, _INTENT.position)
        )
        with self._database.reading() as db:
            return [_intent(row) for row in db.execute(query)]


def _mates(db: DbConnection, connection_id: str) -> list[tuple[str, str]]:
    """(id, tenant) of the other connections of the same tenant."""
    own = tables.connection.alias()
    query = (
        select(_CONNECTION.id, _CONNECTION.tenant)
        .join(own, own.c.tenant == _CONNECTION.tenant)
        .where(own.c.id == connection_id, _CONNECTION.id != connection_id)
    )
    return [(row.id, row.tenant) for row in db.execute(query)]


def _owners(
    db: DbConnection, mates: Sequence[str], module: str, ids: Iterable[str]
) -> dict[str, str]:
    if not mates:
        return {}
    wanted = list(ids)
    linked = select(_LINK.crm_id, _LINK.connection_id).where(
        _LINK.connection_id.in_(mates), _LINK.module == module
    )
    sending = (
        select(_INTENT.crm_id, _BATCH.connection_id)
        .join(tables.batch, _BATCH.id == _INTENT.batch_id)
        .where(_BATCH.connection_id.in_(mates), _BATCH.state != "done")
        .where(_INTENT.module == module, _INTENT.verb == "create")
    )
    found: dict[str, str] = {}
    for query, column in ((sending, _INTENT.crm_id), (linked, _LINK.crm_id)):
        for chunk in chunks(wanted):
            rows = db.execute(query.where(column.in_(chunk)))
            found.update({row.crm_id: row.connection_id for row in rows})
    return found


def _require_free(db: DbConnection, batch: Batch) -> None:
    """Refuse documents that another connection of the tenant has; one batch at a time asks.

    Two runs may have planned the same invoice while its route was being changed: the
    one that announces it first has it.
    """
    if not nature(batch.kind).document:
        return
    mates = _mates(db, batch.connection_id)
    if not mates:
        return
    locked_row(db, tables.state, {"name": document_turn(mates[0][1])}, {"value": None})
    for module in {intent.module for intent in batch.intents}:
        ids = [i.crm_id for i in batch.intents if i.module == module and i.verb == "create"]
        taken = _owners(db, [mate for mate, _ in mates], module, [i for i in ids if i])
        if taken:
            raise SentElsewhere(module, sorted(taken))


def _intents(db: DbConnection, batch_ids: Sequence[str]) -> dict[str, list[Intent]]:
    found: dict[str, list[Intent]] = {}
    query = select(tables.intent).order_by(_INTENT.batch_id, _INTENT.position)
    for chunk in chunks(batch_ids):
        for row in db.execute(query.where(_INTENT.batch_id.in_(chunk))):
            found.setdefault(row.batch_id, []).append(_intent(row))
    return found


def _batch(row: AnyRow, intents: tuple[Intent, ...]) -> Batch:
    values = dict(row._mapping)
    del values["number"]
    return Batch(**{**values, "body": bytes(values["body"])}, intents=intents)


def _intent_row(batch_id: str, intent: Intent) -> dict[str, Plain]:
    field, value = intent.natural_key or (None, None)
    return {
        "id": intent.id,
        "batch_id": batch_id,
        "position": intent.position,
        "module": intent.module,
        "kind": intent.kind,
        "crm_id": intent.crm_id,
        "xero_id": intent.xero_id,
        "verb": intent.verb,
        "natural_field": field,
        "natural_value": value,
        "payload": intent.payload,
        "state": intent.state,
        "meant": intent.meant,
    }


def _intent(row: AnyRow) -> Intent:
    natural = None if row.natural_field is None else (row.natural_field, row.natural_value)
    return Intent(
        id=row.id,
        position=row.position,
        module=row.module,
        kind=row.kind,
        crm_id=row.crm_id,
        xero_id=row.xero_id,
        verb=row.verb,
        natural_key=natural,
        payload=row.payload,
        state=row.state,
        meant=row.meant,
    )
