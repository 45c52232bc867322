"""Which of four words people read for what became of a record."""

from __future__ import annotations

from typing import get_args

import pytest

from xtiger.model.agreement import Agreement
from xtiger.model.cause_codes import CauseCode
from xtiger.model.verbs import ResultName
from xtiger.rules.four_words import word_of


@pytest.mark.parametrize(
    ("result", "code", "word"),
    [
        ("created", None, "in_step"),
        ("unchanged", None, "in_step"),
        ("removed", None, "in_step"),
        ("held", "due_date_missing", "needs_you"),
        ("held", None, "needs_you"),
        ("failed", "xero_refused", "needs_you"),
        ("conflict", "both_changed", "needs_you"),
        ("held", "after_first_ten", "waiting"),
        ("held", "stopped_before", "waiting"),
        ("held", "waits_for_parent", "waiting"),
        ("held", "parent_left_out", "needs_you"),
        ("skipped", "gone_in_xero", "needs_you"),
        ("skipped", "group_discount", "left_out"),
        ("excluded", "before_start", "left_out"),
        ("updated", "read_only", "left_out"),
        ("linked", "update_off", "left_out"),
    ],
)
def test_each_outcome_has_its_word(
    result: ResultName, code: CauseCode | None, word: Agreement
) -> None:
    """A person mends what is held, in conflict or failed, but for what passes without anybody."""
    assert word == word_of(result, code)


def test_every_result_has_a_word() -> None:
    """No result is forgotten."""
    found = {name: word_of(name) for name in get_args(ResultName)}

    assert set(get_args(Agreement)) - {"waiting"} == set(found.values())
