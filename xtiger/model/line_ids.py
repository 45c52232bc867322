"""What tells the lines of one invoice apart: the CRM's own ids, and stand-ins where it has none.

Only this file knows how they are spelled; stores and intents keep them so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NewType

#: The id of one line, of either side: made by the functions below, or as it was kept.
LineId = NewType("LineId", str)

#: Lines that a CRM keeps in the head of an invoice.
CHARGES: Final = LineId("@charges")
ADJUSTMENT: Final = LineId("@adjustment")
#: Such a line → the part of the invoice's role that holds its amount.
OF_HEAD: Final[Mapping[LineId, str]] = {CHARGES: "charges", ADJUSTMENT: "adjustment"}

#: What stand-ins begin with; an id of a host that begins so is marked by the last of them.
_HEAD, _PLACE, _LOST, _OWN = "@", "#", "~", "="
_SIGNS = (_HEAD, _PLACE, _LOST, _OWN)


def of_host(own: str) -> LineId:
    """The line with this id of the host's."""
    return LineId(f"{_OWN}{own}" if own.startswith(_SIGNS) else own)


def at_place(place: int) -> LineId:
    """The stand-in for a line that has no id which lasts, by its place from 0."""
    return LineId(f"{_PLACE}{place}")


def lost(place: int) -> LineId:
    """The stand-in for a line that was there and is not found any more, by its place."""
    return LineId(f"{_LOST}{place}")


def host_id(line: LineId) -> str | None:
    """The host's own id of the line; None where a stand-in takes its place."""
    if line.startswith(_OWN):
        return line.removeprefix(_OWN)
    return None if line.startswith(_SIGNS) else line


def kept_at(line: Mapping[str, Any], place: int) -> LineId:
    """The id that a kept line of the CRM has; lines of older stores have none."""
    return LineId(str(line["id"])) if line.get("id") else at_place(place)


def xero_line_at(line: Mapping[str, Any], place: int) -> LineId:
    """The LineItemID of a line of Xero; one that is on its way has none yet."""
    return LineId(str(line["LineItemID"])) if line.get("LineItemID") else at_place(place)
