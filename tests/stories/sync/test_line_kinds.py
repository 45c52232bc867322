"""Lines that become another kind of line: priced, emptied, with another item or discount."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.money import stored
from tests.stories.sync.people import line, product
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_invoices import lines_there, sent
from tests.stories.sync.test_line_merge import COMPUTED, edit_here, there
from tests.world import World

TEXT = {"name": "As agreed", "quantity": Decimal(0), "listprice": Decimal(0)}
OPTION = "0c2f9c9e-7e50-4b9f-8b64-0a5a2cd1f101"


def tracked(world: World, crm_id: str, place: int) -> str:
    """Somebody in Xero gives one line a tracking option; answers the line's LineItemID."""
    made = world.sandbox.add("TrackingCategories", {"Name": "Region"})
    category = made["TrackingCategoryID"]
    option = {"TrackingOptionID": OPTION, "Name": "North", "Status": "ACTIVE"}
    world.sandbox.edit("TrackingCategories", category, {"Options": [option]})
    chosen = [{"TrackingCategoryID": category, "TrackingOptionID": OPTION}]
    lines = [
        {
            **{k: v for k, v in one.items() if k not in COMPUTED},
            **({"Tracking": chosen} if n == place else {}),
        }
        for n, one in enumerate(lines_there(world, crm_id))
    ]
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"LineItems": lines})
    world.sync()
    return str(lines_there(world, crm_id)[place]["LineItemID"])


def option_of(raw: Mapping[str, Any]) -> list[str]:
    """The tracking options of a line of Xero."""
    return [str(one["TrackingOptionID"]) for one in raw.get("Tracking") or ()]


def test_a_text_that_gets_a_price_is_sold_by_the_ladder(world: World) -> None:
    """Account and tax as of now, the same line in Xero, its tracking kept; no work is left."""
    crm_id = sent(world, [line("1", name="A"), TEXT])
    own = tracked(world, crm_id, 1)
    world.default_account("260")
    tax = {"tax_name": "20% (VAT on Income)", "tax_percent": Decimal(20)}
    edit_here(world, crm_id, {}, {"quantity": Decimal(2), "listprice": Decimal(5), **tax})

    world.sync()

    first, second = lines_there(world, crm_id)
    assert ("200", "260", "OUTPUT2") == (
        first["AccountCode"],
        second["AccountCode"],
        second["TaxType"],
    )
    assert (own, [OPTION]) == (second["LineItemID"], option_of(second))
    assert Decimal(13) == world.in_xero("Invoices", crm_id)["Total"]
    assert (0, {}, True) == (world.actions(), world.codes(), world.xt.proof.reconcile().agrees)


def test_a_text_that_is_sold_without_an_account_is_held(world: World) -> None:
    """No default account any more: told before Xero refuses it, and gone with an account."""
    crm_id = sent(world, [line("1", name="A", account="200"), TEXT])
    world.default_account("")
    edit_here(world, crm_id, {}, {"quantity": Decimal(1), "listprice": Decimal(5)})
    world.sync()
    assert "account_missing" == code_of(world, "Invoices", crm_id)
    edit_here(world, crm_id, {}, {"account": "200"})

    world.sync()

    assert [("200", 1), ("200", 5)] == there(world, crm_id, "AccountCode", "UnitAmount")
    assert (0, {}) == (world.actions(), world.codes())


@pytest.mark.parametrize("discount", [{}, {"discount_percent": Decimal(10)}])
def test_a_line_that_loses_its_price_stays_the_line_that_it_was(
    world: World, discount: Mapping[str, Any]
) -> None:
    """Same LineItemID, tracking kept, nothing to pay; sold again it has the account of now."""
    crm_id = sent(world, [line("1", name="A"), line("8", name="B", **discount)])
    own = tracked(world, crm_id, 1)
    edit_here(world, crm_id, {}, {**TEXT, "name": "B", "discount_percent": None})
    world.sync()
    second = lines_there(world, crm_id)[1]
    assert (own, [OPTION], 0) == (second["LineItemID"], option_of(second), second["LineAmount"])
    assert (0, {}, True) == (world.actions(), world.codes(), world.xt.proof.reconcile().agrees)
    world.default_account("260")
    edit_here(world, crm_id, {}, {"quantity": Decimal(3), "listprice": Decimal(2)})

    world.sync()

    second = lines_there(world, crm_id)[1]
    assert (own, [OPTION], "260", 6) == (
        second["LineItemID"],
        option_of(second),
        second["AccountCode"],
        second["LineAmount"],
    )
    assert Decimal(7) == world.in_xero("Invoices", crm_id)["Total"]
    assert (0, {}, True) == (world.actions(), world.codes(), world.xt.proof.reconcile().agrees)


