"""A person as value of a field that names an organisation."""

from __future__ import annotations

import pytest

from xtiger.model.person_ref import PersonRef


@pytest.mark.parametrize("crm_id", ["42", "a:b", ":", "12x7", ""])
def test_a_person_is_read_as_it_was_written(crm_id: str) -> None:
    """Also with a colon in its id."""
    ref = PersonRef("Contacts", crm_id)

    assert ref == PersonRef.of(ref.text())


@pytest.mark.parametrize(
    "value", [None, "", "42", 42, "11x5", "Person:Contacts:42", ["person:a:1"]]
)
def test_an_organisation_is_no_person(value: object) -> None:
    """Whatever else stands in the field."""
    assert PersonRef.of(value) is None


def test_the_spelling_stays() -> None:
    """Bases of earlier releases hold it, and digests are made of it."""
    assert PersonRef("Contacts", "42").text() == "person:Contacts:42"
