"""What a person asks to send: at once, or by itself later; never lost, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import World
from xtiger.errors import ConnectionEnded, NeedsPerson, TooManyChanges
from xtiger.model.connections import Connection
from xtiger.model.records import Ref
from xtiger.model.setting_keys import TenantKey, refresh_lease, run_lease
from xtiger.panels import Panel
from xtiger.xero.oauth import consent_id
from xtiger_queue.tables import job_table

#: Nobody waits longer than this for a page.
PATIENCE_SECONDS = 5


def _names(world: World) -> list[str]:
    return sorted(str(raw["Name"]) for raw in world.xero("Contacts"))


def _kea(world: World) -> Ref:
    """A customer whose save was sent to nobody yet."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    world.settings("Organizations", on_save=False)
    world.wait(3)
    world.xt.tick()
    return Ref("Organizations", crm_id)


def _panel(world: World, ref: Ref) -> Panel:
    return world.xt.panel(ref.module, ref.id)


def _press(world: World, ref: Ref) -> str:
    """Copy to Xero, which must not take longer than a person waits."""
    began = world.clock.now()
    said = world.xt.panels.press("copy", [ref])
    waited = world.clock.now() - began

    assert waited <= timedelta(seconds=PATIENCE_SECONDS), f"the request waited {waited}"
    return said


def _connection(world: World) -> Connection:
    return world.xt.connections.get()


def _limited(world: World) -> None:
    world.sandbox.fault("status", path="/api.xro", status=429, retry_after_seconds=40)


def _busy(world: World) -> None:
    lease = run_lease(_connection(world).id)
    world.xt.store.acquire_lease(lease, "another", 20, world.clock.now())


def _down(world: World) -> None:
    world.sandbox.fault("status", path="/api.xro", status=503, count=3)


def _no_token(world: World) -> None:
    world.wait(1900)
    world.xt.tick()
    world.sandbox.fault("status", path="/connect/token", status=503, count=5)


TROUBLES = {"limit": _limited, "busy": _busy, "down": _down, "no token": _no_token}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("queue", [False, True])
def test_what_must_wait_goes_on_by_itself(world: World, trouble: str, queue: bool) -> None:
    """The page comes at once and says when; later ticks send it, once."""
    if queue:
        world.xt.extensions.enable("XTQueue")
    ref = _kea(world)
    TROUBLES[trouble](world)
    said = _press(world, ref)
    panel = _panel(world, ref)

    assert "It goes automatically in about 1 minute. Nothing is lost." in said
    assert ("waiting", "Asked for, waits to be sent") == (panel.state, panel.badge)
    assert "It goes automatically in about 1 minute." in panel.messages[0].fix
    assert [] == _names(world)
    for _ in range(20):
        world.wait(60)
        world.xt.tick()
    assert (["Kea"], "ok") == (_names(world), _panel(world, ref).state)
    assert 1 == sum(o.result == "created" for o in world.xt.sync.outcomes(crm_id=ref.id))


def _slow(world: World, monkeypatch: pytest.MonkeyPatch, **which: Any) -> None:
    """Xero carries the next such call out, but takes 30 s of the stand-in clock for it."""
    gate = replace(world.sandbox.gate, sleep=world.clock.sleep)
    monkeypatch.setattr(world.sandbox, "gate", gate)
    world.sandbox.fault("slow", seconds=30, **which)


#: What of a copy Xero is slow at: a list, a write, a new permission.
SLOW = {
    "read": {"method": "GET", "path": "/api.xro"},
    "write": {"method": "PUT"},
    "token": {"path": "/connect/token"},
}


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_answer_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """What was cut off is looked up before it is repeated, and only when Xero is done with it."""
    ref = _kea(world)
    if what == "token":
        world.wait(1900)
        world.xt.tick()
    _slow(world, monkeypatch, **SLOW[what])
    said = world.xt.panels.press("copy", [ref])
    panel = _panel(world, ref)
    last = world.sandbox.calls()[-1]
    world.xt.tick()  # at once: Xero may still be at it
    for _ in range(3):
        world.wait(60)
        world.xt.tick()
    puts = [call for call in world.sandbox.calls() if call.method == "PUT"]

    assert "It goes automatically in about 1 minute. Nothing is lost." in said
    assert "waiting" == panel.state
    assert last.path.startswith(SLOW[what].get("path", "")), "a call was begun after the end"
    assert SLOW[what].get("method", last.method) == last.method
    assert (["Kea"], 1, "ok") == (_names(world), len(puts), _panel(world, ref).state)


