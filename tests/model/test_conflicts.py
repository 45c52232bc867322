"""Conflicts as data: naming fields, values on one line, and what --json holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from xtiger.model.conflicts import (
    Conflict,
    ConflictField,
    chosen_fields,
    described,
    value_text,
)
from xtiger.model.plans import Cause, Proposal
from xtiger.model.values import Plain

PHONE = ConflictField("Phones.DEFAULT", "Phone", "1", "2", "3")
MAIL = ConflictField("EmailAddress", "E-mail", "a", "b", "c")
CONFLICT = Conflict(
    "c1", "Contacts", "fields", "7", "x7", "Kea", Cause("both_changed"), (PHONE, MAIL)
)


def test_without_names_all_fields_are_meant() -> None:
    """A decision about a record is one about each of its fields."""
    assert [PHONE, MAIL] == chosen_fields(CONFLICT, [])


def test_fields_are_named_by_key_or_label() -> None:
    """In any case, and one that is named twice counts once."""
    assert [MAIL, PHONE] == chosen_fields(CONFLICT, ["e-mail", "phones.default", "EMAILADDRESS"])


def test_an_unknown_field_is_named() -> None:
    """The error holds the name that fits no field."""
    with pytest.raises(LookupError, match="Fax"):
        chosen_fields(CONFLICT, ["Phone", "Fax"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("Kea", "Kea"),
        (Decimal("1.50"), "1.50"),
        (date(2026, 11, 3), "2026-11-03"),
        (datetime(2026, 11, 3, 9, 5, tzinfo=UTC), "2026-11-03T09:05:00+00:00"),
        ({"Quantity": 2, "Text": "", "Item": None}, "Quantity 2"),
        ({"lines": [{"Item": "TEA"}, {"Item": "CUP"}]}, "Item TEA; Item CUP"),
        (
            {"lines": [{"name": "Work", "quantity": Decimal(1), "note": None}]},
            "name Work, quantity 1",
        ),
        (["a", "b"], "a; b"),
    ],
)
def test_a_value_is_one_line(value: Plain, text: str) -> None:
    """Nothing is empty, a line is what fills it, several stand one after the other."""
    assert text == value_text(value)


def test_what_was_shown_stands_for_its_values() -> None:
    """The same values are the same question; another value, cause or record is another one."""
    others = [
        replace(CONFLICT, fields=(PHONE, replace(MAIL, xero="d"))),
        replace(CONFLICT, cause=Cause("archived")),
        replace(CONFLICT, crm_id="8"),
    ]

    assert CONFLICT.shown == replace(CONFLICT, name="Kea Ltd").shown
    assert 4 == len({CONFLICT.shown, *(one.shown for one in others)})


def test_a_conflict_as_plain_values_holds_all_that_people_see() -> None:
    """Each field with its three values, the choices, proposals and the sign of what was shown."""
    whole = replace(
        CONFLICT, choices=(("crm", "Make it again."),), proposals=(Proposal("link", "x9"),)
    )
    found = described(whole, ("Both changed.", "Decide."))

    assert ("Both changed.", "Decide.", "both_changed", whole.shown) == (
        found["sentence"],
        found["fix"],
        found["code"],
        found["shown"],
    )
    assert [("Phones.DEFAULT", "1", "2", "3"), ("EmailAddress", "a", "b", "c")] == [
        (one["field"], one["base"], one["crm"], one["xero"]) for one in found["fields"]
    ]
    assert [{"keep": "crm", "does": "Make it again."}] == found["choices"]
    assert [{"verb": "link", "xero_id": "x9", "crm_id": None, "name": ""}] == found["proposals"]
