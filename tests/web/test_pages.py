"""The overview and the tables of extensions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import flask
from flask.testing import FlaskClient

from tests.web.examples import AROHA, NOW
from tests.web.stand_in import StandIn
from xtiger.extensions.state import ExtensionState
from xtiger.i18n.failures import COMMANDS
from xtiger.model.start_answers import StartAnswers
from xtiger.web import blueprint


def test_the_overview_shows_connection_and_last_run(browser: FlaskClient) -> None:
    """Connections, last runs with their counts and the pages of extensions are there."""
    page = browser.get("/xt/").text

    assert all(text in page for text in (AROHA.name, "5 min ago", "/xt/log", "Xero Logs"))


def test_the_overview_tells_of_webhooks(browser: FlaskClient, xt: StandIn) -> None:
    """When the last one came and how many wait, beside each connection."""
    before = browser.get("/xt/").text
    xt.told = {"is_set": True, "last_received_at": NOW - timedelta(minutes=9), "waiting": 2}
    after = browser.get("/xt/").text

    assert ("not set up" in before, "9 min ago, 2 wait" in after) == (True, True)


def test_the_overview_leads_through_the_set_up(browser: FlaskClient, xt: StandIn) -> None:
    """While a step is left, the first button leads to Start; then it is gone."""
    through = browser.get("/xt/").text
    xt.start_answers = StartAnswers(stage="check")
    waits = browser.get("/xt/").text
    xt.active, xt.accepted = [], False
    empty = browser.get("/xt/").text

    assert [False, True, True] == [
        'class="xt-button" href="/xt/start"' in page for page in (through, waits, empty)
    ]


def test_the_overview_names_no_command(browser: FlaskClient, xt: StandIn) -> None:
    """A person who has no terminal is led by a button, on the page of Start too."""
    xt.active, xt.accepted = [], False

    pages = browser.get("/xt/").text + browser.get("/xt/start").text

    assert [] == COMMANDS.findall(pages)


def test_the_overview_names_an_extension_that_cannot_run(browser: FlaskClient, xt: StandIn) -> None:
    """One that was made for another release is named, with what to do, and no command."""
    stopped = ExtensionState("XTLog", "Xero Logs", "0.1.0", "blocked", needs_release="~=0.1.0")
    before = browser.get("/xt/").text
    xt.extensions.stopped = [stopped]
    page = browser.get("/xt/").text

    assert ("Xero Logs does not run" in before, "xtiger extensions" in page) == (False, False)
    assert "The extension Xero Logs does not run: it is made for XTiger ~=0.1.0" in page


def test_terms_are_accepted_by_a_button(browser: FlaskClient, xt: StandIn) -> None:
    """The button accepts the terms and says so."""
    xt.accepted = False

    page = browser.post(
        "/xt/start/terms",
        data={"name": "Mele Fifita"},
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=True,
    )

    assert xt.accepted
    assert "The terms are accepted." in page.text


def test_a_table_is_paged(browser: FlaskClient) -> None:
    """Fifty rows per page; the last page holds the rest."""
    page = browser.get("/xt/log?p=3").text

    assert 20 == page.count(">Record ")
    assert "Page 3 of 3" in page


def test_a_table_is_searched(browser: FlaskClient) -> None:
    """The search field reaches the extension and stays filled."""
    page = browser.get("/xt/log?text=119").text

    assert 1 == page.count(">Record ")
    assert 'value="119"' in page


def test_cells_are_escaped(browser: FlaskClient) -> None:
    """Markup in a record's name stays text."""
    page = browser.get("/xt/log").text

    assert "&lt;i&gt;held&lt;/i&gt;" in page
    assert "<i>held</i>" not in page


def test_an_unknown_page_is_a_clear_404(browser: FlaskClient) -> None:
    """The page says where to go."""
    answer = browser.get("/xt/nothing")

    assert 404 == answer.status_code
    assert "Go back to the overview" in answer.text


def test_pages_load_nothing_from_elsewhere(browser: FlaskClient) -> None:
    """The security headers let in our own style sheet only, and no frame."""
    headers = browser.get("/xt/").headers

    assert "default-src 'none'; style-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "no-store" == headers["Cache-Control"]


def test_the_style_sheet_is_served(browser: FlaskClient) -> None:
    """Panel and pages find their style sheet."""
    with browser.get("/xt/static/xtiger.css") as answer:
        found = (answer.status_code, answer.mimetype)

    assert (200, "text/css") == found


def test_pages_are_in_the_language_of_the_settings(browser: FlaskClient, xt: StandIn) -> None:
    """A German installation has German pages."""
    xt.settings = StandIn("de").settings

    page = browser.get("/xt/").text

    assert '<html lang="de">' in page
    assert "Letzte Läufe" in page


def test_a_tenant_sees_only_its_own(xt: StandIn) -> None:
    """Connections and runs of another tenant are neither shown nor ended."""
    xt.active = [replace(AROHA, tenant="a"), replace(AROHA, id="c2", tenant="b", name="Other Ltd")]
    xt.made_run = replace(xt.made_run, connection_id="c2")
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt.as_library(), tenant=lambda: "a", local_only=True))
    browser = app.test_client()

    page = browser.get("/xt/").text
    refused = browser.post(
        "/modules/XTiger/disconnect/c2", headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert (True, False, False) == (AROHA.name in page, "Other Ltd" in page, "5 min ago" in page)
    assert (404, 2) == (refused.status_code, len(xt.active))
