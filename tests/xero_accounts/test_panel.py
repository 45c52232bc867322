"""Tests of the account rows of the panel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xtiger_queue.context import module
from xero_accounts.panel import account_rows
from xtiger.i18n.language import language
from xtiger.model.chart_of_accounts import Account
from xtiger.model.records import Record, Ref

SALES = Account("a1", "200", "Sales", "REVENUE", "REVENUE")
OLD = Account("a3", "210", "Old Sales", "REVENUE", "REVENUE", status="ARCHIVED")
BANK = Account("a8", "090", "Bank", "BANK", "ASSET", currency="GBP")
CHART = (SALES, OLD, BANK)
EN = language("en")
PRODUCTS = module("Products", "product", "product.name", "product.sales_account")


def product(value: object) -> Record:
    """A product with this sales account."""
    return Record(Ref("Products", "7"), {"product_sales_account": value})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("200", "200 Sales"),
        ("a1", "200 Sales"),
        (None, "As set for all invoices"),
        ("210", "210 Old Sales (archived in Xero: choose another)"),
        ("090", "090 Bank (GBP) (cannot be used here: choose another)"),
        ("999", "999 (not in Xero: choose another)"),
    ],
)
def test_the_account_is_shown_by_name_and_with_its_trouble(value: object, expected: str) -> None:
    """People read a name, and what is wrong with an account that can no longer be used."""
    (row,) = account_rows(PRODUCTS, product(value), CHART, EN)

    assert expected == row.text


def test_the_row_edits_the_field_of_the_crm() -> None:
    """Choosing in the panel changes the field with that role."""
    (row,) = account_rows(PRODUCTS, product("200"), CHART, EN)

    assert row.edits == "product.sales_account"


def test_a_field_that_the_crm_keeps_closed_is_only_shown() -> None:
    """A field that cannot be written is offered for reading only."""
    closed = replace(PRODUCTS, fields=(replace(PRODUCTS.fields[1], writable=False),))
    (row,) = account_rows(closed, product("200"), CHART, EN)

    assert row.edits is None


def test_the_present_account_is_among_the_choices_even_if_archived() -> None:
    """Saving the form without touching the field changes nothing."""
    (row,) = account_rows(PRODUCTS, product("210"), CHART, EN)

    assert ("210", "210 Old Sales (archived in Xero: choose another)") in row.choices


def test_the_account_can_be_taken_away() -> None:
    """The first choice is no account of its own."""
    (row,) = account_rows(PRODUCTS, product("200"), CHART, EN)

    assert row.choices[0] == ("", "As set for all invoices")


def test_a_module_without_the_field_has_no_row() -> None:
    """Nothing is shown that the CRM has no place for."""
    assert (
        account_rows(module("Products", "product", "product.name"), product(None), CHART, EN) == []
    )


def test_no_row_before_the_chart_was_read() -> None:
    """An empty pick list would only confuse."""
    assert account_rows(PRODUCTS, product("200"), (), EN) == []
