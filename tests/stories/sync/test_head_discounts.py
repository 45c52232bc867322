"""A discount on the whole of an invoice: on its lines in Xero, to the cent, or held by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.drawn_invoices import with_fine_lines
from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_line_merge import edit_here, edit_there
from tests.stories.sync.test_rounding import VAT, crm_of
from tests.stories.sync.test_smallest_cases import say
from tests.world import World
from xtiger.model.records import Arithmetic

LOW: dict[str, Any] = {"tax_name": "5% (VAT on Income)", "tax_percent": Decimal(5)}
TWO = (line("100", **VAT), line("50", **LOW, quantity=Decimal(3)))
NONE = (line("19.99", **VAT), line("33.33", **VAT), line("7.77", **VAT))
#: Lines, the head, the total that the CRM says, and the discount of each line in Xero.
DISCOUNTS: Mapping[str, tuple[Any, Mapping[str, Any], str, list[Any]]] = {
    "a rate": (TWO, {"discount_percent": 10}, "249.75", [("r", 10), ("r", 10)]),
    "a rate beside one of a line": (
        (line("100", **VAT, discount_percent=Decimal(5)), line("50", **VAT)),
        {"discount_percent": 10},
        "156.60",
        [("r", Decimal("14.5")), ("r", 10)],
    ),
    "a rate that rounds": (NONE, {"discount_percent": Decimal("7.5")}, "67.81", [("r", 7.5)] * 3),
    "an amount": (TWO, {"discount_amount": 25}, "249.75", [("a", 10), ("a", 15)]),
    "an amount in odd cents": (
        NONE,
        {"discount_amount": Decimal("10.01")},
        "61.30",
        [("a", Decimal("3.28")), ("a", Decimal("5.46")), ("a", Decimal("1.27"))],
    ),
    "both, the amount being what the rate makes": (
        TWO,
        {"discount_percent": 10, "discount_amount": 25},
        "249.75",
        [("r", 10), ("r", 10)],
    ),
    "all of it": (TWO, {"discount_percent": 100}, "0", [("r", 100), ("r", 100)]),
}
_WAYS: tuple[Arithmetic, ...] = ("line", "document", "none")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with crm_of(tmp_path, "line", modules=with_fine_lines()) as made:
        say(made, "discount_on_lines", "on")
        made.settings("Invoices", brake_share=100)
        yield made


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[Any, tuple[World, Any]]]:
    """All discounts in a CRM of each way to count, synced once."""
    with ExitStack() as stack:
        found = {}
        for way in _WAYS:
            made = stack.enter_context(
                crm_of(tmp_path_factory.mktemp(way), way, modules=with_fine_lines())
            )
            say(made, "discount_on_lines", "on")
            made.settings("Invoices", brake_share=100)
            kea = organisation(made, "Kea")
            ids = {name: _bill(made, kea, n, name) for n, name in enumerate(DISCOUNTS)}
            made.sync()
            found[way] = (made, ids)
        yield found


def _bill(world: World, kea: str, number: int, name: str) -> str:
    lines, head, total, _ = DISCOUNTS[name]
    given = {key: Decimal(value) for key, value in head.items()}
    return invoice(world, f"I{number}", kea, lines, total=Decimal(total), **given)


def _discounts(there: Mapping[str, Any]) -> list[Any]:
    return [
        ("r", one["DiscountRate"])
        if one.get("DiscountRate")
        else ("a", one["DiscountAmount"])
        if one.get("DiscountAmount")
        else (None, one["UnitAmount"])
        for one in there["LineItems"]
        if one["Description"] != "Rounding"
    ]


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("name", DISCOUNTS)
def test_it_goes_on_the_lines_to_the_cent(
    ways: Mapping[Any, tuple[World, Any]], way: str, name: str
) -> None:
    """Each line bears its part before tax, on its own account and tax; both totals are equal."""
    made, ids = ways[way]
    there = made.in_xero("Invoices", ids[name])

    assert Decimal(DISCOUNTS[name][2]) == there["Total"]
    assert DISCOUNTS[name][3] == _discounts(there)


@pytest.mark.parametrize("way", _WAYS)
def test_the_second_plan_is_empty(ways: Mapping[Any, tuple[World, Any]], way: str) -> None:
    """And the proof finds no difference."""
    assert (0, []) == (ways[way][0].actions(), ways[way][0].xt.proof.differences())


def _agree(world: World) -> None:
    assert (0, []) == (world.actions(), world.xt.proof.differences())


def test_edits_in_the_crm_follow(world: World) -> None:
    """Another price, another rate, an amount in its place, and none: each to the cent."""
    crm_id = _bill(world, organisation(world, "Kea"), 1, "a rate")
    world.sync()

    def edited(total: str, *lines: dict[str, Any], **head: Any) -> list[Any]:
        edit_here(world, crm_id, *(lines or ({}, {})), total=Decimal(total), **head)
        world.sync()
        there = world.in_xero("Invoices", crm_id)
        assert Decimal(total) == there["Total"]
        _agree(world)
        return _discounts(there)

    assert [("r", 10)] * 2 == edited("357.75", {"listprice": Decimal(200)}, {})
    assert [("r", 20)] * 2 == edited("318", discount_percent=Decimal(20))
    none = {"discount_percent": None}
    assert [("a", 20), ("a", 15)] == edited("357.75", **none, discount_amount=Decimal(35))
    assert [(None, 200), (None, 50)] == edited("397.50", discount_amount=None)


def test_edits_in_xero_come_in(world: World) -> None:
    """A price and a text there: the rate of the head goes on counting in the CRM."""
    crm_id = _bill(world, organisation(world, "Kea"), 1, "a rate")
    world.sync()

    edit_there(world, crm_id, {"UnitAmount": Decimal(200)}, {"Description": "Other"})
    world.sync()

    record = world.host.record("Invoices", crm_id)
    assert [(200, None), (50, None)] == [
        (one["listprice"], one["discount_percent"]) for one in record.lines
    ]
    assert (Decimal("357.75"), 10) == tuple(
        record.values[name] for name in ("total", "discount_percent")
    )
    _agree(world)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("a rate", {"DiscountRate": Decimal(20)}),
        ("an amount", {"UnitAmount": Decimal(200)}),
    ],
)
def test_an_edit_in_xero_of_the_discount_is_held(
    world: World, name: str, there: dict[str, Any]
) -> None:
    """The CRM has one for all lines; taken back in Xero, or put on the lines, all is in step."""
    crm_id = _bill(world, organisation(world, "Kea"), 1, name)
    world.sync()
    edit_there(world, crm_id, there, {})
    world.sync()
    assert "group_discount_edited" == world.codes()["Invoices", crm_id]
    before = world.in_xero("Invoices", crm_id)["Total"]

    taken_back = {"DiscountRate": Decimal(10)} if "DiscountRate" in there else {"UnitAmount": 100}
    edit_there(world, crm_id, taken_back, {})
    world.sync()

    assert before != world.in_xero("Invoices", crm_id)["Total"] == Decimal("249.75")
    _agree(world)


@pytest.mark.parametrize("total", ["252", None])
def test_one_that_is_taken_off_otherwise_is_held(world: World, total: str | None) -> None:
    """After tax, or nobody says: nothing is sent, and the cure is the total or the lines."""
    said = Decimal(total) if total else None
    kea = organisation(world, "Kea")
    crm_id = invoice(world, "I1", kea, TWO, total=said, discount_percent=Decimal(10))
    world.sync()
    assert "group_discount_differs" == world.codes()["Invoices", crm_id]
    assert [] == world.xero("Invoices")

    world.host.edit("Invoices", crm_id, total=Decimal("249.75"))
    world.sync()

    assert Decimal("249.75") == world.in_xero("Invoices", crm_id)["Total"]
    _agree(world)


def test_an_amount_above_the_lines_is_held(world: World) -> None:
    """There is nothing to spread it over."""
    kea = organisation(world, "Kea")
    crm_id = invoice(world, "I1", kea, TWO, total=Decimal(5), discount_amount=Decimal(999))
    world.sync()

    assert "group_discount_differs" == world.codes()["Invoices", crm_id]


def test_the_option_alone_lets_it_go(world: World) -> None:
    """Left as it comes, an invoice with such a discount is skipped, as it always was."""
    say(world, "discount_on_lines", "off")
    crm_id = _bill(world, organisation(world, "Kea"), 1, "a rate")
    world.sync()
    assert "group_discount" == world.codes()["Invoices", crm_id]

    say(world, "discount_on_lines", "on")
    world.sync()

    assert Decimal("249.75") == world.in_xero("Invoices", crm_id)["Total"]
    _agree(world)
