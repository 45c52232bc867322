"""Reading 10,000 records while people edit, create and archive: none is missed, no edit is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import simplejson

from tests.xero.busy import FIELDS, BusyXero
from tests.xero.clock import StepClock
from xtiger.db.store import SqlStore
from xtiger.model.connections import Connection
from xtiger.settings import Settings
from xtiger.xero.organisations import XeroOrganisation
from xtiger.xero.transport import NoAuth

RECORDS = 10_000
KINDS = {"Contacts": "Contact", "Invoices": "Invoice"}
#: Each of 20 stories is told for one list and page size; `make soak` tells all for each.
SEEDS = range(20)
SHARES = [("Contacts", 100), ("Contacts", 1_000), ("Invoices", 100), ("Invoices", 1_000)]

Open = Callable[[BusyXero], XeroOrganisation]


@pytest.fixture
def open_at(dial: object, store: SqlStore, clock: StepClock, tmp_path: Path) -> Open:
    """Opens the real door with a stand-in where the network begins."""
    made = store.connection("c1")
    assert isinstance(made, Connection)
    settings = Settings(tmp_path, "", "", "id-1", "secret-1", "http://localhost:9")
    return lambda busy: XeroOrganisation(made, settings, store, clock, http=busy)


def _seeds(plural: str, size: int) -> range:
    if os.environ.get("XTIGER_SOAK"):
        return SEEDS
    return SEEDS[SHARES.index((plural, size)) :: len(SHARES)]


def _by_update_time(busy: BusyXero, plural: str, size: int) -> set[str]:
    """Ids that page by page in Xero's default order come by."""
    found: set[str] = set()
    page, pages = 1, 1
    while page <= pages:
        query = {"page": str(page), "pageSize": str(size), "includeArchived": "true"}
        answer = busy.send("GET", f"/{plural}", auth=NoAuth(), headers={}, query=query)
        body = simplejson.loads(answer.body)
        found.update(one[FIELDS[plural][0]] for one in body[plural])
        page, pages = page + 1, body["pagination"]["pageCount"]
    return found


@pytest.mark.parametrize(("plural", "size"), SHARES)
def test_nothing_is_missed(
    open_at: Open, store: SqlStore, clock: StepClock, plural: str, size: int
) -> None:
    """What was there at the beginning is read at once; each edit made meanwhile is read at once
    or by the next read, which people disturb too; a read in peace then knows every last version.
    """
    id_field, _, text = FIELDS[plural]
    for seed in _seeds(plural, size):
        busy = BusyXero(plural, RECORDS, clock, seed, size)
        xero, seen = open_at(busy), dict.fromkeys(busy.rows, -1)
        since, known = None, [busy.versions()]
        lost = []
        for edits in (6, 6, 0):
            busy.edits = edits
            # One transaction, since the disk is no part of the claim.
            with store.transaction():
                pages = list(xero.read(KINDS[plural], since=since))
            since = pages[0].server_time
            for one in (one for page in pages for one in page.elements):
                seen[one[id_field]] = max(seen.get(one[id_field], -1), int(one[text]))
            lost.append([one for one, v in known[-1].items() if seen.get(one, -1) < v])
            known.append(busy.versions())
            clock.move(minutes=15)

        assert ([[], [], []], known[-1], True) == (
            lost,
            seen,
            min(busy.edited.values()) > 0,
        ), f"seed {seed}"


@pytest.mark.parametrize(("plural", "size"), SHARES)
def test_the_order_of_updates_would_miss_some(clock: StepClock, plural: str, size: int) -> None:
    """The same stories, paged in Xero's default order, leave records out every time."""
    missed = []
    for seed in _seeds(plural, size):
        busy = BusyXero(plural, RECORDS, clock, seed, size)
        before = set(busy.rows)
        missed.append(len(before - _by_update_time(busy, plural, size)))

    assert [] == [count for count in missed if count == 0]