@pytest.mark.parametrize(
    "after",
    [
        {"discount_amount": None, "discount_percent": Decimal(10)},
        {"discount_amount": None},
        {**TEXT, "name": "B", "discount_amount": None},
    ],
)
def test_a_line_made_anew_for_its_discount_keeps_its_tracking(
    world: World, after: Mapping[str, Any]
) -> None:
    """Xero lets an amount of discount not go from a line, so another line takes its place."""
    crm_id = sent(world, [line("1", name="A"), line("8", name="B", discount_amount=Decimal(2))])
    tracked(world, crm_id, 1)

    edit_here(world, crm_id, {}, after)
    world.sync()

    assert [OPTION] == option_of(lines_there(world, crm_id)[1])
    assert (0, {}, True) == (world.actions(), world.codes(), world.xt.proof.reconcile().agrees)


def test_a_line_of_nothing_without_account_in_xero_gets_one_with_its_price(world: World) -> None:
    """Xero drops the account of a line of 0.00; once it is sold it goes with account and tax."""
    crm_id = sent(world, [line("1", name="A"), line("0", name="Gift")])
    first, gift = lines_there(world, crm_id)
    bare = {k: v for k, v in gift.items() if k not in (*COMPUTED, "AccountCode", "TaxType")}
    stored(
        world,
        crm_id,
        LineItems=[
            dict(first),
            {**bare, "LineAmount": Decimal(0), "TaxAmount": Decimal(0)},
        ],
    )
    world.sync()
    assert [("200",), (None,)] == there(world, crm_id, "AccountCode")
    assert world.xt.proof.reconcile().agrees
    edit_here(world, crm_id, {}, {"listprice": Decimal(5)}, total=Decimal(6))

    world.sync()

    assert [("200", 1), ("200", 5)] == there(world, crm_id, "AccountCode", "UnitAmount")
    assert (0, {}) == (world.actions(), world.codes())


def test_a_line_gets_and_loses_an_item_as_itself(world: World) -> None:
    """Sold as a product it has the product's account; as work the default; always one line."""
    goods = product(world, "P1", sales_account="260")
    crm_id = sent(world, [line("5", name="A")])
    own = tracked(world, crm_id, 0)
    seen = []
    for values in ({"product_id": goods}, {"product_id": None, "name": "A"}):
        edit_here(world, crm_id, values)
        world.sync()
        (only,) = lines_there(world, crm_id)
        seen.append(
            (only["LineItemID"], option_of(only), only.get("ItemCode"), only["AccountCode"])
        )

    assert [(own, [OPTION], "P1", "260"), (own, [OPTION], None, "200")] == seen
    assert (0, {}, True) == (world.actions(), world.codes(), world.xt.proof.reconcile().agrees)


def test_charges_that_become_a_line_are_the_same_line(world: World) -> None:
    """The head's charges typed as a line of that name: Xero's line stays, and the total, too."""
    crm_id = sent(world, [line("5", name="A")], charges=Decimal(3))
    own = tracked(world, crm_id, 1)
    edit_here(world, crm_id, {}, line("3", name="Charges"), charges=None)

    world.sync()

    second = lines_there(world, crm_id)[1]
    assert (own, [OPTION]) == (second["LineItemID"], option_of(second))
    assert Decimal(8) == world.in_xero("Invoices", crm_id)["Total"]
    assert (0, {}) == (world.actions(), world.codes())
