"""Lines that Xero cannot take as a CRM counts them: another form, the same cent, known again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.drawn_invoices import with_fine_lines
from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_invoices_in import contact, in_xero, xero_line
from tests.stories.sync.test_line_merge import edit_here, edit_there
from tests.stories.sync.test_rounding import VAT, crm_of
from tests.world import World


@pytest.fixture
def exact(tmp_path: Path) -> Iterator[World]:
    """A CRM that counts line by line, as Xero does."""
    with crm_of(tmp_path, "line", modules=with_fine_lines()) as made:
        yield made


def _line(quantity: str, price: str, **values: Any) -> dict[str, Any]:
    return line(price, **VAT, **{"quantity": Decimal(quantity), **values})


def _there(world: World, crm_id: str) -> list[tuple[Any, ...]]:
    """Text, quantity, price and discount of each line in Xero."""
    return [
        (
            one["Description"],
            one.get("Quantity"),
            one.get("UnitAmount"),
            one.get("DiscountRate", one.get("DiscountAmount")),
        )
        for one in world.in_xero("Invoices", crm_id)["LineItems"]
    ]


def _agree(world: World) -> None:
    assert (0, []) == (world.actions(), world.xt.proof.differences())


#: What stands in the CRM → its total, and text, quantity, price and discount in Xero.
FORMS: dict[str, tuple[dict[str, Any], str, tuple[Any, ...]]] = {
    "a price of five places": (
        _line("1000", "0.06117"),
        "73.40",
        ("Work\n1000 × 0.06117", 1, Decimal("61.17"), None),
    ),
    "a quantity of five places": (
        _line("1.00001", "20"),
        "24",
        ("Work\n1.00001 × 20", 1, Decimal(20), None),
    ),
    "a rate of three places": (
        _line("1", "300", discount_percent=Decimal("33.333")),
        "240",
        ("Work\n1 × 300 - 33.333 %", 1, Decimal("200.001"), None),
    ),
    "such a rate on many pieces": (
        _line("700", "100", discount_percent=Decimal("33.333")),
        "56000.28",
        ("Work\n700 × 100 - 33.333 %", 700, Decimal("66.667"), None),
    ),
    "an amount that no rate of two places keeps": (
        _line("3", "333.33", discount_amount=Decimal("33.33")),
        "1159.99",
        ("Work\n3 × 333.33 - 33.33", 3, Decimal("322.22"), None),
    ),
    "a whole discount": (
        _line("1", "27.83", discount_amount=Decimal("27.83")),
        "0",
        ("Work", 1, Decimal("27.83"), 100),
    ),
    "a discount on what is given back": (
        _line("1", "-10", discount_amount=Decimal(1)),
        "-13.2",
        ("Work\n1 × -10 - 1", 1, Decimal(-11), None),
    ),
    "a quantity below zero": (_line("-2", "10"), "-24", ("Work", 2, Decimal(-10), None)),
    "no quantity": (_line("0", "50"), "0", ("Work\n0 × 50", None, None, None)),
    "less than half a cent": (_line("2", "0.001"), "0", ("Work\n2 × 0.001", 1, 0, None)),
}


def _all(world: World) -> dict[str, str]:
    """Each form in an approved invoice of its own beside a plain line: form → CRM id."""
    kea = organisation(world, "Kea")
    return {
        name: invoice(world, f"I{n}", kea, [given, _line("1", "50")], total=Decimal(total) + 60)
        for n, (name, (given, total, _)) in enumerate(FORMS.items())
    }


def _as_wanted(world: World, ids: dict[str, str]) -> None:
    for name, crm_id in ids.items():
        given, total, there = FORMS[name]
        assert [there, ("Work", 1, 50, None)] == _there(world, crm_id)
        assert Decimal(total) + 60 == world.in_xero("Invoices", crm_id)["Total"], name
        assert given["quantity"] == world.host.record("Invoices", crm_id).lines[0]["quantity"]
    _agree(world)


def test_a_line_goes_in_another_form_and_follows_its_edits(exact: World) -> None:
    """Approved at the CRM's total; made a plain line and back, and nothing goes twice."""
    ids = _all(exact)
    exact.settings("Invoices", brake_share=100)
    exact.sync()
    assert {"created"} == {exact.outcome("Invoices", one).result for one in ids.values()}
    _as_wanted(exact, ids)

    none = {"discount_percent": None, "discount_amount": None}
    for crm_id in ids.values():
        other = {"quantity": Decimal(3), "listprice": Decimal(5), **none}
        edit_here(exact, crm_id, other, {}, total=Decimal(78))
    exact.sync()
    for crm_id in ids.values():
        lines = exact.in_xero("Invoices", crm_id)["LineItems"]
        plain = [("Work", 3, 5, None), ("Work", 1, 50, None)]
        assert plain == [(*one[:3], one[3] or None) for one in _there(exact, crm_id)]
        assert [("200", "OUTPUT2")] * 2 == [(o["AccountCode"], o["TaxType"]) for o in lines]
    _agree(exact)

    for name, crm_id in ids.items():
        given, total, _ = FORMS[name]
        edit_here(exact, crm_id, {**none, **given}, {}, total=Decimal(total) + 60)
    exact.sync()
    for name, crm_id in ids.items():
        assert Decimal(FORMS[name][1]) + 60 == exact.in_xero("Invoices", crm_id)["Total"], name
    _agree(exact)


