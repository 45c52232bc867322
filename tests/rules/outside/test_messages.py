"""What a message says, how it is signed, where it may go, and when it goes again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from xtiger.model.customers.notices import Notice
from xtiger.model.mailing.reports import Alert
from xtiger.model.records import Ref
from xtiger.model.secret import Secret
from xtiger.rules.outside.messages import (
    ADDRESS_FAULTS,
    address_fault,
    alert_body,
    next_pause,
    notice_body,
    signed,
    written_secret,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    ["https://crm.example/x?y=1", "https://10.0.0.1:8443", "http://localhost:5/", "http://[::1]/a"],
)
def test_these_addresses_are_safe(address: str) -> None:
    """Encrypted, or on this machine."""
    assert "" == address_fault(address)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("https://" + "a" * 2_000, 0),
        ("https://crm example", 0),
        ("https://[::1/", 0),
        ("https://x:99999/", 0),
        ("https://x:0/", 0),
        ("https:///path", 0),
        ("https://crm..example/", 0),
        ("https://.example/", 0),
        ("https://" + "a" * 64 + ".example/", 0),
        ("ftp://x", 0),
        ("http://crm.example", 1),
        ("https://a:b@x/", 2),
        ("https://x/#a", 3),
    ],
)
def test_these_are_refused_with_a_reason(address: str, fault: int) -> None:
    """Each ends with what to use."""
    assert ADDRESS_FAULTS[fault] == address_fault(address)


def test_a_signature_is_that_of_the_standard() -> None:
    """The example of Standard Webhooks' own libraries."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    found = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', secret, at)

    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == found["webhook-signature"]
    assert "1614265330" == found["webhook-timestamp"]


def test_a_secret_is_its_bytes_in_letters() -> None:
    """Under the sign that scanners know."""
    assert "whsec_AAEC" == written_secret(bytes([0, 1, 2])).reveal()


@pytest.mark.parametrize("ref", [None, Ref("Invoices", "7")])
@pytest.mark.parametrize("due", [None, date(2026, 12, 1)])
def test_a_notice_says_the_invoice_and_its_money(ref: Ref | None, due: date | None) -> None:
    """Amounts as text, days as ISO; equal ones are equal to the letter."""
    notice = Notice(
        id=3,
        connection_id="c1",
        event="paid",
        at=NOW,
        xero_id="x1",
        ref=ref,
        number="I1",
        currency="GBP",
        total=Decimal("10.00"),
        due_day=due,
    )
    said = json.loads(notice_body(notice, "msg_1"))

    assert notice_body(notice, "msg_1") == notice_body(notice, "msg_1")
    assert ("invoice.paid", "msg_1", "2026-11-20T09:00:00+00:00") == (
        *(said["type"], said["id"]),
        said["timestamp"],
    )
    assert ("10.00", "7" if ref else "", str(due) if due else None) == (
        *(said["data"]["total"], said["data"]["record"]),
        said["data"]["due_day"],
    )


def test_an_alert_says_which_of_which_connection() -> None:
    """Without the name of the organisation, and Xero's words neither."""
    said = alert_body(Alert("ended", "c1", "Acme", NOW, detail="gone"), "msg_1")

    assert {"alert": "ended", "connection": "c1", "about": ""} == json.loads(said)["data"]
    assert "Acme" not in said


@pytest.mark.parametrize(("failures", "seconds"), [(1, 60), (2, 300), (4, 3_600), (99, 3_600)])
def test_pauses_grow_up_to_an_hour(failures: int, seconds: int) -> None:
    """One minute after the first."""
    assert NOW + timedelta(seconds=seconds) == next_pause(failures, NOW)
