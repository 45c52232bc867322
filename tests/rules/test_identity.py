"""Which CRM a store belongs to: by id and counted runs, by names, and in the keys of records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from xtiger.model.records import Identity
from xtiger.model.setting_keys import SettingKey, forgotten
from xtiger.ports import Store
from xtiger.rules.identity import (
    KEY_LENGTH,
    Counted,
    Known,
    known_since,
    mark_of,
    mismatch,
    other_names,
    record_key,
)

OWN, OTHER = "a" * 32, "b" * 32


@pytest.mark.parametrize(
    ("known", "counted", "found", "linked", "expected"),
    [
        (Known(OWN), None, Identity(OWN, 0), True, "other_crm"),
        (Known(), None, Identity(OWN, 3), True, "unknown_store"),
        (Known(), None, Identity(OWN, 0), True, None),
        (Known(OWN), None, Identity(OWN, 0), False, None),
        (Known(OWN), Counted(3), Identity(OTHER, 3), True, "other_crm"),
        (Known(OWN), Counted(3), Identity(OTHER, 3), False, None),
        (Known(), Counted(3), Identity(OWN, 9), False, None),
        (Known(OWN, restored=True), Counted(3), Identity(OWN, 3), True, "crm_restored"),
        (Known(OWN), Counted(3), Identity(OWN, 2), True, "crm_restored"),
        (Known(OWN), Counted(3), Identity(OWN, 2), False, None),
        (Known(OWN), Counted(3), Identity(OWN, 4), True, "store_restored"),
        (Known(OWN), Counted(3, pending=1), Identity(OWN, 4), True, None),
        (Known(OWN), Counted(3), Identity(OWN, 3), True, None),
    ],
)
def test_what_speaks_against_a_crm(
    known: Known, counted: Counted | None, found: Identity, linked: bool, expected: str | None
) -> None:
    """Another id, or a count of runs that went back or jumped; nothing where nothing is lost."""
    assert expected == mismatch(known, counted, found, linked=linked)


@pytest.mark.parametrize(
    ("same", "other", "differ"), [(4, 0, False), (0, 4, False), (3, 3, False), (2, 3, True)]
)
def test_most_of_at_least_five_names_must_differ(same: int, other: int, differ: bool) -> None:
    """A record that is not there counts as one of another name; blanks and case do not."""
    pairs = [("Kea Ltd", "kea  ltd")] * same + [("Kea Ltd", None)] * other

    assert differ == other_names(pairs)


def test_a_mark_is_the_head_of_an_id_or_stands_for_it() -> None:
    """Eight characters, other ones for each tenant and for ids that are no hexadecimal number."""
    marks = [mark_of(OWN), mark_of(OWN, "t1"), mark_of(OWN, "t2"), mark_of("crm"), mark_of("")]

    assert "a" * 8 == marks[0]
    assert ({8}, 5) == ({len(mark) for mark in marks}, len(set(marks)))


def test_a_key_holds_the_id_while_it_fits() -> None:
    """A longer id is hashed and never cut: two of them keep two keys of Xero's length."""
    long = [record_key("XT", "1a2b3c4d", "9" * 60 + last) for last in "ab"]

    assert "XT-1a2b3c4d-42" == record_key("XT", "1a2b3c4d", "42")
    assert (2, True) == (len(set(long)), all(len(key) <= KEY_LENGTH for key in long))


def test_the_moment_of_forgotten_links_is_asked_from_the_store() -> None:
    """Of this connection; None where links were never forgotten."""
    moment = datetime(2026, 11, 20, tzinfo=UTC)

    class Settings:
        def setting(self, name: SettingKey) -> Any:
            return {forgotten("c1"): moment}.get(name)

    store = cast(Store, Settings())

    assert (moment, None) == (known_since(store, "c1"), known_since(store, "c2"))