def test_an_empty_crm_gets_them_without_loss(exact: World) -> None:
    """Quantity, price and discount come from the words; a sign and a whole discount stay so."""
    acme = contact(exact)
    for n, (text, quantity, price, discount) in enumerate(one[2] for one in FORMS.values()):
        rate = {"DiscountRate": discount} if discount else {}
        sold = xero_line(str(price or 0), text, Quantity=quantity, TaxType="OUTPUT2", **rate)
        first = {"Description": text} if quantity is None else sold
        other = xero_line("50", "Other", TaxType="OUTPUT2")
        in_xero(exact, acme, first, other, InvoiceNumber=f"X{n}")

    exact.sync()

    found = {one.values["invoice_no"]: one for one in exact.host.all("Invoices")}
    names = ("quantity", "listprice", "discount_percent", "discount_amount")
    for n, (name, (given, total, _)) in enumerate(FORMS.items()):
        made, sign = found[f"X{n}"], -1 if given["quantity"] < 0 else 1
        wanted = [given["quantity"] * sign, given["listprice"] * sign, *map(given.get, names[2:])]
        if name == "a whole discount":
            wanted[2:] = [100, None]
        assert wanted == [made.lines[0][one] for one in names], name
        assert ("Work", 50) == (made.lines[0]["comment"], made.lines[1]["listprice"])
        assert Decimal(total) + 60 == made.values["total"], name
    _agree(exact)


def test_words_edited_in_xero_travel_alone(exact: World) -> None:
    """The text before the numbers is the CRM's text, whichever side edits it."""
    kea = organisation(exact, "Kea")
    crm_id = invoice(exact, "I1", kea, [_line("1000", "0.06117")], total=Decimal("73.40"))
    exact.sync()

    edit_there(exact, crm_id, {"Description": "Screws\n1000 × 0.06117"})
    exact.sync()
    (first,) = exact.host.record("Invoices", crm_id).lines
    assert ("Screws", 1000, Decimal("0.06117")) == tuple(
        first[name] for name in ("name", "quantity", "listprice")
    )
    _agree(exact)

    edit_here(exact, crm_id, {"name": "Nails"})
    exact.sync()
    assert [("Nails\n1000 × 0.06117", 1, Decimal("61.17"), None)] == _there(exact, crm_id)
    _agree(exact)


def test_another_amount_in_xero_is_what_the_crm_has(exact: World) -> None:
    """The numbers in words are not true any more: the CRM takes the line as Xero has it."""
    kea = organisation(exact, "Kea")
    crm_id = invoice(exact, "I1", kea, [_line("1000", "0.06117")], total=Decimal("73.40"))
    exact.sync()

    edit_there(exact, crm_id, {"UnitAmount": Decimal(70)})
    exact.sync()

    (first,) = exact.host.record("Invoices", crm_id).lines
    assert (1, 70, 84) == (
        first["quantity"],
        first["listprice"],
        exact.in_crm("Invoices", crm_id, "total"),
    )
    _agree(exact)


def test_a_price_edited_in_xero_keeps_the_sign_of_the_crm(exact: World) -> None:
    """-2 × 10 is 2 × -10 there: -12 comes back as a price of 12."""
    kea = organisation(exact, "Kea")
    crm_id = invoice(exact, "I1", kea, [_line("-2", "10"), _line("1", "50")], total=Decimal(36))
    exact.sync()

    edit_there(exact, crm_id, {"UnitAmount": Decimal(-12), "Quantity": 3}, {})
    exact.sync()

    first = exact.host.record("Invoices", crm_id).lines[0]
    assert (-3, 12) == (first["quantity"], first["listprice"])
    assert Decimal("16.8") == exact.in_crm("Invoices", crm_id, "total")
    _agree(exact)


def test_a_price_edited_in_xero_under_a_whole_discount(exact: World) -> None:
    """100 % goes on taking all of the line."""
    kea, given = organisation(exact, "Kea"), _line("1", "30", discount_amount=Decimal(30))
    crm_id = invoice(exact, "I1", kea, [given, _line("1", "5")], total=Decimal(6))
    exact.sync()

    edit_there(exact, crm_id, {"UnitAmount": Decimal(40)}, {})
    exact.sync()

    first = exact.host.record("Invoices", crm_id).lines[0]
    assert (40, 40) == (first["listprice"], first["discount_amount"])
    assert 6 == exact.in_crm("Invoices", crm_id, "total")
    _agree(exact)


