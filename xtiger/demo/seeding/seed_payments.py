"""The dirt among the seed's payments, and which payments wait since their invoice does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from xtiger.demo.seeding.flaws import INVOICES, Flaw, Row, waiting_code

#: Ids of invoices that are whole enough to be paid.
_FLAWED = {flaw.crm_id: flaw for flaw in INVOICES}
#: Code of the outcome, why, values of the payment by its invoice's total, result.
_Dirt = tuple[str, str, Callable[[Decimal], Row], str]
_CENT = Decimal("0.01")


def _quarter(total: Decimal) -> str:
    return str((total / 4).quantize(_CENT))


_ON_APPROVED: tuple[_Dirt, ...] = (
    (
        "payment_account_invalid",
        "200 is a sales account.",
        lambda total: {"amount": _quarter(total), "account": "200"},
        "held",
    ),
    (
        "payment_too_high",
        "The customer paid 10.00 too much.",
        lambda total: {"amount": str(total + 10)},
        "held",
    ),
    (
        "payment_not_received",
        "The money is on its way.",
        lambda total: {"amount": str(total), "status": "Pending"},
        "excluded",
    ),
    # Twice the same amount on one day is twice the money.
    ("", "", lambda total: {"amount": _quarter(total), "reference": "Instalment"}, ""),
    ("", "", lambda total: {"amount": _quarter(total), "reference": "Instalment"}, ""),
)


def add_dirt(payments: list[Row], invoices: Sequence[Row]) -> list[Flaw]:
    """Append the spoilt payments; answers every payment's flaw, cascades of invoices too."""
    whole = [row for row in invoices if row["id"] not in _FLAWED and row["date"]]
    approved = [row for row in whole if row["status"] == "Approved"]
    created = next(row for row in whole if row["status"] == "Created")
    found = _cascades(payments)
    early = (
        "payment_needs_approval",
        "Its invoice is not approved yet.",
        lambda total: {"amount": str(total)},
        "held",
    )
    # The two instalments, and what is still on its way, go to one invoice.
    places = [*approved[:3], approved[2], approved[2]]
    for row, (code, why, values, result) in (
        (created, early),
        *zip(places, _ON_APPROVED, strict=True),
    ):
        payment = _payment(len(payments) + 1, row, values(Decimal(row["total"])))
        payments.append(payment)
        if code:
            held = result == "held"
            found.append(Flaw(payment["id"], code, why, {}, "held" if held else "excluded"))
        if payment["status"] == "Received":
            row["received"] = str(Decimal(row["received"]) + Decimal(payment["amount"]))
            row["balance"] = str(Decimal(row["total"]) - Decimal(row["received"]))
    return found


def _payment(number: int, invoice: Row, values: Row) -> Row:
    day = date.fromisoformat(invoice["date"]) + timedelta(days=9)
    return {
        "id": number,
        "number": f"PAY-{number:04d}",
        "invoice_id": invoice["id"],
        "date": day.isoformat(),
        "amount": "0.00",
        "mode": "Bank transfer",
        "status": "Received",
        "account": "090",
        "reference": invoice["number"],
        **values,
    }


def _cascades(payments: Sequence[Row]) -> list[Flaw]:
    return [
        Flaw(
            row["id"],
            waiting_code(_FLAWED[row["invoice_id"]]),
            "Its invoice is not in Xero.",
            {},
            cascade_of=("Invoices", row["invoice_id"]),
        )
        for row in payments
        if row["invoice_id"] in _FLAWED
    ]
