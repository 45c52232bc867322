"""Matching by rules: the order counts, and a likeness links only beyond doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from xtiger.model.matching.match_rules import MatchRule
from xtiger.rules.match_rules.deciding import Matching
from xtiger.rules.match_rules.marks import Known, marks_of, wanted_marks
from xtiger.rules.matching import Candidate, Match, MatchIndex

NUMBER, NAME, NEAR = MatchRule("number", links=True), MatchRule("name"), MatchRule("near_name")
EMAIL, PHONE = MatchRule("email"), MatchRule("phone")
EMAIL_LINKS, NAME_LINKS = MatchRule("email", links=True), MatchRule("name", links=True)
ID_LINKS = MatchRule("id", links=True, field="xero_id")
RULES = [ID_LINKS, NUMBER, EMAIL_LINKS, PHONE, NAME, NEAR]
MAIL = "a@acme.example"


def one(
    own_id: str, name: str = "", *, number: str = "", known: Known | None = None, **more: Any
) -> Candidate:
    """A record of either side with all marks that rules may ask for."""
    marks = marks_of(known or Known(), wanted_marks(RULES))
    return Candidate(own_id, name, number, marks=marks, **more)


def mailed(own_id: str, name: str = "", **more: Any) -> Candidate:
    """A record of the one address."""
    tax = str(more.pop("tax", ""))
    return one(own_id, name, known=Known(emails=(MAIL,), tax_number=tax), **more)


def match(
    own: Candidate,
    there: Sequence[Candidate],
    rules: Sequence[MatchRule],
    here: Sequence[Candidate] = (),
    strangers: Sequence[str] = (),
) -> Match:
    """What a record is among those there; `here` are the others of its own side."""
    side = MatchIndex.of([own, *here])
    return Matching(rules, MatchIndex.of(there), lambda: side).match(own, strangers)


def test_our_key_comes_before_every_rule() -> None:
    """So what was sent before a crash is found, whatever else looks like it."""
    own = replace(mailed("1"), key="XT-1")

    found = match(own, [one("a", key="XT-1"), mailed("b")], [EMAIL_LINKS])

    assert Match("key", ("a",)) == found


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([NUMBER, EMAIL_LINKS], Match("number", ("n",))),
        ([EMAIL, NUMBER], Match("proposed", ("e",), "email")),
        ([MatchRule("number"), EMAIL], Match("proposed", ("n",), "number")),
        ([PHONE, NAME], Match("same_name", ("s",))),
        ([NAME_LINKS], Match("same_name", ("s", "n"))),
        ([NEAR], Match("near_name", ("r", "s"))),
        ([PHONE], Match("none")),
    ],
)
def test_the_first_rule_that_finds_anything_counts(
    rules: Sequence[MatchRule], expected: Match
) -> None:
    """Each record is another candidate."""
    there = [one("n", number="A1"), mailed("e"), one("s", "Acme"), one("r", "Acme Ltd")]

    assert expected == match(replace(mailed("1", "ACME"), number="a1"), there, rules)


@pytest.mark.parametrize(
    ("there", "here", "expected"),
    [
        ([mailed("a")], [], Match("found", ("a",), "email")),
        ([mailed("a")], [one("2")], Match("found", ("a",), "email")),
        ([mailed("a"), mailed("b")], [], Match("proposed", ("a", "b"), "email")),
        ([mailed("a"), mailed("b", linked=True)], [], Match("proposed", ("a",), "email")),
        ([mailed("a"), mailed("b", archived=True)], [], Match("proposed", ("a",), "email")),
        ([mailed("a")], [mailed("2", linked=True)], Match("proposed", ("a",), "email")),
        ([mailed("a", number="A2")], [], Match("proposed", ("a",), "email")),
        ([mailed("a", tax="GB222222223")], [], Match("proposed", ("a",), "email")),
        ([mailed("a", tax="111111112")], [], Match("found", ("a",), "email")),
        ([mailed("a"), one("s", "Acme")], [], Match("proposed", ("a", "s"), "email")),
        ([mailed("a", linked=True)], [], Match("none")),
        ([mailed("a", archived=True)], [], Match("none")),
    ],
)
def test_a_likeness_links_only_beyond_doubt(
    there: Sequence[Candidate], here: Sequence[Candidate], expected: Match
) -> None:
    """One record of each side has it, and neither number, tax number nor name speaks against."""
    own = mailed("1", "Acme", number="A1", tax="GB111111112")

    assert expected == match(own, there, [EMAIL_LINKS, NAME], here)


def test_another_record_of_its_number_speaks_against() -> None:
    """The number finds one, the address another: the person is shown both."""
    there = [mailed("a"), one("n", number="A1")]
    own = mailed("1", number="A1")

    assert Match("proposed", ("a", "n"), "email") == match(own, there, [EMAIL_LINKS, NUMBER])
    linked = [mailed("a"), one("n", number="A1", linked=True)]
    assert Match("found", ("a",), "email") == match(own, linked, [EMAIL_LINKS, NUMBER])


def test_a_name_of_two_is_only_proposed() -> None:
    """Two records of its own side have it; taken it says so as ever."""
    own, twin = one("1", "Acme"), one("2", "acme")

    assert Match("same_name", ("a",)) == match(own, [one("a", "Acme")], [NAME_LINKS], [twin])
    assert Match("found", ("a",), "name") == match(own, [one("a", "Acme")], [NAME_LINKS])
    assert Match("none") == match(own, [one("a", "Bell")], [NAME_LINKS])
    assert Match("taken_name", ("a",)) == match(own, [one("a", "Acme", linked=True)], [NAME_LINKS])


def test_an_own_id_decides_alone_unless_two_have_it() -> None:
    """Neither another number nor another rule speaks against; a second record does."""
    known = Known(ids=("x-1",))
    own, there = one("1", number="A1", known=known), one("a", number="A2", known=known)

    assert Match("found", ("a",), "id") == match(own, [there, mailed("b")], RULES)
    twin = one("2", known=known)
    assert Match("proposed", ("a",), "id") == match(own, [there], RULES, [twin])


def test_strangers_are_passed_over() -> None:
    """The next rule is asked; what Xero takes only once is told by its own rule."""
    there = [mailed("a"), one("b", "Acme Ltd")]
    own = mailed("1", "Acme")

    assert Match("near_name", ("b",)) == match(own, there, [EMAIL, NEAR], strangers=["a"])
    matching = Matching([EMAIL, NEAR], MatchIndex.of(there), MatchIndex)
    assert Match("none") == matching.match(own, (), [NUMBER, NAME])


def test_two_lookups_read_each_side_once() -> None:
    """The tables of marks are made for the first record and used for all."""
    sides: list[int] = []
    here = MatchIndex.of([mailed("1"), mailed("2")])

    def side() -> MatchIndex:
        sides.append(1)
        return here

    matching = Matching([EMAIL_LINKS], MatchIndex.of([mailed("a")]), side)
    found = {matching.match(here.by_id[key]) for key in ("1", "2")}

    assert ({Match("proposed", ("a",), "email")}, 2) == (found, len(sides))
