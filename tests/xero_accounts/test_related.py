"""The related list Xero Accounts of a product, in a browser: viewed, chosen, taken away, sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.test_modules_page import browser_of
from tests.web.test_plan import text
from tests.world import World, make_world

OWN = {"Sec-Fetch-Site": "same-origin"}
PAGE = "/xt/record-accounts?module=Products&record=1"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A product with a sales account, in Xero."""
    with make_world(tmp_path) as made:
        made.connect()
        made.xt.extensions.enable("XeroAccounts")
        made.default_account()
        made.host.create(
            "Products", {"productname": "Rope", "productcode": "R-1", "sales_account": "200"}
        )
        made.sync()
        yield made


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return browser_of(world)


def press(browser: FlaskClient, page: str, label: str, row: str) -> str:
    """Press the button of a row; returns what the next page says."""
    pattern = r'formaction="([^"]+)">([^<]*)<span class="xt-hidden"> ([^<]*)</span>'
    for address, said, name in re.findall(pattern, page):
        if said == label and row in unescape(name):
            return browser.post(unescape(address), headers=OWN, follow_redirects=True).text
    raise AssertionError(f"no {label} of {row} on {text(page)}")


@pytest.mark.feature("F150", "F032")
def test_an_account_is_viewed_chosen_and_taken_away(browser: FlaskClient, world: World) -> None:
    """The panel leads there; each step reaches the CRM, and the next sync Xero."""
    panel = unescape(browser.get("/xt/record/Products/1").text)
    page = browser.get(PAGE).text
    offered = browser.get(f"{PAGE}&use=product.sales_account").text
    viewed = browser.get("/xt/accounts?text=200").text
    press(browser, offered, "Choose it", "260")
    world.sync()
    chosen = world.in_xero("Products", "1")["SalesDetails"]["AccountCode"]
    after = browser.get(PAGE).text
    press(browser, after, "Take away", "Sales account")
    world.sync()

    assert PAGE in panel
    assert "Sales account 200 Sales Revenue Income active" in text(page)
    assert "Purchase account None" in text(page)
    assert "/xt/accounts?text=200" in unescape(page)
    assert "200" in viewed
    assert "260" == chosen
    assert "960" not in offered
    assert "260 Other Revenue" in text(after)
    assert not world.in_crm("Products", "1", "sales_account")
    assert not world.in_xero("Products", "1")["SalesDetails"].get("AccountCode")


def test_what_is_not_there_is_said(browser: FlaskClient, world: World) -> None:
    """No record, one that is gone, one without accounts; an account that no use offers."""
    said = [
        text(browser.get(f"/xt/record-accounts{query}").text)
        for query in ("", "?module=Products&record=99", "?module=Organizations&record=1")
    ]
    world.host.create("Organizations", {"accountname": "Kea"})
    none = text(browser.get("/xt/record-accounts?module=Organizations&record=1").text)
    odd = [
        browser.post(
            "/xt/record-accounts/do",
            query_string={"action": "choose", "key": key},
            headers=OWN,
            follow_redirects=True,
        ).text
        for key in ("x", "module=Products&record=1&use=product.sales_account&value=nosuch")
    ]

    assert "Open a product, and there its Xero accounts" in said[0]
    assert "This record is not in the CRM any more." in said[1]
    assert "Records of this module have no accounts." in none
    assert "This row is not there any more." in text(odd[0])
    assert "200" == world.in_crm("Products", "1", "sales_account")


@pytest.mark.feature("F094")
def test_the_list_is_read_at_once_and_says_what_names_an_account(
    browser: FlaskClient, world: World
) -> None:
    """A new account is there after the press; archived ones are marked; uses are named."""
    world.sandbox.add(
        "Accounts", {"Code": "4711", "Name": "Barn hire", "Type": "REVENUE"}, world.organisation()
    )
    before = browser.get("/xt/accounts?text=Barn").text
    said = browser.post(
        "/xt/accounts/do", data={"action": "refresh"}, headers=OWN, follow_redirects=True
    ).text
    after = text(browser.get("/xt/accounts?text=Barn").text)
    uses = text(browser.get("/xt/accounts?text=200").text)

    assert "Nothing fits" in before
    assert re.search(r"Read from Xero: \d+ accounts, \d+ tax rates\.", said)
    assert "Barn hire 4711 Revenue Income sales" in after
    assert "2 options name it" in uses
    assert "charges_account" in uses
