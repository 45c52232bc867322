"""A Vtiger and Xero agree, whichever side a record or a change comes from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.vtiger.books import Books, line, vtiger_books


@pytest.mark.parametrize("stock", [False, True], ids=["with fields", "stock"])
def test_all_modules_go_to_xero(tmp_path: Path, stock: bool) -> None:
    """Organisation, person, product, service, invoice and what was received of it."""
    with vtiger_books(tmp_path, stock=stock) as made:
        company = made.company(bill_street="1 Queen St", bill_city="London")
        made.put("Contacts", lastname="Okafor", email="m@cafe.example", account_id=company)
        hour = made.put(
            "Services", servicename="Hour", unit_price="90", tax1="20", discontinued="1"
        )
        lines = [line(made.product(), "2", "120.5", comment="first"), line(hour, "3", "90")]
        invoice = made.invoice(company, lines, received="100")
        made.world.sync()
        # What an invoice has received when it is first sent follows it.
        made.sync()
        made.crm.revise({"id": invoice, "received": "150", "balance": "463.20"})
        made.sync()

        there = made.in_xero("INV1")
        assert ("Order 1", Decimal("613.20"), Decimal(150)) == (
            there["Reference"],
            there["Total"],
            there["AmountPaid"],
        )
        assert ["ANV", "SER1"] == [one.get("ItemCode") for one in there["LineItems"]]
        assert ["Okafor"] == [
            person["LastName"] for person in made.world.xero("Contacts")[0]["ContactPersons"]
        ]


@pytest.mark.parametrize("stock", [False, True], ids=["with fields", "stock"])
def test_all_modules_come_from_xero(tmp_path: Path, stock: bool) -> None:
    """With lines of text, lines of items and two tax rates; then what was paid there."""
    with vtiger_books(tmp_path, stock=stock) as made:
        made.company(bill_street="1 Queen St")
        made.product()
        made.sync()
        item = {"UnitPrice": Decimal("3.3333"), "AccountCode": "200", "TaxType": "OUTPUT2"}
        tea = {"Code": "TEA", "Name": "Tea", "IsSold": True, "SalesDetails": item}
        made.world.sandbox.add("Items", tea)
        third = {"ItemCode": "ANV", "UnitAmount": Decimal("33.3333"), "Quantity": 3}
        made.new_in_xero(
            {"UnitAmount": Decimal(10)}, third, {"UnitAmount": Decimal(5), "TaxType": "RROUTPUT"}
        )
        made.sync()
        made.paid_in_xero("X-1", "37.25")
        made.sync()

        (invoice,) = made.rows("Invoice")
        wanted = {"subject": "X-1", "received": "37.25000000", "balance": "100.00000000"}
        assert {**wanted, "bill_street": "1 Queen St"} == {
            name: invoice.values[name] for name in (*wanted, "bill_street")
        }
        assert ["Thing ANV", "Tea"] == [row.values["productname"] for row in made.rows("Products")]
        sold = made.rows("Products")[0].id
        assert [False, True, False] == [one["productid"] == sold for one in invoice.lines]


def test_edits_travel_both_ways(tmp_path: Path) -> None:
    """Head and lines, in Vtiger and in Xero; numbers and references stay each side's own."""
    with vtiger_books(tmp_path) as made:
        company, sold = made.company(), made.product()
        made.sync()
        draft = made.new_in_xero(
            {"UnitAmount": Decimal(10)},
            {"ItemCode": "ANV", "UnitAmount": Decimal(20), "Quantity": 3},
            Status="DRAFT",
        )
        made.sync()
        (invoice,) = made.rows("Invoice")
        made.crm.revise({"id": company, "phone": "+44 20 7946 0000"})
        made.world.sandbox.edit("Contacts", made.contact(), {"EmailAddress": "new@cafe.example"})
        lines = [dict(one) for one in draft["LineItems"]]
        lines[0]["UnitAmount"] = Decimal(12)
        for one in lines:
            del one["LineAmount"], one["TaxAmount"]
        made.world.sandbox.edit("Invoices", draft["InvoiceID"], {"LineItems": lines})
        made.sync()
        assert ["12.00000000", "20.00000000"] == [one["listprice"] for one in invoice.lines]
        assert "new@cafe.example" == made.crm.retrieve(company)["email1"]
        changed = [dict(one) for one in invoice.lines]
        changed[1] = {**changed[1], "quantity": "4"}
        made.update_lines(invoice.id, changed)
        made.sync()

        there = made.in_xero("X-1")
        assert (Decimal("110.40"), sold) == (there["Total"], invoice.lines[1]["productid"])
        phones = made.world.xero("Contacts")[0]["Phones"]
        assert "+44 20 7946 0000" in [one.get("PhoneNumber") for one in phones]


