"""The tables of extensions on the real library: search, links, buttons, files, and who may what."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import flask
import pytest
from flask.testing import FlaskClient

from tests.web.test_roles import ROLES
from tests.world import World, make_world
from xtiger.hookspecs import PageRequest
from xtiger.model.records import Ref
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
#: A name that a spreadsheet would carry out.
FORMULA = '=HYPERLINK("https://evil.example";"Tui")'


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Connected, two customers synced, one of them waiting in the queue."""
    with make_world(tmp_path_factory.mktemp("tables")) as made:
        for name in ("XTLog", "XTQueue", "XeroAccounts"):
            made.xt.extensions.enable(name)
        made.connect()
        for name in ("Kea Holdings", FORMULA):
            made.host.create("Organizations", {"accountname": name})
        made.sync("Organizations")
        made.xt.panels.press("queue", [Ref("Organizations", _first(made))])
        made.wait(1)
        yield made


def _first(world: World) -> str:
    one = world.xt.sync.outcomes(text="Kea Holdings")[0]
    assert one.crm_id
    return one.crm_id


def as_a(role: str, world: World) -> FlaskClient:
    """A browser of somebody with this role."""
    rights = ROLES[role]
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(
            world.xt,
            may_configure=lambda: rights.get("configure", False),
            may_release=lambda: rights.get("release", False),
            may_read=lambda: rights.get("read", False),
            may_use=lambda _ref: rights.get("use", False),
        )
    )
    return app.test_client()


def pressed(browser: FlaskClient, page: str, label: str) -> str:
    """Press the first button of a row with this label; answers the sentence above the next page."""
    text = browser.get(page).text
    found = re.search(rf'formaction="([^"]+)">{label}<', text)
    token = re.search(r'name="xt_csrf" value="([^"]+)"', text)
    assert found is not None
    assert token is not None
    address = found[1].replace("&amp;", "&")
    answer = browser.post(address, data={"xt_csrf": token[1], "next": page})
    assert (answer.status_code, answer.location) == (303, page)
    said = re.search(r'class="xt-said" role="status">([^<]*)<', browser.get(page).text)
    return said[1] if said else ""


@pytest.mark.feature("F090")
def test_sync_again_sends_the_record_of_its_row(world: World) -> None:
    """A form with a token and nothing else; the address of the search is where one comes back."""
    browser = as_a("administrator", world)
    world.host.edit("Organizations", _first(world), accountname="Kea Holdings Ltd")

    said = pressed(browser, "/xt/log?text=Kea", "Sync again")

    assert said == "1 updated"
    assert "Kea Holdings Ltd" == world.in_xero("Organizations", _first(world))["Name"]


@pytest.mark.parametrize(
    ("label", "said", "left"),
    [
        ("Sync now", "1 unchanged", 0),
        ("Retry", "1 goes on with the next round.", 1),
        ("Hold", "1 is on hold: nothing sends its record until you press Release.", 1),
        ("Put first", "1 goes before all others.", 1),
        ("Put last", "1 goes after all others.", 1),
        ("Done", "1 is taken as done. The next sync compares the record.", 0),
        ("Cancel", "1 is taken out. A later change of the record adds it again.", 0),
    ],
)
def test_each_button_of_the_queue(world: World, label: str, said: str, left: int) -> None:
    """It says what it did, and the queue is as it says."""
    browser = as_a("administrator", world)

    assert said == pressed(browser, "/xt/queue?module=Organizations", label)
    assert left == len(world.xt.page(PageRequest("queue", {})).rows)


def test_ticked_rows_are_done_together(world: World) -> None:
    """Both boxes; with none ticked one is asked to tick, and nothing is done."""
    browser = as_a("administrator", world)
    keys = [d.key for d in world.xt.page(PageRequest("log", {"each": "1"})).details]
    before = len(world.xt.sync.outcomes())
    none = browser.post(
        "/xt/log/do",
        data={"action": "again", "next": "/xt/log"},
        headers=OWN,
        follow_redirects=True,
    ).text
    unmoved = len(world.xt.sync.outcomes())
    both = browser.post(
        "/xt/log/do",
        data={"action": "again", "key": keys, "next": "/xt/log"},
        headers=OWN,
        follow_redirects=True,
    ).text

    assert "Tick the rows first." in none
    assert before == unmoved
    assert "2 unchanged" in both


