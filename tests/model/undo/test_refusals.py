"""Why nothing is taken away, in whole sentences."""

from __future__ import annotations

from xtiger.model.undo.refusals import REFUSALS


def test_each_is_a_sentence_without_a_field() -> None:
    """A catalogue finds it as it stands."""
    assert [] == [one for one in REFUSALS if "{" in one or not one.endswith(".")]
