"""Claims about the webhook sender."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.contract.openapi import contract_folder
from tests.sandbox.client import Client, Clock
from tests.sandbox.test_banktransactions import over
from tests.sandbox.test_creditnotes import invoice, note
from xtiger.sandbox import Sandbox
from xtiger.sandbox.posting import Reply, post

URL = "https://crm.example/webhook"


class Receiver:
    """A receiver that checks signatures; `status` overrules its answer to what is right."""

    def __init__(self) -> None:
        self.key = ""
        self.status = 200
        self.bodies: list[Any] = []
        self.refused = 0

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        mark = base64.b64encode(hmac.new(self.key.encode(), body, hashlib.sha256).digest())
        if headers["x-xero-signature"] != mark.decode():
            self.refused += 1
            return Reply(401)
        if self.status == 200:
            self.bodies.append(json.loads(body))
        return Reply(self.status)

    def events(self) -> list[Any]:
        """All events so far, in order of arrival."""
        return [event for body in self.bodies for event in body["events"]]


@pytest.fixture
def receiver(sandbox: Sandbox, client: Client) -> Receiver:
    """A receiver that has passed the intent to receive."""
    made = Receiver()
    sandbox.webhooks.post = made
    made.key = sandbox.webhooks.subscribe(sandbox.client_id, URL).key
    assert sandbox.webhooks.intent_to_receive(sandbox.client_id)
    made.bodies.clear()
    made.refused = 0
    return made


def _seen(receiver: Receiver) -> list[tuple[str, str]]:
    return [(row["eventCategory"], row["eventType"]) for row in receiver.events()]


def test_intent_to_receive_mixes_wrong_signatures_in(sandbox: Sandbox, client: Client) -> None:
    """Right and wrong signatures come; the envelope is empty with sequence 0."""
    made = Receiver()
    sandbox.webhooks.post = made
    made.key = sandbox.webhooks.subscribe(sandbox.client_id, URL).key
    passed = sandbox.webhooks.intent_to_receive(sandbox.client_id)

    assert (True, 2, 2) == (passed, made.refused, len(made.bodies))
    assert [([], 0, 0)] * 2 == [
        (body["events"], body["firstEventSequence"], body["lastEventSequence"])
        for body in made.bodies
    ]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200),
        Reply(401),
        Reply(0),
        Reply(400),
    ],
)
def test_receiver_that_does_not_check_is_not_sent_to(
    sandbox: Sandbox, client: Client, reply: Reply
) -> None:
    """One that answers everything alike fails, and gets no events."""
    sandbox.webhooks.subscribe(sandbox.client_id, URL)
    sandbox.webhooks.post = lambda *_: reply
    passed = sandbox.webhooks.intent_to_receive(sandbox.client_id)
    client.put("Contacts", {"Name": "Alpha"})

    assert (False, []) == (passed, sandbox.webhooks.deliver_due())


@pytest.mark.parametrize("spoiled", [{"body": b"x"}, {"headers": {"Set-Cookie": "a=b"}}])
def test_bodies_and_cookies_fail_the_intent(
    sandbox: Sandbox, client: Client, spoiled: dict[str, Any]
) -> None:
    """Answers must be empty and set no cookies."""
    made = Receiver()
    made.key = sandbox.webhooks.subscribe(sandbox.client_id, URL).key
    sandbox.webhooks.post = lambda *call: Reply(made(*call).status, **spoiled)

    assert not sandbox.webhooks.intent_to_receive(sandbox.client_id)


def test_changes_become_events(sandbox: Sandbox, client: Client, receiver: Receiver) -> None:
    """Creates and updates of the kinds that have events, archiving as UPDATE, in one batch."""
    contact = client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"]
    client.put("Items", {"Code": "A"})
    invoice(client, contact)
    note(client, contact)
    client.put("BankTransactions", over(Contact={"ContactID": contact}))
    client.post(f"Contacts/{contact}", {"ContactStatus": "ARCHIVED"})
    made = sandbox.webhooks.deliver_due()

    assert [200] == [row.status for row in made]
    assert [
        ("CONTACT", "CREATE"),
        ("INVOICE", "CREATE"),
        ("CREDITNOTE", "CREATE"),
        ("OVERPAYMENT", "CREATE"),
        ("CONTACT", "UPDATE"),
    ] == _seen(receiver)
    assert (1, 5) == (
        receiver.bodies[0]["firstEventSequence"],
        receiver.bodies[0]["lastEventSequence"],
    )
    assert [] == sandbox.webhooks.deliver_due()


def test_event_names_its_resource(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    """Address, id, organisation and a moment without zone; credit notes tell type and status."""
    contact = client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"]
    note(client, contact)
    sandbox.webhooks.deliver_due()
    first, second = receiver.events()

    assert {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{contact}",
        "resourceId": contact,
        "tenantId": client.tenant,
        "tenantType": "ORGANISATION",
        "eventCategory": "CONTACT",
        "eventType": "CREATE",
        "eventDateUtc": "2026-11-20T12:00:00.000",
    } == first
    assert {"Type": "ACCRECCREDIT", "Status": "AUTHORISED"} == second["data"]


def test_body_keeps_to_the_published_schema(
    client: Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    """A delivery is valid by Xero's document of webhooks, where that is present."""
    folder = contract_folder()
    if folder is None:
        pytest.skip("Xero's published documents are not present")
    document = yaml.load((folder / "xero-webhooks.yaml").read_text(), yaml.BaseLoader)
    schema = yaml.safe_load(json.dumps(document["components"]["schemas"]["WebhookEvent"]))
    for name in ("firstEventSequence", "lastEventSequence"):
        schema["properties"][name] = {"type": "integer", "minimum": 1}
    client.put("Contacts", {"Name": "Alpha"})
    sandbox.webhooks.deliver_due()

    assert [] == [
        error.message for error in Draft202012Validator(schema).iter_errors(receiver.bodies[0])
    ]


