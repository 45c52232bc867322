"""What a hold depends on is read once more in the same run: a cure done in Xero works at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.stories.cures.telling import enter
from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.removing import link_state
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import World, make_world


def code(world: World, module: str, crm_id: str) -> str:
    """The code of the newest outcome."""
    cause = world.outcome(module, crm_id).cause
    return cause.code if cause else ""


def test_a_tax_rate_made_in_xero_is_known_at_once(world: World) -> None:
    """Held by a rate that Xero lacks; made there, the next sync sends the invoice."""
    lines = [line(tax_percent=Decimal(19), tax_name="VAT 19 %")]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines)
    world.sync()
    assert "tax_unknown" == code(world, "Invoices", bill)
    world.sandbox.add(
        "TaxRates",
        {
            "Name": "VAT 19 %",
            "ReportTaxType": "OUTPUT",
            "TaxComponents": [{"Name": "VAT", "Rate": "19"}],
        },
    )

    world.sync()

    assert "created" == world.outcome("Invoices", bill).result


def test_an_account_made_in_xero_is_known_at_once(world: World) -> None:
    """Held by a code that the chart lacks; made there, the next sync sends the product."""
    goods = product(world, "P1", sales_account="4400", unit_price=Decimal(1))
    world.sync()
    assert "account_unknown" == code(world, "Products", goods)
    world.sandbox.add("Accounts", {"Code": "4400", "Name": "More sales", "Type": "REVENUE"})

    world.sync()

    assert "created" == world.outcome("Products", goods).result


def test_only_what_holds_something_is_read_again(world: World) -> None:
    """One call while a tax holds an invoice; without a hold a quiet sync costs what it did."""
    organisation(world, "Acme")
    world.sync()
    before = world.calls()
    world.sync()
    quiet = world.calls() - before
    lines = [line(tax_percent=Decimal(19), tax_name="VAT 19 %")]
    invoice(world, "I1", organisation(world, "Bell"), lines)
    world.sync()
    before = world.calls()

    world.sync()

    assert quiet + 1 == world.calls() - before


def test_a_default_account_is_set_before_the_first_sync(tmp_path: Path) -> None:
    """The chart was never read: the command reads it."""
    with make_world(tmp_path) as world:
        world.connect()

        enter(world, "mapping", "set", "Invoices", "sales_account", "200")

        mapping = world.xt.mappings.get("Invoices")
        assert mapping is not None
        assert "200" == mapping.options["sales_account"]


def test_an_item_deleted_in_xero_is_found_by_the_line_that_it_bars(world: World) -> None:
    """Xero's feed is silent; the refused line says it, and a person decides about the product."""
    goods = product(world, "P1", unit_price=Decimal(10))
    acme = organisation(world, "Acme")
    world.sync()
    removed_from_the_sandbox(world, "Items", world.xero_id("Products", goods))
    bill = invoice(world, "I1", acme, [line(product_id=goods)])
    world.sync()
    assert "parent_left_out" == code(world, "Invoices", bill)
    world.sync()
    assert ("gone_in_xero", "orphan") == (
        code(world, "Products", goods),
        link_state(world, "Products", goods),
    )
    enter(world, "conflicts", "solve", "Products", goods, "--keep", "crm")

    world.sync()

    assert "created" == world.outcome("Invoices", bill).result
    assert ["P1"] == [raw["Code"] for raw in world.xero("Items")]


def test_the_proof_finds_an_item_deleted_in_xero(world: World) -> None:
    """It reads all items, and says to sync: that sync books it."""
    goods = product(world, "P1", unit_price=Decimal(10))
    world.sync()
    removed_from_the_sandbox(world, "Items", world.xero_id("Products", goods))
    assert ["lost_in_xero"] == [one.cure.code for one in world.xt.proof.differences()]

    world.sync()

    assert "gone_in_xero" == code(world, "Products", goods)
