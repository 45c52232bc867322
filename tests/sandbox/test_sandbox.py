"""Claims about the sandbox as a whole: seeds, server, speed, observers."""

from __future__ import annotations

import random
import time
from decimal import Decimal

import pytest
import requests

from tests.contract.openapi import contract
from tests.contract.recorder import Recorder
from tests.sandbox.client import Client, Clock, connect
from tests.sandbox.test_invoices import draft
from xtiger.sandbox import Limits, Request, Response, Sandbox, serve


def test_seeds_have_their_organisations() -> None:
    """Empty has one organisation without records, demo two."""
    empty, demo = Sandbox(), Sandbox(seed="demo")

    assert ["Empty Trading Ltd"] == [name for _, name in empty.organisations()]
    assert [] == empty.table("Contacts")
    assert ["Aroha Trading Ltd", "Second Trading Ltd"] == [name for _, name in demo.organisations()]


def test_unknown_seed_is_refused() -> None:
    """The message names the seeds that there are."""
    with pytest.raises(ValueError, match="use one of: empty, demo"):
        Sandbox(seed="full")


def test_same_random_source_makes_the_same_sandbox(clock: Clock) -> None:
    """With a seeded source all ids and secrets repeat: a failing run can be replayed."""
    one, two = (Sandbox(seed="demo", clock=clock, secrets=random.Random(7)) for _ in range(2))

    assert (one.client_id, one.client_secret, one.table("Contacts")) == (
        two.client_id,
        two.client_secret,
        two.table("Contacts"),
    )


def test_secrets_differ_by_default() -> None:
    """Each state has its own client secret."""
    assert Sandbox().client_secret != Sandbox().client_secret


def test_demo_keeps_to_the_contract(clock: Clock) -> None:
    """Every object of the demo seed is shown as Xero's document says."""
    sandbox = Sandbox(seed="demo", clock=clock)
    recorder = Recorder()
    sandbox.observers.append(recorder)
    client = Client(sandbox, sandbox.organisations()[0][0], connect(sandbox)["access_token"])
    for kind in ("Contacts", "Invoices", "Payments"):
        client.get(kind, page="1", pageSize="1000")
    for kind in ("Items", "Accounts", "TaxRates", "Currencies", "Organisation"):
        client.get(kind)

    recorder.assert_clean()
    assert recorder.judged == (8 if contract() else 0)


def test_server_answers_and_ends(sandbox: Sandbox) -> None:
    """The url speaks until close, which does not wait for clients that stay connected."""
    server = serve(sandbox)
    with requests.Session() as session:
        status = session.get(f"{server.url}/connections", timeout=5).status_code
        server.close()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/connections", timeout=5)

    assert (401, True) == (status, server.url.startswith("http://localhost:"))


def test_taken_port_is_an_oserror(sandbox: Sandbox) -> None:
    """Two servers do not share a port."""
    with serve(sandbox) as server, pytest.raises(OSError, match="in use"):
        serve(sandbox, port=server.port)


def test_observers_see_request_and_response(sandbox: Sandbox, client: Client) -> None:
    """Each call is shown to the observers, its token left out."""
    seen: list[tuple[Request, Response]] = []
    sandbox.observers.append(lambda request, response: seen.append((request, response)))
    client.call("PUT", "Contacts", {"Name": "A"})
    request, response = seen[0]

    assert (b'{"Name": "A"}', 200, False) == (
        request.body,
        response.status,
        "authorization" in request.headers,
    )


def test_edit_of_lines_keeps_the_totals_right(sandbox: Sandbox, client: Client) -> None:
    """An accountant's change of lines goes through the rules: totals follow."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    line = {"LineItemID": made["LineItems"][0]["LineItemID"], "Quantity": 2}
    sandbox.edit("Invoices", made["InvoiceID"], {"LineItems": [line]})

    assert 240 == client.get(f"Invoices/{made['InvoiceID']}")["Invoices"][0]["AmountDue"]


def test_edit_that_a_rule_forbids_is_a_valueerror(sandbox: Sandbox, client: Client) -> None:
    """An approved invoice does not become a draft again, not even for an accountant."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    with pytest.raises(ValueError, match="not of valid status"):
        sandbox.edit("Invoices", made["InvoiceID"], {"Status": "DRAFT"})


def test_edit_keeps_decimals(sandbox: Sandbox, client: Client) -> None:
    """An edited amount is a number again, not text."""
    item = client.put("Items", {"Code": "x"})[0]
    sandbox.edit("Items", item["ItemID"], {"SalesDetails": {"UnitPrice": Decimal("1.50")}})

    assert Decimal("1.50") == client.get("Items/x")["Items"][0]["SalesDetails"]["UnitPrice"]


def test_accountant_records_a_payment(sandbox: Sandbox, client: Client) -> None:
    """add() makes what was made in Xero itself: a payment that the app must find."""
    made = client.put("Invoices", draft(Status="AUTHORISED"))[0]
    named = {"InvoiceID": made["InvoiceID"]}
    sandbox.add("Payments", {"Invoice": named, "Account": {"Code": "090"}, "Amount": 120})

    assert "PAID" == client.get(f"Invoices/{made['InvoiceID']}")["Invoices"][0]["Status"]


def test_answers_carry_the_time_of_the_sandbox(client: Client, clock: Clock) -> None:
    """Date and DateTimeUTC follow the sandbox's clock, not the machine's."""
    clock.pass_by(minutes=5)
    answer = client.call("GET", "Organisation")

    assert ("Fri, 20 Nov 2026 12:05:00 GMT", "/Date(1795176300000)/") == (
        answer.headers["Date"],
        (answer.json or {})["DateTimeUTC"],
    )


@pytest.mark.slow
def test_bulk_is_fast(clock: Clock) -> None:
    """1,000 contacts and invoices are written and read, and judged, within seconds."""
    sandbox = Sandbox(clock=clock, limits=Limits(minute=1000))
    recorder = Recorder()
    sandbox.observers.append(recorder)
    client = Client(sandbox, sandbox.organisations()[0][0], connect(sandbox)["access_token"])
    names = [f"Company {n}" for n in range(1000)]
    began = time.perf_counter()
    for start in range(0, 1000, 50):
        part = names[start : start + 50]
        client.put("Contacts", *({"Name": name} for name in part))
        client.put("Invoices", *(draft(Contact={"Name": name}) for name in part))
    rows = client.get("Invoices", page="1", pageSize="1000")["Invoices"]
    seconds = time.perf_counter() - began

    assert (1000, []) == (len(rows), recorder.violations)
    assert seconds < 20
