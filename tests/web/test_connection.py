"""The pages that connect an organisation."""

from __future__ import annotations

import re

import flask
import pytest
from flask.testing import FlaskClient

from tests.web.stand_in import StandIn
from tests.web.stand_in_services import Found
from xtiger.errors import XeroUnreachable
from xtiger.web import blueprint

CALLBACK = "/modules/XTiger/callback"


def test_connect_leads_to_xero(browser: FlaskClient, xt: StandIn) -> None:
    """The connect page sends the browser to Xero with this host's callback."""
    answer = browser.get("/modules/XTiger/connect")

    assert 302 == answer.status_code
    assert "http://localhost/modules/XTiger/callback" == xt.redirect_uri


def test_the_number_of_this_machine_becomes_its_name(browser: FlaskClient) -> None:
    """Xero refuses http://127.0.0.1, so the browser is sent to localhost first."""
    answer = browser.get("/modules/XTiger/connect", base_url="http://127.0.0.1:5000")

    assert "http://localhost:5000/modules/XTiger/connect" == answer.location


@pytest.mark.parametrize("path", [CALLBACK, f"{CALLBACK}.php"])
def test_one_organisation_is_connected_at_once(
    browser: FlaskClient, xt: StandIn, path: str
) -> None:
    """Both callback addresses connect the only organisation and say so."""
    xt.active = []
    browser.get("/modules/XTiger/connect")

    page = browser.get(f"{path}?code=c&state=st4te", follow_redirects=True)

    assert "Connected: Aroha Trading Ltd (GBP)." in page.text


def test_of_several_organisations_one_is_chosen(browser: FlaskClient, xt: StandIn) -> None:
    """Several organisations give a page of radio buttons; the chosen one is connected."""
    xt.active, xt.found = [], [Found("org-1", "Aroha"), Found("org-2", "Zoë & Söhne")]
    browser.get("/modules/XTiger/connect")
    page = browser.get(f"{CALLBACK}?code=c&state=st4te", follow_redirects=True)
    token = re.findall(r'name="xt_csrf" value="([^"]+)"', page.text)[0]

    done = browser.post(
        "/modules/XTiger/choose",
        data={"organisation_id": "org-2", "xt_csrf": token},
        follow_redirects=True,
    )

    assert "Zoë &amp; Söhne" in page.text
    assert "Connected: Zoë &amp; Söhne (GBP)." in done.text


