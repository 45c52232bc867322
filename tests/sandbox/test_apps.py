"""Claims about several apps and organisations, and about what people take back."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client as WsgiClient

from tests.sandbox.client import REDIRECT, Client, authorize, bearer, code_of, connect
from tests.sandbox.client import token as first_token
from xtiger.sandbox import App, Limits, Sandbox, create_app


def join(sandbox: Sandbox, app: App, tenant: str | None = None) -> Client:
    """A client of another app, connected to an organisation."""
    tenant = tenant or sandbox.organisations()[0][0]
    code = code_of(authorize(sandbox, client_id=app.client_id, tenant=tenant))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    answer = WsgiClient(create_app(sandbox)).post(
        "/connect/token", data=form, auth=(app.client_id, app.client_secret)
    )
    return Client(sandbox, tenant, (answer.json or {})["access_token"])


def test_apps_have_connections_of_their_own(sandbox: Sandbox, client: Client) -> None:
    """One app neither sees nor ends what another connected, and calls nothing through it."""
    other = sandbox.add_app("Other")
    second = sandbox.add_organisation("Second Ltd")
    joined = join(sandbox, other, second)
    mine, theirs = (
        bearer(sandbox, "GET", "/connections", row.token).json or [] for row in (client, joined)
    )
    ended = bearer(sandbox, "DELETE", f"/connections/{mine[0]['id']}", joined.token)
    stranger = Client(sandbox, client.tenant, joined.token)

    assert ([client.tenant], [second]) == (
        [row["tenantId"] for row in mine],
        [row["tenantId"] for row in theirs],
    )
    assert (403, 403) == (ended.status_code, stranger.call("GET", "Organisation").status_code)
    assert 200 == joined.call("GET", "Organisation").status_code


def test_code_and_token_belong_to_their_app(sandbox: Sandbox) -> None:
    """Another app's secret exchanges neither a code nor a refresh token."""
    other = sandbox.add_app("Other")
    code = code_of(authorize(sandbox))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    auth = (other.client_id, other.client_secret)
    stolen = WsgiClient(create_app(sandbox)).post("/connect/token", data=form, auth=auth)
    refresh = {"grant_type": "refresh_token", "refresh_token": connect(sandbox)["refresh_token"]}
    renewed = WsgiClient(create_app(sandbox)).post("/connect/token", data=refresh, auth=auth)

    assert [{"error": "invalid_grant"}] * 2 == [stolen.json, renewed.json]


def test_limits_and_keys_are_each_apps_own(sandbox: Sandbox, client: Client) -> None:
    """One app's calls cost another nothing, and the same key means another request there."""
    joined = join(sandbox, sandbox.add_app("Other"))
    client.call("PUT", "Contacts", {"Name": "Alpha"}, Idempotency_Key="k")
    answer = joined.call("PUT", "Contacts", {"Name": "Beta"}, Idempotency_Key="k")

    assert (200, "999") == (answer.status_code, answer.headers["X-MinLimit-Remaining"])
    assert 2 == len(sandbox.table("Contacts"))


@pytest.mark.parametrize(("tier", "left"), [("starter", "999"), ("core", "4999"), ("plus", "4999")])
def test_tier_sets_the_daily_limit(tier: Any, left: str) -> None:
    """1,000 calls a day on Starter, 5,000 above."""
    box = Sandbox(tier=tier)
    client = Client(box, box.organisations()[0][0], connect(box)["access_token"])

    assert left == client.call("GET", "Organisation").headers["X-DayLimit-Remaining"]


def test_tier_caps_connections(sandbox: Sandbox) -> None:
    """A sixth organisation is refused on Starter; connecting the same one again is not."""
    tenants = [sandbox.organisations()[0][0]]
    tenants += [sandbox.add_organisation(f"Org {n}") for n in range(5)]
    for tenant in tenants[:5]:
        connect(sandbox, tenant=tenant)
    codes = [authorize(sandbox, tenant=tenant).status_code for tenant in (tenants[5], tenants[0])]

    assert [400, 302] == codes


def test_two_uncertified_apps_per_organisation(sandbox: Sandbox, client: Client) -> None:
    """A third app that is not certified is refused; a certified one is not."""
    join(sandbox, sandbox.add_app("Second"))
    third = authorize(sandbox, client_id=sandbox.add_app("Third").client_id)
    certified = join(sandbox, sandbox.add_app("Good", certified=True))

    assert (400, 200) == (third.status_code, certified.call("GET", "Organisation").status_code)


def test_disconnected_in_xero_is_403(sandbox: Sandbox, client: Client) -> None:
    """The user disconnects in Xero: the next call is forbidden; a reconnect has a new id."""
    before = (bearer(sandbox, "GET", "/connections", client.token).json or [])[0]["id"]
    sandbox.disconnect(client.tenant)
    refused = client.call("GET", "Organisation")
    connect(sandbox)
    after = (bearer(sandbox, "GET", "/connections", client.token).json or [])[0]["id"]

    assert (403, "AuthenticationUnsuccessful") == (
        refused.status_code,
        (refused.json or {})["Detail"],
    )
    assert before != after


