"""Signed messages to the CRM's own systems, taken by a real HTTP server in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from tests.commands import commands_on
from tests.db.later import turn_back
from tests.stories.outside.conftest import OwnSystem
from tests.stories.sync.people import invoice, organisation, paid_in_xero
from tests.web.test_plan import browser_of
from tests.web.test_plan import text as words_of
from tests.web.test_real_site import OWN
from tests.world import World
from xtiger.errors import NeedsPerson
from xtiger.model import setting_keys
from xtiger.outgoing.http import HttpPost
from xtiger.services.outside import delivering
from xtiger.services.syncing import noticing

HOW_TO = Path(__file__).parents[3] / "docs" / "receivers.md"


def verified(request: dict[str, Any], secret: str) -> bool:
    """Whether a signature is right, as Standard Webhooks 1.0 says it, written down anew here."""
    headers, key = request["headers"], base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{request['body']}"
    mark = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    return bool(hmac.compare_digest(f"v1,{mark}", headers["webhook-signature"]))


@pytest.fixture
def bill(world: World) -> str:
    """An approved invoice of 10 in Xero, of a customer with a name and a mail address."""
    firm = organisation(world, "Acme", email1="boss@acme.example")
    made = invoice(world, "I1", firm)
    world.sync()
    return made


def pay(world: World, bill: str, amount: str) -> None:
    paid_in_xero(world, world.xero_id("Invoices", bill), amount)
    world.sync()
    world.xt.tick()


def states(world: World) -> list[tuple[str, str, int, int]]:
    """(event, state, tries, tries without an answer) of each message, the oldest first."""
    found = reversed(world.xt.receivers.messages())
    return [(one.event, one.state, one.tries, one.unanswered) for one in found]


@pytest.mark.feature("F043")
def test_a_payment_reaches_the_own_system_signed(world: World, bill: str, own: OwnSystem) -> None:
    """Once, with the invoice and its money, and nothing of a person."""
    secret = world.xt.receivers.add(own.address, "a test").secret.reveal()
    pay(world, bill, "4")
    world.xt.tick()
    (request,) = own.got()
    said = json.loads(request["body"])

    assert ("invoice.part_paid", request["headers"]["webhook-id"]) == (said["type"], said["id"])
    assert {
        "module": "Invoices",
        "record": bill,
        "number": "I1",
        "currency": "GBP",
        "total": "10.00",
        "left": "6.00",
    }.items() <= said["data"].items()
    assert verified(request, secret)
    assert not verified({**request, "body": request["body"].replace("6.00", "7.00")}, secret)
    assert not re.search(r"acme|boss|@", request["body"], re.IGNORECASE)
    assert [("part_paid", "sent", 1, 0)] == states(world)


@pytest.mark.feature("F043")
def test_each_gets_what_was_chosen_for_it(world: World, bill: str, own: OwnSystem) -> None:
    """One of payments, one of what was voided; what is wrong with a connection goes to a third."""
    for events in (["paid"], ["voided"], ["alert"]):
        world.xt.receivers.add(f"{own.address}/{events[0]}", "a test", events)
    pay(world, bill, "10")

    assert ["/xero/paid"] == [one["path"] for one in own.got()]
    assert ["invoice.paid"] == own.events()


def test_trouble_is_said_once_while_it_lasts(world: World, own: OwnSystem) -> None:
    """A plan that the brake stopped, by its run; not again with the next look."""
    world.xt.receivers.add(own.address, "a test", ["alert"])
    firms = [organisation(world, f"Firm {number}") for number in range(12)]
    world.sync()
    for record in firms:
        world.host.edit("Organizations", record, accountname=f"Other {record}")
    with pytest.raises(NeedsPerson):
        world.sync()
    for _ in range(3):
        world.wait()
        world.xt.tick()
    (said,) = [json.loads(one["body"]) for one in own.got()]

    (plan,) = world.xt.sync.braked()
    assert ("alert", "braked", plan.run_id) == (
        *(said["type"], said["data"]["alert"]),
        said["data"]["about"],
    )


@pytest.mark.feature("F043")
def test_what_is_not_taken_goes_again_under_the_same_id(
    world: World, bill: str, own: OwnSystem
) -> None:
    """After pauses that grow; a redirect is not followed; then it is taken, and no more is sent."""
    world.xt.receivers.add(own.address, "a test")
    own.answers("500", "away", "429")
    pay(world, bill, "4")
    for _ in range(10):
        world.wait(200)
        world.xt.tick()
    few = len(own.got())
    for _ in range(4):
        world.wait(2_000)
        world.xt.tick()

    assert 3 == few
    assert [("part_paid", "sent", 4, 0)] == states(world)
    assert {"/xero"} == {one["path"] for one in own.got()}
    assert 1 == len({one["headers"]["webhook-id"] for one in own.got()})
    assert 4 == len({one["headers"]["webhook-timestamp"] for one in own.got()})


@pytest.mark.feature("F043")
def test_where_no_answer_came_it_may_come_twice_and_the_log_says_so(
    world: World,
    bill: str,
    own: OwnSystem,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The receiver has it both times under one id."""
    world.xt.receivers.add(own.address, "a test")
    own.answers("drop")
    pay(world, bill, "4")
    world.wait(100)
    world.xt.tick()
    log = commands_on(world, monkeypatch, capsys)("receivers", "log")

    assert [("part_paid", "sent", 2, 1)] == states(world)
    assert (2, 1) == (len(own.got()), len({one["headers"]["webhook-id"] for one in own.got()}))
    assert "sent, 1 try without an answer" in log.out


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.feature("F043")
def test_while_another_process_sends_a_test_waits(
    world: World,
    own: OwnSystem,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing says that the receiver did not take it: it goes once the other one has ended."""
    made = world.xt.receivers.add(own.address, "a test").receiver
    typed = commands_on(world, monkeypatch, capsys)
    lease = setting_keys.message_lease("")
    fence = world.xt.store.acquire_lease(lease, "another", 300, world.xt.clock.now())
    assert fence is not None
    said = typed("receivers", "test", str(made.id))
    browser = browser_of(world)
    browser.post("/xt/receivers/test", data={"receiver": made.id}, headers=OWN)
    page = words_of(browser.get("/xt/receivers").text)
    world.xt.store.release_lease(lease, fence)
    world.xt.tick()

    assert 4 == said.code
    assert "Another process sends messages just now" in " ".join(said.err.split())
    assert "did not take it" not in said.err
    assert "Test: waiting. Another process sends messages just now" in page
    assert {("test", "sent", 1, 0)} == set(states(world))


def dies_at(patched: pytest.MonkeyPatch, step: str, before: bool) -> None:
    """Let the process end before or after this step."""
    owner, name = {
        "write_notice": (noticing, "write_notice"),
        "post": (HttpPost, "__call__"),
        "after": (delivering.Delivering, "_after"),
    }[step]
    real: Any = getattr(owner, name)

    def die(*given: Any) -> Any:
        if not before:
            real(*given)
        raise Killed

    patched.setattr(owner, name, die)


@pytest.mark.feature("F043")
@pytest.mark.parametrize(
    ("step", "before", "times"),
    [
        ("write_notice", True, 1),
        ("write_notice", False, 1),
        ("post", True, 1),
        ("post", False, 2),
        ("after", True, 2),
    ],
)
def test_a_kill_at_each_step_of_sending_loses_nothing(
    world: World,
    bill: str,
    own: OwnSystem,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    before: bool,
    times: int,
) -> None:
    """It comes once; twice under one id only where nobody knows whether it came, which is kept."""
    world.xt.receivers.add(own.address, "a test")
    world.sync()
    with monkeypatch.context() as patched:
        dies_at(patched, step, before)
        with pytest.raises(Killed):
            pay(world, bill, "4")
    for _ in range(4):
        world.wait(400)
        world.xt.tick()

    assert ["invoice.part_paid"] * times == own.events()
    assert 1 == len({one["headers"]["webhook-id"] for one in own.got()})
    (found,) = states(world)
    assert ("sent", step in ("post", "after")) == (found[1], found[3] == 1)


@pytest.mark.feature("F043")
def test_what_nobody_takes_for_three_days_waits_for_a_person(
    world: World, bill: str, own: OwnSystem
) -> None:
    """Given up, shown under Needs you, and sent again by its button; another goes on meanwhile."""
    deaf = world.xt.receivers.add("http://127.0.0.1:9/deaf", "a test").receiver
    world.xt.receivers.add(own.address, "a test")
    pay(world, bill, "4")
    for _ in range(90):
        world.wait(3_600)
        world.xt.receivers.deliver()
    (given_up,) = world.xt.receivers.given_up()
    browser = browser_of(world)
    needs = browser.get("/xt/needs").text
    world.xt.receivers.change(deaf.id, "a test", address=own.address + "/later")
    browser.post("/xt/receivers/again", data={"message": given_up.id}, headers=OWN)

    assert ["/xero", "/xero/later"] == [one["path"] for one in own.got()]
    assert "given up after three days" in words_of(needs)
    assert ["sent", "sent"] == [state for _, state, _, _ in states(world)]
    assert "given up after three days" not in words_of(browser.get("/xt/needs").text)


def test_a_silent_receiver_is_asked_once_in_a_round(
    world: World, bill: str, own: OwnSystem
) -> None:
    """Whatever waits for it: a sync is not kept from its turn."""
    world.xt.receivers.add(own.address, "a test", ["part_paid"])
    own.answers(*["503"] * 9)
    pay(world, bill, "4")
    for amount in ("1", "2"):
        paid_in_xero(world, world.xero_id("Invoices", bill), amount)
        world.sync()
    before = len(own.got())
    world.wait(400)
    world.xt.tick()

    assert before + 1 == len(own.got())


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.example/x",
        "ftp://crm.example",
        "https://",
        "crm.example",
        "https://a:b@crm.example/",
        "https://crm.example/#a",
        "https://crm.example:x/",
        "https://crm.example/ü",
    ],
)
def test_an_address_that_is_not_safe_is_refused(world: World, address: str) -> None:
    """https, or http on this machine; no name, no password."""
    with pytest.raises(NeedsPerson, match=r"Use "):
        world.xt.receivers.add(address, "a test")
    assert [] == world.xt.receivers.all()


@pytest.mark.feature("F043")
def test_an_address_that_nothing_can_ask_keeps_no_other_waiting(
    world: World, bill: str, own: OwnSystem
) -> None:
    """One of before such were refused: its message is tried later, and the others are sent."""
    first = world.xt.receivers.add("https://crm.example/x", "a test").receiver
    with world.xt.store.transaction():
        world.xt.store.save_receiver(replace(first, address="https://crm..example/x"))
    world.xt.receivers.add(own.address, "a test")
    pay(world, bill, "4")

    assert ["invoice.part_paid"] == own.events()
    assert {("waiting", 0), ("sent", 0)} == {
        (s, unanswered) for _, s, _, unanswered in states(world)
    }


@pytest.mark.feature("F043")
def test_an_administrator_adds_tests_and_removes_it_in_the_browser(
    world: World, own: OwnSystem
) -> None:
    """The secret is on the first page alone, and in no table."""
    browser = browser_of(world)
    form = {"address": own.address, "event": ["paid", "alert"]}
    first = browser.post("/xt/receivers", data=form, headers=OWN)
    (secret,) = re.findall(r"whsec_[\w+/=]+", first.text)
    (receiver,) = world.xt.receivers.all()
    later = browser.get("/xt/receivers").text
    number = {"receiver": receiver.id}
    browser.post("/xt/receivers/test", data=number, headers=OWN)
    tested = browser.get("/xt/receivers").text
    saved = {**number, "address": own.address, "event": ["voided"]}
    browser.post("/xt/receivers/save", data=saved, headers=OWN)
    other = browser.post("/xt/receivers/secret", data=number, headers=OWN).text
    with world.xt.store.engine.connect() as db:
        rows = repr(db.execute(text("SELECT * FROM xt_receiver")).all())
    (changed,) = world.xt.receivers.all()
    browser.post("/xt/receivers/remove", data=number, headers=OWN)
    browser.post("/xt/receivers/remove", data=number, headers=OWN)

    assert "no-store" in first.headers["Cache-Control"]
    assert ("paid", "alert") == receiver.events
    assert secret not in later + tested + rows
    assert verified(own.got()[0], secret)
    assert "Test: sent. HTTP 204" in words_of(tested)
    assert ("voided",) == changed.events
    assert secret not in other
    assert "whsec_" in other
    assert [] == world.xt.receivers.all()


def test_a_mistake_in_the_form_is_said_and_nothing_saved(world: World, own: OwnSystem) -> None:
    """Nothing chosen, no address, another's number."""
    browser = browser_of(world)
    none = browser.post("/xt/receivers", data={"address": own.address}, headers=OWN).text
    bad = browser.post(
        "/xt/receivers", data={"address": "http://x.example", "event": ["paid"]}, headers=OWN
    ).text
    gone = {"receiver": "7", "address": own.address, "event": ["paid"]}

    assert "Use one notice at least" in none
    assert "without encryption" in bad
    assert (
        "There is no receiver 7" in browser.post("/xt/receivers/save", data=gone, headers=OWN).text
    )
    assert (
        "There is no receiver 7" in browser.post("/xt/receivers/test", data=gone, headers=OWN).text
    )
    assert 404 == browser.post("/xt/receivers/secret", data={}, headers=OWN).status_code
    odd = {"address": own.address, "event": ["paid"], "connection": "x"}
    assert 400 == browser.post("/xt/receivers", data=odd, headers=OWN).status_code
    assert [] == world.xt.receivers.all()


@pytest.mark.feature("F043")
def test_a_developer_adds_tests_and_removes_it_by_commands(
    world: World,
    own: OwnSystem,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The secret is printed once; a refused test ends with 3."""
    typed = commands_on(world, monkeypatch, capsys)
    empty = typed("receivers")
    added = typed("receivers", "add", own.address, "--event", "paid", "--json").json
    number = str(added["receiver"]["number"])
    sent = typed("receivers", "test", number)
    own.answers("500")
    refused = typed("receivers", "test", number)
    listed = typed("receivers")
    other = typed("receivers", "secret", number, "--json").json["secret"]
    log = typed("receivers", "log", "--json").json["messages"]
    again = typed("receivers", "again", str(log[0]["number"]))
    off = typed("receivers", "off", number)

    assert (0, "No system gets messages yet.\n") == (empty.code, empty.out)
    assert verified(own.got()[0], added["secret"])
    assert other != added["secret"]
    assert (0, "sent. HTTP 204\n") == (sent.code, sent.out)
    assert (3, "waiting. HTTP 500") == (refused.code, refused.out.strip())
    assert "The last try failed." in listed.out
    assert added["secret"] not in listed.out
    assert ["waiting", "sent"] == [one["state"] for one in log]
    assert (3, True) == (again.code, "is on its way" in again.err)
    assert (0, 3) == (off.code, typed("receivers", "off", number).code)


def test_the_snippet_of_the_documents_verifies(world: World, own: OwnSystem) -> None:
    """A right message passes; a changed one, an old one and another's do not."""
    code = HOW_TO.read_text().partition("```python")[2].partition("```")[0]
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    secret = world.xt.receivers.add(own.address, "a test").secret.reveal()
    world.xt.receivers.test(1)
    (request,) = own.got()
    headers, body = request["headers"], request["body"].encode()
    at = int(headers["webhook-timestamp"])
    genuine = namespace["is_genuine"]

    assert genuine(body, headers, secret, now=at)
    assert not genuine(body + b" ", headers, secret, now=at)
    assert not genuine(body, headers, secret, now=at + 3_600)
    assert not genuine(body, headers, "whsec_" + "A" * 44, now=at)


def test_a_lost_key_sends_nothing_and_says_why(world: World, bill: str, own: OwnSystem) -> None:
    """What waits stays, and goes once a new secret is made."""
    receiver = world.xt.receivers.add(own.address, "a test").receiver
    with world.xt.store.engine.begin() as db:
        db.execute(text("UPDATE xt_receiver SET secret = 'gAAAA'"))
    pay(world, bill, "4")
    (waiting,) = world.xt.receivers.messages()
    secret = world.xt.receivers.new_secret(receiver.id).reveal()
    world.wait(400)
    world.xt.tick()

    assert ("waiting", "its secret cannot be read") == (waiting.state, waiting.answer)
    assert verified(own.got()[0], secret)


def test_the_session_may_be_given(own: OwnSystem) -> None:
    """As for a proxy of a company."""
    session = requests.Session()
    post = HttpPost(session)
    try:
        answer = post(own.address, {"content-type": "application/json"}, b"{}")
    finally:
        post.close()

    assert ("sent", "HTTP 204") == (answer.code, answer.said)


def test_what_was_sent_is_listed_for_thirty_days(world: World, own: OwnSystem) -> None:
    """Then its row goes."""
    receiver = world.xt.receivers.add(own.address, "a test").receiver
    world.xt.receivers.test(receiver.id)
    world.wait(timedelta(days=31).total_seconds())
    world.xt.receivers.test(receiver.id)

    assert 1 == len(world.xt.receivers.messages())


def test_a_store_of_before_has_no_receivers(world: World, own: OwnSystem) -> None:
    """And takes the first."""
    with world.xt.store.engine.begin() as db:
        turn_back(db, "0013")
    world.xt.store.migrate()

    assert [] == world.xt.receivers.all()
    assert 1 == world.xt.receivers.add(own.address, "a test").receiver.id
