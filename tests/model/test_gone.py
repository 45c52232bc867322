"""What marks a record as gone cannot be mistaken for a value of its own."""

from __future__ import annotations

from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.gone import GONE, GONE_STATUSES


def test_the_mark_is_no_field_of_xero() -> None:
    """It stands among a record's values, so no kind may have a field of its name."""
    assert [] == [kind for kind, fields in XERO_FIELDS.items() if GONE in fields]


def test_no_status_of_a_living_record_is_gone() -> None:
    """An invoice that is paid or a contact that is active stays where it is."""
    assert set() == GONE_STATUSES & {"ACTIVE", "DRAFT", "SUBMITTED", "AUTHORISED", "PAID"}