def test_withdrawn_consent_ends_refreshing(sandbox: Sandbox) -> None:
    """No refresh token works any more, and scopes begin anew."""
    tokens = connect(sandbox)
    sandbox.withdraw_consent()
    answer = first_token(sandbox, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    again = connect(sandbox, scope="openid accounting.contacts")

    assert {"error": "invalid_grant"} == answer.json
    assert "openid accounting.contacts" == again["scope"]


def test_app_without_organisation_manages_connections(sandbox: Sandbox, client: Client) -> None:
    """A token for app.connections sees and ends the app's connections, and connects nothing."""
    made = first_token(sandbox, grant_type="client_credentials", scope="app.connections")
    access = (made.json or {})["access_token"]
    found = bearer(sandbox, "GET", "/connections", access).json or []
    ended = bearer(sandbox, "DELETE", f"/connections/{found[0]['id']}", access)

    assert ("refresh_token" in (made.json or {}), 1, 204) == (False, len(found), ended.status_code)


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        ("accounting.transactions", [200, 200, 200], 200),
        ("accounting.transactions.read", [200, 200, 200], 401),
        ("accounting.invoices", [200, 401, 401], 200),
        ("accounting.invoices.read", [200, 401, 401], 401),
        ("accounting.payments.read accounting.banktransactions.read", [401, 200, 200], 401),
    ],
)
def test_broad_and_granular_scopes(scope: str, reads: list[int], writes: int) -> None:
    """The broad scope of an older app covers its granular ones; .read ones only read."""
    sandbox = Sandbox(broad_scopes=True)
    access = connect(sandbox, scope=scope)["access_token"]
    client = Client(sandbox, sandbox.organisations()[0][0], access)
    paths = ("Invoices", "Payments", "BankTransactions")
    found = [client.call("GET", path).status_code for path in paths]
    quote = {"Contact": {"Name": "Alpha"}, "Date": "2026-11-20"}

    assert (reads, writes) == (found, client.call("PUT", "Quotes", quote).status_code)


@pytest.mark.parametrize(
    "scope", ["accounting.transactions", "accounting.transactions.read", "accounting.reports.read"]
)
def test_app_of_today_asks_for_no_broad_scope(sandbox: Sandbox, scope: str) -> None:
    """Apps made since March 2026 get invalid_scope on the page and for a token."""
    page = authorize(sandbox, scope=f"openid {scope}")
    answer = first_token(sandbox, grant_type="client_credentials", scope=scope)
    older = sandbox.add_app("Older", broad_scopes=True)

    assert (400, True) == (page.status_code, "invalid_scope" in page.text)
    assert (400, {"error": "invalid_scope"}) == (answer.status_code, answer.json)
    assert 302 == authorize(sandbox, client_id=older.client_id, scope=scope).status_code


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [
        ("accounting.invoices", [200, 401, 401, 401, 401]),
        ("accounting.settings", [200, 200, 401, 401, 401]),
        ("accounting.settings.read", [200, 401, 401, 401, 401]),
        ("accounting.payments", [401, 401, 400, 401, 401]),
        ("accounting.banktransactions", [401, 401, 401, 400, 401]),
        ("accounting.invoices accounting.attachments", [200, 401, 401, 401, 200]),
    ],
)
def test_each_write_asks_for_its_own_scope(
    sandbox: Sandbox, scope: str, statuses: list[int]
) -> None:
    """Items are written with settings alone; payments, receipts and files have their own."""
    made = sandbox.add("Invoices", {"Type": "ACCREC", "Contact": {"Name": "Alpha"}})
    access = connect(sandbox, scope=scope)["access_token"]
    client = Client(sandbox, sandbox.organisations()[0][0], access)
    answers = [
        client.call("GET", "Items"),
        client.call("PUT", "Items", {"Code": "W1"}),
        client.call("PUT", "Payments", {"Amount": 1}),
        client.call("PUT", "BankTransactions", {"Type": "NONE"}),
        client.call("PUT", f"Invoices/{made['InvoiceID']}/Attachments/a.txt", b"text"),
    ]

    assert statuses == [answer.status_code for answer in answers]


def test_invoices_of_this_app(sandbox: Sandbox, client: Client) -> None:
    """CreatedByMyApp leaves out what people and other apps made."""
    joined = join(sandbox, sandbox.add_app("Other"))
    for number, maker in enumerate((client, joined)):
        maker.put(
            "Invoices",
            {"Type": "ACCREC", "Contact": {"Name": "Alpha"}, "InvoiceNumber": f"N{number}"},
        )
    sandbox.add("Invoices", {"Type": "ACCREC", "Contact": {"Name": "Alpha"}})
    found = client.get("Invoices", createdByMyApp="true")["Invoices"]

    assert ["N0"] == [row["InvoiceNumber"] for row in found]


def test_own_limits_overrule_the_tiers() -> None:
    """Limits given to the sandbox hold for every app."""
    box = Sandbox(limits=Limits(day=7))
    joined = join(box, box.add_app("Other", "enterprise"))

    assert "6" == joined.call("GET", "Organisation").headers["X-DayLimit-Remaining"]
