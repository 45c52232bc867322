"""What people chose in the panels of records."""

from __future__ import annotations

from xtiger.db.store import SqlStore


def test_panel_values_come_back_by_role(store: SqlStore) -> None:
    """The last value of each role, for this record only."""
    for role, value in (("allow", True), ("allow", False), ("status", "Sent"), ("type", None)):
        store.save_panel_value("t", "Invoices", "1", role, value)
    store.save_panel_value("t", "Invoices", "2", "allow", True)

    assert {"allow": False, "status": "Sent", "type": None} == store.panel_values(
        "t", "Invoices", "1"
    )
