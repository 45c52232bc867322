"""OAuth 2.0 with Xero: consent, tokens of a custom connection, organisations, disconnect.

requests-oauthlib builds what is sent and reads what comes back; the sending is our own,
since its fetch_token() writes tokens to the debug log and refuses http://localhost.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import simplejson
from oauthlib.oauth2 import BackendApplicationClient, WebApplicationClient
from requests_oauthlib import OAuth2Session

from xtiger.errors import (
    ConnectionEnded,
    ConsentRefused,
    CredentialsRefused,
    ScopeMissing,
    SettingInvalid,
    UnreadableAnswer,
    XeroRejected,
)
from xtiger.model.connections import Tokens
from xtiger.model.secret import Secret
from xtiger.ports.clock import Clock
from xtiger.settings import Settings
from xtiger.xero.answers import messages, read_json
from xtiger.xero.identity import (
    GrantRefused,
    ask_token,
    borrowed,
    error_name,
    patiently,
)
from xtiger.xero.transport import Bearer, Http, RawAnswer, require_safe

#: What everything needs: who connects, and a refresh token.
_ALWAYS = ("openid", "profile", "email", "offline_access")
#: What may be asked for, in the order asked: Xero's granular scopes of March 2026. Each may be had
#: with ".read" as well, which lets it be read only.
SCOPES = (
    "accounting.contacts",
    "accounting.invoices",
    "accounting.settings",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.attachments",
)
_READ = ".read"
#: Without these nothing is synced: contacts, invoices, and the settings that both are checked by.
_LEAST = ("accounting.contacts", "accounting.invoices", "accounting.settings.read")
_VERIFIER_LENGTH = 64  # RFC 7636 allows 43 to 128
_JSON = {"Accept": "application/json"}


class Asked(NamedTuple):
    """A consent that was begun; keep it until the person comes back."""

    #: Where to send the person.
    url: str
    #: Must come back unchanged.
    state: str
    #: Proves that the same program finishes; None where the app has a secret.
    verifier: Secret | None


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation that a consent covers."""

    #: Xero's id of the connection, needed to disconnect.
    connection_id: str
    #: The value of the header xero-tenant-id.
    organisation_id: str
    name: str


def scopes(needs: Sequence[str] = ()) -> tuple[str, ...]:
    """The scopes to ask for: contacts, invoices, reading settings, and the needs.

    A need is one of SCOPES, or one of them with ".read". Raises ValueError for another.
    """
    known = {name for scope in SCOPES for name in (scope, scope + _READ)}
    unknown = set(needs) - known
    if unknown:
        raise ValueError(f"unknown scopes {sorted(unknown)}; known: {', '.join(SCOPES)}")
    wanted = {*_LEAST, *needs}
    asked = []
    for scope in SCOPES:
        # The wider scope reads too.
        asked += [name for name in (scope, scope + _READ) if name in wanted][:1]
    return (*_ALWAYS, *asked)


class Consent:
    """One authorization code flow; PKCE where no secret is set."""

    def __init__(
        self, settings: Settings, redirect_uri: str, clock: Clock, http: Http | None = None
    ) -> None:
        """Raise SettingInvalid for a redirect address that Xero refuses, or no client id."""
        _check_redirect(redirect_uri)
        _check_client_id(settings)
        require_safe(settings.token_url)
        self._settings, self._redirect_uri, self._clock = settings, redirect_uri, clock
        self._http = http

    def begin(self, wanted: Sequence[str]) -> Asked:
        """Begin, asking for these scopes: the address of Xero's consent page."""
        client = WebApplicationClient(self._settings.xero_client_id)
        session = OAuth2Session(client=client, redirect_uri=self._redirect_uri, scope=list(wanted))
        verifier, challenge = None, {}
        if not self._settings.xero_client_secret:
            verifier = Secret(client.create_code_verifier(_VERIFIER_LENGTH))
            challenge = {
                "code_challenge": client.create_code_challenge(verifier.reveal(), "S256"),
                "code_challenge_method": "S256",
            }
        state = self._clock.new_id()
        scheme, rest = self._settings.authorize_url.split("://", 1)
        # oauthlib builds https addresses only; require_safe() let http pass for localhost.
        url, _ = session.authorization_url(f"https://{rest}", state=state, **challenge)
        session.close()
        return Asked(url.replace("https://", f"{scheme}://", 1), state, verifier)

    def finish(
        self, returned_url: Secret | str, state: str, verifier: Secret | str | None = None
    ) -> Tokens:
        """Exchange what the person came back with for tokens.

        Raises ConsentRefused (cancelled, other state, code too old), CredentialsRefused,
        XeroUnreachable.
        """
        code = _code(Secret(returned_url), state)
        client = WebApplicationClient(self._settings.xero_client_id)
        body = Secret(
            client.prepare_request_body(
                code=code.reveal(),
                redirect_uri=self._redirect_uri,
                include_client_id=not self._settings.xero_client_secret,
                **({"code_verifier": Secret(verifier).reveal()} if verifier else {}),
            )
        )
        try:
            with borrowed(self._http) as http:
                return ask_token(self._settings, self._clock, http, client, body)
        except GrantRefused:
            raise ConsentRefused("the answer was used already or is older than 5 minutes") from None


