"""Currencies: how fine one is counted, and its rate as the CRM and as Xero write it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from xtiger.rules.money import round_places

#: Places of every sum in Xero, whatever the currency.
XERO_PLACES: Final = 2
#: Places of a rate in Xero.
_RATE_PLACES: Final = 6
#: Places of a rate in a CRM that says none.
_CRM_RATE_PLACES: Final = 6
#: Where the rate of an invoice in another currency comes from: Xero takes that of the day, the
#: CRM has one, or a person enters it on the invoice.
RATE_SOURCES: Final = ("xero", "crm", "ask")
#: Up to which difference, in percent, two rates count as the same, unless the mapping says.
DEFAULT_TOLERANCE: Final = Decimal("0.1")
#: A mapping may call two rates the same that differ by so many percent at most.
MOST_TOLERANCE: Final = Decimal(20)


def xero_rate(base_units: Decimal | None) -> Decimal | None:
    """Units of the currency for 1 of the base currency, from base units for 1 of the currency.

    None for a rate that is none: nothing, 0, less, or 1, which CRMs fill in where nobody knows.
    """
    if base_units is None or base_units <= 0 or base_units == 1:
        return None
    return round_places(1 / base_units, _RATE_PLACES) or None


def crm_rate(units: Decimal | None, places: int | None = None) -> Decimal | None:
    """Base units for 1 of the currency, from Xero's rate; None for one that is none."""
    if units is None or units <= 0:
        return None
    return round_places(1 / units, _CRM_RATE_PLACES if places is None else places)


def same_rate(ours: Decimal, theirs: Decimal, tolerance: Decimal) -> bool:
    """Whether two rates of Xero's kind differ by so many percent at most."""
    return abs(ours - theirs) * 100 <= tolerance * theirs


def coarse_limit(limit: Decimal, places: int, most: Decimal) -> Decimal:
    """A limit of cents for a currency of fewer places: as many of its smallest units."""
    return min(limit.scaleb(max(0, XERO_PLACES - places)), most)
