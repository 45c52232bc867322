"""Tests of outcomes as rows of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.xtiger_queue.context import START, outcome
from xtiger.model.plans import Difference
from xtiger.model.runs import Flow
from xtiger_log.export import as_csv
from xtiger_log.rows import CHANGE_COLUMNS, COLUMNS, cells, change_cells, changes, fields, log_row
from xtiger_log.rows import value_text as text

SKIPPED = outcome(
    "Invoices", "17", "skipped", code="tax_missing", verb="create", flow="to_xero", id=5
)


@pytest.mark.feature("F088")
def test_a_row_holds_what_the_log_promises() -> None:
    """App, record, module, result, action, flow, both ids, error with fix, when, by whom, call."""
    called = replace(SKIPPED, correlation_id="3f1c", trigger="person", started_by="Ann")
    row = log_row(called, "The tax is missing.", "Add it in Xero.", "Demo Company")

    assert fields(row) == {
        "id": 5,
        "at": START.isoformat(),
        "app": "Xero",
        "organisation": "Demo Company",
        "record": "Name 17",
        "module": "Invoices",
        "result": "skipped",
        "action": "create",
        "flow": "CRM → Xero",
        "crm_id": "17",
        "xero_id": "x-17",
        "sentence": "The tax is missing.",
        "fix": "Add it in Xero.",
        "code": "tax_missing",
        "run_id": "r1",
        "correlation_id": "3f1c",
        "trigger": "person",
        "started_by": "Ann",
        "created_at": START.isoformat(),
        "changed_at": START.isoformat(),
        "mails": [],
    }


def test_every_column_has_a_cell() -> None:
    """The head of the table and its rows are equally long."""
    assert len(cells(log_row(SKIPPED, "", ""))) == len(COLUMNS)


def test_the_sentence_comes_before_the_code() -> None:
    """People read what happened first; the code is for search engines."""
    assert COLUMNS.index("What happened") < COLUMNS.index("Code")


def test_a_result_without_a_cause_has_a_plain_sentence() -> None:
    """No row is left without words."""
    assert log_row(outcome("Invoices", "17", "unchanged"), "", "").sentence == "Both sides agree."


@pytest.mark.parametrize("name", ["", "17"])
def test_a_record_without_a_name_is_called_by_its_module_and_id(name: str) -> None:
    """No row is left without something to call the record by, those of before neither."""
    assert log_row(replace(SKIPPED, name=name), "", "").record == "Invoices 17"


def test_an_unknown_connection_is_called_by_its_id() -> None:
    """The log outlives its connections."""
    assert log_row(SKIPPED, "", "").organisation == "c1"


@pytest.mark.parametrize(
    ("flow", "expected"),
    [("to_xero", "CRM → Xero"), ("to_crm", "Xero → CRM"), ("both", "CRM ↔ Xero"), ("", "")],
)
def test_the_flow_is_shown_as_an_arrow(flow: Flow, expected: str) -> None:
    """Which way it went is seen at a glance."""
    assert expected == log_row(replace(SKIPPED, flow=flow), "", "").flow


@pytest.mark.parametrize(
    ("result", "decision", "expected"),
    [
        ("updated", "to_xero", ("Phone", "3", "2", "1", "2", "3", "CRM → Xero")),
        ("updated", "to_crm", ("Phone", "2", "3", "1", "2", "3", "Xero → CRM")),
        ("conflict", "conflict", ("Phone", "", "", "1", "2", "3", "both changed")),
        ("held", "held", ("Phone", "", "", "1", "2", "3", "held")),
        ("failed", "to_xero", ("Phone", "", "", "1", "2", "3", "CRM → Xero")),
    ],
)
def test_a_change_shows_old_and_new_only_when_written(
    result: Any, decision: Any, expected: tuple[str, ...]
) -> None:
    """The overwritten value is old, the written one new; what was not written has neither."""
    difference = Difference("phone", "Phone", "1", "2", "3", decision)
    (change,) = changes(replace(SKIPPED, result=result, differences=(difference,)))

    assert expected == change_cells(change)


def test_every_change_column_has_a_cell() -> None:
    """The head of the table and its rows are equally long."""
    difference = Difference("phone", "", "1", "2", "3", "held")
    (change,) = changes(replace(SKIPPED, differences=(difference,)))

    assert len(change_cells(change)) == len(CHANGE_COLUMNS)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (Decimal("1E+2"), "100"),
        (Decimal("19.50"), "19.50"),
        (date(2026, 2, 1), "2026-02-01"),
        (datetime(2026, 2, 1, 3, 4, 5, tzinfo=UTC), "2026-02-01 03:04:05"),
        ([{"name": "Pen", "quantity": Decimal(2)}, "x"], "name Pen, quantity 2; x"),
        (7, "7"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, expected: str) -> None:
    """No exponent, no Python words, no braces."""
    assert expected == text(value)


def test_csv_has_a_head_and_one_line_per_row() -> None:
    """A spreadsheet finds the columns by name."""
    lines = as_csv([log_row(SKIPPED, "Why, so", "")]).splitlines()

    assert [lines[0], len(lines)] == [",".join(COLUMNS), 2]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_csv_runs_no_formula(name: str) -> None:
    """A record named like a formula stays text in a spreadsheet."""
    assert f"'{name}" in as_csv([log_row(replace(SKIPPED, name=name), "", "")])
