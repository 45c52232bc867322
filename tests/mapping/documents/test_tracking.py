"""Tracking options and branding themes by their names, and which lists are read for them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.convert import Lookups
from xtiger.mapping.documents.tracking import (
    CATEGORIES,
    THEMES,
    NamedLists,
    kept,
    theme_of,
    tracking_of,
    wanted_lists,
)
from xtiger.mapping.lines_to_xero import LineLookups, build_lines
from xtiger.model.chart_of_accounts import Account
from xtiger.model.records import Field, Record, Ref
from xtiger.rules.causes import cause_of
from xtiger.rules.taxes import TaxTable

LISTS = NamedLists(
    {"Region": ("North", "South"), "Team": ("Blue", "South")}, {"Plain": "t-1", "Gold": "t-2"}
)


def _named(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Name": category, "Option": option} for category, option in pairs]


@pytest.mark.parametrize(
    ("text", "defaults", "found"),
    [
        ("", {}, []),
        ("north", {}, [("Region", "North")]),
        ("Region : North; blue", {}, [("Region", "North"), ("Team", "Blue")]),
        ("Blue", {"Region": "South"}, [("Team", "Blue"), ("Region", "South")]),
        ("North", {"region": "South"}, [("Region", "North")]),
        (" ; ", {"Team": "South"}, [("Team", "South")]),
    ],
)
def test_a_line_is_tracked_by_name(text: str, defaults: Any, found: Any) -> None:
    """Its own options, and the defaults of the categories that it does not name."""
    assert _named(*found) == tracking_of(defaults, LISTS, text, 1)


@pytest.mark.parametrize(
    ("text", "defaults", "unknown"),
    [
        ("East", {}, "East"),
        ("South", {}, "South"),
        ("", {"Region": "East"}, "Region: East"),
    ],
)
def test_what_xero_has_not_or_has_twice_is_held(text: str, defaults: Any, unknown: str) -> None:
    """Nothing is guessed."""
    wanted = cause_of("tracking_unknown", option=unknown, line=2)

    assert wanted == tracking_of(defaults, LISTS, text, 2)


def test_a_theme_has_its_id() -> None:
    """No name is none; a name that Xero does not have is held."""
    assert [None, "t-2"] == [theme_of(name, LISTS) for name in ("", " gold")]
    assert cause_of("branding_unknown", theme="Silver") == theme_of("Silver", LISTS)


def test_only_what_is_in_use_is_kept() -> None:
    """Archived categories and options are none."""
    options = [{"Name": "North", "Status": "ACTIVE"}, {"Name": "Old", "Status": "ARCHIVED"}]
    elements: list[dict[str, Any]] = [
        {"Name": "Region", "Status": "ACTIVE", "Options": options},
        {"Name": "Bare", "Status": "ACTIVE"},
        {"Name": "Gone", "Status": "ARCHIVED", "Options": options},
    ]

    assert {"Region": ["North"], "Bare": []} == kept(CATEGORIES, elements)
    assert {"Gold": "t-2"} == kept(THEMES, [{"Name": "Gold", "BrandingThemeID": "t-2"}])


@pytest.mark.parametrize(
    ("options", "roles", "lists"),
    [
        ({}, (), []),
        ({"tracking_map": {"Region": "North"}}, (), [CATEGORIES]),
        ({"branding_theme": "Gold"}, ("line.tracking",), [CATEGORIES, THEMES]),
        ({"tracking_map": {}}, ("invoice.branding",), [THEMES]),
    ],
)
def test_nothing_is_read_that_nobody_names(options: Any, roles: Any, lists: Any) -> None:
    """By the options of the mapping, and by the fields of the CRM."""
    assert lists == wanted_lists(options, frozenset(roles))


@pytest.mark.parametrize(("text", "code"), [("North", ""), ("East", "tracking_unknown")])
def test_a_line_bears_what_it_names(text: str, code: str) -> None:
    """Beside its other cells; what Xero does not have is a fault of the line."""
    tracked = Field("region", "text", "Region", "line.tracking")
    module = replace(invoices(), lines=(*invoices().lines, tracked))
    fields = Lookups(TaxTable((), {}), {"200": Account("a", "200", "Sales", "SALES", "REVENUE")})
    lookups = LineLookups(
        fields,
        lambda *_: None,
        default_account="200",
        tracking=lambda said, line: tracking_of({}, LISTS, said, line),
    )
    sold = {"name": "Work", "quantity": Decimal(1), "listprice": Decimal(5), "region": text}

    built = build_lines(Record(Ref("Invoices", "1"), {}, (sold,)), module, lookups)

    assert ([] if not code else [code]) == [cause.code for cause in built.causes]
    assert (None if code else _named(("Region", "North"))) == built.lines[0].get("Tracking")
