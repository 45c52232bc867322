"""A filter on the fields of a module: what it lets in, what it leaves out, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from xtiger.mapping.filters.bound import BoundFilter, LeftOut, bound_filter, moves_with_today
from xtiger.mapping.filters.faults import FilterFault
from xtiger.model.records import Choice, Field, Module, Record, Ref

TODAY = date(2026, 11, 30)
MODULE = Module(
    "Invoices",
    "invoice",
    "Invoices",
    (
        Field("branch", label="Branch"),
        Field("total", "money"),
        Field("day", "date", role="invoice.date"),
        Field("made", "datetime"),
        Field("paid", "bool"),
        Field("owner", "ref"),
        Field("more", "json"),
        Field("tags", "multi_choice", choices=(Choice("hot", "Hot!"), Choice("cold", "Cold"))),
        Field("state", "choice", choices=(Choice("S", "Sent"), Choice("P", "Paid"))),
        Field("until", role="invoice.due_date"),
    ),
    lines=(Field("price", "money", role="invoice.line.price"),),
)


def of(text: str, zone: Any = UTC) -> BoundFilter:
    """A filter that is there."""
    found = bound_filter(text, MODULE, TODAY, zone)
    assert found is not None
    return found


def record(**values: Any) -> Record:
    """An invoice of these values."""
    return Record(Ref("Invoices", "1"), values)


@pytest.mark.parametrize(
    ("text", "values", "fits"),
    [
        ("branch is south", {"branch": " South "}, True),
        ("branch is South", {"branch": "North"}, False),
        ("branch is South", {"branch": ""}, False),
        ("branch is not South", {"branch": "South"}, False),
        ("branch is not South", {}, True),
        ("branch in (South, West)", {"branch": "West"}, True),
        ("branch not in (South, West)", {"branch": "West"}, False),
        ("branch contains OUT", {"branch": "South"}, True),
        ("branch does not contain out", {"branch": "South"}, False),
        ("branch does not contain out", {}, True),
        ("branch starts with so", {"branch": "South"}, True),
        ("branch starts with out", {"branch": "South"}, False),
        ("branch is empty", {"branch": " "}, True),
        ("branch is not empty", {"branch": " "}, False),
        ("total >= 100", {"total": Decimal("100.00")}, True),
        ("total > 100", {"total": Decimal(100)}, False),
        ("total < 100", {"total": "99.99"}, True),
        ("total <= 100", {"total": "much"}, False),
        ("total is not 100", {"total": "much"}, True),
        ("total <= 100", {}, False),
        ("total <= 100", {"total": 100}, True),
        ("total between 1 and 2", {"total": Decimal("1.5")}, True),
        ("total in (1, 2)", {"total": Decimal("2.00")}, True),
        ("day is 2026-11-30", {"day": TODAY}, True),
        ("day < today", {"day": TODAY}, False),
        ("day before today", {"day": date(2026, 11, 29)}, True),
        ("day in last 30 days", {"day": date(2026, 10, 31)}, True),
        ("day in last 30 days", {"day": date(2026, 10, 30)}, False),
        ("day is this year", {"day": date(2026, 1, 1)}, True),
        ("invoice.date is this year", {"day": date(2025, 1, 1)}, False),
        ("day between today - 1 month and today", {"day": date(2026, 10, 30)}, True),
        ("until after 2026-11-01", {"until": "2026-11-02T10:00"}, True),
        ("until after 2026-11-01", {"until": "never"}, False),
        ("paid is yes", {"paid": "1"}, True),
        ("paid is not yes", {"paid": True}, False),
        ("paid is not yes", {}, True),
        ("owner is 7", {"owner": 7}, True),
        ("more is not empty", {"more": {"a": 1}}, True),
        ("more is empty", {"more": {}}, True),
        ("tags is Hot!", {"tags": ["cold", "hot"]}, True),
        ("tags is hot", {"tags": ["cold"]}, False),
        ("tags is not hot", {"tags": []}, True),
        ("state in (sent, P)", {"state": "S"}, True),
        ("state is Paid", {"state": "S"}, False),
        ("branch is South and total > 1", {"branch": "South", "total": 1}, False),
        ("branch is South or total > 1", {"branch": "South", "total": 1}, True),
        ("branch is South or total > 1", {"branch": "North", "total": 1}, False),
        ("(branch is A or branch is B) and paid is no", {"branch": "B", "paid": False}, True),
    ],
)
def test_a_record_fits_or_not(text: str, values: dict[str, Any], fits: bool) -> None:
    """By the type of the field; what is empty is neither more nor less, and is not anything."""
    assert fits == (of(text).left_out(record(**values)) is None)


@pytest.mark.parametrize(
    ("text", "values", "why"),
    [
        ("branch is not South", {"branch": "South"}, ("Branch", "South")),
        ("branch is not empty", {}, ("Branch", "–")),
        ("paid is no", {"paid": True}, ("paid", "yes")),
        ("paid is yes", {"paid": False}, ("paid", "no")),
        ("day is today", {"day": date(2026, 11, 1)}, ("day", "2026-11-01")),
        ("day is today", {"day": "never"}, ("day", "never")),
        ("state is Paid", {"state": "S"}, ("state", "Sent")),
        ("tags is empty", {"tags": ["hot", "x"]}, ("tags", "Hot!, x")),
        ("branch is A and total > 1", {"branch": "A", "total": 1}, ("total", "1")),
        ("branch is A or total > 1", {"branch": "B", "total": 1}, ("Branch", "B")),
        ("branch is A", {"branch": "x" * 90}, ("Branch", "x" * 60)),
    ],
)
def test_the_reason_is_the_first_field_that_does_not_fit(
    text: str, values: dict[str, Any], why: tuple[str, str]
) -> None:
    """With its value, as people read it."""
    assert LeftOut(*why) == of(text).left_out(record(**values))


def test_a_moment_is_of_the_day_in_the_zone_of_the_crm() -> None:
    """Half past eleven in the evening in London is tomorrow in Berlin."""
    late = record(made=datetime(2026, 11, 29, 23, 30, tzinfo=UTC))

    assert of("made is today").left_out(late) == LeftOut("made", "2026-11-29")
    assert of("made is today", ZoneInfo("Europe/Berlin")).left_out(late) is None


@pytest.mark.parametrize(
    ("text", "values", "fits"),
    [
        ("branch is South", {}, True),
        ("total > 1", {}, False),
        ("branch is South and total > 1", {"total": 1}, False),
        ("branch is South and total > 1", {"total": 2}, True),
        ("branch is South or total > 1", {"total": 1}, True),
        ("total > 1 or branch is South", {"total": 2}, True),
    ],
)
def test_what_is_not_known_keeps_nothing_out(text: str, values: dict[str, Any], fits: bool) -> None:
    """Of a record of Xero: only the total is mapped, and its branch comes from nowhere."""
    found = of(text).left_out_coming(record(**values), frozenset({"total"}))

    assert fits == (found is None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour is red", "Invoices have no field colour in this CRM; they have: branch, total"),
        ("invoice.line.price > 1", "Invoices have no field invoice.line.price"),
        ("total contains 1", "contains cannot be asked of total; it takes: is, is not, is empty"),
        ("paid > 1", "> cannot be asked of paid; it takes: is, is not, is empty"),
        ("more is 1", "is cannot be asked of more"),
        ("branch in last 3 days", "within cannot be asked of branch"),
        ("total > much", "total is a number, and much is none."),
        ('total > ""', "total is a number"),
        ("day is soon", "day is a day, and soon is none"),
        ("day within long", "long is no period"),
        ("paid is perhaps", "paid is yes or no, and perhaps is neither."),
        ("state is Lost", "state has no value Lost; it has: S, P."),
    ],
)
def test_what_cannot_be_asked_is_refused(text: str, said: str) -> None:
    """With what there is instead."""
    with pytest.raises(FilterFault) as refused:
        of(text)

    assert str(refused.value).startswith(said)


def test_an_empty_filter_is_none() -> None:
    """Every record is in."""
    assert bound_filter(" ", MODULE, TODAY, UTC) is None


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("", False),
        ("a is 1", False),
        ("a is 1 and b is 2", False),
        ("a is 1 and (b is 2 or c in last 3 days)", True),
    ],
)
def test_what_moves_with_today(text: str, moves: bool) -> None:
    """A record comes in or falls out though nobody edits it."""
    assert moves == moves_with_today(text)
