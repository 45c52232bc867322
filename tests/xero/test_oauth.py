"""Consent, PKCE, custom connections, organisations and disconnect, against the sandbox."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import simplejson

from tests.xero.clock import StepClock
from tests.xero.conftest import NEEDS
from tests.xero.person import REDIRECT, allow, cancel
from tests.xero.stub import Say, Stub
from xtiger.db.store import SqlStore
from xtiger.errors import (
    ConnectionEnded,
    ConsentRefused,
    CredentialsRefused,
    ScopeMissing,
    SettingInvalid,
    UnreadableAnswer,
    XeroRejected,
    XeroUnavailable,
    XeroUnreachable,
)
from xtiger.model.connections import Connection, Tokens
from xtiger.model.secret import Secret
from xtiger.sandbox import Sandbox
from xtiger.settings import Settings
from xtiger.xero.oauth import (
    Consent,
    Organisation,
    client_credentials,
    consent_id,
    disconnect,
    organisations,
    scopes,
)
from xtiger.xero.organisations import end_connection


def _begun(settings: Settings, clock: StepClock) -> tuple[Consent, str, str, Secret | None]:
    consent = Consent(settings, REDIRECT, clock)
    return (consent, *consent.begin(scopes()))


def test_scopes_are_granular_and_few() -> None:
    """Without needs, only contacts, invoices and reading settings are asked for."""
    expected = (
        "openid",
        "profile",
        "email",
        "offline_access",
        "accounting.contacts",
        "accounting.invoices",
        "accounting.settings.read",
    )

    assert expected == scopes()


def test_wider_settings_scope_replaces_reading() -> None:
    """Writing settings asks for one settings scope, not for two."""
    found = [scope for scope in scopes(["accounting.settings"]) if "settings" in scope]

    assert ["accounting.settings"] == found


def test_a_need_to_read_is_asked_for_as_such() -> None:
    """Payments that are only read are not asked to be written."""
    assert "accounting.payments.read" == scopes(["accounting.payments.read"])[-1]


def test_an_unknown_need_is_refused() -> None:
    """A need that no scope covers is named."""
    with pytest.raises(ValueError, match=r"unknown scopes \['coffee'"):
        scopes(["coffee"])


def test_consent_address_keeps_http_for_localhost(settings: Settings, clock: StepClock) -> None:
    """The consent page of a sandbox is addressed by http, with state and redirect address."""
    _, url, state, _ = _begun(settings, clock)
    query = parse_qs(urlsplit(url).query)

    assert (True, [state], [REDIRECT]) == (
        url.startswith(f"{settings.xero_url}/identity/connect/authorize?"),
        query["state"],
        query["redirect_uri"],
    )


def test_allowed_consent_gives_tokens(tokens: Tokens, clock: StepClock) -> None:
    """Tokens of a consent last 30 minutes and carry the scopes that were asked for."""
    lasts = (tokens.expires_at - clock.now()).total_seconds()

    assert (1800, set(scopes(NEEDS))) == (lasts, set(tokens.scope))


def test_tokens_do_not_show_themselves(tokens: Tokens) -> None:
    """Neither token is in what a log would print."""
    shown = repr(tokens) + str(tokens)

    secrets = [token.reveal() for token in (tokens.access, tokens.refresh) if token]

    assert (2, []) == (len(secrets), [word for word in secrets if word in shown])


def test_consent_logs_no_secret(
    settings: Settings, sandbox: Sandbox, clock: StepClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even the debug log of any library holds a token, the code's exchange or the secret."""
    caplog.set_level(logging.DEBUG)
    consent, url, state, verifier = _begun(settings, clock)
    got = consent.finish(allow(url, sandbox.organisations()[0][0]), state, verifier)
    secrets = [
        secret.reveal()
        for secret in (got.access, got.refresh, settings.xero_client_secret)
        if secret
    ]

    assert [] == [word for word in secrets if word in caplog.text]


