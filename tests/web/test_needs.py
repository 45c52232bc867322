"""The page of what waits for a person on the real library: causes, cures on the spot, who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.stories.sync.people import invoice, organisation, payment, product
from tests.stories.sync.test_solving import quarrel
from tests.web.test_plan import browser_of, text
from tests.web.test_real_site import OWN
from tests.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return browser_of(world)


def group(world: World, code: str) -> dict[str, str]:
    """What a button of this group posts."""
    found = next(one for one in world.xt.needs.all() if one.code == code)
    return {"connection": world.xt.connections.get().id, "module": found.module, "code": code}


def test_what_waits_is_grouped_by_cause(browser: FlaskClient, world: World) -> None:
    """A number, the sentence and the cure for each; a record in step is not there."""
    kea = organisation(world, "Kea")
    for number in ("1", "2"):
        invoice(world, f"INV-{number}", None)
    invoice(world, "INV-3", kea)
    product(world, "P" * 40)
    world.sync()

    page = text(browser.get("/xt/needs").text)

    assert "Invoices · 2 The invoice has no contact or organisation." in page
    assert "Choose one on the invoice." in page
    assert "Products · 1" in page
    assert "INV-1" in page
    assert "Kea" not in page
    assert {"organisation_missing": 2, "code_too_long": 1, "account_missing": 1} == {
        one.code: len(one.outcomes) for one in world.xt.needs.all()
    }


def test_each_record_says_what_is_wrong_with_it(browser: FlaskClient, world: World) -> None:
    """Two products of one cause with other fields: each has its own sentence and cure beside it,
    and none stands above both.
    """
    product(world, "P1", productname="N" * 60)
    product(world, "P2", description="d" * 4001)
    world.sync()

    page = text(browser.get("/xt/needs").text)

    assert "Products · 2 text_too_long" in page
    assert "Thing P2 Description has 4001 characters; Xero takes 4000. Shorten Description." in page
    assert 1 == page.count("Name has 60 characters; Xero takes 50. Shorten Name.")


def test_what_follows_stands_under_what_it_waits_for(browser: FlaskClient, world: World) -> None:
    """Two invoices and a payment of a customer that is held ask nobody; one cure sends all."""
    world.default_account()
    kea = organisation(world, "Kea", email1="no address")
    bills = [invoice(world, f"INV-{number}", kea) for number in ("1", "2")]
    payment(world, bills[0], "1")
    invoice(world, "INV-3", organisation(world, "Unticked", xero_sync=False))
    world.sync()
    (held, out) = world.xt.needs.all()
    before = text(browser.get("/xt/needs").text)

    assert ("email_invalid", 1, 3) == (held.code, len(held.outcomes), len(held.followers))
    assert held.followers == held.behind(held.outcomes[0])
    # Nobody else asks for the customer that is left out, so its invoice does.
    assert ("parent_left_out", ()) == (out.code, out.followers)
    assert 2 == world.xt.needs.count()
    assert "3 records wait for this · Invoices 2 · Payments 1" in before
    assert "Unticked is not in Xero yet: Allow XTiger Sync is off." in before

    world.host.edit("Organizations", kea, email1="kea@kea.example")
    world.sync()
    assert ["parent_left_out"] == [one.code for one in world.xt.needs.all()]
    assert 2 == len(world.xero("Invoices"))
    assert 1 == len(world.xero("Payments"))


def test_a_follower_of_what_is_deleted_asks_for_itself(world: World) -> None:
    """The held customer leaves the CRM: its invoice does not wait silently for ever."""
    world.default_account()
    kea = organisation(world, "Kea", email1="no address")
    bill = invoice(world, "INV-1", kea)
    world.sync()
    waits = sorted(world.codes().values())
    world.host.remove("Organizations", kea)
    world.sync()

    assert ["email_invalid", "waits_for_parent"] == waits
    assert [("Invoices", bill)] == [
        (need.module, one.crm_id) for need in world.xt.needs.all() for one in need.outcomes
    ]


def test_an_account_chosen_on_the_spot_cures_all(browser: FlaskClient, world: World) -> None:
    """Pick, press, sync: the invoices are in Xero and nothing waits."""
    kea = organisation(world, "Kea")
    for number in ("1", "2"):
        invoice(world, f"INV-{number}", kea)
    world.sync()
    before = browser.get("/xt/needs").text
    form = {**group(world, "account_missing"), "word": "", "value": "200"}

    browser.post("/xt/needs/option", data=form, headers=OWN)

    assert re.search(r'<option value="200">200 [^<]+</option>', before)
    assert ["INV-1", "INV-2"] == sorted(one["InvoiceNumber"] for one in world.xero("Invoices"))
    assert "Nothing waits for you." in browser.get("/xt/needs").text


def test_a_proposal_is_accepted_on_the_spot(browser: FlaskClient, world: World) -> None:
    """The record of the same name is linked, not made twice; then nothing waits."""
    first = organisation(world, "Kea")
    world.sync()
    second = organisation(world, "Kea")
    world.sync()
    page = browser.get("/xt/needs").text
    form = r'name="action" value="([^"]+)" formaction="(/modules/[^"]+)"'
    found = re.findall(form, page, re.DOTALL)

    browser.post(found[0][1], data={"action": found[0][0], "next": "/xt/needs"}, headers=OWN)
    world.sync()

    assert (first, 1) != (second, len(found))
    assert 1 == len(world.xero("Contacts"))
    assert "Nothing waits for you." in browser.get("/xt/needs").text


def test_one_that_is_another_is_created_on_the_spot(browser: FlaskClient, world: World) -> None:
    """A firm of almost the same name is another one: the page makes it, as the panel does."""
    world.sandbox.add("Contacts", {"Name": "Kea Limited"})
    organisation(world, "Kea Ltd")
    world.sync()
    page = browser.get("/xt/needs").text
    address = re.search(r'action="(/modules/[^"]+)">', page)
    action = re.search(r'value="([^"]+)">Create as new in Xero<', page)

    assert address
    assert action
    form = {"action": action[1], "next": "/xt/needs"}
    browser.post(address[1], data=form, headers=OWN)
    world.sync()

    assert ["Kea Limited", "Kea Ltd"] == sorted(one["Name"] for one in world.xero("Contacts"))
    assert "Nothing waits for you." in browser.get("/xt/needs").text


@pytest.mark.feature("F086", "F096")
def test_all_of_a_group_are_tried_again(browser: FlaskClient, world: World) -> None:
    """Mended in the CRM, one press sends them; pressed again it says that nothing waits."""
    kea = organisation(world, "Kea")
    world.default_account()
    invoices = [invoice(world, f"INV-{number}", None) for number in ("1", "2")]
    world.sync()
    form = group(world, "organisation_missing")
    why = text(browser.get("/xt/needs").text)
    for crm_id in invoices:
        world.host.edit("Invoices", crm_id, account_id=kea)

    browser.post("/xt/needs/again", data=form, headers=OWN)
    again = browser.post("/xt/needs/again", data=form, headers=OWN, follow_redirects=True).text

    assert "Invoices · 2 The invoice has no contact or organisation." in why
    assert 2 == len(world.xero("Invoices"))
    assert "Nothing of this waits any longer." in again


def test_a_conflict_leads_to_its_decision(browser: FlaskClient, world: World) -> None:
    """The button stands beside the record and opens the page of conflicts at its place."""
    crm_id = quarrel(world)

    page = browser.get("/xt/needs").text

    assert f'href="/xt/conflicts#Organizations-{crm_id}">Decide' in page


ADDRESSES = ("again", "option", "switch", "keep", "link", "unlink", "release")


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_readers_and_forged_posts_are_refused(world: World, address: str) -> None:
    """A reader sees what waits; a stranger nothing; neither presses, and no foreign page does."""
    reader = browser_of(world, configures=False)
    stranger = browser_of(world, configures=False, reads=False)
    form = {"connection": world.xt.connections.get().id, "value": "200", "keep": "crm"}

    codes = [
        who.post(f"/xt/needs/{address}", data=form, headers=headers).status_code
        for who, headers in (
            (reader, OWN),
            (stranger, OWN),
            (browser_of(world), {"Sec-Fetch-Site": "cross-site"}),
        )
    ]

    assert [403, 403, 403] == codes
    assert (200, 403) == (
        reader.get("/xt/needs").status_code,
        stranger.get("/xt/needs").status_code,
    )


def test_an_account_that_xero_has_not_is_refused(browser: FlaskClient, world: World) -> None:
    """The mapping stays as it is."""
    invoice(world, "INV-1", organisation(world, "Kea"))
    world.sync()
    form = {**group(world, "account_missing"), "word": "", "value": "nothing"}
    before = world.xt.mappings.get("Invoices")

    assert 404 == browser.post("/xt/needs/option", data=form, headers=OWN).status_code
    assert before == world.xt.mappings.get("Invoices")
