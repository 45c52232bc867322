"""The smallest documents that once went wrong, each with how it ends: in step, or held by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.drawn_invoices import with_fine_lines
from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_invoices_in import contact, in_xero, only, told, xero_line
from tests.stories.sync.test_rounding import VAT, crm_of
from tests.world import World
from xtiger.mapping.check import with_option
from xtiger.model.records import Arithmetic, Currency, Module

#: Rates that somebody made in Xero: two that come to the same, and one that taxes a tax.
_QUEBEC = (("GST", "5", False), ("QST", "9.975", False))
_OF_TWO = (("Fed", "5", False), ("Prov", "9.5", True))
_FED_PROV = [
    {"name": "Fed", "percent": Decimal(5)},
    {"name": "Prov", "percent": Decimal("9.5"), "compound": True},
]


def made_in_xero(
    world: World, name: str, components: Sequence[tuple[str, str, bool]], **values: Any
) -> str:
    """A tax rate that somebody makes in Xero; answers its type."""
    parts = [
        {"Name": part, "Rate": percent, "IsCompound": compound}
        for part, percent, compound in components
    ]
    given = {"Name": name, "TaxComponents": parts, "ReportTaxType": "OUTPUT", **values}
    return str(world.sandbox.add("TaxRates", given)["TaxType"])


def _line(price: str, quantity: str = "1", **values: Any) -> dict[str, Any]:
    return line(price, **{**VAT, "quantity": Decimal(quantity), **values})


def _bare(price: str, **values: Any) -> dict[str, Any]:
    return line(price, **values)


@dataclass(frozen=True)
class Case:
    """A document of a CRM, and how it ends."""

    way: Arithmetic
    lines: Sequence[Mapping[str, Any]]
    #: What the CRM comes to; and Xero, with the line for rounding.
    total: str
    #: The line for rounding; "" for none.
    rounding: str = ""
    #: Why it is held; "" where it lands.
    held: str = ""
    #: Quantity, price and discount of the first line in Xero, where its form matters.
    form: tuple[Any, ...] = ()
    head: Mapping[str, Any] | None = None


CASES: Mapping[str, Case] = {
    "an amount of eleven digits": Case(
        "line", [_bare("10000000000")], "10000000000", held="line_too_large"
    ),
    "two lines, tax of the sum": Case("document", [_line("0.13")] * 2, "0.31", rounding="-0.01"),
    "three lines, nothing rounded": Case("none", [_line("0.82")] * 3, "2.95", rounding="0.01"),
    "three lines, a cent less": Case("none", [_line("9.99")] * 3, "35.96", rounding="-0.01"),
    "one tax on all, half a cent each": Case(
        "none", [_line("0.13")] * 2, "0.31", rounding="-0.01", head={"taxtype": "group"}
    ),
    "a tax on a tax": Case("line", [_bare("99.99", taxes=_FED_PROV)], "114.96"),
    "a discount beyond its line": Case(
        "line",
        [_line("10", discount_amount=Decimal(11)), _line("50")],
        "58.80",
        held="discount_refused",
    ),
    "a discount of all": Case(
        "line",
        [_line("27.83", discount_amount=Decimal("27.83")), _line("5")],
        "6",
        form=(1, Decimal("27.83"), 100),
    ),
    "a discount on what is given back": Case(
        "line",
        [_line("-10", discount_amount=Decimal(1)), _line("50")],
        "46.80",
        form=(1, -11, None),
    ),
    "a rate above all": Case(
        "line",
        [_line("10", discount_percent=Decimal(150)), _line("50")],
        "54",
        held="discount_refused",
    ),
    "a rate of three places": Case(
        "line",
        [_line("300", discount_percent=Decimal("33.333"))],
        "240",
        form=(1, Decimal("200.001"), None),
    ),
    "less than half a cent twice": Case(
        "line", [_line("0.001", "2"), _line("10")], "12", form=(1, 0, None)
    ),
    "a hundredth of a cent": Case("line", [_line("0.0001")], "0", form=(1, 0, None)),
    "a quantity below zero": Case(
        "line", [_line("10", "-1"), _line("50", "2")], "108", form=(1, -10, None)
    ),
    "a total below zero": Case("line", [_line("10"), _line("-50")], "-48", held="total_negative"),
    "a price of five places": Case(
        "line", [_line("0.06117", "1000")], "73.40", form=(1, Decimal("61.17"), None)
    ),
    "yen, which have no cents": Case(
        "line",
        [_bare("123", tax_name="AU GST", tax_percent=Decimal(10))],
        "135",
        rounding="-0.30",
        head={"currency": "JPY"},
    ),
}


@dataclass(frozen=True)
class Played:
    """A CRM that was synced, with the id of each case's invoice in it."""

    world: World
    ids: Mapping[str, str]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[Arithmetic, Played]]:
    """All cases of each way to count in one CRM, synced once."""
    with ExitStack() as stack:
        yield {way: _played(stack, tmp_path_factory.mktemp(way), way) for way in _WAYS}


_WAYS: tuple[Arithmetic, ...] = ("line", "document", "none")


