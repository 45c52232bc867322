"""A module's list in the CRM: its Xero column, its boxes and buttons, for each who sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.web.test_real_site import OWN
from tests.world import World, make_world
from xtiger.web import blueprint

#: A list of a CRM that knows nothing of Flask's helpers but these.
PAGE = """{% set xero = xero_list(found) %}{{ xero.bar() }}
{% for id in ids %}<p>{{ xero.box(id) }} {{ id }} {{ xero.cell(id) }}</p>{% endfor %}"""
POST = "/modules/XTiger/list/Organizations"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        for name in ("XTLog", "XTQueue"):
            made.xt.extensions.enable(name)
        made.connect()
        yield made


def browser(world: World, user: str = "", **rights: bool) -> FlaskClient:
    """A CRM with a list, for a user of these rights."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"

    def may(name: str) -> bool:
        return rights.get(name, False)

    app.register_blueprint(
        blueprint(
            world.xt,
            may_configure=lambda: may("configure"),
            may_release=lambda: may("release"),
            may_read=lambda: may("read"),
            may_use=lambda _ref: may("use") or may("configure"),
            user=lambda: user,
        )
    )

    @app.get("/list/<module>")
    def page(module: str) -> str:
        ids = flask.request.args.getlist("id")
        return flask.render_template_string(PAGE, found=world.xt.module_list(module, ids), ids=ids)

    return app.test_client()


def customers(world: World, *names: str) -> list[str]:
    return [world.host.create("Organizations", {"accountname": name}) for name in names]


def listed(client: FlaskClient, ids: list[str], module: str = "Organizations") -> str:
    return client.get(f"/list/{module}", query_string={"id": ids}).text


def words(page: str) -> list[str]:
    """The words of the Xero column, from top to bottom."""
    return re.findall(r'class="xt-word xt-word-(\w+)"', page)


@pytest.mark.feature("F147")
def test_a_list_has_sync_settings_log_skipped_and_a_column(world: World) -> None:
    """For an administrator, with a tick box beside each record and both buttons for those."""
    ids = customers(world, "Kea", "Tui")
    world.sync()
    page = listed(browser(world, configure=True), ids)

    assert ["in_step", "in_step"] == words(page)
    assert 2 == page.count('type="checkbox"')
    buttons = re.findall(r'name="action" value="([^"]*)">([^<]*)<', page)
    assert [
        ("copy", "Copy to Xero"),
        ("compare", "Compare again"),
        ("queue", "Add to Queue"),
        ("xtiger.sync", "Sync now"),
    ] == buttons
    assert [
        ("/xt/modules/Organizations", "Settings"),
        ("/xt/log?module=Organizations", "Log"),
        ("/xt/records/left_out?module=Organizations", "Skipped records"),
    ] == re.findall(r'<a href="([^"]*)">([^<]*)</a>', page)


def test_each_page_of_the_list_is_there(world: World) -> None:
    """Settings, log and skipped records of the module open for who sees the links."""
    (kea,) = customers(world, "Kea")
    client = browser(world, configure=True)
    found = re.findall(r'<a href="([^"]*)">', listed(client, [kea]))

    assert 3 == len(found)
    assert [200] * 3 == [client.get(one.replace("&amp;", "&")).status_code for one in found]


def test_the_column_says_how_each_record_stands(world: World) -> None:
    """Not selected, held for its likeness, changed since, in step: each its word."""
    world.settings("Organizations", selection="selected", sync_by_default=True)
    off, same, changed, kept = customers(world, "Kea", "Tui", "Weka", "Moa")
    world.xt.panels.set_value("Organizations", off, "xtiger.allow_sync", False)
    world.sandbox.add("Contacts", {"Name": "Tui"}, world.xt.connections.get().organisation_id)
    world.sync()
    world.wait()
    world.host.edit("Organizations", changed, phone="1")
    page = listed(browser(world, configure=True), [off, same, changed, kept, "nosuch"])

    assert ["left_out", "needs_you", "waiting", "in_step"] == words(page)
    assert 1 == world.xt.needs.count()


