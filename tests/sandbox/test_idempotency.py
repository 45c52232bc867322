"""Claims about Idempotency-Key."""

from __future__ import annotations

import pytest

from tests.sandbox.client import Client, Clock, connect
from xtiger.sandbox import Sandbox

BODY = {"Name": "Alpha"}


def test_same_key_and_request_give_the_same_answer_once(client: Client, sandbox: Sandbox) -> None:
    """A repeat within six minutes replays the answer, byte by byte, and writes nothing."""
    first = client.call("PUT", "Contacts", BODY, Idempotency_Key="k")
    again = client.call("PUT", "Contacts", BODY, Idempotency_Key="k")

    assert (first.data, 1) == (again.data, len(sandbox.table("Contacts")))


def test_replay_still_costs_a_call(client: Client) -> None:
    """Limits are counted before the key is looked at."""
    left = [
        int(
            client.call("PUT", "Contacts", BODY, Idempotency_Key="k").headers[
                "X-DayLimit-Remaining"
            ]
        )
        for _ in range(2)
    ]

    assert 1 == left[0] - left[1]


def test_key_lapses_after_six_minutes(client: Client, clock: Clock) -> None:
    """After six minutes the key is new and the write runs again."""
    client.call("PUT", "Contacts", BODY, Idempotency_Key="k")
    clock.pass_by(minutes=6)
    again = client.call("PUT", "Contacts", BODY, Idempotency_Key="k")

    assert 400 == again.status_code  # the name is taken by now


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "Contacts", BODY),
        ("PUT", "Contacts?summarizeErrors=false", BODY),
        ("PUT", "Contacts", {"Name": "Beta"}),
        ("PUT", "Items", {"Code": "x"}),
    ],
)
def test_key_with_another_request_is_refused(
    client: Client, method: str, path: str, body: dict[str, str]
) -> None:
    """Method, address and body must be the same; the refusal has no Message."""
    client.call("PUT", "Contacts", BODY, Idempotency_Key="k")
    answer = client.call(method, path, body, Idempotency_Key="k")

    assert (400, "Idempotency Key k is used with a different request", False) == (
        answer.status_code,
        (answer.json or {})["Detail"],
        "Message" in (answer.json or {}),
    )


def test_errors_are_kept_too(client: Client, sandbox: Sandbox) -> None:
    """A 500 is replayed although a new try would succeed."""
    sandbox.fault("status", status=500)
    first = client.call("PUT", "Contacts", BODY, Idempotency_Key="k")
    again = client.call("PUT", "Contacts", BODY, Idempotency_Key="k")

    assert [500, 500] == [first.status_code, again.status_code]


def test_keys_are_shared_by_all_organisations(clock: Clock) -> None:
    """The key space is the app's: without the organisation in the key its write is lost."""
    sandbox = Sandbox(seed="demo", clock=clock)
    one, two = (tenant for tenant, _ in sandbox.organisations())
    connect(sandbox, tenant=one)
    token = connect(sandbox, tenant=two)["access_token"]
    for tenant in (one, two):
        Client(sandbox, tenant, token).call(
            "PUT", "Contacts", {"Name": "Zeta"}, Idempotency_Key="k"
        )

    assert [1, 0] == [
        sum(row["Name"] == "Zeta" for row in sandbox.table("Contacts", tenant))
        for tenant in (one, two)
    ]


def test_key_has_128_characters_at_most(client: Client) -> None:
    """A longer key is refused before anything is written."""
    statuses = [
        client.call("PUT", "Contacts", BODY, Idempotency_Key="k" * size).status_code
        for size in (129, 128)
    ]

    assert [400, 200] == statuses


def test_reads_ignore_the_key(client: Client) -> None:
    """A GET is answered afresh whatever key it carries."""
    before = client.call("GET", "Contacts", Idempotency_Key="k").data
    client.put("Contacts", BODY)

    assert before != client.call("GET", "Contacts", Idempotency_Key="k").data
