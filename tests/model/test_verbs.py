"""The words of verbs and results: what is done in every plan's words, and ends in one result."""

from __future__ import annotations

from typing import get_args

from xtiger.model.plans import REMOVALS, STANDING, VERBS
from xtiger.model.verbs import ResultName, Verb


def test_every_verb_counts_as_an_action() -> None:
    """A new verb cannot be left out of what a plan counts."""
    assert get_args(Verb) == VERBS
    assert set(get_args(Verb)) >= REMOVALS


def test_what_stands_is_a_result() -> None:
    """Results that wait for somebody are results, and some results wait for nobody."""
    assert set(get_args(ResultName)) > STANDING
