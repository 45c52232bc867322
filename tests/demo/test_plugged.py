"""The CRM with XTiger plugged in: panel on the record, menu, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.models import Organization
from xtiger.demo.plugged import Plugged, plug
from xtiger.settings import load_settings


@pytest.fixture
def plugged(tmp_path: Path, sessions: sessionmaker[Session]) -> Iterator[Plugged]:
    """The seeded CRM with XTiger, not connected yet."""
    found = plug(tmp_path, load_settings({}, tmp_path))
    yield found
    found.xt.close()
    found.sessions.kw["bind"].dispose()


@pytest.fixture
def browser(plugged: Plugged) -> FlaskClient:
    return plugged.app.test_client()


@pytest.mark.parametrize(
    "address",
    ["/organizations/1", "/contacts/1", "/products/1", "/services/1", "/invoices/4", "/payments/1"],
)
def test_records_show_the_panel(browser: FlaskClient, address: str) -> None:
    """The panel stands on each record that is synced."""
    assert "Xero Information" in browser.get(address).text


def test_new_records_have_no_panel(browser: FlaskClient) -> None:
    """What is not saved yet is not in Xero."""
    assert "Xero Information" not in browser.get("/invoices/new").text


def test_the_menu_leads_to_xtiger(browser: FlaskClient) -> None:
    """The entry in the CRM's menu opens the overview."""
    assert 'href="/xt/"' in browser.get("/").text


def test_pages_of_xtiger_stand_in_the_frame_of_the_crm(browser: FlaskClient) -> None:
    """From the overview one gets back to the organisations."""
    assert 'href="/organizations"' in browser.get("/xt/").text


def test_the_panel_switches_the_sync_off(browser: FlaskClient, plugged: Plugged) -> None:
    """Unticking Allow XTiger Sync is stored in the CRM's own field."""
    page = browser.get("/organizations/1").text
    token = re.search(r'name="xt_csrf" value="([^"]+)"', page)
    assert token is not None
    browser.post(
        "/modules/XTiger/panel/Organizations/1",
        data={"xt_csrf": token[1], "shown": "xtiger.allow_sync", "next": "/organizations/1"},
    )
    with plugged.sessions() as session:
        assert session.get_one(Organization, 1).xero_sync is False


def test_names_in_the_panel_are_escaped(browser: FlaskClient, plugged: Plugged) -> None:
    """A script in a name does not run on the record with its panel."""
    with plugged.sessions.begin() as session:
        session.get_one(Organization, 1).name = "<script>alert(1)</script>"

    assert "<script" not in browser.get("/organizations/1").text
