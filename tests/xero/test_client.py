"""One call: what is sent, what is logged, what is tried again and what never is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import simplejson

from tests.xero.clock import START, StepClock
from tests.xero.stub import Say, Stub
from xtiger.db.store import SqlStore
from xtiger.errors import (
    AnswerUnknown,
    ConnectionEnded,
    RunBusy,
    ScopeMissing,
    UnreadableAnswer,
    XeroRejected,
    XeroUnavailable,
    XeroUnreachable,
    XTigerError,
)
from xtiger.model.connections import Connection
from xtiger.model.secret import Secret
from xtiger.ports.xero import WriteRequest
from xtiger.sandbox import Sandbox
from xtiger.settings import Settings
from xtiger.xero.oauth import client_credentials, disconnect
from xtiger.xero.organisations import XeroOrganisation

Dial = Callable[[str], XeroOrganisation]

ORGANISATION = Say(
    {
        "Organisations": [{"Name": "Stub Ltd"}],
        "DateTimeUTC": "/Date(1550793549392)/",
    }
)
EXPIRED = Say({"Title": "Unauthorized", "Detail": "TokenExpired: now"}, 401)


def _contacts(*names: str, key: str = "") -> WriteRequest:
    body = simplejson.dumps({"Contacts": [{"Name": name} for name in names]}).encode()
    return WriteRequest("PUT", "/Contacts", body, key)


def _made(sandbox: Sandbox, name: str) -> int:
    return len([row for row in sandbox.table("Contacts") if row["Name"] == name])


def test_what_a_read_sends(dial: Dial) -> None:
    """A read asks for JSON, compressed, of its organisation, with its token."""
    with Stub(ORGANISATION) as stub:
        dial(stub.url).organisation()
    sent = stub.got[0].headers

    assert ("application/json", "gzip", "org-1", "Bearer access-1") == (
        sent["accept"],
        sent["accept-encoding"],
        sent["xero-tenant-id"],
        sent["authorization"],
    )


def test_what_a_write_sends(dial: Dial) -> None:
    """A write sends exactly the bytes given, as JSON, with its key."""
    request = _contacts("Ärger & Söhne", key="key-1")
    answer = Say({"Contacts": [{"ContactID": "c-1"}], "DateTimeUTC": "/Date(1)/"})
    with Stub(answer) as stub:
        dial(stub.url).send(request)
    got = stub.got[0]

    assert (request.body, "key-1", "application/json; charset=utf-8") == (
        got.body,
        got.headers["idempotency-key"],
        got.headers["content-type"],
    )


def test_a_write_is_kept_here_when_its_run_has_lost_its_turn(
    connection: Connection,
    settings: Settings,
    store: SqlStore,
    clock: StepClock,
    sandbox: Sandbox,
) -> None:
    """Asked at the last moment before it leaves: nothing reaches Xero, no call is counted."""

    def lost() -> None:
        raise RunBusy("Acme", retry_after_seconds=30)

    door = XeroOrganisation(connection, settings, store, clock, "run1", before_write=lost)
    with pytest.raises(RunBusy):
        door.send(_contacts("Kea"))
    reads, calls = door.organisation(), door.calls
    door.close()

    assert (0, 1, True) == (_made(sandbox, "Kea"), calls, bool(reads))


def test_no_key_sends_no_header(dial: Dial) -> None:
    """An empty key sends no Idempotency-Key at all."""
    with Stub(Say({"Contacts": [{"ContactID": "c-1"}]})) as stub:
        dial(stub.url).send(_contacts("A"))

    assert "idempotency-key" not in stub.got[0].headers


def test_a_netrc_does_not_replace_the_token(
    dial: Dial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials of a .netrc for the same host do not reach Xero."""
    path = tmp_path / "netrc"
    path.write_text("machine localhost login somebody password something\n", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    with Stub(ORGANISATION) as stub:
        dial(stub.url).organisation()

    assert "Bearer access-1" == stub.got[0].headers["authorization"]


def test_each_request_is_in_the_call_log(
    xero: XeroOrganisation, store: SqlStore, clock: StepClock
) -> None:
    """A row tells method, path, status, sizes, calls left, run and trace; no payload."""
    request = _contacts("Logged Ltd")
    xero.send(request)
    row = store.calls("c1", START)[0]

    assert ("PUT", "/Contacts", 200, len(request.body), 59, "run1", True, True) == (
        row.method,
        row.path,
        row.http_status,
        row.sent_bytes,
        row.minute_left,
        row.run_id,
        row.received_bytes > 100,
        bool(row.correlation_id),
    )


def test_filters_are_not_logged(xero: XeroOrganisation, store: SqlStore) -> None:
    """What is looked for may be personal: the log keeps the path alone."""
    xero.look_up("Contact", "EmailAddress", "jane@example.com")

    assert "/Contacts" == store.calls("c1", START)[0].path


def test_a_lost_answer_is_logged_without_status(
    xero: XeroOrganisation, store: SqlStore, sandbox: Sandbox
) -> None:
    """A call whose answer was lost counts, and its row has no status."""
    sandbox.fault("lost_answer", path="/api.xro")
    xero.organisation()

    assert (2, [200, None]) == (xero.calls, [row.http_status for row in store.calls("c1", START)])


def test_an_expired_token_is_renewed_once(
    xero: XeroOrganisation, sandbox: Sandbox, store: SqlStore
) -> None:
    """401 TokenExpired renews the token and makes the call again, a write too."""
    sandbox.fault("token_expired", path="/api.xro", method="PUT")
    answers = xero.send(_contacts("Renewed Ltd"))

    assert (True, 1) == (answers[0].ok, _made(sandbox, "Renewed Ltd"))


def test_a_token_that_xero_never_takes_ends_the_connection(
    xero: XeroOrganisation, sandbox: Sandbox, store: SqlStore
) -> None:
    """Refused again with a new token, the connection has ended."""
    sandbox.fault("token_expired", path="/api.xro", count=2)
    with pytest.raises(ConnectionEnded):
        xero.organisation()
    kept = store.connection("c1")
    assert kept is not None

    assert ("ended", 2) == (kept.state, xero.calls)


def test_disconnected_in_xero(
    xero: XeroOrganisation,
    settings: Settings,
    connection: Connection,
    store: SqlStore,
    clock: StepClock,
) -> None:
    """403 after a disconnect at Xero ends the connection with the reason."""
    tokens = store.tokens("c1")
    assert tokens is not None
    disconnect(settings, clock, tokens, connection.xero_connection_id)
    with pytest.raises(ConnectionEnded, match="disconnected in Xero"):
        xero.organisation()
    kept = store.connection("c1")
    assert kept is not None

    assert ("ended", "it was disconnected in Xero") == (kept.state, kept.reason)


def test_a_missing_scope(
    settings: Settings, connection: Connection, store: SqlStore, clock: StepClock
) -> None:
    """A call that the permission does not cover names the call; the connection stays."""
    narrow = client_credentials(settings, clock, ["accounting.contacts"])
    store.save_connection(connection, narrow)
    door = XeroOrganisation(connection, settings, store, clock)
    with pytest.raises(ScopeMissing, match="does not cover GET /Invoices"):
        list(door.read("Invoice"))
    door.close()
    kept = store.connection("c1")
    assert kept is not None

    assert "active" == kept.state


@pytest.mark.parametrize("status", [500, 503])
def test_a_read_is_tried_three_times(
    xero: XeroOrganisation, sandbox: Sandbox, clock: StepClock, status: int
) -> None:
    """5xx on a read is tried again after 1 and 2 seconds."""
    sandbox.fault("status", path="/api.xro", status=status, count=2)
    name = xero.organisation()["Name"]

    assert ("Aroha Trading Ltd", 3, [1, 2]) == (name, xero.calls, clock.slept)


def test_a_read_gives_up(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """A third 5xx ends as Xero being down, with its status."""
    sandbox.fault("status", path="/api.xro", status=503, count=3)
    with pytest.raises(XeroUnavailable) as caught:
        xero.organisation()

    assert (503, 3) == (caught.value.http_status, xero.calls)


@pytest.mark.parametrize("status", [500, 503])
def test_a_write_with_5xx_is_unknown(xero: XeroOrganisation, sandbox: Sandbox, status: int) -> None:
    """5xx on a write is never repeated: it may have been done."""
    sandbox.fault("status", path="/api.xro", status=status)
    with pytest.raises(AnswerUnknown) as caught:
        xero.send(_contacts("Maybe Ltd"))

    assert (status, 1) == (caught.value.http_status, xero.calls)


def test_a_lost_answer_after_commit_is_unknown(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """A write whose answer is lost is reported as unknown, sent once, and is there."""
    sandbox.fault("lost_answer", path="/api.xro", method="PUT")
    with pytest.raises(AnswerUnknown, match="did not answer PUT /Contacts"):
        xero.send(_contacts("Lost Ltd"))

    assert (1, 1) == (xero.calls, _made(sandbox, "Lost Ltd"))


def test_the_same_bytes_and_key_make_no_second(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """After a lost answer the same request with its key gives the answer, and one contact."""
    request = _contacts("Once Ltd", key="k" * 128)
    sandbox.fault("lost_answer", path="/api.xro", method="PUT")
    with pytest.raises(AnswerUnknown):
        xero.send(request)

    assert (True, 1) == (xero.send(request)[0].ok, _made(sandbox, "Once Ltd"))


def test_a_key_used_for_other_bytes_is_rejected(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """Xero's refusal of a key used twice is told in its words."""
    xero.send(_contacts("First Ltd", key="k1"))
    with pytest.raises(XeroRejected, match="used with a different request"):
        xero.send(_contacts("Second Ltd", key="k1"))

    assert 0 == _made(sandbox, "Second Ltd")


def test_a_write_waits_for_a_429(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """429 comes before processing, so the write is made again."""
    sandbox.fault("status", path="/api.xro", status=429, retry_after_seconds=5)

    assert (True, 1) == (xero.send(_contacts("W Ltd"))[0].ok, _made(sandbox, "W Ltd"))


def test_nothing_listens(dial: Dial) -> None:
    """A write to a server that is not there says that nothing was sent, and counts no call."""
    door = dial("http://localhost:9")
    with pytest.raises(XeroUnreachable, match="Nothing was sent"):
        door.send(_contacts("A"))

    assert 0 == door.calls


@pytest.mark.parametrize(
    "say",
    [
        Say(b"<html>Sign in to the guest network</html>", headers={"Content-Type": "text/html"}),
        Say(b'{"Organisations": [{"Na'),
        Say({"Organisations": [{"Name": "x"}]}, cut_off=10),
        Say(hang_up=True),
    ],
)
def test_a_damaged_answer_is_read_again(dial: Dial, say: Say) -> None:
    """HTML, half JSON, a short body or a closed connection: the read is tried again."""
    with Stub(say, ORGANISATION) as stub:
        found = dial(stub.url).organisation()

    assert ("Stub Ltd", 2) == (found["Name"], len(stub.got))


@pytest.mark.parametrize(
    "say",
    [
        Say(b"<html>Proxy</html>", headers={"Content-Type": "text/html"}),
        Say(b'{"Contacts": [{"Con'),
        Say({"Contacts": [{"ContactID": "c-1"}]}, cut_off=10),
        Say(hang_up=True),
        Say({"Contacts": []}),
        Say({"Contacts": [{"ContactID": "c-1"}, {"ContactID": "c-2"}]}),
        Say({"Contacts": ["c-1"]}),
        Say({}),
        Say(b"", 302, {"Location": "https://elsewhere.example.com/"}),
    ],
)
def test_a_damaged_answer_to_a_write_is_unknown(dial: Dial, say: Say) -> None:
    """A write without usable answer is neither repeated nor called refused."""
    with Stub(say) as stub, pytest.raises(AnswerUnknown):
        dial(stub.url).send(_contacts("A"))

    assert 1 == len(stub.got)


def test_html_for_ever(dial: Dial) -> None:
    """An answer that stays HTML is unreadable, and says what came."""
    say = Say(b"<html>hi</html>", headers={"Content-Type": "text/html"})
    with Stub(say) as stub, pytest.raises(UnreadableAnswer, match="it is text/html, not JSON"):
        dial(stub.url).organisation()

    assert 3 == len(stub.got)


def test_reading_from_nobody(dial: Dial, clock: StepClock) -> None:
    """A read from a server that is not there is tried three times, then told."""
    with pytest.raises(XeroUnreachable, match="cannot be reached at http://localhost:9"):
        dial("http://localhost:9").organisation()

    assert [1, 2] == clock.slept


def test_a_read_whose_answers_are_lost(dial: Dial) -> None:
    """A server that hangs up on every try is unreachable."""
    with Stub(Say(hang_up=True)) as stub, pytest.raises(XeroUnreachable):
        dial(stub.url).organisation()

    assert 3 == len(stub.got)


def test_an_answer_without_time(dial: Dial) -> None:
    """Without Xero's time there is no place to read on from: the answer is unreadable."""
    say = Say({"Contacts": [], "DateTimeUTC": "yesterday"})
    with Stub(say) as stub, pytest.raises(UnreadableAnswer, match="does not tell Xero's time"):
        list(dial(stub.url).read("Contact"))


def test_a_write_to_nowhere(dial: Dial) -> None:
    """A 404 on a write is a refusal."""
    say = Say(b"<p>not found</p>", 404, {"Content-Type": "text/html"})
    with Stub(say) as stub, pytest.raises(XeroRejected, match="PUT /Contacts with 404: not found"):
        dial(stub.url).send(_contacts("A"))


def test_an_answer_without_organisation(dial: Dial) -> None:
    """An Organisation answer that holds none is unreadable."""
    empty = Say({"Organisations": [], "DateTimeUTC": "/Date(1)/"})
    with Stub(empty) as stub, pytest.raises(UnreadableAnswer, match="0 organisations"):
        dial(stub.url).organisation()


def test_no_secret_is_in_any_error_or_log(
    dial: Dial, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever Xero answers, even an echo of the request: no token in errors, logs, call log."""
    caplog.set_level(logging.DEBUG)
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    kept = store.tokens("c1")
    connection = store.connection("c1")
    assert kept is not None
    assert connection is not None
    store.save_connection(connection, replace(kept, access=Secret(token)))
    echo = f"You sent Authorization: Bearer {token}"
    shown = [caplog.text]
    for status in (200, 302, 400, 401, 403, 404, 412, 500):
        with Stub(Say(echo.encode(), status), Say({"Message": echo}, status)) as stub:
            for _ in range(2):
                store.save_connection(connection, replace(kept, access=Secret(token)))
                try:
                    dial(stub.url).send(_contacts("A"))
                except XTigerError as error:
                    shown += [str(error), repr(error), repr(vars(error)), repr(error.__cause__)]
    shown += [caplog.text, repr(store.calls("c1", START - timedelta(1)))]
    words = ("c2lnbmF0dXJl", "refresh-1", "secret-1")

    assert [] == [word for word in words for text in shown if word in text]
