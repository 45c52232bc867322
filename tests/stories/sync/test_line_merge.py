"""Lines edited on both sides: every edit arrives on both, conflicts stop the lines alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import line, product
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_invoice_states import pay
from tests.stories.sync.test_invoices import lines_there, sent
from tests.stories.sync.test_invoices_in import base_of
from tests.world import World, make_world
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Pairer
from xtiger.hosts.standard import standard_modules
from xtiger.mapping.convert import LINES
from xtiger.model.links import Pair, Side

#: What Xero computes of a line.
COMPUTED = ("LineAmount", "TaxAmount", "AccountID", "Item", "Tracking")


def edit_there(world: World, crm_id: str, *changes: Mapping[str, Any] | None) -> None:
    """Edit lines in Xero one by one; None takes a line away, further ones are new."""
    lines = []
    now: list[Any] = [*lines_there(world, crm_id), *[{}] * len(changes)]
    for old, new in zip(now, changes, strict=False):
        if new is not None:
            lines.append({**{k: v for k, v in old.items() if k not in COMPUTED}, **new})
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"LineItems": lines})


def edit_here(world: World, crm_id: str, *changes: Mapping[str, Any] | None, **head: Any) -> None:
    """Edit lines in the CRM one by one; None takes a line away, further ones are new."""
    lines: list[dict[str, Any]] = []
    now: list[Any] = [*world.host.record("Invoices", crm_id).lines, *[{}] * len(changes)]
    for old, new in zip(now, changes, strict=False):
        if new is not None:
            lines.append({**({"id": old["id"]} if old else {}), **new})
    world.host.edit_lines("Invoices", crm_id, lines)
    if head:
        world.host.edit("Invoices", crm_id, **head)


def here(world: World, crm_id: str, *names: str) -> list[tuple[Any, ...]]:
    """Values of the CRM's lines."""
    return [tuple(one[n] for n in names) for one in world.host.record("Invoices", crm_id).lines]


def there(world: World, crm_id: str, *names: str) -> list[tuple[Any, ...]]:
    """Values of Xero's lines."""
    return [tuple(one.get(n) for n in names) for one in lines_there(world, crm_id)]


NEW = {
    "Description": "New in Xero",
    "Quantity": 1,
    "UnitAmount": 5,
    "AccountCode": "200",
    "TaxType": "NONE",
}


