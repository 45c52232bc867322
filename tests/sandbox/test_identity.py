"""Claims about consent, tokens and connections."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from werkzeug.test import Client as WsgiClient

from tests.sandbox.client import (
    REDIRECT,
    SCOPES,
    Client,
    Clock,
    authorize,
    bearer,
    code_of,
    connect,
    token,
)
from xtiger.sandbox import Sandbox, create_app


def _claims(jwt: str) -> dict[str, Any]:
    body = jwt.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _page(sandbox: Sandbox, **changes: str) -> Any:
    query = {
        "response_type": "code",
        "client_id": sandbox.client_id,
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
    } | changes
    return WsgiClient(create_app(sandbox)).get("/identity/connect/authorize", query_string=query)


def test_consent_page_offers_each_organisation() -> None:
    """The page lists the organisations of the user by name."""
    sandbox = Sandbox(seed="demo")
    page = _page(sandbox).text

    assert [True, True] == [name in page for _, name in sandbox.organisations()]


def test_consent_page_escapes_what_it_shows(sandbox: Sandbox) -> None:
    """What an app puts into state cannot become markup."""
    page = _page(sandbox, state='"><script>alert(1)</script>').text

    assert "<script>" not in page


def test_consent_leads_back_with_code_and_state(sandbox: Sandbox) -> None:
    """Allow access redirects to the app with a code and the state as it was sent."""
    location = authorize(sandbox).headers["Location"]

    assert location.startswith(f"{REDIRECT}?code=")
    assert location.endswith("&state=s+t%26te")


def test_consent_without_organisation_asks_again(sandbox: Sandbox) -> None:
    """Allow access without a choice shows the page again, with a hint."""
    answer = authorize(sandbox, tenant="")

    assert (200, True) == (answer.status_code, "Choose an organisation first." in answer.text)


def test_cancel_leads_back_with_access_denied(sandbox: Sandbox) -> None:
    """Cancel redirects to the app with error=access_denied."""
    location = authorize(sandbox, decision="cancel").headers["Location"]

    assert location.startswith(f"{REDIRECT}?error=access_denied&state=")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "stranger"}, "unauthorized_client"),
        ({"redirect_uri": "http://127.0.0.1:8080/callback"}, "Invalid redirect_uri"),
        ({"redirect_uri": "http://example.com/callback"}, "Invalid redirect_uri"),
        ({"redirect_uri": "http://localhost@example.com/"}, "Invalid redirect_uri"),
        ({"redirect_uri": "http://localhost/\r\nSet-Cookie: a=b"}, "Invalid redirect_uri"),
        ({"redirect_uri": ""}, "Invalid redirect_uri"),
        ({"scope": "accounting.everything"}, "Invalid scope for client"),
        ({"response_type": "token"}, "response_type must be code"),
    ],
)
def test_wrong_request_stays_on_an_error_page(
    sandbox: Sandbox, changes: dict[str, str], error: str
) -> None:
    """What is wrong with the app's request is shown, and nothing is sent to its address."""
    answer = _page(sandbox, **changes)

    assert (400, True) == (answer.status_code, error in answer.text)


def test_code_gives_all_tokens(sandbox: Sandbox) -> None:
    """The code is exchanged for access, refresh and id token with the asked scopes."""
    tokens = connect(sandbox)

    assert {
        "access_token",
        "refresh_token",
        "id_token",
        "expires_in",
        "token_type",
        "scope",
    } == set(tokens)
    assert SCOPES.split() == _claims(tokens["access_token"])["scope"]


def test_code_works_once(sandbox: Sandbox) -> None:
    """A second exchange of the same code is invalid_grant."""
    code = code_of(authorize(sandbox))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    token(sandbox, **form)

    assert (400, {"error": "invalid_grant"}) == (
        (again := token(sandbox, **form)).status_code,
        again.json,
    )


def test_code_lapses_after_five_minutes(sandbox: Sandbox, clock: Clock) -> None:
    """A code of five minutes ago is invalid_grant."""
    code = code_of(authorize(sandbox))
    clock.pass_by(minutes=5)
    answer = token(sandbox, grant_type="authorization_code", code=code, redirect_uri=REDIRECT)

    assert {"error": "invalid_grant"} == answer.json


def test_code_is_bound_to_its_redirect_address(sandbox: Sandbox) -> None:
    """An exchange that names another address is invalid_grant."""
    code = code_of(authorize(sandbox))
    answer = token(sandbox, grant_type="authorization_code", code=code, redirect_uri=f"{REDIRECT}/")

    assert {"error": "invalid_grant"} == answer.json


