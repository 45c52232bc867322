"""The four words: each once, in the order in which they are shown."""

from __future__ import annotations

from xtiger.model.agreement import AGREEMENTS, RecordAgreement


def test_the_words_stand_in_their_order() -> None:
    """As on the overview."""
    assert ("in_step", "waiting", "needs_you", "left_out") == tuple(AGREEMENTS)


def test_a_record_may_have_no_outcome_yet() -> None:
    """One of Xero that nobody judged has neither module nor outcome."""
    one = RecordAgreement("c1", "", "Contact", None, "x1", "waiting")

    assert one.outcome is None
