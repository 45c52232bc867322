"""A discount on the whole of a bill: in its prices, since lines of such documents have none."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.credits import note
from tests.stories.sync.drawn_invoices import with_fine_lines
from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_bills import option
from tests.stories.sync.test_head_discounts import DISCOUNTS
from tests.stories.sync.test_line_merge import edit_here, edit_there
from tests.stories.sync.test_rounding import VAT, crm_of
from tests.stories.sync.test_smallest_cases import say
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A CRM whose bills have an account, and whose discounts on the whole may go."""
    with crm_of(tmp_path, "line", modules=with_fine_lines()) as made:
        option(made, "purchase_account", "400")
        say(made, "discount_on_lines", "on")
        made.settings("Invoices", brake_share=100)
        yield made


def bill(world: World, name: str, number: int = 1, **values: Any) -> str:
    """A bill with this discount; answers its id."""
    lines, head, total, _ = DISCOUNTS[name]
    given = {key: Decimal(value) for key, value in head.items()} | values
    maker = organisation(world, f"Maker {number}")
    total = given.pop("total", Decimal(total))
    return invoice(world, f"B{number}", maker, lines, total=total, xero_type="Bill", **given)


def prices(world: World, crm_id: str) -> list[Decimal]:
    """What the lines in Xero cost, none of which has a discount."""
    lines = world.in_xero("Invoices", crm_id)["LineItems"]
    assert not any(one.get("DiscountRate") or one.get("DiscountAmount") for one in lines)
    return [one["UnitAmount"] for one in lines if one["Description"] != "Rounding"]


def agree(world: World) -> None:
    """Nothing is left to do, nothing is held, and the proof finds nothing."""
    assert (0, {}, []) == (world.actions(), world.codes(), world.xt.proof.differences())


def test_it_is_in_the_prices_to_the_cent(world: World) -> None:
    """A rate, one beside that of a line, amounts in odd cents: both totals are equal, once."""
    names = [name for name in DISCOUNTS if name != "all of it"]
    ids = {name: bill(world, name, number) for number, name in enumerate(names, start=1)}
    world.sync()

    found = {name: world.in_xero("Invoices", crm_id) for name, crm_id in ids.items()}
    assert {"ACCPAY"} == {there["Type"] for there in found.values()}
    assert {name: Decimal(DISCOUNTS[name][2]) for name in ids} == {
        name: there["Total"] for name, there in found.items()
    }
    assert [Decimal(90), Decimal(45)] == prices(world, ids["a rate"])
    assert [Decimal("85.5"), Decimal(45)] == prices(world, ids["a rate beside one of a line"])
    assert [Decimal("16.71"), Decimal("27.87"), Decimal("6.5")] == prices(
        world, ids["an amount in odd cents"]
    )
    agree(world)


def test_edits_of_either_side(world: World) -> None:
    """The CRM's follow; of Xero a text comes in, and a price is held until it is taken back."""
    crm_id = bill(world, "a rate")
    world.sync()
    edit_here(world, crm_id, {"listprice": Decimal(200)}, {}, total=Decimal("357.75"))
    world.sync()
    assert [Decimal(180), Decimal(45)] == prices(world, crm_id)
    edit_here(world, crm_id, {}, {}, total=Decimal(318), discount_percent=Decimal(20))
    world.sync()
    assert [Decimal(160), Decimal(40)] == prices(world, crm_id)
    edit_there(world, crm_id, {"Description": "Oak"}, {})
    world.sync()
    record = world.host.record("Invoices", crm_id)
    assert (["Oak", "Work"], [200, 50]) == (
        [one["name"] for one in record.lines],
        [one["listprice"] for one in record.lines],
    )
    agree(world)

    edit_there(world, crm_id, {"UnitAmount": Decimal(150)}, {})
    world.sync()
    held = world.codes()
    edit_there(world, crm_id, {"UnitAmount": Decimal(160)}, {})
    world.sync()

    assert {("Invoices", crm_id): "group_discount_edited"} == held
    assert [200, 50] == [one["listprice"] for one in world.host.record("Invoices", crm_id).lines]
    agree(world)


def test_a_price_of_xero_comes_in_once_the_lines_have_the_discount(world: World) -> None:
    """The other cure: the discount stands on each line of the CRM, as in its prices there."""
    crm_id = bill(world, "a rate")
    world.sync()
    edit_there(world, crm_id, {"UnitAmount": Decimal(80)}, {})
    world.sync()
    held = world.codes()
    own = {"discount_percent": Decimal(10)}
    edit_here(world, crm_id, own, own, discount_percent=None)

    world.sync()

    assert {("Invoices", crm_id): "group_discount_edited"} == held
    first, second = world.host.record("Invoices", crm_id).lines
    assert (80, None) == (first["listprice"], first["discount_percent"])
    assert (50, 10) == (second["listprice"], second["discount_percent"])
    assert Decimal("237.75") == world.in_xero("Invoices", crm_id)["Total"]
    agree(world)


def test_the_option_alone_lets_it_go(world: World) -> None:
    """Skipped without it; with it one that the CRM takes off after tax is held, as on a sale."""
    say(world, "discount_on_lines", "off")
    crm_id = bill(world, "a rate")
    wrong = bill(world, "a rate", 2, total=Decimal(252))
    world.sync()
    before = set(world.codes().values())
    say(world, "discount_on_lines", "on")
    world.sync()

    assert {"group_discount"} == before
    assert Decimal("249.75") == world.in_xero("Invoices", crm_id)["Total"]
    assert {("Invoices", wrong): "group_discount_differs"} == world.codes()
    world.host.edit("Invoices", wrong, total=Decimal("249.75"))
    world.sync()
    agree(world)


def test_what_gives_money_back_has_it_in_its_prices(world: World) -> None:
    """A credit note, which takes no discounts in Xero either."""
    say(world, "credit_notes", "on")
    kea = organisation(world, "Kea")
    back = [line("-100", **VAT), line("-19.99", **VAT)]
    total = {"total": Decimal("-129.59"), "discount_percent": Decimal(10)}
    invoice(world, "C1", kea, back, **total)

    world.sync()

    assert Decimal("129.59") == note(world)["Total"]
    assert [Decimal(90), Decimal("17.991")] == [
        one["UnitAmount"] for one in note(world)["LineItems"]
    ]
    agree(world)
