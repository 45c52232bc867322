"""The books of both sides as the machine's people see and edit them: contacts and items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.machine.cells import Cell, Thing
from tests.world import World

#: Model field → (CRM field, Xero field) of an organisation; texts that both sides keep as given.
ORGANISATION: Mapping[str, tuple[str, str]] = {
    "email": ("email1", "EmailAddress"), "tax": ("vat_number", "TaxNumber"),
}  # fmt: skip
PRODUCT: Mapping[str, tuple[str, str]] = {
    "text": ("description", "Description"), "account": ("sales_account", "AccountCode"),
}  # fmt: skip


class Books:
    """Both sides of one world, with what was typed into them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.organisations: dict[str, Thing] = {}
        self.products: dict[str, Thing] = {}

    def doubt(self) -> None:
        """A sync was broken off or was a part."""
        for thing in (*self.organisations.values(), *self.products.values()):
            thing.doubt()

    # --- organisations: known by their phone, which nobody edits ---

    def new_organisation(self, side: str, name: str, number: str = "") -> Thing:
        """Make one on one side, or on both at once."""
        marker = f"0{len(self.organisations) + 1:03d}"
        cells = {"name": Cell(name), **{field: Cell() for field in ORGANISATION}}
        thing = self.organisations[marker] = Thing(marker, cells)
        if side in ("crm", "both"):
            values = {"accountname": name, "phone": marker}
            self.world.host.create(
                "Organizations", values | ({"account_no": number} if number else {})
            )
        if side in ("xero", "both"):
            self.world.sandbox.add("Contacts", {
                "Name": name, "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": marker}],
                **({"AccountNumber": number} if number else {}),
            })  # fmt: skip
        return thing

    def crm_organisations(self) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
        """Marker → (id, values) of the CRM's organisations."""
        found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for record in self.world.host.all("Organizations"):
            found.setdefault(str(record.values["phone"]), []).append((record.ref.id, record.values))
        return found

    def xero_contacts(self) -> dict[str, list[Mapping[str, Any]]]:
        """Marker → active contacts of Xero."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for raw in self.world.xero("Contacts"):
            if raw["ContactStatus"] == "ACTIVE":
                found.setdefault(_phone(raw), []).append(raw)
        return found

    # --- products: known by their code ---

    def new_product(self, side: str) -> Thing:
        """Make one on one side."""
        code = f"P{len(self.products) + 1:03d}"
        thing = self.products[code] = Thing(code, {field: Cell() for field in PRODUCT})
        if side == "crm":
            self.world.host.create(
                "Products", {"productcode": code, "productname": f"Thing {code}"}
            )
        else:
            self.world.sandbox.add("Items", {"Code": code, "Name": f"Thing {code}"})
        return thing

    def crm_products(self) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
        """Code → (id, values)."""
        found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for record in self.world.host.all("Products"):
            found.setdefault(str(record.values["productcode"]), []).append(
                (record.ref.id, record.values)
            )
        return found

    def xero_items(self) -> dict[str, list[Mapping[str, Any]]]:
        """Code → items of Xero."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for raw in self.world.xero("Items"):
            found.setdefault(str(raw["Code"]), []).append(raw)
        return found

    # --- what must never be ---

    def twins(self) -> dict[str, dict[str, int]]:
        """What stands more than once on a side, by table."""
        tables: dict[str, Mapping[str, Sequence[Any]]] = {
            "Organizations": self.crm_organisations(), "Contacts": self.xero_contacts(),
            "Products": self.crm_products(), "Items": self.xero_items(),
        }  # fmt: skip
        found = {}
        for name, table in tables.items():
            many = {key: len(rows) for key, rows in table.items() if len(rows) > 1}
            if many:
                found[name] = many
        return found

    def wrongs(self, listed: Counter[tuple[str, str]]) -> list[str]:
        """What is wrong at rest; `listed` holds (module, name) of what the plan tells people."""
        told: dict[str, set[str]] = {}
        for module, name in listed:
            told.setdefault(module, set()).add(name)
        return [
            *self._organisation_wrongs(told.get("Organizations", set())),
            *self._product_wrongs(told.get("Products", set())),
        ]

    def _organisation_wrongs(self, listed: set[str]) -> list[str]:
        found, crm, xero = [], self.crm_organisations(), self.xero_contacts()
        for marker, thing in self.organisations.items():
            ours, theirs = crm.get(marker, []), xero.get(marker, [])
            names = {str(v["accountname"]) for _, v in ours} | {str(raw["Name"]) for raw in theirs}
            if thing.special:
                continue
            if thing.removed:
                found += _came_back(thing, len(ours), len(theirs))
                continue
            # A record whose box is off is left alone, which is what its user asked for.
            told = bool(names & listed) or any(v["xero_sync"] is False for _, v in ours)
            if not (ours and theirs):
                if not told:
                    found.append(f"organisation {marker} {names} is on one side only")
                continue
            thing.met = True
            values, raw = ours[0][1], theirs[0]
            for field, (here, there) in {"name": ("accountname", "Name"), **ORGANISATION}.items():
                pair = (values.get(here) or None, raw.get(there) or None)
                wrong = thing.cells[field].wrong(*pair, listed=told)
                found += [f"organisation {marker} {field}: {wrong}"] if wrong else []
        return found

    def _product_wrongs(self, listed: set[str]) -> list[str]:
        found, crm, xero = [], self.crm_products(), self.xero_items()
        for code, thing in self.products.items():
            ours, theirs = crm.get(code, []), xero.get(code, [])
            if thing.removed:
                found += _came_back(thing, len(ours), len(theirs))
                continue
            name = f"Thing {code}"
            if not (ours and theirs):
                found += [] if name in listed else [f"product {code} is on one side only"]
                continue
            thing.met = True
            values, raw = ours[0][1], theirs[0]
            there = {"text": raw.get("Description"), "account": _account(raw)}
            for field, (here, _) in PRODUCT.items():
                pair = (values.get(here) or None, there[field] or None)
                wrong = thing.cells[field].wrong(*pair, listed=name in listed)
                found += [f"product {code} {field}: {wrong}"] if wrong else []
        return found


def _came_back(thing: Thing, crm: int, xero: int) -> list[str]:
    """A record that somebody removed must not be made again on that side."""
    counts = {"crm": crm, "xero": xero}
    return [f"{thing.marker} came back in {side}" for side in sorted(thing.removed) if counts[side]]


def _phone(raw: Mapping[str, Any]) -> str:
    phones = {p.get("PhoneType"): p.get("PhoneNumber") for p in raw.get("Phones") or ()}
    return str(phones.get("DEFAULT") or "")


def _account(raw: Mapping[str, Any]) -> Any:
    return (raw.get("SalesDetails") or {}).get("AccountCode")
