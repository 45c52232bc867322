"""Claims about quotes and purchase orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client
from xtiger.sandbox.accounting import messages

LINE = {"Description": "Work", "Quantity": 2, "UnitAmount": 50, "AccountCode": "200"}


def quote(**fields: Any) -> dict[str, Any]:
    """A quote as sent."""
    return {"Contact": {"Name": "Alpha"}, "Date": "2026-11-20", "LineItems": [LINE]} | fields


def test_quote_speaks_in_capitals(client: Client) -> None:
    """LineAmountTypes are EXCLUSIVE, INCLUSIVE and NOTAX here; discounts are allowed."""
    line = LINE | {"DiscountRate": 10}
    made = client.put("Quotes", quote(LineAmountTypes="INCLUSIVE", LineItems=[line]))[0]
    wrong = client.call("PUT", "Quotes", quote(LineAmountTypes="Inclusive"))

    assert ("INCLUSIVE", 90, 75, "QU-0001", "DRAFT") == tuple(
        made[name] for name in ("LineAmountTypes", "Total", "SubTotal", "QuoteNumber", "Status")
    )
    assert 14 == (wrong.json or {})["ErrorNumber"]


def test_quote_filters_are_its_own(client: Client) -> None:
    """Status, contact, number and days select; where does nothing; pages have no size."""
    client.put("Quotes", quote(), quote(Date="2026-10-01", QuoteNumber="Q-7", Status="SENT"))
    contact = client.get("Contacts")["Contacts"][0]["ContactID"]

    def numbers(**query: str) -> list[str]:
        return [row["QuoteNumber"] for row in client.get("Quotes", **query)["Quotes"]]

    assert [["Q-7"]] * 3 == [
        numbers(Status="SENT"),
        numbers(QuoteNumber="q-7"),
        numbers(DateTo="2026-10-31"),
    ]
    assert ["QU-0001"] == numbers(DateFrom="2026-11-01")
    assert [2, 2] == [len(numbers(ContactID=contact)), len(numbers(where='Status=="SENT"'))]
    assert "pagination" not in client.get("Quotes", page="1", pageSize="1")


def test_quote_is_updated_with_contact_and_date(client: Client) -> None:
    """An update without them is refused; INVOICED is set once the invoice is made."""
    made = client.put("Quotes", quote())[0]["QuoteID"]
    refused = client.errors("POST", f"Quotes/{made}", {"Status": "SENT"})
    for status in ("SENT", "ACCEPTED", "INVOICED"):
        changed = client.post(f"Quotes/{made}", quote(Status=status))[0]
        assert status == changed["Status"]
    client.post(f"Quotes/{made}", quote(Status="DELETED"))

    assert [messages.OWN_QUOTE_NEEDS] == refused
    assert [messages.OWN_QUOTE_STATUS] == client.errors("POST", f"Quotes/{made}", quote())


def test_quote_numbers_are_unique(client: Client) -> None:
    """PUT with a number in use is refused, POST with it updates."""
    client.put("Quotes", quote(QuoteNumber="Q-1"))
    taken = client.errors("PUT", "Quotes", quote(QuoteNumber="Q-1"))
    client.post("Quotes", quote(QuoteNumber="Q-1", Title="New"))

    assert [messages.OWN_QUOTE_NUMBER_TAKEN] == taken
    assert ["New"] == [row["Title"] for row in client.get("Quotes")["Quotes"]]


@pytest.fixture
def contact(client: Client) -> str:
    return str(client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"])


def order(contact: str, **fields: Any) -> dict[str, Any]:
    """A purchase order as sent."""
    line = LINE | {"AccountCode": "400", "UnitAmount": Decimal("1.2345")}
    return {"Contact": {"ContactID": contact}, "LineItems": [line]} | fields


def test_order_has_four_places_and_pages_by_itself(client: Client, contact: str) -> None:
    """Unit prices keep four places, and a list is paged although nobody asks."""
    made = client.put("PurchaseOrders", order(contact))[0]
    listed = client.get("PurchaseOrders")

    assert ("PO-0001", Decimal("1.2345"), Decimal("2.47")) == (
        made["PurchaseOrderNumber"],
        made["LineItems"][0]["UnitAmount"],
        made["SubTotal"],
    )
    assert (1, 1) == (listed["pagination"]["itemCount"], len(listed["PurchaseOrders"]))


def test_order_needs_a_contact_that_exists(client: Client, contact: str) -> None:
    """An order makes no contact."""
    wrong = order(contact, Contact={"Name": "Nobody"})

    assert [messages.CONTACT_MISSING] == client.errors("PUT", "PurchaseOrders", wrong)


def test_order_statuses_and_numbers(client: Client, contact: str) -> None:
    """BILLED follows AUTHORISED only; numbers are unique; a draft is never sent."""
    made = client.put("PurchaseOrders", order(contact, PurchaseOrderNumber="P-1"))[0]
    path = f"PurchaseOrders/{made['PurchaseOrderID']}"
    taken = client.errors("PUT", "PurchaseOrders", order(contact, PurchaseOrderNumber="p-1"))
    early = client.errors("POST", path, {"Status": "BILLED"})
    warned = client.post(path, {"SentToContact": True})[0]
    steps = [
        client.post(path, {"Status": status})[0]["Status"]
        for status in ("SUBMITTED", "AUTHORISED", "BILLED", "DELETED")
    ]

    assert ([messages.ORDER_NUMBER_TAKEN], [messages.OWN_ORDER_STATUS]) == (taken, early)
    assert [{"Message": messages.ORDER_NOT_AUTHORISED}] == warned["Warnings"]
    assert ["SUBMITTED", "AUTHORISED", "BILLED", "DELETED"] == steps


def test_order_filters_are_its_own(client: Client, contact: str) -> None:
    """Status and days select."""
    client.put("PurchaseOrders", order(contact, Date="2026-10-01"), order(contact))
    found = [
        client.get("PurchaseOrders", **query)["pagination"]["itemCount"]
        for query in (
            {"Status": "DRAFT"},
            {"Status": "BILLED"},
            {"DateFrom": "2026-10-02"},
            {"DateTo": "2026-10-01"},
        )
    ]

    assert [2, 0, 1, 1] == found


def test_order_is_found_by_number(client: Client, contact: str) -> None:
    """The number stands in the path."""
    client.put("PurchaseOrders", order(contact, PurchaseOrderNumber="P-1"))

    assert 1 == len(client.get("PurchaseOrders/P-1")["PurchaseOrders"])
