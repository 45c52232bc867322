"""The rows that a mapping begins with."""

from __future__ import annotations

import pytest

from xtiger.mapping.default_rows import default_rows
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.mappings import Row
from xtiger.model.roles import ROLES

KINDS = {
    "organisation": "Contact",
    "contact": "Person",
    "product": "Item",
    "service": "Item",
    "invoice": "Invoice",
    "payment": "Payment",
}
ROWS = [(role, row) for role in KINDS for row in default_rows(role)]


@pytest.mark.parametrize(("role", "row"), ROWS, ids=[row.crm for _, row in ROWS])
def test_both_fields_of_a_row_are_known(role: str, row: Row) -> None:
    """A role of the library on one side, a field of the kind on the other."""
    assert (True, True) == (row.crm in ROLES, row.xero in XERO_FIELDS[KINDS[role]])


@pytest.mark.parametrize(("role", "row"), ROWS, ids=[row.crm for _, row in ROWS])
def test_what_xero_must_have_is_never_emptied(role: str, row: Row) -> None:
    """A required field stays filled where the CRM's value is empty."""
    required = XERO_FIELDS[KINDS[role]][row.xero].required

    assert row.keep_when_empty or not required


def test_a_role_of_a_foreign_module_has_none() -> None:
    """Its administrator writes them."""
    assert () == default_rows("ticket")
