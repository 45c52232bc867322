"""What Xero stored of a write against what was sent: texts that it changed on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xtiger.fields import LINES, BoundRow
from xtiger.plans import Cause, Difference, Item
from xtiger.records import XeroRecord
from xtiger.values import Plain


def stored_otherwise(
    item: Item, sent: Mapping[str, Plain], before: XeroRecord | None, after: XeroRecord,
    rows: Sequence[BoundRow],
) -> list[Difference]:  # fmt: skip
    """The texts that Xero has otherwise than sent, and other than before the write.

    What Xero made of the same text the last time is known: nobody is asked twice, and nothing is
    sent over and over. Spaces do not count.
    """
    found = []
    for row in rows:
        path = row.xero.path
        mine, there = sent.get(path), after.values.get(path)
        known = before is not None and before.values.get(path) == there
        if _is_other(mine, there) and not known:
            crm = item.crm_values.get(row.key)
            found.append(Difference(row.key, row.label, None, crm, there, "conflict"))
    return found + _lines(sent.get(LINES), before, after)


def _lines(sent: Plain, before: XeroRecord | None, after: XeroRecord) -> list[Difference]:
    if not isinstance(sent, list) or len(sent) != len(after.lines):
        return []
    old = {str(line.get("Description")) for line in before.lines} if before else set()
    for number, (mine, there) in enumerate(zip(sent, after.lines, strict=True), start=1):
        text = mine.get("Description") if isinstance(mine, Mapping) else None
        stored: Any = there.get("Description")
        if _is_other(text, stored) and str(stored) not in old:
            return [
                Difference(LINES, f"Line {number}: Description", None, text, stored, "conflict")
            ]
    return []


def _is_other(mine: Plain, there: Plain) -> bool:
    if not isinstance(mine, str):
        return False
    return " ".join(mine.split()) != " ".join(str(there or "").split())


def told(differences: Sequence[Difference]) -> Cause:
    """The cause that names what is stored otherwise."""
    fields = ", ".join(one.label for one in differences)
    values = ", ".join(str(one.xero or "") for one in differences)
    return Cause("stored_otherwise", {"fields": fields, "value": values})
