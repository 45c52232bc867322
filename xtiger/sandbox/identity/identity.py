"""The identity server: consent page, tokens, revocation and connections."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlencode, urlsplit

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import (
    Answer,
    Invalid,
    Refused,
    json_answer,
    milliseconds,
    moment,
    problem,
)
from xtiger.sandbox.identity import scopes
from xtiger.sandbox.identity.apps import App, Apps
from xtiger.sandbox.identity.connections import Connections
from xtiger.sandbox.identity.consent import consent_page, error_page
from xtiger.sandbox.identity.tokens import CODE_LIFE, Access, Mint, hashed, read_access
from xtiger.sandbox.state import NOBODY, Raw, State

_HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who may call: the apps, one Xero user, and the organisations this user has."""

    state: State
    mint: Mint
    apps: Apps
    connections: Connections
    user_id: str
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    word: Callable[[], str]

    # --- consent ----------------------------------------------------------------------------

    def authorize(self, asked: Mapping[str, str], decision: Mapping[str, str] | None) -> Answer:
        """Answer GET (page) or POST (decision: {"tenant", "decision"}) of the consent page."""
        offered = self.connections.organisations()
        try:
            app = self._checked_authorize(asked)
            if decision is not None and decision.get("decision") == "allow":
                self.connections.check_room(app, decision.get("tenant", ""))
        except Invalid as error:
            return Answer(400, error_page(error.errors[0], error.errors[-1]).encode(), _HTML)
        if decision is None:
            return Answer(200, consent_page(asked, offered).encode(), _HTML)
        if decision.get("decision") != "allow":
            return self._back(asked, {"error": "access_denied"})
        tenant = decision.get("tenant", "")
        if tenant not in dict(offered):
            page = consent_page(asked, offered, "Choose an organisation first.")
            return Answer(200, page.encode(), _HTML)
        return self._back(asked, {"code": self._code(asked, tenant)})

    def _checked_authorize(self, asked: Mapping[str, str]) -> App:
        app = self.apps.get(asked.get("client_id", ""))
        if app is None:
            raise Invalid(["unauthorized_client", "Unknown client or client not enabled"])
        if not redirect_allowed(asked.get("redirect_uri", "")):
            raise Invalid(["unauthorized_client", "Invalid redirect_uri"])
        if asked.get("response_type") != "code":
            raise Invalid(["unsupported_response_type", "response_type must be code"])
        wanted = asked.get("scope", "").split()
        if not wanted or set(wanted) - scopes.known(broad=app.broad_scopes):
            raise Invalid(["invalid_scope", "Invalid scope for client"])
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            raise Invalid(["invalid_request", "code_challenge_method must be S256"])
        return app

    def _back(self, asked: Mapping[str, str], query: dict[str, str]) -> Answer:
        if asked.get("state"):
            query["state"] = asked["state"]
        uri = asked["redirect_uri"]
        glue = "&" if urlsplit(uri).query else "?"
        return Answer(302, b"", _NO_STORE | {"Location": f"{uri}{glue}{urlencode(query)}"})

    def _code(self, asked: Mapping[str, str], tenant: str) -> str:
        code = self.word()
        row = {
            "app": asked["client_id"],
            "redirect_uri": asked["redirect_uri"],
            "scopes": asked["scope"].split(),
            "challenge": asked.get("code_challenge") or None,
            "tenant": tenant,
            "made": milliseconds(self.now()),
        }
        self.state.put(NOBODY, "Code", hashed(code), row)
        return code

    # --- tokens -----------------------------------------------------------------------------

    def token(self, form: Mapping[str, str], authorization: str) -> Answer:
        """Answer POST /connect/token: authorization_code, refresh_token or client_credentials."""
        try:
            app = self._client(form, authorization)
            match form.get("grant_type"):
                case "authorization_code":
                    answer = self._exchange(form, app)
                case "refresh_token":
                    token = form.get("refresh_token", "")
                    found = self.mint.refresh(app.client_id, token, self.now())
                    if found is None:
                        raise Invalid(["invalid_grant"])
                    answer = found
                case "client_credentials":
                    answer = self._client_credentials(form, app)
                case _:
                    raise Invalid(["unsupported_grant_type"])
        except Invalid as error:
            refusal = json_answer({"error": error.errors[0]}, 400)
            refusal.headers |= _NO_STORE
            return refusal
        good = json_answer(answer)
        good.headers |= _NO_STORE
        return good

    def _client(self, form: Mapping[str, str], authorization: str) -> App:
        """Return the app that calls; raises Invalid when it is not who it says."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.lower().startswith("basic "):
            try:
                pair = base64.b64decode(authorization[6:], validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise Invalid(["invalid_client"]) from None
            client_id, _, secret = (unquote(part) for part in pair.partition(":"))
        if not secret and not self._without_secret(form):
            raise Invalid(["invalid_client"])
        app = self.apps.known(client_id, secret or None)
        if app is None:
            raise Invalid(["unauthorized_client"])
        return app

    def _without_secret(self, form: Mapping[str, str]) -> bool:
        """An app that used PKCE has no secret: the verifier, then its token proves it instead."""
        if form.get("grant_type") == "authorization_code":
            return bool(form.get("code_verifier"))
        row = self.state.get(NOBODY, "RefreshToken", hashed(form.get("refresh_token", "")))
        return bool(row and row["grant"].get("pkce"))

    def _exchange(self, form: Mapping[str, str], app: App) -> Raw:
        key = hashed(form.get("code", ""))
        with self.state.transaction():
            row = self.state.get(NOBODY, "Code", key)
            self.state.put(NOBODY, "Code", key, None)
        now = self.now()
        if row is None or now - moment(row["made"]) >= CODE_LIFE:
            raise Invalid(["invalid_grant"])
        if row["redirect_uri"] != form.get("redirect_uri") or row["app"] != app.client_id:
            raise Invalid(["invalid_grant"])
        if not _verified(row["challenge"], form.get("code_verifier", "")):
            raise Invalid(["invalid_grant"])
        with self.state.transaction():
            event = self.new_id()
            self.connections.connect(app.client_id, row["tenant"], event, now)
            # Scopes add up over consents; only a revocation drops them.
            before = (self.state.get(NOBODY, "Grant", app.client_id) or {}).get("scopes", [])
            granted = list(dict.fromkeys([*row["scopes"], *before]))
            self.state.put(NOBODY, "Grant", app.client_id, {"scopes": granted})
            grant = {
                "app": app.client_id,
                "user": self.user_id,
                "scopes": granted,
                "auth_event": event,
                "pkce": bool(row["challenge"]),
            }
            return self.mint.pair(grant, now)

    def _client_credentials(self, form: Mapping[str, str], app: App) -> Raw:
        """A custom connection: always the first organisation, no refresh token.

        With scopes of the app only, such as app.connections, no organisation is connected.
        """
        wanted = form.get("scope", "").split()
        granted = [scope for scope in wanted if scope.startswith(("accounting.", "app."))]
        if not wanted or set(wanted) - scopes.known(broad=app.broad_scopes):
            raise Invalid(["invalid_scope"])
        grant: Raw = {
            "app": app.client_id,
            "user": self.user_id,
            "scopes": granted,
            "auth_event": self.new_id(),
            "no_refresh": True,
        }
        if all(scope.startswith("app.") for scope in granted):
            return self.mint.pair(grant, self.now())
        tenant = self.connections.organisations()[0][0]
        with self.state.transaction():
            row = self.connections.get(app.client_id, tenant) or self.connections.connect(
                app.client_id, tenant, grant["auth_event"], self.now()
            )
            grant |= {"auth_event": row["authEventId"], "tenant": tenant}
            return self.mint.pair(grant, self.now())

    def revoke(self, form: Mapping[str, str], authorization: str) -> Answer:
        """Answer POST /connect/revocation: the refresh token and all connections are gone."""
        try:
            app = self._client(form, authorization)
        except Invalid as error:
            return json_answer({"error": error.errors[0]}, 400)
        row = self.state.get(NOBODY, "RefreshToken", hashed(form.get("token", "")))
        if row is not None and row["grant"]["app"] == app.client_id:
            self.withdraw(app.client_id)
        return Answer(200)

    def withdraw(self, client_id: str) -> None:
        """Take back what the user allowed an app: refresh tokens, scopes and connections."""
        with self.state.transaction():
            for token in self.state.ids(NOBODY, "RefreshToken"):
                row = self.state.get(NOBODY, "RefreshToken", token)
                if row is not None and row["grant"]["app"] == client_id:
                    self.state.put(NOBODY, "RefreshToken", token, None)
            for row in self.connections.of_app(client_id):
                self.connections.end(row)
            self.state.put(NOBODY, "Grant", client_id, None)

    # --- access -----------------------------------------------------------------------------

    def access(self, authorization: str) -> Access:
        """Return what the bearer token of a call says; raises Refused (401)."""
        scheme, _, token = authorization.partition(" ")
        found = read_access(self.mint.key, token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise Refused(problem(401, "Unauthorized", messages.AUTHENTICATION))
        if self.now() >= found.expires:
            raise Refused(expired(found.expires))
        return found

    def tenant(self, access: Access, header: str) -> str:
        """Return the organisation that a call may use; raises Refused (403)."""
        tenant = (header.strip().lower() or access.only_tenant) or ""
        outside = access.only_tenant is not None and tenant != access.only_tenant
        if outside or self.connections.get(access.client_id, tenant) is None:
            raise Refused(problem(403, "Forbidden", messages.AUTHENTICATION, self.new_id()))
        return tenant


def expired(moment_of_expiry: dt.datetime) -> Answer:
    """Return the 401 of an expired token."""
    when = moment_of_expiry.strftime("%m/%d/%Y %H:%M:%S")
    detail = messages.TOKEN_EXPIRED.replace("MM/DD/YYYY HH:MM:SS", when)
    return problem(401, "Unauthorized", detail)


def redirect_allowed(uri: str) -> bool:
    """Say whether Xero would take a redirect address: https, or http on localhost by name."""
    parts = urlsplit(uri)
    # urlsplit drops line ends, a Location header would not.
    if parts.fragment or any(sign <= " " for sign in uri):
        return False
    return (parts.scheme == "https" and bool(parts.hostname)) or (
        parts.scheme == "http" and parts.hostname == "localhost"
    )


def _verified(challenge: str | None, verifier: str) -> bool:
    if challenge is None:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return 43 <= len(verifier) <= 128 and hmac.compare_digest(made, challenge.rstrip("="))
