"""The fields of Xero that a mapping may use."""

from __future__ import annotations

import pytest

from xtiger.mapping.convert import _TO_XERO
from xtiger.mapping.xero_fields import XERO_FIELDS, XeroField

FIELDS = [
    (kind, path, field) for kind, fields in XERO_FIELDS.items() for path, field in fields.items()
]


@pytest.mark.parametrize(("_kind", "path", "field"), FIELDS, ids=[f"{k}.{p}" for k, p, _ in FIELDS])
def test_a_field_stands_under_its_own_path(_kind: str, path: str, field: XeroField) -> None:
    """And its type has a conversion."""
    assert (path, True) == (field.path, field.type in _TO_XERO)


@pytest.mark.parametrize(
    ("_kind", "_path", "field"), FIELDS, ids=[f"{k}.{p}" for k, p, _ in FIELDS]
)
def test_what_xero_must_have_can_be_sent(_kind: str, _path: str, field: XeroField) -> None:
    """A required field that nobody may write could never be filled."""
    assert field.writable or not field.required
