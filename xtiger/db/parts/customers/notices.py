"""The part of the store that holds notices: each once, until it was delivered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import insert_for
from xtiger.model.customers.document_money import DocumentMoney
from xtiger.model.customers.notices import Notice, NoticeEvent
from xtiger.model.records import Ref

_ROW = tables.notice.c
#: What is kept of the money of the invoice.
_KEPT = ("number", "currency", "total", "settled", "left", "due_day")


class NoticePart(Part):
    """Notices."""

    def add_notice(
        self,
        connection_id: str,
        event: NoticeEvent,
        money: DocumentMoney,
        at: datetime,
        key: str | None = None,
    ) -> None:
        """Keep a notice until it is delivered; one of a `key` that is known is kept already."""
        values = asdict(money)
        row = {
            "connection_id": connection_id,
            "xero_id": money.xero_id,
            "event": event,
            "key": key,
            "at": at,
            "detail": {name: values[name] for name in _KEPT},
            "module": "",
            "crm_id": "",
            "state": "waiting",
        }
        with self._database.writing() as db:
            insert = insert_for(db, tables.notice).values(row)
            db.execute(
                insert.on_conflict_do_nothing(
                    index_elements=["connection_id", "xero_id", "event", "key"]
                )
            )

    def waiting_notices(self, connection_id: str, limit: int) -> Sequence[Notice]:
        """Those that nobody got for sure, oldest first."""
        query = select(*tables.notice.c).where(
            _ROW.connection_id == connection_id, _ROW.state.in_(("waiting", "delivering"))
        )
        with self._database.reading() as db:
            return [_notice(row) for row in db.execute(query.order_by(_ROW.id).limit(limit))]

    def notices(
        self,
        connection_ids: Collection[str],
        *,
        limit: int,
        offset: int = 0,
        crm: Ref | None = None,
        events: Collection[NoticeEvent] = (),
    ) -> Sequence[Notice]:
        """Those that were delivered, newest first."""
        query = select(*tables.notice.c).where(
            _ROW.connection_id.in_(connection_ids), _ROW.state == "delivered"
        )
        if crm is not None:
            query = query.where(_ROW.module == crm.module, _ROW.crm_id == crm.id)
        if events:
            query = query.where(_ROW.event.in_(events))
        query = query.order_by(_ROW.id.desc()).limit(limit).offset(offset)
        with self._database.reading() as db:
            return [_notice(row) for row in db.execute(query)]

    def begin_notice(self, notice_id: int, ref: Ref) -> None:
        """Say whose it is, and that it is on its way: a process that ends now leaves it so."""
        self._state(notice_id, "delivering", module=ref.module, crm_id=ref.id)

    def end_notice(self, notice_id: int, *, dropped: bool = False) -> None:
        """Say that it was delivered, or that nobody is to get it."""
        self._state(notice_id, "dropped" if dropped else "delivered")

    def _state(self, notice_id: int, state: str, **values: str) -> None:
        changed: Mapping[str, str] = {"state": state, **values}
        with self._database.writing() as db:
            db.execute(update(tables.notice).where(_ROW.id == notice_id).values(**changed))


def _notice(row: Any) -> Notice:
    kept: dict[str, Any] = dict(row.detail)
    due: date | None = kept.pop("due_day", None)
    return Notice(
        id=row.id,
        connection_id=row.connection_id,
        event=row.event,
        at=row.at,
        xero_id=row.xero_id,
        ref=Ref(row.module, row.crm_id) if row.crm_id else None,
        due_day=due,
        is_repeated=row.state == "delivering",
        **kept,
    )
