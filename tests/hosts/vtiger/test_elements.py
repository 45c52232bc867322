"""What is sent to Vtiger: values as it takes them, and whole invoices without its pitfalls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.hosts.vtiger.opened import opened
from tests.vtigercrm.crm import Vtiger
from xtiger.hosts.checks import Refused
from xtiger.hosts.vtiger.elements import (
    charges_of,
    filled,
    head_of,
    invoice_of,
    item_kept,
    line_of,
    same_line,
    tax_mode,
    taxes_of,
    text_of,
)
from xtiger.hosts.vtiger.installation import Installation
from xtiger.model.records import Field

OWN = {"assigned_user_id": "19x1"}
STREETS = {"bill_street": "1 Queen St", "ship_street": "2 King St"}


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Installation, Vtiger]]:
    """What a Vtiger with all fields is made of, and that Vtiger."""
    with opened() as (host, service, _clock):
        host.modules()
        yield host._installed(), service.crm


@pytest.fixture
def there(stage: tuple[Installation, Vtiger]) -> Installation:
    return stage[0]


def _invoice(crm: Vtiger, **head: Any) -> Mapping[str, Any]:
    company = crm.create("Accounts", {**OWN, "accountname": f"C{len(crm.rows)}"})["id"]
    item = crm.create("Products", {**OWN, "productname": "Anvil", "tax1": "15"})["id"]
    line = {"productid": item, "quantity": "2", "listprice": "10", "tax1": "15"}
    given = {"subject": "S", "account_id": company, "productid": item, "hdnTaxType": "group"}
    whole = {**OWN, **STREETS, **given, "LineItems": [line, {**line, "comment": "two"}], **head}
    return crm.retrieve(str(crm.create("Invoice", whole)["id"]))


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", None, ""),
        ("bool", True, "1"),
        ("bool", False, "0"),
        ("date", date(2026, 2, 28), "2026-02-28"),
        ("datetime", datetime(2026, 2, 28, 9, 5, tzinfo=UTC), "2026-02-28 09:05:00"),
        ("money", Decimal("1E+3"), "1000"),
        ("int", 7, "7"),
        ("multi_choice", ["a", "b"], "a |##| b"),
    ],
)
def test_a_value_becomes_text(there: Installation, kind: Any, value: Any, expected: str) -> None:
    """As the webservice has it, and never in powers of ten."""
    assert expected == text_of(Field("x", kind), value, there)


def test_a_currency_becomes_its_id(there: Installation) -> None:
    """One that Vtiger does not have is refused with where to add it."""
    field = Field("currency_id", "choice", role="invoice.currency")

    assert "21x1" == text_of(field, "USD", there)
    with pytest.raises(Refused, match="Currencies"):
        text_of(field, "CHF", there)


def test_made_fields_and_numbers_are_not_sent(there: Installation) -> None:
    """Vtiger gives numbers itself, and has no field for the tax on charges."""
    module = there.module("Invoices")
    assert module is not None
    values = {"subject": "S", "invoice_no": "X-1", "charges_tax": Decimal(5)}

    assert {"subject": "S"} == head_of(module, values, there)


def test_a_new_record_is_owned_active_and_ticked(there: Installation) -> None:
    """And what was given stays as it was given."""
    found = filled("Products", {"discontinued": "0"}, there)

    assert {"assigned_user_id": "19x1", "cf_901": "1"} == found


def test_every_tax_of_a_line_is_said(there: Installation) -> None:
    """By name, by percentage, or as the first that is free; all others are 0."""
    listed = [{"name": "sales", "percent": Decimal(3)}, {"name": "?", "percent": Decimal("12.5")}]

    assert {"tax1": "0", "tax2": "3", "tax3": "12.5"} == taxes_of(listed, there)
    assert {"tax1": "20", "tax2": "0", "tax3": "0"} == taxes_of(
        [{"name": "20% (VAT on Income)", "percent": 20}], there
    )


def test_an_amount_of_discount_goes_before_a_percentage(there: Installation) -> None:
    """Vtiger takes one of them."""
    values = {"quantity": 1, "discount_amount": Decimal(2), "discount_percent": Decimal(5)}
    found = line_of(values, there)

    assert ("2", False) == (found["discount_amount"], "discount_percent" in found)


@pytest.mark.parametrize(
    ("head", "total"),
    [
        ({}, "46.00000000"),
        ({"hdnDiscountPercent": "10"}, "41.40000000"),
        ({"hdnDiscountAmount": "4"}, "41.40000000"),
        ({"hdnS_H_Amount": "5"}, "51.00000000"),
        ({"shipping_&_handling": "5", "shipping_&_handling_shtax1": "20"}, "52.00000000"),
        ({"txtAdjustment": "-1.25"}, "44.75000000"),
        ({"hdnTaxType": "individual"}, "46.00000000"),
    ],
)
def test_an_invoice_sent_again_stays_as_it_is(
    stage: tuple[Installation, Vtiger], head: dict[str, str], total: str
) -> None:
    """What was retrieved and cleaned ends no PHP, and comes to the same total."""
    there, crm = stage
    raw = _invoice(crm, **head)
    lines = [same_line(one, there) for one in raw["LineItems"]]
    whole = invoice_of(raw, {}, charges_of({}, raw, there), lines, there)
    crm.update(whole)
    again = crm.retrieve(str(raw["id"]))

    assert total == raw["hdnGrandTotal"] == again["hdnGrandTotal"]
    assert ["", "two"] == [one["comment"] for one in again["LineItems"]]
    assert {"LineItems_FinalDetails", "label"} & whole.keys() == set()
    assert "id" not in whole["LineItems"][0]


def test_a_charge_gets_its_tax_by_its_percentage(there: Installation) -> None:
    """And all other taxes of it end."""
    found = charges_of({"hdnS_H_Amount": Decimal(5), "charges_tax": Decimal(10)}, {}, there)

    assert {
        "hdnS_H_Amount": "5",
        "shipping_&_handling": "5",
        "shipping_&_handling_shtax1": "0",
        "shipping_&_handling_shtax2": "10",
        "shipping_&_handling_shtax3": "0",
    } == found


def test_an_item_keeps_what_vtiger_would_drop() -> None:
    """Its taxes, its other prices, and the currency of the one that is written."""
    raw = {
        "unit_price": "5",
        "currency_id": "21x1",
        "tax1": "15.000",
        "currency1": 5,
        "currency2": 4,
    }

    assert {"currency_id": "21x1", "tax1": "15.000", "currency2": "4"} == item_kept(
        raw, {"unit_price": "6"}
    )


@pytest.mark.parametrize(
    ("percents", "was", "expected"),
    [
        (["15", "15.000"], "", "group"),
        (["15", "0"], "", "individual"),
        (["15", "15"], "individual", "individual"),
        (["15", "5"], "group", "individual"),
    ],
)
def test_one_tax_on_all_lines_is_a_group_tax(
    there: Installation, percents: list[str], was: str, expected: str
) -> None:
    """An invoice that is there keeps its mode as long as it counts right."""
    lines = [{"tax1": one} for one in percents]

    assert expected == tax_mode(lines, was, there, {"id": "7x1"} if was else {})