@pytest.mark.parametrize("sign", ["#", "@", "~", "="])
def test_a_host_may_call_its_lines_anything(
    world: World, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    """An id that looks like a stand-in of ours stays the line's: it is changed in place."""
    numbers = type(world.host._rows).next_number
    monkeypatch.setattr(
        type(world.host._rows),
        "next_number",
        lambda rows, name: (
            f"{sign}{numbers(rows, name)}" if name == "line" else numbers(rows, name)
        ),
    )
    crm_id = sent(world, [line("10", name="A"), line("20", name="B")], total=Decimal(30))
    before = here(world, crm_id, "id", "quantity")
    edit_there(world, crm_id, {}, {"Quantity": 3})
    world.sync()
    edit_here(world, crm_id, {"listprice": Decimal(11)}, {}, total=Decimal(71))
    world.sync()

    assert [sign] * 2 == [str(own)[0] for own, _quantity in before]
    assert [(before[0][0], 1, 11), (before[1][0], 3, 20)] == here(
        world, crm_id, "id", "quantity", "listprice"
    )
    assert [(1, 11), (3, 20)] == there(world, crm_id, "Quantity", "UnitAmount")
    assert 0 == world.actions()


@pytest.mark.feature("O14")
def test_edits_of_different_lines_arrive_on_both_sides(world: World) -> None:
    """A price here, a quantity there: both lines and both totals agree to the cent, ids stay."""
    crm_id = sent(world, [line("10", name="A"), line("20", name="B")], total=Decimal(30))
    ids = there(world, crm_id, "LineItemID")
    edit_here(world, crm_id, {"listprice": Decimal("10.01")}, {}, total=Decimal("30.01"))
    edit_there(world, crm_id, {}, {"Quantity": 3})

    world.sync()

    assert [(1, Decimal("10.01")), (3, 20)] == here(world, crm_id, "quantity", "listprice")
    assert [(1, Decimal("10.01")), (3, 20)] == there(world, crm_id, "Quantity", "UnitAmount")
    assert Decimal("70.01") == world.in_xero("Invoices", crm_id)["Total"]
    assert Decimal("70.01") == world.in_crm("Invoices", crm_id, "total")
    assert ids == there(world, crm_id, "LineItemID")
    assert 0 == world.actions()


def test_different_cells_of_one_line_are_no_conflict(world: World) -> None:
    """The price changed here, the text there: the line has both on both sides."""
    crm_id = sent(world, [line("10", comment="Old")])
    edit_here(world, crm_id, {"listprice": Decimal(11)})
    edit_there(world, crm_id, {"Description": "New"})

    world.sync()

    assert [("New", 11)] == here(world, crm_id, "comment", "listprice")
    assert [("New", 11)] == there(world, crm_id, "Description", "UnitAmount")
    assert 0 == world.actions()


def test_lines_added_on_both_sides_stand_once_on_each(world: World) -> None:
    """One new here, one new there, one removed here: two lists become one list."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B")])
    edit_here(world, crm_id, {}, None, line("3", name="C"))
    edit_there(world, crm_id, {}, {}, NEW)

    world.sync()

    texts = [text for (text,) in there(world, crm_id, "Description")]
    assert ["A", "C", "New in Xero"] == sorted(texts)
    assert texts == [name or text for name, text in here(world, crm_id, "name", "comment")]
    assert Decimal(9) == world.in_xero("Invoices", crm_id)["Total"]
    assert 3 == len(base_of(world, crm_id).lines)
    assert 0 == world.actions()


def test_lines_reordered_in_xero_are_reordered_here(world: World) -> None:
    """Xero's order comes in, the lines keep their ids."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B"), line("3", name="C")])
    ids = dict(here(world, crm_id, "name", "id"))
    a, b, c = lines_there(world, crm_id)
    turned = [{k: v for k, v in x.items() if k not in COMPUTED} for x in (c, a, b)]
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"LineItems": turned})

    world.sync()

    assert [(n, ids[n]) for n in "CAB"] == here(world, crm_id, "name", "id")
    assert 0 == world.actions()


def test_a_conflict_names_line_and_field_and_stops_the_lines_alone(world: World) -> None:
    """One price differs on both sides: no line moves, the reference does, both prices are told."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B")])
    own = here(world, crm_id, "id")[1][0]
    edit_here(world, crm_id, {"listprice": Decimal(9)}, {"listprice": Decimal(3)}, subject="Go")
    edit_there(world, crm_id, {}, {"UnitAmount": 4})

    world.sync()

    outcome = world.outcome("Invoices", crm_id)
    (found,) = [d for d in outcome.differences if d.decision == "conflict"]
    assert ("both_changed", "Line 2 unit price") == (
        outcome.cause and outcome.cause.code,
        outcome.cause and outcome.cause.data["fields"],
    )
    assert (f"lines.{own}.UnitAmount", 2, 3, 4) == (found.field, found.base, found.crm, found.xero)
    assert [(1,), (4,)] == there(world, crm_id, "UnitAmount")
    assert [(9,), (3,)] == here(world, crm_id, "listprice")
    assert "Go" == world.in_xero("Invoices", crm_id)["Reference"]
    assert 0 == world.actions()


@pytest.mark.parametrize(("side", "price"), [("crm", 3), ("xero", 4)])
@pytest.mark.parametrize("key", ["", "lines", "field"])
def test_a_decision_settles_a_line(
    world: World, monkeypatch: pytest.MonkeyPatch, side: Side, price: int, key: str
) -> None:
    """Decided for a side, of the field, the lines or all: its price is on both sides."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B")])
    own = here(world, crm_id, "id")[1][0]
    edit_here(world, crm_id, {}, {"listprice": Decimal(3)})
    edit_there(world, crm_id, {}, {"UnitAmount": 4})
    named = f"lines.{own}.UnitAmount" if key == "field" else key

    def decided(_bench: object, _scope: object, found: Sequence[Pairing]) -> None:
        for pairing in found:
            pairing.decisions = {named: side}

    monkeypatch.setattr("xtiger.engine.pair.pairing.take_decisions", decided)

    world.sync()

    assert [(1,), (price,)] == here(world, crm_id, "listprice")
    assert [(1,), (price,)] == there(world, crm_id, "UnitAmount")
    assert 0 == world.actions()


