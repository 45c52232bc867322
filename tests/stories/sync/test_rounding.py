"""Invoices whose totals round differently on both sides: one line in Xero makes them equal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, paid_in_xero
from tests.stories.sync.test_invoices_in import contact, in_xero, only, told, xero_line
from tests.stories.sync.test_line_merge import NEW, edit_here, edit_there
from tests.world import World, make_world
from xtiger.mapping.check import with_option
from xtiger.model.records import Arithmetic

VAT: dict[str, Any] = {"tax_name": "20% (VAT on Income)", "tax_percent": Decimal(20)}


@pytest.fixture
def vtiger(tmp_path: Path) -> Iterator[World]:
    """A CRM that rounds nothing before it shows the total."""
    with crm_of(tmp_path, "none") as made:
        yield made


@contextmanager
def crm_of(folder: Path, arithmetic: Arithmetic, **options: Any) -> Iterator[World]:
    """A connected CRM that counts in this way."""
    with make_world(folder, arithmetic=arithmetic, **options) as made:
        made.connect()
        made.default_account()
        yield made


def _three(world: World, price: str, total: str, **values: Any) -> str:
    """An approved invoice of three lines at 20 %."""
    lines = [line(price, **VAT) for _ in range(3)]
    return invoice(world, "I1", organisation(world, "Kea"), lines, total=Decimal(total), **values)


def _lines(world: World, crm_id: str) -> list[tuple[str, Decimal, str, str]]:
    return [
        (one["Description"], one["UnitAmount"], one["AccountCode"], one["TaxType"])
        for one in world.in_xero("Invoices", crm_id)["LineItems"]
    ]


def _agree(world: World) -> None:
    assert (0, []) == (world.actions(), world.xt.proof.differences())


@pytest.mark.parametrize(
    ("price", "total", "rounding"),
    [("9.99", "35.964", "-0.01"), ("0.82", "2.952", "0.01"), ("9.99", "35.97", None)],
)
def test_the_line_makes_both_totals_equal(
    vtiger: World, price: str, total: str, rounding: str | None
) -> None:
    """On the rounding account, without tax, item or discount; the CRM gets no such line."""
    crm_id = _three(vtiger, price, total)

    vtiger.sync()

    found = _lines(vtiger, crm_id)
    extra = [("Rounding", Decimal(rounding), "860", "NONE")] if rounding else []
    assert [("Work", Decimal(price), "200", "OUTPUT2")] * 3 + extra == found
    there = vtiger.in_xero("Invoices", crm_id)
    assert Decimal(total).quantize(Decimal("0.01")) == there["Total"]
    assert "created" == vtiger.outcome("Invoices", crm_id).result
    assert 3 == len(vtiger.host.record("Invoices", crm_id).lines)
    _agree(vtiger)


def test_it_follows_the_lines(vtiger: World) -> None:
    """Another price needs another rounding, and one that rounds alike none."""
    crm_id = _three(vtiger, "9.99", "35.964")
    vtiger.sync()
    ids = [one["id"] for one in vtiger.host.record("Invoices", crm_id).lines]

    def priced(price: str, total: str) -> list[tuple[str, Decimal, str, str]]:
        lines = [{"id": one, "listprice": Decimal(price)} for one in ids]
        vtiger.host.edit_lines("Invoices", crm_id, lines)
        vtiger.host.edit("Invoices", crm_id, total=Decimal(total))
        vtiger.sync()
        _agree(vtiger)
        return _lines(vtiger, crm_id)

    assert ("Rounding", Decimal("0.01"), "860", "NONE") == priced("0.82", "2.952")[-1]
    assert 3 == len(priced("10", "36"))
    assert ("Rounding", Decimal("-0.01"), "860", "NONE") == priced("9.99", "35.964")[-1]


def test_a_text_edit_leaves_it(vtiger: World) -> None:
    """The line goes with its own id, and stays the one it was."""
    crm_id = _three(vtiger, "9.99", "35.964")
    vtiger.sync()
    before = vtiger.in_xero("Invoices", crm_id)["LineItems"][-1]
    ids = [one["id"] for one in vtiger.host.record("Invoices", crm_id).lines]

    lines = [{"id": ids[0], "name": "Other work"}, *({"id": one} for one in ids[1:])]
    vtiger.host.edit_lines("Invoices", crm_id, lines)
    vtiger.sync()

    after = vtiger.in_xero("Invoices", crm_id)["LineItems"]
    assert ("Other work", before) == (after[0]["Description"], after[-1])
    _agree(vtiger)


def test_another_total_alone_moves_it(vtiger: World) -> None:
    """The CRM's small adjustment is its rounding: it makes no line of its own."""
    crm_id = _three(vtiger, "9.99", "35.964")
    vtiger.sync()

    vtiger.host.edit("Invoices", crm_id, adjustment=Decimal("0.03"), total=Decimal("35.99"))
    vtiger.sync()

    assert ("Rounding", Decimal("0.02"), "860", "NONE") == _lines(vtiger, crm_id)[-1]
    assert Decimal("35.99") == vtiger.in_xero("Invoices", crm_id)["Total"]
    _agree(vtiger)


