"""The full name of a contact, which no CRM keeps in one field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from xtiger.engine.workbench.contact_name import (
    FULL_NAME,
    NAME_ROLE,
    contact_name,
    with_name,
    with_name_field,
)
from xtiger.hosts.standard import standard_modules
from xtiger.model.links import Shadow
from xtiger.model.records import Module, Record, Ref


@pytest.fixture
def contacts() -> Module:
    """The contacts of a usual CRM."""
    return next(one for one in standard_modules() if one.role == "contact")


def _record(**values: str | None) -> Record:
    return Record(Ref("Contacts", "1"), values)


def test_contacts_get_a_field_that_nobody_writes(contacts: Module) -> None:
    """All other fields stay; asked for again, nothing is added."""
    found = with_name_field(contacts)
    described = found.by_role(NAME_ROLE)

    assert described is not None
    assert (FULL_NAME, False) == (described.name, described.writable)
    assert contacts.fields == found.fields[:-1]
    assert found == with_name_field(found)


def test_another_module_stays_as_the_host_describes_it() -> None:
    """Organisations and products have a name of their own."""
    others = [one for one in standard_modules() if one.role != "contact"]

    assert others
    assert others == [with_name_field(one) for one in others]


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("Ann", "Lee", "Ann Lee"), (None, "Lee", "Lee"), (" Ann ", "", "Ann"), (None, None, "")],
)
def test_the_name_is_first_and_last(
    contacts: Module, first: str | None, last: str | None, name: str
) -> None:
    """One blank between, none where a part is missing; the other values stay."""
    names = {part: contacts.by_role(f"contact.{part}") for part in ("first_name", "last_name")}
    values = {
        described.name: value
        for described, value in zip(names.values(), (first, last), strict=True)
        if described is not None
    }
    record = _record(**values)

    assert {**values, FULL_NAME: name} == with_name(contacts, record).values


def test_a_module_without_names_gives_an_empty_one(contacts: Module) -> None:
    """A CRM may describe a contact by its e-mail address alone."""
    bare = replace(contacts, fields=())

    assert "" == with_name(bare, _record(email="a@b.example")).values[FULL_NAME]


def test_a_record_of_another_module_is_left_alone() -> None:
    """So is one of which no module is known."""
    record = _record(accountname="Acme")
    other = next(one for one in standard_modules() if one.role == "organisation")

    assert [record, record] == [with_name(other, record), with_name(None, record)]


def test_a_contact_of_xero_is_called_as_there_or_by_its_id() -> None:
    """A sentence about one that nobody saw has no gap."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    seen = {
        "c1": Shadow("xero", "Contact", "c1", {"Name": "Acme"}, at),
        "c2": Shadow("xero", "Contact", "c2", {}, at),
    }

    assert ["Acme", "c2", "c3"] == [contact_name(seen, one) for one in ("c1", "c2", "c3")]
