"""Tests of the search in the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.xtiger_queue.context import START, SmallContext, outcome
from xtiger.errors import NeedsPerson
from xtiger_log import search
from xtiger_log.search import Search


@pytest.fixture
def context() -> SmallContext:
    """Three hundred entries, one an hour, the first with id 1."""
    small = SmallContext()
    small.stored = [
        outcome("Invoices", str(number), id=number, at=START + timedelta(hours=number))
        for number in range(1, 301)
    ]
    return small


def test_a_day_is_read() -> None:
    """The form takes days as people write them in ISO order."""
    assert search.day(" 2026-11-20 ") == date(2026, 11, 20)


def test_an_empty_day_is_no_day() -> None:
    """An empty field of the form fits all days."""
    assert search.day("") is None


@pytest.mark.parametrize("text", ["20.11.2026", "2026-13-01", "yesterday"])
def test_a_wrong_day_is_explained(text: str) -> None:
    """The sentence shows how to write it."""
    with pytest.raises(NeedsPerson, match=r"is no day. Write it like 2026-11-20."):
        search.day(text)


@pytest.mark.feature("F089")
def test_both_days_are_included(context: SmallContext) -> None:
    """From the 21st to the 21st is the whole 21st."""
    found = search.rows(
        context, Search(first=date(2026, 11, 21), last=date(2026, 11, 21), limit=99), "data"
    )
    days = {row.at.date() for row in found if row.at}

    assert (days, len(found)) == ({date(2026, 11, 21)}, 24)


@pytest.mark.feature("F089")
def test_the_form_becomes_a_search() -> None:
    """Each field of the form reaches its filter; pages count from 1."""
    form = {
        "module": "Invoices",
        "result": "failed, held",
        "text": " 17 ",
        "flow": "to_crm",
        "record": "7",
        "xero": "x-7",
        "from": "2026-11-01",
        "to": "2026-11-02",
        "run": "r9",
        "connection": "c1",
        "code": "tax_missing, tax_unknown",
        "by": " Ann ",
    }

    assert search.from_form(form, 3, 20) == Search(
        module="Invoices",
        results=("failed", "held"),
        text="17",
        flow="to_crm",
        record="7",
        xero_id="x-7",
        changed_only=True,
        first=date(2026, 11, 1),
        last=date(2026, 11, 2),
        run_id="r9",
        connection_id="c1",
        codes=("tax_missing", "tax_unknown"),
        by="Ann",
        limit=20,
        offset=40,
    )


def test_a_direction_that_is_none_is_not_looked_for() -> None:
    """What somebody types into the address does no harm."""
    assert search.from_form({"flow": "to_sage"}).flow == ""


def test_an_unknown_result_is_explained() -> None:
    """The sentence lists the results that exist."""
    with pytest.raises(NeedsPerson, match=r"no result 'lost'. Known ones: created, updated"):
        search.known_results(["lost"])


@pytest.mark.parametrize("id", [1, 2, 150, 299, 300])
def test_an_entry_is_found_by_its_id(context: SmallContext, id: int) -> None:
    """However old it is."""
    assert search.outcome_with_id(context, id).id == id


@pytest.mark.parametrize("id", [0, -3, 301])
def test_an_unknown_entry_is_explained(context: SmallContext, id: int) -> None:
    """The sentence says where ids are seen."""
    with pytest.raises(NeedsPerson, match=f"The log has no entry {id}. See its entries"):
        search.outcome_with_id(context, id)


def test_an_empty_log_has_no_entry() -> None:
    """Nothing was synced yet."""
    with pytest.raises(NeedsPerson, match="no entry 1"):
        search.outcome_with_id(SmallContext(), 1)


def test_a_record_that_came_into_step_does_not_stand_any_more(context: SmallContext) -> None:
    """Only the newest entry of a record counts."""
    context.stored = [
        outcome("Invoices", "1", "failed", id=1),
        outcome("Invoices", "2", "failed", id=2),
        replace(outcome("Invoices", "1", "created", id=3), xero_id="new"),
    ]
    found = search.standing(context, Search(results=("failed",)))

    assert [2] == [entry.id for entry in found]


def test_standing_entries_are_found_beyond_one_page(context: SmallContext) -> None:
    """The oldest trouble counts as much as the newest."""
    context.stored[0] = replace(context.stored[0], result="failed")
    found = search.standing(context, Search(results=("failed",)))

    assert [1] == [entry.id for entry in found]


def test_moments_of_the_search_are_aware() -> None:
    """The store takes no naive moment."""
    since = Search(first=date(2026, 1, 1)).filters()["since"]

    assert since is not None
    assert since.tzinfo is not None


def test_an_entry_that_is_missing_in_the_log_is_explained() -> None:
    """A hole in the log is told and does not send the search on for ever."""
    small = SmallContext()
    small.stored = [outcome("Invoices", str(number), id=number) for number in (1, 2, 4)]
    with pytest.raises(NeedsPerson, match="no entry 3"):
        search.outcome_with_id(small, 3)
