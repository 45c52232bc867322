"""Tokens stay fresh: one refresh at a time, nothing lost when an answer is, clear ends."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.xero.clock import START, StepClock
from xtiger.db.cipher import Cipher
from xtiger.db.store import SqlStore
from xtiger.errors import (
    ConnectionEnded,
    CredentialsRefused,
    NotConnected,
    RateLimited,
    XeroUnavailable,
    XeroUnreachable,
)
from xtiger.model.connections import Connection, Tokens
from xtiger.model.secret import Secret
from xtiger.model.setting_keys import LeaseKey, refresh_lease
from xtiger.sandbox import Sandbox
from xtiger.settings import Settings
from xtiger.xero.oauth import client_credentials, consent_id, organisations, scopes
from xtiger.xero.tokens import TokenKeeper, refresh_days_left
from xtiger.xero.transport import Http


@pytest.fixture
def http() -> Iterator[Http]:
    door = Http()
    yield door
    door.close()


@pytest.fixture
def keeper(
    store: SqlStore, settings: Settings, clock: StepClock, http: Http, connection: Connection
) -> TokenKeeper:
    return TokenKeeper(store, settings, clock, http)


def _kept(store: SqlStore) -> Tokens:
    found = store.tokens("c1")
    assert found is not None
    return found


def _lease(store: SqlStore) -> LeaseKey:
    """The lease that a refresh takes."""
    return refresh_lease(consent_id(_kept(store).access))


def _refreshes(sandbox: Sandbox) -> int:
    """Token requests but for the one of the consent."""
    return len([call for call in sandbox.calls() if call.path == "/connect/token"]) - 1


def test_a_fresh_token_is_given_without_a_call(
    keeper: TokenKeeper, store: SqlStore, sandbox: Sandbox
) -> None:
    """No request is made while the token lasts."""
    assert (_kept(store).access, 0) == (keeper.access("c1"), _refreshes(sandbox))


def test_a_token_is_renewed_two_minutes_early(
    keeper: TokenKeeper, clock: StepClock, sandbox: Sandbox
) -> None:
    """At 28 minutes of its 30 a token is renewed."""
    clock.move(minutes=28)
    keeper.access("c1")

    assert 1 == _refreshes(sandbox)


def test_a_refused_token_is_renewed_at_once(
    keeper: TokenKeeper, store: SqlStore, sandbox: Sandbox
) -> None:
    """A token that Xero did not take is renewed though it should last."""
    refused = _kept(store).access

    assert refused != keeper.access("c1", refused)


def test_a_refused_token_that_was_renewed_already(
    keeper: TokenKeeper, store: SqlStore, sandbox: Sandbox
) -> None:
    """Two that were refused with the same token renew it once."""
    refused = _kept(store).access

    assert (keeper.access("c1", refused), 1) == (keeper.access("c1", refused), _refreshes(sandbox))


def test_eight_at_once_refresh_once(
    store: SqlStore,
    settings: Settings,
    clock: StepClock,
    connection: Connection,
    sandbox: Sandbox,
    cipher: Cipher,
) -> None:
    """Eight that find the token old, each with a database of its own as in eight processes,
    send one refresh and use the same token.
    """
    clock.move(minutes=29)

    def one(_: int) -> Secret:
        http, own = Http(), SqlStore.open(settings.database_url, cipher)
        try:
            return TokenKeeper(own, settings, clock, http).access("c1")
        finally:
            own.close()
            http.close()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(8)))

    assert ({_kept(store).access}, 1) == (set(found), _refreshes(sandbox))


def test_the_new_pair_is_stored_with_the_old_refresh_token(
    keeper: TokenKeeper, store: SqlStore, clock: StepClock
) -> None:
    """After a refresh the store has the new pair, and the refresh token before it."""
    before = _kept(store)
    clock.move(minutes=29)
    access = keeper.access("c1")
    after = _kept(store)

    assert (access, before.refresh, clock.now()) == (
        after.access,
        after.previous_refresh,
        after.refreshed_at,
    )


def test_a_lost_refresh_answer_is_asked_for_again(
    keeper: TokenKeeper, store: SqlStore, clock: StepClock, sandbox: Sandbox
) -> None:
    """A pair that was made but never arrived is asked for again with the same refresh token."""
    clock.move(minutes=29)
    sandbox.fault("lost_answer", path="/connect/token")

    assert keeper.access("c1") == _kept(store).access


def test_a_refresh_that_was_never_heard_of_works_within_the_grace(
    keeper: TokenKeeper, store: SqlStore, clock: StepClock, sandbox: Sandbox
) -> None:
    """After all tries were lost nothing is ended, and 20 minutes later the refresh succeeds."""
    clock.move(minutes=29)
    sandbox.fault("lost_answer", path="/connect/token", count=3)
    with pytest.raises(XeroUnreachable):
        keeper.access("c1")
    clock.move(minutes=20)

    assert keeper.access("c1") == _kept(store).access


def test_the_refresh_token_before_is_tried_within_the_grace(
    keeper: TokenKeeper, store: SqlStore, connection: Connection, clock: StepClock
) -> None:
    """When Xero does not know the newest refresh token, the one before it is used."""
    keeper.access("c1", _kept(store).access)
    store.save_connection(connection, replace(_kept(store), refresh=Secret("never-made")))
    clock.move(minutes=29)

    assert keeper.access("c1") == _kept(store).access


def test_the_refresh_token_before_is_not_tried_after_the_grace(
    keeper: TokenKeeper, store: SqlStore, connection: Connection, clock: StepClock, sandbox: Sandbox
) -> None:
    """After 30 minutes only the newest refresh token is sent."""
    keeper.access("c1", _kept(store).access)
    store.save_connection(connection, replace(_kept(store), refresh=Secret("never-made")))
    clock.move(minutes=31)
    with pytest.raises(ConnectionEnded):
        keeper.access("c1")

    assert 2 == _refreshes(sandbox)


def test_an_expired_refresh_token_ends_the_connection(
    keeper: TokenKeeper, store: SqlStore, clock: StepClock
) -> None:
    """After 60 days the connection is saved as ended, and the error says why and what to do."""
    clock.move(days=60)
    with pytest.raises(ConnectionEnded) as caught:
        keeper.access("c1")
    ended = store.connection("c1")
    assert ended is not None

    assert ("ended", None, True, True) == (
        ended.state,
        store.tokens("c1"),
        "it was not used for 60 days" in str(caught.value),
        str(caught.value).endswith("Connect again: xtiger connect"),
    )


def test_an_ended_connection_says_so_without_a_call(
    keeper: TokenKeeper, clock: StepClock, sandbox: Sandbox
) -> None:
    """Asking again for the token of an ended connection repeats the reason, and sends nothing."""
    clock.move(days=61)
    with pytest.raises(ConnectionEnded):
        keeper.access("c1")
    sent = _refreshes(sandbox)
    with pytest.raises(ConnectionEnded, match="not used for 60 days"):
        keeper.access("c1")

    assert sent == _refreshes(sandbox)


def test_wrong_secret_does_not_end_the_connection(
    store: SqlStore, settings: Settings, clock: StepClock, http: Http, connection: Connection
) -> None:
    """A secret typed wrongly is for a person to mend; the connection stays."""
    keeper = TokenKeeper(store, replace(settings, xero_client_secret=Secret("wrong")), clock, http)
    clock.move(minutes=29)
    with pytest.raises(CredentialsRefused):
        keeper.access("c1")
    kept = store.connection("c1")
    assert kept is not None

    assert "active" == kept.state


def test_identity_server_down(keeper: TokenKeeper, clock: StepClock, sandbox: Sandbox) -> None:
    """503 is tried three times, then told as Xero being down; the lease is given back."""
    clock.move(minutes=29)
    sandbox.fault("status", path="/connect/token", status=503, count=3)
    with pytest.raises(XeroUnavailable, match="503"):
        keeper.access("c1")

    assert (3, True) == (_refreshes(sandbox), bool(keeper.access("c1")))


def test_identity_server_busy(keeper: TokenKeeper, clock: StepClock, sandbox: Sandbox) -> None:
    """429 of the identity server is no reason to end anything."""
    clock.move(minutes=29)
    sandbox.fault("status", path="/connect/token", status=429, retry_after_seconds=7)
    with pytest.raises(RateLimited) as caught:
        keeper.access("c1")

    assert 7 == caught.value.retry_after_seconds


def test_custom_connection_is_minted_again(
    store: SqlStore, settings: Settings, clock: StepClock, http: Http, connection: Connection
) -> None:
    """Without refresh token a new access token is asked for by client credentials."""
    first = client_credentials(settings, clock, scopes())
    store.save_connection(connection, first)
    clock.move(minutes=29)
    found = TokenKeeper(store, settings, clock, http).access("c1")

    assert (True, True) == (
        found != first.access,
        bool(organisations(settings, clock, replace(first, access=found))),
    )


def test_organisations_of_one_consent_share_the_new_pair(
    keeper: TokenKeeper, store: SqlStore, connection: Connection, clock: StepClock
) -> None:
    """Where two connections hold the same refresh token, both get the new pair."""
    store.save_connection(replace(connection, id="c2"), _kept(store))
    clock.move(minutes=29)
    keeper.access("c1")

    assert store.tokens("c1") == store.tokens("c2")


def test_a_holder_that_died_is_waited_for(
    keeper: TokenKeeper, store: SqlStore, clock: StepClock
) -> None:
    """The lease of a process that died runs out, and the refresh goes on."""
    clock.move(minutes=29)
    store.acquire_lease(_lease(store), "dead", 60, clock.now())

    assert keeper.access("c1") == _kept(store).access


def test_a_connection_ended_meanwhile_stays_ended(
    keeper: TokenKeeper, store: SqlStore, connection: Connection, clock: StepClock
) -> None:
    """A refresh that crosses a disconnect does not bring the connection back."""
    store.save_connection(connection.ended("it was disconnected"))
    clock.move(minutes=29)
    with pytest.raises(ConnectionEnded):
        keeper.access("c1")
    kept = store.connection("c1")
    assert kept is not None

    assert "ended" == kept.state


def test_a_lease_that_is_never_given_back(
    keeper: TokenKeeper, store: SqlStore, clock: StepClock, sandbox: Sandbox
) -> None:
    """Waiting for another's refresh ends with an error that is worth trying again."""
    clock.move(minutes=29)
    store.acquire_lease(_lease(store), "busy", 100_000, clock.now())
    with pytest.raises(XeroUnreachable):
        keeper.access("c1")

    assert 0 == _refreshes(sandbox)


