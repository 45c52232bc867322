"""The log says who began what, and which call of Xero's carried it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.sync.people import organisation
from tests.world import World
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
