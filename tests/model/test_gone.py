"""The words by which Xero says that a record is gone."""

from __future__ import annotations

from xtiger.model.gone import GONE_STATUSES


def test_no_status_of_a_living_record_is_gone() -> None:
    """An invoice that is paid or a contact that is active stays where it is."""
    assert set() == GONE_STATUSES & {"ACTIVE", "DRAFT", "SUBMITTED", "AUTHORISED", "PAID"}