def test_an_edit_in_xero_comes_in_with_the_rest_as_adjustment(vtiger: World) -> None:
    """The price of a line there: the CRM has Xero's total, to the cent."""
    crm_id = _three(vtiger, "9.99", "35.964")
    vtiger.sync()
    there = vtiger.in_xero("Invoices", crm_id)
    lines = [dict(one) for one in there["LineItems"]]
    lines[0] = {k: v for k, v in lines[0].items() if k not in ("LineAmount", "TaxAmount")}
    lines[0]["UnitAmount"] = Decimal("19.99")
    vtiger.sandbox.edit("Invoices", there["InvoiceID"], {"LineItems": lines})

    vtiger.sync()

    total = vtiger.in_xero("Invoices", crm_id)["Total"]
    assert Decimal("19.99") == vtiger.host.record("Invoices", crm_id).lines[0]["listprice"]
    assert total == vtiger.in_crm("Invoices", crm_id, "total")
    _agree(vtiger)


def test_a_paid_invoice_is_left_alone(vtiger: World) -> None:
    """Its amounts are fixed there: another total is said, and nothing is sent."""
    crm_id = _three(vtiger, "9.99", "35.964")
    vtiger.sync()
    paid_in_xero(vtiger, vtiger.xero_id("Invoices", crm_id), "10")
    vtiger.sync()
    before = _lines(vtiger, crm_id)

    vtiger.host.edit("Invoices", crm_id, total=Decimal("35.99"))
    vtiger.sync()

    cause = vtiger.outcome("Invoices", crm_id).cause
    assert cause is not None
    assert "total_apart" in {one.code for one in cause.each()}
    assert before == _lines(vtiger, crm_id)


@pytest.mark.parametrize(
    ("limit", "total"), [("0", "35.964"), ("0.05", "36.03"), ("0.02", "35.94")]
)
def test_more_than_the_limit_is_held(vtiger: World, limit: str, total: str) -> None:
    """0 writes no such line at all; a difference that is no rounding is for a person."""
    mapping = vtiger.xt.mappings.get("Invoices")
    assert mapping is not None
    vtiger.xt.mappings.save(with_option(mapping, "rounding_limit", limit, (), ()))
    crm_id = _three(vtiger, "9.99", total)

    vtiger.sync()

    cause = vtiger.outcome("Invoices", crm_id).cause
    assert "total_differs" == (cause and cause.code)
    assert [] == vtiger.xero("Invoices")


def test_without_the_account_it_is_held(vtiger: World) -> None:
    """An organisation without an account for rounding gets no such line on another one."""
    account = next(a for a in vtiger.xero("Accounts") if a.get("SystemAccount") == "ROUNDING")
    vtiger.sandbox.edit("Accounts", account["AccountID"], {"SystemAccount": ""})
    crm_id = _three(vtiger, "9.99", "35.964")

    vtiger.sync()

    cause = vtiger.outcome("Invoices", crm_id).cause
    assert "total_differs" == (cause and cause.code)


@pytest.mark.parametrize("arithmetic", ["none", "document"])
def test_an_invoice_of_xero_comes_in_to_the_cent(tmp_path: Path, arithmetic: Arithmetic) -> None:
    """The CRM counts a cent less; the rest is its adjustment, and nothing goes back to Xero."""
    with crm_of(tmp_path, arithmetic) as world:
        lines = [xero_line("9.99", f"Part {n}", TaxType="OUTPUT2") for n in range(3)]
        xero_id = in_xero(world, contact(world), *lines)

        world.sync()

        assert "created" == told(world, xero_id)
        assert (Decimal("35.97"), Decimal("0.01")) == tuple(
            only(world).values[name] for name in ("total", "adjustment")
        )
        _agree(world)