@pytest.fixture
def stock(exact: World) -> tuple[World, str]:
    """A product whose stock Xero keeps, with 5000 of it there."""
    goods = product(exact, "W1", sales_account="200")
    exact.sandbox.add(
        "Items",
        {
            "Code": "W1",
            "Name": "Thing W1",
            "InventoryAssetAccountCode": "630",
            "PurchaseDetails": {"COGSAccountCode": "310", "UnitPrice": 1},
            "SalesDetails": {"AccountCode": "200"},
        },
    )
    bill = {"Type": "ACCPAY", "Contact": {"Name": "Mill"}, "Status": "AUTHORISED"}
    bought = {"Description": "Bought", "ItemCode": "W1", "Quantity": 5000, "UnitAmount": 1}
    days = {"Date": "2026-11-01", "DueDate": "2026-12-01"}
    exact.sandbox.add("Invoices", {**bill, **days, "LineItems": [bought]})
    exact.sync()
    return exact, goods


@pytest.mark.parametrize("amount", ["33.33", "100"])
def test_a_draft_with_an_amount_off_is_the_same_once_approved_in_xero(
    exact: World, amount: str
) -> None:
    """Xero then counts an amount by a rate of two places: one that moves a cent never goes."""
    lines, kea = [_line("1", "1000", discount_amount=Decimal(amount))], organisation(exact, "Kea")
    total = round((1000 - Decimal(amount)) * Decimal("1.2"), 2)
    crm_id = invoice(exact, "I1", kea, lines, total=total, invoicestatus="Created")
    exact.sync()
    assert "DRAFT" == exact.in_xero("Invoices", crm_id)["Status"]

    exact.sandbox.edit("Invoices", exact.xero_id("Invoices", crm_id), {"Status": "AUTHORISED"})
    exact.sync()

    assert total == exact.in_xero("Invoices", crm_id)["Total"]
    assert Decimal(amount) == exact.host.record("Invoices", crm_id).lines[0]["discount_amount"]
    _agree(exact)


def test_an_amount_off_that_xero_has_is_left_as_it_is(
    exact: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent by an earlier release, or entered in Xero: an edit of the text moves nothing else."""
    less = Decimal("33.33")
    given, kea = _line("1", "1000", discount_amount=less), organisation(exact, "Kea")
    crm_id = invoice(exact, "I1", kea, [given], total=Decimal(1160))
    sold = xero_line("1000", "Work", TaxType="OUTPUT2", DiscountAmount=less)
    in_xero(exact, contact(exact), sold)
    with monkeypatch.context() as earlier:
        earlier.setattr("xtiger.mapping.line_forms._would_move", lambda *_given: False)
        exact.sync()
    _agree(exact)

    edit_here(exact, crm_id, {"name": "Other work"})
    exact.sync()

    assert [("Other work", 1, 1000, less)] == _there(exact, crm_id)
    _agree(exact)


@pytest.mark.feature("F109")
def test_tracked_stock_keeps_its_quantity(stock: tuple[World, str]) -> None:
    """Four places and the line for rounding: what leaves the stock is what was sold."""
    world, goods = stock
    given = {**_line("1000", "0.06117"), "product_id": goods}
    crm_id = invoice(world, "I1", organisation(world, "Kea"), [given], total=Decimal("73.40"))

    world.sync()

    assert [
        ("Work\n1000 × 0.06117", 1000, Decimal("0.0612"), None),
        ("Rounding", 1, Decimal("-0.04"), None),
    ] == _there(world, crm_id)
    assert Decimal("73.40") == world.in_xero("Invoices", crm_id)["Total"]
    assert Decimal("0.06117") == world.host.record("Invoices", crm_id).lines[0]["listprice"]
    _agree(world)


def test_tracked_stock_takes_no_other_form(stock: tuple[World, str]) -> None:
    """What would need another quantity is held, by name, before any call."""
    world, goods = stock
    kea, wanted = organisation(world, "Kea"), dict[str, str]()
    for code, quantity, price in (
        ("quantity_refused", "-1", "10"),
        ("price_too_fine", "1.00001", "10"),
        ("line_below_half_cent", "1", "0.001"),
        ("total_differs", "4999", "0.06117"),
    ):
        given = {**line(price), "quantity": Decimal(quantity), "product_id": goods}
        total = round(Decimal(50) + Decimal(quantity) * Decimal(price), 2)
        wanted[invoice(world, code, kea, [given, line("50")], total=total)] = code

    world.sync()

    held = {crm_id: world.outcome("Invoices", crm_id).cause for crm_id in wanted}
    assert wanted == {crm_id: cause and cause.code for crm_id, cause in held.items()}
    assert [] == [one for one in world.xero("Invoices") if one["Type"] == "ACCREC"]
