"""The lines of an undo: as they stood before, the way each side takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xtiger.engine.apply.images import AMOUNTS
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.lines_to_xero import line_id
from xtiger.model.records import Record, XeroRecord
from xtiger.model.undo.images import Changes
from xtiger.model.values import Plain

#: Cells of a line of Xero that are sent again.
_CELLS = (
    "Description",
    "Quantity",
    "UnitAmount",
    "ItemCode",
    "AccountCode",
    "TaxType",
    "TaxAmount",
    "DiscountRate",
    "DiscountAmount",
)
_CHOSEN = ("TrackingCategoryID", "TrackingOptionID")


def sendable(back: Mapping[str, Plain], xero: XeroRecord | None) -> dict[str, Plain]:
    """What goes back in Xero as it is sent; lines by their ids where Xero still has them."""
    values = dict(back)
    if LINES in values:
        lines = (xero.raw.get("LineItems") or ()) if xero is not None else ()
        known = {line.get("LineItemID") for line in lines}
        values[LINES] = [_request_line(line, known) for line in (values[LINES] or {})[LINES]]
    return values


def _request_line(line: Mapping[str, Plain], known: set[Any]) -> dict[str, Plain]:
    found = {name: line[name] for name in _CELLS if line.get(name) not in (None, "")}
    if "DiscountRate" in found:
        found.pop("DiscountAmount", None)  # Xero makes it of the rate
    if line.get("LineItemID") in known:
        found["LineItemID"] = line["LineItemID"]
    chosen = [{name: one[name] for name in _CHOSEN} for one in line.get("Tracking") or ()]
    return found | ({"Tracking": chosen} if chosen else {})


def amounts(back: Mapping[str, Plain]) -> str:
    """How the lines that go back count their amounts."""
    lines = back.get(LINES) or {}
    return str(lines.get(AMOUNTS) or "Exclusive")


def writable(back: Mapping[str, Plain], record: Record | None, scope: Scope) -> dict[str, Plain]:
    """What goes back in the CRM as it is written; lines by their ids where it still has them."""
    values = dict(back)
    if LINES not in values or record is None:
        return values
    known = {str(line.get("id")) for line in record.lines}
    names = {one.name for one in scope.module.lines if one.writable} - {"id"}
    rows = []
    for place, line in enumerate((values[LINES] or {})[LINES]):
        row = {name: value for name, value in line.items() if name in names}
        if str(line.get("id")) in known:
            row["id"] = line_id(line, place, stable=scope.stable_lines)
        rows.append(row)
    values[LINES] = rows
    return values


def no_items(back: Changes | Mapping[str, Plain]) -> tuple[str, ...]:
    """Of lines that go back none is one of Xero's."""
    lines: Any = back.get(LINES) or {}
    return ("",) * len(lines.get(LINES, ()))
