"""A day's calls run out in the middle of a sync: it stops, says when it goes on, and goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World, make_world
from xtiger.errors import CallsKept
from xtiger.sandbox import Limits

RECORDS = 300


def _limited(world: World, calls: int) -> None:
    """From here on Xero allows so many calls a day."""
    world.sandbox.apps.limits = Limits(day=calls)


def _names(world: World) -> list[str]:
    return sorted(str(row["Name"]) for row in world.xero("Contacts"))


@pytest.mark.feature("F122")
@pytest.mark.feature("O12")
def test_a_sync_goes_on_the_next_day(tmp_path: Path) -> None:
    """Of 300 new organisations a first sync sends what its share of 14 calls carries. It is booked
    as stopped with the hour at which it goes on, Xero refuses nothing, a person may still copy a
    record, and the next day the rest follows: none is missed, none doubled.
    """
    with make_world(tmp_path) as world:
        world.connect()
        world.wait(90_000)
        ids = [
            world.host.create("Organizations", {"accountname": f"N {n:03}", "account_no": f"{n}"})
            for n in range(RECORDS)
        ]
        _limited(world, 14)
        with pytest.raises(CallsKept) as caught:
            world.sync("Organizations", "Products")
        first = world.xt.sync.runs(1)[0]
        sent = len(_names(world))
        waiting = next(i for i in ids if not world.xt.sync.outcomes(crm_id=i, results=["created"]))
        copied = world.xt.sync.records("Organizations", [waiting])
        refused = [call for call in world.sandbox.calls() if call.status == 429]
        world.wait(caught.value.retry_after_seconds)
        second = world.sync("Organizations", "Products")

        assert ("stopped", True, ["created"], [], "done") == (
            first.state,
            0 < sent < RECORDS,
            [one.result for one in copied],
            refused,
            second.state,
        )
        assert (
            "kept for what people save. Nothing is lost; the work goes on in about" in first.error
        )
        assert [f"N {n:03}" for n in range(RECORDS)] == _names(world)
