"""The page Historical Sync on the real library: counted, batch by batch, and who may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation
from tests.web.test_plan import browser_of, text
from tests.web.test_real_site import OWN
from tests.world import World, connected_world
from xtiger.model.start_answers import StartAnswers

RANGE = {"module": "Invoices", "way": "to_xero", "first": "2025-01-01", "last": "2025-12-31"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Three invoices of 2025; syncing starts in November 2026, and nothing goes by itself."""
    with connected_world(tmp_path) as made:
        made.xt.start.answer(StartAnswers(from_day=date(2026, 11, 1)), "a test")
        made.xt.start.advance("all", "a test")
        for module in ("Organizations", "Invoices"):
            made.settings(module, on_save=False)
        firm = organisation(made, "Acme")
        for month in (1, 2, 3):
            day = date(2025, month, 5)
            invoice(made, f"I{month}", firm, invoicedate=day, duedate=day)
        yield made


def _sent(world: World) -> list[str]:
    return sorted(str(one["InvoiceNumber"]) for one in world.xero("Invoices"))


@pytest.mark.feature("F079", "F145")
@pytest.mark.parametrize("worker", [True, False])
def test_a_range_goes_by_the_buttons(world: World, *, worker: bool) -> None:
    """Count, look, the next two, look, the rest; with a worker, and where a request does it."""
    browser = browser_of(world)

    def press(address: str, **form: str) -> str:
        if worker:
            world.xt.tick()
        answer = browser.post(address, data=form, headers=OWN, follow_redirects=True)
        world.wait()
        if worker:
            assert "It begins within seconds." in text(answer.text)
            world.xt.tick()
        return text(browser.get("/xt/historical").text)

    counted = press("/xt/historical", **RANGE, batch="2")
    assert ("0 of 3 done." in counted, "The next 2" in counted, []) == (True, True, _sent(world))

    first = press("/xt/historical/next")
    assert ("2 of 3 done. 2 created" in first, "The next 1" in first) == (True, True)
    assert ["I1", "I2"] == _sent(world)

    last = press("/xt/historical/next")
    assert ("3 of 3 done." in last, "The next" in last) == (True, False)
    assert ["I1", "I2", "I3"] == _sent(world)


def test_the_switch_turns_the_way(world: World) -> None:
    """What Xero has comes in: the same page, the other way."""
    world.sandbox.add("Contacts", {"Name": "Newcomer", "EmailAddress": "n@b.example"})
    browser = browser_of(world)

    sends, gets = (text(browser.get(f"/xt/historical?way={way}").text) for way in ("", "to_crm"))
    form = {**RANGE, "module": "Organizations", "way": "to_crm", "last": "2027-01-01"}
    for address in ("/xt/historical", "/xt/historical/next"):
        browser.post(address, data={**form, "batch": "5"}, headers=OWN)
        world.wait()

    assert ("Switch to: get from Xero" in sends, "Switch to: send to Xero" in gets) == (True, True)
    names = {
        one.values["accountname"] for one in world.host.changed_since("Organizations", None).records
    }
    assert {"Acme", "Newcomer"} == names


def test_what_is_wrong_begins_nothing(world: World) -> None:
    """Days the wrong way round, no number, an unknown module, an old tab; and who only looks."""
    browser, looks = browser_of(world), browser_of(world, configures=False)

    wrong = [
        browser.post("/xt/historical", data={**RANGE, **one}, headers=OWN).status_code
        for one in (
            {"batch": "x"},
            {"batch": "2", "first": "2026-01-01"},
            {"batch": "2", "module": "Nothing"},
            {"batch": "2", "way": "up"},
        )
    ]
    old_tab = browser.post("/xt/historical/next", headers=OWN).status_code
    barred = [
        looks.post(address, data={**RANGE, "batch": "2"}, headers=OWN).status_code
        for address in ("/xt/historical", "/xt/historical/next", "/xt/historical/end")
    ]

    assert ([303, 303, 404, 404], 303, [403] * 3) == (wrong, old_tab, barred)
    assert (None, 200) == (world.xt.historical.now(), looks.get("/xt/historical").status_code)
    assert 403 == browser_of(world, configures=False, reads=False).get("/xt/historical").status_code


def test_it_can_be_ended(world: World) -> None:
    """What was done stays, and no button goes on."""
    browser = browser_of(world)
    for address in ("/xt/historical", "/xt/historical/next", "/xt/historical/end"):
        browser.post(address, data={**RANGE, "batch": "2"}, headers=OWN)
        world.wait()

    assert (["I1", "I2"], False) == (
        _sent(world),
        "The next" in text(browser.get("/xt/historical").text),
    )
