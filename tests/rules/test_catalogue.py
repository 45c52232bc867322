"""The catalogue and the code that uses it: every code is there, every sentence can be filled."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from tests.rules.causes import Place, places
from xtiger.model.cause_codes import CauseCode
from xtiger.model.plans import STANDING, Cause, Face
from xtiger.model.runs import Outcome
from xtiger.model.verbs import ResultName
from xtiger.rules.catalogue import CATALOGUE, ENTRIES, stands
from xtiger.rules.causes import OF_RECORD, names_in
from xtiger.rules.entries.entry import Entry

PLACES = tuple(places())
#: Codes that nothing gives yet, with what will: they are in the catalogue from the start, so
#: that documents, translations and screens know them.
LATER: dict[str, str] = {}


def told(entry: Entry) -> list[str]:
    """The cure on each face."""
    return [entry.cures.on(face) for face in get_args(Face)]


def names(entry: Entry) -> frozenset[str]:
    """What stands in braces in the sentence and the cures, beside what the record gives."""
    return names_in(entry) - OF_RECORD


def test_the_code_makes_causes() -> None:
    """The look at the code finds them, each with at least one code."""
    assert (True, []) == (len(PLACES) > 50, [p.where for p in PLACES if not p.codes])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.where)
class TestEachPlace:
    def test_its_codes_are_in_the_catalogue(self, place: Place) -> None:
        """Else a screen would have nothing to say."""
        assert set() == place.codes - set(CATALOGUE)

    def test_its_data_fills_the_sentences(self, place: Place) -> None:
        """Nobody reads a question mark in place of a name."""
        missing = {code: names(CATALOGUE[code]) - place.names for code in place.codes}

        assert {} == {code: left for code, left in missing.items() if left}

    def test_it_gives_no_data_that_nobody_reads(self, place: Place) -> None:
        """What no sentence names and no entry calls optional is a slip, or belongs elsewhere."""
        entries = [CATALOGUE[code] for code in place.codes] if place.exact else []
        read = {entry.code: names_in(entry) | entry.optional for entry in entries}

        assert {} == {
            code: place.names - known for code, known in read.items() if place.names - known
        }


def test_every_code_is_given_somewhere_or_waits_for_its_part() -> None:
    """Nothing in the catalogue is forgotten, and nothing waits that is there already."""
    given = {code for place in PLACES for code in place.codes}

    assert set(LATER) == set(CATALOGUE) - given


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code)
class TestEachEntry:
    def test_it_is_found_by_its_own_code(self, entry: Entry) -> None:
        """In small letters and underscores."""
        assert entry is CATALOGUE[entry.code] if re.fullmatch("[a-z_]+", entry.code) else None

    def test_it_results_in_what_does_not_go(self, entry: Entry) -> None:
        """Excluded, or standing until somebody does something."""
        assert entry.result in (STANDING | {"excluded", "unchanged"}) & set(get_args(ResultName))

    def test_it_says_what_happened_and_what_to_do(self, entry: Entry) -> None:
        """Whole sentences with a capital and an end; what is quoted or typed ends itself."""
        whole = re.compile(r"^[A-Z{].*(\.|\{(message|reason)\}|xtiger [^.]+)$")

        assert [] == [text for text in (entry.sentence, *told(entry)) if not whole.match(text)]


def test_the_type_of_codes_is_the_catalogue() -> None:
    """Else the type checker would refuse a code that is there, or take one that is not."""
    assert list(get_args(CauseCode)) == [entry.code for entry in ENTRIES]


def test_codes_are_unique() -> None:
    """The table would silently keep the last of two."""
    assert len(ENTRIES) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("result", "code", "waits"),
    [
        ("held", None, True),
        ("updated", None, False),
        ("updated", "both_changed", True),
        ("updated", "not_selected", False),
        ("unchanged", "both_changed", False),
    ],
)
def test_an_outcome_waits_by_its_result_or_by_a_cause_beside_it(
    result: ResultName, code: CauseCode | None, waits: bool
) -> None:
    """A record that was sent may still have a field that a person must decide."""
    cause = None if code is None else Cause(code)
    outcome = Outcome("c1", "r1", "Contacts", "Contact", "1", "x1", "Kea", result, cause=cause)

    assert waits == stands(outcome)


def test_a_code_of_another_release_waits_for_nobody() -> None:
    """An outcome of an older or newer release may have a code that this one does not know."""
    cause = Cause.of_store("of_another_release", {})
    outcome = Outcome("c1", "r1", "Contacts", "Contact", "1", "x1", "Kea", "updated", cause=cause)

    assert not stands(outcome)
