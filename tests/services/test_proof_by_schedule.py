"""The proof by schedule on a whole library: what it sees, and where people read it."""

from __future__ import annotations

import json
import logging

import pytest
from flask import Flask

from tests.stories.cures.telling import enter
from tests.stories.sync.people import organisation, product
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import World
from xtiger.web import blueprint


def _night(world: World) -> None:
    """A day goes by, and some worker comes."""
    world.wait(24 * 3_600)
    world.xt.tick()


def _writes(world: World) -> int:
    calls = [call for call in world.sandbox.calls() if call.path.startswith("/api.xro")]
    return len([call for call in calls if call.method != "GET"])


def _overview(world: World) -> str:
    app = Flask(__name__)
    app.secret_key = "a test"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    return app.test_client().get("/xt/").get_data(as_text=True)


@pytest.fixture
def proved(world: World) -> World:
    """One organisation and one item on both sides, and a proof at three each night."""
    world.xt.extensions.enable("XTLog")
    world.xt.extensions.enable("XTQueue")
    organisation(world, "Acme")
    product(world, "P1")
    world.sync()
    enter(world, "queue", "schedule", "set", "all", "0 3 * * *", "--proof")
    return world


def test_a_night_in_agreement_is_told(
    proved: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """One run that changed nothing: in the log, in the list of runs and on the overview page."""
    before = _writes(proved)
    with caplog.at_level(logging.INFO, "xtiger_log"):
        _night(proved)
    run = proved.xt.sync.runs(1)[0]
    enter(proved, "runs")

    said = capsys.readouterr().out
    assert ("proof", "agreed", "") == (run.trigger, run.state, run.error)
    assert before == _writes(proved)
    assert any("ended agreed" in line for line in caplog.messages)
    assert "Both sides agree: 2 records, 0 differences." in said
    assert "Both sides agree: 2 records, 0 differences." in _overview(proved)


def test_an_item_deleted_in_xero_is_seen_at_night(
    proved: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """No feed tells of it: the proof does, the next sync books it, and the next night agrees."""
    (goods,) = proved.host.all("Products")
    removed_from_the_sandbox(proved, "Items", proved.xero_id("Products", goods.ref.id))
    _night(proved)
    found = proved.xt.sync.runs(1)[0]
    capsys.readouterr()
    enter(proved, "queue", "schedule", "list", "--json")
    listed = json.loads(capsys.readouterr().out)["schedules"]
    page = _overview(proved)

    assert ("differs", {"agreed": 0, "differs": 1}) == (found.state, found.counts["Products"])
    assert ["1 difference between the CRM and Xero. List them: xtiger reconcile"] == [
        one["sentence"] for one in listed
    ]
    assert "1 difference between the CRM and Xero.</a>" in page
    proved.sync()
    enter(proved, "conflicts", "solve", "Products", goods.ref.id, "--keep", "crm")
    proved.sync()
    _night(proved)

    assert "agreed" == proved.xt.sync.runs(1)[0].state


def test_a_proof_stands_beside_the_sync(proved: World) -> None:
    """Both due in one tick: the sync first, so that what it brings is no difference."""
    enter(proved, "queue", "schedule", "set", "all", "1h")
    proved.sandbox.add("Contacts", {"Name": "Tui"})
    _night(proved)

    assert [("proof", "agreed"), ("schedule", "done")] == [
        (run.trigger, run.state) for run in proved.xt.sync.runs(2)
    ]
