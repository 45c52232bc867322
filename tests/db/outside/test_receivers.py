"""Receivers and messages in the store."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.db.samples import NOW, later
from xtiger.db.store import SqlStore
from xtiger.errors import SettingInvalid
from xtiger.model.outside.receivers import Message, Receiver
from xtiger.model.secret import Secret

ONE = Receiver(tenant="t1", address="https://x", events=("paid",), saved_by="me", saved_at=NOW)


@pytest.fixture
def number(store: SqlStore) -> int:
    """A receiver."""
    return store.save_receiver(ONE)


def message(number: int, key: str = "notice:1") -> Message:
    return Message(
        receiver_id=number,
        tenant="t1",
        connection_id="c1",
        event="paid",
        key=key,
        message_id=f"msg_{key}_{number}",
        body="{}",
        made_at=NOW,
        due_at=NOW,
    )


def test_a_receiver_comes_back_and_changes(store: SqlStore, number: int) -> None:
    """What a person chose is replaced; how its tries went stays."""
    store.note_delivery(number, 2, later(9))
    store.save_receiver(replace(ONE, id=number, address="https://y", events=("voided",)))
    (found,) = store.receivers("t1")

    assert (number, "https://y", ("voided",)) == (found.id, found.address, found.events)
    assert (2, later(9), False) == (found.failures, found.rests_until, found.has_secret)
    assert [] == store.receivers("t2")


def test_a_secret_is_kept_encrypted(store: SqlStore, number: int) -> None:
    """Read with the key alone; of one without there is none to read."""
    with pytest.raises(SettingInvalid):
        store.receiver_secret(number)
    store.save_receiver_secret(number, Secret("whsec_abc"))
    with store.engine.connect() as db:
        kept = db.execute(text("SELECT secret FROM xt_receiver")).scalar_one()

    assert "whsec_abc" == store.receiver_secret(number).reveal()
    assert "whsec" not in kept
    assert store.receivers("t1")[0].has_secret


def test_a_message_is_written_once(store: SqlStore, number: int) -> None:
    """By receiver and key; due from its moment on, while its receiver does not rest."""
    assert [True, False] == [store.add_message(message(number)) for _ in range(2)]
    assert not store.has_due_messages("t1", later(-1))
    assert store.has_due_messages("t1", NOW)
    store.note_delivery(number, 1, later(60))
    assert not store.has_due_messages("t1", NOW)
    assert store.has_due_messages("t1", later(60))
    assert 1 == len(store.due_messages(number, NOW, 9))


def test_the_least_tried_goes_first(store: SqlStore, number: int) -> None:
    """One that nobody takes keeps no other waiting; one that was broken off is due."""
    for key in ("a", "b"):
        store.add_message(message(number, key))
    first, _ = store.due_messages(number, NOW, 9)
    store.save_message(replace(first, state="sending", tries=1, due_at=later(9)))

    assert ["b", "a"] == [one.key for one in store.due_messages(number, NOW, 9)]


def test_what_was_sent_loses_its_text_and_later_its_row(store: SqlStore, number: int) -> None:
    """What was given up stays, with its text."""
    for key in ("a", "b"):
        store.add_message(message(number, key))
    first, _second = store.due_messages(number, NOW, 9)
    store.save_message(replace(first, state="sent", sent_at=NOW))
    store.give_up_messages(number, later(1))
    states = {one.key: (one.state, one.body) for one in store.messages("t1", limit=9)}
    store.drop_messages("t1", later(1))

    assert {"a": ("sent", ""), "b": ("given_up", "{}")} == states
    assert ["b"] == [one.key for one in store.messages("t1", limit=9, states=["given_up"])]
    assert ["b"] == [one.key for one in store.messages("t1", limit=9)]
    assert [] == store.messages("t1", limit=9, ids=[first.id])


def test_one_that_is_taken_away_leaves_nothing(store: SqlStore, number: int) -> None:
    """Of its own tenant alone."""
    store.add_message(message(number))

    assert [False, True, False] == [store.remove_receiver(t, number) for t in ("t2", "t1", "t1")]
    assert [] == store.messages("t1", limit=9)
