"""Worlds for the engine's tests: connected, with accounts chosen and nothing in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.money import bill_one
from tests.stories.sync.people import invoice, line, organisation, product
from tests.world import World, connected_world, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Field, Module


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.fixture
def billed(world: World) -> tuple[World, str]:
    """A world with one approved invoice of 10.00, synced; and its CRM id."""
    return bill_one(world)


@pytest.fixture
def loose(tmp_path: Path) -> Iterator[World]:
    """A world whose CRM takes any invoice: no pick lists, lengths, types or required fields."""
    modules = [
        _loosened(module) if module.name == "Invoices" else module for module in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        made.default_account()
        yield made


@pytest.fixture
def books(world: World) -> World:
    """Two customers, a product and three invoices, in step."""
    acme, bell = organisation(world, "Acme", email1="a@b.example"), organisation(world, "Bell")
    goods = product(world, "P1", sales_account="200", unit_price=Decimal("9.9900"))
    invoice(world, "I1", acme, [line("100", product_id=goods), line("5.55")], total="105.55")
    invoice(world, "I2", bell, [line("12.34", quantity=Decimal(3))], total="37.02")
    invoice(
        world,
        "I3",
        bell,
        invoicedate=date(2026, 10, 5),
        duedate=date(2026, 11, 5),
        invoicestatus="Created",
        total="10",
    )
    world.sync()
    return world


def _loosened(module: Module) -> Module:
    return replace(
        module,
        fields=tuple(_anything(field) for field in module.fields),
        lines=tuple(_anything(field) for field in module.lines),
    )


def _anything(field: Field) -> Field:
    kept = field.type if field.type in ("ref", "bool", "date", "json") else "text"
    return replace(
        field, type=kept, choices=(), max_length=None, decimals=None, required=False, unique=False
    )
