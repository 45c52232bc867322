"""Evidence: why two records look alike, and when that is enough to ask a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from xtiger.rules.twins.evidence import POINTS, REASONS, Common, Likeness, Nature, likeness
from xtiger.rules.twins.look import Look, plainly

_ACME = Look(
    "crm",
    "1",
    "Acme Tools Ltd",
    number="A1",
    emails=("info@acme.example",),
    phones=("0113 496 0000",),
    tax_number="GB123456789",
    place="LS1",
)
_BARE = Look("xero", "x", "Other")


def compared(one: Look, other: Look, nature: Nature = "firm") -> Likeness:
    """Two records, with nothing else around them."""
    records = [plainly(one), plainly(other)]
    return likeness(records[0], records[1], Common.of(records, nature))


@pytest.mark.parametrize(
    ("values", "reasons", "enough"),
    [
        ({"name": "ACME  tools ltd"}, ("same_name",), True),
        ({"name": "Acmé-Tools GmbH"}, ("near_name",), True),
        ({"name": "The Acmetools"}, ("near_name",), True),
        ({"name": "Tools, Acme"}, ("word_order",), True),
        ({"name": "Acme Toools"}, ("spelled_alike",), True),
        ({"name": "Acme North"}, ("shared_word",), False),
        ({"name": "Acme North", "place": "LS 1"}, ("shared_word", "same_place"), False),
        (
            {"name": "Acme North", "emails": ("b@acme.example",)},
            ("same_domain", "shared_word"),
            True,
        ),
        ({"emails": ("b@acme.example",)}, ("same_domain",), False),
        ({"emails": ("Info@Acme.example",)}, ("same_email",), True),
        ({"phones": ("+44 113 4960000",)}, ("same_phone",), True),
        ({"number": "a1"}, ("same_number",), True),
        ({"tax_number": "123 456 789"}, ("same_tax_number",), True),
        ({"tax_number": "FR123456789"}, ("other_tax_number",), False),
        ({"name": "Acme Tools", "number": "B2"}, ("near_name", "other_number"), True),
        (
            {"name": "Acme Tools Ltd", "tax_number": "987654321"},
            ("same_name", "other_tax_number"),
            False,
        ),
        ({"name": ""}, (), False),
    ],
)
def test_each_likeness_has_its_reasons(
    values: dict[str, Any], reasons: tuple[str, ...], enough: bool
) -> None:
    """The strongest first, what speaks against last; some are enough alone."""
    found = compared(_ACME, replace(_BARE, **values))

    assert (reasons, enough) == (found.reasons, found.is_enough)


@pytest.mark.parametrize(
    ("values", "exact"),
    [
        ({"name": "Acme Tools LTD"}, True),
        ({"name": "Acme Tools Ltd", "emails": ("office@acme.example",)}, True),
        ({"name": "Acme Tools Ltd", "emails": ("info@other.example",)}, False),
        ({"name": "Acme Tools", "emails": _ACME.emails}, True),
        ({"name": "Acme Tools"}, False),
        ({"name": "Acme Tools Ltd", "number": "B2"}, False),
        ({"number": "A1"}, False),
        ({"number": "A1", "tax_number": _ACME.tax_number}, True),
    ],
)
def test_exact_is_what_nothing_speaks_against(values: dict[str, Any], exact: bool) -> None:
    """The same name, or two proofs; a number or an e-mail address of its own is a doubt."""
    assert exact == compared(_ACME, replace(_BARE, **values)).is_exact


def test_short_names_are_no_slips_of_each_other() -> None:
    """Meyers and Mayers are two families, Fensterbau and Fensterbua one firm."""
    assert not compared(Look("crm", "1", "Meyers"), Look("xero", "x", "Mayers")).is_enough
    assert compared(Look("crm", "1", "Fensterbau"), Look("xero", "x", "Fensterbua")).is_enough


@pytest.mark.parametrize(
    ("nature", "values", "enough"),
    [
        ("people", {"phones": _ACME.phones}, False),
        ("people", {"emails": _ACME.emails}, True),
        ("people", {"name": "Acme North", "emails": ("b@acme.example",)}, False),
        ("item", {"name": "Acme Toools"}, False),
        ("item", {"name": "Acme-Tools"}, True),
    ],
)
def test_people_and_items_are_told_apart_by_other_things(
    nature: Nature, values: dict[str, Any], enough: bool
) -> None:
    """Colleagues share telephone and domain; names of items differ by little."""
    assert enough == compared(_ACME, replace(_BARE, **values), nature).is_enough


def test_what_a_crowd_has_says_little() -> None:
    """One telephone of five firms, as of an accountant who entered it for all."""
    crowd = [
        plainly(replace(_BARE, side="crm", id=str(n), phones=("0113 496 0000",))) for n in range(5)
    ]
    found = likeness(crowd[0], replace(crowd[1], exact="", near=frozenset()), Common.of(crowd))

    assert (("same_phone",), POINTS["same_phone"] // 2) == (found.reasons, found.score)


def test_each_reason_has_its_points() -> None:
    """Those that speak for come before those that speak against."""
    assert set(REASONS) == set(POINTS)
    assert [POINTS[one] > 0 for one in REASONS] == sorted(
        (POINTS[one] > 0 for one in REASONS), reverse=True
    )