def test_what_others_keep_is_left_alone(
    keeper: TokenKeeper, store: SqlStore, connection: Connection, clock: StepClock
) -> None:
    """Connections that ended, or of another consent, do not get the new pair."""
    others = {"c2": Tokens("a2", "r2", clock.now(), clock.now()), "c3": _kept(store)}
    store.save_connection(replace(connection, id="c2"), others["c2"])
    store.save_connection(replace(connection, id="c3").ended("gone"), others["c3"])
    clock.move(minutes=29)
    keeper.access("c1")

    assert others == {name: store.tokens(name) for name in others}


def test_the_first_reason_stays(
    keeper: TokenKeeper, store: SqlStore, connection: Connection
) -> None:
    """Ending what has ended keeps and tells the reason that it ended with."""
    store.save_connection(connection.ended("it was disconnected"))

    assert "it was disconnected" == keeper.end("c1", "another").reason


def test_ending_what_is_not_there(keeper: TokenKeeper) -> None:
    """Ending an unknown connection gives an error to raise, and saves nothing."""
    assert "wrong" == keeper.end("nobody", "wrong").reason


def test_an_unknown_connection(keeper: TokenKeeper) -> None:
    """A connection that the store does not know is not connected."""
    with pytest.raises(NotConnected):
        keeper.access("nobody")


def test_a_refresh_logs_no_token(
    keeper: TokenKeeper, store: SqlStore, clock: StepClock, caplog: pytest.LogCaptureFixture
) -> None:
    """No library writes a token or the secret to its debug log."""
    caplog.set_level(logging.DEBUG)
    before = _kept(store)
    clock.move(minutes=29)
    keeper.access("c1")
    after = _kept(store)
    secrets = [before.access, before.refresh, after.access, after.refresh]

    assert [] == [secret for secret in secrets if secret and secret.reveal() in caplog.text]


@pytest.mark.parametrize(("age_days", "left"), [(0, 60), (50, 10), (59.5, 0), (70, 0)])
def test_days_left(age_days: float, left: int) -> None:
    """Days until the refresh token dies are whole and never negative."""
    tokens = Tokens("a", "r", START, refreshed_at=START)

    assert left == refresh_days_left(tokens, START + timedelta(days=age_days))


def test_a_custom_connection_has_no_days_left() -> None:
    """A custom connection does not run out."""
    assert refresh_days_left(Tokens("a", None, START, START), START) is None
