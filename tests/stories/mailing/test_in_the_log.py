"""What the log says of the mails that told of its entries, and its files of any length."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.cli.conftest import Ended
from tests.commands import commands_on
from tests.stories.mailing.conftest import BOSS, Postbox
from tests.stories.mailing.test_reports import monday, synced
from tests.web.test_plan import browser_of, text
from tests.world import World
from xtiger.model.mailing.recipients import Recipient

Typed = Callable[..., Ended]


@pytest.fixture
def typed(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Commands on this world."""
    return commands_on(world, monkeypatch, capsys)


@pytest.fixture
def browser(world: World) -> FlaskClient:
    """A browser of a person who may see the pages."""
    world.xt.extensions.enable("XTLog")
    return browser_of(world)


@pytest.mark.feature("F093", "F088")
def test_an_entry_says_who_was_mailed_about_it(
    browser: FlaskClient, world: World, postbox: Postbox, typed: Typed
) -> None:
    """Nobody, then one refused and one sent; on the page, in files, in JSON and in the library."""
    world.xt.tick()
    world.xt.mails.save(Recipient(address="books@crm.example", every="at_once"))
    world.wait()
    synced(world)
    before = text(browser.get("/xt/log").text)
    postbox.refusals = ["550 nobody"]
    world.xt.tick()
    monday(world)
    world.xt.tick()
    page = text(browser.get("/xt/log").text)
    rows = list(csv.DictReader(io.StringIO(browser.get("/xt/log/csv").text.lstrip("\ufeff"))))
    first = browser.get("/xt/log/lines?module=Organizations").text.splitlines()
    lines = [json.loads(line) for line in first]
    shown = typed("log", "show", str(lines[0]["id"]), "--json").json
    (aroha,) = [one for one in world.xt.sync.outcomes() if one.module == "Organizations"]

    said = {BOSS: "sent", "books@crm.example": "refused"}
    assert "books@crm.example" not in before
    assert "Changed last" not in before
    assert f"{BOSS}: sent" in page
    assert "Changed last: 23 Nov 2026" in page
    for found in (lines[0], shown):
        assert said == {one["address"]: one["state"] for one in found["mails"]}
        assert found["created_at"] < found["changed_at"]
    (row,) = [one for one in rows if one["Module"] == "Organizations"]
    assert {f"{address}: {state}" for address, state in said.items()} == set(
        row["Mail"].split("; ")
    )
    assert row["When"] < row["Changed last"]
    assert aroha.id is not None
    assert said == {one.address: one.state for one in world.xt.mails.of([aroha])[aroha.id]}


@pytest.mark.feature("F087")
def test_a_file_of_the_page_is_whole_and_sealed(
    browser: FlaskClient, world: World, typed: Typed, tmp_path: Path
) -> None:
    """More entries than fit into one part: each is there once, and a changed line is found."""
    for number in range(1_101):
        world.host.create("Organizations", {"accountname": f"Customer {number:04}"})
    world.sync()
    world.xt.tick()
    answer = browser.get("/xt/log/lines")
    lines = answer.text.splitlines()
    rows = list(csv.DictReader(io.StringIO(browser.get("/xt/log/csv").text.lstrip("\ufeff"))))
    kept = tmp_path / "log.jsonl"
    kept.write_text(answer.text, encoding="utf-8")
    verified = typed("log", "verify", str(kept))
    kept.write_text(answer.text.replace("Customer 0007", "Customer 0008"), encoding="utf-8")
    forged = typed("log", "verify", str(kept))

    names = {f"Customer {number:04}" for number in range(1_101)}
    # A server sends it part by part.
    assert "Content-Length" not in answer.headers
    assert names == {json.loads(line)["record"] for line in lines[:-1]}
    assert names == {row["Record"] for row in rows}
    assert len(names) == len(rows) == len(lines) - 1
    assert 0 == verified.code
    assert "was changed: record" in forged.err


def test_a_wrong_search_gives_no_file_and_says_why(browser: FlaskClient) -> None:
    """On the page, above the table; a page without such a file has none."""
    answer = browser.get("/xt/log/lines?from=soon", follow_redirects=True)

    assert "is no day" in answer.text
    assert 404 == browser.get("/xt/runs/lines").status_code
