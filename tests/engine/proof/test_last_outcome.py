"""What the last sync said of a record that stands on one side only."""

from __future__ import annotations

import pytest

from xtiger.engine.proof.last_outcome import known_cause, last_outcome_cause
from xtiger.model.cause_codes import CauseCode
from xtiger.model.plans import Cause
from xtiger.model.privacy.marks import Marks, mark
from xtiger.model.runs import Outcome
from xtiger.model.verbs import ResultName


def _outcome(result: ResultName, code: CauseCode | None) -> Outcome:
    cause = Cause(code) if code is not None else None
    return Outcome("c1", "r1", "Products", "Item", "1", "x1", "Tea", result, cause=cause)


@pytest.mark.parametrize("result", ["held", "skipped", "excluded"])
def test_what_keeps_an_unlinked_record_back_explains_it(result: ResultName) -> None:
    """Xero would refuse it, or a rule says no: it is no difference."""
    outcome = _outcome(result, "code_missing")

    assert outcome.cause == last_outcome_cause(outcome, linked=False)


@pytest.mark.parametrize("result", ["created", "updated", "unchanged", "conflict", "failed"])
def test_what_was_done_or_failed_explains_nothing(result: ResultName) -> None:
    """The record should be on both sides then, and is not."""
    assert last_outcome_cause(_outcome(result, "code_missing"), linked=False) is None


@pytest.mark.parametrize("code", ["not_selected", "status_not_selected", "archived", "cancelled"])
def test_what_the_record_itself_says_is_not_taken_from_the_last_sync(code: CauseCode) -> None:
    """A box may have been ticked since: the proof reads it anew."""
    assert last_outcome_cause(_outcome("excluded", code), linked=False) is None


def test_a_linked_record_is_explained_by_a_loss_alone() -> None:
    """Any other reason does not say where its other side went."""
    lost = _outcome("held", "gone_in_xero")

    assert lost.cause == last_outcome_cause(lost, linked=True)
    assert last_outcome_cause(_outcome("held", "code_missing"), linked=True) is None


def test_nothing_is_explained_by_nothing() -> None:
    """No sync saw the record, or it had no reason."""
    assert [None, None] == [
        last_outcome_cause(None, linked=False),
        last_outcome_cause(_outcome("held", None), linked=False),
    ]


def test_a_mark_explains_more_than_the_last_sync() -> None:
    """An erased person stands with that cause on either side; without a mark all is as before."""
    marks = Marks(b"k", frozenset({mark(b"k", "record", "Person", "x1")}))
    outcome = _outcome("skipped", "gone_in_xero")

    for records in ([("Contacts", "7"), ("Person", "x1")], [("Person", "x1")]):
        found = known_cause(marks, records, outcome, linked=True)
        assert "erased" == (found and found.code)
    assert outcome.cause == known_cause(marks, [("Person", None)], outcome, linked=True)
