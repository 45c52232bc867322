"""Claims about the stock of tracked items."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import Client
from xtiger.sandbox.accounting import messages

ITEM = {
    "Code": "BOLT",
    "Name": "Bolt",
    "InventoryAssetAccountCode": "630",
    "PurchaseDetails": {"UnitPrice": 2, "COGSAccountCode": "310", "TaxType": "INPUT2"},
    "SalesDetails": {"UnitPrice": 5, "AccountCode": "200", "TaxType": "OUTPUT2"},
}


def document(kind: str, quantity: int, **fields: Any) -> dict[str, Any]:
    """An approved bill or invoice over bolts, as sent."""
    line = {"ItemCode": "BOLT", "Quantity": quantity}
    return {
        "Type": kind,
        "Contact": {"Name": "Alpha"},
        "Status": "AUTHORISED",
        "DueDate": "2026-12-31",
        "LineItems": [line],
    } | fields


def stock(client: Client) -> tuple[Any, Any]:
    """Quantity on hand and cost pool of the bolts."""
    item = client.get("Items/BOLT")["Items"][0]
    return item["QuantityOnHand"], item["TotalCostPool"]


@pytest.fixture(autouse=True)
def bolts(client: Client) -> None:
    """Ten bolts for 20.00."""
    client.put("Items", ITEM)
    client.put("Invoices", document("ACCPAY", 10))


def test_bills_fill_and_invoices_empty_the_stock(client: Client) -> None:
    """Approved documents move quantity, and the pool at what was paid."""
    before = stock(client)
    sold = client.put("Invoices", document("ACCREC", 4))[0]["InvoiceID"]
    after = stock(client)
    client.post(f"Invoices/{sold}", {"Status": "VOIDED"})

    assert [(10, 20), (6, 12), (10, 20)] == [before, after, stock(client)]


def test_bought_goods_go_to_the_stocks_account(client: Client) -> None:
    """Price, tax and account of a bill's line come from the item."""
    bill = client.get("Invoices", page="1")["Invoices"][0]["LineItems"][0]

    assert ("630", 2, "INPUT2") == (bill["AccountCode"], bill["UnitAmount"], bill["TaxType"])


def test_drafts_move_nothing_until_approved(client: Client) -> None:
    """Only approval counts."""
    made = client.put("Invoices", document("ACCREC", 4, Status="DRAFT"))[0]["InvoiceID"]
    before = stock(client)
    client.post(f"Invoices/{made}", {"Status": "AUTHORISED"})

    assert [(10, 20), (6, 12)] == [before, stock(client)]


def test_selling_more_than_there_is_is_refused(client: Client) -> None:
    """The invoice is refused whole and nothing moves; allowBackorders permits it."""
    refused = client.errors("PUT", "Invoices", document("ACCREC", 11))
    before = stock(client)
    client.put("Invoices", document("ACCREC", 11), allowBackorders="true")
    item = client.get("Items/BOLT")["Items"][0]

    assert ([messages.OWN_STOCK.format(code="BOLT")], (10, 20)) == (refused, before)
    assert (0, 1) == (item["QuantityOnHand"], item["QuantityOnBackOrder"])


def test_voiding_a_bill_whose_goods_are_sold_is_refused(client: Client) -> None:
    """Goods that are gone cannot be given back."""
    bill = client.get("Invoices", where='Type=="ACCPAY"')["Invoices"][0]["InvoiceID"]
    client.put("Invoices", document("ACCREC", 4))

    assert [messages.OWN_STOCK.format(code="BOLT")] == client.errors(
        "POST", f"Invoices/{bill}", {"Status": "VOIDED"}
    )


def test_credit_notes_move_it_the_other_way(client: Client) -> None:
    """Goods come back by a sales credit note and go out by a purchase one."""
    client.put("CreditNotes", document("ACCRECCREDIT", 2))
    back = stock(client)[0]
    client.put("CreditNotes", document("ACCPAYCREDIT", 5))

    assert (12, 7) == (back, stock(client)[0])


def test_quantity_is_read_only(client: Client) -> None:
    """What is sent as QuantityOnHand is ignored."""
    client.post("Items", {"Code": "BOLT", "QuantityOnHand": 99, "TotalCostPool": 1})

    assert (10, 20) == stock(client)


def test_used_tracked_item_is_not_deleted(client: Client) -> None:
    """An untracked one is, and documents keep its code; a used one cannot start tracking."""
    client.put("Items", {"Code": "FREE"})
    client.put(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"Name": "Alpha"},
            "LineItems": [{"Description": "x", "ItemCode": "FREE", "UnitAmount": 1}],
        },
    )
    switched = client.errors("POST", "Items", ITEM | {"Code": "FREE"})
    codes = [client.call("DELETE", f"Items/{code}").status_code for code in ("BOLT", "FREE")]

    assert ([messages.OWN_ITEM_TRACKED], [400, 204]) == (switched, codes)
