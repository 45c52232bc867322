"""Organisations and products as a real Vtiger answered them, before and after changes there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.real.books import SALES, VAT, Books, open_books

#: Everything that was made there, odd values and all.
ORGANISATIONS = (
    "create_account",
    "create_account_bad_picklist",
    "create_account_long",
    "create_account_unknown_field",
    "create_account_with_xero_fields",
)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    """Books that are connected and synced once."""
    with open_books(tmp_path) as found:
        found.start(VAT, SALES)
        found.world.sync()
        yield found


def phone(books: Books) -> str:
    """The first phone of the organisation in Xero."""
    (raw,) = books.world.xero("Contacts")
    return next(
        str(row.get("PhoneNumber") or "") for row in raw["Phones"] if row["PhoneType"] == "DEFAULT"
    )


def test_every_organisation_arrives(books: Books) -> None:
    """A name as long as Vtiger keeps it, a type that its pick list lacks, and few values."""
    rows = [books.put("organisation", name) for name in ORGANISATIONS]
    books.world.sync()

    found = {raw["Name"]: raw["AccountNumber"] for raw in books.world.xero("Contacts")}

    assert {r.values["accountname"]: r.values["account_no"] for r in rows} == found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("revise_account", "777"),
        ("revise_account_empty", ""),
        ("update_account_partial", ""),
        ("perm_update_admin_account", "1"),
    ],
)
def test_changes_of_an_organisation_travel(books: Books, name: str, expected: str) -> None:
    """Whole update or revised field: what is different is sent, an emptied field too."""
    books.put("organisation", name)
    books.world.sync()

    assert expected == phone(books)


def test_a_changed_price_travels(books: Books) -> None:
    """The revision also took the product's tax away: the item loses it with the new price."""
    before = next(raw for raw in books.world.xero("Items") if raw["Code"] == "ANV-20")
    books.put("product", "update_product_price")
    books.world.sync()

    after = next(raw for raw in books.world.xero("Items") if raw["Code"] == "ANV-20")

    assert [(Decimal("120.5"), True), (Decimal("130.25"), False)] == [
        (raw["SalesDetails"]["UnitPrice"], bool(raw["SalesDetails"].get("TaxType")))
        for raw in (before, after)
    ]


def test_a_price_in_a_second_currency_changes_nothing(books: Books) -> None:
    """The product's own currency is dollars still."""
    books.put("product", "update_product_price")
    books.world.sync()
    books.put("product", "update_product_currency2")

    assert () == books.world.plan("Products").actions


def test_a_second_product_of_the_same_code_waits(books: Books) -> None:
    """Vtiger lets two products have one part number; Xero's codes are unique."""
    books.put("product", "create_product_dup")
    books.world.sync()

    found = books.world.outcome("Products", books.ids["create_product_dup"])

    assert ("held", "code_taken") == (found.result, found.cause and found.cause.code)
    assert ["ANV-20", "SER1"] == sorted(raw["Code"] for raw in books.world.xero("Items"))
