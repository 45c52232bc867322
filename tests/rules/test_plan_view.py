"""What people see of a plan: which way items go, counts, one way alone, and the items as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from xtiger.model.asked_sync import KEPT_ITEMS, Direction, KeptPlan
from xtiger.model.plans import Cause, Difference, Estimate, Item, Plan
from xtiger.rules.plan_view import columns_of, count, kept_plan, one_way

SENT = {"Name": "Kea"}


def item(name: str = "a", **given: Any) -> Item:
    """A product of this CRM id, as given."""
    return Item("Products", "Item", name, None, name, **given)


def plan(*items: Item) -> Plan:
    """A plan of these items."""
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    return Plan("c1", moment, ("Products",), items, Estimate(3, 4, 5))


def silent(_item: Item) -> tuple[str, str]:
    """No sentence."""
    return "", ""


BOTH = item("both", verb="update", to_xero=SENT, to_crm=SENT)
GONE = item("gone", verb="void", to_xero=SENT)
CAME = item("came", verb="create", to_crm=SENT)
LINKED = item("linked", verb="link")
HELD = item("held", result="held", cause=Cause("not_selected"))
QUARREL = item("quarrel", verb="link", result="conflict")
SAME = item("same")


@pytest.mark.parametrize(
    ("one", "columns"),
    [
        (BOTH, ("to_xero.update", "to_crm.update")),
        (GONE, ("to_xero.remove",)),
        (CAME, ("to_crm.create",)),
        (LINKED, ("to_xero.link",)),
        (item(verb="delete"), ("to_xero.remove",)),
        (HELD, ("held",)),
        (QUARREL, ("to_xero.link", "conflict")),
        (SAME, ("unchanged",)),
    ],
    ids=lambda one: one.name if isinstance(one, Item) else "",
)
def test_items_count_on_the_sides_that_they_change(one: Item, columns: tuple[str, ...]) -> None:
    """A merge counts on both sides, a removal as remove, what is not done by its result."""
    assert columns == columns_of(one)


def test_counts_name_modules_without_items_too() -> None:
    """A module with nothing to do has an empty row."""
    made = plan(BOTH, HELD, HELD)

    assert {"Products": {"to_xero.update": 1, "to_crm.update": 1, "held": 2}} == count(made)
    assert {"Products": {}} == count(plan())


@pytest.mark.parametrize(
    ("direction", "left"),
    [
        ("", ["both", "gone", "came", "linked", "held", "quarrel", "same"]),
        ("to_xero", ["gone", "linked", "held", "quarrel", "same"]),
        ("to_crm", ["came", "linked", "held", "quarrel", "same"]),
    ],
)
def test_one_way_leaves_what_writes_on_the_other_side(
    direction: Direction, left: list[str]
) -> None:
    """Links write nothing and stay; a merge of both sides waits for a sync of both ways."""
    made = one_way(plan(BOTH, GONE, CAME, LINKED, HELD, QUARREL, SAME), direction)

    assert left == [one.name for one in made.items]


@pytest.mark.parametrize(
    ("given", "direction", "stays"),
    [
        ({"to_xero": SENT}, "to_crm", False),
        ({"to_crm": SENT}, "to_crm", True),
        ({"to_crm": SENT}, "to_xero", False),
        ({"to_xero": SENT}, "to_xero", True),
    ],
)
def test_a_link_that_writes_goes_its_way_only(
    given: dict[str, Any], direction: Direction, stays: bool
) -> None:
    """What is filled while linking is a write too."""
    made = one_way(plan(item(verb="link", **given)), direction)

    assert stays == bool(made.items)


def test_a_kept_plan_has_whole_numbers_and_the_first_records() -> None:
    """Actions go before what is not done, and what is unchanged is counted only."""
    many = [item(f"h{number}", result="held") for number in range(KEPT_ITEMS)]

    kept = kept_plan(plan(*many, GONE, SAME), silent)

    assert (KEPT_ITEMS, KEPT_ITEMS + 1) == (len(kept.items), kept.shown)
    assert "gone" in {one.name for one in kept.items}
    assert {"held": KEPT_ITEMS, "to_xero.remove": 1, "unchanged": 1} == kept.counts["Products"]
    assert (3, 4, 5) == (kept.calls, kept.seconds, kept.size_bytes)


def test_a_kept_plan_of_one_way_says_how_many_it_leaves() -> None:
    """They are no part of its numbers."""
    kept = kept_plan(plan(BOTH, CAME), silent, "to_crm")

    assert ({"to_crm.create": 1}, 1) == (kept.counts["Products"], kept.other_way)


def test_fields_and_lines_are_texts() -> None:
    """A value is one text; lines are one each, as amount, price and what it is."""
    changed = Difference("lines.1", "Line 1", None, "1 × 10 Work", None, "to_xero")
    crm = {"lines": [{"quantity": Decimal(2), "listprice": Decimal(5), "name": "Oar"}]}
    whole = Difference("lines", "Lines", None, crm, None, "to_xero")
    day = Difference("Date", "", None, None, datetime(2026, 1, 2, tzinfo=UTC).date(), "to_crm")

    kept = kept_plan(plan(item(verb="update", differences=(changed, whole, day))), silent)

    assert [
        ("Line 1", ("1 × 10 Work",), ()),
        ("Line 1", ("2 × 5 Oar",), ()),
        ("Date", (), ("2026-01-02",)),
    ] == [(one.label, one.crm, one.xero) for one in kept.items[0].fields]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            {"to_xero": {"lines": [{"Quantity": Decimal(1), "UnitAmount": Decimal(9)}]}},
            [(("1 × 9",), (), "to_xero")],
        ),
        (
            {"to_crm": {"lines": [{"listprice": Decimal(9), "name": "Oar"}, {"name": "Note"}]}},
            [((), ("× 9 Oar",), "to_crm"), ((), ("name Note",), "to_crm")],
        ),
        ({"to_xero": {"Name": "x"}}, []),
    ],
)
def test_a_new_document_shows_its_lines(given: dict[str, Any], shown: list[Any]) -> None:
    """They are no differences: the other side has none yet."""
    kept = kept_plan(plan(item(verb="create", expected_total=Decimal("9.00"), **given)), silent)

    assert shown == [(one.crm, one.xero, one.decision) for one in kept.items[0].fields]
    assert "9.00" == kept.items[0].total


def test_all_lines_at_once_stand_line_by_line() -> None:
    """Likely pairs side by side, what is equal is told, and a line of one side stands alone."""

    def there(price: int, name: str, amount: int = 1) -> dict[str, Any]:
        return {"Quantity": Decimal(amount), "UnitAmount": Decimal(price), "Description": name}

    ours = [
        {"quantity": Decimal(1), "unit_price": Decimal(price), "name": name}
        for price, name in ((5, "Oar"), (7, "Sail"), (9, "Keel"))
    ]
    theirs = [there(5, "Oar"), there(8, "Sail"), there(3, "Rope", 4)]
    whole = Difference("lines", "Lines", None, {"lines": ours}, theirs, "conflict")
    none = Difference("lines", "Lines", None, "one", None, "conflict")
    one_side = Difference("other", "Whole", None, {"lines": ["one"]}, None, "conflict")

    made = item(result="conflict", differences=(whole, none, one_side))
    kept = kept_plan(plan(made), silent)

    assert [
        ("Line 1", ("1 × 5 Oar",), ("1 × 5 Oar",), "same"),
        ("Line 2", ("1 × 7 Sail",), ("1 × 8 Sail",), "conflict"),
        ("Line 3", ("1 × 9 Keel",), (), "conflict"),
        ("Line 4", (), ("4 × 3 Rope",), "conflict"),
        ("Lines", ("one",), (), "conflict"),
        ("Whole", ("one",), (), "conflict"),
    ] == [(one.label, one.crm, one.xero, one.decision) for one in kept.items[0].fields]


def test_lines_for_rounding_are_counted_by_currency() -> None:
    """Of what is sent: how many documents bear one, and what they add up to; others are none."""

    def rounded(amount: str, **given: Any) -> Item:
        return item(verb="create", rounding={"UnitAmount": Decimal(amount)}, **given)

    kept = kept_plan(
        plan(
            rounded("0.01", to_xero={"CurrencyCode": "GBP"}),
            rounded("-0.03", xero_values={"CurrencyCode": "GBP"}),
            rounded("0.02", to_xero={"CurrencyCode": "EUR"}),
            item(result="held", rounding={"UnitAmount": Decimal(1)}),
            BOTH,
        ),
        silent,
    )

    assert {"EUR": (1, "0.02"), "GBP": (2, "-0.02")} == kept.roundings
    before = {key: value for key, value in kept.plain().items() if key != "roundings"}
    assert (kept, replace(kept, roundings={})) == (
        KeptPlan.of(kept.plain()),
        KeptPlan.of(before),
    )


def test_a_cause_is_kept_in_words() -> None:
    """As it was said then, with its code."""
    kept = kept_plan(plan(HELD), lambda _item: ("Why.", "Do this."))

    assert ("Why.", "Do this.", "not_selected") == (
        kept.items[0].said,
        kept.items[0].fix,
        kept.items[0].code,
    )
