"""What differed in the last proof, on the real library: from the overview to the cure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.web.test_tables import as_a, pressed
from tests.world import World, make_world
from xtiger.hookspecs import PageRequest
from xtiger.model.asked_sync import KeptDifference, KeptProof
from xtiger.model.values import from_json, to_json


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two customers on both sides; one was renamed in the CRM, one came after the sync."""
    with make_world(tmp_path) as made:
        made.xt.extensions.enable("XTLog")
        made.connect()
        kea = made.host.create("Organizations", {"accountname": "Kea Holdings"})
        made.sync("Organizations")
        made.host.edit("Organizations", kea, accountname="Kea Group")
        made.host.create("Organizations", {"accountname": "Tui Trading"})
        made.wait()
        made.xt.proof.run()
        yield made


def test_the_overview_leads_to_each_difference(world: World) -> None:
    """Record, field, both values and what to do: what an accountant asks for, without a press."""
    browser = as_a("accountant", world)
    found = re.search(r'href="(/xt/differences[^"]*)">([^<]*)<', browser.get("/xt/").text)
    assert found is not None
    page = browser.get(found[1]).text

    assert "2 differences between the CRM and Xero." in found[2]
    assert all(text in page for text in ("Kea Group", "Kea Holdings", "Tui Trading", "missing"))
    assert "The next sync carries it over." in page
    assert "Ask your administrator" not in page
    assert "Sync now" not in page


def test_its_button_ends_the_difference(world: World) -> None:
    """One record is sent; the next proof agrees, and the page says so."""
    browser = as_a("administrator", world)
    said = [pressed(browser, f"/xt/differences?module={m}", "Sync now") for m in ("", "")]
    keys = [one.key for one in world.xt.page(PageRequest("differences", {})).details]
    both = browser.post(
        "/xt/differences/do",
        data={"action": "sync", "key": [*keys, "[]", "x"], "next": "/xt/differences"},
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=True,
    ).text
    world.wait()
    world.xt.proof.run()

    assert said[0].endswith("The next proof shows whether both sides agree.")
    assert "1 updated" in said[0] or "1 created" in said[0]
    assert "The next proof shows" in both
    assert "Nothing differed: both sides agree." in browser.get("/xt/differences").text
    assert {"Kea Group", "Tui Trading"} == {one["Name"] for one in world.xero("Contacts")}


def test_a_record_that_no_proof_named_is_not_sent(world: World) -> None:
    """Whatever a browser posts."""
    before = len(world.xt.sync.outcomes())
    request = PageRequest("differences", {})
    said = world.xt.panels.act(request, "sync", ['["c1", "Organizations", "99"]', "x", "[1]"])

    assert said.startswith("Nothing to do")
    assert before == len(world.xt.sync.outcomes())


def test_the_differences_are_a_file(world: World) -> None:
    """A row for each, with the field and both values."""
    answer = as_a("reader", world).get("/xt/differences/csv")
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))

    assert head == ["Record", "Module", "Field", "CRM", "Xero", "What to do", "Code"]
    assert 2 == len(rows)


def test_before_the_first_proof_it_leads_to_one(tmp_path: Path) -> None:
    """No table without a word."""
    with make_world(tmp_path) as made:
        made.connect()
        page = as_a("reader", made).get("/xt/differences").text

    assert "Both sides were not compared yet." in page
    assert '<a href="/xt/plan">Compare both sides</a>' in page


def test_a_seller_is_refused(world: World) -> None:
    """Who reads no pages reads none of the books."""
    assert 403 == as_a("seller", world).get("/xt/differences").status_code


def test_a_kept_proof_comes_back_as_it_was() -> None:
    """Cents, days and what is missing, through the store's JSON."""
    one = KeptDifference(
        "Invoices", "Invoice", "INV-1", "7", None, "Total", Decimal("0.10"), None, "sync", {"a": 1}
    )
    day = datetime(2026, 11, 29, 3, tzinfo=UTC)
    proof = KeptProof("r1", day, "GBP", date(2026, 1, 1), 1, (one,))

    assert proof == KeptProof.of(from_json(to_json(proof.plain())))
    assert KeptProof.of(None) is None