@pytest.mark.parametrize(
    ("role", "reads"),
    [("administrator", True), ("accountant", True), ("reader", True), ("seller", False)],
)
def test_only_who_may_change_sees_and_presses_buttons(world: World, role: str, reads: bool) -> None:
    """An accountant reads all and is refused what an administrator does; a seller sees nothing."""
    browser = as_a(role, world)
    page = browser.get("/xt/queue")
    acts = browser.post("/xt/queue/do?action=cancel&key=1", headers=OWN).status_code
    administers = role == "administrator"

    assert page.status_code == (200 if reads else 403)
    assert ("Cancel" in page.text, "xt-checkbox" in page.text) == (administers, administers)
    assert acts == (303 if administers else 403)
    assert browser.get("/xt/queue/csv").status_code == (200 if reads else 403)
    assert len(world.xt.page(PageRequest("queue", {})).rows) == (0 if administers else 1)


def test_a_forged_press_does_nothing(world: World) -> None:
    """Neither with another site's form nor with a button that is not there."""
    browser = as_a("administrator", world)
    forged = browser.post(
        "/xt/queue/do?action=cancel&key=1", headers={"Origin": "https://evil.example"}
    )
    unknown = browser.post("/xt/queue/do?action=burn&key=1", headers=OWN)

    assert (forged.status_code, unknown.status_code) == (403, 404)
    assert len(world.xt.page(PageRequest("queue", {})).rows) == 1


def test_the_search_stays_in_the_address(world: World) -> None:
    """In the form, in the file's address, and when pages are turned."""
    page = (
        as_a("reader", world).get("/xt/log?module=Organizations&unchanged=1&from=2026-01-01").text
    )

    assert '<option value="Organizations" selected>' in page
    assert 'name="unchanged" value="1" checked' in page
    assert 'value="2026-01-01" type="date"' in page
    assert "/xt/log/csv?module=Organizations&amp;unchanged=1&amp;from=2026-01-01" in page


def test_a_row_leads_to_the_record_to_xero_to_its_history_and_its_run(world: World) -> None:
    """Each address answers, and Xero's opens in the right organisation."""
    browser, crm_id = as_a("reader", world), _first(world)
    page = browser.get("/xt/log?text=Kea").text
    links = [one.replace("&amp;", "&") for one in re.findall(r'<td.*?href="([^"]+)"', page)]
    links += [
        one.replace("&amp;", "&")
        for one in re.findall(r'href="(/xt/log\?[^"]+)">(?:Hist|Run)', page)
    ]
    ours = [one for one in links if one.startswith("/")]

    assert {browser.get(one).status_code for one in ours} == {200}
    assert any(f"record={crm_id}" in one for one in ours)
    assert any("run=" in one for one in ours)
    assert "https://go.xero.com/organisationlogin" in page


def test_a_file_opens_in_a_spreadsheet_and_runs_nothing(world: World) -> None:
    """Every column and entry of the search, with the mark of UTF-8, and no formula."""
    answer = as_a("reader", world).get("/xt/log/csv?module=Organizations")
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))

    assert answer.mimetype == "text/csv"
    assert "filename=log-" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert (head[:2], len(rows)) == (["When", "Record"], 2)
    assert {row[1] for row in rows} == {"Kea Holdings", f"'{FORMULA}"}


@pytest.mark.parametrize(
    ("page", "leads"),
    [
        ("/xt/log?text=nobody", "/xt/log"),
        ("/xt/queue?state=held", "/xt/queue"),
        ("/xt/accounts?text=nobody", "/xt/accounts"),
    ],
)
def test_an_empty_table_leads_on(world: World, page: str, leads: str) -> None:
    """It says why, and a link shows everything."""
    text = as_a("reader", world).get(page).text

    assert "Nothing fits. Search for less." in text
    assert f'<a href="{leads}">Show everything</a>' in text
