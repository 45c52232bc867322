"""Leases with fences and values under a lock, as several processes use them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.db.samples import NOW, finish, later, start
from tests.postgres import own_schema, require_postgres
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.model.setting_keys import LeaseKey, StateKey


def test_a_free_lease_is_given_once(store: SqlStore) -> None:
    """The second holder is refused, and so is the first one again."""
    taken = [store.acquire_lease(LeaseKey("run"), who, 60, NOW) for who in ("a", "b", "a")]

    assert [1, None, None] == taken


def test_leases_of_other_names_are_free(store: SqlStore) -> None:
    """Each name has fences of its own."""
    store.acquire_lease(LeaseKey("run"), "a", 60, NOW)

    assert store.acquire_lease(LeaseKey("refresh"), "b", 60, NOW) == 1


def test_an_expired_lease_is_given_with_a_higher_fence(store: SqlStore) -> None:
    """It expires at its last second, not after it."""
    store.acquire_lease(LeaseKey("run"), "a", 60, NOW)
    taken = [
        store.acquire_lease(LeaseKey("run"), "b", 60, later(second)) for second in (59.999999, 60)
    ]

    assert [None, 2] == taken


def test_a_released_lease_is_given_with_a_higher_fence(store: SqlStore) -> None:
    """The fence goes on rising over a release."""
    store.acquire_lease(LeaseKey("run"), "a", 60, NOW)
    store.release_lease(LeaseKey("run"), 1)

    assert store.acquire_lease(LeaseKey("run"), "b", 60, NOW) == 2


def test_a_lease_is_renewed_by_its_fence(store: SqlStore) -> None:
    """Then it lasts longer."""
    store.acquire_lease(LeaseKey("run"), "a", 60, NOW)
    renewed = store.renew_lease(LeaseKey("run"), 1, 60, later(50))

    assert (True, None) == (renewed, store.acquire_lease(LeaseKey("run"), "b", 60, later(100)))


def test_an_expired_lease_that_nobody_took_is_renewed(store: SqlStore) -> None:
    """A slow machine does not lose its run for nothing."""
    store.acquire_lease(LeaseKey("run"), "a", 60, NOW)

    assert store.renew_lease(LeaseKey("run"), 1, 60, later(61))


@pytest.mark.parametrize("how", ["taken", "released"])
def test_a_lost_lease_is_not_renewed(store: SqlStore, how: str) -> None:
    """The old fence is worth nothing after another holder or a release."""
    store.acquire_lease(LeaseKey("run"), "a", 60, NOW)
    if how == "taken":
        store.acquire_lease(LeaseKey("run"), "b", 60, later(60))
    else:
        store.release_lease(LeaseKey("run"), 1)

    assert not store.renew_lease(LeaseKey("run"), 1, 60, later(61))


def test_an_old_fence_cannot_release_the_lease_of_another(store: SqlStore) -> None:
    """A holder that wakes up late does no harm."""
    store.acquire_lease(LeaseKey("run"), "a", 60, NOW)
    store.acquire_lease(LeaseKey("run"), "b", 60, later(60))
    store.release_lease(LeaseKey("run"), 1)

    assert store.acquire_lease(LeaseKey("run"), "c", 60, later(61)) is None


def test_of_many_that_ask_at_once_one_gets_the_lease(store: SqlStore) -> None:
    """Compare and set, not read and write."""
    with ThreadPoolExecutor(8) as pool:
        taken = list(
            pool.map(lambda n: store.acquire_lease(LeaseKey("run"), str(n), 60, NOW), range(8))
        )

    assert [1] == [fence for fence in taken if fence is not None]


def test_a_state_starts_as_none_and_comes_back(store: SqlStore) -> None:
    """The change sees the old value and answers the new one and a result."""
    olds = [
        store.update_state(StateKey("s"), lambda old: ({"n": 1, "at": NOW}, old)) for _ in range(2)
    ]

    assert [None, {"n": 1, "at": NOW}] == olds


def test_a_failing_change_leaves_the_state(store: SqlStore) -> None:
    """Its error reaches the caller, and the next change sees the old value."""

    def fail(old: object) -> tuple[object, None]:
        raise RuntimeError("no")

    store.update_state(StateKey("s"), lambda _: (1, None))
    with pytest.raises(RuntimeError):
        store.update_state(StateKey("s"), fail)

    assert store.update_state(StateKey("s"), lambda old: (old, old)) == 1


def test_threads_and_processes_count_without_loss(store: SqlStore, database_url: str) -> None:
    """Two processes and four threads add 300 together."""
    code = "for _ in range(50): store.update_state('n', lambda old: ((old or 0) + 1, None))"
    others = [start(code, database_url, new_key()) for _ in range(2)]

    def add(_: int) -> None:
        store.update_state(StateKey("n"), lambda old: ((old or 0) + 1, None))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(200)))
    for process in others:
        finish(process)

    assert store.update_state(StateKey("n"), lambda old: (old, old)) == 300


def test_a_lease_taken_by_a_clock_that_was_wrong_is_none(store: SqlStore) -> None:
    """Six minutes ahead of now it does not count; four minutes may be another machine's clock."""
    store.acquire_lease(LeaseKey("near"), "a", 60, later(240))
    store.acquire_lease(LeaseKey("far"), "a", 60, later(360))

    assert (None, 2) == tuple(
        store.acquire_lease(LeaseKey(n), "b", 60, NOW) for n in ("near", "far")
    )


@pytest.mark.postgres
def test_on_a_server_its_own_clock_counts() -> None:
    """A machine whose clock is a day ahead takes no lease over, and holds its own no longer."""
    with own_schema(require_postgres()) as url:
        store = SqlStore.open(url, Cipher([new_key()]))
        store.migrate()
        store.database.server_time = True
        days = {"a": 0, "b": 86_400}
        taken = [store.acquire_lease(LeaseKey("run"), who, 60, later(days[who])) for who in days]
        store.close()

    assert [1, None] == taken
