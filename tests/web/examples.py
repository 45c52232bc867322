"""A connection, modules, a plan and a run, as the screens of the stand-in show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from xtiger.hookspecs import SyncModule
from xtiger.model.connections import Connection
from xtiger.model.plans import Cause, Difference, Estimate, Item, Plan
from xtiger.model.runs import Run

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

AROHA = Connection(
    id="c1",
    tenant="",
    organisation_id="org-1",
    xero_connection_id="x1",
    name="Aroha Trading Ltd",
    base_currency="GBP",
    country="GB",
    short_code="!aRoHa",
    created_at=NOW,
)
MODULES = [
    SyncModule("Organizations", "organisation", "Contact", "Organizations"),
    SyncModule("Products", "product", "Item", "Products"),
    SyncModule(
        "Invoices",
        "invoice",
        "Invoice",
        "Invoices",
        needs=("Organizations", "Products"),
        directions=("to_xero",),
    ),
]


def item(module: str, name: str, **values: Any) -> Item:
    """One item of a plan with little said."""
    kinds = {"Organizations": "Contact", "Products": "Item", "Invoices": "Invoice"}
    return Item(module, kinds[module], values.pop("crm_id", name), None, name, **values)


#: An e-mail address that goes one way and a phone number that comes the other.
_MERGED = (
    Difference(
        "EmailAddress", "E-mail", "a@example.com", "b@example.com", "a@example.com", "to_xero"
    ),
    Difference("Phone", "Phone", None, None, "+64 1", "to_crm"),
)


def example_plan(connection_id: str = "c1") -> Plan:
    """A plan with creates both ways, a merge, a hold and a conflict."""
    items = (
        item("Organizations", "Ørsted Hjørnet", verb="create", result="created", to_xero={}),
        item("Organizations", "Kiwi <b>Bold</b>", verb="create", result="created", to_xero={}),
        item("Organizations", "Huia & Co", verb="create", result="created", to_crm={}),
        item(
            "Organizations",
            "Müller GmbH",
            verb="update",
            result="updated",
            to_xero={},
            to_crm={},
            differences=_MERGED,
        ),
        item("Organizations", "Same & Same", verb="link", result="linked"),
        item("Organizations", "Quiet Ltd"),
        item(
            "Products",
            "SKU-1",
            result="held",
            cause=Cause("text_too_long", {"field": "Code", "length": 31, "limit": 30}),
        ),
        item(
            "Invoices",
            "INV-0042",
            result="conflict",
            cause=Cause("both_changed", {"fields": "due date"}),
            differences=(
                Difference("DueDate", "Due date", None, Decimal("1.50"), "2", "conflict"),
            ),
        ),
    )
    modules = ("Organizations", "Products", "Invoices")
    return Plan(connection_id, NOW, modules, items, Estimate(16, 20, 412_000), calls=4)


def example_run(**values: Any) -> Run:
    """A run that created 3, linked 1 and held 1."""
    counts = {
        "Organizations": {"created": 3, "linked": 1, "unchanged": 1200},
        "Products": {"held": 1},
    }
    run = Run(
        "r1",
        "c1",
        ("Organizations", "Products"),
        NOW - timedelta(minutes=5),
        finished_at=NOW - timedelta(minutes=5) + timedelta(seconds=18),
        state="done",
        calls=16,
        counts=counts,
    )
    return replace(run, **values)
