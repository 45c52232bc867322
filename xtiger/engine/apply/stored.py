"""What Xero stored of a write against what was sent: what it changed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xtiger.engine.plan.invoice.lines import WORDS, shown
from xtiger.mapping.convert import LINES, BoundRow
from xtiger.mapping.line_halves import xero_cells
from xtiger.mapping.lines_to_xero import line_keys
from xtiger.model.plans import Cause, Difference, Item
from xtiger.model.records import XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of

#: Cells of a line that Xero is to keep as they are sent.
_KEPT = ("Description", "Quantity", "UnitAmount", "Discount")
#: A line of Xero's list: its LineItemID, and its cells.
_Line = tuple[str, Mapping[str, Plain]]


def stored_otherwise(
    item: Item,
    sent: Mapping[str, Plain],
    before: XeroRecord | None,
    after: XeroRecord,
    rows: Sequence[BoundRow],
) -> list[Difference]:
    """What Xero has otherwise than sent.

    What it makes of a value that nobody changed since it was asked about is known: it is not sent
    over and over. Spaces do not count. Lines that were not sent should be as they were.
    """
    found = []
    again = {d.field for d in item.differences if d.decision == "to_xero" and d.base is None}
    for row in rows:
        path = row.xero.path
        mine, there = sent.get(path), after.values.get(path)
        same = before is not None and before.values.get(path) == there
        known = same and row.key in again
        if _is_other(mine, there) and not known:
            crm = item.crm_values.get(row.key)
            found.append(Difference(row.key, row.label, None, crm, there, "conflict"))
    lines = sent.get(LINES)
    if isinstance(lines, list):
        return found + list(_sent_lines(item, lines, after))
    return found + list(_other_lines(item, before, after))


def _sent_lines(item: Item, sent: Sequence[Any], after: XeroRecord) -> Iterator[Difference]:
    """Cells of the lines sent that Xero has otherwise."""
    there = _lines(after)
    if len(sent) != len(there) or len(item.line_ids) != len(sent):
        return
    for own, mine, (_, theirs) in zip(item.line_ids, sent, there, strict=True):
        ours = xero_cells(line_keys([mine])[0], lambda _: None)
        for cell in _KEPT:
            if _cell_is_other(ours.get(cell), theirs.get(cell)):
                yield _difference(item, own, cell, ours, theirs)


def _other_lines(item: Item, before: XeroRecord | None, after: XeroRecord) -> Iterator[Difference]:
    """Discounts that Xero states anew though no line was sent: it keeps an amount as a rate."""
    old = dict(_lines(before)) if before is not None else {}
    names = {line_id: own for own, line_id in item.line_links.items()}
    for line_id, theirs in _lines(after):
        ours = old.get(line_id, {})
        if line_id in names and _cell_is_other(ours.get("Discount"), theirs.get("Discount")):
            yield _difference(item, names[line_id], "Discount", ours, theirs)


def bare_lines(
    sent: Mapping[str, Plain], before: XeroRecord | None, after: XeroRecord
) -> Cause | None:
    """Lines of 0.00 of which Xero keeps neither account nor tax, unless it had them so before."""
    lines = sent.get(LINES)
    if not isinstance(lines, list) or len(lines) != len(after.lines):
        return None
    old = {str(one.get("LineItemID")): one for one in before.lines} if before is not None else {}
    found = [
        str(number)
        for number, (mine, there) in enumerate(zip(lines, after.lines, strict=True), start=1)
        if mine.get("AccountCode")
        and not there.get("AccountCode")
        and old.get(str(there.get("LineItemID")), mine).get("AccountCode")
    ]
    return cause_of("line_stored_bare", line=", ".join(found)) if found else None


def _lines(record: XeroRecord) -> list[_Line]:
    if record.values.get("LineAmountTypes") == "Inclusive":
        return []  # sent without tax, stored with it: what differs shows at reading
    keys = line_keys(record.lines)
    return [
        (str(line.get("LineItemID")), xero_cells(cells, lambda _: None))
        for line, cells in zip(record.lines, keys, strict=True)
    ]


def _difference(
    item: Item, own: str, cell: str, ours: Mapping[str, Plain], theirs: Mapping[str, Plain]
) -> Difference:
    half: Any = item.crm_values.get(LINES) or {}
    ids = [str(line.get("id")) for line in half.get("lines") or ()]
    name = f"Line {ids.index(own) + 1}" if own in ids else own.removeprefix("@").capitalize()
    stored = shown(theirs, cell)
    return Difference(
        f"{LINES}.{own}.{cell}",
        f"{name} {WORDS[cell]}",
        stored,
        shown(ours, cell),
        stored,
        "conflict",
    )


def _cell_is_other(mine: Plain, there: Plain) -> bool:
    if isinstance(mine, list):
        return bool(mine != there)
    return _is_other(mine, there) or (isinstance(mine, Decimal) and bool(mine != there))


def _is_other(mine: Plain, there: Plain) -> bool:
    if not isinstance(mine, str):
        return False
    return " ".join(mine.split()) != " ".join(str(there or "").split())
