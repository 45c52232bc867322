"""One request to Xero's identity server, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from oauthlib.oauth2 import Client, OAuth2Error
from requests.auth import AuthBase

from xtiger.errors import (
    CredentialsRefused,
    RateLimited,
    ScopeMissing,
    UnreadableAnswer,
    XeroRejected,
    XeroUnavailable,
    XeroUnreachable,
    XTigerError,
)
from xtiger.i18n.process_log import process_log
from xtiger.model.connections import Tokens
from xtiger.model.secret import HiddenBytes, Secret
from xtiger.ports.clock import Clock
from xtiger.settings import Settings
from xtiger.xero.answers import look, read_json
from xtiger.xero.limits import refusal
from xtiger.xero.transport import AnswerLost, AppAuth, Http, NoAuth, RawAnswer, origin

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
#: Xero's access tokens live 30 minutes; used where the answer does not tell.
_ACCESS_SECONDS = 1_800
#: Asking again after a lost answer is safe: Xero takes a used refresh token for 30 minutes more,
#: and refuses a used code.
TRIES = 3
_PAUSE_SECONDS = 0.5


class GrantRefused(Exception):
    """invalid_grant: the code or refresh token is used up, too old or unknown."""


@contextmanager
def borrowed(http: Http | None) -> Iterator[Http]:
    """The given door, or an own one that is closed afterwards."""
    door = http or Http()
    try:
        yield door
    finally:
        if http is None:
            door.close()


def error_name(code: object) -> str:
    """An OAuth error code fit for a sentence; nothing else of such an answer is repeated."""
    text = str(code or "")
    return text if re.fullmatch(r"[a-z_]{3,40}", text) else "an error without a name"


def ask_token(settings: Settings, clock: Clock, http: Http, client: Client, body: Secret) -> Tokens:
    """Send one token request, again when its answer is lost, and read the tokens.

    Raises GrantRefused, CredentialsRefused, ScopeMissing, XeroUnreachable, XeroUnavailable,
    RateLimited, UnreadableAnswer.
    """
    auth: AuthBase = NoAuth()  # an app without secret names itself in the body
    if settings.xero_client_secret:
        auth = AppAuth(settings.xero_client_id, settings.xero_client_secret)
    began = clock.now()
    sent = HiddenBytes(body.reveal().encode())
    answer = patiently(
        clock,
        settings.token_url,
        lambda: http.send("POST", settings.token_url, auth=auth, headers=_FORM, body=sent),
    )
    if answer.status != 200:
        raise _refused(answer)
    found = _hidden(client, answer)
    access, refresh = found.get("access_token"), found.get("refresh_token")
    if access is None:
        raise UnreadableAnswer("the token request", "it holds no access token")
    granted = found.get("scope") or ()
    return Tokens(
        access=access,
        refresh=refresh,
        expires_at=began + timedelta(seconds=int(found.get("expires_in") or _ACCESS_SECONDS)),
        refreshed_at=began,
        scope=tuple(granted.split() if isinstance(granted, str) else granted),
    )


def _hidden(client: Client, answer: RawAnswer) -> Mapping[str, Any]:
    """The answer to a token request with its tokens out of sight; empty when it is none."""
    try:
        found = client.parse_request_body_response(answer.body.decode())
    except (OAuth2Error, ValueError):
        return {}  # not chained: these texts may repeat the answer
    secrets = ("access_token", "refresh_token", "id_token")
    return {
        name: (Secret(str(value)) if value else None) if name in secrets else value
        for name, value in found.items()
    }


def patiently(clock: Clock, url: str, send: Callable[[], RawAnswer]) -> RawAnswer:
    """Send up to three times while Xero is away; the answer may be a refusal.

    Raises XeroUnreachable when no answer came, XeroUnavailable for 5xx, RateLimited for 429.
    """
    failure: XTigerError = XeroUnreachable(origin(url))
    for attempt in range(TRIES):
        if attempt:
            log = process_log("xtiger.xero")
            log.info("%s: %s, tried again", url.partition("?")[0], failure.code)
            clock.sleep(_PAUSE_SECONDS * 2**attempt)
        try:
            answer = send()
        except XeroUnreachable as error:
            failure = error
            continue
        except AnswerLost:
            failure = XeroUnreachable(origin(url))
            continue
        if answer.status == 429:
            wait = refusal(answer)
            raise RateLimited(wait.limit, retry_after_seconds=wait.milliseconds / 1_000)
        if answer.status < 500:
            return answer
        failure = XeroUnavailable(answer.status, correlation_id=answer.correlation_id)
    raise failure


def _refused(answer: RawAnswer) -> Exception:
    error = error_name(look(read_json(answer.body), "error"))
    if error == "invalid_grant":
        return GrantRefused()
    if error in ("invalid_client", "unauthorized_client"):
        return CredentialsRefused(error)
    if error == "invalid_scope":
        return ScopeMissing("what was asked for")
    return XeroRejected("the token request", answer.status, [error])
