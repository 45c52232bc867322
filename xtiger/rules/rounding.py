"""The line that makes both totals of an invoice equal where they round differently."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xtiger.model.chart_of_accounts import Account
from xtiger.model.values import Plain, canon
from xtiger.rules.taxes import TaxTable

#: What the line is called in Xero, and how it is known again there.
ROUNDING: Final = "Rounding"
#: The system account that it is booked on, found by this word since its code can be edited.
SYSTEM_ACCOUNT: Final = "ROUNDING"
#: Up to so much it is written, unless the mapping says otherwise; 0 writes none.
DEFAULT_LIMIT: Final = Decimal("0.05")
#: No line of more than this is one, whatever a mapping says or somebody typed in Xero.
MOST: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class RoundingAccount:
    """Where the line is booked, and the tax type of 0 % that may stand there."""

    code: str
    tax_type: str


def rounding_account(accounts: Mapping[str, Account], taxes: TaxTable) -> RoundingAccount | None:
    """The organisation's own account for rounding; None where it has none that can be used.

    Its own tax type when that is 0 %, else the one for no tax.
    """
    found = (one for one in accounts.values() if one.system == SYSTEM_ACCOUNT and one.code)
    account = next((one for one in found if one.status == "ACTIVE"), None)
    if account is None:
        return None
    own = account.tax_type if account.tax_type and taxes.percent(account.tax_type) == 0 else ""
    return RoundingAccount(account.code, own or taxes.no_tax().tax_type)


def sold_on(accounts: Iterable[Account]) -> frozenset[str]:
    """Codes of the accounts that the CRM's own lines may name: those that are not the system's.

    A code that is none of these is the system's, or was it before somebody edited the code.
    """
    return frozenset(one.code for one in accounts if one.code and not one.system)


def rounding_line(
    amount: Decimal, place: RoundingAccount, before: Mapping[str, Plain] | None
) -> dict[str, Plain]:
    """The request line of this amount; with the id of the one that Xero has already."""
    line = {"LineItemID": before["LineItemID"]} if before and before.get("LineItemID") else {}
    return {
        **line,
        "Description": ROUNDING,
        "Quantity": Decimal(1),
        "UnitAmount": canon(amount),
        "AccountCode": place.code,
        "TaxType": place.tax_type,
    }


def is_rounding(line: Mapping[str, Plain], sold_on: Collection[str] = ()) -> bool:
    """Whether a line of Xero is such a line: called so, of no item, untaxed, and small.

    `sold_on`: codes of the accounts that the CRM's own lines may name; one of these it never has.
    """
    if line.get("Description") != ROUNDING or line.get("ItemCode"):
        return False
    if line.get("AccountCode") in sold_on:
        return False
    amount = line.get("UnitAmount")
    plain = not any(line.get(name) for name in ("DiscountRate", "DiscountAmount", "TaxAmount"))
    one = line.get("Quantity") in (None, 1)
    return plain and one and isinstance(amount, Decimal) and 0 < abs(amount) <= MOST


def rounding_of(line: Mapping[str, Plain] | None) -> Decimal:
    """What the line adds to the total; 0 without one."""
    amount = line.get("UnitAmount") if line is not None else None
    return amount if isinstance(amount, Decimal) else Decimal(0)


def is_small(amount: Decimal, limit: Decimal) -> bool:
    """Whether a difference may be settled by a line."""
    return amount != 0 and abs(amount) <= min(limit, MOST)
