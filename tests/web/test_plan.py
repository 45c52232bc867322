"""The page of the plan on the real library: planned, carried out, cancelled, and who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_rounding import crm_of
from tests.web.test_real_site import OWN
from tests.world import World, connected_world
from xtiger.model import setting_keys
from xtiger.model.start_answers import StartAnswers
from xtiger.web import blueprint

MODULES = ("Organizations", "Contacts", "Products", "Services", "Invoices", "Payments")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        # A worker looks at what is due, and saves wait for a sync.
        for module in MODULES:
            made.settings(module, on_save=False)
        made.xt.tick()
        yield made


def browser_of(world: World, *, configures: bool = True, reads: bool = True) -> FlaskClient:
    """A browser of somebody who may configure, only look, or nothing."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: configures, may_use=lambda _ref: reads)
    )
    return app.test_client()


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return browser_of(world)


def text(page: str) -> str:
    """What a person reads."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def press(browser: FlaskClient, do: str, module: str = "", direction: str = "") -> str:
    """Press a button of the page; returns the page seen next."""
    data = {"do": do, "module": module, "direction": direction}
    answer = browser.post("/xt/plan", data=data, headers=OWN, follow_redirects=True)
    assert 200 == answer.status_code, answer.text
    return answer.text


def test_a_plan_is_made_in_the_background(browser: FlaskClient, world: World) -> None:
    """The page looks again while it waits, then shows fields, lines and total; nothing is sent."""
    kea = organisation(world, "Kea")
    invoice(world, "INV-1", kea, [line("10"), line("20")])

    press(browser, "plan")
    waiting = browser.get("/xt/plan")
    world.wait()
    world.xt.tick()
    answer = browser.get("/xt/plan")
    made = answer.text

    assert ("2", None) == (waiting.headers.get("Refresh"), answer.headers.get("Refresh"))
    assert all(part in text(made) for part in ("Kea", "INV-1", "1 × 10 Work", "1 × 20 Work"))
    assert "Total in Xero 30.00" in text(made)
    assert [] == world.xero("Contacts") == world.xero("Invoices")


@pytest.mark.feature("F085")
def test_sync_now_carries_out_and_its_numbers_lead_to_the_records(
    browser: FlaskClient, world: World
) -> None:
    """The run's counts are links into the log, which has just these records."""
    world.xt.extensions.enable("XTLog")
    organisation(world, "Kea")
    product(world, "P1")

    press(browser, "run")
    world.wait()
    world.xt.tick()
    page = browser.get("/xt/plan").text
    links = [unescape(one) for one in re.findall(r'href="(/xt/log\?[^"]+)"', page)]
    listed = [browser.get(one).text for one in links]

    assert ["Kea"] == [one["Name"] for one in world.xero("Contacts")]
    assert 2 == len(links)
    assert ["Kea" in listed[0], "P1" in listed[1]] == [True, True]


def test_one_module_one_way_leaves_the_other(browser: FlaskClient, world: World) -> None:
    """Get brings without sending; what was left out goes with the next sync of both ways."""
    kea = organisation(world, "Kea")
    world.sync()
    link = world.xero_id("Organizations", kea)
    world.sandbox.edit("Contacts", link, {"EmailAddress": "x@b.example"})
    moa = organisation(world, "Moa")
    page = browser.get("/xt/plan").text

    press(browser, "run", "Organizations", "to_crm")
    world.wait()
    world.xt.tick()
    got = (world.in_crm("Organizations", kea, "email1"), len(world.xero("Contacts")))
    world.sync()

    assert "Get Organisation" in page
    assert "Send Products" in page
    assert ("x@b.example", 1) == got
    assert "Moa" == world.in_xero("Organizations", moa)["Name"]


def test_without_a_background_the_request_works(browser: FlaskClient, world: World) -> None:
    """Nobody ticks: the button carries it out, and the page has no refresh."""
    organisation(world, "Kea")
    world.wait(60 * 60)

    page = press(browser, "run")

    assert ["Kea"] == [one["Name"] for one in world.xero("Contacts")]
    assert "Refresh" not in browser.get("/xt/plan").headers
    assert "Result: Sync everything" in text(page)


def test_a_cancelled_wish_is_not_carried_out(browser: FlaskClient, world: World) -> None:
    """Before its turn it ends at once; both sides stay as they are."""
    organisation(world, "Kea")
    press(browser, "run")

    page = browser.post("/xt/plan/cancel", headers=OWN, follow_redirects=True).text
    world.wait()
    world.xt.tick()

    assert "cancelled" in text(page)
    assert [] == world.xero("Contacts")


def test_one_wish_at_a_time(browser: FlaskClient, world: World) -> None:
    """A second button while one waits says so, and the first one stays."""
    press(browser, "plan")

    page = press(browser, "run")

    asked = world.xt.sync.asked()
    assert "Something else is under way." in text(page)
    assert asked is not None
    assert ("plan", "asked") == (asked.what, asked.state)


