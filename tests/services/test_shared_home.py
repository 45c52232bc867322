"""Two CRMs on one home: before anything is linked it is said, afterwards the other is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.errors import OtherCrm
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.web import blueprint

SENTENCE = "Two CRMs share the folder that XTiger keeps its data in"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


def page(xt: XTiger) -> str:
    """The page of connections."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(xt, may_read=lambda: True))
    return app.test_client().get("/xt/connections").text


def test_another_crm_that_takes_a_turn_is_told_of(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """On the page and in the log; for a week, and not where one CRM is alone."""
    world.plan()
    before = SENTENCE in page(world.xt)
    other = XTiger(
        MemoryHost(modules=standard_modules(), clock=world.clock), world.xt.settings, world.clock
    )
    world.wait()
    other.sync.plan()
    other.close()
    after = SENTENCE in page(world.xt)
    world.wait(8 * 24 * 3600)

    assert (False, True, False) == (before, after, SENTENCE in page(world.xt))
    assert "XTIGER_PROJECT" in caplog.text


def test_once_something_is_linked_the_other_is_refused(world: World) -> None:
    """Before it reads or writes anything."""
    world.host.create("Organizations", {"accountname": "Kea Books"})
    world.sync()
    other = XTiger(
        MemoryHost(modules=standard_modules(), clock=world.clock), world.xt.settings, world.clock
    )
    with pytest.raises(OtherCrm):
        other.sync.plan()
    other.close()
