"""A fenced store: its holder may write while the lease is his, and never afterwards."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from tests.db.samples import NOW, later, link
from xtiger.db.store import SqlStore
from xtiger.errors import RunBusy
from xtiger.model.links import Base
from xtiger.model.setting_keys import CursorKey, LeaseKey, SettingKey
from xtiger.ports.lease import Lease


def _fenced(store: SqlStore, seconds: float = 0) -> tuple[SqlStore, Lease]:
    fence = store.acquire_lease(LeaseKey("run"), "a", 60, NOW)
    assert fence is not None
    lost = partial(RunBusy, "Acme", retry_after_seconds=30)
    lease = Lease(LeaseKey("run"), fence, 60, lambda: later(seconds), lost)
    return store.fenced(lease), lease


def test_the_holder_writes(store: SqlStore) -> None:
    """As if there were no fence."""
    fenced, _ = _fenced(store)
    fenced.save_setting(SettingKey("a"), 1)

    assert 1 == store.setting(SettingKey("a"))


def test_each_write_prolongs_the_lease(store: SqlStore) -> None:
    """A long run that books something is never taken for dead."""
    fenced, _ = _fenced(store, seconds=50)
    fenced.save_setting(SettingKey("a"), 1)

    assert store.acquire_lease(LeaseKey("run"), "b", 60, later(100)) is None


def test_an_expired_lease_that_nobody_took_is_enough(store: SqlStore) -> None:
    """A machine that slept goes on with its run when no other has begun."""
    fenced, _ = _fenced(store, seconds=1_000)
    fenced.save_setting(SettingKey("a"), 1)

    assert 1 == store.setting(SettingKey("a"))


@pytest.mark.parametrize("how", ["taken", "released"])
def test_a_late_holder_writes_nothing(store: SqlStore, twin: SqlStore, how: str) -> None:
    """Neither a setting nor a link, a base or a cursor."""
    fenced, lease = _fenced(store)
    if how == "taken":
        twin.acquire_lease(LeaseKey("run"), "b", 60, later(60))
    else:
        twin.release_lease(LeaseKey("run"), lease.fence)
    for write in (
        lambda: fenced.save_setting(SettingKey("a"), 1),
        lambda: fenced.add_link(link()),
        lambda: fenced.save_bases([Base(1, {})]),
        lambda: fenced.save_cursor("c1", CursorKey("Contact"), "x"),
    ):
        with pytest.raises(RunBusy):
            write()

    assert (None, {}) == (
        twin.setting(SettingKey("a")),
        dict(twin.links_by_crm("c1", "Organizations")),
    )


def test_what_a_transaction_wrote_before_it_was_asked_is_undone(
    store: SqlStore, twin: SqlStore
) -> None:
    """The error ends the whole transaction, not only the late write in it."""
    fenced, _ = _fenced(store)
    twin.acquire_lease(LeaseKey("run"), "b", 60, later(60))

    def write() -> None:
        with store.transaction():
            store.save_setting(SettingKey("before"), 1)
            fenced.save_setting(SettingKey("a"), 1)

    with pytest.raises(RunBusy):
        write()

    assert twin.setting(SettingKey("before")) is None


def test_a_late_holder_may_read(store: SqlStore, twin: SqlStore) -> None:
    """To say what became of its run."""
    fenced, _ = _fenced(store)
    twin.save_setting(SettingKey("a"), 1)
    twin.acquire_lease(LeaseKey("run"), "b", 60, later(60))

    assert 1 == fenced.setting(SettingKey("a"))


def test_nobody_takes_over_in_the_middle_of_a_booking(store: SqlStore, twin: SqlStore) -> None:
    """Who asks meanwhile waits for the commit, and is refused: the booking prolonged the lease."""
    fenced, _ = _fenced(store, seconds=70)
    answers: list[int | None] = []
    thread = threading.Thread(
        target=lambda: answers.append(twin.acquire_lease(LeaseKey("run"), "b", 60, later(65)))
    )
    with fenced.transaction():
        fenced.save_setting(SettingKey("a"), 1)
        thread.start()
        thread.join(0.3)
        during = list(answers)
    thread.join(20)

    assert ([], [None]) == (during, answers)


def test_a_savepoint_that_fails_does_not_lose_the_fence(store: SqlStore, twin: SqlStore) -> None:
    """In PostgreSQL its rollback gives back what was locked in it; the next write asks again."""
    fenced, _ = _fenced(store)

    def fail() -> None:
        with store.transaction():
            fenced.save_setting(SettingKey("a"), 1)
            raise ZeroDivisionError

    with store.transaction():
        with pytest.raises(ZeroDivisionError):
            fail()
        fenced.save_setting(SettingKey("b"), 2)

    assert (None, 2) == (twin.setting(SettingKey("a")), twin.setting(SettingKey("b")))
