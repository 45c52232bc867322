"""What people edit on both sides: one cell per value, with how each side shows and types it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.world import World

#: CRM field → how Xero has it.
CONTACT = {
    "vat_number": "TaxNumber",
    "company_number": "CompanyNumber",
    "phone": "Phones",
    "billing_city": "Addresses",
    "accountname": "Name",
}
ITEM = {"productname": "Name", "description": "Description", "unit_price": "SalesDetails"}
LINE = {"listprice": "UnitAmount", "comment": "Description", "quantity": "Quantity"}


@dataclass
class Cell:
    """One value that people edit on both sides."""

    name: str
    #: Cells of one group wait for each other when one of them is in conflict.
    group: str
    crm: Callable[[], Any]
    xero: Callable[[], Any]
    type_crm: Callable[[Any], None]
    type_xero: Callable[[Any], None] | None
    #: A fresh value.
    make: Callable[[random.Random], Any]
    module: str
    crm_id: str
    #: What both sides last agreed on.
    agreed: Any = None
    after_kill: tuple[Any, Any] = (None, None)
    #: The sides on which somebody typed before the kill.
    typed: str = ""

    def now(self) -> tuple[Any, Any]:
        """(CRM's value, Xero's value)."""
        return self.crm(), self.xero()


def text(chance: random.Random) -> str:
    """A word that nobody typed before."""
    return f"w{chance.randrange(10**9)}"


def price(chance: random.Random) -> Decimal:
    """An amount."""
    return Decimal(chance.randrange(1_000, 99_999)) / 100


def day(chance: random.Random) -> date:
    """A day."""
    return date(2026, 12, 1) + timedelta(days=chance.randrange(300))


def raw(world: World, module: str, crm_id: str, kind: str) -> Mapping[str, Any] | None:
    """Xero's record of a CRM record, by what people see there; links are the library's business."""
    own = world.host.record(module, crm_id).values
    keys = {
        "Contacts": ("EmailAddress", own.get("email1")),
        "Items": ("Code", own.get("productcode")),
        "Invoices": ("InvoiceNumber", own.get("invoice_no")),
    }
    name, value = keys[kind]
    return next((one for one in world.xero(kind) if one.get(name) == value), None)


def shown(there: str, value: Mapping[str, Any]) -> Any:
    """What people see of a field in Xero."""
    if there == "Phones":
        phones = {one["PhoneType"]: one.get("PhoneNumber") for one in value.get(there) or ()}
        return phones.get("DEFAULT") or None
    if there == "Addresses":
        kinds = {one["AddressType"]: one.get("City") for one in value.get(there) or ()}
        return kinds.get("POBOX") or None
    if there == "SalesDetails":
        return plain((value.get(there) or {}).get("UnitPrice"))
    return plain(value.get(there))


def plain(value: Any) -> Any:
    """Days and numbers in one spelling."""
    if isinstance(value, str) and len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-":
        return date.fromisoformat(value[:10])
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)).normalize()
    if hasattr(value, "date"):
        return value.date()
    return value or None


def typed(there: str, value: Any) -> dict[str, Any]:
    """A field as somebody types it in Xero."""
    if there == "Phones":
        return {"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": value}]}
    if there == "Addresses":
        return {"Addresses": [{"AddressType": "POBOX", "City": value}]}
    if there == "SalesDetails":
        return {"SalesDetails": {"UnitPrice": value}}
    return {there: value.isoformat() if isinstance(value, date) else value}


def flat(world: World, module: str, crm_id: str, kind: str, crm: str, there: str) -> Cell:
    """A field of a record itself."""
    singular = kind.removesuffix("s")

    def found() -> Any:
        one = raw(world, module, crm_id, kind)
        return None if one is None else shown(there, one)

    def type_xero(value: Any) -> None:
        one = raw(world, module, crm_id, kind)
        if one is not None:
            world.sandbox.edit(kind, one[f"{singular}ID"], typed(there, value))

    make = price if crm == "unit_price" else day if crm == "duedate" else text
    return Cell(
        f"{module} {crm}",
        f"{module} {crm_id} {crm}",
        lambda: plain(world.in_crm(module, crm_id, crm)),
        found,
        lambda value: world.host.edit(module, crm_id, **{crm: value}),
        type_xero,
        make,
        module,
        crm_id,
    )


#: What a person types of a line in Xero; the rest Xero computes.
_TYPED = (
    "LineItemID",
    "Description",
    "Quantity",
    "UnitAmount",
    "AccountCode",
    "TaxType",
    "ItemCode",
)


def of_line(world: World, crm_id: str, place: int, crm: str, there: str) -> Cell:
    """A cell of one line; nobody adds or moves lines here."""

    def found() -> Any:
        one = raw(world, "Invoices", crm_id, "Invoices")
        lines = one["LineItems"] if one is not None else []
        return plain(lines[place].get(there)) if place < len(lines) else None

    def type_xero(value: Any) -> None:
        one = raw(world, "Invoices", crm_id, "Invoices")
        if one is None:
            return
        lines = [{k: v for k, v in x.items() if k in _TYPED} for x in one["LineItems"]]
        lines[place][there] = value
        world.sandbox.edit("Invoices", one["InvoiceID"], {"LineItems": lines})

    def type_crm(value: Any) -> None:
        record = world.host.record("Invoices", crm_id)
        lines = [dict(x) for x in record.lines]
        lines[place] |= {crm: value, "total": None}
        world.host.edit_lines("Invoices", crm_id, lines)
        world.host.edit("Invoices", crm_id, total=None)  # computed once more

    make = text if crm == "comment" else lambda chance: Decimal(chance.randrange(2, 900))
    return Cell(
        f"line {place} {crm}",
        f"lines {crm_id}",
        lambda: plain(world.host.record("Invoices", crm_id).lines[place].get(crm)),
        found,
        type_crm,
        type_xero,
        make,
        "Invoices",
        crm_id,
    )


def of_payment(world: World, crm_id: str) -> Cell:
    """The amount of the one payment of its invoice; Xero lets nobody change it there."""

    def found() -> Any:
        bill = raw(world, "Invoices", world.in_crm("Payments", crm_id, "invoice_id"), "Invoices")
        live = [
            one["Amount"]
            for one in world.xero("Payments")
            if bill and one["InvoiceID"] == bill["InvoiceID"] and one["Status"] == "AUTHORISED"
        ]
        assert len(live) < 2, "a payment stands twice"
        return plain(live[0]) if live else None

    return Cell(
        "payment amount",
        f"payment {crm_id}",
        lambda: plain(world.in_crm("Payments", crm_id, "amount")),
        found,
        lambda value: world.host.edit("Payments", crm_id, amount=value),
        None,
        lambda chance: Decimal(chance.randrange(1, 400)),
        "Payments",
        crm_id,
    )
