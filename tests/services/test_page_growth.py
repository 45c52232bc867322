"""What a page asks of the database stays the same however many records there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.world import make_world
from xtiger.hookspecs import PageRequest
from xtiger.model.records import Ref


def _statements(home: Path, count: int) -> dict[str, int]:
    """Page → statements of the store, with so many records synced, logged and queued."""
    home.mkdir()
    asked: list[str] = []
    with make_world(home) as world:
        for name in ("XTLog", "XTQueue"):
            world.xt.extensions.enable(name)
        world.connect()
        ids = [
            world.host.create("Organizations", {"accountname": f"Kea {number}"})
            for number in range(count)
        ]
        world.sync()
        world.xt.panels.press("queue", [Ref("Organizations", one) for one in ids])

        def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            asked.append(statement)

        event.listen(world.xt.store.engine, "before_cursor_execute", note)
        found = {}
        for name in ("log", "queue"):
            asked.clear()
            assert min(count, 50) <= len(world.xt.page(PageRequest(page=name, query={})).rows)
            found[name] = len(asked)
        asked.clear()
        world.xt.panel("Organizations", ids[0])
        found["panel"] = len(asked)
        asked.clear()
        assert count == len(world.xt.module_list("Organizations", ids).marks)
        return found | {"list": len(asked)}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """What the pages cost with ten records."""
    return _statements(tmp_path_factory.mktemp("few") / "home", 10)


def test_log_queue_panel_and_list_ask_no_more_of_many_records(
    tmp_path: Path, few: dict[str, int]
) -> None:
    """Log, queue, a panel and a module's list: as many statements with 10 records as with 100."""
    assert few == _statements(tmp_path / "home", 100)


def _per_job(home: Path, count: int) -> float:
    """Statements of the store per job, when so many wait and one tick sends them all."""
    home.mkdir()
    asked: list[str] = []
    with make_world(home) as world:
        world.xt.extensions.enable("XTQueue")
        world.connect()
        world.sync()
        for number in range(count):
            world.host.create("Organizations", {"accountname": f"Kea {number}"})
        world.wait(5)

        def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            asked.append(statement)

        event.listen(world.xt.store.engine, "before_cursor_execute", note)
        world.xt.tick()
        assert count == len(world.xero("Contacts"))
        return len(asked) / count


def test_a_queued_record_costs_the_same_among_many(tmp_path: Path) -> None:
    """First push by the queue: no more statements for each of 200 than for each of 50."""
    few, many = (_per_job(tmp_path / str(count), count) for count in (50, 200))

    assert many <= few * 1.05
