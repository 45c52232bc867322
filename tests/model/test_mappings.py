"""Mappings and settings as data: which way records travel."""

from __future__ import annotations

import pytest

from xtiger.model.mappings import Direction, ModuleSettings, Row


@pytest.mark.parametrize(
    ("enabled", "direction", "ways"),
    [
        (True, "both", (True, True)),
        (True, "to_xero", (True, False)),
        (True, "to_crm", (False, True)),
        (False, "both", (False, False)),
    ],
)
def test_records_travel_as_chosen(
    enabled: bool, direction: Direction, ways: tuple[bool, bool]
) -> None:
    """One way, both, or none where the module is off."""
    settings = ModuleSettings("Contacts", enabled=enabled, direction=direction)

    assert ways == (settings.to_xero(), settings.to_crm())


def test_nothing_is_deleted_before_somebody_allows_it() -> None:
    """The settings that a module begins with take nothing away on either side."""
    settings = ModuleSettings("Contacts")

    assert (False, False) == (settings.delete_in_xero, settings.delete_in_crm)


def test_a_row_is_known_by_its_xero_field() -> None:
    """Base pairs and conflicts are kept under it, whatever the CRM's field is called."""
    assert "EmailAddress" == Row("organisation.email", "EmailAddress").key
