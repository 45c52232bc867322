"""20,000 jobs and 1,000 runs: each list and search asks a fixed number of things of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.commands import commands_on
from tests.world import World, connected_world
from xtiger.hookspecs import PageRequest
from xtiger.model.records import Ref
from xtiger.model.runs import Run
from xtiger_queue import store

#: Statements of one page, at most.
MOST = 10
MODULES = ("Organizations", "Contacts", "Products", "Services", "Invoices", "Payments")

Asked = Callable[[Callable[[], object]], int]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A queue of an import, and the runs of a year."""
    folder: Path = tmp_path_factory.mktemp("large")
    with connected_world(folder) as made:
        for name in ("XTLog", "XTQueue"):
            made.xt.extensions.enable(name)
        context, one = made.xt.context(), made.xt.connections.get()
        # All modules on each page: what is asked for by module is asked for often.
        refs = [Ref(MODULES[n % len(MODULES)], str(n)) for n in range(20_000)]
        with store.begin(context) as db:
            for reason in ("save", "person"):
                asked = refs if reason == "save" else refs[:2_000]
                store.enqueue(db, context.tenant, one.id, asked, reason, made.clock.now())
        with made.xt.store.transaction():
            for number in range(1_000):
                at = made.clock.now() - timedelta(minutes=10 * number)
                made.xt.store.save_run(
                    Run(f"r{number}", one.id, MODULES, at, "schedule", at, "done")
                )
        yield made


@pytest.fixture
def asked(world: World) -> Iterator[Asked]:
    """How many statements of the store a call takes."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    def count(call: Callable[[], object]) -> int:
        found.clear()
        call()
        return len(found)

    event.listen(world.xt.store.engine, "before_cursor_execute", note)
    yield count
    event.remove(world.xt.store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "waiting"},
        {"state": "held"},
        {"state": "done"},
        {"module": "Invoices"},
        {"module": "Payments", "state": "waiting", "from": "2020-01-01", "to": "2030-01-01"},
    ],
)
@pytest.mark.parametrize("number", [1, 300])
@pytest.mark.feature("F094")
def test_each_search_of_the_queue_takes_few_statements(
    world: World, asked: Asked, query: dict[str, str], number: int
) -> None:
    """On its first page and deep inside."""
    request = PageRequest("queue", query, number=number)

    assert asked(lambda: world.xt.page(request)) <= MOST


@pytest.mark.parametrize("query", [{}, {"module": "Invoices"}])
def test_the_list_of_runs_takes_few_statements(
    world: World, asked: Asked, query: dict[str, str]
) -> None:
    """Of a year."""
    assert asked(lambda: world.xt.page(PageRequest("runs", query))) <= MOST
    assert asked(lambda: world.xt.sync.runs(1_000)) <= MOST


@pytest.mark.parametrize(
    "words",
    [
        ("queue", "list"),
        ("queue", "list", "--limit", "200"),
        ("queue", "list", "--module", "Invoices", "--state", "waiting"),
        ("queue", "channel", "list"),
        ("queue", "doctor"),
        ("runs",),
    ],
)
def test_each_list_of_the_command_line_takes_few_statements(
    world: World,
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    """A hundred rows of twenty thousand."""
    typed = commands_on(world, monkeypatch, capsys)

    assert asked(lambda: typed(*words, "--json")) <= MOST