def test_a_line_deleted_here_and_edited_there_is_a_conflict(world: World) -> None:
    """Nothing is deleted that somebody just worked on; untouched, it goes on the other side."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B")])
    edit_here(world, crm_id, {}, None)
    edit_there(world, crm_id, {}, {"UnitAmount": 4})
    world.sync()
    assert "both_changed" == code_of(world, "Invoices", crm_id)
    edit_there(world, crm_id, {}, {"UnitAmount": 2})

    world.sync()

    assert [("A",)] == there(world, crm_id, "Description")
    assert 0 == world.actions()


def test_a_changed_default_account_rewrites_no_old_invoice(world: World) -> None:
    """Another default account: old lines keep theirs, also when another line is edited."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B")])
    world.default_account("260")
    world.sync(full=True)
    assert [("200",), ("200",)] == there(world, crm_id, "AccountCode")
    edit_here(world, crm_id, {"listprice": Decimal(3)}, {}, line("4", name="C"))

    world.sync()

    assert [("200",), ("200",), ("260",)] == there(world, crm_id, "AccountCode")
    assert 0 == world.actions()


def test_discounts_change_their_kind_and_go(world: World) -> None:
    """Percent to amount and to nothing here, amount to percent there: each arrives exactly."""
    crm_id = sent(world, [line("10", discount_percent=Decimal(10))])
    edit_here(world, crm_id, {"discount_percent": None, "discount_amount": Decimal(2)})
    world.sync()
    assert Decimal(8) == world.in_xero("Invoices", crm_id)["Total"]
    edit_here(world, crm_id, {"discount_amount": None})
    world.sync()
    assert Decimal(10) == world.in_xero("Invoices", crm_id)["Total"]
    edit_there(world, crm_id, {"DiscountRate": 25, "DiscountAmount": None})
    world.sync()

    assert [(25, None)] == here(world, crm_id, "discount_percent", "discount_amount")
    assert Decimal("7.5") == world.in_xero("Invoices", crm_id)["Total"]
    assert 0 == world.actions()


def test_an_item_changed_there_is_the_product_here(world: World) -> None:
    """Xero's line sells another item: the CRM's line sells that product."""
    one, two = product(world, "P1"), product(world, "P2")
    crm_id = sent(world, [line("1", product_id=one)])
    edit_there(world, crm_id, {"ItemCode": "P2"})

    world.sync()

    assert [(two, "Thing P2")] == here(world, crm_id, "product_id", "name")
    assert 0 == world.actions()


def test_a_tax_entered_by_hand_survives_an_edit_of_another_line(world: World) -> None:
    """Xero's own tax on a line is sent back as it is; the CRM's total tells, so it is held."""
    crm_id = sent(world, [line("10", tax_percent=Decimal(20)), line("1", name="B")])
    (first, second) = lines_there(world, crm_id)
    by_hand = [
        {**{k: v for k, v in first.items() if k not in COMPUTED}, "TaxAmount": 1},
        {k: v for k, v in second.items() if k not in COMPUTED},
    ]
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"LineItems": by_hand})
    edit_here(world, crm_id, {}, {"listprice": Decimal(2)})

    world.sync()

    assert Decimal(13) == world.in_xero("Invoices", crm_id)["Total"]
    assert 0 == world.actions()


# --- trims, locks, old bases -----------------------------------------------------------------


