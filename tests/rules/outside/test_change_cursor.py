"""A cursor says of which connection and kinds it is, and refuses to be another."""

from __future__ import annotations

import pytest

from xtiger.errors import ChangesCursorInvalid
from xtiger.model.outside.xero_changes import ChangePlace
from xtiger.rules.outside.change_cursor import CHANGE_KINDS, cursor_of, known_kinds, place_of


@pytest.mark.parametrize(
    "place", [ChangePlace("c1"), ChangePlace("a.b", 7, ("Contact", "Item")), ChangePlace("c", 9)]
)
def test_a_cursor_is_read_as_it_was_written(place: ChangePlace) -> None:
    """Whatever stands in the id of the connection."""
    assert place == place_of(cursor_of(place))


@pytest.mark.parametrize("text", ["", "x", "2.1..c1", "1.-1..c1", "1.²..c1", "1.1..", "1.1.Car.c"])
def test_another_text_is_no_cursor(text: str) -> None:
    """Nobody gets changes from a place that is a guess."""
    with pytest.raises(ChangesCursorInvalid, match=r"\.$"):
        place_of(text)


def test_kinds_are_those_of_the_cursor() -> None:
    """Named again they are the same, in any order and spelling; others would miss some."""
    place = ChangePlace("c1", 3, ("Contact", "Item"))

    assert place == place_of(cursor_of(place), ["item", "CONTACT"])
    with pytest.raises(ChangesCursorInvalid, match=r"of the kinds Contact, Item. Use the same"):
        place_of(cursor_of(place), ["Item"])
    with pytest.raises(ChangesCursorInvalid, match=r"of the kinds all. Use the same"):
        place_of("1.3..c1", ["Item"])


def test_persons_and_lists_are_no_kinds_of_their_own() -> None:
    """Persons are in their contact; accounts are a list of settings."""
    assert ("Contact", "Item") == known_kinds(["item", "Contact", "ITEM"])
    assert not {"Person", "Account", "TaxRate", "Organisation"} & set(CHANGE_KINDS)
    with pytest.raises(ChangesCursorInvalid, match="'Person' is no kind of Xero that is kept"):
        known_kinds(["Person"])
