"""The page of privacy: found, downloaded, erased by a typed name, and released again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation
from tests.web.test_connections_page import browser_of, said
from tests.world import World, connected_world
from xtiger.ports.stop_signal import NO_STOP
from xtiger.services.syncing.sides import silent

PAGE = "/xt/privacy"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two customers on both sides."""
    with connected_world(tmp_path) as made:
        organisation(made, "Ann Lee", email1="ann@lee.example")
        organisation(made, "Bo Rae")
        made.sync()
        yield made


@pytest.mark.feature("O19")
def test_a_person_is_found_downloaded_erased_and_released(world: World) -> None:
    """Another name erases nothing; a second press of the old page says so."""
    browser = browser_of(world)
    page = browser.get(f"{PAGE}?person=ann")
    file = browser.get(f"{PAGE}/person.json?person=Organizations:1")
    asked = browser.get(f"{PAGE}/erase?person=Organizations:1")
    form = {"person": "Organizations:1"}
    wrong = browser.post(f"{PAGE}/erase", data={**form, "name": "Bo Rae"}, headers=OWN)
    done = browser.post(f"{PAGE}/erase", data={**form, "name": "ann lee"}, headers=OWN)
    after, (mark,) = said(browser.get(PAGE)), world.xt.privacy.marks()
    posts = [browser.post(f"{PAGE}/release", data={"mark": mark.id}, headers=OWN) for _ in range(2)]

    assert "The log: each record's name" in said(page)
    assert ("Ann Lee" in said(page), "Bo Rae" in said(page)) == (True, False)
    assert "Ann Lee" == json.loads(file.text)["export"]["person"]["name"]
    assert "Erase Ann Lee?" in said(asked)
    assert (422, 303) == (wrong.status_code, done.status_code)
    assert "Erased." in after
    assert [303, 303] == [one.status_code for one in posts]
    assert "It was released already." in said(browser.get(PAGE))
    assert [] == world.xt.privacy.marks()


def test_who_is_not_stored_has_no_page(world: World) -> None:
    """The search says so, the file is none, and erasing leads back."""
    browser = browser_of(world)
    found = said(browser.get(f"{PAGE}?person=nobody@x.example"))
    file = browser.get(f"{PAGE}/person.json?person=nobody@x.example")
    erase = browser.get(f"{PAGE}/erase?person=nobody@x.example")

    assert "Nothing is stored of such a person." in found
    assert (404, 303) == (file.status_code, erase.status_code)


def test_while_a_sync_runs_nothing_is_erased(world: World) -> None:
    """The page says when to try again, and the name typed is not lost with the person."""
    connection = world.xt.connections.get()
    with world.xt._parts.runs.alone(connection, "a run", silent, NO_STOP):
        answer = browser_of(world).post(
            f"{PAGE}/erase", data={"person": "Organizations:1", "name": "Ann Lee"}, headers=OWN
        )

    assert 422 == answer.status_code
    assert "Ann Lee" in said(answer)
    assert [] == world.xt.privacy.marks()