def test_an_edit_after_a_write_that_was_cut_off_is_no_conflict(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero has what was sent: that is agreed on, and the edit since goes after it."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea", "phone": "1"})
    ref = Ref("Organizations", crm_id)
    world.sync()
    world.settings("Organizations", on_save=False)
    world.host.edit(ref.module, ref.id, phone="2")
    world.wait(3)
    _slow(world, monkeypatch, method="POST", path="/api.xro")
    world.xt.panels.press("copy", [ref])
    in_between = str(world.xero("Contacts")[0]["Phones"])
    world.host.edit(ref.module, ref.id, phone="3")
    for _ in range(3):
        world.wait(60)
        world.xt.tick()

    assert "2" in in_between
    assert "3" in str(world.xero("Contacts")[0]["Phones"])
    assert "ok" == _panel(world, ref).state


def test_the_refresh_of_another_process_is_not_waited_for(world: World) -> None:
    """Its permission is being renewed elsewhere: the page comes in time all the same."""
    ref = _kea(world)
    world.wait(1900)
    world.xt.tick()
    store = world.xt.store
    tokens = store.tokens(_connection(world).id)
    assert tokens is not None
    lease = refresh_lease(consent_id(tokens.access))
    fence = store.acquire_lease(lease, "another", 200, world.clock.now())
    assert fence is not None
    said = _press(world, ref)
    store.release_lease(lease, fence)
    for _ in range(2):
        world.wait(60)
        world.xt.tick()

    assert "It goes automatically in about 1 minute. Nothing is lost." in said
    assert ["Kea"] == _names(world)


def test_a_limit_met_in_the_middle_loses_nothing(world: World) -> None:
    """Of three records none is sent twice, whatever call is refused."""
    refs = [_kea(world)] + [
        Ref("Organizations", world.host.create("Organizations", {"accountname": name}))
        for name in ("Tui", "Weka")
    ]
    for call in range(1, 6):
        world.sandbox.fault(
            "status", path="/api.xro", status=429, retry_after_seconds=40, after=call
        )
        began = world.clock.now()
        world.xt.panels.press("copy", refs)

        assert world.clock.now() - began <= timedelta(seconds=PATIENCE_SECONDS)
        world.wait(61)
        world.xt.tick()

    assert ["Kea", "Tui", "Weka"] == _names(world)


def test_a_sync_in_between_answers_the_wish(world: World) -> None:
    """The tick spends no run on what a sync has done."""
    ref = _kea(world)
    _limited(world)
    _press(world, ref)
    world.sync()
    runs = len(world.xt.sync.runs(50))
    world.wait(60)
    world.xt.tick()

    assert (runs, "ok") == (len(world.xt.sync.runs(50)), _panel(world, ref).state)


def test_without_a_worker_the_next_sync_takes_it(world: World) -> None:
    """Where nobody looks at what is due, no minute is promised."""
    ref = _kea(world)
    world.wait(3600)
    _limited(world)
    said = _press(world, ref)
    world.sync()

    assert "It goes with the next sync. Nothing is lost." in said
    assert ["Kea"] == _names(world)


def test_the_queue_shows_what_it_took(world: World) -> None:
    """With XTQueue a copy that must wait stands on its page."""
    world.xt.extensions.enable("XTQueue")
    ref = _kea(world)
    _busy(world)
    _press(world, ref)
    with world.xt.store.database.reading() as db:
        jobs = [(row.module, row.crm_id, row.reason) for row in db.execute(job_table.select())]

    assert [(ref.module, ref.id, "person")] == jobs


def test_a_wish_waits_for_a_connection_that_ended(world: World) -> None:
    """It is kept, and goes once the organisation is connected again."""
    ref = _kea(world)
    _busy(world)
    _press(world, ref)
    world.xt.connections.disconnect(_connection(world).id)
    world.wait(60)
    world.xt.tick()
    world.connect()
    world.xt.tick()

    assert ["Kea"] == _names(world)


def test_a_wish_that_meets_the_brake_goes_once_it_is_released(world: World) -> None:
    """The panel says what it waits for; no tick fills the log; the release carries it out."""
    refs = [
        Ref("Organizations", world.host.create("Organizations", {"accountname": f"Firm {n:02}"}))
        for n in range(40)
    ]
    world.sync()
    world.settings("Organizations", on_save=False)
    for ref in refs[:15]:
        world.host.edit(ref.module, ref.id, phone="2")
    world.wait(3)
    with pytest.raises(TooManyChanges):
        world.xt.panels.press("copy", refs[:15])
    waits = _panel(world, refs[0])
    runs = len(world.xt.sync.runs(100))
    for _ in range(3):
        world.wait(900)
        world.xt.tick()
    idle = len(world.xt.sync.runs(100))
    world.xt.sync.release_later(world.xt.sync.braked()[0].run_id, "Ruth")
    for _ in range(2):
        world.wait(60)
        world.xt.tick()

    assert ("waiting", "too_many_changes") == (waits.state, waits.messages[0].code)
    assert "your administrator looks at the plan and releases it." in waits.messages[0].text
    assert (runs, "ok") == (idle, _panel(world, refs[0]).state)
    assert 15 == sum("2" in str(raw["Phones"]) for raw in world.xero("Contacts"))


