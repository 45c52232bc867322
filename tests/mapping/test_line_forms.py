"""Lines in the forms that Xero takes: to the cent, known again, and never a human's own words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.mapping.line_forms import as_meant, as_sent, takes_all, upright
from xtiger.model.values import canon
from xtiger.rules.money import cents, line_net

D = Decimal
numbers = st.decimals(-2000, 2000, places=6).map(canon)
rates = st.decimals(0, 100, places=4).map(canon)


def cells(quantity: str, price: str, *discount: Any, **more: Any) -> dict[str, Any]:
    """A line of "Tea" that counts so."""
    found = {"Description": "Tea", "Quantity": D(quantity), "UnitAmount": D(price), **more}
    return found | ({"Discount": [discount[0], D(discount[1])]} if discount else {})


def net(line: dict[str, Any]) -> Decimal:
    """What it comes to, to the cent."""
    kind, value = line.get("Discount") or ("", None)
    percent, amount = (value if kind == one else None for one in ("rate", "amount"))
    return cents(
        line_net(line.get("Quantity", D(0)), line.get("UnitAmount", D(0)), percent, amount)
    )


@pytest.mark.parametrize(
    "plain",
    [
        cells("3", "9.99"),
        cells("1.2345", "0.1234"),
        cells("3", "9.99", "rate", "12.5"),
        cells("3", "9.99", "amount", "5"),
        cells("1", "1000", "amount", "33.3"),
        cells("3", "0", "amount", "0"),
        cells("0", "0"),
        {"Description": "Only words"},
        {"Description": "No price", "Quantity": D(2)},
    ],
)
def test_what_xero_takes_stays(plain: dict[str, Any]) -> None:
    """Nothing is changed that need not be, there and back."""
    assert (plain, plain) == (as_sent(plain), as_meant(plain))


@pytest.mark.parametrize(
    "wrong", [("amount", "31"), ("rate", "101"), ("rate", "-1")], ids=lambda one: f"{one[1]}"
)
def test_a_discount_that_is_none_is_left_for_preflight(wrong: tuple[str, str]) -> None:
    """No form makes it right."""
    assert cells("3", "10", *wrong) == as_sent(cells("3", "10", *wrong))


@given(quantity=numbers, price=numbers, discount=st.none() | rates)
def test_any_line_comes_to_its_cent_and_back(
    quantity: Decimal, price: Decimal, discount: Decimal | None
) -> None:
    """In numbers that Xero takes; read again it is the CRM's line, with the sign on the price."""
    meant: dict[str, Any] = {"Description": "Tea", "Quantity": quantity, "UnitAmount": price}
    if discount:
        meant["Discount"] = ["rate", discount]
    sent = as_sent(meant)
    again = as_meant(sent)

    assert net(meant) == net(sent)
    for name in {"Quantity", "UnitAmount"} & set(sent):
        exponent = canon(sent[name]).as_tuple().exponent
        assert -4 <= exponent
    assert sent.get("Quantity", 0) >= 0
    assert {**meant, **upright(quantity, price)} == again
    assert sent == as_sent(again)


@given(quantity=numbers, price=numbers, amount=st.decimals(-50, 50, places=3).map(canon))
def test_an_amount_less_keeps_the_cent(quantity: Decimal, price: Decimal, amount: Decimal) -> None:
    """Whatever becomes of it, both come to the same."""
    meant = {"Description": "Tea", "Quantity": quantity, "UnitAmount": price}
    sent = as_sent({**meant, "Discount": ["amount", amount]})

    assert net({**meant, "Discount": ["amount", amount]}) == net(sent)


@pytest.mark.parametrize(
    ("line", "quantity", "price"),
    [
        (cells("1", "1000", "amount", "33.33"), D(1), D("966.67")),
        (cells("3", "1000", "amount", "33.33"), D(3), D("988.89")),
        (cells("700", "100", "amount", "3.33"), D(1), D("69996.67")),
    ],
)
def test_an_amount_that_a_rate_of_two_places_would_move_is_a_net_price(
    line: dict[str, Any], quantity: Decimal, price: Decimal
) -> None:
    """Of a piece where that comes to the cent, else of all: 33.33 of 1000 would be 33.30 later."""
    sent = as_sent(line)

    assert (quantity, price, None) == tuple(map(sent.get, ("Quantity", "UnitAmount", "Discount")))
    assert line == as_meant(sent)


