"""The larger measurements run: planning and pulling in a small town, and three processes' pace."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.pace import measure
from benchmarks.syncs import steps
from benchmarks.town import make_town
from tests.db.samples import counted

_VERB_AND_TABLE = re.compile(r"^[A-Z]+|xt_[a-z_]+")


def test_every_step_takes_a_time() -> None:
    """Each names what it did, with how many records, its seconds and those of json.loads."""
    taken = list(steps(3))

    assert [3] * 5 == [one.records for one in taken]
    assert all(one.seconds > one.crm_seconds > 0 and one.json_seconds > 0 for one in taken)
    assert 5 == len({one.name for one in taken})


def test_nothing_is_to_be_done_in_a_town(tmp_path: Path) -> None:
    """Its records are linked and equal, so a plan that reads all afresh finds them unchanged."""
    with make_town(tmp_path, 5) as town:
        town.world.wait()
        plan = town.world.xt.sync.plan(("Organizations",), full=True)
        unchanged = [item for item in plan.items if item.result == "unchanged"]

    assert ((), 5) == (plan.actions, len(unchanged))


def test_changed_contacts_come_into_the_crm(tmp_path: Path) -> None:
    """What the pull measures is a pull: each changed contact is written."""
    with make_town(tmp_path, 5) as town:
        town.world.wait()
        town.http.changed["Contacts"] = town.contacts(EmailAddress="new@example.com")
        run = town.world.xt.sync.run(())

    assert 5 == run.counts["Organizations"]["updated"]


def _asked(home: Path, size: int) -> dict[str, Counter[str]]:
    """What each step asks of the store's database in a town of this size, by verb and table."""
    found: dict[str, Counter[str]] = {}
    home.mkdir()
    with make_town(home, size) as town:
        xt, changed = town.world.xt, town.http.changed

        def step(name: str, work: Callable[[], object]) -> None:
            town.world.wait(180)
            with counted(xt.store.engine) as sent:
                work()
            found[name] = Counter(" ".join(_VERB_AND_TABLE.findall(text)[:2]) for text in sent)

        step("plan afresh", lambda: xt.sync.plan((), full=True))
        changed["Contacts"] = town.contacts(EmailAddress="new@example.com")
        step("changed contacts", lambda: xt.sync.run(()))
        changed["Invoices"] = town.invoices(size)
        step("new invoices", lambda: xt.sync.run(()))
        changed["Invoices"] = town.invoices(size, "More work")
        step("changed invoices", lambda: xt.sync.run(()))
    return found


def test_the_store_is_asked_by_batch_and_not_by_record(tmp_path: Path) -> None:
    """Twenty records more cost no statement more, but for one each that makes a new link.

    Both towns change more records than the brake lets pass unweighed.
    """
    few, many = _asked(tmp_path / "few", 13), _asked(tmp_path / "many", 33)

    more = {step: dict(many[step] - few[step]) for step in few}
    assert {
        "plan afresh": {},
        "changed contacts": {},
        "new invoices": {"INSERT xt_link": 20},
        "changed invoices": {},
    } == more


def test_what_is_judged_is_let_go(tmp_path: Path) -> None:
    """A plan keeps of an unchanged record neither values nor what it was judged by."""
    with make_town(tmp_path, 3) as town:
        town.world.wait()
        items = town.world.xt.sync.plan(("Organizations",), full=True).items

    unchanged = [item for item in items if item.result == "unchanged"]
    assert [({}, {})] * 3 == [(item.crm_values, item.xero_values) for item in unchanged]


def test_processes_share_a_minute() -> None:
    """In a second of the wall clock none is refused."""
    calls, refused, _ = measure(1)

    assert (True, 0) == (calls > 0, refused)
