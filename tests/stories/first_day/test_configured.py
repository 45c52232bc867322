"""The first day's questions answered by the settings: what a person then need not be asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import flask
import pytest

from tests.stories.first_day.test_first_sync import connect
from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.errors import SettingInvalid
from xtiger.model.start_answers import Going
from xtiger.settings import load_settings
from xtiger.web import blueprint

WHOLE = {
    "XTIGER_START_FROM": "2026-06-01",
    "XTIGER_START_OPEN_BEFORE": "yes",
    "XTIGER_START_INVOICES": "draft",
    "XTIGER_START_BRING": "none",
    "XTIGER_START_GOES": "Invoices=Approved",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


def opened(world: World, **variables: str) -> XTiger:
    """Another process of the CRM, with these variables in its environment."""
    start = load_settings(variables, world.xt.settings.home).start
    return XTiger(world.host, replace(world.xt.settings, start=start), world.clock)


def test_a_new_connection_is_answered_for(world: World) -> None:
    """Nobody is asked; the plan is to be looked at, and the page shows what was answered."""
    xt = world.xt = opened(world, **WHOLE)
    connect(world)
    kept = xt.start.answers()
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt, may_configure=lambda: True))
    page = app.test_client().get("/xt/connections").text
    xt.close()

    assert (date(2026, 6, 1), True, "draft", "none") == (
        kept.from_day,
        kept.open_before,
        kept.arrive,
        kept.bring,
    )
    assert ("plan", "settings") == (kept.stage, kept.answered_by)
    assert "2026-06-01" in page
    assert "Invoices: Approved" in page
    assert "answered by settings" in page


def test_one_that_waits_for_its_answers_gets_them_at_the_next_start(world: World) -> None:
    """A person's later answer stays, whatever the settings say."""
    connect(world)
    asked = world.xt.start.answers().stage
    first = opened(world, **WHOLE)
    answered, going = first.start.answers(), first.start.going()
    first.start.answer(replace(answered, bring="all"), "Ruth")
    first.close()
    second = opened(world, **WHOLE)
    kept = second.start.answers()
    second.close()

    assert ("asked", "plan") == (asked, answered.stage)
    assert Going("status", {"Invoices": ("Approved",)}) == going
    assert ("all", "Ruth") == (kept.bring, kept.answered_by)


def test_what_they_leave_open_is_asked(world: World) -> None:
    """Theirs stands in the place of what is proposed; nothing goes before the rest is answered."""
    connect(world)
    xt = opened(world, XTIGER_START_FROM="all", XTIGER_START_BRING="all")
    kept = xt.start.answers()
    xt.close()

    assert ("asked", None, "all", "draft") == (kept.stage, kept.from_day, kept.bring, kept.arrive)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("Invoices=Nosuch", "XTIGER_START_GOES names the status 'Nosuch' of Invoices"),
        ("Nosuch=Sent", "XTIGER_START_GOES names the module 'Nosuch'"),
    ],
)
def test_a_status_that_there_is_not_is_named(world: World, value: str, sentence: str) -> None:
    """With those that there are."""
    connect(world)
    with pytest.raises(SettingInvalid) as refused:
        opened(world, **{**WHOLE, "XTIGER_START_GOES": value})

    assert sentence in str(refused.value)
    assert "Approved" in str(refused.value) or "Invoices" in str(refused.value)
