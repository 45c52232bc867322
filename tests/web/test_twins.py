"""The page of records that look alike, on the real library: why, and each answer by its button."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.stories.sync.people import organisation
from tests.stories.sync.test_first_link import contact
from tests.web.test_plan import browser_of, text
from tests.web.test_real_site import OWN
from tests.world import World, make_world
from xtiger.hosts.memory import MemoryHost


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return browser_of(world)


def press(browser: FlaskClient, world: World, answer: str, **other: str) -> str:
    """Press a button of the first group; returns the page that comes."""
    found = world.xt.twins.all()[0]
    fields = {
        "connection": world.xt.connections.get().id,
        "module": found.module,
        "key": found.key,
        "answer": answer,
        **other,
    }
    sent = browser.post("/xt/twins/answer", data=fields, headers=OWN, follow_redirects=True)
    return text(sent.text)


@pytest.mark.feature("O7")
def test_a_pair_is_shown_with_its_reasons_and_linked_by_its_button(
    browser: FlaskClient, world: World
) -> None:
    """Led to from Needs you; both names, why, and after the press nothing is left."""
    xero_id = contact(world, "Acme Limited", EmailAddress="a@acme.example")
    crm_id = organisation(world, "Acme Ltd", email1="a@acme.example")
    assert 'href="/xt/twins"' in browser.get("/xt/needs").text
    before = text(browser.get("/xt/twins").text)
    assert "Xero was not read yet" in before
    assert "No records look alike" not in before
    assert "Look for records that look alike" in before
    looked = text(browser.get("/xt/twins?look=1").text)
    assert "Xero was not read yet" in looked
    assert "No records look alike" not in looked
    world.plan()

    page = text(browser.get("/xt/twins?look=1").text)
    after = press(browser, world, "link")
    world.sync()

    assert "the same name but for accents, signs or legal form, the same e-mail address" in page
    assert "CRM: Acme Ltd" in page
    assert "Xero: Acme Limited" in page
    assert "They are linked." in after
    assert "No records look alike." in after
    assert xero_id == world.xero_id("Organizations", crm_id)


def test_all_that_are_exact_are_linked_by_one_button(browser: FlaskClient, world: World) -> None:
    """Two pairs of one name each."""
    for name in ("Acme", "Bright"):
        contact(world, name)
        organisation(world, name)
    world.plan()
    assert "Link all that are the same beyond doubt (2)" in text(
        browser.get("/xt/twins?look=1").text
    )

    fields = {"connection": world.xt.connections.get().id}
    sent = browser.post("/xt/twins/exact", data=fields, headers=OWN, follow_redirects=True)

    assert "2 pairs are linked." in text(sent.text)
    assert [] == world.xt.twins.all()


def test_different_ones_are_gone_from_the_page(browser: FlaskClient, world: World) -> None:
    """And the answer is kept with the name of the browser's user."""
    contact(world, "Acme Limited")
    organisation(world, "Acme Ltd")
    world.plan()

    after = press(browser, world, "different")

    assert "nobody is asked about them again" in after
    assert [("different", "web")] == [(one.answer, one.by) for one in world.xt.twins.answered()]


def test_what_changed_meanwhile_is_not_answered(browser: FlaskClient, world: World) -> None:
    """Of another tab: nothing is done, and the page says so; an unknown answer is no page."""
    contact(world, "Acme Limited")
    organisation(world, "Acme Ltd")
    world.plan()

    assert "It changed since it was shown." in press(browser, world, "link", key="old")
    assert [] == world.xt.twins.answered()
    assert "There is no such page." in press(browser, world, "nonsense")


def test_the_page_reads_the_crm_on_a_press_only(
    browser: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever passes by reads nothing of it."""
    organisation(world, "Acme Ltd")
    read = MemoryHost.changed_since
    asked: list[str] = []

    def counted(host: MemoryHost, module: str, *given: Any) -> Any:
        asked.append(module)
        return read(host, module, *given)

    monkeypatch.setattr(MemoryHost, "changed_since", counted)
    assert browser.get("/xt/twins").status_code == 200
    assert [] == asked
    assert browser.get("/xt/twins?look=1").status_code == 200
    assert "Organizations" in asked
