"""A dry run: the command shows what a sync would do, and changes nothing anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import commands_on
from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_first_link import contact
from tests.world import World, connected_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.mark.feature("F135")
def test_a_plan_of_the_command_line_says_what_the_sync_then_does(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts by module, on both sides; only read from Xero, written nowhere, until the sync."""
    typed = commands_on(world, monkeypatch, capsys)
    kea = organisation(world, "Kea")
    invoice(world, "I-1", kea, [line("10", account="200")])
    contact(world, "Tui Ltd")
    world.wait()

    before = (world.host.all("Organizations"), world.xero("Contacts"), world.xero("Invoices"))
    text = typed("plan").out
    planned = typed("plan", "--json").json
    after = (world.host.all("Organizations"), world.xero("Contacts"), world.xero("Invoices"))
    written = [one.method for one in world.sandbox.calls() if one.path.startswith("/api.xro")]
    ran = typed("sync", "--json").json

    assert before == after
    assert {"GET"} == set(written)
    assert ("Organizations" in text, "Invoices" in text) == (True, True)
    assert 3 == sum(one.get("verb") == "create" for one in planned["items"])
    assert {"Organizations": {"created": 2}, "Invoices": {"created": 1}} == ran["run"]["outcomes"]
