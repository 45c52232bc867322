"""The DocumentMoneyStore protocol: what documents of Xero are worth, as last seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from xtiger.model.customers.document_money import DocumentMoney
from xtiger.ports.store.transactional import Transactional


class DocumentMoneyStore(Transactional, Protocol):
    """Money of documents; it is written with their last seen copies."""

    def document_money(
        self, connection_id: str, kind: str, ids: Iterable[str]
    ) -> Mapping[str, DocumentMoney]:
        """Xero id → what the document is worth; those that were never seen are absent."""
        ...

    def money_of_contacts(
        self, connection_id: str, contact_ids: Collection[str]
    ) -> Sequence[DocumentMoney]:
        """Every document of these contacts."""
        ...

    def overdue_money(self, connection_id: str, since: date, day: date) -> Sequence[DocumentMoney]:
        """Open invoices of sales that were due from `since` on and before `day`."""
        ...

    def sent_and_open(self, connection_id: str, limit: int) -> Sequence[str]:
        """Ids of open invoices that were sent and not opened yet, the longest unread first."""
        ...
