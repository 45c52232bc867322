"""A discount on the whole of an invoice, spread over its lines: to the cent, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.convert import Lookups
from xtiger.mapping.documents.head_discount import Spread, has_discount, spread, spread_of
from xtiger.mapping.line_halves import crm_half, read_crm
from xtiger.mapping.lines_to_crm import crm_total
from xtiger.mapping.lines_to_xero import LineLookups, build_lines
from xtiger.mapping.role_values import RoleValues
from xtiger.model.chart_of_accounts import Account
from xtiger.model.records import Record, Ref
from xtiger.rules.taxes import TaxTable

MODULE = invoices()
ACCOUNT = Account("a-1", "200", "Sales", "SALES", "REVENUE")
LINES = [
    {"quantity": Decimal(1), "listprice": Decimal(100)},
    {"quantity": Decimal(2), "listprice": Decimal(30), "discount_amount": Decimal(10)},
]


def _spread(percent: object = 0, amount: object = 0, *nets: object) -> Spread | None:
    return spread(Decimal(str(percent)), Decimal(str(amount)), [Decimal(str(one)) for one in nets])


@pytest.mark.parametrize(
    ("given", "percent", "shares"),
    [
        ((10, 0, 100, 50), 10, [10, 5]),
        ((0, 15, 100, 50), None, [10, 5]),
        ((10, 15, 100, 50), 10, [10, 5]),
        ((10, 14, 100, 50), None, ["9.33", "4.67"]),
        ((0, 1, 1, 1, 1), None, ["0.34", "0.33", "0.33"]),
        ((0, 1, 10, -5), None, [1, 0]),
        ((10, 0, 10, -5), 10, [1, "-0.5"]),
        ((100, 0, 100, 50), 100, [100, 50]),
        ((10, 0), 10, []),
        ((10, 0, 0), 10, [0]),
    ],
)
def test_each_line_bears_its_part(
    given: tuple[Any, ...], percent: Any, shares: Sequence[Any]
) -> None:
    """Whole cents by weight, which add up; of both an amount counts that no rate explains."""
    assert Spread(percent, tuple(Decimal(one) for one in shares)) == _spread(*given)


@pytest.mark.parametrize(
    "given",
    [(0, 0, 100), (-10, 0, 100), (101, 0, 100), (0, -5, 100), (0, 101, 100), (0, 8, 10, -5)],
)
def test_what_is_no_discount_is_not_spread(given: tuple[Any, ...]) -> None:
    """None, one below zero, and one beyond the lines."""
    assert _spread(*given) is None


def test_it_stands_beside_the_discount_of_the_line() -> None:
    """A rate of what the line's own leaves; an amount beside its own amount."""
    rate, amount = Spread(Decimal(10), (Decimal(9),)), Spread(None, (Decimal(9),))
    own: tuple[Any, ...] = (None, ["rate", Decimal(5)], ["amount", Decimal(20)])

    assert [["rate", 10], ["rate", Decimal("14.5")], ["amount", 28]] == [
        rate.on(0, one, Decimal(100)) for one in own
    ]
    assert [["amount", 9], ["amount", 14], ["amount", 29]] == [
        amount.on(0, one, Decimal(100)) for one in own
    ]
    assert Spread(None, (Decimal(0),)).on(0, None, Decimal(0)) is None


def test_what_is_left_of_a_line() -> None:
    """In whole cents, but where the CRM rounds nothing; what decides over the line beside it."""
    rate, amount = _spread(10, 0, "9.99", "9.99"), _spread(0, 2, "9.99", "9.99")
    assert rate is not None
    assert amount is not None

    net = Decimal("9.99")
    assert Decimal("8.991") == rate.net(0, net, exact=True)
    assert Decimal(18) - Decimal("0.02") == rate.net(0, net) + rate.net(1, net)
    assert Decimal("8.99") == amount.net(0, net, exact=True)
    assert (["rate", 10], ["amount", 1]) == (rate.mark(0), amount.mark(0))


def test_it_is_read_by_role() -> None:
    """Of the head and its lines; what is no number is said elsewhere."""
    assert Spread(Decimal(10), (Decimal(10), Decimal(5))) == spread_of(
        MODULE, {"discount_percent": Decimal(10)}, LINES
    )
    assert spread_of(MODULE, {}, [{"quantity": "lots"}]) is None
    assert spread_of(MODULE, {"discount_percent": "much"}, LINES) is None
    assert spread_of(MODULE, {"discount_amount": Decimal(1)}, [{"quantity": "lots"}]) is None
    heads: list[dict[str, Any]] = [{}, {"discount_amount": Decimal(1)}, {"discount_percent": 0}]
    assert [False, True, False] == [has_discount(RoleValues(MODULE, one)) for one in heads]


def _record(**head: Any) -> Record:
    return Record(Ref("Invoices", "1"), head, tuple(LINES))


def test_the_crm_counts_it() -> None:
    """The total of the CRM is that of its lines, less the discount."""
    lines = [{**one, "tax_percent": Decimal(20)} for one in LINES]

    assert [162, 135 * Decimal("1.2")] == [
        crm_total(MODULE, {"discount_percent": Decimal(10)}, lines, way) for way in ("line", "none")
    ]


@pytest.mark.parametrize("spreads", [True, False])
def test_it_goes_out_on_the_lines(spreads: bool) -> None:
    """Where that is chosen; else the lines are as they are, and the invoice waits."""
    fields = Lookups(TaxTable((), {}), {"200": ACCOUNT}, lambda _: None)
    lookups = LineLookups(fields, lambda *_: None, default_account="200", spreads_discount=spreads)
    record = Record(
        Ref("Invoices", "1"),
        {"discount_percent": Decimal(10)},
        tuple({**one, "name": "Work"} for one in LINES),
    )

    built = build_lines(record, MODULE, lookups)

    first = [line.get("DiscountRate") for line in built.lines]
    assert [10, None] == first if spreads else [None, None] == first
    assert (135 if spreads else 150) == built.totals.net


def test_another_one_is_an_edit_of_each_line() -> None:
    """The base keeps it beside the lines; one of nothing is none."""
    none, ten, five = (
        read_crm(crm_half(_record(**head), MODULE, stable=False), MODULE)
        for head in (
            {"discount_percent": Decimal(0)},
            {"discount_percent": Decimal(10)},
            {"discount_amount": Decimal(15)},
        )
    )
    cells = [[one.feeds(line)["Discount"] for line in one.lines] for one in (none, ten, five)]

    assert [[None, None], [None, 10]] == cells[0]
    assert [[None, None, ["rate", 10]], [None, 10, ["rate", 10]]] == cells[1]
    assert [[None, None, ["amount", 10]], [None, 10, ["amount", 5]]] == cells[2]