@pytest.mark.parametrize("adjustment", ["5", "0.03"])
@pytest.mark.parametrize(
    ("before", "sum_before", "after", "rounding"),
    [("9.99", "35.964", "10", None), ("10", "36", "9.99", Decimal("-0.01"))],
)
def test_an_edit_in_xero_moves_it_beside_an_adjustment(
    vtiger: World,
    adjustment: str,
    before: str,
    sum_before: str,
    after: str,
    rounding: Decimal | None,
) -> None:
    """The adjustment has a line of its own and keeps it, however small it became meanwhile."""
    crm_id = _three(vtiger, before, str(Decimal(sum_before) + 5), adjustment=Decimal(5))
    vtiger.sync()
    amount = Decimal(adjustment)
    vtiger.host.edit("Invoices", crm_id, adjustment=amount, total=Decimal(sum_before) + amount)
    vtiger.sync()
    rest = len(_lines(vtiger, crm_id)) - 3

    edit_there(vtiger, crm_id, *[{"UnitAmount": Decimal(after)}] * 3, *[{}] * rest)
    vtiger.sync()

    behind = {text: price for text, price, *_ in _lines(vtiger, crm_id)[3:]}
    assert (amount, rounding) == (behind["Adjustment"], behind.get("Rounding"))
    assert amount == vtiger.in_crm("Invoices", crm_id, "adjustment")
    assert vtiger.in_crm("Invoices", crm_id, "total") == vtiger.in_xero("Invoices", crm_id)["Total"]
    _agree(vtiger)


@pytest.mark.parametrize("edit", [{"Description": "Discount"}, {"Quantity": 4}, {}])
def test_what_xero_has_of_an_adjustment_is_no_difference(
    vtiger: World, edit: dict[str, Any]
) -> None:
    """The CRM holds its amount alone: its text, pieces and place among the lines are Xero's."""
    crm_id = _three(vtiger, "10", "36.4", adjustment=Decimal("0.4"))
    vtiger.sync()

    edit_there(vtiger, crm_id, {}, {}, {}, edit, {**NEW, "Description": "Added there"})
    vtiger.sync()

    assert 4 == len(vtiger.host.record("Invoices", crm_id).lines)
    assert vtiger.in_crm("Invoices", crm_id, "total") == vtiger.in_xero("Invoices", crm_id)["Total"]
    _agree(vtiger)


def test_a_line_of_the_crm_called_rounding_is_a_line(vtiger: World) -> None:
    """On an account for sales it is the CRM's own, in both directions, beside ours."""
    lines = [*(line("9.99", **VAT) for _ in range(3)), line("0.50", name="Rounding")]
    kea = organisation(vtiger, "Kea")
    crm_id = invoice(vtiger, "I1", kea, lines, total=Decimal("36.464"))
    vtiger.sync()
    _agree(vtiger)

    rows = [dict(one) for one in vtiger.host.record("Invoices", crm_id).lines]
    rows[3]["listprice"] = Decimal("0.60")
    vtiger.host.edit_lines("Invoices", crm_id, rows)
    vtiger.host.edit("Invoices", crm_id, total=Decimal("36.564"))
    vtiger.sync()

    assert [
        ("Rounding", Decimal("0.60"), "200", "NONE"),
        ("Rounding", Decimal("-0.01"), "860", "NONE"),
    ] == _lines(vtiger, crm_id)[3:]
    assert Decimal("36.56") == vtiger.in_xero("Invoices", crm_id)["Total"]
    _agree(vtiger)


def test_another_code_of_the_account_changes_nothing(vtiger: World) -> None:
    """The last seen copies have the old code: the line goes on being the one for rounding."""
    crm_id = _three(vtiger, "9.99", "35.964")
    vtiger.sync()
    account = next(a for a in vtiger.xero("Accounts") if a.get("SystemAccount") == "ROUNDING")
    vtiger.sandbox.edit("Accounts", account["AccountID"], {"Code": "861"})
    vtiger.sync(full=True)
    _agree(vtiger)

    vtiger.host.edit("Invoices", crm_id, subject="Other words")
    vtiger.sync()

    assert 3 == len(vtiger.host.record("Invoices", crm_id).lines)
    _agree(vtiger)


@pytest.mark.parametrize(
    ("stated", "held"),
    [("50", ("50.00", "59.96")), ("59.964", None)],
)
def test_a_total_that_its_own_lines_do_not_give_is_held_where_both_were_edited(
    vtiger: World, stated: str, held: tuple[str, str] | None
) -> None:
    """The merged lines have a total of their own: what a person entered would be lost."""
    crm_id = _three(vtiger, "9.99", "35.964")
    vtiger.sync()
    edit_there(vtiger, crm_id, {"UnitAmount": Decimal("19.99")}, {}, {}, {})
    edit_here(vtiger, crm_id, {}, {"listprice": Decimal("29.99")}, {}, total=Decimal(stated))

    if held is None:
        vtiger.sync()
        assert Decimal("71.96") == vtiger.in_xero("Invoices", crm_id)["Total"]
        _agree(vtiger)
        return
    vtiger.sync()
    outcome = vtiger.outcome("Invoices", crm_id)
    assert "held" == outcome.result
    cause = outcome.cause
    assert cause is not None
    said = (cause.code, cause.data["crm_total"], cause.data["xero_total"])
    assert ("total_differs", *held) == said
    assert Decimal(stated) == vtiger.in_crm("Invoices", crm_id, "total")
