"""Tokens rotate through crashes and races of real processes: one refresh, and none locked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.postgres import own_schema, require_postgres
from tests.xero.clock import StepClock
from tests.xero.doors import WatchedHttp
from tests.xero.workers import Work, carry_out, fingerprint
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.errors import RateLimited
from xtiger.model.connections import Connection, Tokens
from xtiger.model.secret import Secret
from xtiger.sandbox import Sandbox
from xtiger.settings import Settings
from xtiger.xero.limits import CONCURRENT, SLOT_MS, Limiter
from xtiger.xero.organisations import XeroOrganisation
from xtiger.xero.tokens import TokenKeeper
from xtiger.xero.transport import Http

PROCESSES = 20


@pytest.fixture
def key() -> str:
    return new_key()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, tmp_path: Path, key: str) -> Iterator[SqlStore]:
    """A store that waits for the disk, as that of an installation."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'shared.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(own_schema(require_postgres()))
        opened = SqlStore.open(url, Cipher([key]))
        stack.callback(opened.close)
        opened.migrate()
        yield opened


@pytest.fixture
def work(
    shared: SqlStore,
    key: str,
    settings: Settings,
    clock: StepClock,
    connection: Connection,
    tokens: Tokens,
) -> Callable[..., Work]:
    """Work on the shared store at the clock's moment; its connection is saved before."""
    shared.save_connection(connection, tokens)

    def make(processes: int = 1, kill: str = "") -> Work:
        url = shared.engine.url.render_as_string(hide_password=False)
        return Work(
            url,
            key,
            settings.xero_url,
            settings.xero_client_id,
            settings.xero_client_secret.reveal(),
            clock.now().isoformat(),
            processes,
            kill,
        )

    return make


def _kept(store: SqlStore, connection_id: str = "c1") -> Tokens:
    found = store.tokens(connection_id)
    assert found is not None
    return found


def _state(store: SqlStore) -> str:
    found = store.connection("c1")
    assert found is not None
    return found.state


def _refreshes(sandbox: Sandbox) -> int:
    """Token requests but for the one of the consent."""
    return len([call for call in sandbox.calls() if call.path == "/connect/token"]) - 1


@pytest.mark.feature("F130")
@pytest.mark.feature("F103")
def test_twenty_processes_refresh_once(
    shared: SqlStore, work: Callable[..., Work], clock: StepClock, sandbox: Sandbox
) -> None:
    """Twenty processes that find one token expired send one refresh, and all go on with it."""
    clock.move(minutes=31)
    found = carry_out(work(PROCESSES))

    assert ([fingerprint(_kept(shared).access.reveal())] * PROCESSES, 1) == (
        found,
        _refreshes(sandbox),
    )


@pytest.mark.parametrize(
    ("kill", "sent"),
    [("before request", 1), ("before stored", 2), ("in the store", 2), ("after stored", 1)],
)
def test_a_process_killed_while_it_refreshes(
    shared: SqlStore,
    work: Callable[..., Work],
    clock: StepClock,
    sandbox: Sandbox,
    kill: str,
    sent: int,
) -> None:
    """Wherever a process is killed, the next one goes on 25 minutes later with a stored pair."""
    clock.move(minutes=31)
    killed = carry_out(work(kill=kill))
    clock.move(minutes=25)
    found = carry_out(work())

    assert (["killed"], [fingerprint(_kept(shared).access.reveal())], "active", sent) == (
        killed,
        found,
        _state(shared),
        _refreshes(sandbox),
    )


def test_the_next_process_waits_for_one_that_was_killed(
    shared: SqlStore, work: Callable[..., Work], clock: StepClock
) -> None:
    """Two seconds after the kill the lease is still held, so nobody refreshes beside it; it is
    free when the dead process cannot be sending any more.
    """
    clock.move(minutes=31)
    carry_out(work(kill="before stored"))
    clock.move(seconds=2)
    before = clock.now()
    http = Http()
    settings = work()
    plain = Settings(Path(), "", "", settings.client_id, settings.client_secret, settings.xero_url)
    try:
        found = TokenKeeper(shared, plain, clock, http).access("c1")
    finally:
        http.close()

    assert (_kept(shared).access, True) == (
        found,
        timedelta(minutes=3) < clock.now() - before < timedelta(minutes=5),
    )


