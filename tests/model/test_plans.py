"""Plans as data: causes beside each other, actions, and items by result."""

from __future__ import annotations

from datetime import UTC, datetime

from xtiger.model.plans import Cause, Item, Plan
from xtiger.model.verbs import ResultName, Verb

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FIRST = Cause("text_too_long", {"line": 1})
SECOND, THIRD = Cause("name_too_long"), Cause("code_too_long")


def test_several_causes_are_one_with_the_others_beside_it() -> None:
    """Taken apart again, each stands alone and in the same order."""
    causes = [FIRST, SECOND, THIRD]

    assert tuple(causes) == Cause.of_all(causes).each()


def test_the_first_of_some_codes_is_found_beside_others() -> None:
    """In the order of the causes, not of the codes asked for; None where there is none."""
    cause = Cause.of_all([FIRST, SECOND, THIRD])

    assert ("name_too_long", None) == (
        cause.first_of({"code_too_long", "name_too_long"}),
        cause.first_of({"archived"}),
    )


def test_items_are_told_apart_by_action_and_result() -> None:
    """An action has a verb; results are asked for by name, several at once."""
    judged: tuple[tuple[Verb | None, ResultName], ...] = (
        (None, "unchanged"),
        ("update", "updated"),
        (None, "held"),
        ("create", "created"),
    )
    items = tuple(
        Item("Contacts", "Contact", str(n), None, "Kea", verb, result)
        for n, (verb, result) in enumerate(judged)
    )
    plan = Plan("c1", NOW, ("Contacts",), items)

    assert (items[1], items[3]) == plan.actions
    assert (items[0], items[2]) == plan.with_result("held", "unchanged")
