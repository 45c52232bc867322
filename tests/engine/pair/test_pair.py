"""One pairing as data."""

from __future__ import annotations

import pytest

from xtiger.engine.pair.pair import Pairing
from xtiger.model.records import XeroRecord


def _record(*, gone: bool = False, **raw: object) -> XeroRecord:
    return XeroRecord(
        "Contact", "x1", {}, raw=raw, status=str(raw.get("ContactStatus", "")), gone=gone
    )


@pytest.mark.parametrize(
    ("xero", "gone"),
    [
        (None, False),
        (_record(), False),
        (_record(gone=True), True),
        (_record(ContactStatus="ACTIVE"), False),
        (_record(ContactStatus="ARCHIVED"), True),
    ],
)
def test_gone_in_xero_is_what_xero_proved(xero: XeroRecord | None, gone: bool) -> None:
    """A record that was not read is not gone."""
    assert gone == Pairing(xero=xero).xero_gone


def test_a_new_pairing_is_matched_with_nothing() -> None:
    """Two of them share no list of keys: what one absorbs is not the other's."""
    first, second = Pairing(crm_id="1"), Pairing(crm_id="2")
    first.keys.append(("crm", "Contacts", "1", 3))

    assert ("none", ()) == (first.match.how, first.match.ids)
    assert [] == second.keys
