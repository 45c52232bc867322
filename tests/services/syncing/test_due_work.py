"""A saved record reaches Xero by itself: at once, or through the queue."""

from __future__ import annotations

import pytest

from tests.world import World
from xtiger.errors import BrokenHost
from xtiger.model.connections import Connection
from xtiger.model.records import Ref
from xtiger_queue.tables import job_table


def _names(world: World) -> list[str]:
    return sorted(str(raw["Name"]) for raw in world.xero("Contacts"))


def _jobs(world: World) -> list[str]:
    with world.xt.store.database.reading() as db:
        return [row.crm_id for row in db.execute(job_table.select())]


def _tick(world: World) -> None:
    world.wait(3)
    world.xt.tick()


@pytest.mark.feature("F072")
def test_a_saved_record_reaches_xero_without_the_queue(world: World) -> None:
    """Once, by the tick after the commit; nobody pressed anything."""
    world.host.create("Organizations", {"accountname": "Kea"})
    _tick(world)
    _tick(world)

    assert ["Kea"] == _names(world)
    assert [("save", "done")] == [(run.trigger, run.state) for run in world.xt.sync.runs()]


def test_what_is_not_committed_stays_at_home(world: World) -> None:
    """A rolled back save leaves nothing to send."""

    def give_up() -> None:
        with world.host.transaction():
            world.host.create("Organizations", {"accountname": "Kea"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    _tick(world)

    assert [] == _names(world)


def test_a_module_that_is_off_is_not_sent_on_save(world: World) -> None:
    """Switched off, its saves wait."""
    world.settings("Organizations", direction="to_crm")
    world.host.create("Organizations", {"accountname": "Kea"})
    _tick(world)

    assert [] == _names(world)


@pytest.mark.feature("F072")
def test_on_save_can_be_switched_off_for_a_module(world: World) -> None:
    """Its saves wait for the next sync, which sends them; other modules go on."""
    world.settings("Organizations", on_save=False)
    world.host.create("Organizations", {"accountname": "Kea"})
    world.host.create("Products", {"productname": "Nut", "productcode": "N1", "unit_price": "1"})
    _tick(world)
    before = (_names(world), len(world.xero("Items")))
    world.sync("Organizations")

    assert ([], 1, ["Kea"]) == (*before, _names(world))


def test_a_save_that_cannot_be_sent_waits_for_the_next_sync(world: World) -> None:
    """Xero was down: the run is booked with the reason, and nothing is lost."""
    world.sandbox.fault("status", path="/api.xro", status=503, count=50)
    world.host.create("Organizations", {"accountname": "Kea"})
    _tick(world)
    world.sandbox.faults.clear()
    stopped = world.xt.sync.runs()[0]
    world.sync("Organizations")

    assert ("stopped", True) == (stopped.state, "Xero answered 503" in stopped.error)
    assert ["Kea"] == _names(world)


def test_our_own_writes_are_not_sent_back(world: World) -> None:
    """A record made from Xero comes out of the outbox with its origin; no call follows."""
    world.sandbox.add("Contacts", {"Name": "Tui"}, world.organisation())
    world.sync("Organizations")
    before = world.calls()
    _tick(world)

    assert before == world.calls()


def test_more_changes_than_a_page_holds_go_at_once(world: World) -> None:
    """One tick empties the outbox: 250 records of pages of 200."""
    with world.host.transaction():
        for number in range(250):
            world.host.create("Organizations", {"accountname": f"Bird {number}"})
    _tick(world)

    assert 250 == len(_names(world))


def test_every_connection_of_a_tenant_hears_of_a_change(world: World) -> None:
    """The outbox row is gone after one of them; the other has its own mark."""
    first = world.xt.connections.get()
    other = Connection(
        "other", "", "org-other", "x", "Other Ltd", "GBP", created_at=first.created_at
    )
    world.xt.store.save_connection(other)
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    _tick(world)

    assert [crm_id] == [key.id for key in world.xt.store.dirty("other", "crm", "Organizations")]


def test_a_tenant_whose_crm_fails_does_not_stop_the_tick(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue still has its turn (its run is booked); the error is raised at the end."""
    world.xt.extensions.enable("XTQueue")
    world.host.create("Organizations", {"accountname": "Kea"})
    world.xt.panels.press("queue", [Ref("Organizations", "1")])

    def fail(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(world.host, "outbox_done", fail)
        with pytest.raises(BrokenHost, match=r"outbox_done\(\): OSError: disk"):
            _tick(world)

    assert ["failed"] == [run.state for run in world.xt.sync.runs()]


class TestQueue:
    """The same with XTQueue."""

    @pytest.fixture(autouse=True)
    def queue(self, world: World) -> None:
        """Switched on, as an administrator does."""
        world.xt.extensions.enable("XTQueue")

    def test_a_saved_record_reaches_xero_through_the_queue(self, world: World) -> None:
        """Taken and sent in one tick; the queue is empty afterwards."""
        world.host.create("Organizations", {"accountname": "Kea"})
        _tick(world)

        assert (["Kea"], []) == (_names(world), _jobs(world))

    @pytest.mark.feature("F077")
    def test_add_to_queue_puts_records_on_the_list(self, world: World) -> None:
        """The button answers a sentence, and the queue has the record."""
        world.settings("Organizations", selection="all")
        crm_id = world.host.create("Organizations", {"accountname": "Kea"})
        world.xt.panels.press("queue", [Ref("Organizations", crm_id)])

        assert [crm_id] == _jobs(world)

    def test_a_disabled_queue_keeps_its_work_and_is_not_called(self, world: World) -> None:
        """None of its hooks runs, its job stays; switched on, the job is done."""
        crm_id = world.host.create("Organizations", {"accountname": "Kea"})
        world.xt.panels.press("queue", [Ref("Organizations", crm_id)])
        world.xt.extensions.disable("XTQueue")
        world.xt.saved("Organizations", crm_id)
        kept = _jobs(world)
        entries = [entry.label for entry in world.xt.menu()]
        buttons = [action.name for action in world.xt.panels.actions("Organizations")]
        world.xt.extensions.enable("XTQueue")
        _tick(world)

        assert ([crm_id], ["XTiger", "Needs you"], ["copy", "compare"]) == (kept, entries, buttons)
        assert (["Kea"], []) == (_names(world), _jobs(world))

    def test_a_disabled_queue_lets_saves_go_the_direct_way(self, world: World) -> None:
        """The change is sent at once, as without it."""
        world.xt.extensions.disable("XTQueue")
        world.host.create("Organizations", {"accountname": "Kea"})
        _tick(world)

        assert (["Kea"], []) == (_names(world), _jobs(world))

    def test_a_queue_disabled_for_one_connection(self, world: World) -> None:
        """There saves go the direct way."""
        world.xt.extensions.disable("XTQueue", world.xt.connections.get().id)
        world.host.create("Organizations", {"accountname": "Kea"})
        _tick(world)

        assert (["Kea"], []) == (_names(world), _jobs(world))

    def test_work_waits_while_xero_is_down_and_goes_on(self, world: World) -> None:
        """A stop that is not the record's fault costs no try; later it is sent."""
        world.sandbox.fault("status", path="/api.xro", status=503, count=50)
        crm_id = world.host.create("Organizations", {"accountname": "Kea"})
        _tick(world)
        waiting = _jobs(world)
        world.sandbox.faults.clear()
        world.wait(3600)
        world.xt.tick()

        assert [crm_id] == waiting
        assert (["Kea"], []) == (_names(world), _jobs(world))

    def test_a_sync_settles_the_job_of_its_record(self, world: World) -> None:
        """What a person synced meanwhile need not be synced again."""
        crm_id = world.host.create("Organizations", {"accountname": "Kea"})
        world.xt.panels.press("queue", [Ref("Organizations", crm_id)])
        world.sync("Organizations")

        assert [] == _jobs(world)
