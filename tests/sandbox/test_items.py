"""Claims about items."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client

WIDGET = {
    "Code": "W1",
    "Name": "Widget",
    "Description": "A widget",
    "SalesDetails": {"UnitPrice": Decimal("12.3456"), "AccountCode": "200"},
}


def test_item_is_found_by_id_and_code(client: Client) -> None:
    """An item is read by its id, and by its code in any case."""
    made = client.put("Items", WIDGET)[0]

    assert [[made]] * 2 == [
        client.get(f"Items/{made['ItemID']}")["Items"],
        client.get("Items/w1")["Items"],
    ]


@pytest.mark.parametrize(("unitdp", "price"), [("2", "12.35"), ("4", "12.3456")])
def test_price_keeps_four_places_with_unitdp_only(client: Client, unitdp: str, price: str) -> None:
    """unitdp=4 is needed on the write for four places of a unit price."""
    client.put("Items", WIDGET, unitdp=unitdp)
    shown = client.get("Items/W1", unitdp="4")["Items"][0]["SalesDetails"]["UnitPrice"]

    assert Decimal(price) == shown


def test_put_refuses_a_taken_code(client: Client) -> None:
    """Codes are unique, in any case of letters."""
    client.put("Items", WIDGET)

    assert ["Price List Item with Code 'w1' already exists"] == client.errors(
        "PUT", "Items", {"Code": "w1"}
    )


def test_post_updates_by_code_and_keeps_what_is_not_sent(client: Client) -> None:
    """POST finds the item by code; details merge."""
    client.put("Items", WIDGET)
    after = client.post("Items", {"Code": "W1", "SalesDetails": {"TaxType": "RROUTPUT"}})[0]

    assert {"UnitPrice": Decimal("12.35"), "AccountCode": "200", "TaxType": "RROUTPUT"} == after[
        "SalesDetails"
    ]


def test_not_sold_means_no_sales_side(client: Client) -> None:
    """IsSold false empties description and sales details."""
    client.put("Items", WIDGET)
    after = client.post("Items", {"Code": "W1", "IsSold": False})[0]

    assert ({}, None) == (after["SalesDetails"], after.get("Description"))


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"Name": "x"}, "An item Code must be given."),
        ({"Code": "x" * 31}, "Code is longer than 30 characters."),
        ({"Code": "x", "Name": "y" * 51}, "Name is longer than 50 characters."),
        (
            {"Code": "x", "SalesDetails": {"AccountCode": "610"}},
            "Account code '610' cannot be used on an item.",
        ),
        (
            {"Code": "x", "SalesDetails": {"AccountCode": "215"}},
            "Account code '215' has been archived, or deleted. ...",
        ),
        (
            {"Code": "x", "SalesDetails": {"TaxType": "MAGIC"}},
            "The TaxType code MAGIC does not exist or cannot be used for this type of transaction.",
        ),
        (
            {"Code": "x", "InventoryAssetAccountCode": "200"},
            "InventoryAssetAccountCode must be an account of type INVENTORY.",
        ),
    ],
)
def test_rules_of_fields(client: Client, fields: dict[str, Any], error: str) -> None:
    """Each rule of a field refuses the item with its own message."""
    assert error == client.errors("PUT", "Items", fields)[0]


def test_tracked_item_shows_its_stock(client: Client) -> None:
    """With an inventory account and cost of goods the item is tracked; stock is read-only."""
    tracked = {
        "Code": "T",
        "InventoryAssetAccountCode": "630",
        "PurchaseDetails": {"COGSAccountCode": "310"},
        "QuantityOnHand": 7,
    }
    made = client.put("Items", tracked)[0]

    assert (True, 0) == (made["IsTrackedAsInventory"], made["QuantityOnHand"])


def test_unknown_account_is_dropped_with_a_warning(client: Client) -> None:
    """An account that does not exist is left out of the item, and a warning says so."""
    made = client.put("Items", {"Code": "x", "SalesDetails": {"AccountCode": "999"}})[0]

    assert ({}, "WARNING") == (made["SalesDetails"], made["StatusAttributeString"])


def test_deleted_item_is_gone(client: Client) -> None:
    """DELETE answers 204, and the item is found no more."""
    client.put("Items", WIDGET)
    gone = client.call("DELETE", "Items/W1").status_code

    assert (204, 404) == (gone, client.call("GET", "Items/W1").status_code)
