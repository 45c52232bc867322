"""Connections as data: tokens that are kept and read again, and a connection that ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xtiger.model.connections import DISCONNECTED, Connection, Tokens
from xtiger.model.secret import Secret

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize("refresh", ["refresh-1", None])
def test_kept_tokens_are_the_same_again(refresh: str | None) -> None:
    """What text() keeps, read() gives back; a custom connection has no refresh token."""
    tokens = Tokens("access-1", refresh, NOW, NOW, ("offline_access", "accounting.contacts"))

    assert tokens == Tokens.read(tokens.text())


def test_tokens_show_themselves_nowhere() -> None:
    """Neither the tokens nor the text that a store keeps are readable by accident."""
    tokens = Tokens("access-1", "refresh-1", NOW, NOW)

    assert "access-1" not in f"{tokens!r} {tokens.text()!r} {tokens.text()}"
    assert isinstance(tokens.access, Secret)


def test_plain_values_are_those_given() -> None:
    """The door that sends them gets the texts; a missing one is None."""
    plain = Tokens("access-1", None, NOW, NOW, previous_refresh="refresh-0").plain()

    assert ("access-1", None, "refresh-0") == (
        plain["access"],
        plain["refresh"],
        plain["previous_refresh"],
    )


def test_an_ended_connection_keeps_all_but_its_state() -> None:
    """The same organisation, with the reason why it ended."""
    active = Connection("c1", "", "o1", "x1", "Aroha", "NZD")
    ended = active.ended(DISCONNECTED)

    assert ("ended", DISCONNECTED, "Aroha") == (ended.state, ended.reason, ended.name)
    assert "active" == active.state