def test_cancelled_consent(settings: Settings, clock: StepClock) -> None:
    """Cancel on the consent page is told as such, with the next step."""
    consent, url, state, verifier = _begun(settings, clock)
    with pytest.raises(ConsentRefused) as caught:
        consent.finish(cancel(url), state, verifier)

    expected = (
        "Xero's permission was not given: it was cancelled at Xero. Start again: xtiger connect"
    )
    assert expected == str(caught.value)


@pytest.mark.parametrize("state", ["other", ""])
def test_wrong_state(settings: Settings, sandbox: Sandbox, clock: StepClock, state: str) -> None:
    """An answer to somebody else's question is refused before the code is used."""
    consent, url, _, verifier = _begun(settings, clock)
    returned = allow(url, sandbox.organisations()[0][0])
    with pytest.raises(ConsentRefused, match="does not belong"):
        consent.finish(returned, state, verifier)

    assert 0 == len([call for call in sandbox.calls() if call.path == "/connect/token"])


def test_a_code_works_once(settings: Settings, sandbox: Sandbox, clock: StepClock) -> None:
    """The same answer used again is refused with a sentence."""
    consent, url, state, verifier = _begun(settings, clock)
    returned = allow(url, sandbox.organisations()[0][0])
    consent.finish(returned, state, verifier)
    with pytest.raises(ConsentRefused, match="used already or is older than 5 minutes"):
        consent.finish(returned, state, verifier)


def test_wrong_secret(settings: Settings, sandbox: Sandbox, clock: StepClock) -> None:
    """A wrong client secret names both variables, not the secret."""
    wrong = replace(settings, xero_client_secret=Secret("not-the-secret"))
    consent, url, state, verifier = _begun(wrong, clock)
    returned = allow(url, sandbox.organisations()[0][0])
    with pytest.raises(CredentialsRefused) as caught:
        consent.finish(returned, state, verifier)
    text = str(caught.value) + repr(caught.value)

    assert (True, False) == ("XTIGER_XERO_CLIENT_SECRET" in text, "not-the-secret" in text)


def test_without_secret_pkce_is_used(
    settings: Settings, sandbox: Sandbox, clock: StepClock
) -> None:
    """An app without secret proves itself by the verifier."""
    public = replace(settings, xero_client_secret=Secret(""))
    consent, url, state, verifier = _begun(public, clock)
    got = consent.finish(allow(url, sandbox.organisations()[0][0]), state, verifier)

    assert (True, True) == ("code_challenge_method=S256" in url, bool(got.access))


def test_pkce_with_another_verifier_is_refused(
    settings: Settings, sandbox: Sandbox, clock: StepClock
) -> None:
    """Only the program that began a consent can finish it."""
    consent, url, state, _ = _begun(replace(settings, xero_client_secret=Secret("")), clock)
    returned = allow(url, sandbox.organisations()[0][0])
    with pytest.raises(ConsentRefused):
        consent.finish(returned, state, "x" * 64)


@pytest.mark.parametrize(
    ("redirect_uri", "fine"),
    [
        ("https://crm.example.com/callback", True),
        ("http://localhost:5000/callback", True),
        ("http://127.0.0.1:5000/callback", False),
        ("http://crm.example.com/callback", False),
        ("ftp://localhost/", False),
    ],
)
def test_redirect_addresses(
    settings: Settings, clock: StepClock, redirect_uri: str, fine: bool
) -> None:
    """Only the redirect addresses that Xero takes pass."""
    try:
        Consent(settings, redirect_uri, clock)
        passed = True
    except SettingInvalid:
        passed = False

    assert fine == passed


def test_secrets_do_not_travel_in_the_clear(settings: Settings, clock: StepClock) -> None:
    """An http address on another machine is refused before anything is sent."""
    with pytest.raises(SettingInvalid, match="without encryption"):
        Consent(replace(settings, xero_url="http://xero.example.com"), REDIRECT, clock)