#: What an invoice of Vtiger has besides its line of 2 × 9.99, and its total.
MONEY: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    ("a line's discount in per cent", {}, {"discount_percent": "12.5"}, "20.98"),
    ("a line's discount as an amount", {}, {"discount_amount": "1.11"}, "22.64"),
    (
        "charges with tax",
        {"shipping_&_handling": "5", "shipping_&_handling_shtax1": "20"},
        {},
        "29.98",
    ),
    ("charges without tax", {"hdnS_H_Amount": "5"}, {}, "28.98"),
    ("an adjustment", {"txtAdjustment": "-1.50"}, {}, "22.48"),
    ("a tax of each line", {"hdnTaxType": "individual"}, {}, "23.98"),
    ("no tax", {}, {"tax1": "0"}, "19.98"),
    ("cents that Vtiger does not round", {}, {"listprice": "3.3333", "quantity": "7"}, "28.00"),
]


@pytest.mark.parametrize(
    ("head", "more", "total"), [m[1:] for m in MONEY], ids=[m[0] for m in MONEY]
)
def test_money_of_vtiger_arrives_to_the_cent(
    tmp_path: Path, head: dict[str, Any], more: dict[str, str], total: str
) -> None:
    """As Vtiger counts it."""
    with vtiger_books(tmp_path) as made:
        sold = {**line(made.product(), "2", "9.99"), **more}
        made.invoice(made.company(), [sold], **head)
        made.sync()

        assert Decimal(total) == made.in_xero("INV1")["Total"]


#: Lines of an invoice of Xero, and what becomes of its total in Vtiger.
COMING: list[tuple[str, list[dict[str, Any]], str, str]] = [
    (
        "a discount",
        [{"UnitAmount": Decimal("9.99"), "DiscountRate": Decimal("12.5")}],
        "0",
        "10.49",
    ),
    (
        "cents that Xero rounds by line",
        [{"UnitAmount": Decimal("0.33"), "Description": f"No {n}"} for n in range(7)],
        "0.03",
        "2.80",
    ),
    ("no tax", [{"UnitAmount": Decimal(7), "TaxType": "NONE"}], "0", "7"),
]


@pytest.mark.parametrize(
    ("lines", "rest", "total"), [c[1:] for c in COMING], ids=[c[0] for c in COMING]
)
def test_money_of_xero_arrives_to_the_cent(
    tmp_path: Path, lines: list[dict[str, Any]], rest: str, total: str
) -> None:
    """Vtiger counts the total, and its adjustment takes what Xero rounds."""
    with vtiger_books(tmp_path) as made:
        made.company()
        made.sync()
        made.new_in_xero(*lines)
        made.sync()

        (invoice,) = made.rows("Invoice")
        found = {name: Decimal(invoice.values[name]) for name in ("hdnGrandTotal", "txtAdjustment")}
        assert Decimal(total) == round(found["hdnGrandTotal"], 2)
        assert Decimal(rest) == round(found["txtAdjustment"], 2)


def test_a_deleted_record_is_noticed_by_the_whole_look(tmp_path: Path) -> None:
    """A stock Vtiger has no feed of deletions; the nightly look at all records finds them."""
    with vtiger_books(tmp_path) as made:
        company = made.company()
        made.sync()
        made.crm.delete(company)
        made.world.sync(full=True)

        assert {("Organizations", company)} == set(_waiting(made))


def test_a_deleted_record_is_noticed_at_once_where_sync_works(tmp_path: Path) -> None:
    """Vtiger names it, and one that comes out of the recycle bin is there again."""
    with vtiger_books(tmp_path, sync_works=True) as made:
        company = made.company()
        made.sync()
        made.crm.delete(company)
        made.world.sync()
        waiting = set(_waiting(made))
        row = made.crm.rows[int(company.partition("x")[2])]
        made.clock.sleep(5)
        row.deleted, row.modified = False, made.clock.now().replace(microsecond=0)
        made.sync()

        assert {("Organizations", company)} == waiting


def _waiting(made: Books) -> list[tuple[str, str | None]]:
    return list(made.world.codes())
