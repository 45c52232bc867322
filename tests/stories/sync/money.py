"""What tests of payments share: an invoice that waits for its money, and what came of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, organisation
from tests.world import World
from xtiger.model.mappings import Mapping
from xtiger.xero.organisations import XeroOrganisation

#: What Xero computes of a line.
COMPUTED = ("LineAmount", "TaxAmount", "AccountID", "Item", "Tracking")
ALL_ROLES = ("organisation", "contact", "product", "service", "invoice")


def bill_one(world: World) -> tuple[World, str]:
    """A world with one approved invoice of 10.00, synced; answers its CRM id."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    return world, crm_id


def options(world: World, **values: Any) -> None:
    """Set options of the payments' mapping."""
    old = world.xt.mappings.get("Payments")
    assert old is not None
    world.xt.mappings.save(
        Mapping(old.module, old.kind, old.rows, options={**old.options, **values})
    )


def live(world: World) -> list[dict[str, Any]]:
    """Xero's payments that count."""
    return [dict(raw) for raw in world.xero("Payments") if raw["Status"] == "AUTHORISED"]


def due(world: World) -> Decimal:
    """What the only invoice in Xero has left to pay."""
    (there,) = world.xero("Invoices")
    return Decimal(there["AmountDue"])


def quiet(world: World) -> bool:
    """Whether nothing is left to do and nothing is held."""
    return (0, {}) == (world.actions(), world.codes())


def before_sending(world: World, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Let something happen in Xero between the plan and the first payment sent."""
    real = XeroOrganisation.send
    done: list[int] = []

    def send(door: XeroOrganisation, request: Any) -> Any:
        if "/Payments" in request.path and not done:
            done.append(1)
            act()
        return real(door, request)

    monkeypatch.setattr(XeroOrganisation, "send", send)


def amounts(world: World) -> list[Decimal]:
    """The amounts of Xero's payments that count, in order."""
    return sorted(Decimal(raw["Amount"]) for raw in live(world))


def writes(world: World) -> int:
    """Payment calls that Xero has seen, but reads."""
    return len([c for c in world.sandbox.calls() if "/Payments" in c.path and c.method != "GET"])


def stored(world: World, crm_id: str, **values: Any) -> None:
    """Let Xero have these values of a linked invoice, whatever its rules say."""
    raw = dict(world.in_xero("Invoices", crm_id))
    stamp = int(world.clock.now().timestamp() * 1000)
    state = world.sandbox._state
    with state.transaction():
        state.put(
            world.organisation(),
            "Invoices",
            raw["InvoiceID"],
            {**raw, **values, "UpdatedDateUTC": stamp},
        )


def by_hand(world: World, crm_id: str, *taxes: str | None) -> None:
    """Somebody overwrites the tax of lines in Xero's own pages; None lets Xero compute it."""
    lines = []
    for one, tax in zip(world.in_xero("Invoices", crm_id)["LineItems"], taxes, strict=True):
        kept = {k: v for k, v in one.items() if k not in COMPUTED}
        lines.append(kept | ({} if tax is None else {"TaxAmount": Decimal(tax)}))
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"LineItems": lines})
