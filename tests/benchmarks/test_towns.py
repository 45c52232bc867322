"""The larger measurements run: planning and pulling in a small town, and three processes' pace."""

from __future__ import annotations

from pathlib import Path

from benchmarks.pace import measure
from benchmarks.syncs import steps
from benchmarks.town import make_town


def test_every_step_takes_a_time() -> None:
    """Each names what it did, with how many records, its seconds and those of json.loads."""
    taken = list(steps(3))

    assert [3, 3, 3, 3] == [one.records for one in taken]
    assert all(one.seconds > 0 and one.json_seconds > 0 for one in taken)
    assert 4 == len({one.name for one in taken})


def test_nothing_is_to_be_done_in_a_town(tmp_path: Path) -> None:
    """Its records are linked and equal, so a plan that reads all afresh finds them unchanged."""
    with make_town(tmp_path, 5) as town:
        town.world.wait()
        plan = town.world.xt.plan(("Organizations",), full=True)
        unchanged = [item for item in plan.items if item.result == "unchanged"]

    assert ((), 5) == (plan.actions, len(unchanged))


def test_changed_contacts_come_into_the_crm(tmp_path: Path) -> None:
    """What the pull measures is a pull: each changed contact is written."""
    with make_town(tmp_path, 5) as town:
        town.world.wait()
        town.http.changed["Contacts"] = town.contacts(EmailAddress="new@example.com")
        run = town.world.xt.sync(())

    assert 5 == run.counts["Organizations"]["updated"]


def test_processes_share_a_minute() -> None:
    """In a second of the wall clock none is refused."""
    calls, refused, _ = measure(1)

    assert (True, 0) == (calls > 0, refused)