def test_the_first_look_lets_the_first_ten_go(browser: FlaskClient, world: World) -> None:
    """Somebody who may only look does not decide by it; who configures does."""
    # A connection whose questions are answered, and whose plan nobody has seen.
    kept = setting_keys.start_answers(world.xt.connections.get().id)
    world.xt.store.save_setting(kept, StartAnswers(stage="plan").plain())
    press(browser, "plan")
    world.wait()
    world.xt.tick()

    browser_of(world, configures=False).get("/xt/plan")
    before = world.xt.start.answers().stage
    page = browser.get("/xt/plan").text

    assert ("plan", "ten") == (before, world.xt.start.answers().stage)
    assert "“Sync now” sends the first ten records." in page


@pytest.mark.parametrize("address", ["", "/go-on", "/cancel", "/rest"])
def test_who_may_not_configure_may_not_press(world: World, address: str) -> None:
    """Readers see the page without buttons; strangers see nothing; posts of both are refused."""
    reader = browser_of(world, configures=False)
    stranger = browser_of(world, configures=False, reads=False)

    page = reader.get("/xt/plan")
    refused = [
        one.post(f"/xt/plan{address}", data={"do": "run"}, headers=OWN).status_code
        for one in (reader, stranger)
    ]

    assert (200, False, 403) == (
        page.status_code,
        "<button" in page.text,
        stranger.get("/xt/plan").status_code,
    )
    assert [403, 403] == refused
    assert world.xt.sync.asked() is None


@pytest.mark.parametrize("address", ["", "/go-on", "/cancel", "/rest"])
def test_a_forged_post_is_refused(browser: FlaskClient, world: World, address: str) -> None:
    """A foreign page cannot press."""
    foreign = {"Sec-Fetch-Site": "cross-site"}

    answer = browser.post(f"/xt/plan{address}", data={"do": "run"}, headers=foreign)

    assert (403, None) == (answer.status_code, world.xt.sync.asked())


def test_what_no_page_offers_is_no_page(browser: FlaskClient) -> None:
    """Another verb, direction, module or connection."""
    for data in (
        {"do": "delete"},
        {"do": "run", "direction": "up"},
        {"do": "run", "module": "Nothing"},
        {"do": "run", "connection": "other"},
    ):
        assert 404 == browser.post("/xt/plan", data=data, headers=OWN).status_code
    assert 404 == browser.get("/xt/plan?connection=other").status_code


def test_a_plan_names_contacts_and_shows_the_total_before_and_after(
    browser: FlaskClient, world: World
) -> None:
    """No id of either side stands where a person expects a name; a change of lines has both."""
    kea, moa = organisation(world, "Kea"), organisation(world, "Moa")
    changed = invoice(world, "INV-1", kea, [line("10")])
    world.sync()
    world.host.edit("Invoices", changed, account_id=moa)
    world.host.edit_lines("Invoices", changed, [line("25")])
    invoice(world, "INV-2", kea)

    press(browser, "plan")
    world.wait()
    world.xt.tick()
    page = browser.get("/xt/plan").text
    shown = text(page)

    assert "Organization Name Moa" in shown
    assert "Organization Name Kea" in shown
    assert "Total in Xero before 10.00 after 25.00" in shown
    assert world.xero_id("Organizations", kea) not in page


def test_lines_for_rounding_are_told_before_and_after_they_are_sent(tmp_path: Path) -> None:
    """Plan and Start say on how many invoices one would stand; the panel of each says why."""
    with crm_of(tmp_path, "none") as world:
        browser = browser_of(world)
        vat = {"tax_name": "20% (VAT on Income)", "tax_percent": Decimal(20)}
        lines = [line("9.99", **vat) for _ in range(3)]
        kea = organisation(world, "Kea")
        crm_id = invoice(world, "I1", kea, lines, total=Decimal("35.964"))
        answers = StartAnswers(stage="plan").plain()
        world.xt.store.save_setting(
            setting_keys.start_answers(world.xt.connections.get().id), answers
        )
        press(browser, "plan")
        start = text(browser.get("/xt/start?step=first").text)
        plan = text(browser.get("/xt/plan").text)
        world.xt.store.save_setting(
            setting_keys.start_answers(world.xt.connections.get().id), StartAnswers().plain()
        )
        world.sync()
        rows = {row.label: row.value for row in world.xt.panel("Invoices", crm_id).rows}

    said = "1 invoice gets a line “Rounding” in Xero"
    assert (True, True) == (said in start, said in plan)
    assert "differently: -0.01 GBP in all." in plan
    assert "Line 4 1 × -0.01 Rounding" in plan
    assert rows["Rounding"].startswith("-0.01 GBP: a line in Xero")


def test_a_module_is_planned_alone_one_way(browser: FlaskClient, world: World) -> None:
    """From the two lists; all goes one way by the seeds' words."""
    organisation(world, "Kea")
    product(world, "P1")
    offered = text(browser.get("/xt/plan").text)
    press(browser, "plan", "Products", "to_xero")
    world.wait()
    world.xt.tick()
    planned = text(browser.get("/xt/plan").text)
    press(browser, "run", "", "to_crm")
    world.wait()
    world.xt.tick()

    assert "Get everything from Xero" in offered
    assert ("P1" in planned, "Kea" in planned) == (True, False)
    assert [] == world.xero("Contacts")
