"""Invoices of Xero in the demo CRM: created, changed in place, reordered, and summed alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from tests.demo.both import Both
from xtiger.demo.models import Organization


def line(text: str, price: str, **values: Any) -> dict[str, Any]:
    """A line of Xero with 20 % tax."""
    return {
        "Description": text,
        "Quantity": 1,
        "UnitAmount": Decimal(price),
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
        **values,
    }


def test_an_invoice_of_xero_lives_in_the_crm(both: Both) -> None:
    """New, then one line changed, one gone, one new and the order turned: ids and sums follow."""
    contact = both.sandbox.add("Contacts", {"Name": "Acme"})
    made = both.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact["ContactID"]},
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Status": "AUTHORISED",
            "LineItems": [line("A", "10"), line("B", "0.05", DiscountRate=50), line("C", "3")],
        },
    )
    both.sync()
    before = both.lines()
    assert [("A", 10, "200"), ("B", Decimal("0.05"), "200"), ("C", 3, "200")] == [
        one[:3] for one in before
    ]
    assert (Decimal("15.64"), Decimal("15.64"), "Approved") == both.total()
    a, _, c = (
        {k: v for k, v in x.items() if k in ("LineItemID", "Description", "UnitAmount")}
        for x in both.sandbox.table("Invoices")[0]["LineItems"]
    )
    turned = [c, {**a, "UnitAmount": 11}, line("D", "1")]
    both.sandbox.edit("Invoices", made["InvoiceID"], {"LineItems": turned})
    both.sync()

    after = both.lines()
    assert [("C", 3), ("A", 11), ("D", 1)] == [one[:2] for one in after]
    assert (before[2][3], before[0][3]) == (after[0][3], after[1][3])
    assert Decimal("18.00") == both.total()[0]
    with both.sessions() as session:
        assert ["Acme"] == [row.name for row in session.scalars(select(Organization))]
