"""What became of a write whose answer was lost: it arrived, did not, or somebody else was there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from xtiger.errors import UnreadableAnswer
from xtiger.mapping.convert import LINES
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.links import Shadow
from xtiger.model.records import XeroRecord
from xtiger.model.values import Plain, canon, same

#: arrived: Xero has what was sent · waiting: it has what it had before · edited: neither.
Arrival = Literal["arrived", "waiting", "edited"]


def update_arrival(
    sent: Mapping[str, Plain],
    before: Shadow | None,
    now: Shadow,
    reader: ElementReader,
) -> Arrival:
    """What the copies before the write and after the look-up say of an update.

    Only one that is surely not there may be sent again: Xero has no conditional writes, and a
    repeat would overwrite what somebody edited in between.
    """
    if before is not None and before.gone == now.gone and same(before.payload, now.payload):
        return "waiting"
    return "arrived" if as_sent(sent, now.payload, reader) else "edited"


def as_sent(sent: Mapping[str, Plain], raw: Mapping[str, Any], reader: ElementReader) -> bool:
    """Whether an element of Xero has every value that was sent, by path, lines included."""
    try:
        there = reader.load(raw)
    except UnreadableAnswer:
        return False
    heads = all(
        there.values.get(path) == canon(value) for path, value in sent.items() if path != LINES
    )
    return heads and (LINES not in sent or _lines_as_sent(sent[LINES], there))


def _lines_as_sent(sent: Plain, there: XeroRecord) -> bool:
    mine = canon(sent)
    assert isinstance(mine, list)  # lines are one, as documents are put together
    if len(mine) != len(there.lines):
        return False
    return all(
        canon(line.get(name)) == value
        for one, line in zip(mine, there.lines, strict=True)
        for name, value in one.items()
        if name != "Tracking"  # answered with names besides
    )
