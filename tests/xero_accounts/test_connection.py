"""Tests of which connection is meant."""

from __future__ import annotations

import pytest

from tests.xtiger_queue.context import connection
from xero_accounts.connection import choose
from xtiger.errors import NeedsPerson, NotConnected

NORTH, SOUTH = connection("c1", "North"), connection("c2", "South")


def test_the_oldest_active_connection_is_meant_when_none_is_named() -> None:
    """An ended connection is passed over while an active one exists."""
    assert choose([NORTH.ended("revoked"), SOUTH]) == SOUTH


def test_an_ended_connection_is_better_than_none() -> None:
    """What was read stays readable after the connection has ended."""
    ended = NORTH.ended("revoked")

    assert choose([ended]) == ended


@pytest.mark.parametrize("asked", ["c2", "South"])
def test_a_connection_is_found_by_id_and_name(asked: str) -> None:
    """A person may type either."""
    assert choose([NORTH, SOUTH], asked) == SOUTH


def test_without_connections_the_next_step_is_to_connect() -> None:
    """Nothing connected is NotConnected."""
    with pytest.raises(NotConnected):
        choose([])


def test_an_unknown_name_lists_the_known_ones() -> None:
    """The sentence names what could have been typed."""
    with pytest.raises(NeedsPerson, match=r"no connection 'East'. Known ones: North \(c1\)"):
        choose([NORTH], "East")


def test_a_name_of_two_connections_asks_for_the_id() -> None:
    """Two organisations of one name are not guessed between."""
    with pytest.raises(NeedsPerson, match=r"2 connections are called 'North'. Give the id"):
        choose([NORTH, connection("c3", "North")], "North")