def test_texts_cut_and_trimmed_settle_after_one_round(tmp_path: Path) -> None:
    """The CRM cuts at 255 characters, Xero trims blanks: one round, then nothing is planned."""
    modules = [_short_texts(module) for module in standard_modules()]
    with make_world(tmp_path, modules=modules, truncate=True) as world:
        world.connect()
        world.default_account()
        crm_id = sent(world, [line("1", comment="  A  text "), line("2", comment="B")])
        edit_there(world, crm_id, {}, {"Description": "x" * 300})
        world.sync()
        assert [("x" * 255,)] == here(world, crm_id, "comment")[1:]
        assert 0 == world.actions()
        edit_here(world, crm_id, {"listprice": Decimal(5)}, {}, total=Decimal(7))
        world.sync()

        assert [(5, "x" * 300)] == [
            (there(world, crm_id, "UnitAmount")[0][0], there(world, crm_id, "Description")[1][0])
        ]
        assert 0 == world.actions()


def _short_texts(module: Any) -> Any:
    lines = tuple(
        replace(f, max_length=255) if f.role == "line.description" else f for f in module.lines
    )
    return replace(module, lines=lines)


def test_a_part_paid_invoice_takes_texts_and_holds_prices(world: World) -> None:
    """Xero lets text and account change; a price is held with a credit note as the proposal."""
    crm_id = sent(world, [line("10", comment="Old")])
    pay(world, crm_id, 4)
    edit_here(world, crm_id, {"comment": "New"})
    world.sync()
    assert [("New",)] == there(world, crm_id, "Description")
    edit_here(world, crm_id, {"listprice": Decimal(11)})
    world.sync()

    outcome = world.outcome("Invoices", crm_id)
    assert ("invoice_locked", "Line 1 unit price") == (
        outcome.cause and outcome.cause.code,
        outcome.cause and outcome.cause.data["fields"],
    )
    assert ["credit_note"] == [proposal.verb for proposal in outcome.proposals]


def test_sales_tax_of_xero_is_not_touched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Xero computes the sales tax itself, an edit of the CRM is held."""
    crm_id = sent(world, [line("10")])
    real = Pairer.set_xero

    def automatic(pairer: Pairer, pairing: Pairing, shadow: Any) -> None:
        code = {"SalesTaxCalculationTypeCode": "AUTO"}
        real(pairer, pairing, replace(shadow, payload={**shadow.payload, **code}))

    monkeypatch.setattr(Pairer, "set_xero", automatic)
    edit_here(world, crm_id, {"listprice": Decimal(11)})

    world.sync()

    assert "taxed_by_xero" == code_of(world, "Invoices", crm_id)


@pytest.mark.parametrize("edited", ["", "crm", "xero"])
def test_a_base_of_the_form_without_ids_is_read(world: World, edited: str) -> None:
    """Bases written before lines had ids settle quietly, and edits since then still travel."""
    crm_id = sent(world, [line("1", name="A"), line("2", name="B")])
    base = base_of(world, crm_id)
    pair = base.pairs[LINES]
    old = Pair(
        {
            **pair.crm,
            "lines": [{k: v for k, v in x.items() if k != "id"} for x in pair.crm["lines"]],
        },
        [{k: v for k, v in x.items() if k != "LineItemID"} for x in pair.xero],
    )
    pairs = {**base.pairs, LINES: old, "Status": Pair("AUTHORISED", "AUTHORISED")}
    world.xt.store.save_bases([replace(base, pairs=pairs)])
    if edited == "crm":
        edit_here(world, crm_id, {}, {"listprice": Decimal(7)})
    elif edited == "xero":
        edit_there(world, crm_id, {}, {"UnitAmount": 7})

    world.sync(full=True)

    price = 7 if edited else 2
    wanted = "updated" if edited else "unchanged"
    assert wanted == world.last_result("Invoices", crm_id)
    assert ([(1,), (price,)],) * 2 == (
        here(world, crm_id, "listprice"),
        there(world, crm_id, "UnitAmount"),
    )
    assert all("id" in one for one in base_of(world, crm_id).pairs[LINES].crm["lines"])
    assert 0 == world.actions()
