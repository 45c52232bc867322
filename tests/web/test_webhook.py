"""The address of Xero's webhooks: who is let in, what is stored, and what an answer looks like."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.postgres import own_schema, require_postgres
from tests.stories.webhooks.conftest import signed
from xtiger.app import XTiger
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.connections import Connection
from xtiger.model.secret import Secret
from xtiger.sandbox.webhooks import signature
from xtiger.settings import Settings
from xtiger.web import blueprint

ADDRESS = "/modules/XTiger/webhook"
OLD, NEW = "b2xkIGtleQ==", "bmV3IGtleQ=="
TENANT = "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f"


def told(number: int = 1, tenant: str = TENANT, category: str = "CONTACT") -> dict[str, Any]:
    """An event of a record of its own."""
    return {
        "resourceId": f"717f2bfc-c6d4-41fd-b238-{number:012d}",
        "tenantId": tenant,
        "eventDateUtc": "2026-11-20T09:00:00.000",
        "eventType": "UPDATE",
        "eventCategory": category,
        "tenantType": "ORGANISATION",
    }


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[XTiger]:
    """A library on either database whose Xero is nowhere: any call would fail."""
    if request.param == "sqlite":
        yield from library(tmp_path, f"sqlite:///{tmp_path / 'xtiger.db'}")
    else:
        with own_schema(require_postgres()) as url:
            yield from library(tmp_path, url)


@pytest.fixture
def xt(tmp_path: Path) -> Iterator[XTiger]:
    """The same on SQLite."""
    yield from library(tmp_path, f"sqlite:///{tmp_path / 'xtiger.db'}")


def library(home: Path, database_url: str) -> Iterator[XTiger]:
    """One active and one ended connection; two keys."""
    host = MemoryHost(modules=standard_modules())
    settings_ = Settings(
        home,
        database_url,
        xero_url="http://localhost:9",
        xero_webhook_key=f"{NEW},{OLD}",
        new_extensions_on=False,
    )
    made = XTiger(host, settings=settings_, store=SqlStore.open(database_url, Cipher([new_key()])))
    one = Connection("c1", "", TENANT, "x1", "Aroha Trading Ltd", "GBP")
    made.store.save_connection(one)
    made.store.save_connection(replace(one, id="c2", organisation_id="gone").ended("over"))
    yield made
    made.close()
    host.close()


def browser_of(xt: XTiger, *, reads: bool = False) -> FlaskClient:
    """The CRM's application; `reads` for one that reads each request before its view."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt, local_only=True))

    @app.before_request
    def login() -> None:
        # As many CRMs do: the session lives on with each request.
        flask.session.permanent = True
        flask.session["seen"] = "now"
        if reads:
            flask.request.get_data()

    return app.test_client()


@pytest.fixture
def browser(xt: XTiger) -> FlaskClient:
    return browser_of(xt)


def stored(xt: XTiger) -> list[str]:
    """Ids of the records that wait, of the active connection."""
    return [one.xero_id for one in xt.store.waiting_events("c1")]


def test_what_is_signed_is_taken(browser: FlaskClient, xt: XTiger) -> None:
    """200, stored; by the new key and by the one before."""
    found = []
    for number, key in enumerate((NEW, OLD), start=1):
        body, mark = signed([told(number)], 1, key)
        found.append(browser.post(ADDRESS, data=body, headers={"x-xero-signature": mark}))

    assert [200, 200] == [one.status_code for one in found]
    assert 2 == len(stored(xt))


@pytest.mark.parametrize("mark", ["", "A" * 43 + "=", None, "ünlesbar"])
def test_what_is_not_signed_is_refused(browser: FlaskClient, xt: XTiger, mark: str | None) -> None:
    """401, and nothing is stored."""
    body, _ = signed([told()], 1, NEW)
    headers = {} if mark is None else {"x-xero-signature": mark}

    found = browser.post(ADDRESS, data=body, headers=headers)

    assert (401, []) == (found.status_code, stored(xt))


def test_without_a_key_nobody_is_let_in(xt: XTiger) -> None:
    """401, as for a wrong signature."""
    settings_ = replace(xt.settings, xero_webhook_key=Secret(""))
    keyless = XTiger(xt.host, settings=settings_, store=xt.store)
    body, _ = signed([told()], 1, NEW)

    assert 401 == keyless.receive_webhook(body, signature("", body))


@pytest.mark.parametrize("right", [True, False])
def test_an_answer_is_empty_and_sets_no_cookie(browser: FlaskClient, right: bool) -> None:
    """Though the CRM renews its session with each request: Xero refuses cookies."""
    body, mark = signed([], 0, NEW)
    found = browser.post(ADDRESS, data=body, headers={"x-xero-signature": mark[right:]})

    assert (b"", []) == (found.data, found.headers.getlist("Set-Cookie"))


