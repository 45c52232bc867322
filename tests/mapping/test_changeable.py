"""What Xero still lets change of an invoice, by its status."""

from __future__ import annotations

import pytest

from xtiger.mapping.changeable import STAGES, Stage, cell_may_change, head_may_change


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        ("Date", ["draft", "approved"]),
        ("CurrencyCode", ["draft"]),
        ("CurrencyRate", ["draft", "approved"]),
        ("Reference", ["draft", "approved", "paid"]),
        ("Status", ["draft", "approved"]),
    ],
)
def test_a_field_of_the_head_changes_until_its_stage(path: str, stages: list[Stage]) -> None:
    """Nothing of what is voided or deleted; with money on it only what no sum hangs on."""
    assert stages == [stage for stage in STAGES if head_may_change(path, stage)]


@pytest.mark.parametrize(
    ("cell", "stages"),
    [
        ("Quantity", ["draft", "approved"]),
        ("Description", ["draft", "approved", "paid"]),
        ("AccountCode", ["draft", "approved", "paid"]),
    ],
)
def test_a_cell_of_a_line_changes_until_its_stage(cell: str, stages: list[Stage]) -> None:
    """Text and account move no sum."""
    assert stages == [stage for stage in STAGES if cell_may_change(cell, stage)]
