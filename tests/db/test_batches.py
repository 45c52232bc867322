"""Batches and intents: announced before they are sent, found again after a crash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.db.samples import NOW
from xtiger.db import tables
from xtiger.db.store import SqlStore
from xtiger.model.calls import Batch, Intent, IntentState


def intent(id: str, position: int, crm_id: str | None = "1") -> Intent:
    """A create of an organisation."""
    return Intent(
        id,
        position,
        "Organizations",
        "Contact",
        crm_id,
        None,
        "create",
        ("ContactNumber", "XT-1"),
        {"Name": "Acmé", "Rate": Decimal("1.10")},
    )


def batch(id: str = "b1") -> Batch:
    """An announced batch of two intents."""
    intents = (intent(f"{id}-i0", 0), replace(intent(f"{id}-i1", 1), natural_key=None))
    return Batch(id, "c1", "r1", "Contact", "PUT", "/Contacts", b'{"\x00\xff', "key-1", intents)


def test_an_announced_batch_comes_back_whole(store: SqlStore) -> None:
    """With its very bytes and its intents in order."""
    store.open_batch(batch())

    assert [batch()] == store.unfinished_batches("c1")


def test_unfinished_batches_come_oldest_first(store: SqlStore) -> None:
    """Planned, sent and unknown ones, of this connection only."""
    for name in ("b2", "b1", "b3"):
        store.open_batch(batch(name))
    store.open_batch(replace(batch("b4"), connection_id="c2"))
    store.save_batch(replace(batch("b1"), state="unknown"))
    store.save_batch(replace(batch("b3"), state="done"))

    assert ["b2", "b1"] == [each.id for each in store.unfinished_batches("c1")]


def test_saving_a_batch_replaces_the_states(store: SqlStore) -> None:
    """State, moment and the intents' states."""
    store.open_batch(batch())
    states: tuple[IntentState, ...] = ("applied", "failed")
    intents = tuple(
        replace(each, state=state) for each, state in zip(batch().intents, states, strict=True)
    )
    sent = replace(batch(), state="sent", sent_at=NOW, intents=intents)
    store.save_batch(sent)

    assert [sent] == store.unfinished_batches("c1")


def test_the_bytes_of_a_done_batch_are_dropped(store: SqlStore) -> None:
    """Nothing repeats it, so its data is not kept twice."""
    store.open_batch(batch())
    store.save_batch(replace(batch(), state="done"))
    with store.engine.connect() as db:
        body = db.execute(select(tables.batch.c.body)).scalar_one()

    assert b"" == bytes(body)


def test_what_an_intent_means_is_kept_while_its_batch_is_open(store: SqlStore) -> None:
    """A run that died before the answer leaves it to the next one; a done batch has none."""
    meant = {"pairs": {"Rate": [Decimal("1.10"), Decimal("1.1")]}, "sent": ["Rate"]}
    made = replace(batch(), intents=(replace(intent("b1-i0", 0), meant=meant),))
    store.open_batch(made)
    kept = store.unfinished_batches("c1")
    store.save_batch(replace(made, state="done"))
    with store.engine.connect() as db:
        left = db.execute(select(tables.intent.c.meant)).scalar_one()

    assert ([made], None) == (kept, left)


def test_saving_a_batch_never_announced_is_a_bug(store: SqlStore) -> None:
    """Nothing may be sent that was not announced."""
    with pytest.raises(LookupError, match="b1 was never announced"):
        store.save_batch(batch())
