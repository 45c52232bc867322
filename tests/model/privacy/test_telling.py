"""A name of two words, an address and a number tell who is meant; words of the trade do not."""

from __future__ import annotations

import pytest

from xtiger.model.privacy.telling import is_telling


@pytest.mark.parametrize(
    "text", ["Ann Lee", "Lee, Ann", "a@b.example", "021 555 9876", "Invoice Kings", "Total Élan"]
)
def test_these_tell(text: str) -> None:
    """Nobody else is called so, or has this address or number."""
    assert is_telling(text)


@pytest.mark.parametrize(
    "text", ["Invoice", "Kauri", "Invoice Number", "Due-Date", "Total", "12345", "", "3 Days", "A1"]
)
def test_these_stand_in_records_of_others(text: str) -> None:
    """A firm may be called so, and labels and values of others are called so, too."""
    assert not is_telling(text)
