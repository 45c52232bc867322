"""The DeliveryStore protocol: how invoices reached their customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypedDict, Unpack

from xtiger.model.customers.deliveries import Delivery, DeliveryState
from xtiger.ports.store.transactional import Transactional


class DeliveryChange(TypedDict, total=False):
    """What of a delivery may be set; what is left out stays."""

    online_url: str
    sent_times: int
    sending: DeliveryState
    sent_at: datetime | None
    looked_at: datetime | None
    opened_at: datetime | None


class DeliveryStore(Transactional, Protocol):
    """Deliveries."""

    def deliveries(self, connection_id: str, ids: Iterable[str]) -> Mapping[str, Delivery]:
        """Xero id → how the invoice reached its customer; of which nothing is known: absent."""
        ...

    def change_delivery(
        self, connection_id: str, xero_id: str, **changes: Unpack[DeliveryChange]
    ) -> None:
        """Set these values of one."""
        ...

    def claim_sending(
        self, connection_id: str, xero_id: str, times: int, at: datetime
    ) -> Delivery | None:
        """Say that an invoice is being sent that was sent so often; None where another was first.

        One whose sending is under way is not claimed again before its end is known.
        """
        ...
