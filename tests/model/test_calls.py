"""Calls as data: the log of calls keeps no payload and no token."""

from __future__ import annotations

from dataclasses import fields

import pytest

from xtiger.model.calls import Batch, Call, Intent


def test_a_logged_call_has_no_place_for_what_was_sent() -> None:
    """Sizes, times and limits only: what is not there cannot be read by anybody."""
    names = {field.name for field in fields(Call)}

    assert set() == names & {"body", "payload", "headers", "token", "answer", "content"}
    assert {"sent_bytes", "received_bytes", "http_status"} <= names


def test_a_closed_batch_says_what_became_of_each_intent() -> None:
    """In their order; one state too few is a bug, and its bytes stay for a repeat."""
    intents = tuple(
        Intent(f"i{n}", n, "Contacts", "Contact", f"{n}", None, "create", None, {}) for n in (0, 1)
    )
    batch = Batch("b1", "c1", "r1", "Contact", "PUT", "Contacts", b"{}", "key", intents)
    closed = batch.closed(["applied", "failed"])

    assert ("done", b"{}", ["applied", "failed"]) == (
        closed.state,
        closed.body,
        [one.state for one in closed.intents],
    )
    assert ["planned", "planned"] == [one.state for one in batch.intents]
    with pytest.raises(ValueError, match="shorter"):
        batch.closed(["applied"])
