"""Extensions of a running library: what switching and removing them leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.world import World
from xtiger.app import XTiger
from xtiger.errors import BrokenHost, ExtensionRefused, StoreUnavailable
from xtiger.hosts.memory import MemoryHost
from xtiger.model.records import Ref
from xtiger.services.loading import Loading
from xtiger_queue.tables import job_table


def _jobs(world: World) -> list[str]:
    with world.xt.store.database.reading() as db:
        return [row.crm_id for row in db.execute(job_table.select())]


@pytest.mark.feature("F012")
def test_removing_an_extension_leaves_records_and_data(world: World) -> None:
    """CRM, Xero, links and even the queue's own rows are what they were."""
    world.xt.extensions.enable("XTQueue")
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.sync("Organizations")
    world.xt.panels.press("queue", [Ref("Organizations", kea)])
    before = (world.host.all("Organizations"), world.xero("Contacts"), _jobs(world))
    link = world.xero_id("Organizations", kea)
    world.xt.extensions.uninstall("XTQueue")

    assert before == (world.host.all("Organizations"), world.xero("Contacts"), _jobs(world))
    assert link == world.xero_id("Organizations", kea)


def test_what_came_back_goes_on_with_its_work(world: World) -> None:
    """Removed and enabled again, the queue still has its job."""
    world.xt.extensions.enable("XTQueue")
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.xt.panels.press("queue", [Ref("Organizations", kea)])
    world.xt.extensions.uninstall("XTQueue")
    world.xt.extensions.enable("XTQueue")
    world.wait(3)
    world.xt.tick()

    assert [] == _jobs(world)
    assert 1 == len(world.xero("Contacts"))


def test_a_purge_writes_the_file_first(world: World, tmp_path: Path) -> None:
    """The queue's rows are in the file, and its table is gone."""
    world.xt.extensions.enable("XTQueue")
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.xt.panels.press("queue", [Ref("Organizations", kea)])
    target = tmp_path / "queue.json"
    world.xt.extensions.uninstall("XTQueue", purge=True, export_to=target)

    assert f'"{kea}"' in target.read_text(encoding="utf-8")
    assert [] == [t for t in _tables(world) if t == job_table.name]


def _tables(world: World) -> list[str]:
    with world.xt.store.database.reading() as db:
        found = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [row[0] for row in found]


def test_the_core_cannot_be_disabled_under_the_others(world: World) -> None:
    """The sentence names who needs it."""
    world.xt.extensions.enable("XTQueue")

    with pytest.raises(ExtensionRefused, match="XTQueue"):
        world.xt.extensions.disable("XTiger")


def test_safe_mode_opens_with_the_core_only(world: World) -> None:
    """A way out when an extension is the trouble."""
    world.xt.extensions.enable("XTQueue")
    with_core = replace(world.xt.settings, safe_mode=True)
    safe = XTiger(world.host, settings=with_core, clock=world.clock)
    entries = [entry.label for entry in safe.menu()]
    safe.close()

    assert ["XTiger", "Needs you"] == entries


def test_an_opening_that_fails_lets_the_database_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open handle would be a warning, and warnings fail here."""

    def fail(_: Loading) -> None:
        raise StoreUnavailable("sqlite", "it is of a newer release")

    monkeypatch.setattr(Loading, "start", fail)

    with pytest.raises(StoreUnavailable):
        XTiger(world.host, settings=world.xt.settings, clock=world.clock)


def test_an_adapter_of_a_newer_minor_interface_is_refused(world: World) -> None:
    """It may use what this library does not have; both numbers are told."""

    class Newer(MemoryHost):
        """Speaks 1.9."""

        @property
        def api(self) -> tuple[int, int]:
            """A number from the future."""
            return (1, 9)

    host = Newer(modules=world.host.modules())

    with pytest.raises(BrokenHost, match=r"interface 1\.9, this library speaks 1\.1"):
        XTiger(host, settings=world.xt.settings, clock=world.clock)
    host.close()
