"""Tokens of the sandbox: access tokens that look like Xero's, refresh tokens that rotate."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xtiger.sandbox.accounting.envelope import milliseconds, moment
from xtiger.sandbox.state import NOBODY, Raw, State

ACCESS_SECONDS = 1800
_ID_SECONDS = 300
REFRESH_LIFE = dt.timedelta(days=60)
#: How long the previous refresh token still works when the new one got lost.
GRACE = dt.timedelta(minutes=30)
CODE_LIFE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Access:
    """What a valid access token says."""

    #: The app that the token was given to.
    client_id: str
    user_id: str
    scopes: frozenset[str]
    auth_event_id: str
    expires: dt.datetime
    #: The one organisation of a custom connection; None for tokens of a consent.
    only_tenant: str | None


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _sign(key: str, claims: dict[str, Any]) -> str:
    head = _b64(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "sandbox"}).encode())
    body = f"{head}.{_b64(json.dumps(claims).encode())}"
    return f"{body}.{_b64(hmac.new(key.encode(), body.encode(), hashlib.sha256).digest())}"


def read_access(key: str, token: str) -> Access | None:
    """Return what an access token says, expired or not; None if it is not one of ours."""
    body, _, mark = token.rpartition(".")
    expected = _b64(hmac.new(key.encode(), body.encode(), hashlib.sha256).digest())
    # Compared as bytes: a header may carry signs outside ASCII.
    if not hmac.compare_digest(expected.encode(), mark.encode()):
        return None
    claims = json.loads(_unb64(body.split(".")[1]))
    if "scope" not in claims:  # an id_token is no access token
        return None
    return Access(
        claims["client_id"],
        claims["xero_userid"],
        frozenset(claims["scope"]),
        claims["authentication_event_id"],
        dt.datetime.fromtimestamp(claims["exp"], dt.UTC),
        claims.get("sandbox_tenant"),
    )


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes tokens and keeps refresh tokens, hashed, in the state."""

    state: State
    key: str
    word: Callable[[], str]
    new_id: Callable[[], str]

    def pair(self, grant: Raw, now: dt.datetime) -> Raw:
        """Return a token answer for a grant: {app, user, scopes, auth_event, tenant}."""
        seconds = int(now.timestamp())
        scopes: list[str] = grant["scopes"]
        claims = {
            "nbf": seconds,
            "exp": seconds + ACCESS_SECONDS,
            "iss": "https://identity.xero.com",
            "aud": "https://identity.xero.com/resources",
            "client_id": grant["app"],
            "sub": hashlib.md5(grant["user"].encode(), usedforsecurity=False).hexdigest(),
            "auth_time": seconds,
            "xero_userid": grant["user"],
            "global_session_id": self.new_id().replace("-", ""),
            "jti": self.new_id().replace("-", ""),
            "authentication_event_id": grant["auth_event"],
            "scope": scopes,
        }
        if grant.get("tenant"):
            claims["sandbox_tenant"] = grant["tenant"]
        answer: Raw = {
            "access_token": _sign(self.key, claims),
            "expires_in": ACCESS_SECONDS,
            "token_type": "Bearer",
            "scope": " ".join(scopes),
        }
        if "openid" in scopes:
            answer["id_token"] = self._id_token(claims, seconds)
        if "offline_access" in scopes and not grant.get("no_refresh"):
            answer["refresh_token"] = self._refresh_token(grant, now)
        return answer

    def _id_token(self, claims: Raw, seconds: int) -> str:
        names = {
            "preferred_username": "demo.user@example.com",
            "email": "demo.user@example.com",
            "given_name": "Demo",
            "family_name": "User",
            "name": "Demo User",
        }
        kept = ("nbf", "iss", "sub", "auth_time", "xero_userid", "global_session_id")
        return _sign(
            self.key,
            {name: claims[name] for name in kept}
            | names
            | {"aud": claims["client_id"], "exp": seconds + _ID_SECONDS},
        )

    def _refresh_token(self, grant: Raw, now: dt.datetime) -> str:
        token = self.word()
        row = {"grant": grant, "made": milliseconds(now), "used": None}
        self.state.put(NOBODY, "RefreshToken", hashed(token), row)
        return token

    def refresh(self, app: str, token: str, now: dt.datetime) -> Raw | None:
        """Return a new pair for an app's refresh token, or None if it is unknown or used up."""
        with self.state.transaction():
            row = self.state.get(NOBODY, "RefreshToken", hashed(token))
            if (
                row is None
                or row["grant"]["app"] != app
                or now - moment(row["made"]) >= REFRESH_LIFE
            ):
                return None
            if row["used"] is not None and now - moment(row["used"]) >= GRACE:
                return None
            if row["used"] is None:
                used = row | {"used": milliseconds(now)}
                self.state.put(NOBODY, "RefreshToken", hashed(token), used)
            return self.pair(row["grant"], now)


def hashed(secret: str) -> str:
    """Return what is stored in place of a token or code."""
    return hashlib.sha256(secret.encode()).hexdigest()
