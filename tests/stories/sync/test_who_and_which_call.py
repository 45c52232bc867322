"""The log says who began what, and which call of Xero's carried it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.commands import commands_on
from tests.stories.sync.people import line, organisation
from tests.stories.sync.test_credited_differences import edit, sold
from tests.web.test_plan import browser_of, text
from tests.world import World
from xtiger.hookspecs import PageRequest
from xtiger.model.records import Ref
from xtiger.model.runs import Outcome


def entries(world: World, **filters: str) -> list[Outcome]:
    """The entries that fit, newest first."""
    return world.xt.sync.outcomes(**filters)  # type: ignore[arg-type]


@pytest.mark.feature("O5")
def test_an_entry_names_person_values_and_call_of_xero(world: World) -> None:
    """Old and new value, who began it, Xero's id of the call, in a chain that is whole."""
    crm_id = organisation(world, "Acme", email1="old@acme.example")
    world.sync()
    world.host.edit("Organizations", crm_id, email1="new@acme.example")
    world.wait()
    world.xt.sync.run(by="Ann")
    entry = entries(world, crm_id=crm_id)[0]
    made = world.xt.store.calls(entry.connection_id, world.clock.now() - timedelta(days=1))
    calls = [one.correlation_id for one in made if one.run_id == entry.run_id]
    values = [(one.base, one.crm) for one in entry.differences if one.field == "EmailAddress"]

    assert ("updated", "person", "Ann") == (entry.result, entry.trigger, entry.started_by)
    assert [("old@acme.example", "new@acme.example")] == values
    assert entry.correlation_id
    assert entry.correlation_id in calls
    assert world.xt.store.broken_audit_row() is None


def test_what_xero_refused_names_its_call(world: World) -> None:
    """So that Xero's support can be asked about it."""
    crm_id = organisation(world, "Acme")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT", element=0)
    world.sync()
    entry = entries(world, crm_id=crm_id)[0]

    assert "failed" == entry.result
    assert entry.correlation_id


def test_entries_are_found_by_person_trigger_and_cause(world: World) -> None:
    """Each alone, and together with others."""
    first = organisation(world, "Acme")
    world.wait()
    world.xt.sync.run(by="Ann")
    second = organisation(world, "Zenith")
    world.wait()
    world.xt.sync.run(trigger="schedule")

    assert [[first], [second], [first]] == [
        [one.crm_id for one in entries(world, by=by)] for by in ("Ann", "schedule", "person")
    ]
    assert [] == entries(world, by="Bob")


def test_a_credited_difference_names_its_call(world: World) -> None:
    """The call that carried the credit note, or set it against its invoice."""
    crm_id = sold(world, [line("30", tax_percent=Decimal(20))])
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.sync()
    world.xt.credits.make("Invoices", crm_id)
    world.sync()
    entry = next(one for one in entries(world, crm_id=crm_id) if one.correlation_id)
    made = world.xt.store.calls(entry.connection_id, world.clock.now() - timedelta(days=1))
    paths = [one.path for one in made if one.correlation_id == entry.correlation_id]

    assert len(paths) == 1
    assert "CreditNotes" in paths[0]


def test_who_has_a_module_compared_again_stands_in_the_log(world: World) -> None:
    """All its records, or one."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.wait()
    world.xt.sync.resync("Organizations", by="Ann")
    world.xt.sync.resync("Organizations", [crm_id], by="Bob")

    assert ["Bob", "Ann"] == [run.started_by for run in world.xt.sync.runs(2)]


@pytest.mark.parametrize(("goes_on", "named"), [("", "Ann"), ("Bob", "Bob")])
def test_who_begins_a_historical_sync_stands_at_its_runs(
    world: World, goes_on: str, named: str
) -> None:
    """Or who goes on with it."""
    organisation(world, "Acme")
    world.wait()
    world.xt.historical.begin("Organizations", "to_xero", "Ann")
    world.xt.historical.go_on(by=goes_on)

    assert named == world.xt.sync.runs(1)[0].started_by


def test_what_goes_on_later_keeps_who_asked(world: World) -> None:
    """A decision is carried out by the next look; so is what had to wait for Xero."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.host.edit("Organizations", crm_id, website="https://a.example")
    world.wait()
    world.sandbox.fault("status", path="/api.xro", status=429, retry_after_seconds=40)
    world.xt.sync.send("Organizations", [crm_id], by="Ann")
    world.wait(3600)
    world.xt.tick()

    assert ("person", "Ann") == (
        world.xt.sync.runs(1)[0].trigger,
        world.xt.sync.runs(1)[0].started_by,
    )


def test_a_button_of_a_page_names_who_pressed_it(world: World) -> None:
    """Sync again of the log, and the button of a record."""
    world.xt.extensions.enable("XTLog")
    crm_id = organisation(world, "Acme")
    world.sync()
    world.wait()
    entry = entries(world, crm_id=crm_id)[0]
    world.xt.panels.act(PageRequest("log", {}), "again", [str(entry.id)], by="Ann")
    world.xt.panels.press("copy", [Ref("Organizations", crm_id)], by="Bob")

    assert ["Bob", "Ann"] == [run.started_by for run in world.xt.sync.runs(2)]


@pytest.mark.feature("O5")
def test_people_read_the_same_on_the_page_and_in_a_terminal(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who, from what to what, and the call that Xero's support can find; then the chain is whole,
    and a row that somebody changes in the database is named.
    """
    world.xt.extensions.enable("XTLog")
    typed = commands_on(world, monkeypatch, capsys)
    crm_id = organisation(world, "Acme", email1="old@acme.example")
    world.sync()
    world.host.edit("Organizations", crm_id, email1="new@acme.example")
    world.wait()
    world.xt.sync.run(by="Ann")
    entry = entries(world, crm_id=crm_id)[0]
    page = text(browser_of(world).get("/xt/log?by=Ann").text)
    shown = typed("log", "show", str(entry.id)).out
    whole = typed("log", "verify").out
    with world.xt.store.engine.begin() as db:
        db.exec_driver_sql(f"UPDATE xt_outcome SET name = 'Kea' WHERE id = {entry.id}")
    changed = typed("log", "verify").err

    for said in (page, shown):
        assert "old@acme.example" in said
        assert "new@acme.example" in said
    assert "person: Ann" in shown
    assert entry.correlation_id in shown
    assert "The log is whole." in whole
    assert f"Row {entry.id} of the log is not as it was written" in changed
