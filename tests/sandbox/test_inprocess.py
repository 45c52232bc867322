"""Claims about calling the sandbox without a socket, and about setting it back."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth2Session

from tests.inprocess import URL, WsgiAdapter, routed
from tests.sandbox.client import Client, Clock, connect
from xtiger.sandbox import Sandbox, create_app


def _headers(client: Client) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {client.token}",
        "xero-tenant-id": client.tenant,
        "Accept": "application/json",
    }


def _names(session: requests.Session, client: Client, **query: str) -> list[str]:
    answer = session.get(
        f"{URL}/api.xro/2.0/Contacts", params=query, headers=_headers(client), timeout=1
    )
    return [row["Name"] for row in answer.json()["Contacts"]]


def test_requests_reaches_the_sandbox_without_a_socket(sandbox: Sandbox, client: Client) -> None:
    """Any session gets there, query and body whole; its answer is requests' own."""
    body = {"Contacts": [{"Name": "Ångström & Söhne"}]}
    with routed(create_app(sandbox)) as url, requests.Session() as session:
        made = session.put(f"{url}/api.xro/2.0/Contacts", json=body, headers=_headers(client))
        found = _names(session, client, where='Name=="Ångström & Söhne"', page="1")

    assert (200, "application/json; charset=utf-8") == (
        made.status_code,
        made.headers["content-type"],
    )
    assert ["Ångström & Söhne"] == found


def test_every_kind_of_session_is_led_there(sandbox: Sandbox) -> None:
    """A session of requests-oauthlib is led there as well, and nothing afterwards."""
    with OAuth2Session("id") as session:
        with routed(create_app(sandbox)) as url:
            inside = session.get_adapter(f"{url}/sandbox")
            elsewhere = session.get_adapter(f"{url}0/sandbox")
        later = session.get_adapter(f"{URL}/sandbox")
    found = [isinstance(adapter, WsgiAdapter) for adapter in (inside, elsewhere, later)]

    assert [True, False, False] == found


def test_hanging_up_is_an_error_of_requests(sandbox: Sandbox, client: Client) -> None:
    """A lost answer looks to the caller as it does over a socket."""
    sandbox.fault("lost_answer", method="PUT")
    with routed(create_app(sandbox)) as url, requests.Session() as session:
        with pytest.raises(requests.ConnectionError):
            session.put(
                f"{url}/api.xro/2.0/Contacts", json={"Name": "Alpha"}, headers=_headers(client)
            )
        found = _names(session, client)

    assert ["Alpha"] == found


def test_cookies_and_redirects_are_followed() -> None:
    """A site with a log-in works as over a socket."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/in":
            cookies = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")]
            start_response("302 Found", [*cookies, ("Location", "/home")])
            return [b""]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ.get("HTTP_COOKIE", "none").encode()]

    with routed(app) as url, requests.Session() as session:
        home = session.get(f"{url}/in").text

    assert "a=1; b=2" == home


def test_restore_sets_everything_back(sandbox: Sandbox, client: Client, clock: Clock) -> None:
    """Objects, numbers, limits, keys, faults, calls and clock are those of the snapshot."""
    client.put("Contacts", {"Name": "Alpha"})
    moment = sandbox.snapshot()
    left = client.call("GET", "Contacts").headers["X-MinLimit-Remaining"]
    client.call("PUT", "Contacts", {"Name": "Beta"}, Idempotency_Key="k")
    sandbox.fault("status", status=500)
    sandbox.advance(60)
    sandbox.restore(moment)
    seen = (len(sandbox.calls()), sandbox.faults.waiting(), sandbox.now())
    again = client.call("GET", "Contacts")

    assert (3, [], clock.now) == seen
    assert left == again.headers["X-MinLimit-Remaining"]
    assert ["Alpha"] == [row["Name"] for row in sandbox.table("Contacts")]
    assert 200 == client.call("PUT", "Contacts", {"Name": "Gamma"}, Idempotency_Key="k").status_code


def test_snapshot_is_not_changed_by_later_writes(client: Client, sandbox: Sandbox) -> None:
    """The same snapshot can be restored again and again, indexes included."""
    client.put("Contacts", {"Name": "Alpha", "ContactNumber": "1"})
    moment = sandbox.snapshot()
    seen: list[Any] = []
    for name in ("Beta", "Gamma"):
        client.post("Contacts", {"ContactNumber": "1", "Name": name})
        client.put("Contacts", {"Name": "Alpha"})
        sandbox.restore(moment)
        seen.append([row["Name"] for row in sandbox.table("Contacts")])
        refused = client.errors("PUT", "Contacts", {"Name": "alpha"})
        sandbox.restore(moment)
        seen.append(len(refused))

    assert [["Alpha"], 1, ["Alpha"], 1] == seen


def test_restore_reaches_the_file(tmp_path: Path) -> None:
    """A sandbox with a state file is set back there, too."""
    with Sandbox(state=tmp_path / "x.db") as box:
        box.add("Items", {"Code": "A", "SalesDetails": {"UnitPrice": Decimal("1.10")}})
        moment = box.snapshot()
        box.add("Items", {"Code": "B"})
        box.restore(moment)
    with Sandbox(state=tmp_path / "x.db") as box:
        rows = [(row["Code"], row["SalesDetails"]) for row in box.table("Items")]

    assert [("A", {"UnitPrice": Decimal("1.10")})] == rows


def test_seeded_ids_repeat_after_restore() -> None:
    """A run that is set back takes the same way again, ids included."""
    box = Sandbox(secrets=random.Random(7))
    connect(box)
    moment = box.snapshot()
    first = box.add("Contacts", {"Name": "Alpha"})["ContactID"]
    box.restore(moment)

    assert first == box.add("Contacts", {"Name": "Alpha"})["ContactID"]
