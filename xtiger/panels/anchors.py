"""The names of elements of a page that links lead to."""

from __future__ import annotations

from urllib.parse import quote


def conflict_anchor(module: str, crm_id: str) -> str:
    """The element of the page of conflicts that shows the conflict of a record."""
    return quote(f"{module}-{crm_id}", safe="")
