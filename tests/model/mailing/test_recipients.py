"""Who gets mails: an address is one plain address."""

from __future__ import annotations

import pytest

from xtiger.model.mailing.recipients import is_mail_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boss@crm.example", True),
        ("first.last+xero@sub.crm.example", True),
        ("boss", False),
        ("@crm.example", False),
        ("boss@crm.example, other@crm.example", False),
        ("boss@crm.example\nBcc: x@y.z", False),
        ('"boss"@crm.example', False),
        (f"boss@{'a' * 260}", False),
    ],
)
def test_a_mail_address_is_one_plain_address(text: str, expected: bool) -> None:
    """No name, no list, no line break: nothing that adds a header or a recipient."""
    assert is_mail_address(text) is expected