@pytest.mark.parametrize(
    ("auth", "error"),
    [(("", ""), "invalid_client"), (("other", "wrong"), "unauthorized_client")],
)
def test_wrong_client_is_refused(sandbox: Sandbox, auth: tuple[str, str], error: str) -> None:
    """A missing secret and a wrong one are told apart, as Xero does."""
    answer = WsgiClient(create_app(sandbox)).post(
        "/connect/token", data={"grant_type": "refresh_token"}, auth=auth
    )

    assert (400, {"error": error}) == (answer.status_code, answer.json)


@pytest.mark.parametrize(("verifier", "status"), [("v" * 43, 200), ("w" * 43, 400), ("", 400)])
def test_pkce_asks_for_the_verifier(sandbox: Sandbox, verifier: str, status: int) -> None:
    """A code that was asked for with a challenge needs its verifier, and then no secret."""
    digest = hashlib.sha256(b"v" * 43).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    code = code_of(authorize(sandbox, code_challenge=challenge, code_challenge_method="S256"))
    form = {
        "grant_type": "authorization_code",
        "client_id": sandbox.client_id,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }
    answer = WsgiClient(create_app(sandbox)).post("/connect/token", data=form)

    assert status == answer.status_code


def test_refresh_rotates(sandbox: Sandbox) -> None:
    """Each refresh gives another refresh token, which works in turn."""
    first = connect(sandbox)["refresh_token"]
    second = (token(sandbox, grant_type="refresh_token", refresh_token=first).json or {})[
        "refresh_token"
    ]
    third = token(sandbox, grant_type="refresh_token", refresh_token=second)

    assert (True, 200) == (first != second, third.status_code)


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 400)])
def test_previous_refresh_token_has_30_minutes_of_grace(
    sandbox: Sandbox, clock: Clock, minutes: int, status: int
) -> None:
    """A used refresh token works again for 30 minutes, in case the new one got lost."""
    used = connect(sandbox)["refresh_token"]
    token(sandbox, grant_type="refresh_token", refresh_token=used)
    clock.pass_by(minutes=minutes)
    answer = token(sandbox, grant_type="refresh_token", refresh_token=used)

    assert status == answer.status_code


def test_refresh_token_lapses_after_60_days(sandbox: Sandbox, clock: Clock) -> None:
    """A refresh token unused for 60 days is invalid_grant."""
    unused = connect(sandbox)["refresh_token"]
    clock.pass_by(days=60)
    answer = token(sandbox, grant_type="refresh_token", refresh_token=unused)

    assert {"error": "invalid_grant"} == answer.json


def test_without_offline_access_there_is_no_refresh_token(sandbox: Sandbox) -> None:
    """offline_access is what a refresh token is given for."""
    assert "refresh_token" not in connect(sandbox, scope="accounting.contacts")


def test_scopes_add_up_over_consents(sandbox: Sandbox) -> None:
    """A second consent keeps the scopes of the first."""
    connect(sandbox, scope="accounting.contacts")
    tokens = connect(sandbox, scope="accounting.settings.read")

    assert "accounting.settings.read accounting.contacts" == tokens["scope"]


def test_client_credentials_need_no_consent_and_no_tenant(sandbox: Sandbox) -> None:
    """A custom connection gets a token without refresh token; the header may be left empty."""
    answer = token(sandbox, grant_type="client_credentials", scope="accounting.settings")
    tokens = answer.json or {}
    client = Client(sandbox, "", tokens["access_token"])

    assert "refresh_token" not in tokens
    assert "Empty Trading Ltd" == client.get("Organisation")["Organisations"][0]["Name"]


@pytest.mark.parametrize("scope", ["", "accounting.everything"])
def test_client_credentials_need_known_scopes(sandbox: Sandbox, scope: str) -> None:
    """A custom connection asks for its scopes in the token request."""
    answer = token(sandbox, grant_type="client_credentials", scope=scope)

    assert {"error": "invalid_scope"} == answer.json


def test_unknown_grant_type_is_refused(sandbox: Sandbox) -> None:
    """Only the three grants that Xero has are taken."""
    answer = token(sandbox, grant_type="password")

    assert (400, {"error": "unsupported_grant_type"}) == (answer.status_code, answer.json)


def test_connections_tell_what_this_consent_connected() -> None:
    """AuthEventId leaves only the connections of one consent."""
    sandbox = Sandbox(seed="demo")
    connect(sandbox)
    second = sandbox.organisations()[1]
    tokens = connect(sandbox, tenant=second[0])
    event = _claims(tokens["access_token"])["authentication_event_id"]
    path = f"/connections?authEventId={event}"
    rows = bearer(sandbox, "GET", path, tokens["access_token"]).json
    every = bearer(sandbox, "GET", "/connections", tokens["access_token"]).json

    assert [second] == [(row["tenantId"], row["tenantName"]) for row in rows or []]
    assert 2 == len(every or [])


