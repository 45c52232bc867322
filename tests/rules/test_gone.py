"""Whether a record of Xero is gone: by its status, or because a whole read did not have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from xtiger.model.links import Shadow
from xtiger.model.records import XeroRecord
from xtiger.rules.gone import is_gone, says_gone

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "raw", "gone"),
    [
        ("Contact", {"ContactStatus": "ARCHIVED"}, True),
        ("Contact", {"ContactStatus": "GDPRREQUEST"}, True),
        ("Contact", {"ContactStatus": "ACTIVE", "Status": "DELETED"}, False),
        ("Invoice", {"Status": "VOIDED"}, True),
        ("Invoice", {"Status": "PAID"}, False),
        ("Payment", {"Status": "DELETED"}, True),
        ("Item", {"Status": "DELETED"}, False),
        ("Item", {}, False),
    ],
)
def test_an_element_says_that_it_is_gone(kind: str, raw: dict[str, Any], gone: bool) -> None:
    """Each kind in its own field; an item has none."""
    assert gone == says_gone(kind, raw) == is_gone(Shadow("xero", kind, "1", raw, NOW))


def test_what_a_whole_read_did_not_have_is_gone() -> None:
    """Whatever its last status was."""
    assert is_gone(Shadow("xero", "Item", "1", {}, NOW, gone=True))
    assert is_gone(XeroRecord("Contact", "1", {}, status="ACTIVE", gone=True))
    assert [False, True] == [
        is_gone(XeroRecord("Contact", "1", {}, status=status)) for status in ("ACTIVE", "ARCHIVED")
    ]
