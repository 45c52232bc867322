"""What is stored says how long: a number of days, or until when."""

from __future__ import annotations

from xtiger.model.privacy.kept import OF_STORE


def test_each_says_how_long() -> None:
    """None is without an end."""
    assert all(one.what and bool(one.until) != bool(one.days) for one in OF_STORE)
