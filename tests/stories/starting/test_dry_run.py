"""A dry run: the command shows what a sync would do, and changes nothing anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_first_link import contact
from tests.world import World, connected_world
from xtiger.cli.root import run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.mark.feature("F135")
def test_a_plan_of_the_command_line_says_what_the_sync_then_does(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts by module, on both sides; only read from Xero, written nowhere, until the sync."""
    monkeypatch.setattr(world.xt, "close", lambda: None)
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }
    kea = organisation(world, "Kea")
    invoice(world, "I-1", kea, [line("10", account="200")])
    contact(world, "Tui Ltd")
    world.wait()

    def typed(*arguments: str) -> str:
        assert 0 == run(arguments, environment, lambda _host, _settings: world.xt)
        return capsys.readouterr().out

    before = (world.host.all("Organizations"), world.xero("Contacts"), world.xero("Invoices"))
    text = typed("plan")
    planned = json.loads(typed("plan", "--json"))
    after = (world.host.all("Organizations"), world.xero("Contacts"), world.xero("Invoices"))
    written = [one.method for one in world.sandbox.calls() if one.path.startswith("/api.xro")]
    ran = json.loads(typed("sync", "--json"))

    assert before == after
    assert {"GET"} == set(written)
    assert ("Organizations" in text, "Invoices" in text) == (True, True)
    assert 3 == sum(one.get("verb") == "create" for one in planned["items"])
    assert {"Organizations": {"created": 2}, "Invoices": {"created": 1}} == ran["run"]["outcomes"]