def test_missing_client_id(settings: Settings, clock: StepClock) -> None:
    """Without a client id the variable is named."""
    with pytest.raises(SettingInvalid, match="XTIGER_XERO_CLIENT_ID is not set"):
        Consent(replace(settings, xero_client_id=""), REDIRECT, clock)


def test_unreachable_identity_server(settings: Settings, clock: StepClock) -> None:
    """A server that does not answer is named by its address."""
    consent = Consent(replace(settings, xero_url="http://localhost:9"), REDIRECT, clock)
    with pytest.raises(XeroUnreachable, match="cannot be reached at http://localhost:9"):
        consent.finish(f"{REDIRECT}?code=c&state=s", "s")


def test_organisations_are_those_of_this_consent(
    settings: Settings, sandbox: Sandbox, clock: StepClock, tokens: Tokens
) -> None:
    """Of two organisations connected one after the other, each consent lists its own."""
    consent, url, state, verifier = _begun(settings, clock)
    second_id, second_name = sandbox.organisations()[1]
    second = consent.finish(allow(url, second_id), state, verifier)

    assert [["Aroha Trading Ltd"], [second_name]] == [
        [one.name for one in organisations(settings, clock, got)] for got in (tokens, second)
    ]


def test_consent_id_of_a_token_that_is_none() -> None:
    """A token that is no JWT tells no consent, and raises nothing."""
    assert ["", "", ""] == [consent_id(Secret(token)) for token in ("", "abc", "a.b.c")]


def test_custom_connection(settings: Settings, sandbox: Sandbox, clock: StepClock) -> None:
    """Client credentials give an access token without refresh token."""
    got = client_credentials(settings, clock, scopes())

    assert (None, True) == (got.refresh, bool(got.access))


def test_custom_connection_needs_the_secret(settings: Settings, clock: StepClock) -> None:
    """Without secret there is no custom connection, and the variable is named."""
    with pytest.raises(SettingInvalid, match="XTIGER_XERO_CLIENT_SECRET"):
        client_credentials(replace(settings, xero_client_secret=Secret("")), clock, scopes())


def test_disconnect_removes_the_connection_at_xero(
    settings: Settings, clock: StepClock, tokens: Tokens, connection: Connection
) -> None:
    """After disconnecting the organisation is listed no more; doing it twice is fine."""
    for _ in range(2):
        disconnect(settings, clock, tokens, connection.xero_connection_id)

    assert [] == organisations(settings, clock, tokens)


def test_ending_a_connection_renews_an_old_token_first(
    settings: Settings, clock: StepClock, store: SqlStore, connection: Connection
) -> None:
    """A connection can be ended long after its access token ran out."""
    clock.move(hours=5)
    end_connection(connection, settings, store, clock)
    kept = store.tokens(connection.id)
    assert kept is not None

    assert [] == organisations(settings, clock, kept)


def test_ending_what_has_ended(
    settings: Settings, clock: StepClock, store: SqlStore, connection: Connection, sandbox: Sandbox
) -> None:
    """Ending a connection whose tokens are gone already is fine, and calls nobody."""
    store.forget_tokens(connection.id)
    calls = len(sandbox.calls())
    end_connection(connection, settings, store, clock)

    assert calls == len(sandbox.calls())


