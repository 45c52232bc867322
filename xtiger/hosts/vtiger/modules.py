"""Vtiger's modules as the library sees them: what the webservice's `describe` answers as data.

Pure shapes, no network. Source: describe of a stock Vtiger 8.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from typing import Any

from xtiger.errors import BrokenHost
from xtiger.hosts.vtiger.names import (
    CHARGE_TAX,
    COMPUTED,
    INVOICE_TYPES,
    LINE_FIELDS,
    MAX_LENGTHS,
    MODULES,
    NUMBERED,
    OWN_FIELDS,
    PANEL_LABELS,
    ROLES,
    TYPES,
)
from xtiger.hosts.vtiger.records import record_of
from xtiger.model.records import Ability, Choice, Field, FieldType, Module

__all__ = ["module_of", "record_of"]

_ABILITIES: Mapping[str, Ability] = {
    "retrieveable": "read",
    "createable": "create",
    "updateable": "update",
    "deleteable": "delete",
}


def module_of(describe: Mapping[str, Any]) -> Module:
    """The module that a `describe` result describes, under the library's name for it.

    Left out: the owner and other fields that the CRM keeps for itself, files, and the numbered
    taxes, currencies and charges; these come back as `sales_tax` of an item, `charges_tax` and
    `deducted_tax` of an invoice and `taxes` of its lines. References to modules that the library
    does not know are read-only text. Raises BrokenHost when it is no describe result.
    """
    name, listed = describe.get("name"), describe.get("fields")
    if not isinstance(name, str) or not isinstance(listed, list):
        raise BrokenHost("Vtiger", "describe", "the answer has no name or no list of fields")
    ours, role = MODULES.get(name, (name, None))
    charges = {found["charge"] for raw in listed if (found := CHARGE_TAX.match(str(raw["name"])))}
    fields = [
        field
        for raw in listed
        if str(raw["name"]) not in charges and (field := _field(name, raw)) is not None
    ]
    return Module(
        name=ours,
        role=role,
        label=str(describe.get("label") or ours),
        fields=(*fields, *_made_fields(role)),
        lines=_line_fields() if role == "invoice" else (),
        parents=("account_id",) if role == "contact" else (),
        can=frozenset(can for key, can in _ABILITIES.items() if describe.get(key)) | {"feed"},
    )


def _field(module: str, raw: Mapping[str, Any]) -> Field | None:
    """One field; None for what is no value of the record itself."""
    name = str(raw["name"])
    described: Mapping[str, Any] = raw.get("type") or {}
    kind = TYPES.get(str(described.get("name")))
    own = name in OWN_FIELDS or CHARGE_TAX.match(name) or NUMBERED.match(name)
    if kind is None or own or (module == "Invoice" and name in LINE_FIELDS):
        return None
    label = unescape(str(raw.get("label") or name))
    role = ROLES.get(module, {}).get(name)
    panel = None if role or module not in MODULES else PANEL_LABELS.get(label.strip().lower())
    targets, choices = _targets(described), _choices(described, panel)
    writable = raw.get("editable") is not False and name not in COMPUTED
    if role == "invoice.currency":
        kind, targets = "text", ()
    elif kind == "ref" and not targets:
        kind, writable = "text", False
    elif kind in ("choice", "multi_choice") and not choices:
        kind = "text"
    return Field(
        name=name,
        type=kind,
        label=label,
        role=role or panel,
        required=bool(raw.get("mandatory")) and writable,
        writable=writable,
        unique=bool(raw.get("isunique")),
        choices=choices if kind != "text" else (),
        targets=targets,
        max_length=MAX_LENGTHS.get((module, name)),
        custom=role is None,
    )


def _targets(described: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(MODULES[name][0] for name in described.get("refersTo") or () if name in MODULES)


def _choices(described: Mapping[str, Any], panel: str | None) -> tuple[Choice, ...]:
    listed = [
        (str(one["value"]), unescape(str(one.get("label") or one["value"])))
        for one in described.get("picklistValues") or ()
    ]
    if panel == "xtiger.invoice_type":
        listed = [(INVOICE_TYPES.get(value, value), label) for value, label in listed]
    # One pick list on several modules is answered with its values repeated.
    return tuple(Choice(value, label) for value, label in dict(listed).items())


def _made(name: str, type: FieldType, role: str, label: str) -> Field:
    return Field(name, type, label, role, writable=False)


def _made_fields(role: str | None) -> tuple[Field, ...]:
    """Fields that `record_of` makes of several of Vtiger's."""
    if role in ("product", "service"):
        return (_made("sales_tax", "decimal", f"{role}.sales_tax", "Tax %"),)
    if role == "invoice":
        return (
            _made("charges_tax", "decimal", "invoice.charges_tax", "Tax on charges %"),
            _made("deducted_tax", "money", "invoice.deducted_tax", "Deducted tax"),
        )
    return ()


def _line_fields() -> tuple[Field, ...]:
    """The fields of a line; Vtiger's one `productid` is two fields here, by what it points to."""
    return (
        Field("product_id", "ref", "Product", "line.product", targets=("Products",)),
        Field("service_id", "ref", "Service", "line.service", targets=("Services",)),
        _made("product_name", "text", "line.name", "Item Name"),
        Field("comment", "long_text", "Item Comment", "line.description"),
        Field("quantity", "decimal", "Quantity", "line.quantity", required=True),
        Field("listprice", "money", "Selling Price", "line.unit_price"),
        Field("discount_percent", "decimal", "Item Discount Percent", "line.discount_percent"),
        Field("discount_amount", "money", "Item Discount Amount", "line.discount_amount"),
        Field("taxes", "json", "Taxes", "line.taxes"),
    )