def test_disconnected_organisation_is_forbidden(sandbox: Sandbox, client: Client) -> None:
    """After DELETE of its connection, calls on the organisation answer 403."""
    rows = bearer(sandbox, "GET", "/connections", client.token).json or []
    gone = bearer(sandbox, "DELETE", f"/connections/{rows[0]['id']}", client.token)
    answer = client.call("GET", "Organisation")

    assert (204, 403, "AuthenticationUnsuccessful") == (
        gone.status_code,
        answer.status_code,
        (answer.json or {})["Detail"],
    )


@pytest.mark.parametrize("field", ["tenantId", "authEventId"])
def test_delete_needs_the_connection_id(sandbox: Sandbox, client: Client, field: str) -> None:
    """Another id in its place answers 403, as Xero does."""
    rows = bearer(sandbox, "GET", "/connections", client.token).json or []
    answer = bearer(sandbox, "DELETE", f"/connections/{rows[0][field]}", client.token)

    assert 403 == answer.status_code


def test_revocation_ends_everything(sandbox: Sandbox) -> None:
    """Revoking a refresh token removes all tokens and connections of the user."""
    tokens = connect(sandbox)
    refresh = tokens["refresh_token"]
    answer = WsgiClient(create_app(sandbox)).post(
        "/connect/revocation",
        data={"token": refresh},
        auth=(sandbox.client_id, sandbox.client_secret),
    )
    again = token(sandbox, grant_type="refresh_token", refresh_token=refresh)

    assert (200, b"", {"error": "invalid_grant"}, []) == (
        answer.status_code,
        answer.data,
        again.json,
        bearer(sandbox, "GET", "/connections", tokens["access_token"]).json,
    )


def test_access_token_expires_after_30_minutes(client: Client, clock: Clock) -> None:
    """An old token answers 401 TokenExpired with the moment of its end."""
    clock.pass_by(minutes=30)
    answer = client.call("GET", "Organisation")

    assert (401, "TokenExpired: token expired at 11/20/2026 12:30:00") == (
        answer.status_code,
        (answer.json or {})["Detail"],
    )


@pytest.mark.parametrize("broken", ["", "nonsense", "a.b.c", "ü"])
def test_foreign_token_is_unauthorised(client: Client, broken: str) -> None:
    """A token that the sandbox did not give answers 401."""
    client.token = broken

    assert 401 == client.call("GET", "Organisation").status_code


def test_id_token_is_no_access_token(sandbox: Sandbox, client: Client) -> None:
    """The id token, though signed by the same key, opens nothing."""
    client.token = connect(sandbox)["id_token"]

    assert 401 == client.call("GET", "Organisation").status_code


def test_missing_scope_is_unauthorised(sandbox: Sandbox) -> None:
    """A call outside the granted scopes answers 401 AuthorizationUnsuccessful."""
    tokens = connect(sandbox, scope="accounting.contacts.read accounting.invoices")
    client = Client(sandbox, sandbox.organisations()[0][0], tokens["access_token"])
    answers = [
        client.call("GET", "Contacts").status_code,
        client.call("PUT", "Contacts", {"Name": "A"}).status_code,
        client.call("GET", "Invoices").status_code,
        client.call("GET", "Accounts").status_code,
    ]

    assert [200, 401, 200, 401] == answers


def test_state_file_keeps_client_and_tokens(tmp_path: Any, clock: Clock) -> None:
    """A sandbox on the same file has the same client, and older tokens still work."""
    first = Sandbox(state=tmp_path / "xero.db", clock=clock)
    tokens = connect(first)
    first.close()
    second = Sandbox(state=tmp_path / "xero.db", clock=clock)
    client = Client(second, second.organisations()[0][0], tokens["access_token"])
    status = client.call("GET", "Organisation").status_code
    second.close()

    assert (first.client_id, first.client_secret, 200) == (
        second.client_id,
        second.client_secret,
        status,
    )


@pytest.mark.parametrize(("pkce", "status"), [(True, 200), (False, 400)])
def test_only_a_pkce_app_refreshes_without_a_secret(
    sandbox: Sandbox, pkce: bool, status: int
) -> None:
    """A token that was made with a verifier is refreshed with the client id alone."""
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"} if pkce else {}
    code = code_of(authorize(sandbox, **asked))
    proof = {"code_verifier": verifier} if pkce else {"client_secret": sandbox.client_secret}
    form = {"client_id": sandbox.client_id, "redirect_uri": REDIRECT, "code": code, **proof}
    browser = WsgiClient(create_app(sandbox))
    first = browser.post("/connect/token", data={"grant_type": "authorization_code", **form})
    kept = (first.json or {})["refresh_token"]
    again = {"grant_type": "refresh_token", "client_id": sandbox.client_id, "refresh_token": kept}
    answer = browser.post("/connect/token", data=again)

    assert status == answer.status_code
