"""Access tokens that are always fresh: one refresh at a time, over all threads and processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from oauthlib.oauth2 import WebApplicationClient

from xtiger.errors import ConnectionEnded, GoesOnLater, NotConnected, XeroUnreachable
from xtiger.model.connections import REFUSED_TOKEN, UNUSED, Connection, Tokens
from xtiger.model.secret import Secret
from xtiger.model.setting_keys import LeaseKey, refresh_lease
from xtiger.ports.clock import Clock
from xtiger.ports.store import ConnectionStore, LeaseStore
from xtiger.settings import Settings
from xtiger.xero.deadline import Deadline
from xtiger.xero.identity import TRIES, GrantRefused, ask_token
from xtiger.xero.oauth import client_credentials, consent_id
from xtiger.xero.transport import CONNECT_SECONDS, READ_SECONDS, Http, origin

#: An access token is renewed this long before it ends.
EARLY = timedelta(minutes=2)
#: A refresh token that is not used for this long is dead (Xero: 60 days).
REFRESH_LIFE = timedelta(days=60)
#: The previous refresh token works this long after the new one was issued.
GRACE = timedelta(minutes=30)

#: Longer than all tries of one refresh take.
_LEASE_SECONDS = TRIES * (CONNECT_SECONDS + READ_SECONDS) + 30
#: Between two looks at another's refresh: usually it takes a moment, else a while.
_FIRST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 2.0


class _Held(NamedTuple):
    """A lease in this process's hand."""

    name: LeaseKey
    fence: int


#: Why an active connection has no tokens: they are forgotten with its end only.
NO_KEY = "its tokens cannot be read: the key they were saved with is missing"


def refresh_days_left(tokens: Tokens, now: datetime) -> int | None:
    """Whole days until the refresh token dies unused; None for a custom connection."""
    if tokens.refresh is None:
        return None
    return max(0, (tokens.refreshed_at + REFRESH_LIFE - now).days)


class TokenStore(ConnectionStore, LeaseStore, Protocol):
    """What keeps tokens, and lets one process at a time renew them."""


