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

from xtiger.sandbox import messages, scopes
from xtiger.sandbox.consent import consent_page, error_page
from xtiger.sandbox.envelope import (
    Answer,
    Invalid,
    Refused,
    json_answer,
    milliseconds,
    moment,
    problem,
)
from xtiger.sandbox.state import NOBODY, Raw, State
from xtiger.sandbox.tokens import CODE_LIFE, Access, Mint, hashed, read_access

_HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who may call: one app, one Xero user, and the organisations this user has."""

    state: State
    mint: Mint
    client_id: str
    client_secret: str
    user_id: str
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    word: Callable[[], str]

    # --- consent ----------------------------------------------------------------------------

    def authorize(self, asked: Mapping[str, str], decision: Mapping[str, str] | None) -> Answer:
        """Answer GET (page) or POST (decision: {"tenant", "decision"}) of the consent page."""
        try:
            self._check_authorize(asked)
        except Invalid as error:
            return Answer(400, error_page(error.errors[0], error.errors[-1]).encode(), _HTML)
        if decision is None:
            return Answer(200, consent_page(asked, self.organisations()).encode(), _HTML)
        if decision.get("decision") != "allow":
            return self._back(asked, {"error": "access_denied"})
        tenant = decision.get("tenant", "")
        if tenant not in dict(self.organisations()):
            page = consent_page(asked, self.organisations(), "Choose an organisation first.")
            return Answer(200, page.encode(), _HTML)
        return self._back(asked, {"code": self._code(asked, tenant)})

    def _check_authorize(self, asked: Mapping[str, str]) -> None:
        if not hmac.compare_digest(asked.get("client_id", "").encode(), self.client_id.encode()):
            raise Invalid(["unauthorized_client", "Unknown client or client not enabled"])
        if not redirect_allowed(asked.get("redirect_uri", "")):
            raise Invalid(["unauthorized_client", "Invalid redirect_uri"])
        if asked.get("response_type") != "code":
            raise Invalid(["unsupported_response_type", "response_type must be code"])
        wanted = asked.get("scope", "").split()
        if not wanted or set(wanted) - scopes.known():
            raise Invalid(["invalid_scope", "Invalid scope for client"])
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            raise Invalid(["invalid_request", "code_challenge_method must be S256"])

    def _back(self, asked: Mapping[str, str], told: dict[str, str]) -> Answer:
        if asked.get("state"):
            told["state"] = asked["state"]
        uri = asked["redirect_uri"]
        glue = "&" if urlsplit(uri).query else "?"
        return Answer(302, b"", _NO_STORE | {"Location": f"{uri}{glue}{urlencode(told)}"})

    def _code(self, asked: Mapping[str, str], tenant: str) -> str:
        code = self.word()
        row = {
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
            self._check_client(form, authorization)
            match form.get("grant_type"):
                case "authorization_code":
                    answer = self._exchange(form)
                case "refresh_token":
                    found = self.mint.refresh(form.get("refresh_token", ""), self.now())
                    if found is None:
                        raise Invalid(["invalid_grant"])
                    answer = found
                case "client_credentials":
                    answer = self._client_credentials(form)
                case _:
                    raise Invalid(["unsupported_grant_type"])
        except Invalid as error:
            refusal = json_answer({"error": error.errors[0]}, 400)
            refusal.headers |= _NO_STORE
            return refusal
        good = json_answer(answer)
        good.headers |= _NO_STORE
        return good

    def _check_client(self, form: Mapping[str, str], authorization: str) -> None:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.lower().startswith("basic "):
            try:
                pair = base64.b64decode(authorization[6:], validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise Invalid(["invalid_client"]) from None
            client_id, _, secret = (unquote(part) for part in pair.partition(":"))
        if not secret and not self._without_secret(form):
            raise Invalid(["invalid_client"])
        same = hmac.compare_digest(client_id.encode(), self.client_id.encode())
        if secret:
            same &= hmac.compare_digest(secret.encode(), self.client_secret.encode())
        if not same:
            raise Invalid(["unauthorized_client"])

    def _without_secret(self, form: Mapping[str, str]) -> bool:
        """An app that used PKCE has no secret: the verifier, then its token proves it instead."""
        if form.get("grant_type") == "authorization_code":
            return bool(form.get("code_verifier"))
        row = self.state.get(NOBODY, "RefreshToken", hashed(form.get("refresh_token", "")))
        return bool(row and row["grant"].get("pkce"))

    def _exchange(self, form: Mapping[str, str]) -> Raw:
        key = hashed(form.get("code", ""))
        with self.state.transaction():
            row = self.state.get(NOBODY, "Code", key)
            self.state.put(NOBODY, "Code", key, None)
        now = self.now()
        if row is None or now - moment(row["made"]) >= CODE_LIFE:
            raise Invalid(["invalid_grant"])
        if row["redirect_uri"] != form.get("redirect_uri"):
            raise Invalid(["invalid_grant"])
        if not _verified(row["challenge"], form.get("code_verifier", "")):
            raise Invalid(["invalid_grant"])
        with self.state.transaction():
            event = self.new_id()
            self._connect(row["tenant"], event, now)
            # Scopes add up over consents; only a revocation drops them.
            before = (self.state.get(NOBODY, "Grant", self.user_id) or {}).get("scopes", [])
            granted = list(dict.fromkeys([*row["scopes"], *before]))
            self.state.put(NOBODY, "Grant", self.user_id, {"scopes": granted})
            grant = {
                "user": self.user_id,
                "scopes": granted,
                "auth_event": event,
                "pkce": bool(row["challenge"]),
            }
            return self.mint.pair(grant, now)

    def _client_credentials(self, form: Mapping[str, str]) -> Raw:
        """A custom connection: always the first organisation, no refresh token."""
        wanted = form.get("scope", "").split()
        granted = [scope for scope in wanted if scope.startswith(("accounting.", "app."))]
        if not wanted or set(wanted) - scopes.known():
            raise Invalid(["invalid_scope"])
        tenant = self.organisations()[0][0]
        with self.state.transaction():
            row = self._connection(tenant) or self._connect(tenant, self.new_id(), self.now())
            grant = {
                "user": self.user_id,
                "scopes": granted,
                "auth_event": row["authEventId"],
                "tenant": tenant,
            }
            return self.mint.pair(grant, self.now())

    def revoke(self, form: Mapping[str, str], authorization: str) -> Answer:
        """Answer POST /connect/revocation: the refresh token and all connections are gone."""
        try:
            self._check_client(form, authorization)
        except Invalid as error:
            return json_answer({"error": error.errors[0]}, 400)
        if self.state.get(NOBODY, "RefreshToken", hashed(form.get("token", ""))) is None:
            return Answer(200)
        with self.state.transaction():
            for kind in ("RefreshToken", "Connection", "Grant"):
                for object_id in self.state.ids(NOBODY, kind):
                    self.state.put(NOBODY, kind, object_id, None)
        return Answer(200)

    # --- connections ------------------------------------------------------------------------

    def organisations(self) -> list[tuple[str, str]]:
        """Return (tenant id, name) of every organisation of the user."""
        rows = self.state.all(NOBODY, "Tenant")
        return [(row["tenantId"], row["name"]) for row in rows]

    def _connection(self, tenant: str) -> Raw | None:
        return self.state.get(NOBODY, "Connection", tenant)

    def _connect(self, tenant: str, event: str, now: dt.datetime) -> Raw:
        stamp = milliseconds(now)
        row = self._connection(tenant) or {"id": self.new_id(), "created": stamp}
        row = row | {"tenantId": tenant, "authEventId": event, "updated": stamp}
        self.state.put(NOBODY, "Connection", tenant, row)
        return row

    def connections(self, access: Access, auth_event_id: str) -> Answer:
        """Answer GET /connections, newest last."""
        names = dict(self.organisations())
        rows = [
            {
                "id": row["id"],
                "authEventId": row["authEventId"],
                "tenantId": row["tenantId"],
                "tenantType": "ORGANISATION",
                "tenantName": names[row["tenantId"]],
                "createdDateUtc": _seven_digits(row["created"]),
                "updatedDateUtc": _seven_digits(row["updated"]),
            }
            for row in self.state.all(NOBODY, "Connection")
            if auth_event_id in ("", row["authEventId"])
            and access.only_tenant in (None, row["tenantId"])
        ]
        return json_answer(rows)

    def disconnect(self, connection_id: str) -> Answer:
        """Answer DELETE /connections/{id}; ids that mean something else get 403 as in Xero."""
        for row in self.state.all(NOBODY, "Connection"):
            if row["id"] == connection_id:
                self.state.put(NOBODY, "Connection", row["tenantId"], None)
                return Answer(204)
            if connection_id in (row["tenantId"], row["authEventId"]):
                return problem(403, "Forbidden", messages.AUTHENTICATION, self.new_id())
        return Answer(404)

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
        if outside or self._connection(tenant) is None:
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


def _seven_digits(stamp_ms: int) -> str:
    return moment(stamp_ms).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
