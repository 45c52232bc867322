"""Reading what a document of Xero is worth, and adding up what a customer owes and has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from xtiger.model.customers.document_money import Balance, DocumentMoney
from xtiger.model.values import as_decimal

#: Kind → the field of its number, and the types that are of sales.
_KINDS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "Invoice": ("InvoiceNumber", frozenset({"ACCREC"})),
    "CreditNote": ("CreditNoteNumber", frozenset({"ACCRECCREDIT"})),
    "Prepayment": ("Reference", frozenset({"RECEIVE-PREPAYMENT"})),
    "Overpayment": ("Reference", frozenset({"RECEIVE-OVERPAYMENT"})),
}
#: The kinds that have money of their own.
MONEY_KINDS: Final = tuple(_KINDS)
#: The kind of invoices and bills.
INVOICES: Final = "Invoice"
#: The kind whose records owe and have money.
CUSTOMERS: Final = "Contact"
_EPOCH: Final = date(1970, 1, 1)


def money_of(kind: str, element: Mapping[str, Any]) -> DocumentMoney | None:
    """What an element of Xero is worth; None where the kind has no money, or it has no id."""
    known, xero_id = _KINDS.get(kind), str(element.get(f"{kind}ID") or "")
    if known is None or not xero_id:
        return None
    number, sales = known
    invoice = kind == INVOICES
    paid_on, paid_then = _last_payment(element)
    return DocumentMoney(
        kind,
        xero_id,
        contact_id=str((element.get("Contact") or {}).get("ContactID") or ""),
        sells=str(element.get("Type") or "") in sales,
        status=str(element.get("Status") or ""),
        number=str(element.get(number) or ""),
        currency=str(element.get("CurrencyCode") or ""),
        total=_amount(element.get("Total")),
        settled=_amount(element.get("AmountPaid")) + _amount(element.get("AmountCredited")),
        left=_amount(element.get("AmountDue" if invoice else "RemainingCredit")),
        due_day=xero_day(element.get("DueDate")) if invoice else None,
        paid_on=paid_on,
        paid_then=paid_then,
        is_sent=bool(element.get("SentToContact")),
    )


def is_approved_sale(one: DocumentMoney) -> bool:
    """Whether it is an invoice of a sale that was approved: only such a one has customers."""
    return one.kind == INVOICES and one.sells and one.status in ("AUTHORISED", "PAID")


def is_overdue(one: DocumentMoney, today: date) -> bool:
    """Whether an open invoice should have been paid before today."""
    return one.is_open and one.due_day is not None and one.due_day < today


def balances(documents: Iterable[DocumentMoney], today: date, base: str = "") -> list[Balance]:
    """What a customer owes and has by its sales, for each currency; `base` comes first."""
    found: dict[str, Balance] = {}
    for one in documents:
        if one.sells:
            currency = one.currency or base
            found[currency] = _with(found.get(currency, Balance(currency)), one, today)
    return sorted(found.values(), key=lambda each: (each.currency != base, each.currency))


def _with(balance: Balance, one: DocumentMoney, today: date) -> Balance:
    if one.kind != INVOICES:
        return replace(balance, credit=balance.credit + one.left) if one.is_open else balance
    if one.is_open:
        balance = replace(balance, outstanding=balance.outstanding + one.left)
    if is_overdue(one, today):
        balance = replace(balance, overdue=balance.overdue + one.left)
    if one.paid_on is None or (balance.paid_on is not None and one.paid_on < balance.paid_on):
        return balance
    then = balance.paid_then if one.paid_on == balance.paid_on else Decimal(0)
    return replace(balance, paid_on=one.paid_on, paid_then=then + one.paid_then)


def _last_payment(element: Mapping[str, Any]) -> tuple[date | None, Decimal]:
    by_day: dict[date, Decimal] = {}
    for payment in element.get("Payments") or ():
        day = xero_day(payment.get("Date"))
        if day is not None:
            by_day[day] = by_day.get(day, Decimal(0)) + _amount(payment.get("Amount"))
    last = max(by_day, default=None)
    return last, Decimal(0) if last is None else by_day[last]


def xero_day(value: object) -> date | None:
    """A day from an ISO date or Xero's /Date(1762128000000+0000)/; None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "")
    try:
        if text.startswith("/Date("):
            milliseconds = int(text[6:].partition(")")[0].partition("+")[0])
            # Counted from 1970 by hand: days before it are negative, which fromtimestamp refuses.
            return _EPOCH + timedelta(milliseconds=milliseconds)
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        return None


def _amount(value: object) -> Decimal:
    """What is no amount counts as nothing: this is shown, never booked."""
    try:
        return as_decimal(value) or Decimal(0)
    except ValueError:
        return Decimal(0)
