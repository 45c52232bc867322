"""What makes two payments the same money, and which payments of Xero belong to nobody yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import UnreadableAnswer
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.calls import Intent
from xtiger.model.values import Plain, as_decimal, from_json
from xtiger.rules.gone import is_gone
from xtiger.rules.money import cents


@dataclass(frozen=True, slots=True)
class Same:
    """Invoice, account, day and amount: payments that share them cannot be told apart."""

    invoice_id: str
    account_id: str
    day: date
    amount: Decimal


def same_of(values: Mapping[str, Plain]) -> Same | None:
    """What these flat Xero values are known by; None when one of them is missing."""
    invoice, account = values.get("Invoice.InvoiceID"), values.get("Account.AccountID")
    day, amount = values.get("Date"), values.get("Amount")
    if not invoice or not account or not isinstance(day, date) or amount is None:
        return None
    return Same(str(invoice), str(account), day, cents(amount))


def same_of_sent(payload: Mapping[str, Any]) -> Same | None:
    """What a request element is known by."""
    return same_of(
        {
            "Invoice.InvoiceID": (payload.get("Invoice") or {}).get("InvoiceID"),
            "Account.AccountID": (payload.get("Account") or {}).get("AccountID"),
            "Date": date.fromisoformat(str(payload["Date"])) if payload.get("Date") else None,
            "Amount": as_decimal(payload.get("Amount")),
        }
    )


def known_payments(bench: Workbench) -> dict[Same, list[tuple[str, str]]]:
    """What they are known by → (PaymentID, Reference) of Xero's payments that count."""
    found: dict[Same, list[tuple[str, str]]] = {}
    reader = ElementReader("Payment")
    for key, shadow in sorted(bench.store.shadows(bench.connection_id, "xero", "Payment").items()):
        if is_gone(shadow):
            continue
        try:
            values = reader.load(shadow.payload).values
        except UnreadableAnswer:
            continue  # it is booked with its own cause
        same = same_of(values)
        if same is not None:
            found.setdefault(same, []).append((key, str(values.get("Reference") or "")))
    return found


def unlinked_payments(bench: Workbench) -> dict[Same, list[tuple[str, str]]]:
    """Those of Xero's payments that nobody has."""
    linked = bench.store.links_by_xero(bench.connection_id, "Payment")
    found = {
        same: [one for one in there if one[0] not in linked]
        for same, there in known_payments(bench).items()
    }
    return {same: there for same, there in found.items() if there}


def strangers_of(intents: Iterable[Intent]) -> set[str]:
    """Ids of the equal payments that Xero had before any of these was announced."""
    return {
        str(one)
        for intent in intents
        if intent.natural_key is not None
        for one in from_json(intent.natural_key[1])
    }


def one_to_one(
    waiting: Mapping[str, str], there: Iterable[tuple[str, str]]
) -> dict[str, str] | None:
    """Waiting key → PaymentID, given the Reference of each; None when there are too many.

    Equal references go together first. With more payments than are waited for, nobody knows
    which of them are ours.
    """
    left = list(there)
    if len(left) > len(waiting):
        return None
    paired: dict[str, str] = {}
    for exact in (True, False):
        for key, reference in waiting.items():
            fitting = [one for one in left if not exact or one[1] == reference]
            if key not in paired and fitting:
                paired[key] = fitting[0][0]
                left.remove(fitting[0])
    return paired
