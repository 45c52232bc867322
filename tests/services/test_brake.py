"""The brake: a run that would change too much of a module stops before its first write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.world import World
from xtiger.errors import NothingToRelease, TooManyChanges
from xtiger.model.asked_sync import Direction

#: Enough that more than 20 % of them are more than 10.
FIRMS = 60


@pytest.fixture
def firms(world: World) -> list[str]:
    """Sixty customers, linked and in step."""
    ids = [
        world.host.create("Organizations", {"accountname": f"Firm {n:02}", "phone": "1"})
        for n in range(FIRMS)
    ]
    world.sync()
    return ids


def rename(world: World, ids: list[str], phone: str) -> None:
    """Change as many customers in the CRM as a bad import would."""
    for crm_id in ids:
        world.host.edit("Organizations", crm_id, phone=phone)


def phones(world: World) -> list[str]:
    """The telephone numbers of all customers in Xero."""
    return sorted(
        phone["PhoneNumber"]
        for contact in world.xero("Contacts")
        for phone in contact["Phones"]
        if phone["PhoneType"] == "DEFAULT"
    )


def braked(world: World) -> TooManyChanges:
    """What stops a sync."""
    with pytest.raises(TooManyChanges) as caught:
        world.sync()
    return caught.value


def writes(world: World) -> int:
    """Calls that changed something in Xero so far."""
    return len(
        [c for c in world.sandbox.calls() if c.path.startswith("/api.xro") and c.method != "GET"]
    )


@pytest.mark.feature("O11")
def test_a_bad_import_stops_before_the_first_write(world: World, firms: list[str]) -> None:
    """Nothing is written on either side, and the plan that waits says what it would do."""
    before = writes(world)
    rename(world, firms[:20], "2")
    error = braked(world)
    waiting = world.xt.sync.braked()

    assert "This would change or remove 20 of 60 linked records of Organizations" in str(error)
    assert (before, ["1"] * FIRMS) == (writes(world), phones(world))
    assert [error.run_id] == [plan.run_id for plan in waiting]
    assert {"Organizations": {"update": 20}} == waiting[0].counts
    assert (("Primary Phone", "2", "1", "to_xero"),) == waiting[0].changes[0].fields
    assert "held" == world.xt.sync.runs(1)[0].state
    assert "too_many_changes" == (world.outcome("Organizations", firms[0]).cause or error).code


def test_a_fifth_of_a_module_may_change(world: World, firms: list[str]) -> None:
    """Twelve of sixty are no more than 20 %."""
    rename(world, firms[:12], "2")

    assert 12 == world.sync().counts["Organizations"]["updated"]


def test_ten_records_may_change_whatever_share_they_are(world: World) -> None:
    """A small CRM is not stopped all the time."""
    ids = [world.host.create("Organizations", {"accountname": f"F {n}"}) for n in range(10)]
    world.sync()
    rename(world, ids, "2")

    assert 10 == world.sync().counts["Organizations"]["updated"]


def test_creates_and_first_links_never_count(world: World) -> None:
    """The first sync of a full CRM goes through."""
    for n in range(FIRMS):
        world.host.create("Organizations", {"accountname": f"Firm {n:02}"})

    assert {"created": FIRMS} == world.sync().counts["Organizations"]


def test_changes_that_come_from_xero_are_braked_too(world: World, firms: list[str]) -> None:
    """A mass change in Xero does not overwrite the CRM unseen."""
    for contact in world.xero("Contacts")[:20]:
        number = {"PhoneType": "DEFAULT", "PhoneNumber": "3"}
        world.sandbox.edit("Contacts", contact["ContactID"], {"Phones": [number]})
    braked(world)

    assert {"1"} == {world.in_crm("Organizations", crm_id, "phone") for crm_id in firms}


def test_removals_count(world: World, firms: list[str]) -> None:
    """A table that was emptied archives nobody."""
    world.settings("Organizations", delete_in_xero=True)
    for crm_id in firms[:20]:
        world.host.delete("Organizations", [crm_id])
    braked(world)

    assert {"ACTIVE"} == {contact["ContactStatus"] for contact in world.xero("Contacts")}


def test_a_changed_mapping_counts(world: World, firms: list[str]) -> None:
    """A row that sends another field to Xero is looked at before it changes all records."""
    for crm_id in firms:
        world.host.edit("Organizations", crm_id, website="https://firm.example")
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    rows = tuple(
        replace(row, crm="website", direction="to_xero") if row.crm == "organisation.phone" else row
        for row in mapping.rows
    )
    world.xt.mappings.save(replace(mapping, rows=rows))
    error = braked(world)

    assert (60, 60) == (error.changes, error.linked)


def test_a_release_carries_out_exactly_that_plan(world: World, firms: list[str]) -> None:
    """What was changed after the plan was looked at waits for the next sync."""
    rename(world, firms[:20], "2")
    error = braked(world)
    rename(world, firms[:1], "7")
    rename(world, firms[40:42], "8")
    run = world.xt.sync.release(error.run_id, "a person")
    released = phones(world)
    later = world.sync()

    assert {"updated": 19, "held": 3} == run.counts["Organizations"]
    assert ["1"] * 41 + ["2"] * 19 == released
    assert 3 == later.counts["Organizations"]["updated"]
    assert ["1"] * 38 + ["2"] * 19 + ["7"] + ["8"] * 2 == phones(world)


def test_a_question_stays_open_while_the_plan_waits(world: World, firms: list[str]) -> None:
    """A conflict can be looked at and decided; a release leaves its field alone on both sides."""
    rename(world, firms[:20], "2")
    world.host.edit("Organizations", firms[0], website="crm.example")
    contact = next(raw for raw in world.xero("Contacts") if raw["Name"] == "Firm 00")
    phones_there = [{"PhoneType": "DEFAULT", "PhoneNumber": "9"}]
    world.sandbox.edit("Contacts", contact["ContactID"], {"Phones": phones_there})
    error = braked(world)
    [waiting] = world.xt.conflicts.all()
    world.xt.sync.release(error.run_id, "a person")
    [after] = world.xt.conflicts.all()

    assert (firms[0], firms[0]) == (waiting.crm_id, after.crm_id)
    assert ["1"] * 40 + ["2"] * 19 + ["9"] == phones(world)
    assert "2" == world.host.get("Organizations", firms[:1])[firms[0]].values["phone"]
    world.xt.conflicts.solve("Organizations", firms[0], "crm")
    world.xt.tick()
    assert ["1"] * 40 + ["2"] * 20 == phones(world)


def test_a_release_by_the_start_of_its_number(world: World, firms: list[str]) -> None:
    """Nobody types 32 signs, and who released it is kept."""
    rename(world, firms[:20], "2")
    error = braked(world)
    run = world.xt.sync.release(error.run_id[:30], "Ada")

    assert ("done", "release", []) == (run.state, run.trigger, world.xt.sync.braked())
    done = world.xt.store.braked_plans(world.xt.connections.get().id, "done")
    assert ["Ada"] == [plan.released_by for plan in done]


def test_the_next_tick_carries_out_what_was_released_in_a_browser(
    world: World, firms: list[str]
) -> None:
    """A button makes no page wait for Xero."""
    rename(world, firms[:20], "2")
    error = braked(world)
    world.xt.sync.release_later(error.run_id, "a person")
    world.wait()
    world.xt.tick()

    assert ["1"] * 40 + ["2"] * 20 == phones(world)


def test_a_sync_carries_out_what_was_released(world: World, firms: list[str]) -> None:
    """Where no worker runs, the next sync is not stopped again."""
    rename(world, firms[:20], "2")
    error = braked(world)
    world.xt.sync.release_later(error.run_id, "a person")
    rename(world, firms[50:52], "8")

    assert 22 == world.sync().counts["Organizations"]["updated"]
    assert 0 == world.actions()


def test_the_same_plan_waits_once(world: World, firms: list[str]) -> None:
    """A schedule that meets the brake every ten minutes keeps one plan and books it once."""
    rename(world, firms[:20], "2")
    first, second = braked(world), braked(world)
    told = world.xt.sync.outcomes(results=["held"], limit=1000)

    assert (first.run_id, 1) == (second.run_id, len(world.xt.sync.braked()))
    assert 20 == len(told)


def test_a_newer_plan_takes_the_place_of_the_old(world: World, firms: list[str]) -> None:
    """Nobody releases what is no longer what would happen."""
    rename(world, firms[:20], "2")
    first = braked(world)
    rename(world, firms[:25], "4")
    second = braked(world)

    with pytest.raises(NothingToRelease, match=second.run_id):
        world.xt.sync.release(first.run_id, "a person")
    assert [second.run_id] == [plan.run_id for plan in world.xt.sync.braked()]


def test_a_change_that_is_taken_back_needs_no_release(world: World, firms: list[str]) -> None:
    """The next sync finds nothing to do, and nothing waits any more."""
    rename(world, firms[:20], "2")
    braked(world)
    rename(world, firms[:20], "1")
    run = world.sync()

    assert ("done", []) == (run.state, world.xt.sync.braked())
    assert "unchanged" == world.outcome("Organizations", firms[0]).result


def test_queued_changes_of_an_hour_count_together(world: World, firms: list[str]) -> None:
    """An import that saves record by record is stopped as a run of all of them would be."""
    sent = 0
    for crm_id in firms[:20]:
        rename(world, [crm_id], "2")
        world.wait(10)
        try:
            world.xt.sync.records("Organizations", [crm_id], trigger="save")
        except TooManyChanges:
            break
        sent += 1
    rename(world, firms[20:30], "2")
    world.wait(10)
    with pytest.raises(TooManyChanges):
        world.xt.sync.records("Organizations", [firms[20]], trigger="save")
    waiting = world.xt.sync.braked()
    run = world.xt.sync.release(waiting[0].run_id, "a person")

    assert (12, 1) == (sent, len(waiting))
    assert 11 == run.counts["Organizations"]["updated"]
    # After the release the hour begins anew.
    rename(world, firms[30:31], "2")
    outcomes = world.xt.sync.records("Organizations", [firms[30]], trigger="save")
    assert ["updated"] == [one.result for one in outcomes]


def test_an_hour_later_queued_changes_go_again(world: World, firms: list[str]) -> None:
    """Everyday work is never stopped for good."""
    for start in (0, 12, 24):
        ids = firms[start : start + 12]
        rename(world, ids, "2")
        world.wait(3601)
        world.xt.sync.records("Organizations", ids, trigger="save")

    assert ["1"] * 24 + ["2"] * 36 == phones(world)


def test_the_share_is_a_setting(world: World, firms: list[str]) -> None:
    """100 per cent is no brake."""
    chosen = world.xt.modules.settings("Organizations")
    world.xt.modules.save_settings(replace(chosen, brake_share=100))
    rename(world, firms, "2")

    assert FIRMS == world.sync().counts["Organizations"]["updated"]


def test_a_plan_says_that_the_brake_would_stop_it(world: World, firms: list[str]) -> None:
    """Looking first shows it; nothing is kept for it."""
    rename(world, firms[:20], "2")
    plan = world.plan()

    assert [("Organizations", 20, 60, 33)] == [
        (one.module, one.changes, one.linked, one.share) for one in plan.brakes
    ]
    assert [] == world.xt.sync.braked()


def test_other_work_of_a_stopped_run_waits_too(world: World, firms: list[str]) -> None:
    """The brake stops a run before its first write, of whatever module."""
    world.host.create("Products", {"productname": "Spade", "productcode": "S-1"})
    rename(world, firms[:20], "2")
    error = braked(world)
    items = len(world.xero("Items"))
    world.xt.sync.release(error.run_id, "a person")

    assert (0, 1) == (items, len(world.xero("Items")))


@pytest.mark.feature("F074")
@pytest.mark.parametrize("direction", ["to_xero", "to_crm"])
def test_a_stopped_run_of_one_way_goes_on_one_way(
    world: World, firms: list[str], direction: Direction
) -> None:
    """Released it writes what was looked at; nothing moves the other way, nor is it booked."""
    rename(world, firms[:20], "2")
    for crm_id in firms[20:40]:
        contact = world.in_xero("Organizations", crm_id)
        world.sandbox.edit("Contacts", contact["ContactID"], {"EmailAddress": "new@b.example"})
    world.wait()
    with pytest.raises(TooManyChanges) as caught:
        world.xt.sync.run(["Organizations"], direction=direction)
    (waiting,) = world.xt.sync.braked()

    released = world.xt.sync.release(waiting.run_id, "Ann")
    world.check()

    there = phones(world).count("2")
    here = [world.in_crm("Organizations", one, "email1") for one in firms].count("new@b.example")
    booked = [one.result for one in world.xt.sync.outcomes(run_id=released.id, limit=1_000)]
    assert caught.value.run_id == waiting.run_id
    assert {"to_xero": (20, 0), "to_crm": (0, 20)}[direction] == (there, here)
    assert (20, 0) == (booked.count("updated"), booked.count("held"))
    # The other way is left for a sync of both.
    assert 20 == world.actions()


def test_a_run_of_one_way_leaves_what_waits(world: World, firms: list[str]) -> None:
    """It looked at half of it: the plan that was stopped is still there to be released."""
    rename(world, firms[:20], "2")
    waiting = braked(world).run_id
    world.wait()
    world.xt.sync.run(["Organizations"], direction="to_crm")

    assert [waiting] == [plan.run_id for plan in world.xt.sync.braked()]
