"""What a person entered into a panel: only what it offers is taken, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xtiger.errors import NeedsPerson
from xtiger.hookspecs import PanelRow
from xtiger.panels.panel import Panel

#: How a ticked box may be written.
_TICKED = ("1", "true", "yes", "on")


def checked_values(panel: Panel, values: Mapping[str, Any]) -> dict[str, str | bool]:
    """Role → value as it is to be saved.

    Raises NeedsPerson with one sentence for each role that this panel does not edit and each
    value that it does not offer.
    """
    rows = {row.edits: row for row in panel.rows if row.edits is not None}
    problems = [
        _problem(role, value, rows)
        for role, value in values.items()
        if role not in rows or not _fits(rows[role], value)
    ]
    if problems:
        raise NeedsPerson("\n".join([*problems, "Nothing was changed."]))
    return {role: _as_kept(rows[role], value) for role, value in values.items()}


def _fits(row: PanelRow, value: Any) -> bool:
    return row.widget != "choice" or str(value) in {one for one, _label in row.choices}


def _as_kept(row: PanelRow, value: Any) -> str | bool:
    if row.widget == "checkbox":
        return value if isinstance(value, bool) else str(value).lower() in _TICKED
    return str(value)


def _problem(role: str, value: Any, rows: Mapping[str, PanelRow]) -> str:
    row = rows.get(role)
    if row is None:
        known = ", ".join(f"{one.label} ({name})" for name, one in rows.items())
        return f"{role} is no field of this panel. It has: {known}."
    offered = ", ".join(
        label if label == one else f"{label} ({one or 'empty'})" for one, label in row.choices
    )
    return f"{row.label}: {str(value)!r} cannot be chosen. Choose one of: {offered}."