def test_an_organisation_outside_the_permission_is_not_taken(
    browser: FlaskClient, xt: StandIn
) -> None:
    """A forged organisation leads back to the choice."""
    xt.active, xt.found = [], [Found("org-1", "Aroha"), Found("org-2", "Other")]
    browser.get("/modules/XTiger/connect")
    browser.get(f"{CALLBACK}?code=c&state=st4te")

    answer = browser.post(
        "/modules/XTiger/choose",
        data={"organisation_id": "org-9"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert ("/modules/XTiger/choose", []) == (answer.location, xt.active)


def test_an_answer_for_another_browser_is_refused(browser: FlaskClient, xt: StandIn) -> None:
    """A callback that this browser did not ask for is refused with a clear page."""
    answer = browser.get(f"{CALLBACK}?code=c&state=st4te")

    assert 409 == answer.status_code
    assert "Begin again on the overview page of Xero." in answer.text


def test_an_unreachable_xero_is_a_page_with_503(browser: FlaskClient, xt: StandIn) -> None:
    """Try later: status 503, when to come back, and the next step."""
    xt.error = XeroUnreachable("http://localhost:1", retry_after_seconds=30)

    answer = browser.get("/modules/XTiger/connect")

    assert (503, "30") == (answer.status_code, answer.headers["Retry-After"])
    assert "Xero cannot be reached now." in answer.text


@pytest.mark.parametrize(
    ("environ", "headers", "base_url"),
    [
        ({"REMOTE_ADDR": "192.0.2.7"}, {}, "http://localhost"),
        ({}, {"X-Forwarded-For": "192.0.2.7"}, "http://localhost"),
        ({}, {"X-Forwarded-Host": "crm.example"}, "http://localhost"),
        ({}, {"Forwarded": "for=192.0.2.7"}, "http://localhost"),
        ({}, {"Via": "1.1 proxy"}, "http://localhost"),
        ({}, {"X-Real-IP": "192.0.2.7"}, "http://localhost"),
        ({}, {}, "http://rebound.example"),
    ],
)
def test_a_local_demo_lets_no_stranger_in(
    browser: FlaskClient, environ: dict[str, str], headers: dict[str, str], base_url: str
) -> None:
    """Other machines, proxies and foreign names are refused."""
    found = [
        browser.get(address, environ_overrides=environ, headers=headers, base_url=base_url)
        for address in ("/modules/XTiger/connect", "/xt/")
    ]

    assert [403, 403] == [answer.status_code for answer in found]


def test_nobody_is_let_in_before_the_crm_says_who(xt: StandIn) -> None:
    """Not even a browser of this machine: behind a proxy everybody looks like one."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt.as_library()))
    browser = app.test_client()
    pages = [browser.get(address) for address in ("/xt/", "/xt/log", "/modules/XTiger/connect")]
    post = browser.post("/xt/start/terms", headers={"Sec-Fetch-Site": "same-origin"})

    assert [403] * 4 == [answer.status_code for answer in (*pages, post)]
    assert "this CRM has not said who may see these pages" in pages[0].text
    assert "may_configure and may_use" in pages[0].text


def test_one_rule_for_users_is_given_or_the_other(xt: StandIn) -> None:
    """A demo's rule beside a CRM's own would leave open which one counts."""
    with pytest.raises(TypeError, match="give one kind"):
        blueprint(xt.as_library(), may_configure=lambda: True, local_only=True)


def test_who_may_configure_may_see(xt: StandIn) -> None:
    """Without a rule for users the administrators' rule counts for all."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt.as_library(), may_configure=lambda: True))

    assert 200 == app.test_client().get("/xt/").status_code


def test_plain_http_of_another_name_is_explained(xt: StandIn) -> None:
    """An address that Xero would refuse is refused here with the reason."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt.as_library(), may_configure=lambda: True))

    answer = app.test_client().get("/modules/XTiger/connect", base_url="http://crm.example")

    assert 409 == answer.status_code
    assert "it takes https, or http://localhost for testing" in answer.text


def test_disconnecting_needs_the_token(browser: FlaskClient, xt: StandIn) -> None:
    """A foreign post cannot end a connection."""
    answer = browser.post("/modules/XTiger/disconnect/c1")

    assert (403, 1) == (answer.status_code, len(xt.active))


def test_disconnecting_ends_the_connection(browser: FlaskClient, xt: StandIn) -> None:
    """Once the person typed its name, in whatever case; another name ends nothing."""
    own = {"Sec-Fetch-Site": "same-origin"}
    address = "/modules/XTiger/disconnect/c1"
    wrong = browser.post(address, data={"name": "Kea Books Ltd"}, headers=own)
    before = len(xt.active)
    browser.post(address, data={"name": " aroha  trading ltd"}, headers=own)

    assert (422, 1, 0) == (wrong.status_code, before, len(xt.active))
    assert "This is another name. Nothing was done." in wrong.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_disconnecting_asks_first(browser: FlaskClient, xt: StandIn, method: str) -> None:
    """The page says what will happen and how much waits; nothing has ended yet."""
    xt.waits = {"Organizations": 2, "Invoices": 1}
    own = {"Sec-Fetch-Site": "same-origin"}
    page = browser.open("/modules/XTiger/disconnect/c1", method=method, headers=own).text

    assert 1 == len(xt.active)
    assert "Disconnect Aroha Trading Ltd?" in page
    assert "3 records wait to be synced or mended." in page
    assert "nothing is sent to Aroha Trading Ltd" in page


def test_a_host_without_secret_key_is_told(xt: StandIn) -> None:
    """Without secret_key no form is drawn, and the page says what to set."""
    app = flask.Flask("crm")
    app.register_blueprint(blueprint(xt.as_library(), local_only=True))

    answer = app.test_client().get("/xt/")

    assert 409 == answer.status_code
    assert "Set app.secret_key to a long random text." in answer.text
