"""What a write into the CRM holds of lines: the host's own ids, and no stand-in."""

from __future__ import annotations

from xtiger.engine.apply.crm_creates import as_write
from xtiger.mapping.convert import LINES
from xtiger.model.line_ids import CHARGES, at_place, of_host


def test_lines_go_with_the_ids_that_the_host_gave_them() -> None:
    """Also those that look like a stand-in; a line without an id is a new one."""
    rows = [
        {"id": of_host("7"), "quantity": 1},
        {"id": of_host("#7"), "quantity": 2},
        {"id": at_place(2), "quantity": 3},
        {"id": CHARGES, "quantity": 4},
        {"quantity": 5},
    ]

    written = as_write({"subject": "A", LINES: rows})

    assert {"subject": "A"} == written.values
    assert [
        {"id": "7", "quantity": 1},
        {"id": "#7", "quantity": 2},
        {"quantity": 3},
        {"quantity": 4},
        {"quantity": 5},
    ] == written.lines


def test_a_write_without_lines_leaves_them() -> None:
    """None is not the same as an empty list."""
    assert (None, []) == (as_write({"subject": "A"}).lines, as_write({LINES: []}).lines)
