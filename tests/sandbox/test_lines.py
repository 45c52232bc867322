"""Claims about lines: defaults, discounts, tax and totals, against figures worked by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.client import Client
from tests.sandbox.test_invoices import draft
from xtiger.sandbox.accounting.documents.lines import tax_amount, totals


def line(**fields: Any) -> dict[str, Any]:
    """Return a line of one hour at 100."""
    full = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
    return {name: value for name, value in (full | fields).items() if value is not None}


def _figures(client: Client, *lines: dict[str, Any], **fields: Any) -> tuple[str, ...]:
    made = client.put("Invoices", draft(LineItems=list(lines), **fields), unitdp="4")[0]
    return tuple(str(made[name]) for name in ("SubTotal", "TotalTax", "Total"))


def test_tax_is_rounded_per_line_and_then_summed(client: Client) -> None:
    """Three lines of 0.13 at 20 % owe 3 × 0.03, not 0.08."""
    assert ("0.39", "0.09", "0.48") == _figures(client, *[line(UnitAmount="0.13")] * 3)


@pytest.mark.parametrize(
    ("amount", "tax"), [("0.13", "0.03"), ("0.12", "0.02"), ("12.625", "2.53"), ("-0.125", "-0.03")]
)
def test_halves_round_away_from_zero(client: Client, amount: str, tax: str) -> None:
    """Half a cent grows, below zero too; the line is rounded before its tax."""
    made = client.put("Invoices", draft(LineItems=[line(UnitAmount=Decimal(amount))]), unitdp="4")[
        0
    ]

    assert Decimal(tax) == made["TotalTax"]


def test_inclusive_amounts_hold_their_tax(client: Client) -> None:
    """Inclusive: the total is the sum of the lines, the tax is taken out of it."""
    assert ("83.33", "16.67", "100.00") == _figures(client, line(), LineAmountTypes="Inclusive")


def test_no_tax_has_none(client: Client) -> None:
    """NoTax: no tax whatever the account says."""
    assert ("100.00", "0.00", "100.00") == _figures(client, line(), LineAmountTypes="NoTax")


def test_change_of_tax_mode_counts_tax_anew(client: Client) -> None:
    """Turning an exclusive invoice into an inclusive one recomputes the unsent lines."""
    made = client.put("Invoices", draft())[0]
    after = client.post(f"Invoices/{made['InvoiceID']}", {"LineAmountTypes": "Inclusive"})[0]

    assert (Decimal("16.67"), Decimal("100.00")) == (after["TotalTax"], after["Total"])


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        ({"DiscountRate": 10}, "270.00"),
        ({"DiscountRate": Decimal("33.33")}, "200.01"),
        ({"DiscountRate": 100}, "0.00"),
        ({"DiscountAmount": Decimal("50.50")}, "249.50"),
    ],
)
def test_discounts(client: Client, fields: dict[str, Any], amount: str) -> None:
    """A rate or an amount is taken off quantity × price."""
    made = client.put("Invoices", draft(LineItems=[line(Quantity=3, **fields)]))[0]

    assert Decimal(amount) == made["LineItems"][0]["LineAmount"]
    assert 300 - Decimal(amount) == made["TotalDiscount"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (
            {"DiscountAmount": 100},
            "The discount rate '100' is invalid. Discount must not be greater than the line total.",
        ),
        (
            {"UnitAmount": -5, "DiscountAmount": 0},
            "The discount rate '0' is invalid. Discount must not be greater than the line total.",
        ),
        (
            {"DiscountRate": 101},
            "The discount rate '101' is invalid. Discount must not be greater than the line total.",
        ),
        ({"LineAmount": 99}, "The line total 99.00 does not match the expected line total 100.00"),
        ({"ItemCode": "NONE"}, "Item code 'NONE' is not valid"),
        ({"AccountCode": "999"}, "Account code '999' is not a valid code for this document."),
        ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document."),
        ({"AccountCode": "610"}, "Account code '610' is not a valid code for this document."),
        ({"AccountCode": "215"}, "Account code '215' has been archived, or deleted. ..."),
        (
            {"TaxType": "INPUT2"},
            "The TaxType code 'INPUT2' cannot be used with account code '200'.",
        ),
        (
            {"TaxType": "MAGIC"},
            "The TaxType code MAGIC does not exist or cannot be used for this type of transaction.",
        ),
        ({"Description": None}, "A line item needs a Description."),
        ({"AccountCode": None}, "A line item needs an AccountCode for this status."),
        ({"Description": "x" * 4001}, "Description is longer than 4000 characters."),
        ({"UnitAmount": Decimal(10000000000)}, "The amount of a line item is too large."),
    ],
)
def test_rules_of_lines(client: Client, fields: dict[str, Any], error: str) -> None:
    """Each rule refuses the invoice with its own message."""
    invoice = draft(LineItems=[line(**fields)], Status="AUTHORISED")

    assert error == client.errors("PUT", "Invoices", invoice, unitdp="4")[0]


def test_bills_have_no_discount(client: Client) -> None:
    """Discounts are for sales documents."""
    bill = draft(Type="ACCPAY", LineItems=[line(AccountCode="429", DiscountRate=10)])

    assert ["Discounts are possible on sales documents only."] == client.errors(
        "PUT", "Invoices", bill
    )


def test_item_fills_what_is_not_sent(client: Client) -> None:
    """Description, price, account and tax come from the item; what is sent wins."""
    details = {"UnitPrice": 25, "AccountCode": "210", "TaxType": "RROUTPUT"}
    client.put(
        "Items",
        {"Code": "W1", "Name": "Widget", "Description": "A widget", "SalesDetails": details},
    )
    rows = client.put(
        "Invoices", draft(LineItems=[{"ItemCode": "w1"}, {"ItemCode": "W1", "UnitAmount": 20}])
    )[0]["LineItems"]
    names = ("ItemCode", "Description", "UnitAmount", "AccountCode", "TaxType")

    assert [
        ("W1", "A widget", 25, "210", "RROUTPUT"),
        ("W1", "A widget", 20, "210", "RROUTPUT"),
    ] == [tuple(row[name] for name in names) for row in rows]


def test_description_alone_is_a_comment(client: Client) -> None:
    """A comment needs no account, also on an approved invoice and after an update."""
    invoice = draft(LineItems=[line(), {"Description": "Thank you"}], Status="AUTHORISED")
    made = client.put("Invoices", invoice)[0]
    ids = [{"LineItemID": row["LineItemID"]} for row in made["LineItems"]]
    after = client.post(f"Invoices/{made['InvoiceID']}", {"LineItems": ids})[0]

    assert made["LineItems"] == after["LineItems"]


@pytest.mark.parametrize(
    ("fields", "quantity", "unit", "amount"),
    [
        ({"UnitAmount": None, "Quantity": 3, "LineAmount": 100}, "3", "33.3333", "100"),
        ({"Quantity": None, "UnitAmount": 40, "LineAmount": 100}, "2.5", "40", "100"),
        (
            {"UnitAmount": None, "Quantity": 2, "LineAmount": 90, "DiscountRate": 10},
            "2",
            "50",
            "90",
        ),
    ],
)
def test_two_of_three_amounts_give_the_third(
    client: Client, fields: dict[str, Any], quantity: str, unit: str, amount: str
) -> None:
    """Of quantity, unit and line amount the missing one is derived; the line amount stays."""
    made = client.put("Invoices", draft(LineItems=[line(**fields)]), unitdp="4")[0]
    row = made["LineItems"][0]

    assert [Decimal(quantity), Decimal(unit), Decimal(amount)] == [
        row[name] for name in ("Quantity", "UnitAmount", "LineAmount")
    ]


def test_lines_are_updated_added_and_deleted_by_id(client: Client) -> None:
    """With id updated and otherwise kept, without id new, absent deleted."""
    made = client.put("Invoices", draft(LineItems=[line(), line(Description="Gone")]))[0]
    kept = made["LineItems"][0]["LineItemID"]
    after = client.post(
        f"Invoices/{made['InvoiceID']}",
        {"LineItems": [{"LineItemID": kept, "Quantity": 2}, line(Description="New")]},
    )[0]["LineItems"]

    assert [("Work", 2, True), ("New", 1, False)] == [
        (row["Description"], row["Quantity"], row["LineItemID"] == kept) for row in after
    ]


def test_update_without_lines_keeps_them(client: Client) -> None:
    """An update that does not name lines leaves them, ids included."""
    made = client.put("Invoices", draft())[0]
    after = client.post(f"Invoices/{made['InvoiceID']}", {"Reference": "x"})[0]

    assert made["LineItems"] == after["LineItems"]


def test_given_tax_amount_stands(client: Client) -> None:
    """TaxAmount overrides the computed tax."""
    assert ("100.00", "19.99", "119.99") == _figures(client, line(TaxAmount=Decimal("19.99")))


@pytest.mark.parametrize(("unitdp", "unit"), [("2", "0.13"), ("4", "0.125")])
def test_unit_prices_have_two_places_unless_asked(client: Client, unitdp: str, unit: str) -> None:
    """unitdp=4 is needed for four places."""
    made = client.put(
        "Invoices", draft(LineItems=[line(UnitAmount=Decimal("0.125"))]), unitdp=unitdp
    )[0]
    shown = client.get(f"Invoices/{made['InvoiceID']}", unitdp="4")["Invoices"][0]

    assert Decimal(unit) == shown["LineItems"][0]["UnitAmount"]


CENTS = st.integers(-10_000_000, 10_000_000).map(lambda value: Decimal(value) / 100)
PERCENTS = st.sampled_from([Decimal(0), Decimal(5), Decimal("12.5"), Decimal(20)])


@given(CENTS, PERCENTS)
def test_tax_is_odd_in_the_amount(amount: Decimal, percent: Decimal) -> None:
    """A credit of a line owes exactly its tax back, exclusive and inclusive."""
    for mode in ("Exclusive", "Inclusive"):
        assert -tax_amount(amount, percent, mode) == tax_amount(-amount, percent, mode)


@given(st.lists(st.tuples(CENTS, PERCENTS), max_size=8))
def test_totals_add_up_in_both_modes(rows: list[tuple[Decimal, Decimal]]) -> None:
    """Total is always SubTotal plus TotalTax, and the inclusive one the sum of the lines."""
    for mode in ("Exclusive", "Inclusive"):
        lines = [
            {"LineAmount": amount, "TaxAmount": tax_amount(amount, percent, mode)}
            for amount, percent in rows
        ]
        sums = totals(lines, mode)

        assert sums["Total"] == sums["SubTotal"] + sums["TotalTax"]
        if mode == "Inclusive":
            assert sum(amount for amount, _ in rows) == sums["Total"]
