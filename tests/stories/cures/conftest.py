"""A world for cures: the CRM takes what it would usually refuse itself, and Xero is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stories.sync.credits import crediting
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Field, Module


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A CRM that takes any invoice and payment: what it would refuse itself never comes so far."""
    with make_world(
        tmp_path, modules=[_loosened(crediting(one)) for one in standard_modules()]
    ) as made:
        made.connect()
        made.default_account()
        yield made


def _loosened(module: Module) -> Module:
    """Invoices of any text, payments of any amount; the rest stays as it is."""
    if module.name not in ("Invoices", "Payments", "Organizations"):
        return module
    kept = ("ref", "bool", "date", "json")

    def loose(field: Field) -> Field:
        own = module.name != "Invoices" or field.type in kept
        return replace(
            field,
            type=field.type if own else "text",
            choices=(),
            max_length=None,
            decimals=None,
            required=False,
            unique=False,
        )

    lines = module.lines
    if lines:
        lines = (*lines, Field("tax_amount", "text", "Tax amount", "line.tax"))
    return replace(module, fields=tuple(map(loose, module.fields)), lines=tuple(map(loose, lines)))
