"""A filter as people type it: what is read, written and refused."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.mapping.filters.condition import BARE, OPERATORS, Condition, Filter, Group
from xtiger.mapping.filters.faults import FilterFault
from xtiger.mapping.filters.text import parsed, written

A, B, C = (Condition(name, "is", ("1",)) for name in "abc")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("branch is South", Condition("branch", "is", ("South",))),
        ("branch = South", Condition("branch", "is", ("South",))),
        (
            '"Account Manager" IS NOT "Miller, J."',
            Condition("Account Manager", "is not", ("Miller, J.",)),
        ),
        ('name contains "a \\"b\\" \\\\"', Condition("name", "contains", ('a "b" \\',))),
        ("name does not contain x", Condition("name", "does not contain", ("x",))),
        ("name starts with x", Condition("name", "starts with", ("x",))),
        ("phone is empty", Condition("phone", "is empty")),
        ("phone is not empty", Condition("phone", "is not empty")),
        ('phone is "empty"', Condition("phone", "is", ("empty",))),
        ("total>=100.50", Condition("total", ">=", ("100.50",))),
        ("total less than 5", Condition("total", "<", ("5",))),
        ("total is not in (1, 2)", Condition("total", "not in", ("1", "2"))),
        ("day before today", Condition("day", "<", ("today",))),
        ("day is after today - 30 days", Condition("day", ">", ("today - 30 days",))),
        (
            "day between today - 2 weeks and 2026-12-01",
            Condition("day", "between", ("today - 2 weeks", "2026-12-01")),
        ),
        ("status in Sent, Paid", Condition("status", "in", ("Sent", "Paid"))),
        ("day in last 30 days", Condition("day", "within", ("last 30 days",))),
        ("day in (Last  30 Days)", Condition("day", "within", ("last 30 days",))),
        ("day is this year", Condition("day", "within", ("this year",))),
        ("name is last", Condition("name", "is", ("last",))),
        ("invoice.date within this year", Condition("invoice.date", "within", ("this year",))),
        ("a is 1 or b is 1 and c is 1", Group("or", (A, Group("and", (B, C))))),
        ("(a is 1 or b is 1) and c is 1", Group("and", (Group("or", (A, B)), C))),
        ("(a is 1 and b is 1) and (c is 1)", Group("and", (A, B, C))),
    ],
)
def test_what_is_typed_is_read(text: str, found: Filter) -> None:
    """Operators in words or signs, quotes, lists, days, periods, and brackets; and before or."""
    assert found == parsed(text)
    assert found == parsed(written(found))


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "filter_no_field", "…"),
        ("and a is 1", "filter_no_field", "and a is 1"),
        ('"" is 1', "filter_no_field", "is 1"),
        ("branch", "filter_no_operator", "…"),
        ("branch like South", "filter_no_operator", "like South"),
        ("branch is", "filter_no_value", "…"),
        ("branch is or", "filter_no_value", "or"),
        ("total between 1, 2", "filter_no_value", ", 2"),
        ("branch is New York", "filter_rest", "York"),
        ("a is 1)", "filter_rest", ")"),
        ("(a is 1 b", "filter_rest", "b"),
        ("a in (1 2)", "filter_rest", "2)"),
        ("a in (last 3 days 4", "filter_rest", "4"),
        ('a is "open', "filter_rest", '"open'),
        ("(a is 1", "filter_open", None),
        ("(" * 11 + "a is 1" + ")" * 11, "filter_deep", None),
        ("a is 1 and " * 400 + "a is 1", "filter_too_long", None),
    ],
)
def test_what_cannot_be_read_names_the_place(text: str, code: str, place: str | None) -> None:
    """And what stands wrong there."""
    with pytest.raises(FilterFault) as refused:
        parsed(text)

    assert (code, place) == (refused.value.code, refused.value.values.get("place"))


def test_a_list_after_a_bracket_is_no_period() -> None:
    """A bracket opens a list as well."""
    assert Condition("a", "in", ("last", "3")) == parsed("a in (last, 3)")


TEXTS = st.text(max_size=12)
VALUES = TEXTS | st.sampled_from(["today", "today - 30 days", "last", "empty", "a b", "and"])


@st.composite
def _conditions(draw: st.DrawFn) -> Condition:
    operator = draw(st.sampled_from([one for one in OPERATORS if one != "within"]))
    least = 0 if operator in BARE else 2 if operator == "between" else 1
    most = 3 if operator in ("in", "not in") else least
    values = draw(st.lists(VALUES, min_size=least, max_size=most))
    name = draw(TEXTS.filter(lambda text: bool(text.strip())))
    return Condition(name, operator, tuple(values))


@st.composite
def _groups(draw: st.DrawFn, depth: int = 2) -> Group:
    ways: list[Literal["and", "or"]] = ["and", "or"]
    joined = draw(st.sampled_from(ways))
    inner: st.SearchStrategy[Condition | Group] = _conditions()
    if depth:
        inner |= _groups(depth - 1).filter(lambda group: group.joined != joined)
    return Group(joined, tuple(draw(st.lists(inner, min_size=2, max_size=3))))


@given(_conditions() | _groups())
def test_what_is_written_is_read_as_the_same(found: Filter) -> None:
    """Whatever stands in names and values."""
    assert found == parsed(written(found))
