"""Claims about faults on request, over real HTTP where the wire matters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.inprocess import routed
from tests.sandbox.client import Client, Clock, bearer, connect, token
from xtiger.sandbox import Fault, Sandbox, Server, create_app, serve
from xtiger.sandbox.faults.faults import read_fault

CONTACTS = "/api.xro/2.0/Contacts"


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    with serve(sandbox) as running:
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
        ("earthquake", {}, "Unknown fault 'earthquake'; use one of: lost_answer, reset, "),
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


@pytest.mark.parametrize("committed", [False, True])
def test_reset_closes_the_connection(
    sandbox: Sandbox, client: Client, server: Server, committed: bool
) -> None:
    """Before anything is carried out, or after: the caller cannot tell."""
    sandbox.fault("reset", method="PUT", committed=committed)
    with pytest.raises(requests.ConnectionError):
        _put(server, client, "Alpha")

    assert int(committed) == len(sandbox.table("Contacts"))


@pytest.mark.parametrize("committed", [False, True])
def test_timeout_is_silence(
    sandbox: Sandbox, client: Client, server: Server, committed: bool
) -> None:
    """The server says nothing until the caller loses patience."""
    sandbox.fault("timeout", method="PUT", seconds=0.4, committed=committed)
    headers = {"Authorization": f"Bearer {client.token}", "xero-tenant-id": client.tenant}
    with pytest.raises(requests.Timeout):
        requests.put(
            f"{server.url}{CONTACTS}",
            json={"Name": "Alpha"},
            headers=headers | {"Accept": "application/json"},
            timeout=0.1,
        )

    assert int(committed) == len(sandbox.table("Contacts"))


def test_timeout_and_truncation_without_a_socket(sandbox: Sandbox, client: Client) -> None:
    """In process the same errors of requests come, at once."""
    for kind in ("timeout", "truncated"):
        sandbox.fault(kind, committed=True, seconds=60)
    headers = {"Authorization": f"Bearer {client.token}", "xero-tenant-id": client.tenant}
    call: Any = {"headers": headers | {"Accept": "application/json"}, "json": {"Name": "Alpha"}}
    with routed(create_app(sandbox)) as url, requests.Session() as session:
        with pytest.raises(requests.ReadTimeout):
            session.post(f"{url}{CONTACTS}", **call)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            session.post(f"{url}{CONTACTS}", **call)

    assert 1 == len(sandbox.table("Contacts"))


def test_truncated_answer_is_carried_out(sandbox: Sandbox, client: Client, server: Server) -> None:
    """The body ends before its told length; the record is there."""
    sandbox.fault("truncated", method="PUT")
    with pytest.raises(requests.RequestException):
        _put(server, client, "Alpha")

    assert 1 == len(sandbox.table("Contacts"))


@pytest.mark.parametrize("committed", [False, True])
def test_html_with_200_instead_of_json(sandbox: Sandbox, client: Client, committed: bool) -> None:
    """A page of something in between says nothing about what was carried out."""
    sandbox.fault("html", method="PUT", committed=committed)
    answer = client.call("PUT", "Contacts", {"Name": "Alpha"})

    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.content_type)
    assert int(committed) == len(sandbox.table("Contacts"))


def test_lost_refresh_is_helped_by_the_grace(sandbox: Sandbox, clock: Clock) -> None:
    """The new pair is lost; the old refresh token works for 30 minutes more, then no longer."""
    old = connect(sandbox)["refresh_token"]
    sandbox.fault("lost_answer", path="/connect/token")
    with routed(create_app(sandbox)) as url, pytest.raises(requests.ConnectionError):
        requests.post(
            f"{url}/connect/token",
            data={"grant_type": "refresh_token", "refresh_token": old},
            auth=(sandbox.client_id, sandbox.client_secret),
            timeout=5,
        )
    clock.pass_by(minutes=29)
    again = token(sandbox, grant_type="refresh_token", refresh_token=old)
    clock.pass_by(minutes=1)
    late = token(sandbox, grant_type="refresh_token", refresh_token=old)

    assert (200, 400) == (again.status_code, late.status_code)


def test_disconnected_in_the_middle_of_a_run(sandbox: Sandbox, client: Client) -> None:
    """The call is forbidden, and all later ones, until the user connects again."""
    sandbox.fault("disconnected", after=1)
    codes = [client.call("GET", "Organisation").status_code for _ in range(3)]
    connect(sandbox)

    assert [200, 403, 403] == codes
    assert 200 == client.call("GET", "Organisation").status_code


def test_unknown_values_in_answers(sandbox: Sandbox, client: Client) -> None:
    """Lists of values grow: the named properties hold one that nobody knows."""
    sandbox.fault("unknown_values", path="/api.xro/2.0/Organisation")
    sandbox.fault("unknown_values", path="/api.xro/2.0/Accounts", names=("Type",))
    found = client.get("Organisation")["Organisations"][0]
    accounts = client.get("Accounts")["Accounts"]
    again = client.get("Organisation")["Organisations"][0]

    assert ("SANDBOXNEWVALUE", "ULTIMATE") == (found["Class"], again["Class"])
    assert {"SANDBOXNEWVALUE"} == {row["Type"] for row in accounts}
    assert {"SANDBOXNEWVALUE"}.isdisjoint(row["Class"] for row in accounts)


def test_invented_ids_in_failed_creates(sandbox: Sandbox, client: Client) -> None:
    """The echo of what failed has an id that looks good and belongs to nothing."""
    plain = client.call("PUT", "Contacts", {"Name": "<"}).json or {}
    sandbox.fault("invented_ids")
    invented = client.call("PUT", "Contacts", {"Name": "<"}).json or {}
    ids = [found["Elements"][0]["ContactID"] for found in (plain, invented)]

    assert "00000000-0000-0000-0000-000000000000" == ids[0]
    assert 404 == client.call("GET", f"Contacts/{ids[1]}").status_code
    assert ids[0] != ids[1]


@pytest.mark.parametrize("summarise", ["true", "false"])
def test_refused_element_leaves_the_others_saved(
    sandbox: Sandbox, client: Client, summarise: str
) -> None:
    """In summarise mode the answer is a 400 that does not mention what was saved."""
    sandbox.fault("refused_element", element=1)
    body = {"Contacts": [{"Name": name} for name in ("Alpha", "Beta", "Gamma")]}
    answer = client.call("PUT", "Contacts", body, query={"summarizeErrors": summarise})
    content = answer.json or {}
    told = [row["Name"] for row in content.get("Elements") or content["Contacts"]]

    assert ["Alpha", "Gamma"] == [row["Name"] for row in sandbox.table("Contacts")]
    assert (400, ["Beta"]) == (answer.status_code, told) or (200, 3) == (
        answer.status_code,
        len(told),
    )


def test_probability_draws_the_same_lots_each_time(sandbox: Sandbox, client: Client) -> None:
    """About so many calls fail, and the same ones again after a restore."""
    sandbox.fault("status", status=503, probability=0.3, seed=7, count=0)
    moment = sandbox.snapshot()
    runs = []
    for _ in range(2):
        runs.append([client.call("GET", "Organisation").status_code for _ in range(100)])
        sandbox.restore(moment)

    assert runs[0] == runs[1]
    assert 15 < runs[0].count(503) < 45


def test_faults_of_the_command_line() -> None:
    """A line gives kind and options, each in its type; a wrong one is told."""
    fault = read_fault("timeout path=/api count=0 seconds=1.5 committed=true probability=0.5")

    assert Fault("timeout", "/api", count=0, seconds=1.5, committed=True, probability=0.5) == fault
    assert ("Class", "Type") == read_fault("unknown_values names=Class,Type").names
    with pytest.raises(ValueError, match="Unknown option 'pth'"):
        read_fault("slow pth=/api")
    with pytest.raises(ValueError, match="probability must be between"):
        read_fault("slow probability=2")
