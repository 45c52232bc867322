"""Receipts: which bank account takes them, by currency, and what of an invoice they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from xtiger.model.chart_of_accounts import Account
from xtiger.model.mappings import Row
from xtiger.model.plans import Cause
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.accounts import find_paid_to
from xtiger.rules.causes import cause_of

#: The option of invoices with one bank account per currency, as the mapping keeps it.
RECEIPT_ACCOUNTS: Final = "receipt_accounts"


def receipt_accounts(options: Mapping[str, Plain]) -> Mapping[str, str]:
    """Currency → the bank account that receipts go to; empty where no receipts are sent."""
    kept = options.get(RECEIPT_ACCOUNTS)
    return {code.upper(): str(one) for code, one in kept.items()} if isinstance(kept, dict) else {}


def bank_account(
    currency: str, chosen: Mapping[str, str], accounts: Sequence[Account], base: str
) -> Account | Cause:
    """The bank account of receipts in a currency, which must be the account's own."""
    text = chosen.get(currency, "")
    if not text:
        return cause_of("receipt_account_missing", currency=currency)
    by_code = {one.code: one for one in accounts if one.code}
    found = find_paid_to(text, by_code, {one.account_id: one for one in accounts})
    if found is None or found.type != "BANK" or found.status != "ACTIVE":
        return cause_of("receipt_account_invalid", account=text, currency=currency)
    if (found.currency or base) != currency:
        return cause_of("receipt_account_invalid", account=text, currency=currency)
    return found


def receipt_rows(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows of invoices as receipts have them: their number stands in the reference."""
    numbered = any(row.xero == "InvoiceNumber" for row in rows)
    for row in rows:
        if row.xero == "InvoiceNumber":
            yield replace(row, xero="Reference")
        elif row.xero != "Reference" or not numbered:
            yield row


def receipt_causes(lines: Sequence[Mapping[str, Plain]], total: Decimal | None) -> list[Cause]:
    """What Xero refuses of a receipt's lines beside what it refuses of invoices."""
    found = []
    for number, line in enumerate(lines, 1):
        quantity, price = (as_decimal(line.get(name)) for name in ("Quantity", "UnitAmount"))
        if not price or quantity == 0:
            found.append(cause_of("receipt_line_empty", line=number))
    if total is not None and total <= 0:
        found.append(cause_of("receipt_total", total=str(total)))
    return found
