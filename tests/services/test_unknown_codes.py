"""A reason that this release does not know: what each face says of it, and what ends it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import flask
import pytest

from tests.services.conftest import Command
from tests.world import World
from xtiger.model.plans import Cause
from xtiger.web import blueprint

ODD = "of_another_release"
SAID = f"Another release of XTiger gave the reason: {ODD}."
SAVE = "Save the record again: the next sync looks at it once more."


@pytest.fixture
def held(world: World) -> str:
    """The id of an organisation that waits for a reason which another release booked."""
    world.xt.extensions.enable("XTLog")
    crm_id = world.host.create("Organizations", {"accountname": "Kea", "email1": "no address"})
    world.sync("Organizations")
    last = world.outcome("Organizations", crm_id)
    assert last.result == "held"
    world.xt.store.add_outcomes([replace(last, cause=Cause.of_store(ODD, {"odd": 1}))])
    return crm_id


def test_a_program_reads_the_code_and_a_sentence(world: World, held: str) -> None:
    """The API gives both, as for a code that is known."""
    last = world.outcome("Organizations", held)

    assert last.cause is not None
    assert ODD == last.cause.code
    assert (SAID, SAVE) == world.xt.sentences.cause(last.cause, "data", last)
    assert [(ODD, SAID, SAVE)] == world.xt.sentences.reasons(last.cause, "data", last)


def test_pages_and_panel_say_it(world: World, held: str) -> None:
    """What needs somebody, the log and the record's panel, with a step and without a command."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    browser = app.test_client()
    panel = world.xt.panel("Organizations", held)
    pages = [browser.get(f"/xt/{name}").text for name in ("needs", "log")]
    shown = [" ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split()) for page in pages]

    assert [(SAID, SAVE, ODD)] == [(one.text, one.fix, one.code) for one in panel.messages]
    assert [True, True] == [SAID in page for page in shown]
    assert SAVE in shown[0]


def test_commands_say_it_to_people_and_to_scripts(held: str, xtiger: Command) -> None:
    """One entry of the log, and the log as JSON with the code beside the sentence."""
    rows = json.loads(xtiger("log", "--json").out)["entries"]
    entry = xtiger("log", "show", str(rows[0]["id"])).out

    assert SAID in " ".join(entry.split())
    assert (ODD, SAID) in [(one["code"], one["sentence"]) for one in rows]


def test_what_each_face_says_to_do_ends_it(world: World, held: str, xtiger: Command) -> None:
    """The command looks at all again, and so does a sync once the record is saved."""
    last = world.outcome("Organizations", held)
    _said, cure = world.xt.sentences.cause(last.cause, "command", last)
    typed = cure.partition(": xtiger ")[2].split()
    world.wait()
    assert 0 == xtiger(*typed).code
    again = world.outcome("Organizations", held)
    world.xt.store.add_outcomes([last])
    world.host.edit("Organizations", held, phone="123")
    world.sync("Organizations")
    saved = world.outcome("Organizations", held)

    assert ["sync", "Organizations", "--full"] == typed
    assert ["email_invalid"] * 2 == [one.cause.code for one in (again, saved) if one.cause]
