"""What tests of credit notes share: who lets them go, what an invoice gives back, and the note."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.world import World
from xtiger.model.records import Field, Module

#: A field for the invoice that another one gives back.
CREDITS = Field("credits_id", "ref", "Credits", role="invoice.credits", targets=("Invoices",))


def crediting(module: Module) -> Module:
    """The module of invoices with that field, any other as it is."""
    if module.name != "Invoices":
        return module
    return replace(module, fields=(*module.fields, CREDITS))


def let_credit(world: World) -> None:
    """The administrator lets invoices that give money back become credit notes."""
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    options = {**mapping.options, "credit_notes": True}
    world.xt.mappings.save(replace(mapping, options=options))


def note(world: World) -> dict[str, Any]:
    """The only credit note in Xero."""
    (found,) = world.xero("CreditNotes")
    return dict(found)
