"""What a real Vtiger answers becomes exact plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.real.vtiger import answer, described, field, module, names, record
from xtiger.hosts.vtiger import module_of, record_of
from xtiger.model.records import Record
from xtiger.model.values import require_plain

TAXES = [
    {"taxname": "tax1", "taxlabel": "VAT", "method": "Simple"},
    {"taxname": "tax2", "taxlabel": "Withheld", "method": "Deducted"},
]
CURRENCIES = [
    {"id": "21x1", "currency_code": "USD", "defaultid": "-11"},
    {"id": "21x2", "currency_code": "EUR", "defaultid": "0"},
]
INVOICE = described(
    "Invoice",
    field("hdnTaxType", "string"),
    field("hdnS_H_Amount", "currency"),
    field("currency_id", "reference"),
    field("cf_count", "integer"),
    field("cf_day", "date"),
    field("cf_at", "datetime"),
    field("cf_many", "multipicklist", picklistValues=[{"value": "a"}]),
)
PRODUCT = described("Products", field("unit_price", "currency"))


def made(describe: dict[str, Any], **more: Any) -> Record:
    """A record of one's own."""
    return record_of(
        module_of(describe),
        {"id": "7x1", **more},
        taxes=TAXES,
        currencies=CURRENCIES,
        prefixes={"14": "Products", "26": "Services"},
    )


def line(**more: Any) -> dict[str, Any]:
    """A line of two units at 50."""
    return {"productid": "14x4", "quantity": "2.000", "listprice": "50.00000000", **more}


# --- real answers ----------------------------------------------------------------------------


def test_text_becomes_numbers_days_and_codes() -> None:
    """Totals keep their digits, currency ids become codes, empty text becomes None."""
    found = record("invoice", "inv_rounding_individual_retrieved").values
    expected = {
        "hdnGrandTotal": Decimal("115.56235"),
        "pre_tax_total": Decimal("100.489"),
        "hdnDiscountPercent": None,
        "invoicedate": date(2026, 3, 1),
        "duedate": None,
        "currency_id": "USD",
        "invoice_no": "INV14",
        "received": Decimal(0),
        "account_id": "11x2",
        "xtp_allow_sync": None,
    }

    assert expected == {name: found[name] for name in expected}


def test_yes_and_no_become_bool() -> None:
    """The active flag of a product, and the tick box Allow XTiger Sync."""
    ticked = record("organisation", "create_account_with_xero_fields").values

    assert (True, True, False) == (
        record("product", "retrieve_product").values["discontinued"],
        ticked["xtp_allow_sync"],
        ticked["emailoptout"],
    )


def test_lines_name_product_or_service_with_their_taxes() -> None:
    """Which one is told by the prefix of the id; the percentages get their names."""
    found = record("invoice", "retrieve_invoice_group").lines

    assert [
        {
            "product_id": "14x4",
            "service_id": None,
            "product_name": "Anvil 20kg",
            "comment": "first",
            "quantity": Decimal(2),
            "listprice": Decimal("120.5"),
            "discount_percent": Decimal(0),
            "discount_amount": Decimal(0),
            "taxes": [{"name": "VAT", "percent": Decimal(15)}],
        },
        {
            "product_id": None,
            "service_id": "26x5",
            "product_name": "Install hour",
            "comment": "second",
            "quantity": Decimal(3),
            "listprice": Decimal(90),
            "discount_percent": Decimal(10),
            "discount_amount": Decimal(0),
            "taxes": [{"name": "VAT", "percent": Decimal(15)}],
        },
    ] == [dict(one) for one in found]


def test_a_tax_that_the_product_does_not_have_is_not_on_the_line() -> None:
    """With individual taxes Vtiger stores 15 % on the service and leaves it out of the total."""
    found = record("invoice", "retrieve_invoice_individual").lines

    assert [[{"name": "VAT", "percent": Decimal(15)}], []] == [one["taxes"] for one in found]


def test_charges_come_with_their_tax() -> None:
    """A charge of 20 with 10 % tax, as Vtiger counts it into 137."""
    found = record("invoice", "inv_shipping_named_charge_retrieved").values

    assert (Decimal(20), Decimal(10)) == (found["hdnS_H_Amount"], found["charges_tax"])


def test_an_item_has_the_one_tax_assigned_to_it() -> None:
    """The product has 15 % VAT, the service none."""
    found = [record(role, f"retrieve_{role}").values for role in ("product", "service")]

    assert [Decimal(15), None] == [values["sales_tax"] for values in found]


def test_moments_are_utc() -> None:
    """The database's clock, here UTC."""
    found = record("product", "retrieve_product").modified

    assert datetime(2026, 11, 20, 10, 17, 35, tzinfo=UTC) == found


@pytest.mark.parametrize(
    ("role", "starts"),
    [
        (
            "organisation",
            (
                "create_account",
                "retrieve_account",
                "revise_account",
                "update_account",
                "perm_retrieve_admin",
                "perm_update_admin",
            ),
        ),
        ("contact", ("create_contact", "retrieve_contact", "create_owner_group")),
        ("product", ("create_product", "retrieve_product", "update_product", "quirk_")),
        ("service", ("create_service", "retrieve_service")),
        ("invoice", ("inv_", "create_invoice", "retrieve_inv", "revise_invoice", "update_invoice")),
    ],
)
def test_every_answer_can_be_read(role: str, starts: tuple[str, ...]) -> None:
    """Just created, revised or retrieved: exactly the described fields, all of them plain."""
    expected = {one.name for one in module(role).fields}
    found = {}
    for name in names(*starts):
        if isinstance(result := answer(name), dict) and "id" in result:
            found[name] = record(role, name)
            require_plain(dict(found[name].values), name)
            require_plain([dict(one) for one in found[name].lines], name)

    assert {name: expected for name in found} == {k: set(v.values) for k, v in found.items()}
    assert found


