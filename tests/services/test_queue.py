"""The queue and its schedules on a whole library: what waits goes on by itself, in order."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from tests.commands import commands_on
from tests.stories.sync.people import invoice, organisation, product
from tests.world import World
from xtiger.errors import ConnectionEnded, RetryLater, TooManyChanges
from xtiger.hookspecs import PageRequest
from xtiger.model.records import Ref
from xtiger.model.setting_keys import TenantKey
from xtiger.ports.stop_signal import StopSignal
from xtiger_queue import requests, scheduled_runs
from xtiger_queue.tables import job_table


@pytest.fixture(autouse=True)
def queue(world: World) -> None:
    """Switched on, as an administrator does."""
    world.xt.extensions.enable("XTQueue")


def _jobs(world: World) -> list[tuple[str, str, str]]:
    with world.xt.store.database.reading() as db:
        return [(row.module, row.state, row.code) for row in db.execute(job_table.select())]


def _number(world: World, module: str) -> int:
    with world.xt.store.database.reading() as db:
        query = job_table.select().where(job_table.c.module == module)
        return int(db.execute(query).one().id)


def _tick(world: World, seconds: float = 3) -> None:
    world.wait(seconds)
    world.xt.tick()


def _schedule(world: World, module: str, every: str) -> None:
    scheduled_runs.set_schedule(
        world.xt.context(), world.xt.connections.get().id, module, every, "UTC"
    )


@pytest.mark.feature("F146")
def test_what_succeeded_is_listed_with_what_waits(world: World) -> None:
    """A record that went, and the scheduled sync that ended well, for a week."""
    organisation(world, "Aroha Ltd")
    _schedule(world, "all", "10m")
    _tick(world)
    _tick(world, 601)
    found = world.xt.page(PageRequest("queue", {"state": "done"}))
    rows = [row[1:4] for row in found.rows]

    assert ("all", "done", "scheduled sync") in rows
    assert ("Organizations", "created", "saved in the CRM") in rows
    _tick(world, 8 * 86_400)
    after = world.xt.page(PageRequest("queue", {"state": "done"}))
    assert [("all", "done", "scheduled sync")] == [row[1:4] for row in after.rows]


def _numbers(world: World) -> list[str]:
    return [str(raw["InvoiceNumber"]) for raw in world.xero("Invoices")]


@pytest.mark.feature("F138")
def test_an_invoice_follows_its_organisation_by_itself(world: World) -> None:
    """It waits for the organisation; once that is mended both go, and nobody asks for it."""
    owner = organisation(world, "Kea <Beak>")
    invoice(world, "INV-1", owner)
    _tick(world)
    before = _jobs(world)
    world.host.edit("Organizations", owner, accountname="Kea Beak")
    _tick(world)
    _tick(world)

    assert ("Invoices", "held", "waits_for_parent") in before
    assert (["INV-1"], []) == (_numbers(world), _jobs(world))


def test_only_records_after_the_new_one_are_woken(world: World) -> None:
    """A product in Xero gives no organisation to an invoice: it is not tried again."""
    invoice(world, "INV-1", organisation(world, "Kea <Beak>"))
    _tick(world)
    runs = len(world.xt.sync.runs(100))
    world.host.create("Services", {"servicename": "Advice"})
    _tick(world)

    assert ("Invoices", "held", "waits_for_parent") in _jobs(world)
    assert runs < len(world.xt.sync.runs(100))


@pytest.mark.feature("F138")
def test_a_record_that_a_person_asked_for_goes_first(world: World) -> None:
    """It does not stand behind the hundred of an import; parents still go before children."""
    ids = [organisation(world, f"Bird {number}") for number in range(60)]
    world.wait(3)
    world.xt.panels.press("queue", [Ref("Organizations", ids[-1])])
    world.xt.tick()
    first = world.xt.sync.outcomes(run_id=world.xt.sync.runs(100)[-1].id, limit=100)

    assert ids[-1] in {outcome.crm_id for outcome in first}


@pytest.mark.feature("F138")
def test_what_was_done_by_hand_waits_no_more(world: World) -> None:
    """Neither as a job nor as a change; the next read of both sides compares the record again."""
    world.sync()
    invoice(world, "INV-1", organisation(world, "Kea <Beak>"))
    _tick(world)
    requests.done(world.xt.context(), [_number(world, "Invoices")])
    jobs = [job for job in _jobs(world) if job[0] == "Invoices"]
    waiting = world.xt.context().waiting(world.xt.connections.get().id)

    assert ([], False) == (jobs, "Invoices" in waiting)


@pytest.mark.feature("F075")
def test_a_schedule_brings_changes_of_xero(world: World) -> None:
    """Every 15 minutes, by the tick of any worker; nobody presses Sync."""
    _schedule(world, "all", "15m")
    world.sandbox.add("Contacts", {"Name": "Tui"}, world.organisation())
    _tick(world)
    early = world.host.get("Organizations", ["1"])
    _tick(world, 15 * 60)

    assert ({}, "Tui") == (early, world.in_crm("Organizations", "1", "accountname"))
    assert ["schedule"] == [run.trigger for run in world.xt.sync.runs()]


@pytest.mark.feature("F076")
def test_a_module_has_its_own_interval(world: World) -> None:
    """Products every ten minutes, the others twice an hour."""
    _schedule(world, "all", "30m")
    _schedule(world, "Products", "10m")
    for _ in range(30):
        _tick(world, 60)
    runs = [run.modules for run in reversed(world.xt.sync.runs(100))]

    assert [("Products",), ("Products",)] == runs[:2]
    assert (
        "Organizations",
        "Contacts",
        "Products",
        "Services",
        "Invoices",
        "Payments",
    ) == runs[2]


def test_a_module_that_is_off_is_not_synced_by_a_schedule(world: World) -> None:
    """Also where another module has its own time."""
    world.settings("Services", enabled=False)
    _schedule(world, "all", "15m")
    _schedule(world, "Products", "off")
    _tick(world, 15 * 60)

    assert [("Organizations", "Contacts", "Invoices", "Payments")] == [
        run.modules for run in world.xt.sync.runs()
    ]


def test_a_schedule_waits_for_the_terms(world: World) -> None:
    """It says so in the list, and goes on when they are accepted."""
    world.xt.store.forget_own_setting("", TenantKey("terms"))
    _schedule(world, "all", "15m")
    _tick(world, 15 * 60)
    (said,) = [one.sentence for one in scheduled_runs.find_schedules(world.xt.context())]
    world.xt.connections.accept_terms("a test")
    _tick(world, 15 * 60)

    assert ("xtiger terms --accept" in said, "done") == (True, world.xt.sync.runs()[0].state)


@pytest.mark.feature("F129")
def test_many_saves_of_one_record_are_one_job(world: World) -> None:
    """Also one that comes while it is being sent: it runs once more, with the last value."""
    owner = organisation(world, "Kea")
    for number in range(5):
        world.host.edit("Organizations", owner, phone=str(number))
        world.xt.panels.press("queue", [Ref("Organizations", owner)])
    one = _jobs(world)
    _tick(world)
    phones = world.in_xero("Organizations", owner)["Phones"]

    assert [("Organizations", "waiting", "")] == one
    assert (["4"], []) == ([p["PhoneNumber"] for p in phones if p.get("PhoneNumber")], _jobs(world))


def test_records_of_one_tick_go_parents_first(world: World) -> None:
    """Saved in the wrong order: the invoice, its product and its customer arrive together."""
    owner, thing = organisation(world, "Kea"), product(world, "N1")
    lines = [{"name": "Nut", "quantity": 1, "listprice": 1, "product_id": thing}]
    invoice(world, "INV-1", owner, lines)
    _tick(world)

    assert (["INV-1"], []) == (_numbers(world), _jobs(world))


# --- what another run did not come to ---


def _waits_for_a_round(world: World, name: str = "Kea") -> str:
    """A customer in the queue whose round has not come yet."""
    crm_id = world.host.create("Organizations", {"accountname": name})
    world.wait(3)
    world.xt.panels.press("queue", [Ref("Organizations", crm_id)])
    world.wait(1)  # a run that begins now has seen it
    return crm_id


def test_a_sync_that_breaks_off_leaves_the_queue_its_work(world: World) -> None:
    """The sync ends before the record's turn; the next tick sends it, nobody presses Retry."""
    _waits_for_a_round(world)
    world.sandbox.fault(
        "status", path="/api.xro", method="PUT", status=429, retry_after_seconds=400
    )
    with pytest.raises(RetryLater):
        world.xt.sync.run(["Organizations"])
    world.sandbox.faults.clear()
    told, waits = world.xt.sync.outcomes(limit=1)[0].cause, _jobs(world)
    for _ in range(20):
        _tick(world, 60)

    assert told is not None
    assert ([("Organizations", "waiting", "")], []) == (waits, _jobs(world)), told.code
    assert ["Kea"] == [str(raw["Name"]) for raw in world.xero("Contacts")]