class TestStrangeAnswers:
    """What no good identity server answers."""

    @pytest.fixture
    def plain(self, tmp_path: Path) -> Settings:
        return Settings(tmp_path, "", xero_client_id="id-1", xero_client_secret="secret-1")

    @pytest.mark.parametrize(
        ("say", "expected"),
        [
            (Say({"access_token": ""}), UnreadableAnswer),
            (Say(b"<html>"), UnreadableAnswer),
            (Say(b"\xff\xfe"), UnreadableAnswer),
            (Say({"error": "invalid_grant"}, 400), ConsentRefused),
            (Say({"error": "invalid_scope"}, 400), ScopeMissing),
            (Say({"error": "Secret eyJ"}, 400), XeroRejected),
            (Say(b"no", 404), XeroRejected),
        ],
    )
    def test_of_the_token_request(
        self, plain: Settings, clock: StepClock, say: Say, expected: type[Exception]
    ) -> None:
        """Each is told as what it is, without repeating it."""
        with Stub(say) as stub:
            consent = Consent(replace(plain, xero_url=stub.url), REDIRECT, clock)
            with pytest.raises(expected) as caught:
                consent.finish(f"{REDIRECT}?code=c-1&state=s", "s")

        assert "eyJ" not in str(caught.value)

    def test_a_web_app_is_no_custom_connection(self, plain: Settings, clock: StepClock) -> None:
        """invalid_grant on client credentials says that the app is of another kind."""
        with Stub(Say({"error": "invalid_grant"}, 400)) as stub:
            known = replace(plain, xero_url=stub.url)
            with pytest.raises(CredentialsRefused, match="no custom connection"):
                client_credentials(known, clock, scopes())

    @pytest.mark.parametrize(
        ("say", "expected"),
        [
            (Say({"Detail": "TokenExpired"}, 401), ConsentRefused),
            (Say({"Message": "m"}, 400), XeroRejected),
            (Say(b"no", 404), XeroRejected),
            (Say(b"{}"), UnreadableAnswer),
            (Say(b"[1]"), UnreadableAnswer),
            (Say(b"[{}]"), UnreadableAnswer),
            (Say(b"<html>"), UnreadableAnswer),
            (Say(b"no", 500), XeroUnavailable),
        ],
    )
    def test_of_the_list_of_connections(
        self, plain: Settings, clock: StepClock, say: Say, expected: type[Exception]
    ) -> None:
        """Each is told as what it is; none is taken for an empty list."""
        held = Tokens("a", "r", clock.now(), clock.now())
        with Stub(say) as stub, pytest.raises(expected):
            organisations(replace(plain, xero_url=stub.url), clock, held)

    def test_practices_are_no_organisations(self, plain: Settings, clock: StepClock) -> None:
        """A consent may cover a practice, which has no books."""
        rows = [
            {"id": "1", "tenantId": "t-1", "tenantType": "PRACTICE", "tenantName": "P"},
            {"id": "2", "tenantId": "t-2", "tenantType": "ORGANISATION", "tenantName": "O"},
        ]
        held = Tokens("a", "r", clock.now(), clock.now())
        with Stub(Say(simplejson.dumps(rows).encode())) as stub:
            found = organisations(replace(plain, xero_url=stub.url), clock, held)

        assert [Organisation("2", "t-2", "O")] == found

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(401, ConnectionEnded), (403, ConnectionEnded), (400, XeroRejected)],
    )
    def test_of_disconnecting(
        self, plain: Settings, clock: StepClock, status: int, expected: type[Exception]
    ) -> None:
        """A refusal to disconnect is told."""
        held = Tokens("a", "r", clock.now(), clock.now())
        with Stub(Say({"Message": "m"}, status)) as stub, pytest.raises(expected):
            disconnect(replace(plain, xero_url=stub.url), clock, held, "xc-1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("error=invalid_scope", ScopeMissing),
        ("error=unauthorized_client", CredentialsRefused),
        ("error=server_error", ConsentRefused),
        ("error=<script>", ConsentRefused),
        ("", ConsentRefused),
    ],
)
def test_refusals_that_come_back(
    settings: Settings, clock: StepClock, answer: str, expected: type[Exception]
) -> None:
    """What the consent page refuses is told without repeating foreign text."""
    consent = Consent(settings, REDIRECT, clock)
    with pytest.raises(expected) as caught:
        consent.finish(f"{REDIRECT}?state=s&{answer}", "s")

    assert "<script>" not in str(caught.value)
