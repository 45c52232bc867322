"""What data out of Xero costs: the app's tiers, and the price of a month on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from xtiger.model.calls import Traffic

#: Bytes of the gigabyte that is charged for.
GIGABYTE = Decimal(10**9)
#: What a gigabyte above the included ones costs, in AUD.
OVERAGE_AUD = Decimal("2.40")
#: Reading the organisation is free of charge.
FREE_KINDS = frozenset({"Organisation"})


@dataclass(frozen=True, slots=True)
class Tier:
    """One of Xero's prices for an app, as of 2 March 2026."""

    name: str
    #: A month, in AUD.
    price_aud: Decimal
    #: Data out of Xero for all connections together; None is without limit.
    included_gigabytes: int | None
    #: Organisations that may be connected.
    connections: int
    calls_a_day: int

    def month(self, received_bytes: int) -> Decimal:
        """The price of a month in which this much came out of Xero, in AUD."""
        if self.included_gigabytes is None:
            return self.price_aud
        above = max(Decimal(0), received_bytes / GIGABYTE - self.included_gigabytes)
        return (self.price_aud + above * OVERAGE_AUD).quantize(Decimal("0.01"))


#: By name; the Enterprise tier is priced on request. Source: developer.xero.com/pricing.
TIERS: Mapping[str, Tier] = MappingProxyType(
    {
        tier.name: tier
        for tier in (
            Tier("starter", Decimal(0), None, 5, 1_000),
            Tier("core", Decimal(35), 10, 50, 5_000),
            Tier("plus", Decimal(245), 50, 1_000, 5_000),
            Tier("advanced", Decimal(1_445), 250, 10_000, 5_000),
        )
    }
)


def charged_bytes(traffic: Iterable[Traffic]) -> int:
    """Bytes of these that count for the price."""
    return sum(row.received_bytes for row in traffic if row.kind not in FREE_KINDS)


def month_at_this_pace(received_bytes: int, first: date, today: date) -> int:
    """Bytes of 30 days when they go on as between two days, both included."""
    days = max(1, (today - first).days + 1)
    return received_bytes * 30 // days
