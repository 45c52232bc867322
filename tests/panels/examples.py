"""A proof with everything in it: a difference, a sum that differs, a hold, records left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from xtiger.model.plans import Cause
from xtiger.rules.reconciliation import (
    RECORD,
    Bucket,
    Disagreement,
    ModuleCount,
    Reconciliation,
    SideCount,
    Standing,
    SumTable,
    cure_of,
)


def sums() -> SumTable:
    """One month, of which Xero has a cent more."""
    names = ("Total", "TotalTax", "AmountPaid", "AmountDue")
    table = SumTable("Invoices", names, frozenset(names[:3]), frozenset(names[:2]))
    bucket = Bucket("2026-11", "AUTHORISED", "GBP")
    table.add("crm", bucket, {"Total": Decimal("1240.00"), "TotalTax": Decimal(200)})
    table.add("xero", bucket, {"Total": Decimal("1240.01"), "TotalTax": Decimal(200)})
    return table


def disagreement(field: str, crm: object, xero: object, code: str = "sync") -> Disagreement:
    """A difference of the invoice INV-1."""
    cure = cure_of(code, "Invoices", {"name": "INV-1"})
    return Disagreement("Invoices", "INV-1", "7", "x-7", field, crm, xero, cure)


def proof(**values: object) -> Reconciliation:
    """The example, with these values in place of its own."""
    found = Reconciliation(
        "c1",
        "Aroha Trading Ltd",
        "GBP",
        datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        None,
        modules=(
            ModuleCount(
                "Invoices",
                "Invoice",
                SideCount(1, 1, 1, {"not_selected": 2}),
                SideCount(1, 0, 0, {"other_type": 3}),
            ),
        ),
        sums=sums().rows(),
        differences=(
            disagreement("Total", Decimal("1240.00"), Decimal("1240.01")),
            disagreement("Line 2: Price", Decimal("9.9999"), None),
            disagreement("Line 3", None, "1 × Work @ 5"),
            disagreement("Due Date", date(2026, 12, 1), date(2026, 12, 2)),
            disagreement("Active", True, False),
            disagreement(RECORD, False, True, "duplicate"),
        ),
        standing=(Standing("Invoices", "INV-9", "9", None, Cause("lines_missing")),),
        calls=7,
    )
    return replace(found, **values)  # type: ignore[arg-type]  # of mixed types


def agreeing() -> Reconciliation:
    """Books in step."""
    return proof(sums=(), differences=(), standing=())
