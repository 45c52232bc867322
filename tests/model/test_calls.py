"""Calls as data: the log of calls keeps no payload and no token."""

from __future__ import annotations

from dataclasses import fields

from xtiger.model.calls import Call


def test_a_logged_call_has_no_place_for_what_was_sent() -> None:
    """Sizes, times and limits only: what is not there cannot be read by anybody."""
    names = {field.name for field in fields(Call)}

    assert set() == names & {"body", "payload", "headers", "token", "answer", "content"}
    assert {"sent_bytes", "received_bytes", "http_status"} <= names
