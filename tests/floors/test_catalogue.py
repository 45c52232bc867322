"""The catalogue and the code that uses it: every code is there, every sentence can be filled."""

from __future__ import annotations

import re
from string import Formatter
from typing import get_args

import pytest

from tests.floors.causes import Place, places
from xtiger.catalogue import CATALOGUE, Entry
from xtiger.plans import STANDING, ResultName

PLACES = tuple(places())
BUTTONS = {"open", "link", "create", "map", "settings", "retry", "solve", ""}
#: Codes that nothing gives yet, with what will: they are in the catalogue from the start, so
#: that documents, translations and screens know them.
LATER = {
    "stock_short": "tracked items",
    "base_currency_differs": "is told when connecting, before any record is looked at",
    "reconnect_needed": "is told for the whole run, before any record is looked at",
}


def names(entry: Entry) -> set[str]:
    """What stands in braces in the sentence and the fix."""
    return {
        name for text in (entry.sentence, entry.fix) for _, name, _, _ in Formatter().parse(text)
        if name is not None
    }  # fmt: skip


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
        """Two whole sentences with a capital and an end; one that is quoted ends itself."""
        whole = re.compile(r"^[A-Z{].*(\.|\{(message|reason)\})$")

        assert (True, True) == (bool(whole.match(entry.sentence)), bool(whole.match(entry.fix)))

    def test_it_offers_a_known_button(self, entry: Entry) -> None:
        """Screens know what to do with it."""
        assert entry.button in BUTTONS


def test_codes_are_unique() -> None:
    """The table would silently keep the last of two."""
    from xtiger.catalogue import _entries

    assert len(_entries()) == len(CATALOGUE)
