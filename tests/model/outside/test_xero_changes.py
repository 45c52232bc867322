"""Pages of changes are data that nobody changes later."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from xtiger.model.outside.xero_changes import ChangePlace, XeroChanges


def test_a_page_stays_as_it_was_given() -> None:
    """The cursor that was read with the records is the one that is kept with them."""
    page = XeroChanges((), "1.7..c1", more=False)

    with pytest.raises(FrozenInstanceError):
        page.cursor = "1.8..c1"  # type: ignore[misc]


def test_a_place_begins_before_all_of_every_kind() -> None:
    """As the first call does."""
    assert ChangePlace("c1", 0, ()) == ChangePlace("c1")
