"""The service for notices: what happened to invoices in Xero, as it was delivered."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from xtiger.model.customers.notices import Notice, NoticeEvent
from xtiger.model.records import Ref

if TYPE_CHECKING:
    from xtiger.services.parts import Parts


class Notices:
    """Lists notices; they are delivered by the hook `notice`, after each run and tick."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def all(
        self,
        connection_id: str | None = None,
        *,
        ref: Ref | None = None,
        events: Collection[NoticeEvent] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> list[Notice]:
        """What was delivered, newest first: of a connection or all, of one invoice, of some events.

        Raises UnknownModule for a module that the CRM has not.
        """
        if ref is not None:
            self._parts.sync_module(ref.module)
        known = [one.id for one in self._parts.connections()]
        if connection_id is not None:
            known = [self._parts.connection(connection_id).id]
        found = self._store.notices(known, limit=limit, offset=offset, crm=ref, events=events)
        return list(found)
