"""One record as the mapping sees it, row by row, for people: what goes to Xero and what stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xtiger.mapping.convert import LINES

if TYPE_CHECKING:
    from xtiger.engine.plan.preview import Previewed
    from xtiger.model.plans import Cause
    from xtiger.model.values import Plain

#: Cells of a line in the order in which people read them.
LINE_COLUMNS: Final = (
    "ItemCode",
    "Description",
    "Quantity",
    "UnitAmount",
    "DiscountRate",
    "DiscountAmount",
    "AccountCode",
    "TaxType",
)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A field of the CRM and what becomes of its value."""

    crm: str
    value: str
    #: "" for what XTiger adds, such as the status, or for a value that stays.
    xero: str
    #: What Xero would get; "" for nothing.
    sent: str
    #: Why it cannot be sent.
    cause: Cause | None = None


def sample_rows(one: Previewed) -> list[SampleRow]:
    """The rows with a value on either side, what is in no row, then what is sent besides."""
    rows = [
        SampleRow(cell.crm, _text(cell.value), cell.xero, _text(cell.sent), cell.cause)
        for cell in one.cells
        if cell.value is not None or cell.sent is not None
    ]
    rows += [SampleRow(label, _text(value), "", "") for label, value in one.stays]
    known = {cell.path for cell in one.cells}
    added = {key: value for key, value in (one.item.to_xero or {}).items() if key not in known}
    return rows + [
        SampleRow("", "", key, _text(value))
        for key, value in added.items()
        if key != LINES and value is not None
    ]


def sample_lines(one: Previewed) -> list[tuple[str, ...]]:
    """The lines that would be sent, each with its cells in the order of LINE_COLUMNS."""
    lines = (one.item.to_xero or {}).get(LINES) or ()
    return [tuple(_text(line.get(name)) for name in LINE_COLUMNS) for line in lines]


def line_columns(one: Previewed) -> list[tuple[str, ...]]:
    """The heads of the cells that any line of it fills, then the lines with these cells alone."""
    lines = sample_lines(one)
    filled = [n for n in range(len(LINE_COLUMNS)) if any(line[n] for line in lines)]
    return [tuple(each[n] for n in filled) for each in (LINE_COLUMNS, *lines)] if lines else []


def _text(value: Plain) -> str:
    return "" if value is None else str(value)
