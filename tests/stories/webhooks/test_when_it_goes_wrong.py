"""Webhooks repeated, out of order, lost, refused or received by a process that dies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation, paid_in_xero
from tests.stories.sync.test_first_link import contact
from tests.stories.sync.test_invoices_in import in_xero
from tests.stories.webhooks.conftest import Told, served
from tests.world import make_world
from xtiger.db.store import SqlStore
from xtiger.errors import StoreUnavailable
from xtiger.hosts.memory import MemoryHost
from xtiger.model.calls import Batch
from xtiger.model.setting_keys import run_lease
from xtiger.ports.stop_signal import StopSignal


class Killed(BaseException):
    """The process is gone: nothing in the library may catch this."""


def results(world: Told) -> list[str]:
    """How the events ended, oldest first."""
    from sqlalchemy import select

    from xtiger.db.tables import webhook_event

    with world.xt.store.engine.connect() as db:
        rows = db.execute(select(webhook_event).order_by(webhook_event.c.number))
        return [row.result for row in rows if row.xero_id]


@pytest.mark.parametrize(("enabled", "names"), [(True, []), (False, ["Kea"])])
def test_events_wait_for_what_a_killed_run_sent(
    world: Told, enabled: bool, names: list[str]
) -> None:
    """A sync finds out what became of it first; of a module that is off no sync ever does."""
    world.xt.store.open_batch(
        Batch(
            "b",
            world.xt.connections.get().id,
            "r",
            "Payment",
            "PUT",
            "/Payments",
            b"{}",
            "k",
            (),
            "sent",
            world.clock.now(),
        )
    )
    world.settings("Payments", enabled=enabled)
    contact(world, "Kea")

    world.hear()

    assert names == world.names()


class TestOrder:
    """The order of events and how often they come do not matter."""

    def test_what_comes_twice_is_stored_once(self, world: Told) -> None:
        """The sandbox sends the batch again although it was taken."""
        world.sandbox.webhooks.trouble("repeat")
        contact(world, "Kea")

        sent = world.deliver()

        assert [200, 200] == [one.status for one in sent]
        assert 1 == len(world.waiting())

    def test_repeats_after_the_read_cost_nothing(self, world: Told) -> None:
        """A delivery that Xero repeats hours later is known."""
        contact(world, "Kea")
        (sent,) = world.deliver()
        world.wait(3)
        world.xt.tick()
        world.sandbox.webhooks.post(sent.url, sent.body, sent.headers)

        spent = world.spent(world.xt.tick)

        assert (0, ["Kea"]) == (spent, world.names())

    @pytest.mark.parametrize("trouble", ["repeat", "reorder"])
    def test_the_same_comes_of_it(self, world: Told, trouble: str) -> None:
        """An invoice before its contact, or everything twice: no twin, nothing left to do."""
        world.sandbox.webhooks.trouble(trouble)  # type: ignore[arg-type]  # a kind of trouble
        acme = contact(world, "Acme")
        made = in_xero(world, acme)
        world.sandbox.edit("Contacts", acme, {"Name": "Acme Two"})
        paid_in_xero(world, made, "4")
        world.hear()

        assert (["Acme Two"], 1, 1) == (
            world.names(),
            len(world.host.all("Invoices")),
            len(world.host.all("Payments")),
        )
        assert (0, []) == (world.actions(), world.waiting())

    def test_an_old_event_after_a_newer_one_changes_nothing(self, world: Told) -> None:
        """What Xero has now is read, not what the event was about."""
        kea = contact(world, "Kea")
        old = world.event("CONTACT", kea)
        world.hear()
        world.sandbox.edit("Contacts", kea, {"Name": "Kea Two"})
        world.hear()
        world.sandbox.webhooks.emit(world.sandbox.client_id, old)
        world.hear()

        assert (["Kea Two"], 0) == (world.names(), world.actions())


class TestLoss:
    """Webhooks are the speed-up, the sweep is the guarantee."""

    @pytest.mark.feature("F128")
    def test_a_lost_event_is_healed_by_the_next_sync(self, world: Told) -> None:
        """Nothing came, nobody knows; the usual sync reads what changed since the last one."""
        world.sandbox.webhooks.trouble("lose")
        contact(world, "Kea")
        world.hear()
        before = world.names()
        world.sync()

        assert ([], ["Kea"]) == (before, world.names())

    @pytest.mark.feature("F128")
    def test_a_gap_in_the_numbers_makes_the_next_tick_read_all_that_changed(
        self, world: Told
    ) -> None:
        """What was lost comes with what was told of: one read of each feed instead of ids."""
        contact(world, "First")
        world.hear()
        world.sandbox.webhooks.trouble("lose")
        in_xero(world, contact(world, "Lost"))
        world.deliver()
        contact(world, "Told of")

        spent = world.spent(world.hear)

        assert (["First", "Lost", "Told of"], 1) == (world.names(), len(world.host.all("Invoices")))
        # The organisation, and the feeds of contacts, invoices and payments.
        assert (4, [], 0) == (spent, world.waiting(), world.actions())

    def test_what_comes_late_is_no_gap_again(self, world: Told) -> None:
        """A batch that was overtaken is read by id as usual."""
        contact(world, "First")
        world.hear()
        contact(world, "Late")
        late = world.deliver_later()
        contact(world, "Early")
        world.hear()
        world.xt.receive_webhook(late.body, late.headers["x-xero-signature"])
        world.wait(3)

        spent = world.spent(world.xt.tick)

        assert (["Early", "First", "Late"], []) == (world.names(), world.waiting())
        assert 0 == spent

    def test_an_event_that_names_no_record_makes_it_read_all_that_changed(
        self, world: Told
    ) -> None:
        """Nobody knows which, so the feeds are read."""
        world.sandbox.webhooks.trouble("lose")
        contact(world, "Kea")
        world.deliver()
        world.sandbox.webhooks.emit(world.sandbox.client_id, world.event("CONTACT", ""))
        world.hear()

        assert (["Kea"], []) == (world.names(), world.waiting())

    def test_a_sync_marks_older_events_done(self, world: Told) -> None:
        """It read and judged what they were about."""
        contact(world, "Kea")
        world.deliver()
        world.sync()

        spent = world.spent(world.xt.tick)

        assert (0, [], ["swept"]) == (spent, world.waiting(), results(world))

    def test_a_sync_of_one_module_leaves_what_others_must_judge(self, world: Told) -> None:
        """Persons come with contacts, so a sync of organisations alone is not enough."""
        contact(world, "Kea")
        world.deliver()
        world.sync("Organizations")

        assert 1 == len(world.waiting())


class TestNotYet:
    """Events that no tick can use yet wait; none is dropped, and none starts what nobody asked."""

    def test_before_the_first_sync_nothing_moves(self, tmp_path: Path) -> None:
        """The first sync is a person's; it reads everything, and what was told of is done."""
        with make_world(tmp_path) as made:
            told = Told(made.xt, made.host, made.sandbox, made.clock)
            with served(told) as told.url:
                told.connect()
                told.default_account()
                told.subscribe()
                told.sandbox.webhooks.intent_to_receive(told.sandbox.client_id)
                contact(told, "Kea")
                spent = told.spent(told.hear)
                before = told.names()
                told.sync()

                assert (0, [], ["Kea"]) == (spent, before, told.names())
                assert [] == told.waiting()
                told.xt.close()

    def test_a_module_that_is_off_needs_no_read(self, world: Told) -> None:
        """Invoices are not synced, so their events are done at once."""
        world.settings("Invoices", enabled=False)
        world.settings("Payments", enabled=False)
        acme = contact(world, "Acme")
        world.hear()
        in_xero(world, acme)

        spent = world.spent(world.hear)

        assert (0, [], "not_needed") == (spent, world.waiting(), results(world)[-1])

    @pytest.mark.parametrize("category", ["CREDITNOTE", "PREPAYMENT", "OVERPAYMENT", "TOMORROW"])
    def test_what_is_not_synced_is_kept_and_done(self, world: Told, category: str) -> None:
        """Stored and marked as not needed; no call."""
        told = world.event(category, "0b5c3a1e-0000-4000-8000-000000000001")
        status = world.xt.receive_webhook(*world.signed([told], 1))

        spent = world.spent(world.xt.tick)

        assert (200, 0, ["not_needed"]) == (status, spent, results(world))

    def test_an_id_that_xero_does_not_give_is_asked_for_again(self, world: Told) -> None:
        """Later and later, until the next sync marks it done: only its feed is the proof."""
        nobody = world.event("CONTACT", "0b5c3a1e-0000-4000-8000-000000000001")
        world.sandbox.webhooks.emit(world.sandbox.client_id, nobody)
        world.hear()
        again = world.spent(world.xt.tick)
        world.wait(15)
        later = world.spent(world.xt.tick)
        waited = len(world.waiting())
        world.sync()

        assert (0, 2, 1, []) == (again, later, waited, world.waiting())

    def test_a_conflict_is_judged_once(self, world: Told) -> None:
        """A record that is held is judged, so its event is done; it is not read every tick."""
        acme = organisation(world, "Acme")
        world.sync()
        world.hear()
        world.settings("Organizations", on_save=False)
        world.host.edit("Organizations", acme, accountname="A")
        world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"Name": "B"})
        world.hear()

        assert 0 == world.spent(world.hear)


