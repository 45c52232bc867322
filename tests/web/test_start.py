"""Start on the real library: from an empty installation to the answered questions, by posts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.i18n.failures import COMMANDS
from xtiger.model.secret import Secret
from xtiger.model.start_answers import FirstAccounts, Going, StartAnswers
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
ORGANISATION = "Empty Trading Ltd"
ANSWERS = {"from": "day", "day": "2026-06-01", "arrive": "draft", "bring": "none"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


@pytest.fixture
def empty(world: World) -> Iterator[XTiger]:
    """The library of an installation whose settings name no app at Xero."""
    settings = replace(world.xt.settings, xero_client_id="", xero_client_secret=Secret(""))
    xt = XTiger(world.host, settings, world.clock)
    yield xt
    xt.close()


@pytest.fixture
def browser(empty: XTiger) -> FlaskClient:
    return _browser(empty, local_only=True)


def _browser(xt: XTiger, **rights: object) -> FlaskClient:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt, **rights))  # type: ignore[arg-type]
    return app.test_client()


def _post(browser: FlaskClient, step: str, **fields: str | list[str]) -> TestResponse:
    address = f"/xt/start/{step}"
    return browser.post(address, data=fields, headers=OWN, follow_redirects=True)


def _type_app(browser: FlaskClient, world: World) -> str:
    sandbox = world.sandbox
    fields = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return _post(browser, "app", **fields).text


def _connect(browser: FlaskClient, world: World) -> None:
    _type_app(browser, world)
    consent = browser.get("/modules/XTiger/connect").location
    browser.get(allow_access(consent, ORGANISATION), follow_redirects=True)


def _come_to_questions(browser: FlaskClient, world: World) -> None:
    _connect(browser, world)
    _post(browser, "terms", name="Mele Fifita")
    _post(browser, "mapping")
    _post(browser, "accounts", sales_account="200", charges_account="200", payment_account="090")


def _opened(page: str) -> list[str]:
    return re.findall(r'<details id="xt-(\w+)" open>', page)


def test_each_step_opens_once_the_one_before_is_done(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """App, connect, terms, mapping, accounts, questions, first sync: one is open at a time."""
    seen = [_opened(browser.get("/xt/start").text)]
    seen.append(_opened(_type_app(browser, world)))
    consent = browser.get("/modules/XTiger/connect").location
    seen.append(
        _opened(browser.get(allow_access(consent, ORGANISATION), follow_redirects=True).text)
    )
    seen.append(_opened(_post(browser, "terms", name="Mele Fifita").text))
    seen.append(_opened(_post(browser, "mapping").text))
    accounts = {"sales_account": "200", "charges_account": "200", "payment_account": "090"}
    seen.append(_opened(_post(browser, "accounts", **accounts).text))
    ticked = ["open_before", "read_only"]
    page = _post(browser, "questions", **ANSWERS, goes="ticked", ticked=ticked).text
    seen.append(_opened(page))

    order = ["app", "connect", "terms", "mapping", "accounts", "questions", "first"]
    assert [[one] for one in order] == seen
    kept = empty.start.answers()
    assert (date(2026, 6, 1), True, "draft", "none") == (
        kept.from_day,
        kept.open_before,
        kept.arrive,
        kept.bring,
    )
    assert ("plan", Going("ticked")) == (kept.stage, empty.start.going())
    assert "read_only" == kept.mode
    assert FirstAccounts("200", "200", "090") == empty.start.accounts()


def test_the_secret_is_kept_encrypted_and_never_shown(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """It stands on no page and not in the database, and an empty field leaves it as it is."""
    _type_app(browser, world)
    again = _post(browser, "app", client_id=world.sandbox.client_id, client_secret="").text
    secret = world.sandbox.client_secret
    file = (world.xt.settings.home / "xtiger.db").read_bytes()

    assert "A secret is saved" in again
    assert secret not in again
    assert secret.encode() not in file
    assert empty.connections.app().has_secret


@pytest.mark.feature("F006")
def test_the_referral_id_is_kept_and_goes_with_each_link_to_xero(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """Typed beside the secret, or set: the panel, the lists and the link to a new organisation."""
    app = {"client_id": world.sandbox.client_id, "client_secret": world.sandbox.client_secret}
    wrong = _post(browser, "app", **app, xtid="x30 my&crm")
    shown = _post(browser, "app", **app, xtid="x30mycrm").text
    kept = browser.get("/xt/start?step=app").text
    consent = browser.get("/modules/XTiger/connect").location
    browser.get(allow_access(consent, ORGANISATION), follow_redirects=True)
    _post(browser, "terms", name="Mele Fifita")
    _post(browser, "mapping")
    empty.start.answer(StartAnswers(), "a test")
    crm_id = world.host.create("Organizations", {"accountname": "Kea Crafts"})
    empty.start.advance("all", "a test")
    empty.sync.run(["Organizations"])
    panel = empty.panel("Organizations", crm_id)
    listed = browser.get("/xt/records/in_step?module=Organizations").text
    configured = replace(empty.settings, xero_xtid="x30set")
    with closing(XTiger(world.host, configured, world.clock)) as elsewhere:
        set_first = elsewhere.panel("Organizations", crm_id).view_url

    assert 422 == wrong.status_code
    assert 'id="xt-wrong-xtid"' in wrong.text
    assert "https://www.xero.com/signup/?xtid=x30mycrm" in shown
    assert 'value="x30mycrm"' in kept
    assert "?xtid=x30mycrm&shortcode=" in str(panel.view_url)
    assert "?xtid=x30mycrm&amp;shortcode=" in listed
    assert "?xtid=x30set&shortcode=" in str(set_first)


def test_the_settings_go_first(world: World) -> None:
    """Where they name the app, the page says so and takes no other."""
    browser = _browser(world.xt, local_only=True)

    page = browser.get("/xt/start?step=app").text
    refused = _post(browser, "app", client_id="another", client_secret="x")

    assert "stands in the settings of this installation" in page
    assert 'name="client_id"' not in page
    assert (422, "settings") == (refused.status_code, world.xt.connections.app().source)


def test_the_chosen_app_is_that_of_every_process(empty: XTiger, world: World) -> None:
    """A worker that was started before reads the app that was typed in since."""
    browser = _browser(empty, local_only=True)
    settings = replace(world.xt.settings, xero_client_id="", xero_client_secret=Secret(""))
    worker = XTiger(world.host, settings, world.clock)
    _come_to_questions(browser, world)

    state = worker.connections.app().source
    worker.sync.read_settings()
    worker.close()

    assert "store" == state


@pytest.mark.parametrize(
    ("step", "fields", "field", "sentence"),
    [
        ("app", {"client_id": " "}, "client_id", "Type the client id"),
        ("app", {"client_id": "a b"}, "form", "is empty or holds something else"),
        ("app", {"client_id": "a", "client_secret": "b c"}, "client_secret", "something else"),
    ],
)
def test_an_error_stands_beside_its_field(
    browser: FlaskClient, step: str, fields: dict[str, str], field: str, sentence: str
) -> None:
    """What is wrong is said where it is mended; nothing is saved."""
    page = _post(browser, step, **fields)

    assert 422 == page.status_code
    assert sentence in page.text
    if field != "form":
        assert re.search(rf'id="xt-wrong-{field}"[^<]*<[^<]*</span>[^<]*{sentence}', page.text)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": "tomorrow"}, "day"),
        ({"day": ""}, "day"),
        ({"arrive": "x"}, "arrive"),
        ({"bring": ""}, "bring"),
        ({"goes": "status"}, "goes"),
        ({"from": ""}, "from"),
    ],
)
def test_a_wrong_answer_is_said_beside_it(
    browser: FlaskClient, empty: XTiger, world: World, changes: dict[str, str], field: str
) -> None:
    """The other answers stay as they were typed, and nothing is kept."""
    _come_to_questions(browser, world)

    page = _post(browser, "questions", **{**ANSWERS, "goes": "ticked", **changes})

    assert (422, ["questions"]) == (page.status_code, _opened(page.text))
    assert f'id="xt-wrong-{field}"' in page.text
    assert "asked" == empty.start.answers().stage
    if field != "bring":
        assert 'name="bring" value="none" checked' in page.text


def test_records_go_by_status(browser: FlaskClient, empty: XTiger, world: World) -> None:
    """Ticked statuses become those of the module; all but those unticked takes them away."""
    _come_to_questions(browser, world)
    offered = {name: [one.value for one in some] for name, some in empty.start.statuses().items()}
    status = offered["Invoices"][0]
    page = _post(
        browser, "questions", **ANSWERS, goes="status", **{"statuses of Invoices": [status]}
    )
    chosen = empty.start.going()
    _post(browser, "questions", **ANSWERS, goes="all_but")

    assert 200 == page.status_code
    assert Going("status", {"Invoices": (status,)}) == chosen
    assert Going() == empty.start.going()


def test_what_stays_in_xero_by_its_status_is_said_where_it_is_chosen(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """Created alone bars what Xero has approved or paid; with both ticked nothing is said."""
    _come_to_questions(browser, world)
    before = browser.get("/xt/start?step=questions").text
    said = []
    for statuses in (["Created"], ["Created", "Approved"], ["Created", "Approved", "Paid"]):
        ticked: dict[str, str | list[str]] = {"statuses of Invoices": statuses}
        page = _post(browser, "questions", **ANSWERS, goes="status", **ticked)
        said += re.findall(r"Invoices that are (.*?) stay in Xero", page.text) or [""]

    assert {"AUTHORISED": "Approved", "PAID": "Paid"} == empty.start.arriving()["Invoices"]
    assert "what is approved or paid in Xero is Approved, Paid here" in before
    assert ["Approved, Paid", "Paid", ""] == said


def test_counting_loses_no_answer_that_is_not_saved(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """What was chosen and typed before the press stands in the form after it; nothing is kept."""
    _come_to_questions(browser, world)
    typed = {"from": "day", "day": "2024-02-29", "arrive": "as_crm", "bring": "all"}

    page = _post(browser, "count", **typed, goes="ticked").text

    checked = re.findall(r'name="(\w+)" value="(\w+)" checked', page)
    assert 'value="2024-02-29"' in page
    assert {("from", "day"), ("arrive", "as_crm"), ("bring", "all"), ("goes", "ticked")} == set(
        checked
    )
    assert "asked" == empty.start.answers().stage


def test_an_account_that_xero_does_not_offer_is_refused(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """A code that is in no list stands beside its field, and nothing is saved."""
    _connect(browser, world)
    _post(browser, "terms", name="Mele")
    _post(browser, "mapping")

    page = _post(browser, "accounts", sales_account="nothing", payment_account="090")

    assert (422, FirstAccounts()) == (page.status_code, empty.start.accounts())
    assert 'id="xt-wrong-sales_account"' in page.text


def test_terms_say_who_accepted_them_and_when(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """A name is asked for, kept and shown."""
    _connect(browser, world)
    nobody = _post(browser, "terms", name="  ")
    _post(browser, "terms", name="Mele Fifita")
    terms = empty.connections.terms()

    assert 422 == nobody.status_code
    assert terms is not None
    assert ("Mele Fifita", world.clock.now()) == (terms.by, terms.at)
    assert "Accepted by Mele Fifita" in browser.get("/xt/start").text


def test_the_rest_goes_once_the_ten_were_looked_at(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """An old tab sends nothing too early; then all goes at once, and approving is released."""
    _come_to_questions(browser, world)
    _post(browser, "questions", **ANSWERS, goes="all_but")
    browser.post("/xt/plan/rest", headers=OWN)
    early = (empty.start.answers().stage, empty.sync.runs(1))
    empty.start.advance("check", "a test")
    page = browser.get("/xt/start").text
    shown = browser.post("/xt/plan/rest", headers=OWN, follow_redirects=True).text
    browser.post(f"/xt/approve/{empty.connections.get().id}", headers=OWN)
    kept = empty.start.answers()

    assert (("plan", []), "all", "as_crm") == (early, kept.stage, kept.arrive)
    assert "Send the rest" in page
    assert 1 == len(empty.sync.runs(5))
    assert "Nothing was to be done" in shown
    assert "All steps are done" in browser.get("/xt/start").text


def test_no_page_of_it_names_a_command(browser: FlaskClient, world: World) -> None:
    """Each step as it is shown first, and once all are done."""
    pages = [browser.get("/xt/start").text]
    _come_to_questions(browser, world)
    pages.append(browser.get("/xt/start").text)
    _post(browser, "questions", **ANSWERS, goes="all_but")
    pages.append(browser.get("/xt/start").text)

    assert [] == [found for page in pages for found in COMMANDS.findall(page)]


STEPS = (
    "app",
    "terms",
    "mapping",
    "read",
    "accounts",
    "questions",
    "count",
    "schedule",
)


@pytest.mark.parametrize("step", STEPS)
def test_strangers_and_users_may_not(empty: XTiger, step: str) -> None:
    """Neither somebody whom the CRM lets use panels, nor a stranger, sees or posts anything."""
    user = _browser(empty, may_configure=lambda: False, may_use=lambda _ref: True)
    stranger = _browser(empty, may_configure=lambda: False)
    found = [
        one.open(address, method=method, headers=OWN).status_code
        for one in (user, stranger)
        for address, method in (("/xt/start", "GET"), (f"/xt/start/{step}", "POST"))
    ]

    assert [403] * 4 == found


@pytest.mark.parametrize("step", STEPS)
def test_forged_posts_are_refused(browser: FlaskClient, step: str) -> None:
    """A post from another site changes nothing, with and without a token of its own."""
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    found = [
        browser.post(f"/xt/start/{step}", data=data, headers=foreign).status_code
        for data in ({"client_id": "x"}, {"client_id": "x", "xt_csrf": "guessed"})
    ]

    assert [403, 403] == found


def test_an_unknown_step_or_organisation_is_a_clear_404(browser: FlaskClient, world: World) -> None:
    """No page is made of a name that is none."""
    _connect(browser, world)

    found = [
        _post(browser, "nothing").status_code,
        browser.get("/xt/start?connection=nothing").status_code,
        _post(browser, "schedule", connection="nothing").status_code,
    ]

    assert [404] * 3 == found


def test_a_step_of_an_organisation_leads_back_while_none_is_connected(
    browser: FlaskClient,
) -> None:
    """An old tab of an organisation that was disconnected meanwhile is no dead end."""
    page = _post(browser, "questions", **ANSWERS, goes="all_but")

    assert (200, ["app"]) == (page.status_code, _opened(page.text))


def test_an_address_that_xero_refuses_is_named(empty: XTiger) -> None:
    """Plain http is for localhost only; another name is told to come by https."""
    browser = _browser(empty, may_configure=lambda: True)

    plain = browser.get("/xt/start", base_url="http://crm.example").text
    safe = browser.get("/xt/start", base_url="https://crm.example").text
    number = browser.get("/xt/start", base_url="http://127.0.0.1:8080").text

    assert "only with https" in plain
    assert "only with https" not in safe
    assert 'readonly value="https://crm.example/modules/XTiger/callback"' in safe
    assert 'readonly value="http://localhost:8080/modules/XTiger/callback"' in number


def test_whom_xero_brings_is_counted_before_any_plan(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """One press counts customers and all; the step stays open, and nothing is kept or brought."""
    _come_to_questions(browser, world)
    made = [world.sandbox.add("Contacts", {"Name": name}) for name in ("Tax", "Co", "Gone")]
    world.sandbox.edit("Contacts", str(made[-1]["ContactID"]), {"ContactStatus": "ARCHIVED"})
    before = browser.get("/xt/start").text

    page = _post(browser, "count").text

    assert ("Count them in Xero" in before, "Count them in Xero" in page) == (True, False)
    assert re.search(r"Customers only\s*<span class=\"xt-note\">\(0\)", page)
    assert re.search(r"suppliers among them\s*<span class=\"xt-note\">\(2\)", page)
    assert ["questions"] == _opened(page)
    assert {"customers": 0, "all": 0, "none": 0} == dict(empty.start.contacts())


def test_one_tick_at_the_end_sets_the_schedule(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """It comes ticked with the rest; later it is taken away and set again on its own."""
    empty.extensions.enable("XTQueue")
    _come_to_questions(browser, world)
    _post(browser, "questions", **ANSWERS, goes="all_but")
    empty.start.advance("check", "a test")
    offered = browser.get("/xt/start").text
    browser.post("/xt/plan/rest", headers=OWN, data={"usual": "1"})
    first = [(one.proof, one.every) for one in empty.timetable.all()]
    browser.post("/xt/start/schedule", headers=OWN)
    none = empty.timetable.all()
    page = _post(browser, "schedule", usual="1").text

    assert 'name="usual" value="1" checked' in offered
    assert [(False, "10m"), (True, "0 2 * * *")] == first
    assert [] == none
    assert "The schedule is set." in page
    assert 2 == len(empty.timetable.all())


def test_without_the_queue_start_says_where_a_schedule_comes_from(
    browser: FlaskClient, empty: XTiger, world: World
) -> None:
    """No tick that does nothing: a sentence, and the way to the extensions."""
    _come_to_questions(browser, world)
    _post(browser, "questions", **ANSWERS, goes="all_but")
    empty.start.advance("all", "a test")
    page = browser.get("/xt/start?step=first").text

    assert 'name="usual"' not in page
    assert "The extension Xero Queue keeps the schedule, and is off." in page