def test_a_form_and_json_are_taken_as_bytes(browser: FlaskClient, xt: XTiger) -> None:
    """Whatever Content-Type is said, the body is not read as a form first."""
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    found = []
    for number, kind in enumerate(kinds):
        body, mark = signed([told(number)], number + 1, NEW)
        headers = {"x-xero-signature": mark, "Content-Type": kind}
        found.append(browser.post(ADDRESS, data=body, headers=headers).status_code)

    assert ([200] * 3, 3) == (found, len(stored(xt)))


def test_a_crm_that_reads_every_request_first(xt: XTiger) -> None:
    """For its log, say: the bytes are the same."""
    body, mark = signed([told()], 1, NEW)

    found = browser_of(xt, reads=True).post(ADDRESS, data=body, headers={"x-xero-signature": mark})

    assert (200, 1) == (found.status_code, len(stored(xt)))


def test_a_signed_body_that_is_no_json_is_a_400(browser: FlaskClient, xt: XTiger) -> None:
    """Xero repeats it and says so by mail; nothing is raised."""
    found = browser.post(
        ADDRESS, data=b"<xml/>", headers={"x-xero-signature": signature(NEW, b"<xml/>")}
    )

    assert (400, b"", []) == (found.status_code, found.data, stored(xt))


def test_a_body_without_end_is_not_read_to_its_end(browser: FlaskClient, xt: XTiger) -> None:
    """413 after a million bytes, signed or not."""
    body = b" " * 3_000_000

    found = browser.post(ADDRESS, data=body, headers={"x-xero-signature": signature(NEW, body)})

    assert (413, []) == (found.status_code, stored(xt))


def test_other_methods_are_refused(browser: FlaskClient) -> None:
    """A browser that comes by sees a page that says so."""
    assert [405, 405] == [browser.get(ADDRESS).status_code, browser.put(ADDRESS).status_code]


def test_events_of_strangers_are_dropped(xt: XTiger) -> None:
    """Of organisations that are not connected, or not any more, nothing is kept."""
    body, mark = signed([told(1, "gone"), told(2), told(3, "another")], 1, NEW)

    assert 200 == xt.receive_webhook(body, mark)
    assert [told(2)["resourceId"]] == stored(xt)
    assert [] == list(xt.store.waiting_events("c2"))


def test_several_connections_hear_their_own(xt: XTiger) -> None:
    """One address and one key for all organisations of an app."""
    known = xt.store.all_connections()[0]
    other = replace(known, id="c3", tenant="b", organisation_id="0f-second", name="Second")
    xt.store.save_connection(other)
    xt.receive_webhook(*signed([told(1), told(2, "0F-SECOND"), told(3)], 1, NEW))

    assert (2, 1) == (len(stored(xt)), len(xt.store.waiting_events("c3")))
    assert [2, 0] == [state.waiting for state in xt.webhooks.states()]
    assert [1] == [state.waiting for state in xt.for_tenant("b").webhooks.states()]


@pytest.mark.parametrize("same", [True, False])
def test_repeats_at_one_time_are_stored_once(both: XTiger, same: bool) -> None:
    """Eight threads with the same events in another order each; on both databases."""
    events = [told(number) for number in range(20)]
    answers: list[int] = []
    begin = threading.Barrier(8)

    def send(turn: int) -> None:
        listed = events[turn:] + events[:turn] if same else events[:: 1 if turn % 2 else -1]
        begin.wait()
        answers.append(both.receive_webhook(*signed(listed, 1, NEW)))

    threads = [threading.Thread(target=send, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ([200] * 8, 20) == (answers, len(stored(both)))


def test_an_answer_waits_for_no_call(xt: XTiger) -> None:
    """Nobody listens at Xero's address here, and the call log stays empty."""
    body, mark = signed([told(n) for n in range(100)], 1, NEW)

    assert 200 == xt.receive_webhook(body, mark)
    assert [] == list(xt.store.calls("c1", xt.clock.now().replace(year=2000)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300), header=st.text(max_size=80) | st.none(), sign=st.booleans())
def test_any_bytes_and_header(xt: XTiger, body: bytes, header: str | None, sign: bool) -> None:
    """Never an error of the server; nothing unsigned is stored, nothing unreadable either."""
    browser = browser_of(xt)
    mark = signature(NEW, body) if sign else header
    sent = {} if mark is None else {"x-xero-signature": _sendable(mark)}

    found = browser.post(ADDRESS, data=body, headers=sent)

    assert found.status_code in ((200, 400) if sign else (401,))
    assert [] == stored(xt)


def _sendable(text: str) -> str:
    """What a header can carry at all: Latin-1 without line ends."""
    latin = text.encode("latin-1", "replace").decode("latin-1")
    return "".join(c for c in latin if c not in "\r\n\x00")