class TestFailures:
    """A read that fails is repeated; a process that dies loses nothing."""

    def test_a_read_that_fails_is_repeated_later(self, world: Told) -> None:
        """Once per pause, once for ten edits, and the record comes when Xero is back."""
        kea = contact(world, "Kea")
        for number in range(5):
            world.sandbox.edit("Contacts", kea, {"Name": f"Kea {number}"})
        world.sandbox.fault("status", path="/api.xro/2.0/Contacts", status=503, count=0)
        world.hear()
        failed = world.names()
        quiet = world.spent(world.xt.tick)
        world.sandbox.faults.clear()
        world.wait(600)
        world.xt.tick()

        assert ([], 0) == (failed, quiet)
        assert (["Kea 4"], []) == (world.names(), world.waiting())

    def test_a_run_under_way_is_waited_for(self, world: Told) -> None:
        """Not put off: the next tick, two seconds later, reads it."""
        contact(world, "Kea")
        store, lease = world.xt.store, run_lease(world.xt.connections.get().id)
        fence = store.acquire_lease(lease, "another", 300, world.clock.now())
        assert fence is not None
        world.hear()
        before = world.names()
        store.release_lease(lease, fence)
        world.xt.tick()

        assert ([], ["Kea"]) == (before, world.names())

    def test_a_worker_that_ends_leaves_events_for_the_next(self, world: Told) -> None:
        """Nothing is begun and nothing is counted as tried."""
        contact(world, "Kea")
        world.deliver()
        world.xt.tick(StopSignal(stopping=lambda: True))

        assert [0] == [one.tries for one in world.waiting()]

    def test_a_busy_store_lets_xero_send_again(
        self, world: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """503 at first; Xero repeats at once, then every 15 minutes, and nothing is lost."""

        def busy(*_: object) -> int:
            raise StoreUnavailable("sqlite", "it is locked")

        contact(world, "Kea")
        with monkeypatch.context() as patch:
            patch.setattr(SqlStore, "take_events", busy)
            refused = [one.status for one in world.deliver()]
        world.wait(901)
        world.hear()

        assert ([503, 503], ["Kea"]) == (refused, world.names())

    @pytest.mark.parametrize(
        "point",
        [
            "before the read",
            "before the CRM is written",
            "after the CRM was written",
            "before the outcomes",
            "before the events are done",
        ],
    )
    def test_a_process_that_dies_loses_nothing(
        self, world: Told, monkeypatch: pytest.MonkeyPatch, point: str
    ) -> None:
        """Another one reads it again; the record stands once, the events are done."""
        owner, method, after = {
            "before the read": (SqlStore, "save_run", False),
            "before the CRM is written": (MemoryHost, "save", False),
            "after the CRM was written": (MemoryHost, "save", True),
            "before the outcomes": (SqlStore, "add_outcomes", False),
            "before the events are done": (SqlStore, "settle_events", False),
        }[point]
        acme = contact(world, "Acme")
        in_xero(world, acme)
        world.deliver()
        with monkeypatch.context() as patch:
            patch.setattr(owner, method, _deadly(owner, method, after=after))
            world.wait(3)
            with pytest.raises(Killed):
                world.xt.tick()
        waited = len(world.waiting())
        world.wait(1000)
        world.reopen()
        world.xt.tick()

        assert (2, []) == (waited, world.waiting())
        assert (["Acme"], 1) == (world.names(), len(world.host.all("Invoices")))
        assert (0, None) == (world.actions(), world.xt.store.broken_audit_row())

    def test_a_killed_sync_is_recovered_before_events_count(self, world: Told) -> None:
        """What it may have made in Xero is found by a sync first; until then the event waits."""
        organisation(world, "Acme")
        world.settings("Organizations", on_save=False)
        with pytest.MonkeyPatch.context() as patch:
            from xtiger.xero.organisations import XeroOrganisation

            patch.setattr(XeroOrganisation, "send", _deadly(XeroOrganisation, "send", after=True))
            with pytest.raises(Killed):
                world.sync()
        world.wait(1000)
        world.reopen()
        world.hear()
        waited = len(world.waiting())
        world.sync()

        assert (1, [], ["Acme"]) == (waited, world.waiting(), world.names())
        assert ["Acme"] == [raw["Name"] for raw in world.xero("Contacts")]


def _deadly(owner: type, method: str, *, after: bool) -> Callable[..., object]:
    real = getattr(owner, method)

    def dead(*given: object, **named: object) -> object:
        if after:
            real(*given, **named)
        raise Killed

    return dead
