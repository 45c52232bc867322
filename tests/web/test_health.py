"""The address for load balancers: a word and a status, whatever the browser is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from tests.commands import commands_on
from tests.stories.mailing.conftest import opened_again
from tests.world import World, make_world
from xtiger.errors import StoreAway
from xtiger.web import blueprint

ADDRESS = "/modules/XTiger/health"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


def asked(world: World, query: str = "") -> tuple[int, str]:
    """What a load balancer gets."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt))
    answer = app.test_client().get(f"{ADDRESS}{query}")

    assert "Set-Cookie" not in answer.headers
    return answer.status_code, answer.text


def test_a_balancer_reads_one_word(world: World) -> None:
    """Nobody need log in, and nothing of anybody stands in it; the worker only where asked."""
    idle = [asked(world), asked(world, "?worker=1")]
    world.xt.tick()
    busy = asked(world, "?worker=1")
    world.wait(1_000)
    silent = asked(world, "?worker=1")

    assert [(200, "ok\n"), (503, "not ok\n")] == idle
    assert [(200, "ok\n"), (503, "not ok\n")] == [busy, silent]


def test_without_a_database_it_is_not_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server takes no more requests then."""
    opened_again(world)

    def away(*_: object) -> None:
        raise StoreAway("postgresql://db", "it does not answer")

    monkeypatch.setattr(type(world.xt.store), "all_connections", away)

    assert (503, "not ok\n") == asked(world)
    assert world.xt.health().is_well is False


def test_the_command_ends_with_3_while_nothing_does_what_is_due(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, and as numbers for a program."""
    typed = commands_on(world, monkeypatch, capsys)
    idle = typed("health")
    world.xt.tick()
    busy = typed("health")
    told = typed("health", "--json")

    assert (3, True) == (idle.code, idle.out.startswith("▲ not well\n"))
    assert "Something last did what was due: never." in idle.out
    assert (0, True) == (busy.code, busy.out.startswith("✓ well\n"))
    assert "1 connected, 0 ended." in busy.out
    assert (0, True, 1) == (told.code, told.json["well"], told.json["connected"])


def test_what_watches_a_server_reads_json(world: World) -> None:
    """Counts and a moment, and no name."""
    world.xt.tick()
    found = world.xt.health()

    assert (True, True, 1, 0) == (found.is_well, found.is_run, found.connected, found.ended)
    assert "Empty Trading" not in json.dumps(repr(found))
