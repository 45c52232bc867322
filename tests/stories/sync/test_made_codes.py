"""Products without a code: a template makes one, on both sides, once and for good."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.world import World
from xtiger.errors import MappingInvalid
from xtiger.mapping.check import with_option


def _template(world: World, text: str, module: str = "Products") -> None:
    mapping = world.xt.mappings.get(module)
    assert mapping is not None
    world.xt.mappings.save(with_option(mapping, "code_template", text, (), ()))


def _codes(world: World) -> list[str]:
    return sorted(one["Code"] for one in world.xero("Items"))


@pytest.mark.feature("F111")
def test_a_product_without_a_code_gets_one_on_both_sides(world: World) -> None:
    """By the template; an invoice of the same run sells it, and the next plan is empty."""
    _template(world, "{name}-{id}")
    goods = product(world, "", productname="Blue Widget, extra long and shiny", sales_account="200")
    bill = invoice(world, "I1", organisation(world, "Kea"), [line("10", product_id=goods)])

    world.sync()

    code = f"BLUE-WIDGET-EXTRA-LONG-AND-S-{goods}"
    assert [code] == _codes(world)
    assert 30 == len(code)
    assert code == world.in_crm("Products", goods, "productcode")
    assert code == world.in_xero("Invoices", bill)["LineItems"][0]["ItemCode"]
    assert "created" == world.outcome("Products", goods).result
    assert (0, []) == (world.actions(), world.xt.proof.differences())


def test_a_code_that_somebody_has_is_not_taken(world: World) -> None:
    """In Xero, in the CRM, or made in this plan: a number makes it another one."""
    _template(world, "P-{id}")
    _template(world, "P-{id}", "Services")
    goods = product(world, "", productname="A")
    work = product(world, "", module="Services", servicename="B")
    world.sandbox.add("Items", {"Code": f"P-{goods}", "Name": "Theirs"})

    world.sync()

    mine = world.in_crm("Products", goods, "productcode")
    assert {f"P-{goods}", f"P-{goods}-2"} <= set(_codes(world))
    assert f"P-{goods}-2" == mine == world.in_xero("Products", goods)["Code"]
    assert world.in_crm("Services", work, "servicecode") == world.in_xero("Services", work)["Code"]
    assert len(set(_codes(world))) == len(_codes(world))
    assert 0 == world.actions()


def test_a_lost_answer_makes_no_second_item(world: World) -> None:
    """The item is found by the code that was made for it."""
    _template(world, "P-{id}")
    goods = product(world, "", productname="A")
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/Items", method="PUT")

    world.sync()
    world.sync()
    world.sync()

    assert [f"P-{goods}"] == _codes(world)
    assert f"P-{goods}" == world.in_crm("Products", goods, "productcode")
    assert (0, []) == (world.actions(), world.xt.proof.differences())


def test_a_crm_that_takes_nothing_keeps_its_empty_code(world: World) -> None:
    """One way to Xero: the item has its code there, and the next plan is empty."""
    _template(world, "P-{id}")
    world.settings("Products", direction="to_xero")
    goods = product(world, "", productname="A", unit_price=Decimal(5))

    world.sync()

    assert [f"P-{goods}"] == _codes(world)
    assert world.in_crm("Products", goods, "productcode") in ("", None)
    assert (0, []) == (world.actions(), world.xt.proof.differences())


@pytest.mark.parametrize("text", ["P", "P-{name}", "P-{id}-{x}", "MUCH-TOO-LONG-A-TEXT-{id}"])
def test_a_template_must_tell_records_apart(world: World, text: str) -> None:
    """It names the id, nothing else in braces, and leaves room for both."""
    with pytest.raises(MappingInvalid, match="code_template"):
        _template(world, text)


def test_without_a_template_it_is_held(world: World) -> None:
    """And an empty one takes it away."""
    _template(world, "P-{id}")
    _template(world, "")
    goods = product(world, "", productname="A")
    world.sync()

    assert "code_missing" == world.codes()["Products", goods]