def test_slots_of_a_killed_process_come_back(
    shared: SqlStore, work: Callable[..., Work], clock: StepClock
) -> None:
    """Five slots of a process that was killed are waited for, and given again."""
    killed = carry_out(work(kill="in flight"))
    limiter = Limiter(shared, clock, "c1", patience_seconds=1)
    clock.move(milliseconds=SLOT_MS - 10_000)
    with pytest.raises(RateLimited, match="limit of calls at once"):
        limiter.enter()
    clock.move(seconds=20)
    taken = {limiter.enter() for _ in range(CONCURRENT)}

    assert (["killed"], CONCURRENT) == (killed, len(taken))


class StoppedHttp(WatchedHttp):
    """Lets others do something once while a refresh is on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None
        #: Whether it happens behind the request, else before it.
        self.answered = True

    def _once(self, *, answered: bool) -> None:
        if self.meanwhile is not None and answered == self.answered:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()

    def before(self) -> None:
        """Let it happen before the request."""
        self._once(answered=False)

    def after(self) -> None:
        """Let it happen before the answer is looked at."""
        self._once(answered=True)


@pytest.fixture
def stopped() -> Iterator[StoppedHttp]:
    door = StoppedHttp()
    yield door
    door.close()


def _other(store: SqlStore, settings: Settings, clock: StepClock) -> Secret:
    """Another process, minutes later, when the lease of the first has run out."""
    clock.move(minutes=5)
    http = Http()
    try:
        return TokenKeeper(store, settings, clock, http).access("c1")
    finally:
        http.close()


def test_a_process_that_stood_still_keeps_the_newer_pair(
    store: SqlStore,
    settings: Settings,
    clock: StepClock,
    connection: Connection,
    stopped: StoppedHttp,
) -> None:
    """An answer that is looked at after another process took over is not stored over its pair."""
    clock.move(minutes=31)
    stopped.meanwhile = lambda: _other(store, settings, clock)
    found = TokenKeeper(store, settings, clock, stopped).access("c1")

    assert (_kept(store).access, connection.id) == (found, "c1")
    assert _other(store, settings, clock) == found


def test_a_process_that_slept_ends_nothing(
    store: SqlStore,
    settings: Settings,
    clock: StepClock,
    connection: Connection,
    stopped: StoppedHttp,
) -> None:
    """A refresh token that was used up while a process slept is no reason to end the connection."""
    clock.move(minutes=31)

    def sleep() -> None:
        _other(store, settings, clock)
        clock.move(minutes=40)

    stopped.meanwhile, stopped.answered = sleep, False
    found = TokenKeeper(store, settings, clock, stopped).access("c1")

    assert ("active", _kept(store).access, connection.id) == (_state(store), found, "c1")


class Waits(Exception):
    """Somebody waits."""


class ImpatientClock(StepClock):
    """Tells that somebody waits instead of letting them."""

    def sleep(self, seconds: float) -> None:
        """Raise."""
        raise Waits


def test_organisations_of_one_consent_refresh_once(
    store: SqlStore,
    clock: StepClock,
    connection: Connection,
    settings: Settings,
    sandbox: Sandbox,
    stopped: StoppedHttp,
) -> None:
    """While one organisation's token is renewed, another of the same consent waits for the pair."""
    store.save_connection(replace(connection, id="c2"), _kept(store))
    clock.move(minutes=31)
    other = TokenKeeper(store, settings, ImpatientClock(clock.now()), stopped)

    def ask() -> None:
        with pytest.raises(Waits):
            other.access("c2")

    stopped.meanwhile = ask
    TokenKeeper(store, settings, clock, stopped).access("c1")

    assert (1, _kept(store)) == (_refreshes(sandbox), _kept(store, "c2"))


def test_a_reconnect_survives_a_call_of_before(
    store: SqlStore,
    connection: Connection,
    sandbox: Sandbox,
    tokens: Tokens,
    settings: Settings,
    clock: StepClock,
    stopped: StoppedHttp,
) -> None:
    """A refusal of the old token that comes in after a person connected again ends nothing."""
    old = replace(tokens, access=Secret(f"{tokens.access.reveal()[:-4]}AAAA"))
    store.save_connection(connection, old)
    sandbox.fault("status", path="/api.xro", status=403)
    stopped.meanwhile = lambda: store.save_connection(connection, tokens)
    xero = XeroOrganisation(connection, settings, store, clock, http=stopped)
    name = xero.organisation()["Name"]

    assert ("Aroha Trading Ltd", "active") == (name, _state(store))
