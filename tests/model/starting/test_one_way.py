"""The syncs of one module and one way: seven names, each of a role and a way of its own."""

from __future__ import annotations

import pytest

from xtiger.model.starting.historical import Way
from xtiger.model.starting.one_way import ONE_WAY, one_way_label, role_called


def test_there_are_seven_and_none_is_another() -> None:
    """Names, and what each moves, are there once."""
    assert 7 == len({one.label for one in ONE_WAY}) == len({(o.role, o.way) for o in ONE_WAY})


@pytest.mark.parametrize(
    ("role", "way", "label"),
    [
        ("product", "to_crm", "Get Items"),
        ("product", "to_xero", "Send Products"),
        ("payment", "to_crm", ""),
    ],
)
def test_a_module_has_the_name_of_its_role(role: str, way: Way, label: str) -> None:
    """A module without a name of its own has none."""
    assert label == one_way_label(role, way)


@pytest.mark.parametrize(
    ("word", "way", "role"),
    [
        ("Items", "to_crm", "product"),
        ("items", "to_xero", None),
        ("accounts", "to_crm", ""),
        ("Payments", "to_crm", None),
    ],
)
def test_a_word_names_a_role(word: str, way: Way, role: str | None) -> None:
    """In any case; only the way that has it."""
    assert role == role_called(word, way)
