"""Worlds for the engine's tests: connected, with accounts chosen and nothing in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.records import Field, Module


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        made.default_account()
        yield made


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


def _loosened(module: Module) -> Module:
    return replace(
        module,
        fields=tuple(_anything(field) for field in module.fields),
        lines=tuple(_anything(field) for field in module.lines),
    )


def _anything(field: Field) -> Field:
    kept = field.type if field.type in ("ref", "bool", "date", "json") else "text"
    return replace(field, type=kept, choices=(), max_length=None, decimals=None,
                   required=False, unique=False)  # fmt: skip