def _played(stack: ExitStack, folder: Path, way: Arithmetic) -> Played:
    monies = [Currency("GBP"), Currency("JPY", decimals=0)]
    world = stack.enter_context(crm_of(folder, way, modules=with_fine_lines(), currencies=monies))
    world.sandbox.add("Currencies", {"Code": "JPY"})
    made_in_xero(world, "Quebec", _QUEBEC)
    made_in_xero(world, "Fed and Prov", _OF_TWO)
    made_in_xero(world, "AU GST", [("GST", "10", False)])
    kea = organisation(world, "Kea")
    ids = {
        name: invoice(
            world,
            f"I{n}",
            kea,
            [dict(one) for one in case.lines],
            total=Decimal(case.total),
            **(case.head or {}),
        )
        for n, (name, case) in enumerate(CASES.items())
        if case.way == way
    }
    world.settings("Invoices", brake_share=100)
    world.sync()
    return Played(world, ids)


@pytest.mark.parametrize("name", CASES)
def test_a_case_lands_or_is_held_by_name(played: Mapping[Arithmetic, Played], name: str) -> None:
    """To the cent on both sides, with at most a line for rounding; nothing is refused by Xero."""
    case = CASES[name]
    world, crm_id = played[case.way].world, played[case.way].ids[name]
    outcome = world.outcome("Invoices", crm_id)
    if case.held:
        assert ("held", case.held) == (outcome.result, outcome.cause and outcome.cause.code)
        return
    # An exchange rate of Xero comes in right after.
    assert outcome.result in ("created", "updated")
    there = world.in_xero("Invoices", crm_id)
    assert Decimal(case.total) == there["Total"]
    extra = [one for one in there["LineItems"] if one["Description"] == "Rounding"]
    assert ([Decimal(case.rounding)] if case.rounding else []) == [
        one["UnitAmount"] for one in extra
    ]
    first = there["LineItems"][0]
    discount = first.get("DiscountRate", first.get("DiscountAmount"))
    form = (first.get("Quantity"), first.get("UnitAmount"), discount)
    assert form == (case.form or form)


@pytest.mark.parametrize("way", _WAYS)
def test_nothing_is_left_to_do(played: Mapping[Arithmetic, Played], way: Arithmetic) -> None:
    """The second plan is empty, and the proof finds no difference but what is held."""
    world = played[way].world
    held = {played[way].ids[name] for name in played[way].ids if CASES[name].held}
    plan = world.plan()

    assert () == tuple(plan.actions)
    assert held == {item.crm_id for item in plan.items if item.result == "held"}
    assert [] == world.xt.proof.differences()


def test_a_tax_that_two_rates_have_is_asked_for_once(tmp_path: Path) -> None:
    """14.975 % without a name: the person says which rate it is, and that holds from then on."""
    with crm_of(tmp_path, "line") as world:
        one, _ = made_in_xero(world, "One", _QUEBEC), made_in_xero(world, "Two", _QUEBEC)
        kea = organisation(world, "Kea")
        taxed = _bare("10", tax_percent=Decimal("14.975"))
        first = invoice(world, "I1", kea, [taxed], total=Decimal("11.50"))
        world.sync()
        assert "tax_unknown" == world.codes()["Invoices", first]

        say(world, "tax:14.975", one)
        second = invoice(world, "I2", kea, [taxed], total=Decimal("11.50"))
        world.sync()

        for crm_id in (first, second):
            there = world.in_xero("Invoices", crm_id)
            assert (one, Decimal("11.50")) == (there["LineItems"][0]["TaxType"], there["Total"])
        assert (0, []) == (world.actions(), world.xt.proof.differences())


def say(world: World, option: str, value: str) -> None:
    """An administrator sets one option of the invoices' mapping."""
    mapping, connection = world.xt.mappings.get("Invoices"), world.xt.connections.get().id
    assert mapping is not None
    accounts, rates = world.xt.store.accounts(connection), world.xt.store.tax_rates(connection)
    world.xt.mappings.save(with_option(mapping, option, value, accounts, rates))


def test_a_gross_price_without_net_one_comes_in(tmp_path: Path) -> None:
    """9.99 with 20 % in it: its net price makes 10.00, and the CRM says 9.99 all the same."""
    with crm_of(tmp_path, "line") as world:
        xero_id = in_xero(
            world,
            contact(world),
            xero_line("9.99", TaxType="OUTPUT2"),
            LineAmountTypes="Inclusive",
        )

        world.sync()

        assert "created" == told(world, xero_id)
        assert Decimal("9.99") == only(world).values["total"]
        assert (0, []) == (world.actions(), world.xt.proof.differences())


@pytest.mark.parametrize("adjusts", [True, False])
def test_a_tax_by_hand_is_in_the_adjustment_or_held(tmp_path: Path, adjusts: bool) -> None:
    """Somebody took a cent of tax away in Xero; a CRM without an adjustment cannot have that."""
    modules = with_fine_lines() if adjusts else _without_adjustment()
    with crm_of(tmp_path, "line", modules=modules) as world:
        xero_id = in_xero(
            world,
            contact(world),
            xero_line("361.07", Quantity=10, TaxType="OUTPUT2", DiscountAmount="371.63"),
            xero_line("656.72", Quantity="12.06", TaxType="OUTPUT2", TaxAmount="1584.00"),
        )
        there = next(one for one in world.xero("Invoices") if one["InvoiceID"] == xero_id)

        world.sync()

        if not adjusts:
            assert "crm_total_differs" == told(world, xero_id)
            return
        assert ("created", there["Total"]) == (told(world, xero_id), only(world).values["total"])
        assert (0, []) == (world.actions(), world.xt.proof.differences())


def _without_adjustment() -> list[Module]:
    return [
        replace(one, fields=tuple(f for f in one.fields if f.role != "invoice.adjustment"))
        for one in with_fine_lines()
    ]