def _without_terms(world: World) -> None:
    world.xt.store.forget_own_setting("", TenantKey("terms"))


def _with_terms(world: World) -> None:
    world.xt.connections.accept_terms("Ruth")


def _converter(world: World, name: str) -> None:
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    first, *rest = mapping.rows
    rows = (replace(first, converter=name), *rest)
    world.xt.store.save_mapping(
        _connection(world).id, replace(mapping, rows=rows), world.clock.now()
    )


def _broken_mapping(world: World) -> None:
    _converter(world, "of_an_extension_that_left")


def _whole_mapping(world: World) -> None:
    _converter(world, "")


#: What stops a record that a person sends → how it comes about, and how somebody lifts it.
LIFTED = {
    "terms_not_accepted": (_without_terms, _with_terms),
    "needs_person": (_broken_mapping, _whole_mapping),
}


@pytest.mark.parametrize("code", LIFTED)
@pytest.mark.parametrize("later", [False, True])
def test_a_wish_waits_for_what_a_person_puts_right(world: World, code: str, later: bool) -> None:
    """Met at once or in the background: it is kept, the panel says why, and it goes afterwards."""
    ref = _kea(world)
    stop, lift = LIFTED[code]
    if later:
        _busy(world)
        _press(world, ref)
    stop(world)
    if not later:
        with pytest.raises(NeedsPerson):
            world.xt.panels.press("copy", [ref])
    for _ in range(2):
        world.wait(60)
        world.xt.tick()
    panel = _panel(world, ref)
    lift(world)
    for _ in range(11):
        world.wait(60)
        world.xt.tick()

    assert ("waiting", code) == (panel.state, panel.messages[0].code)
    assert "your administrator" in panel.messages[0].text
    assert "It goes automatically once that is done." == panel.messages[0].fix
    assert (["Kea"], "ok") == (_names(world), _panel(world, ref).state)


def test_a_copy_waits_where_all_connections_have_ended(world: World) -> None:
    """From a list, where the button stands all the same."""
    ref = _kea(world)
    world.xt.connections.disconnect(_connection(world).id)
    with pytest.raises(ConnectionEnded):
        world.xt.panels.press("copy", [ref])
    world.connect()
    world.wait(700)
    world.xt.tick()

    assert ["Kea"] == _names(world)


# --- decisions are sent by themselves ---


def test_a_link_is_carried_out_by_the_next_tick(world: World) -> None:
    """Nobody syncs: the tick compares both sides of what a person linked."""
    world.sandbox.add("Contacts", {"Name": "Kea Ltd"}, world.organisation())
    world.settings("Organizations", create_in_crm=False, create_in_xero=False)
    ref = _kea(world)
    world.plan("Organizations")
    world.xt.links.link(ref.module, ref.id, world.xero("Contacts")[0]["ContactID"])
    waits = _panel(world, ref).state
    world.wait(3)
    world.xt.tick()
    last = world.outcome(ref.module, ref.id)

    assert ("waiting", "conflict") == (waits, last.result)


def test_a_decision_is_carried_out_by_the_next_tick(world: World) -> None:
    """The value that is kept is on both sides without a sync."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    world.sync()
    contact = world.xero_id("Organizations", crm_id)
    world.host.edit("Organizations", crm_id, accountname="Kea A")
    world.wait()
    world.sandbox.edit("Contacts", contact, {"Name": "Kea B"})
    world.sync()
    world.xt.conflicts.solve("Organizations", crm_id, "xero")
    world.wait(3)
    world.xt.tick()

    assert "Kea B" == world.in_crm("Organizations", crm_id, "accountname")
    assert "ok" == _panel(world, Ref("Organizations", crm_id)).state


def test_a_connection_that_ends_in_a_run_is_told_for_each_record(world: World) -> None:
    """What was not reached waits for a connection, and says so; it goes by itself then."""
    ref = _kea(world)
    world.sandbox.fault("disconnected", path="/api.xro", method="PUT")
    with pytest.raises(ConnectionEnded):
        world.sync("Organizations")
    outcome = world.outcome(ref.module, ref.id)
    world.connect()
    world.sync()

    assert ("held", "reconnect_needed") == (outcome.result, outcome.cause and outcome.cause.code)
    assert ["Kea"] == _names(world)