def test_a_connection_that_ends_in_a_sync_leaves_the_queue_its_work(world: World) -> None:
    """Once it is connected again the queue goes on, without a press of Retry."""
    _waits_for_a_round(world)
    world.sandbox.fault("disconnected", path="/api.xro", method="PUT")
    with pytest.raises(ConnectionEnded):
        world.xt.sync.run(["Organizations"])
    world.connect()
    _tick(world)

    assert [] == _jobs(world)
    assert ["Kea"] == [str(raw["Name"]) for raw in world.xero("Contacts")]


def test_the_queue_goes_on_once_a_plan_is_released(world: World) -> None:
    """A stopped sync holds nothing of the queue for ever: the release sends it, or its round."""
    ids = [
        world.host.create("Organizations", {"accountname": f"Firm {n:02}", "phone": "1"})
        for n in range(60)
    ]
    for _ in range(5):
        _tick(world)
    world.sync()
    for crm_id in ids[:20]:
        world.host.edit("Organizations", crm_id, phone="2")
    late = _waits_for_a_round(world)
    with pytest.raises(TooManyChanges):
        world.xt.sync.run()
    held = [state for _, state, _ in _jobs(world) if state != "waiting"]
    world.xt.sync.release(world.xt.sync.braked()[0].run_id, "Ruth")
    for _ in range(3):
        _tick(world)

    assert ([], []) == (held, _jobs(world))
    assert world.xero_id("Organizations", late)
    assert 20 == sum("2" in str(raw["Phones"]) for raw in world.xero("Contacts"))


