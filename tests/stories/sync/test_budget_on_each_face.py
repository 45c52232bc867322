"""The budget of calls and of bytes as people meet it: in a terminal, on a page and in a mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import commands_on
from tests.stories.sync.people import organisation
from tests.web.test_plan import browser_of, text
from tests.world import World, make_world
from xtiger.errors import CallsKept
from xtiger.model.mailing.recipients import Recipient
from xtiger.sandbox import Limits


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


@pytest.mark.feature("O12")
def test_a_day_that_runs_out_is_said_everywhere(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A big sync stops before the last call and Xero refuses none: the overview says when it goes
    on, command and mail what it took, and a customer that a person saves still goes.
    """
    typed = commands_on(world, monkeypatch, capsys)
    world.wait(90_000)
    for number in range(300):
        organisation(world, f"Firm {number:03}")
    world.sandbox.apps.limits = Limits(day=14)
    with pytest.raises(CallsKept):
        world.sync("Organizations", "Products")
    kea = organisation(world, "Kea")
    (sent,) = world.xt.sync.records("Organizations", [kea])
    over = text(browser_of(world).get("/xt/").text)
    calls = typed("calls").out
    preview = world.xt.mails.preview(Recipient(address="boss@crm.example")).text

    assert "created" == sent.result
    assert "goes on in about" in over
    assert "the Starter tier" in calls
    assert [] == [call for call in world.sandbox.calls() if call.status == 429]
    assert "calls, " in preview


@pytest.mark.feature("O18")
def test_what_a_week_cost_is_in_the_report(world: World) -> None:
    """Calls and megabytes of the time of the report, as the list of calls has them."""
    recipient = Recipient(address="boss@crm.example")
    for number in range(30):
        organisation(world, f"Firm {number:03}")
    world.sync()
    world.wait()
    kept = world.xt.store.worked(
        world.xt.connections.get().id, world.clock.now().replace(hour=0), world.clock.now()
    )
    preview = world.xt.mails.preview(recipient).text

    assert kept.calls == world.calls()
    assert f"Asked of Xero: {kept.calls} calls, 0.1 MB" in preview
    assert 0 < kept.received_bytes < 100_000