def client_credentials(
    settings: Settings, clock: Clock, wanted: Sequence[str], http: Http | None = None
) -> Tokens:
    """Tokens of a custom connection: of the app itself, for its one organisation.

    The scopes must be enabled on the app too. Raises CredentialsRefused, ScopeMissing,
    XeroUnreachable, SettingInvalid when no secret is set.
    """
    _check_client_id(settings)
    if not settings.xero_client_secret:
        raise SettingInvalid(
            "XTIGER_XERO_CLIENT_SECRET",
            "is not set",
            "A custom connection needs the app's secret from developer.xero.com.",
        )
    client = BackendApplicationClient(settings.xero_client_id)
    # Who connects and offline access are for people only.
    own: list[object] = [scope for scope in wanted if scope not in _ALWAYS]
    body = Secret(client.prepare_request_body(include_client_id=False, scope=own))
    try:
        with borrowed(http) as door:
            return ask_token(settings, clock, door, client, body)
    except GrantRefused:
        raise CredentialsRefused("invalid_grant: the app is no custom connection") from None


def organisations(
    settings: Settings, clock: Clock, tokens: Tokens, http: Http | None = None
) -> list[Organisation]:
    """The organisations that this consent covers, by name.

    Only those of the last consent where the token names it (authEventId). Raises
    ConsentRefused when the token is refused, XeroUnreachable, XeroUnavailable.
    """
    event = consent_id(tokens.access)
    with borrowed(http) as door:
        found = _connections(settings, clock, door, tokens, event)
        # Allowing again what is connected already may leave the old consent's id on it.
        if event and not found:
            found = _connections(settings, clock, door, tokens, "")
    return sorted(found, key=lambda organisation: organisation.name)


def disconnect(
    settings: Settings,
    clock: Clock,
    tokens: Tokens,
    xero_connection_id: str,
    http: Http | None = None,
) -> None:
    """End one connection at Xero; one that is gone already is fine.

    `xero_connection_id` is the id of the connection, not of the organisation. Raises
    ConnectionEnded when the token is refused, XeroUnreachable, XeroUnavailable.
    """
    url = f"{settings.connections_url}/{quote(xero_connection_id, safe='')}"
    with borrowed(http) as door:
        answer = patiently(
            clock, url, lambda: door.send("DELETE", url, auth=Bearer(tokens.access), headers=_JSON)
        )
    if answer.status in (401, 403):
        raise ConnectionEnded("Xero", "Xero refused the access token")
    if answer.status not in (200, 204, 404):
        raise XeroRejected("DELETE /connections", answer.status, _said(answer))


def consent_id(access: Secret) -> str:
    """The id of the consent in an access token, unverified; "" where it tells none."""
    try:
        body = access.reveal().split(".")[1]
        claims = simplejson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(claims.get("authentication_event_id") or "")
    except (IndexError, ValueError, AttributeError):
        return ""


def _connections(
    settings: Settings, clock: Clock, http: Http, tokens: Tokens, event: str
) -> list[Organisation]:
    url = settings.connections_url
    answer = patiently(
        clock,
        url,
        lambda: http.send(
            "GET",
            url,
            auth=Bearer(tokens.access),
            headers=_JSON,
            query={"authEventId": event} if event else None,
        ),
    )
    if answer.status in (401, 403):
        raise ConsentRefused("Xero refused the access token")
    if answer.status != 200:
        raise XeroRejected("GET /connections", answer.status, _said(answer))
    try:
        rows = simplejson.loads(answer.body)
        if not isinstance(rows, list):
            raise TypeError
        return [
            Organisation(str(row["id"]), str(row["tenantId"]), str(row.get("tenantName") or ""))
            for row in rows
            if row.get("tenantType", "ORGANISATION") == "ORGANISATION"
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UnreadableAnswer("GET /connections", "it is no list of connections") from None


def _said(answer: RawAnswer) -> Sequence[str]:
    body: Mapping[str, object] | None = read_json(answer.body)
    return messages(body) if body is not None else ()


def _check_client_id(settings: Settings) -> None:
    if not settings.xero_client_id:
        raise SettingInvalid(
            "XTIGER_XERO_CLIENT_ID",
            "is not set",
            "Make an app at developer.xero.com and set its client id.",
        )


def _check_redirect(redirect_uri: str) -> None:
    parts = urlsplit(redirect_uri)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname == "localhost":
        return
    raise SettingInvalid(
        "The redirect address",
        f"{parts.scheme}://{parts.netloc} is none that Xero takes",
        "Use https, or http://localhost for testing; http://127.0.0.1 does not work.",
    )


def _code(returned_url: Secret, state: str) -> Secret:
    """The code in the address that the person came back with."""
    answer = parse_qs(urlsplit(returned_url.reveal()).query)
    code, given = Secret(answer.pop("code", [""])[0]), {k: v[0] for k, v in answer.items()}
    if not state or not hmac.compare_digest(given.get("state", "").encode(), state.encode()):
        raise ConsentRefused("the answer does not belong to the question that was asked")
    error = given.get("error")
    if error == "access_denied":
        raise ConsentRefused("it was cancelled at Xero")
    if error in ("unauthorized_client", "invalid_client"):
        raise CredentialsRefused(error)
    if error == "invalid_scope":
        raise ScopeMissing("what was asked for")
    if error:
        raise ConsentRefused(f"Xero answered {error_name(error)}")
    if not code:
        raise ConsentRefused("the answer holds no code")
    return code