def test_thousands_of_saves_are_stored_in_few_statements(world: World) -> None:
    """Marked and queued by the page of the outbox: not one statement for each of them."""
    for number in range(2_000):
        world.host.create("Organizations", {"accountname": f"Bird {number}"})
    for number in range(1_000):
        world.host.create("Products", {"productname": f"Thing {number}"})
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(world.xt.store.engine, "before_cursor_execute", note)
    world.wait(3)
    world.xt.tick(StopSignal(stopping=lambda: True))

    assert 3_000 == len(_jobs(world))
    pages = 3_000 // 200
    assert len(asked) <= pages * 22


@pytest.mark.feature("F138")
def test_a_record_on_hold_is_sent_by_nothing_until_it_is_released(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by the queue nor by a whole sync, however often it is saved; by command, both."""
    typed = commands_on(world, monkeypatch, capsys)
    crm_id = organisation(world, "Kea")
    world.wait(3)
    world.xt.panels.press("queue", [Ref("Organizations", crm_id)])
    number = str(_number(world, "Organizations"))
    typed("queue", "hold", number)
    world.host.edit("Organizations", crm_id, phone="2")
    _tick(world)
    world.sync()
    kept, held = world.xero("Contacts"), world.outcome("Organizations", crm_id).cause
    said = typed("queue", "release", number)
    _tick(world)

    assert ([], "held_by_extension") == (kept, held and held.code)
    assert 0 == said.code
    assert (["Kea"], []) == ([str(raw["Name"]) for raw in world.xero("Contacts")], _jobs(world))


@pytest.mark.feature("F138")
def test_a_job_is_run_now_by_its_number(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure waits for its next try; a person need not."""
    typed = commands_on(world, monkeypatch, capsys)
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT", element=0)
    organisation(world, "Kea")
    _tick(world)
    number = str(_number(world, "Organizations"))
    (job,) = typed("queue", "list", "--json").json["jobs"]
    said = typed("queue", "run", number).out

    assert (1, True) == (job["tries"], job["due_at"] > job["created_at"])
    assert "1 records: 1 created." in said
    assert (["Kea"], []) == ([str(raw["Name"]) for raw in world.xero("Contacts")], _jobs(world))
