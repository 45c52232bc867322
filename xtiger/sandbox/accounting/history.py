"""History and notes of an object: read, and added to by PUT; nothing is ever edited."""

from __future__ import annotations

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import (
    Answer,
    enveloped,
    moment,
    not_implemented,
    validation,
)
from xtiger.sandbox.accounting.kinds import Asked, Context, Kind
from xtiger.sandbox.accounting.shapes import Shape, Text, parse
from xtiger.sandbox.accounting.writing import rows_of
from xtiger.sandbox.state import Raw

_SHAPE: Shape = {"Details": Text()}
_LONGEST = 2500


def answer(context: Context, kind: Kind, asked: Asked, raw: Raw) -> Answer:
    """Answer GET or PUT /X/{id}/History."""
    owner = str(raw[kind.id_field])
    kept: list[Raw] = (context.get("History", owner) or {"rows": []})["rows"]
    if asked.method == "GET":
        # Newest first, as Xero lists them.
        shown = [_shown(row) for row in reversed(kept)]
        return enveloped(context.new_id, context.now, {"HistoryRecords": shown})
    if asked.method != "PUT":
        raise not_implemented()
    sent = rows_of(asked.body, "HistoryRecords", "HistoryRecord")
    added, failed = [], []
    for element in sent:
        details = parse(element, _SHAPE, []).get("Details", "")
        error = _refusal(kind, details)
        if error:
            failed.append({"Details": details, "ValidationErrors": [{"Message": error}]})
        added.append({"Details": details, "DateUTC": context.stamp})
    if failed:
        return validation(failed)
    note(context, owner, *added)
    shown = [
        {name: value for name, value in _shown(row).items() if name not in ("Changes", "User")}
        for row in added
    ]
    return enveloped(context.new_id, context.now, {"HistoryRecords": shown})


def note(context: Context, owner: str, *added: Raw) -> None:
    """Add records to an object's history."""
    kept: list[Raw] = (context.get("History", owner) or {"rows": []})["rows"]
    context.put("History", owner, {"rows": [*kept, *added]})


def _refusal(kind: Kind, details: str) -> str:
    if kind.notes == "refused":
        return messages.HISTORY_ID
    if not details:
        return messages.OWN_HISTORY_DETAILS
    if len(details) > _LONGEST:
        return messages.OWN_TOO_LONG.format(field="Details", limit=_LONGEST)
    return ""


def _shown(row: Raw) -> Raw:
    stamp = row["DateUTC"]
    return {
        "Changes": row.get("Changes", "Note"),
        "DateUTCString": moment(stamp).strftime("%Y-%m-%dT%H:%M:%S"),
        "DateUTC": f"/Date({stamp}+0000)/",
        "User": "System Generated",
        "Details": row["Details"],
    }