def test_body_has_spaces_that_are_signed(
    client: Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    """Re-serialising loses spaces and breaks the signature: only raw bytes prove anything."""
    client.put("Contacts", {"Name": "Alpha"})
    body = sandbox.webhooks.deliver_due()[0].body

    assert b'"firstEventSequence": 1,"lastEventSequence": 1, "entropy": "' in body
    assert body != json.dumps(json.loads(body), separators=(",", ":")).encode()


def test_failing_receiver_is_tried_at_once_then_every_15_minutes(
    client: Client, sandbox: Sandbox, receiver: Receiver, clock: Clock
) -> None:
    """What fails waits, in order, and comes whole when the receiver is back."""
    receiver.status = 500
    client.put("Contacts", {"Name": "Alpha"})
    first = len(sandbox.webhooks.deliver_due())
    clock.pass_by(minutes=14)
    early = len(sandbox.webhooks.deliver_due())
    clock.pass_by(minutes=1)
    second = len(sandbox.webhooks.deliver_due())
    client.put("Contacts", {"Name": "Beta"})
    receiver.status = 200
    clock.pass_by(minutes=15)
    sandbox.webhooks.deliver_due()

    assert (2, 0, 2) == (first, early, second)
    assert [(1, 2)] == [
        (body["firstEventSequence"], body["lastEventSequence"]) for body in receiver.bodies
    ]


def test_day_of_failures_disables_and_events_are_replayed(
    client: Client, sandbox: Sandbox, receiver: Receiver, clock: Clock
) -> None:
    """After 24 hours nothing is sent; a new intent to receive brings what waited."""
    receiver.status = 500
    client.put("Contacts", {"Name": "Alpha"})
    for _ in range(97):
        sandbox.webhooks.deliver_due()
        clock.pass_by(minutes=15)
    subscription = sandbox.webhooks.subscription(sandbox.client_id)
    receiver.status = 200
    silent = sandbox.webhooks.deliver_due()
    sandbox.webhooks.intent_to_receive(sandbox.client_id)
    receiver.bodies.clear()
    sandbox.webhooks.deliver_due()

    assert subscription is not None
    assert ("disabled", [], [("CONTACT", "CREATE")]) == (
        subscription.status,
        silent,
        _seen(receiver),
    )


def test_events_are_kept_31_days(
    client: Client, sandbox: Sandbox, receiver: Receiver, clock: Clock
) -> None:
    """Older ones are gone for good."""
    client.put("Contacts", {"Name": "Alpha"})
    clock.pass_by(days=31, seconds=1)

    assert [] == sandbox.webhooks.deliver_due()


def test_trouble_on_request(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    """Batches are repeated, turned round, lost and signed wrongly, each once."""
    found = []
    for kind in ("repeat", "reorder", "lose", "wrong_signature"):
        client.put("Contacts", {"Name": f"{kind} 1"}, {"Name": f"{kind} 2"})
        sandbox.webhooks.trouble(kind)
        receiver.bodies.clear()
        sandbox.webhooks.deliver_due()
        names = {row["ContactID"]: row["Name"][-1] for row in sandbox.table("Contacts")}
        found.append(
            ["".join(names[row["resourceId"]] for row in b["events"]) for b in receiver.bodies]
        )

    assert [["12", "12"], ["21"], [], ["12"]] == found
    assert 1 == receiver.refused
    with pytest.raises(ValueError, match="kind must be one of: repeat, reorder"):
        sandbox.webhooks.trouble("earthquake")  # type: ignore[arg-type]  # what is refused


def test_lost_events_leave_a_gap_in_the_sequence(
    client: Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    """A receiver can see from the numbers that something is missing."""
    for name in ("Alpha", "Beta", "Gamma"):
        if name == "Beta":
            sandbox.webhooks.trouble("lose")
        client.put("Contacts", {"Name": name})
        sandbox.webhooks.deliver_due()

    assert [1, 3] == [body["firstEventSequence"] for body in receiver.bodies]


def test_only_connected_organisations_and_chosen_categories(
    client: Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    """An organisation that is not connected, and a category not asked for, are silent."""
    sandbox.webhooks.subscribe(sandbox.client_id, URL, ["INVOICE"])
    sandbox.webhooks.intent_to_receive(sandbox.client_id)
    receiver.bodies.clear()
    second = sandbox.add_organisation("Second Ltd")
    sandbox.add("Invoices", {"Type": "ACCREC", "Contact": {"Name": "Alpha"}}, second)
    sandbox.add("Invoices", {"Type": "ACCREC", "Contact": {"Name": "Alpha"}})
    sandbox.webhooks.deliver_due()

    assert [("INVOICE", "CREATE", client.tenant)] == [
        (row["eventCategory"], row["eventType"], row["tenantId"]) for row in receiver.events()
    ]


@pytest.mark.parametrize("money", [True, False])
def test_payment_is_an_event_of_the_invoice_or_not(
    client: Client, sandbox: Sandbox, receiver: Receiver, money: bool
) -> None:
    """Xero does not document it: both can be tried."""
    contact = client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"]
    sale = invoice(client, contact)
    sandbox.webhooks.subscribe(sandbox.client_id, URL, money_events=money)
    sandbox.webhooks.intent_to_receive(sandbox.client_id)
    sandbox.webhooks.deliver_due()
    receiver.bodies.clear()
    client.put(
        "Payments",
        {"Invoice": {"InvoiceID": sale["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 1},
    )
    sandbox.webhooks.deliver_due()

    assert ([("INVOICE", "UPDATE")] if money else []) == _seen(receiver)


def test_receiver_that_writes_makes_no_endless_loop(
    client: Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    """What a receiver changes while it is told is counted on and waits for the next time."""
    sandbox.webhooks.post = _writing_back(sandbox, receiver)
    client.put("Contacts", {"Name": "Alpha"})
    made = [len(sandbox.webhooks.deliver_due()) for _ in range(3)]

    assert [1, 1, 1] == made
    assert [1, 2, 3] == [body["firstEventSequence"] for body in receiver.bodies]


def _writing_back(sandbox: Sandbox, receiver: Receiver) -> Any:
    def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        contact = sandbox.table("Contacts")[0]["ContactID"]
        sandbox.edit("Contacts", contact, {"FirstName": f"{len(receiver.bodies)}"})
        return receiver(url, body, headers)

    return post


def test_refused_write_is_no_event(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    """What was taken back never happened."""
    client.errors("PUT", "Contacts", {"Name": "<"})

    assert [] == sandbox.webhooks.deliver_due()


def test_subscription_event_is_the_apps(
    client: Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    """SUBSCRIPTION events carry the application as tenant."""
    from xtiger.sandbox.events import event

    made = event(client.tenant, "SUBSCRIPTION", URL, client.tenant, "UPDATE", sandbox.now())
    sandbox.webhooks.emit(sandbox.client_id, made)
    sandbox.webhooks.deliver_due()

    assert "APPLICATION" == receiver.events()[0]["tenantType"]


def test_unknown_category_or_app_is_refused(sandbox: Sandbox) -> None:
    """A category that Xero has not, no address, and an app without subscription, are told."""
    for url in ("crm.example", "http://", "http://crm.example:x/"):
        with pytest.raises(ValueError, match="A webhook needs an address"):
            sandbox.webhooks.subscribe(sandbox.client_id, url)
    with pytest.raises(ValueError, match="Unknown categories: PAYMENT"):
        sandbox.webhooks.subscribe(sandbox.client_id, URL, ["PAYMENT"])
    with pytest.raises(LookupError, match="no webhook subscription"):
        sandbox.webhooks.intent_to_receive(sandbox.client_id)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A real server on this machine: its address and the bodies that arrived."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}/hook?a=b", bodies
        server.shutdown()
        thread.join()


def test_post_goes_over_http(listener: tuple[str, list[bytes]]) -> None:
    """The body arrives byte by byte; where nobody listens there is no answer."""
    url, bodies = listener
    reply = post(url, b'{"events": []}', {"x-xero-signature": "s"})

    assert (204, [b'{"events": []}'], 0) == (reply.status, bodies, post(_closed(), b"", {}).status)


def _closed() -> str:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://localhost:{server.server_port}/"
