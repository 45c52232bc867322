"""Column types: what comes back is what was put in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from tests.db.samples import NOW
from xtiger.db import tables
from xtiger.db.columns import plain_text, storable
from xtiger.db.store import SqlStore
from xtiger.model.links import Shadow
from xtiger.model.values import from_json


def kept(store: SqlStore, moment: datetime) -> datetime:
    """The moment as it comes back."""
    store.save_shadows("c1", [Shadow("crm", "M", "1", {}, moment)])
    with store.engine.connect() as db:
        found: datetime = db.execute(select(tables.shadow.c.seen_at)).scalar_one()
    return found


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    ],
)
def test_a_moment_comes_back_in_utc_to_the_microsecond(store: SqlStore, moment: datetime) -> None:
    """From any zone, from the first year to the last."""
    found = kept(store, moment)

    assert (moment, UTC) == (found, found.tzinfo)


def test_a_naive_moment_is_refused(store: SqlStore) -> None:
    """A guess about its zone would be wrong half of the time."""
    with pytest.raises(StatementError, match="needs a time zone"):
        kept(store, NOW.replace(tzinfo=None))


def test_storable_text_is_left_alone() -> None:
    """Letters of all scripts and whole emoji pass."""
    assert storable("Ünïcode 株式会社 🙂 \n") == "Ünïcode 株式会社 🙂 \n"


def test_plain_text_of_half_an_emoji_can_be_encoded_and_read() -> None:
    """It is escaped and comes back as it was."""
    text = plain_text({"name": "ü\ud83d", "at": NOW})

    assert (True, {"name": "ü\ud83d", "at": NOW}) == (bool(text.encode()), from_json(text))
