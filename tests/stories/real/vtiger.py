"""Answers of a real Vtiger 8.1, kept beside the project, and a CRM that holds its records."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import simplejson

from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.vtiger import module_of, record_of
from xtiger.model.records import Field, Module, Record

_ROOT = Path(__file__).resolve().parents[3]
#: Vtiger's module → the describe that is used: with the block "Xero Information" where there is.
DESCRIBES = {
    "Accounts": "describe_Accounts_with_xero_block",
    "Contacts": "describe_Contacts",
    "Products": "describe_Products",
    "Services": "describe_Services",
    "Invoice": "describe_Invoice_with_xero_block",
}


def folder() -> Path | None:
    """The folder with the answers; None where it is not present."""
    shared = Path(os.environ.get("XTIGER_SHARED") or _ROOT.parent / "shared")
    found = shared / "fixtures" / "vtiger"
    return found if found.is_dir() else None


def names(*starts: str) -> list[str]:
    """The answers whose names start so, sorted; empty where the folder is not present."""
    here = folder()
    found = sorted(here.glob("*.json")) if here else []
    return [path.stem for path in found if path.stem.startswith(starts)]


def answer(name: str) -> Any:
    """What stands under `result` of an answer; numbers as Decimal. Skips where it is missing."""
    here = folder()
    if here is None:
        pytest.skip("the answers of a real Vtiger are not present (XTIGER_SHARED)")
    text = (here / f"{name}.json").read_text(encoding="utf-8")
    found = simplejson.loads(text, use_decimal=True)
    return found.get("response", found).get("result")


def is_whole_invoice(name: str) -> bool:
    """Whether the answer is an invoice with its lines: an `update` is answered without them."""
    found = answer(name)
    return isinstance(found, dict) and "hdnGrandTotal" in found and bool(found.get("LineItems"))


@cache
def modules() -> tuple[Module, ...]:
    """The five modules as described."""
    return tuple(module_of(answer(name)) for name in DESCRIBES.values())


def module(role: str) -> Module:
    """The module of a role."""
    return next(one for one in modules() if one.role == role)


def record(role: str, name: str) -> Record:
    """An answer as a record."""
    return record_of(
        module(role),
        answer(name),
        taxes=answer("query_tax"),
        currencies=answer("query_currency"),
        prefixes={answer(name)["idPrefix"]: kind for kind, name in DESCRIBES.items()},
    )


def as_stored(described: Module) -> Module:
    """The module without what Vtiger's forms demand: its records break it, and are kept."""

    def free(field: Field) -> Field:
        choices = field.choices if field.type != "choice" else ()
        return replace(field, required=False, choices=choices)

    return replace(
        described,
        fields=tuple(free(field) for field in described.fields),
        lines=tuple(free(field) for field in described.lines),
    )


def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """One field as describe answers it."""
    told: dict[str, Any] = {"name": kind}
    told |= {key: more.pop(key) for key in ("refersTo", "picklistValues") if key in more}
    return {"name": name, "label": name, "mandatory": False, "editable": True, "type": told} | more


def described(name: str, *fields: dict[str, Any]) -> dict[str, Any]:
    """A describe result with these fields."""
    return {"name": name, "label": name, "fields": list(fields), "retrieveable": True}


class Filled:
    """A memory CRM being filled with Vtiger's records; remembers their new ids."""

    def __init__(self, host: MemoryHost) -> None:
        self.host = host
        #: Vtiger's id → the id here.
        self.ids: dict[str, str] = {}

    def put(self, found: Record) -> str:
        """Keep a record as it was answered, changed in place when it is known; answers its id."""
        described = next(m for m in modules() if m.name == found.ref.module)
        values = self._here(described.fields, found.values)
        lines = [self._here(described.lines, line) for line in found.lines]
        known = self.ids.get(found.ref.id)
        if known is None:
            known = self.ids[found.ref.id] = self.host.create(found.ref.module, values, lines)
            return known
        self.host.edit(found.ref.module, known, **values)
        self.host.edit_lines(found.ref.module, known, lines)
        return known

    def _here(self, fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
        """References as ids of this CRM; one to a record that was not answered is empty."""
        refs = {field.name for field in fields if field.type == "ref"}
        return {k: self.ids.get(str(v)) if k in refs else v for k, v in values.items()}