class TokenKeeper:
    """Gives access tokens and renews them single flight through a lease in the store.

    Call it outside of `store.transaction()`: others must see the new pair at once.
    """

    def __init__(
        self,
        store: TokenStore,
        settings: Settings,
        clock: Clock,
        http: Http,
        until: datetime | None = None,
    ) -> None:
        """`until`: no wait, for Xero or for another process's refresh, lasts longer."""
        self._store, self._settings, self._clock, self._http = store, settings, clock, http
        self._deadline = Deadline(clock, until)

    def access(self, connection_id: str, refused: Secret | None = None) -> Secret:
        """An access token that lasts at least two minutes.

        `refused` is a token that Xero did not take: it is renewed unless somebody did already.
        Raises ConnectionEnded when Xero takes no refresh token any more (the connection is
        saved as ended), CredentialsRefused, NotConnected, XeroUnreachable, XeroUnavailable, and
        GoesOnLater when the caller waits no longer.
        """
        tokens = self._tokens(connection_id)
        if self._usable(tokens, refused):
            return tokens.access
        return self._alone(connection_id, refused)

    def end(self, connection_id: str, reason: str) -> ConnectionEnded:
        """Save a connection as ended and return the error to raise; its tokens are forgotten."""
        connection = self._store.connection(connection_id)
        if connection is None:
            return ConnectionEnded("Xero", reason)
        if connection.state == "active":
            self._store.save_connection(connection.ended(reason))
            self._store.forget_tokens(connection_id)
        return ConnectionEnded(connection.name, connection.reason or reason)

    def _tokens(self, connection_id: str) -> Tokens:
        tokens = self._store.tokens(connection_id)
        if tokens is not None:
            return tokens
        connection = self._store.connection(connection_id)
        if connection is None:
            raise NotConnected
        raise ConnectionEnded(connection.name, connection.reason or NO_KEY)

    def _usable(self, tokens: Tokens, refused: Secret | None) -> bool:
        return tokens.access != refused and self._clock.now() < tokens.expires_at - EARLY

    def superseded(self, connection_id: str, access: Secret) -> bool:
        """Whether a token that Xero refused was replaced meanwhile, perhaps by a reconnect."""
        tokens = self._store.tokens(connection_id)
        return tokens is not None and tokens.access != access

    def _alone(self, connection_id: str, refused: Secret | None) -> Secret:
        """Renew while holding the lease, or adopt what its holder saved."""
        holder, waited, pause = self._clock.new_id(), 0.0, _FIRST_POLL_SECONDS
        while True:
            tokens = self._tokens(connection_id)
            if self._usable(tokens, refused):
                return tokens.access
            # Organisations of one consent have one pair, so one lease.
            name = refresh_lease(consent_id(tokens.access) or connection_id)
            fence = self._store.acquire_lease(name, holder, _LEASE_SECONDS, self._clock.now())
            if fence is not None:
                found = self._in_time(connection_id, refused, _Held(name, fence))
                if found is not None:
                    return found.access
            elif waited > _LEASE_SECONDS:
                raise XeroUnreachable(origin(self._settings.token_url))
            elif not self._deadline.allows(pause):
                raise self._late(connection_id)
            else:
                self._clock.sleep(pause)
                waited, pause = waited + pause, min(pause * 1.5, _LONGEST_POLL_SECONDS)

    def _in_time(self, connection_id: str, refused: Secret | None, lease: _Held) -> Tokens | None:
        """Renew; a caller that waits no longer leaves it to a thread that saves the new pair.

        Cut off in the middle, the only token that Xero still takes for long would be lost.
        """
        left = self._deadline.seconds_left()
        if left is None:
            return self._renewed(connection_id, refused, lease)
        pool = ThreadPoolExecutor(1, "xtiger-token")  # the end of the process waits for it
        try:
            return pool.submit(self._renewed, connection_id, refused, lease).result(max(left, 0))
        except TimeoutError:
            raise self._late(connection_id) from None
        finally:
            pool.shutdown(wait=False)

    def _renewed(self, connection_id: str, refused: Secret | None, lease: _Held) -> Tokens | None:
        try:
            return self._held(connection_id, refused, lease)
        finally:
            self._store.release_lease(lease.name, lease.fence)

    def _late(self, connection_id: str) -> GoesOnLater:
        connection = self._store.connection(connection_id)
        return GoesOnLater(connection.name if connection else "Xero")

    def _held(self, connection_id: str, refused: Secret | None, lease: _Held) -> Tokens | None:
        """The pair to use; None where this process stood still and another took over."""
        tokens = self._tokens(connection_id)
        if self._usable(tokens, refused):
            return tokens
        new = self._mint(tokens) if tokens.refresh is None else self._refresh(tokens)
        with self._store.transaction():
            if not self._still(lease):
                return None
            if new is not None:
                self._save(connection_id, tokens, new)
                return new
        lapsed = refresh_days_left(tokens, self._clock.now()) == 0
        raise self.end(
            connection_id,
            UNUSED if lapsed else REFUSED_TOKEN,
        )

    def _still(self, lease: _Held) -> bool:
        return self._store.renew_lease(lease.name, lease.fence, _LEASE_SECONDS, self._clock.now())

    def _save(self, connection_id: str, old: Tokens, new: Tokens) -> None:
        """Store a new pair before anybody uses it."""
        connection = self._store.connection(connection_id)
        if connection is None or connection.state == "ended":
            # Disconnected meanwhile: the new pair must not bring it back.
            raise ConnectionEnded(connection.name if connection else "Xero", "it was disconnected")
        self._store.save_connection(connection, new)
        self._share(connection, old, new)

    def _share(self, renewed: Connection, old: Tokens, new: Tokens) -> None:
        """Give the new pair to the other organisations of the same consent: theirs dies now."""
        for other in self._store.all_connections():
            if other.id == renewed.id or other.state == "ended" or old.refresh is None:
                continue
            theirs = self._store.tokens(other.id)
            if theirs is not None and theirs.refresh == old.refresh:
                self._store.save_connection(other, new)

    def _mint(self, tokens: Tokens) -> Tokens:
        return client_credentials(self._settings, self._clock, tokens.scope, self._http)

    def _refresh(self, tokens: Tokens) -> Tokens | None:
        """The pair after this one; the pair before this one is tried when Xero knows it not.

        None when Xero takes neither.
        """
        candidates = [tokens.refresh]
        if self._clock.now() < tokens.refreshed_at + GRACE:
            # The newest pair may never have become valid at Xero's side.
            candidates.append(tokens.previous_refresh)
        for refresh in filter(None, candidates):
            try:
                new = self._exchange(refresh)
            except GrantRefused:
                continue
            return replace(
                new,
                refresh=new.refresh or refresh,
                scope=new.scope or tokens.scope,
                previous_refresh=refresh,
            )
        return None

    def _exchange(self, refresh: Secret) -> Tokens:
        client = WebApplicationClient(self._settings.xero_client_id)
        secret = self._settings.xero_client_secret
        more = {} if secret else {"client_id": self._settings.xero_client_id}
        body = Secret(client.prepare_refresh_body(refresh_token=refresh.reveal(), **more))
        return ask_token(self._settings, self._clock, self._http, client, body)
