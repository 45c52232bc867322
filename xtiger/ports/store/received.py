"""The ReceivedStore protocol: the payments of CRMs that only know how much was received."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.records import ReceivedPayment
from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class ReceivedStore(Transactional, Protocol):
    """Payments that stand for what an invoice says was received."""

    def received(self, tenant: str, ids: Collection[str]) -> Mapping[str, ReceivedPayment]:
        """Id → payment, those taken back too; what does not exist is absent."""
        ...

    def received_for(
        self, tenant: str, invoices: Collection[str]
    ) -> Mapping[str, Sequence[ReceivedPayment]]:
        """CRM invoice id → its payments that were not taken back, oldest first."""
        ...

    def received_after(self, tenant: str, after: int, limit: int) -> Sequence[ReceivedPayment]:
        """Payments with a higher number, in its order."""
        ...

    def add_received(
        self,
        tenant: str,
        invoice: str,
        values: Mapping[str, Plain],
        at: datetime,
        *,
        key: str | None = None,
        grown: bool = False,
    ) -> ReceivedPayment:
        """Keep a payment; with a `key` that is known the one made before comes back."""
        ...

    def change_received(
        self, tenant: str, payment_id: str, values: Mapping[str, Plain], at: datetime
    ) -> bool:
        """Change values of a payment; False where there is none."""
        ...

    def withdraw_received(self, tenant: str, ids: Collection[str], at: datetime) -> None:
        """Take payments back: they count as deleted."""
        ...

    def forget_received(self, tenant: str) -> None:
        """Remove the payments of a tenant."""
        ...
