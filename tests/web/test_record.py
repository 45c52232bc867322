"""Posts of the panel on a record."""

from __future__ import annotations

from collections.abc import Callable

import flask
from flask.testing import FlaskClient

from tests.web.stand_in import StandIn
from xtiger.hookspecs import PanelRow
from xtiger.model.plans import Cause, Proposal
from xtiger.model.records import Ref
from xtiger.model.runs import Outcome
from xtiger.panels import ALLOW_SYNC, STATUS
from xtiger.web import blueprint

PANEL = "/modules/XTiger/panel/Invoices/7"
Token = Callable[[str], str]


def test_a_save_sets_the_fields_and_goes_back(
    browser: FlaskClient, xt: StandIn, token: Token
) -> None:
    """Saving the panel sets box and status and sends the browser back with 303."""
    form = {
        "xt_csrf": token("/invoices/7"),
        "next": "/invoices/7",
        "shown": ALLOW_SYNC,
        STATUS: "AUTHORISED",
    }

    answer = browser.post(PANEL, data=form)

    assert (303, "/invoices/7") == (answer.status_code, answer.location)
    assert {ALLOW_SYNC: False, STATUS: "AUTHORISED"} == {
        role: xt.values[role] for role in (ALLOW_SYNC, STATUS)
    }


def test_a_box_that_was_not_shown_is_left_alone(
    browser: FlaskClient, xt: StandIn, token: Token
) -> None:
    """A post without the box, as from a host's own button, does not untick it."""
    browser.post(PANEL, data={"xt_csrf": token("/invoices/7"), "action": "copy"})

    assert xt.values[ALLOW_SYNC] is True


def test_a_button_is_pressed_and_answers_on_the_next_panel(
    browser: FlaskClient, xt: StandIn, token: Token
) -> None:
    """Pressing Copy to Xero runs the action on this record and shows what it said."""
    form = {"xt_csrf": token("/invoices/7"), "next": "/invoices/7", "action": "copy"}

    page = browser.post(PANEL, data=form, follow_redirects=True)

    assert [("copy", [Ref("Invoices", "7")])] == xt.pressed
    assert "Copied 7 to Xero." in page.text


def test_an_unknown_button_does_nothing(browser: FlaskClient, xt: StandIn, token: Token) -> None:
    """Only actions that the panel offers can be pressed."""
    browser.post(PANEL, data={"xt_csrf": token("/invoices/7"), "action": "format_disk"})

    assert [] == xt.pressed


def test_only_offered_choices_and_roles_are_taken(
    browser: FlaskClient, xt: StandIn, token: Token
) -> None:
    """A forged choice is refused with all of its form; a forged role is passed over."""
    form = {
        "xt_csrf": token("/invoices/7"),
        STATUS: "VOIDED",
        "xtiger.link": "42",
        "shown": ALLOW_SYNC,
        "next": "/invoices/7",
        "action": "copy",
    }

    answer = browser.post(PANEL, data=form)

    assert (409, "", True) == (answer.status_code, xt.values[STATUS], xt.values[ALLOW_SYNC])
    assert ([], False) == (xt.pressed, "xtiger.link" in xt.values)
    assert 'href="/invoices/7"' in answer.text


def test_what_is_asked_about_first_keeps_its_target(browser: FlaskClient) -> None:
    """The page that asks posts to the same record of Xero."""
    answer = browser.post(f"{PANEL}?target=x-9", data={"action": "xtiger.link"})

    assert 403 == answer.status_code
    assert f'action="{PANEL}?target=x-9"' in answer.text


def test_a_foreign_post_is_asked_about_first(browser: FlaskClient, xt: StandIn) -> None:
    """A post without the token changes nothing and shows a page that asks."""
    answer = browser.post(PANEL, data={"shown": ALLOW_SYNC, "next": "/invoices/7"})

    assert (403, True) == (answer.status_code, xt.values[ALLOW_SYNC])
    assert "Please confirm" in answer.text


def test_a_browser_may_vouch_for_a_post(browser: FlaskClient, xt: StandIn) -> None:
    """A panel printed without token works where the browser says that the page was ours."""
    browser.post(PANEL, data={"shown": ALLOW_SYNC}, headers={"Sec-Fetch-Site": "same-origin"})

    assert xt.values[ALLOW_SYNC] is False


def test_a_browser_that_names_another_site_is_refused(browser: FlaskClient, xt: StandIn) -> None:
    """Sec-Fetch-Site and Origin of another site never pass."""
    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ):
        assert 403 == browser.post(PANEL, data={"shown": ALLOW_SYNC}, headers=headers).status_code


def test_next_never_leaves_the_site(browser: FlaskClient, token: Token) -> None:
    """Addresses of other sites in `next` lead to the overview."""
    places = set()
    for place in (
        "https://evil.example/x",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil",
    ):
        form = {"xt_csrf": token("/invoices/7"), "next": place}
        places.add(browser.post(PANEL, data=form).location)

    assert {"/xt/"} == places


def test_an_unknown_module_is_a_clear_page(browser: FlaskClient, token: Token) -> None:
    """The sentence names the known modules and the status is 404."""
    answer = browser.post("/modules/XTiger/panel/Cats/7", data={"xt_csrf": token("/invoices/7")})

    assert 404 == answer.status_code
    assert "Known modules: Organizations, Products, Invoices." in answer.text


def test_a_user_without_right_changes_nothing(xt: StandIn) -> None:
    """The host's own rule decides who may use a panel."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt.as_library(), may_use=lambda ref: ref is None))
    headers = {"Sec-Fetch-Site": "same-origin"}

    answer = app.test_client().post(PANEL, data={"shown": ALLOW_SYNC}, headers=headers)

    assert (403, True) == (answer.status_code, xt.values[ALLOW_SYNC])


def test_rows_of_extensions_are_saved(browser: FlaskClient, xt: StandIn, token: Token) -> None:
    """A text field that an extension adds is posted and set by its role."""
    xt.rows = [PanelRow("Sales account", "200", edits="xtiger.sales_account")]
    form = {"xt_csrf": token("/invoices/7"), "xtiger.sales_account": "260"}

    browser.post(PANEL, data=form)

    assert "260" == xt.values["xtiger.sales_account"]


def test_a_proposal_is_accepted_by_a_button(
    browser: FlaskClient, xt: StandIn, token: Token
) -> None:
    """Link to it, or make a new one: only what the panel offers, of the record that it names."""
    proposal = Proposal("link", xero_id="x-9", name="Aroha")
    xt.outcome = Outcome(
        "c1",
        "r1",
        "Invoices",
        "Invoice",
        "7",
        None,
        "7",
        "held",
        cause=Cause("contact_near_name"),
        proposals=(proposal,),
    )

    for action, target in (("link", "x-9"), ("new", ""), ("link", "x-1"), ("link", "")):
        form = {"xt_csrf": token("/invoices/7"), "action": f"xtiger.{action}"}
        browser.post(f"{PANEL}?target={target}", data=form)

    assert [("Invoices", "7", "x-9"), ("Invoices", "7", None)] == xt.linked
    assert [("Invoices", "7")] * 2 == xt.sent
