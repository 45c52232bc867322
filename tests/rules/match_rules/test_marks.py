"""Marks of records: what each rule of matching compares, and what it never finds."""

from __future__ import annotations

import pytest

from xtiger.model.matching.match_rules import MatchRule, RuleName
from xtiger.rules.match_rules.marks import Known, block, marks_of, same_mark, wanted_marks

ACME = Known(
    "Café Acme Ltd",
    ("5A-1", "", "old-7"),
    ("Info@Acme.example", "x"),
    ("020 7946 0123", "12"),
    "GB 123 4567 89",
)


@pytest.mark.parametrize(
    ("rule", "marks"),
    [
        ("id", ("5a-1", "old-7")),
        ("email", ("info@acme.example",)),
        ("domain_name", ("acme.example cafe acme",)),
        ("phone", ("2079460123",)),
        ("tax_number", ("GB 123456789",)),
    ],
)
def test_each_rule_has_its_mark(rule: RuleName, marks: tuple[str, ...]) -> None:
    """Blank ones, and what is no address or number, are none."""
    assert {rule: marks} == marks_of(ACME, {rule})


def test_a_blank_record_has_no_marks() -> None:
    """So nothing is found by what both lack, and no firm by a free mail service."""
    every: set[RuleName] = {"id", "email", "domain_name", "phone", "tax_number"}

    assert {} == marks_of(Known(), every)
    assert {} == marks_of(Known(" ", emails=("a@acme.example",)), {"domain_name"})
    assert {} == marks_of(Known("Acme", emails=("a@gmail.com",)), {"domain_name"})
    assert {} == marks_of(ACME, ())


@pytest.mark.parametrize(
    ("rule", "one", "other", "same"),
    [
        ("phone", "442079460123", "2079460123", True),
        ("phone", "12079460123", "2179460123", False),
        ("tax_number", "GB 123456789", " 123456789", True),
        ("tax_number", "GB 123456789", "DE 123456789", False),
        ("email", "a@b.example", "a@b.example", True),
    ],
)
def test_a_country_may_be_left_out(rule: RuleName, one: str, other: str, *, same: bool) -> None:
    """Both stand in one block and are compared there."""
    assert block(rule, one) == block(rule, other)
    assert same is same_mark(rule, one, other)


def test_a_rule_that_links_by_likeness_asks_for_the_tax_number() -> None:
    """It speaks against; a rule that only proposes, a number and an id need it not."""
    usual = [MatchRule("number", links=True), MatchRule("name"), MatchRule("near_name")]

    assert frozenset() == wanted_marks(usual)
    assert {"email"} == wanted_marks([*usual, MatchRule("email")])
    assert {"id"} == wanted_marks([*usual, MatchRule("id", links=True, field="f")])
    assert {"tax_number"} == wanted_marks([MatchRule("name", links=True)])
    assert {"email", "tax_number"} == wanted_marks([MatchRule("email", links=True)])
