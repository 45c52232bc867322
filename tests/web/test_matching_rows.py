"""The rules of matching on the page of a module: chosen from lists, ordered, and carried out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation
from tests.stories.sync.test_first_link import contact
from tests.web.test_modules_page import OWN, browser_of, sent
from tests.world import World, connected_world
from xtiger.hosts.standard import standard_modules
from xtiger.i18n.language import language
from xtiger.mapping.matching.rule_text import read_rule
from xtiger.web.matching.form import RULE_WORDS, rule_rows

ADDRESS = "/xt/modules/Organizations"
MAIL = "books@acme.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.mark.feature("F114")
def test_rules_are_chosen_from_lists_and_the_next_sync_goes_by_them(world: World) -> None:
    """Of the usual three one goes, one more is added and moved up; the sync links by it."""
    browser = browser_of(world)
    form = sent(browser.get(ADDRESS).text)
    shown = [(form[f"match.{at}.rule"], form[f"match.{at}.how"]) for at in (1, 2, 3, 4)]
    browser.post(ADDRESS, data=form, headers=OWN)
    untouched = world.xt.modules.settings("Organizations").matching
    changes = {"match.3.rule": "", "match.4.rule": "email", "match.4.how": "link"}
    browser.post(ADDRESS, data={**form, **changes, "match.4.place": "1"}, headers=OWN)
    kept = world.xt.modules.settings("Organizations").matching
    again = sent(browser.get(ADDRESS).text)
    there = contact(world, "Acme UK", EmailAddress=MAIL)
    crm_id = organisation(world, "Bell", email1=MAIL)
    world.sync()

    usual = [("number", "link"), ("name", "propose"), ("near_name", "propose"), ("", "propose")]
    assert (usual, ()) == (shown, untouched)
    assert ("email=link", "number=link", "name=propose") == kept
    assert ("email", "link", "1") == tuple(
        again[f"match.1.{one}"] for one in ("rule", "how", "place")
    )
    assert there == world.xero_id("Organizations", crm_id)


def test_what_a_rule_cannot_do_stands_beside_them(world: World) -> None:
    """Nearly equal names never link: nothing is saved, and the choice stays to be mended."""
    browser = browser_of(world)
    form = sent(browser.get(ADDRESS).text) | {"match.3.how": "link", "set.direction": "to_xero"}

    page = browser.post(ADDRESS, data=form, headers=OWN).text

    assert "near_name only proposes" in page
    assert ("link", "to_xero") == (sent(page)["match.3.how"], sent(page)["set.direction"])
    assert "both" == world.xt.modules.settings("Organizations").direction


def test_a_rule_moved_down_stands_behind_the_one_there(world: World) -> None:
    """And one that nobody can have taken for a place keeps its own."""
    browser = browser_of(world)
    form = sent(browser.get(ADDRESS).text) | {"match.1.place": "2", "match.3.place": "x"}
    browser.post(ADDRESS, data=form, headers=OWN)

    rules = world.xt.modules.settings("Organizations").matching
    assert ("name=propose", "number=link", "near_name=propose") == rules


def test_each_module_offers_what_it_can_be_matched_by(world: World) -> None:
    """No tax number of people, no address of items, and documents have no such rules."""
    described = {one.name: one for one in standard_modules()}
    offered = {}
    for sync in world.xt.modules.all():
        rows = rule_rows("", sync, described[sync.name], language("de"))
        offered[sync.name] = {value.partition(":")[0] for value, _ in rows.rules} if rows else None

    assert {"id", *RULE_WORDS} == offered["Organizations"]
    assert {"id", "name", "near_name", "email", "domain_name", "phone"} == offered["Contacts"]
    assert {"id", "number", "name", "near_name"} == offered["Products"]
    assert (None, None) == (offered["Invoices"], offered["Payments"])


def test_rules_that_cannot_be_read_are_left_as_text(world: World) -> None:
    """The page shows the text, which can be mended; an own field that is gone stays in its row."""
    world.settings("Organizations", matching=("sound=link",))
    text = browser_of(world).get(ADDRESS).text
    world.settings("Organizations", matching=("id:old_id=link",))
    gone = sent(browser_of(world).get(ADDRESS).text)

    assert read_rule("sound=link") is None
    assert 'value="sound=link"' in text
    assert 'name="match.1.rule"' not in text
    assert "id:old_id" == gone["match.1.rule"]
