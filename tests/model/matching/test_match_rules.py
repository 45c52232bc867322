"""A rule of matching as data."""

from __future__ import annotations

from xtiger.model.matching.match_rules import MatchRule


def test_a_rule_proposes_unless_it_is_said() -> None:
    """No rule decides alone where nobody said so."""
    assert MatchRule("email", links=False, field="") == MatchRule("email")
