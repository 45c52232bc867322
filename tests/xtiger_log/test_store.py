"""Tests of the search in the log over the library's real store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.xtiger_queue.context import START, SmallContext, outcome
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.model.runs import Outcome
from xtiger_log import search
from xtiger_log.search import Search


class StoreContext(SmallContext):
    """A context whose outcomes come from the store."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__()
        self.store = store

    def outcomes(self, connection_id: str | None = None, **filters: Any) -> Sequence[Outcome]:
        ids = [one.id for one in self.known if connection_id in (None, one.id)]
        return self.store.outcomes(connections=ids, **filters)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[StoreContext]:
    """Three days of entries, one at midnight, with ids from 1."""
    store = SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}", Cipher([new_key()]))
    store.migrate()
    midnight = START.replace(hour=0)
    days = [midnight - timedelta(seconds=1), midnight, midnight + timedelta(days=1)]
    store.add_outcomes(
        replace(outcome("Invoices", str(number), code="tax"), at=at, result="failed")
        for number, at in enumerate(days, 1)
    )
    yield StoreContext(store)
    store.close()


def test_a_day_is_from_midnight_to_midnight(context: StoreContext) -> None:
    """The second before belongs to the day before, the next midnight to the day after."""
    found = search.rows(context, Search(first=START.date(), last=START.date()), "data")

    assert [row.crm_id for row in found] == ["2"]


def test_days_outside_have_no_entries(context: StoreContext) -> None:
    """A search in the past finds nothing."""
    assert search.rows(context, Search(last=date(2020, 1, 1)), "data") == []


def test_results_and_text_are_searched_together(context: StoreContext) -> None:
    """All fields of the form must fit."""
    found = search.rows(context, Search("Invoices", ("failed", "held"), "name 3"), "data")

    assert [row.crm_id for row in found] == ["3"]


@pytest.mark.parametrize("id", [1, 2, 3])
def test_an_entry_is_found_by_the_id_the_store_gave(context: StoreContext, id: int) -> None:
    """The store's ids rise by one, as the search relies on."""
    assert search.outcome_with_id(context, id).crm_id == str(id)
