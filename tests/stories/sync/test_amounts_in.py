"""Amounts of invoices from Xero: prices with tax, taxes by hand, currencies, and the cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.test_invoices_in import contact, in_xero, only, told, xero_line
from tests.world import World, make_world
from xtiger.hosts.memory import MemoryHost
from xtiger.model.records import Currency


def test_prices_with_tax_become_prices_without(world: World) -> None:
    """12.00 with 20 % comes in as 10.00; a later edit in the CRM sends prices without tax."""
    in_xero(world, contact(world), xero_line("12", TaxType="OUTPUT2"), LineAmountTypes="Inclusive")
    world.sync()
    made = only(world)
    assert (10, 12) == (made.lines[0]["listprice"], made.values["total"])
    assert 0 == world.actions()
    edited = [{"id": made.lines[0]["id"], "listprice": Decimal(20)}]
    world.host.edit_lines("Invoices", made.ref.id, edited)
    world.host.edit("Invoices", made.ref.id, total=Decimal(24))

    world.sync()

    assert Decimal(24) == world.in_xero("Invoices", made.ref.id)["Total"]
    assert 0 == world.actions()


def test_a_cent_that_the_crm_would_miss_holds_the_invoice(world: World) -> None:
    """Prices with tax that no price without tax gives: held with both totals, nothing rounded."""
    xero_id = in_xero(
        world,
        contact(world),
        xero_line("0.01", Quantity=1000, TaxType="OUTPUT2"),
        LineAmountTypes="Inclusive",
    )

    world.sync()

    assert "crm_total_differs" == told(world, xero_id)
    assert () == tuple(world.host.all("Invoices"))


def test_a_tax_entered_by_hand_holds_the_invoice(world: World) -> None:
    """The CRM computes tax from the rate, so another tax is no invoice of it."""
    xero_id = in_xero(world, contact(world), xero_line("10", TaxType="OUTPUT2", TaxAmount=1))

    world.sync()

    assert "crm_total_differs" == told(world, xero_id)


def test_an_invoice_without_tax_comes_in_without(world: World) -> None:
    """NoTax documents have tax 0 in the CRM."""
    in_xero(world, contact(world), xero_line("10", TaxType="OUTPUT2"), LineAmountTypes="NoTax")

    world.sync()

    assert (None, 10) == (only(world).lines[0]["tax_percent"], only(world).values["total"])
    assert 0 == world.actions()


def test_another_currency_needs_a_crm_that_has_it(tmp_path: Path, world: World) -> None:
    """One currency in the CRM: an invoice in another is held, not counted as its own."""
    world.sandbox.add("Currencies", {"Code": "EUR"})
    xero_id = in_xero(world, contact(world), CurrencyCode="EUR")

    world.sync()

    assert "currency_not_in_crm" == told(world, xero_id)


def test_another_currency_comes_in(tmp_path: Path) -> None:
    """A CRM of several currencies takes the invoice in its own one, both ways."""
    with make_world(tmp_path, currencies=[Currency("GBP"), Currency("EUR")]) as world:
        world.connect()
        world.sandbox.add("Currencies", {"Code": "EUR"})
        in_xero(world, contact(world), CurrencyCode="EUR")
        world.sync()

        assert ("EUR", 10) == tuple(only(world).values[k] for k in ("currency", "total"))
        assert 0 == world.actions()


def test_a_crm_that_computes_another_total_is_an_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written and read back with another total: failed, with both totals."""
    real = MemoryHost.save

    def a_cent_off(host: MemoryHost, module: str, writes: Any, origin: str = "") -> Any:
        changed = [
            replace(w, values={**w.values, "total": Decimal("10.01")}) if w.lines else w
            for w in writes
        ]
        return real(host, module, changed, origin)

    monkeypatch.setattr(MemoryHost, "save", a_cent_off)
    xero_id = in_xero(world, contact(world))

    world.sync()

    assert "crm_total_wrong" == told(world, xero_id)
