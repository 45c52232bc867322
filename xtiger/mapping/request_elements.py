"""Flat Xero values as request elements: the nesting, lists and empty values that Xero wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xtiger.model.records import XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.kinds import nature

_ADDRESS_PARTS = ("City", "Region", "PostalCode", "Country", "AttentionTo")
_ADDRESS_LINES = 4
#: Characters that one line of a street may have.
MAX_STREET_LINE = 500


def encode(value: Plain) -> Any:
    """One value as JSON: days as text, emptiness as "" (Xero ignores null)."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else value


def street_lines(street: Plain) -> list[str]:
    """A street as the one to four lines that Xero has for it; further lines join the last one."""
    lines = [line.strip() for line in str(street or "").split("\n") if line.strip()]
    if len(lines) > _ADDRESS_LINES:
        lines = [*lines[: _ADDRESS_LINES - 1], ", ".join(lines[_ADDRESS_LINES - 1 :])]
    return lines


def _street(street: Plain) -> dict[str, str]:
    """AddressLine1-4, empty ones too: what is left out would stay as it was."""
    lines = street_lines(street) + [""] * _ADDRESS_LINES
    return {f"AddressLine{n}": lines[n - 1] for n in range(1, _ADDRESS_LINES + 1)}


def _addresses(values: Mapping[str, Plain], before: XeroRecord | None) -> list[dict[str, Any]]:
    changed = {path.split(".")[1] for path in values}
    known = before.values if before else {}
    result = []
    for kind in sorted(changed):
        prefix = f"Addresses.{kind}."
        whole = {
            part: values.get(prefix + part, known.get(prefix + part))
            for part in ("Street", *_ADDRESS_PARTS)
        }
        result.append(
            {
                "AddressType": kind,
                **_street(whole["Street"]),
                **{part: encode(whole[part]) for part in _ADDRESS_PARTS},
            }
        )
    return result + _untouched(before, "Addresses", "AddressType", changed)


def _phones(values: Mapping[str, Plain], before: XeroRecord | None) -> list[dict[str, Any]]:
    changed = {path.split(".")[1] for path in values}
    result: list[dict[str, Any]] = [
        {
            "PhoneType": kind,
            "PhoneNumber": encode(values[f"Phones.{kind}"]),
            "PhoneAreaCode": "",
            "PhoneCountryCode": "",
        }
        for kind in sorted(changed)
    ]
    return result + _untouched(before, "Phones", "PhoneType", changed)


def _untouched(
    before: XeroRecord | None, name: str, type_name: str, changed: set[str]
) -> list[dict[str, Any]]:
    """The list's other entries as Xero has them: a list sent is a list replaced."""
    entries: Sequence[Mapping[str, Any]] = (before.raw.get(name) or ()) if before else ()
    return [
        {key: value for key, value in entry.items() if value is not None}
        for entry in entries
        if entry.get(type_name) not in changed
    ]


def element(
    values: Mapping[str, Plain], *, before: XeroRecord | None = None, creating: bool = False
) -> dict[str, Any]:
    """A request element from flat values; a create leaves empty values out.

    A cleared price is sent as 0: Xero keeps a price once set. `before` is the element as Xero
    has it: lists sent are made whole from it, and an item keeps its code.
    """
    given = {k: v for k, v in values.items() if v is not None} if creating else dict(values)
    result: dict[str, Any] = {}
    lists: dict[str, dict[str, Plain]] = {"Addresses": {}, "Phones": {}}
    for path, value in given.items():
        head, _, rest = path.partition(".")
        if head in lists:
            lists[head][path] = value
        elif rest:
            empty = Decimal(0) if rest == "UnitPrice" else ""
            result.setdefault(head, {})[rest] = empty if value is None else encode(value)
        else:
            result[path] = encode(value)
    if lists["Addresses"]:
        result["Addresses"] = _addresses(lists["Addresses"], before)
    if lists["Phones"]:
        result["Phones"] = _phones(lists["Phones"], before)
    for name in nature(before.kind).always if before else ():
        head, _, rest = name.partition(".")
        if before and head not in result:
            value = encode(before.values.get(name))
            result[head] = {rest: value} if rest else value
    return result
