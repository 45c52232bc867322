"""The shelves of organisations, products and services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.stories.machine.cells import Cell, Seen, Side, Thing
from tests.stories.machine.shelf import Shelf

#: Model field → (CRM field, Xero field) of an organisation; texts that both sides keep as given.
ORGANISATION: Mapping[str, tuple[str, str]] = {
    "name": ("accountname", "Name"),
    "email": ("email1", "EmailAddress"),
    "tax": ("vat_number", "TaxNumber"),
}


class Organisations(Shelf):
    """Customers; known by their phone."""

    module, kind, id_name = "Organizations", "Contacts", "ContactID"

    def new(self, side: str, name: str, number: str = "") -> Thing:
        """Make one on one side, or on both at once."""
        marker = f"0{len(self.things) + 1:03d}"
        thing = self.made(Thing(marker, {"email": Cell(), "tax": Cell()}), "crm")
        if side in ("crm", "both"):
            values = {"accountname": name, "phone": marker}
            self.world.host.create(self.module, values | ({"account_no": number} if number else {}))
            thing.type("crm", "name", name)
        if side in ("xero", "both"):
            self.world.sandbox.add(
                "Contacts",
                {
                    "Name": name,
                    "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": marker}],
                    **({"AccountNumber": number} if number else {}),
                },
            )
            thing.type("xero", "name", name)
        return thing

    def _crm_rows(self) -> Iterable[tuple[str, Seen]]:
        for record in self.world.host.all(self.module):
            values = record.values
            cells = {cell: values.get(ours) or None for cell, (ours, _) in ORGANISATION.items()}
            left_out = values["xero_sync"] is False
            yield (
                str(values["phone"] or ""),
                Seen(record.ref.id, cells, str(values["accountname"]), left_out),
            )

    def _xero_rows(self) -> Iterable[tuple[str, Seen]]:
        for raw in self.world.xero("Contacts"):
            if raw["ContactStatus"] == "ACTIVE":
                cells = {cell: raw.get(field) or None for cell, (_, field) in ORGANISATION.items()}
                yield _phone(raw), Seen(str(raw["ContactID"]), cells, str(raw["Name"]))

    def edit(self, thing: Thing, side: Side, cell: str, text: str) -> None:
        """Somebody types a text on one side."""
        ours, theirs = ORGANISATION[cell]
        if side == "crm":
            self.edit_crm(thing, cell, text or None, **{ours: text})
        else:
            self.edit_xero(thing, cell, text or None, {theirs: text})

    def merge(self, lost: Thing, kept: Thing) -> None:
        """A bookkeeper merges two contacts in Xero."""
        old, new = self.seen(lost, "xero"), self.seen(kept, "xero")
        if lost is not kept and old is not None and new is not None:
            self.world.wait(1)
            self.world.sandbox.merge(old.id, new.id)
            lost.special = kept.special = True


class Goods(Shelf):
    """Products or services, known by their code; new items of Xero become products."""

    kind, id_name = "Items", "ItemID"

    def __init__(self, *given: Any, module: str, letter: str) -> None:
        super().__init__(*given)
        self.module, self.letter = module, letter
        #: Something was deleted in Xero since the last whole read, which alone can find that out.
        self.unnoticed = False
        self._prefix = module.lower().removesuffix("s")

    def new(self, side: Side) -> Thing:
        """Make one on one side."""
        code = f"{self.letter}{len(self.things) + 1:03d}"
        name = f"Thing {code}"
        if side == "crm":
            values = {f"{self._prefix}code": code, f"{self._prefix}name": name}
            self.world.host.create(self.module, values)
        else:
            self.world.sandbox.add("Items", {"Code": code, "Name": name})
        return self.made(Thing(code, {"text": Cell(), "account": Cell()}), side, name=name)

    def _crm_rows(self) -> Iterable[tuple[str, Seen]]:
        for record in self.world.host.all(self.module):
            values = record.values
            cells = {
                "name": values.get(f"{self._prefix}name"),
                "text": values.get("description") or None,
                "account": values.get("sales_account") or None,
            }
            yield (
                str(values.get(f"{self._prefix}code") or ""),
                Seen(record.ref.id, cells, str(cells["name"]), values["xero_sync"] is False),
            )

    def _xero_rows(self) -> Iterable[tuple[str, Seen]]:
        for raw in self.world.xero("Items"):
            if str(raw["Code"]).startswith(self.letter):
                cells = {
                    "name": raw["Name"],
                    "text": raw.get("Description") or None,
                    "account": (raw.get("SalesDetails") or {}).get("AccountCode") or None,
                }
                yield str(raw["Code"]), Seen(str(raw["ItemID"]), cells, str(raw["Name"]))

    def edit(self, thing: Thing, side: Side, cell: str, text: str) -> None:
        """Somebody types a name or text, or chooses an account."""
        if side == "crm":
            names = {
                "name": f"{self._prefix}name",
                "text": "description",
                "account": "sales_account",
            }
            self.edit_crm(thing, cell, text or None, **{names[cell]: text})
            return
        change: dict[str, Any] = {"Name": text} if cell == "name" else {"Description": text}
        if cell == "account":
            details = next(
                raw.get("SalesDetails") or {}
                for raw in [*self.world.xero("Items"), {"Code": thing.marker}]
                if raw["Code"] == thing.marker
            )
            change = {"SalesDetails": {**details, "AccountCode": text}}
        self.edit_xero(thing, cell, text or None, change)

    def delete_in_xero(self, thing: Thing) -> None:
        """Deleted in Xero, which leaves no trace of an item."""
        found = self.seen(thing, "xero")
        if found is not None:
            tenant, state = self.world.organisation(), self.world.sandbox._state
            with state.transaction():
                state.put(tenant, "Items", found.id, None)
            self.unnoticed = True
            thing.remove("xero")


def _phone(raw: Mapping[str, Any]) -> str:
    phones = {p.get("PhoneType"): p.get("PhoneNumber") for p in raw.get("Phones") or ()}
    return str(phones.get("DEFAULT") or "")
