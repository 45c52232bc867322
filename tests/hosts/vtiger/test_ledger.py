"""The file beside a Vtiger: what was sent is known after a crash, and to other processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xtiger.errors import HostUnavailable
from xtiger.hosts.vtiger.ledger import Ledger, Sent
from xtiger.model.records import Change, Ref

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
REF = Ref("Invoices", "7x1")


def test_a_create_that_was_sent_is_known_to_the_next_process(tmp_path: Path) -> None:
    """With what it was sent with, until it is answered or refused."""
    path, sent = tmp_path / "vtiger.db", Sent("Invoice", "7x0", {"subject": "S"}, "X-1")
    first = Ledger(path)
    first.announce("key", sent)
    first.announce("other", sent)
    first.close()
    second = Ledger(path)
    assert sent == second.sent("key")
    second.remember("key", REF, sent.number)
    second.withdraw("other")
    second.close()
    third = Ledger(path)
    found = (third.sent("key"), third.sent("other"), third.made("key"), third.is_made(REF))
    number = third.number(REF), third.numbered("Invoices", "X-1")
    third.close()

    assert (None, None, REF, True) == found
    assert ("X-1", ["7x1"]) == number


def test_no_number_is_another_thing_than_none_kept() -> None:
    """A record of Xero without number must not get Vtiger's there."""
    ledger = Ledger(None)
    ledger.keep_number(REF, "")
    found = ledger.number(REF), ledger.number(Ref("Invoices", "7x2"))
    ledger.close()

    assert ("", None) == found


def test_changes_are_folded_as_in_any_crm() -> None:
    """One row for a record, until it is read."""
    ledger = Ledger(None)
    ledger.note([Change(REF, "updated", NOW), Change(REF, "deleted", NOW)])
    later = NOW + timedelta(minutes=5)
    rows = ledger.due(later, 10)
    done = ledger.done(rows)
    left = ledger.due(later, 10)
    ledger.close()

    assert (["deleted"], 1, []) == ([row.kind for row in rows], done, left)


def test_a_place_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """By the name of the file."""
    with pytest.raises(HostUnavailable, match=r"none\.db"):
        Ledger(tmp_path / "no folder" / "none.db")
