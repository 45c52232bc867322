"""Groups of records that look alike, and what was answered, as data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from xtiger.model.matching.twins import AnsweredTwins, TwinGroup, TwinRecord

_HERE, _THERE = TwinRecord("crm", "1", "Acme"), TwinRecord("xero", "x", "Acme Ltd")
_GROUP = TwinGroup("Organizations", (_HERE, _THERE), ("near_name",), False, ("different",))


def test_a_group_has_another_key_once_anything_of_it_changed() -> None:
    """A link, a reason, a record; not what it is called, nor how often it was looked at."""
    others = [
        replace(_GROUP, records=(replace(_HERE, linked_to="x"), _THERE)),
        replace(_GROUP, reasons=("same_name",)),
        replace(_GROUP, records=(_HERE,)),
        replace(_GROUP, module="Contacts"),
    ]

    assert _GROUP.key == replace(_GROUP, is_exact=True).key
    assert 5 == len({_GROUP.key, *(one.key for one in others)})


def test_an_answer_is_kept_and_read_again() -> None:
    """With who gave it and when; the two records in either order are one pair."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    made = AnsweredTwins("Organizations", "different", (("crm", "1"), ("xero", "x")), "Ann", at)

    read = AnsweredTwins.of("Organizations", made.stored())

    assert made == read
    assert frozenset({("xero", "x"), ("crm", "1")}) == read.both


def test_a_moment_that_was_not_kept_is_none() -> None:
    """An answer counts without it."""
    made = AnsweredTwins("Organizations", "merge", (("xero", "x"), ("xero", "y")))

    assert AnsweredTwins.of("Organizations", made.stored()).at is None
