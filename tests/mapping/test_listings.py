"""The kinds that are only read and listed: each under its own name."""

from __future__ import annotations

from xtiger.mapping.listings import LISTINGS


def test_each_list_stands_under_its_kind() -> None:
    """A kind that is looked up gives its own list."""
    assert [] == [kind for kind, listing in LISTINGS.items() if kind != listing.kind]
    assert LISTINGS