def test_of_tracked_stock_an_amount_stays_where_no_price_of_a_piece_gives_the_cent() -> None:
    """Its quantity is what leaves the stock, and a rounding line can follow what Xero counts."""
    line = cells("700", "100", "amount", "3.33")

    assert line == as_sent(line, tracked=True)
    assert D("988.89") == as_sent(cells("3", "1000", "amount", "33.33"), tracked=True)["UnitAmount"]


def test_a_whole_discount_is_a_rate() -> None:
    """An amount that reaches the line is refused, 100 % is not."""
    assert cells("2", "5", "rate", "100") == as_sent(cells("2", "5", "amount", "10"))
    assert [False] * 4 == [
        takes_all(D(2), D(5), D(9)),
        takes_all("two", D(5), D(10)),
        takes_all(D(2), None, D(0)),
        takes_all(D(0), D(0), D(0)),
    ]


def test_the_sign_goes_to_the_price() -> None:
    """Where there are two numbers, and the quantity is below zero."""
    assert {"Quantity": 2, "UnitAmount": D(-5)} == upright(D(-2), D(5))
    assert [{}, {}, {}] == [upright(D(2), D(5)), upright(None, D(5)), upright(D(-2), "five")]


@pytest.mark.parametrize(
    ("meant", "sent"),
    [
        (cells("1000", "0.06117"), ("Tea\n1000 × 0.06117", D(1000), D("0.0612"))),
        (cells("3", "10", "rate", "33.333"), ("Tea\n3 × 10 - 33.333 %", D(3), D("6.6667"))),
        (cells("1", "0.001"), ("Tea", D(1), D("0.001"))),
        (cells("1", "0.001", "amount", "0.0001"), ("Tea", D(1), D("0.001"))),
        (cells("1.23456", "10"), ("Tea", D("1.23456"), D(10))),
        (cells("0", "10"), ("Tea\n0 × 10", None, None)),
        (cells("0", "0.12345", "amount", "-5"), ("Tea", D(0), D("0.12345"))),
        (cells("-2", "10"), ("Tea", D(-2), D(10))),
    ],
)
def test_of_tracked_stock_the_quantity_stays(meant: dict[str, Any], sent: tuple[Any, ...]) -> None:
    """The price gets four places where that can be; else preflight says what is wrong."""
    found = as_sent(meant, tracked=True)

    assert sent == tuple(found.get(name) for name in ("Description", "Quantity", "UnitAmount"))
    if "\n" in sent[0]:
        assert meant == as_meant(found)


@pytest.mark.parametrize(
    "there",
    [
        cells("2", "3", Description="Tea\n2 × 3"),
        cells("1", "61.18", Description="Tea\n1000 × 0.06117"),
        cells("1", "61.17", "rate", "5", Description="Tea\n1000 × 0.06117"),
        cells("1", "61.17", Description="1000 × 0.06117"),
        cells("1", "1", Description="Tea\n0 × 50"),
        {"Description": "Tea\n2 × 3"},
    ],
)
def test_words_that_are_not_true_are_somebodys_text(there: dict[str, Any]) -> None:
    """A person may write such a line, too."""
    assert there == as_meant(there)


def test_a_line_without_text_gets_the_numbers_alone() -> None:
    """It is held for its text anyway."""
    line = {"Quantity": D(1000), "UnitAmount": D("0.06117")}
    assert "1000 × 0.06117" == as_sent(line)["Description"]


def test_a_line_of_nothing_with_words_is_one_without_quantity() -> None:
    """So stands in Xero what sold something before."""
    zero = cells("0", "0", Description="Tea\n0 × 50", AccountCode="200")
    assert {**cells("0", "50"), "AccountCode": "200"} == as_meant(zero)
