"""What tests of removals share: the switches, one record on both sides, and what became of it."""

from __future__ import annotations

from typing import Any

from tests.stories.sync.people import invoice, organisation, product
from tests.world import World

MODULES = ("Organizations", "Products", "Services", "Invoices", "Payments")


def allowed(world: World, *, crm: bool = True) -> World:
    """Let every module carry deletes."""
    for module in MODULES:
        world.settings(module, delete_in_xero=True, delete_in_crm=crm)
    return world


def kind_of(module: str) -> str:
    """The list of the sandbox that a module meets."""
    return {"Organizations": "Contacts", "Invoices": "Invoices"}.get(module, "Items")


def one_linked(world: World, module: str, **values: Any) -> tuple[str, str]:
    """A record on both sides; answers its CRM id and its Xero id."""
    if module == "Products":
        crm_id = product(world, "P1")
    elif module == "Organizations":
        crm_id = organisation(world, "Acme")
    else:
        crm_id = invoice(world, "I1", organisation(world, "Acme"), **values)
    world.sync()
    return crm_id, world.xero_id(module, crm_id)


def shown(world: World, module: str, xero_id: str) -> str | None:
    """The status of a record in Xero; None when it is not in the list."""
    plural = kind_of(module)
    id_name = f"{plural[:-1]}ID"
    for raw in world.xero(plural):
        if raw[id_name] == xero_id:
            return str(raw.get("ContactStatus") or raw.get("Status") or "there")
    return None


def link_state(world: World, module: str, crm_id: str) -> str:
    """The state of a record's link."""
    connection = world.xt.connections.get()
    return world.xt.store.links_by_crm(connection.id, module, [crm_id])[crm_id].state


#: Module, its values, and how Xero removes such a record: verb and status after it.
CASES: tuple[tuple[str, dict[str, Any], str, str | None], ...] = (
    ("Organizations", {}, "archive", "ARCHIVED"),
    ("Products", {}, "delete", None),
    ("Invoices", {"invoicestatus": "Created"}, "delete", "DELETED"),
    ("Invoices", {"invoicestatus": "Approved"}, "void", "VOIDED"),
)


def sent(world: World) -> list[Any]:
    """The writes that the sandbox has seen."""
    return [
        call
        for call in world.sandbox.calls()
        if call.method in ("POST", "PUT", "DELETE") and call.path.startswith("/api.xro")
    ]