# --- rules that the real answers do not show -------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "lines", "expected"),
    [
        ("group", [line(tax2="10.000"), line()], Decimal(20)),
        ("individual", [line(tax2="10.000", discount_percent="50.000"), line()], Decimal(5)),
        ("individual", [line(tax2="-10.000", discount_amount="20"), line()], Decimal(8)),
        ("group", [line(tax1="10.000")], None),
        ("group", [], None),
    ],
)
def test_a_deducted_tax_is_an_amount_of_the_invoice(
    mode: str, lines: list[dict[str, Any]], expected: Decimal | None
) -> None:
    """It is what the customer keeps back, and no tax of the line."""
    found = made(INVOICE, hdnTaxType=mode, LineItems=lines)

    assert expected == found.values["deducted_tax"]
    assert not any(tax["name"] == "Withheld" for one in found.lines for tax in one["taxes"])


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        ({"post": "20", "post_shtax1": "10", "post_shtax2": "5"}, Decimal(15)),
        ({"post": "20", "post_shtax1": "10", "box": "", "box_shtax1": "5"}, Decimal(10)),
        ({"post": "20", "post_shtax1": "10", "box": "20", "box_shtax1": "5"}, Decimal("7.5")),
        ({"post": "10%", "post_shtax1": "10", "box": "20", "box_shtax1": "5"}, Decimal("7.5")),
        ({"post": "20", "post_shtax1": 0}, None),
        ({}, None),
    ],
)
def test_the_tax_on_all_charges_is_one_percentage(
    charges: dict[str, Any], expected: Decimal | None
) -> None:
    """Of several charges with different taxes it is the one that gives the same amount."""
    found = made(INVOICE, hdnS_H_Amount="40", pre_tax_total="240", **charges)

    assert expected == found.values["charges_tax"]


@pytest.mark.parametrize("mode", ["", None, "group"])
def test_an_empty_tax_mode_counts_as_group(mode: str | None) -> None:
    """As Vtiger itself computes it."""
    assert "group" == made(INVOICE, hdnTaxType=mode).values["hdnTaxType"]


def test_a_line_without_item_has_no_name() -> None:
    """Vtiger keeps the name of a person there, which is nothing to invoice."""
    found = made(INVOICE, LineItems=[line(productid="", product_name="Mina Okafor")]).lines[0]

    assert (None, None, None) == (found["product_id"], found["service_id"], found["product_name"])


def test_an_unknown_currency_stays_an_id() -> None:
    """It is no code of Xero's, so that the invoice waits instead of changing its currency."""
    assert "21x9" == made(INVOICE, currency_id="21x9").values["currency_id"]


@pytest.mark.parametrize(
    ("price", "expected"), [({"currency1": 108.25}, Decimal("108.25")), ({"currency1": 0}, None)]
)
def test_a_price_in_another_currency_is_not_taken_for_ones_own(
    price: dict[str, Any], expected: Decimal | None
) -> None:
    """The price in the CRM's own currency stands in a field of its own, if it is kept."""
    found = made(PRODUCT, unit_price="100.00000000", currency_id="21x2", currency2="100", **price)

    assert expected == found.values["unit_price"]


def test_several_taxes_of_an_item_are_no_default() -> None:
    """Xero's items take one; the lines of the invoices carry their own."""
    found = made(PRODUCT, tax1="15.000", tax3="2.000")

    assert found.values["sales_tax"] is None


def test_values_of_the_wrong_type_are_handed_on_as_text() -> None:
    """So that the mapping can name field and value instead of losing the record."""
    found = made(INVOICE, cf_count="many", cf_day="31/12", cf_at="soon").values

    assert ["many", "31/12", "soon"] == [found[f"cf_{name}"] for name in ("count", "day", "at")]


def test_values_of_every_type_are_read() -> None:
    """Whole numbers, days and several choices."""
    found = made(INVOICE, cf_count="3.0", cf_day="2026-03-01", cf_many="a |##| b").values

    assert (3, date(2026, 3, 1), ["a", "b"]) == (
        found["cf_count"],
        found["cf_day"],
        found["cf_many"],
    )


def test_moments_are_taken_in_the_zone_of_the_database() -> None:
    """Vtiger tells them without a zone."""
    auckland = timezone(timedelta(hours=13))
    found = record_of(
        module_of(INVOICE),
        {"id": "7x1", "modifiedtime": "2026-11-20 13:00:00"},
        taxes=TAXES,
        currencies=CURRENCIES,
        zone=auckland,
    )

    assert datetime(2026, 11, 20, tzinfo=UTC) == found.modified


def test_a_line_that_cannot_be_read_is_handed_on_as_it_is() -> None:
    """The invoice is held with the line's number instead of going out without the line."""
    (found,) = made(INVOICE, LineItems=[line(quantity="two", tax1="a lot")]).lines

    assert ("two", Decimal(50), []) == (found["quantity"], found["listprice"], found["taxes"])


def test_an_invoice_type_in_xeros_words_is_in_the_librarys() -> None:
    """A pick list that was made with Xero's own types."""
    described_type = described("Invoice", field("cf_9", "string", label="Xero Invoice Type"))

    assert "Bill" == made(described_type, cf_9="ACCPAY").values["cf_9"]