@pytest.mark.feature("F147")
def test_ticked_records_are_copied_and_queued(world: World) -> None:
    """Both buttons take the ticked ones and no other, and lead back to the list."""
    one, two, three = customers(world, "Kea", "Tui", "Weka")
    client = browser(world, use=True)
    sent = client.post(
        POST,
        data={"id": [one, two], "action": "copy", "next": "/list/Organizations?id=1"},
        headers=OWN,
    )
    said = listed(client, [one, two, three])
    queued = client.post(POST, data={"id": [three], "action": "queue"}, headers=OWN)

    assert (303, "/list/Organizations?id=1") == (sent.status_code, sent.location)
    assert "2 created" in said
    assert ["in_step", "in_step", "waiting"] == words(said)
    assert {"Kea", "Tui"} == {str(raw["Name"]) for raw in world.xero("Contacts")}
    assert 303 == queued.status_code
    assert "1 record waits in the queue" in listed(client, [three])


@pytest.mark.feature("F073")
def test_sync_now_syncs_the_module_and_says_who_asked(world: World) -> None:
    """The button leads to the page of the plan; the run is of this module alone."""
    customers(world, "Kea")
    client = browser(world, "Robin Demo", configure=True)
    asked = client.post(POST, data={"action": "xtiger.sync"}, headers=OWN)
    (run, *_) = world.xt.sync.runs()
    kept = world.xt.sync.asked(world.xt.connections.get().id)

    assert asked.location.startswith("/xt/plan?connection=")
    assert (("Organizations",), "done") == (tuple(run.modules), run.state)
    assert kept is not None
    assert "Robin Demo" == kept.by
    assert "Result: Sync Organizations" in client.get(asked.location).text


@pytest.mark.parametrize(
    ("rights", "boxes", "links", "sync"),
    [
        ({}, 0, 0, False),
        ({"use": True}, 1, 0, False),
        ({"read": True}, 0, 3, False),
        ({"release": True}, 0, 3, False),
        ({"configure": True}, 1, 3, True),
    ],
)
def test_each_sees_what_they_may_do(
    world: World, rights: Mapping[str, bool], boxes: int, links: int, sync: bool
) -> None:
    """A seller ticks and sees no pages, an accountant reads, an administrator syncs."""
    (kea,) = customers(world, "Kea")
    page = listed(browser(world, "", **rights), [kea])

    assert (boxes, links, sync) == (
        page.count('type="checkbox"'),
        page.count("<a href"),
        "Sync now" in page,
    )
    assert (boxes > 0) == ("Copy to Xero" in page)


def test_a_post_is_refused_where_the_list_offers_nothing(world: World) -> None:
    """Strangers and readers press nothing, sellers sync no module, a forged post is asked about."""
    (kea,) = customers(world, "Kea")
    copy, sync = {"id": [kea], "action": "copy"}, {"action": "xtiger.sync"}
    seller = browser(world, use=True)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    found = [
        browser(world).post(POST, data=copy, headers=OWN).status_code,
        browser(world, read=True).post(POST, data=copy, headers=OWN).status_code,
        browser(world, release=True).post(POST, data=sync, headers=OWN).status_code,
        seller.post(POST, data=sync, headers=OWN).status_code,
        seller.post(POST, data=copy, headers=elsewhere).status_code,
        seller.post(POST, data={"id": [kea], "action": "nosuch"}, headers=OWN).status_code,
        seller.post(POST, data={"id": "nosuch", "action": "copy"}, headers=OWN).status_code,
    ]

    assert [403, 403, 403, 403, 403, 404, 404] == found
    assert [] == world.xero("Contacts")


def test_nothing_ticked_is_said(world: World) -> None:
    """A press without a tick, or of too many, does nothing and says what to do."""
    (kea,) = customers(world, "Kea")
    client = browser(world, use=True)
    client.post(POST, data={"action": "copy", "shown": kea}, headers=OWN)
    none = listed(client, [kea])
    many = {"action": "copy", "id": [str(number) for number in range(501)]}
    client.post(POST, data=many, headers=OWN)

    assert "Tick the records first." in none
    assert "Tick at most 500 records at once." in listed(client, [kea])


def test_a_module_that_is_not_synced_has_an_empty_list(world: World) -> None:
    """No column, no form, no error page of the CRM."""
    page = listed(browser(world, configure=True), ["1"], "Leads")

    assert ([], 0) == (words(page), page.count("<form"))


def test_nothing_connected_is_one_sentence(tmp_path: Path) -> None:
    """Until then the list of the CRM is as it was; who sees the pages reads why."""
    with make_world(tmp_path) as world:
        (kea,) = customers(world, "Kea")
        seen = listed(browser(world, configure=True), [kea])
        seller = listed(browser(world, use=True), [kea])

    assert "No Xero organisation is connected yet." in seen
    assert "No Xero organisation is connected yet." not in seller
    assert [] == words(seen)
