"""The button that makes an invoice which gives money back a credit note, where people meet it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.stories.sync.people import invoice, line, organisation, paid_in_xero
from tests.web.test_plan import browser_of
from tests.web.test_real_site import OWN
from tests.world import World, connected_world

BUTTON = "Make a credit note in Xero"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return browser_of(world)


def press(browser: FlaskClient, crm_id: str) -> str:
    """Press the button on the panel of an invoice; answers the page that follows."""
    form = {"action": "xtiger.credit", "next": "/xt/needs"}
    address = f"/modules/XTiger/panel/Invoices/{crm_id}"
    return browser.post(address, data=form, headers=OWN, follow_redirects=True).text


def test_one_below_zero_is_pressed_away_in_needs_you(world: World, browser: FlaskClient) -> None:
    """It stands there with the button; pressed, the credit note is in Xero and nothing waits."""
    own = invoice(world, "C1", organisation(world, "Acme"), [line("-10")])
    world.sync()
    before = browser.get("/xt/needs").text

    press(browser, own)

    assert BUTTON in before
    (made,) = world.xero("CreditNotes")
    assert ("C1", Decimal(10)) == (made["CreditNoteNumber"], made["Total"])
    assert "Nothing waits for you." in browser.get("/xt/needs").text


def test_one_in_the_status_of_credits_has_the_button_on_its_panel(
    world: World, browser: FlaskClient
) -> None:
    """Pressed twice, it is there once; afterwards the button is gone."""
    own = invoice(world, "C1", organisation(world, "Acme"), invoicestatus="Credit Invoice")
    world.sync()
    before = [button.label for button in world.xt.panel("Invoices", own).actions]

    press(browser, own)
    press(browser, own)

    assert BUTTON in before
    assert BUTTON not in [button.label for button in world.xt.panel("Invoices", own).actions]
    assert 1 == len(world.xero("CreditNotes"))


def test_a_usual_invoice_has_no_such_button(world: World) -> None:
    """Neither one that is held for another reason."""
    own = invoice(world, "I1", None)
    world.sync()

    assert BUTTON not in [button.label for button in world.xt.panel("Invoices", own).actions]


def test_what_a_paid_invoice_says_less_is_pressed_away(world: World, browser: FlaskClient) -> None:
    """In “What needs you” and on the panel; pressed twice, it is credited once."""
    own = invoice(world, "I1", organisation(world, "Acme"), [line("30")])
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", own), "5")
    world.sync()
    (row,) = world.host.record("Invoices", own).lines
    world.host.edit_lines("Invoices", own, [{"id": row["id"], "listprice": Decimal(20)}])
    world.sync()
    before = browser.get("/xt/needs").text
    labels = [button.label for button in world.xt.panel("Invoices", own).actions]

    press(browser, own)
    press(browser, own)

    assert "Credit the difference in Xero" in before
    assert "the CRM says 10.00 less" in before
    assert "Credit the difference in Xero" in labels
    (made,) = world.xero("CreditNotes")
    assert ("I1-CN1", Decimal(10)) == (made["CreditNoteNumber"], made["Total"])
    assert Decimal(15) == world.in_xero("Invoices", own)["AmountDue"]
    assert "Nothing waits for you." in browser.get("/xt/needs").text
