"""What stops a record, told at a browser: buttons and pages, never a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.web.test_real_site import OWN
from tests.world import World, make_world
from xtiger.i18n.failures import COMMANDS
from xtiger.model.records import Ref
from xtiger.model.setting_keys import TenantKey
from xtiger.web import blueprint


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


@pytest.fixture
def browser(world: World) -> FlaskClient:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    return app.test_client()


def _text(page: str) -> str:
    """What a person reads."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def _stop(world: World) -> None:
    """The terms are taken back: no run gets through."""
    world.xt.store.forget_own_setting("", TenantKey("terms"))


def _press(browser: FlaskClient, crm_id: str, action: str, target: str = "") -> str:
    address = f"/modules/XTiger/panel/Organizations/{crm_id}?target={target}"
    return _text(
        browser.post(address, data={"action": action}, headers=OWN, follow_redirects=True).text
    )


def test_a_stop_names_the_page_that_lifts_it(browser: FlaskClient, world: World) -> None:
    """On the page of the error, among the last runs and in the queue."""
    world.xt.extensions.enable("XTQueue")
    world.settings("Organizations", on_save=True)
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    _stop(world)
    refused = _press(browser, crm_id, "copy")
    for _ in range(2):
        world.wait(60)
        world.xt.tick()
    pages = [refused] + [_text(browser.get(f"/xt/{name}").text) for name in ("", "runs", "queue")]

    assert "Ask your administrator to accept them on the overview page of Xero." in refused
    assert all("terms are not accepted" in page for page in pages), pages
    assert [] == [page for page in pages if COMMANDS.search(page)]


def _without_scope(world: World, scope: str) -> None:
    """The permission given at Xero does not cover it, as one that was given before it was asked."""
    store, connection = world.xt.store, world.xt.connections.get()
    tokens = store.tokens(connection.id)
    assert tokens is not None
    left = tuple(one for one in tokens.scope if one != scope)
    store.save_connection(connection, replace(tokens, scope=left))


@pytest.mark.parametrize("reads", [False, True])
def test_a_missing_permission_offers_to_connect_again(
    browser: FlaskClient, world: World, *, reads: bool
) -> None:
    """On the panel of what it stops and on the overview, and not before."""
    well = _text(browser.get("/xt/").text)
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    before = world.xt.panel("Organizations", crm_id)
    _without_scope(world, "accounting.contacts")
    if reads:
        _with_scope(world, "accounting.contacts.read")
        world.sync("Organizations")
    panel = world.xt.panel("Organizations", crm_id)
    overview = browser.get("/xt/").text

    assert ("held", "scope_missing") == (panel.state, panel.messages[0].code)
    assert "xtiger.connect" in [button.name for button in panel.actions]
    assert "xtiger.connect" not in [button.name for button in before.actions]
    assert ("Connect again" in _text(overview), "Connect again" in well) == (True, False)
    assert "Xero's permission does not cover: Organizations" in _text(overview)


def _with_scope(world: World, scope: str) -> None:
    store, connection = world.xt.store, world.xt.connections.get()
    tokens = store.tokens(connection.id)
    assert tokens is not None
    store.save_connection(connection, replace(tokens, scope=(*tokens.scope, scope)))


def test_a_decision_stands_when_its_sending_is_stopped(browser: FlaskClient, world: World) -> None:
    """The person hears both; it goes by itself once the stop is lifted."""
    world.sandbox.add("Contacts", {"Name": "Kea Ltd"}, world.organisation())
    world.settings("Organizations", create_in_crm=False, on_save=False)
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    world.sync()
    button = next(
        button
        for button in world.xt.panel("Organizations", crm_id).actions
        if button.name == "xtiger.link"
    )
    _stop(world)
    said = _press(browser, crm_id, button.name, button.target)
    waits = world.xt.panel("Organizations", crm_id)
    world.xt.connections.accept_terms("Ruth")
    world.wait(60)
    world.xt.tick()

    assert "It is linked. The terms are not accepted yet." in said
    assert ("waiting", "terms_not_accepted") == (waits.state, waits.messages[0].code)
    assert "waiting" != world.xt.panel("Organizations", crm_id).state


def test_a_page_that_fails_says_so(
    browser: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is no unreadable request."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(type(world.xt.sync), "runs", fail)
    answer = browser.get("/xt/")

    assert (500, True) == (answer.status_code, "This page failed." in _text(answer.text))
    assert "could not be read" not in answer.text


@pytest.mark.parametrize(("sees", "links"), [(True, 1), (False, 0)])
def test_a_refusal_leads_to_no_other(world: World, *, sees: bool, links: int) -> None:
    """Who may not see the overview finds no link to it."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: False, may_use=lambda _ref: sees)
    )
    answer = app.test_client().get("/modules/XTiger/connect")

    assert (403, links) == (answer.status_code, answer.text.count("Back to the overview"))


def test_a_record_without_a_name_is_called_by_its_module(
    browser: FlaskClient, world: World
) -> None:
    """A bare number says nothing: in the plan, the log and the queue."""
    for name in ("XTLog", "XTQueue"):
        world.xt.extensions.enable(name)
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    invoice = world.host.create("Invoices", {"account_id": kea, "invoicedate": date(2026, 11, 9)})
    crm_id = world.host.create(
        "Payments",
        {
            "invoice_id": invoice,
            "paymentdate": date(2026, 11, 9),
            "amount": Decimal(60),
            "paymentstatus": "Received",
        },
    )
    items = world.plan("Payments").items
    planned = [item.name for item in items if item.module == "Payments"]
    world.xt.panels.press("queue", [Ref("Payments", crm_id)])
    queued = browser.get("/xt/queue").text
    world.sync("Payments")
    logged = browser.get("/xt/log").text

    assert [f"Payments {crm_id}"] == planned
    assert [1, 1] == [page.count(f">Payments {crm_id}<") for page in (queued, logged)]
