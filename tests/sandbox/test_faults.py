"""Claims about faults on request, over real HTTP where the wire matters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.sandbox.client import Client, bearer, connect, token
from xtiger.sandbox import Sandbox, Server

CONTACTS = "/api.xro/2.0/Contacts"


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    with sandbox.serve() as running:
        yield running


def _put(server: Server, client: Client, name: str, **headers: str) -> requests.Response:
    sent = {
        "Authorization": f"Bearer {client.token}",
        "xero-tenant-id": client.tenant,
        "Accept": "application/json",
    }
    return requests.put(
        f"{server.url}{CONTACTS}", json={"Name": name}, headers=sent | headers, timeout=10
    )


def test_lost_answer_is_committed_and_the_connection_closed(
    sandbox: Sandbox, client: Client, server: Server
) -> None:
    """The caller sees the connection end; the record is there, once."""
    sandbox.fault("lost_answer", path=CONTACTS, method="PUT")
    with pytest.raises(requests.ConnectionError):
        _put(server, client, "Alpha")

    assert ["Alpha"] == [row["Name"] for row in sandbox.table("Contacts")]


def test_lost_answer_is_replayed_under_its_key(
    sandbox: Sandbox, client: Client, server: Server
) -> None:
    """The same bytes with the same key get the answer that was lost."""
    sandbox.fault("lost_answer", path=CONTACTS)
    with pytest.raises(requests.ConnectionError):
        _put(server, client, "Alpha", **{"Idempotency-Key": "k"})
    again = _put(server, client, "Alpha", **{"Idempotency-Key": "k"}).json()

    assert sandbox.table("Contacts")[0]["ContactID"] == again["Contacts"][0]["ContactID"]


def test_lost_answer_as_500_is_committed_and_kept_under_its_key(
    sandbox: Sandbox, client: Client
) -> None:
    """With status=500 the write is done, and the key replays the 500."""
    sandbox.fault("lost_answer", status=500)
    answers = [
        client.call("PUT", "Contacts", {"Name": "A"}, Idempotency_Key="k").status_code
        for _ in range(2)
    ]

    assert ([500, 500], 1) == (answers, len(sandbox.table("Contacts")))


@pytest.mark.parametrize(
    ("options", "status", "headers"),
    [
        (
            {"status": 429, "problem": "day", "retry_after_seconds": 7},
            429,
            {"X-Rate-Limit-Problem": "day", "Retry-After": "7"},
        ),
        (
            {"status": 429, "problem": "concurrent"},
            429,
            {"X-Rate-Limit-Problem": "concurrent", "Retry-After": None},
        ),
        ({"status": 500}, 500, {}),
        ({"status": 503}, 503, {}),
    ],
)
def test_status_fault_does_nothing_and_says_so(
    sandbox: Sandbox,
    client: Client,
    options: dict[str, Any],
    status: int,
    headers: dict[str, str | None],
) -> None:
    """The asked status is answered, and nothing is written."""
    sandbox.fault("status", **options)
    answer = client.call("PUT", "Contacts", {"Name": "A"})

    assert (status, headers, []) == (
        answer.status_code,
        {name: answer.headers.get(name) for name in headers},
        sandbox.table("Contacts"),
    )


def test_expired_token_fault_asks_for_a_refresh(sandbox: Sandbox, client: Client) -> None:
    """The next call answers 401 TokenExpired although the token is fresh; then it works."""
    sandbox.fault("token_expired")
    first = client.call("GET", "Organisation")

    assert (True, 200) == (
        (first.json or {})["Detail"].startswith("TokenExpired: "),
        client.call("GET", "Organisation").status_code,
    )


def test_connections_meet_faults_too(sandbox: Sandbox, client: Client) -> None:
    """The list of connections can be late, and its token expired."""
    sandbox.fault("slow", path="/connections", seconds=0.05)
    sandbox.fault("token_expired", path="/connections")
    began = time.perf_counter()
    first = bearer(sandbox, "GET", "/connections", client.token).status_code
    seconds = time.perf_counter() - began

    assert (200, True, 401) == (
        first,
        seconds >= 0.05,
        bearer(sandbox, "GET", "/connections", client.token).status_code,
    )


def test_fault_waits_for_its_path_method_and_turn(sandbox: Sandbox, client: Client) -> None:
    """path, method, after and count choose the calls that go wrong."""
    sandbox.fault("status", status=503, path=CONTACTS, method="GET", after=1, count=2)
    client.get("Organisation")
    client.put("Contacts", {"Name": "A"})
    statuses = [client.call("GET", "Contacts").status_code for _ in range(4)]

    assert [200, 503, 503, 200] == statuses


def test_lost_token_answer_leaves_the_old_refresh_token_its_grace(
    sandbox: Sandbox, server: Server
) -> None:
    """A refresh whose answer got lost can be repeated with the same token."""
    refresh = connect(sandbox)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    sandbox.fault("lost_answer", path="/connect/token")
    with pytest.raises(requests.ConnectionError):
        requests.post(
            f"{server.url}/connect/token",
            data=form,
            auth=(sandbox.client_id, sandbox.client_secret),
            timeout=10,
        )

    assert 200 == token(sandbox, **form).status_code


def test_slow_fault_takes_its_time(sandbox: Sandbox, client: Client, server: Server) -> None:
    """A caller with less patience than the fault gives up; the write is done all the same."""
    sandbox.fault("slow", seconds=0.5)
    with pytest.raises(requests.ReadTimeout):
        requests.put(
            f"{server.url}{CONTACTS}",
            json={"Name": "A"},
            headers={
                "Authorization": f"Bearer {client.token}",
                "xero-tenant-id": client.tenant,
                "Accept": "application/json",
            },
            timeout=0.1,
        )
    client.sandbox.fault("slow", seconds=0.6)
    client.get("Contacts")

    assert 1 == len(sandbox.table("Contacts"))


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("earthquake", {}, "Unknown fault 'earthquake'; use one of: lost_answer, status, "),
        ("status", {}, "A status fault needs status=429, 500, 503 or another error."),
        ("status", {"status": 429, "problem": "x"}, "problem must be one of: minute, day, "),
    ],
)
def test_wrong_fault_is_refused(
    sandbox: Sandbox, kind: Any, options: dict[str, Any], message: str
) -> None:
    """A fault that cannot happen is refused with the possible ones."""
    with pytest.raises(ValueError, match=message):
        sandbox.fault(kind, **options)


def test_calls_name_the_fault(sandbox: Sandbox, client: Client) -> None:
    """The list of calls says which fault met a call, and holds no token."""
    sandbox.fault("status", status=503)
    client.call("GET", "Contacts", query={"page": "1"})
    call = sandbox.calls(client.tenant)[-1]

    assert ("GET", CONTACTS, {"page": "1"}, 503, "status", False) == (
        call.method,
        call.path,
        call.query,
        call.status,
        call.fault,
        "authorization" in call.headers,
    )


def test_sixth_slow_call_over_http_meets_the_concurrent_limit(
    sandbox: Sandbox, client: Client, server: Server
) -> None:
    """Of six calls that are under way at once, one is refused and five are answered."""
    sandbox.fault("slow", seconds=1, count=6)
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(_put, server, client, f"C{n}") for n in range(6)]
        answers = [call.result() for call in calls]

    assert [200] * 5 + [429] == sorted(answer.status_code for answer in answers)
    assert "concurrent" in {answer.headers.get("X-Rate-Limit-Problem") for answer in answers}
