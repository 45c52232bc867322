"""A log of 100,000 rows and 1,000 runs: every list, search and file asks a bounded number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from benchmarks.logs import START, row
from tests.web.test_plan import browser_of
from tests.world import World, make_world
from xtiger.model.runs import Run
from xtiger_log import search
from xtiger_log.search import PART, Search

pytestmark = pytest.mark.slow

ROWS, RUNS, AT_ONCE = 100_000, 1_000, 4_000
#: Statements of a page: its own, and those of the frame around each.
MOST = 15


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Connected, with the log on and long."""
    with make_world(tmp_path_factory.mktemp("long")) as made:
        made.xt.extensions.enable("XTLog")
        made.connect()
        connection, store = made.xt.connections.get().id, made.xt.store
        for number in range(RUNS):
            begun = START + timedelta(hours=number)
            store.save_run(
                Run(f"r{number}", connection, ("Invoices",), begun, state="done", started_by="Ann")
            )
        for first in range(0, ROWS, AT_ONCE):
            store.add_outcomes(
                replace(row(number, number * RUNS // ROWS), connection_id=connection)
                for number in range(first, first + AT_ONCE)
            )
        yield made


@pytest.fixture(scope="module")
def asked(world: World) -> list[str]:
    """The statements so far."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(world.xt.store.engine, "before_cursor_execute", note)
    return found


@pytest.fixture(scope="module")
def browser(world: World) -> FlaskClient:
    return browser_of(world)


@pytest.mark.feature("F089")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?p=2000",
        "?text=Firm+99",
        "?text=nothing-has-this",
        "?run=r500",
        "?run=r500&module=Invoices&result=failed",
        "?module=Invoices&result=held,conflict,failed",
        "?from=2026-01-20&to=2026-01-21",
        "?code=tax_unknown",
        "?by=Ann",
        "?flow=to_xero",
        "?record=77&module=Contacts&each=1&unchanged=1",
    ],
)
def test_each_list_and_search_is_bounded(
    browser: FlaskClient, asked: list[str], query: str
) -> None:
    """However many rows and runs there are, and whether anything fits."""
    asked.clear()
    answer = browser.get(f"/xt/log{query}")

    assert 200 == answer.status_code
    assert len(asked) <= MOST
    assert 4 >= sum("xt_outcome" in one or "xt_letter" in one for one in asked)


def test_a_file_asks_two_for_each_part(browser: FlaskClient, asked: list[str]) -> None:
    """A day of runs as lines of JSON: the entries, and the mails about them."""
    asked.clear()
    lines = browser.get("/xt/log/lines?from=2026-01-10&to=2026-01-19").text.splitlines()
    entries = len(lines) - 1
    parts = -(-entries // PART) + 1

    assert entries > 10 * PART
    assert len(asked) <= 3 * parts + MOST


def test_what_still_stands_is_one_statement(world: World, asked: list[str]) -> None:
    """The newest entry of each of 100,000 records, where it failed: for Sync again by cause."""
    context = world.xt.context().for_extension("XTLog")
    asked.clear()
    found = search.standing(context, Search(results=("failed",)))

    assert 1 == sum("xt_outcome" in one for one in asked)
    assert {"failed"} == {one.result for one in found}
    assert len(found) == len({(one.module, one.crm_id) for one in found})
