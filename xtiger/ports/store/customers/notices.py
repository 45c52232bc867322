"""The NoticeStore protocol: what happened to invoices, until it was delivered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.customers.document_money import DocumentMoney
from xtiger.model.customers.notices import Notice, NoticeEvent
from xtiger.model.records import Ref
from xtiger.ports.store.transactional import Transactional


class NoticeStore(Transactional, Protocol):
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
        ...

    def waiting_notices(self, connection_id: str, limit: int) -> Sequence[Notice]:
        """Those that nobody got for sure, oldest first."""
        ...

    # size: every filter that a list of notices has
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
        ...

    def begin_notice(self, notice_id: int, ref: Ref) -> None:
        """Say whose it is, and that it is on its way: a process that ends now leaves it so."""
        ...

    def end_notice(self, notice_id: int, *, dropped: bool = False) -> None:
        """Say that it was delivered, or that nobody is to get it."""
        ...
