"""The door as the app opens it."""

from __future__ import annotations

from tests.xero.clock import StepClock
from xtiger.db.store import SqlStore
from xtiger.model.connections import Connection
from xtiger.sandbox import Sandbox
from xtiger.settings import Settings
from xtiger.xero.organisations import XeroOrganisation, open_organisation
from xtiger.xero.transport import Http


def test_the_organisation_is_read(
    connection: Connection, settings: Settings, store: SqlStore, clock: StepClock, sandbox: Sandbox
) -> None:
    """The door opened by connection answers that organisation, with currency and short code."""
    door = open_organisation(connection, settings, store, clock, "run-7")
    found = door.organisation()
    door.close()

    assert ("Aroha Trading Ltd", "GBP", "!") == (
        found["Name"],
        found["BaseCurrency"],
        found["ShortCode"][:1],
    )


def test_calls_of_identity_are_not_counted(
    xero: XeroOrganisation, clock: StepClock, sandbox: Sandbox
) -> None:
    """A refresh on the way is no call of the Accounting API."""
    clock.move(minutes=29)
    xero.organisation()

    assert 1 == xero.calls


def test_a_shared_pool_stays_open(
    connection: Connection, settings: Settings, store: SqlStore, clock: StepClock
) -> None:
    """Closing one door leaves the pool that it was given to others."""
    http = Http()
    names = []
    for _ in range(2):
        door = XeroOrganisation(connection, settings, store, clock, http=http)
        names.append(door.organisation()["Name"])
        door.close()
    http.close()

    assert ["Aroha Trading Ltd"] * 2 == names
