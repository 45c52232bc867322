"""Tracking and branding theme: by module or field on a new invoice, and kept on every edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_line_merge import edit_here
from tests.stories.sync.test_rounding import VAT
from tests.stories.sync.test_smallest_cases import say
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Field, Module

THREE = [line("9.99", **VAT) for _ in range(3)]


def _with_fields() -> list[Module]:
    """A CRM whose invoices name a theme, and whose lines name what they are tracked by."""
    found = []
    for one in standard_modules():
        if one.name == "Invoices":
            theme = Field("theme", "text", "Theme", "invoice.branding")
            tracked = Field("region", "text", "Region", "line.tracking")
            one = replace(one, fields=(*one.fields, theme), lines=(*one.lines, tracked))
        found.append(one)
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, modules=_with_fields(), arithmetic="none") as made:
        made.connect()
        made.default_account()
        _in_xero(made)
        yield made


def _in_xero(world: World) -> None:
    """Two categories with options, and a second theme."""
    for name, options in (("Region", ("North", "South")), ("Team", ("Blue",))):
        made = world.sandbox.add("TrackingCategories", {"Name": name})
        kept = [
            {
                "TrackingOptionID": f"0000000{n}-0000-4000-8000-{made['TrackingCategoryID'][-12:]}",
                "Name": option,
                "Status": "ACTIVE",
            }
            for n, option in enumerate(options)
        ]
        world.sandbox._state.put(
            world.organisation(),
            "TrackingCategories",
            made["TrackingCategoryID"],
            {**made, "Options": kept},
        )


def _tracked(world: World, crm_id: str) -> list[list[str]]:
    """Options of each line in Xero."""
    categories = {
        option["TrackingOptionID"]: option["Name"]
        for one in world.xero("TrackingCategories")
        for option in one["Options"]
    }
    return [
        sorted(categories[each["TrackingOptionID"]] for each in one.get("Tracking") or ())
        for one in world.in_xero("Invoices", crm_id)["LineItems"]
    ]


def test_options_and_fields_say_it_of_a_new_invoice(world: World) -> None:
    """The line's own, else that of the module; the invoice's own theme, else the module's."""
    theme = world.xero("BrandingThemes")[-1]
    say(world, "tracking:Region", "South")
    say(world, "tracking:Team", "Blue")
    say(world, "branding_theme", theme["Name"])
    kea = organisation(world, "Kea")
    lines = [line("10", **VAT, region="North"), line("5", **VAT)]
    crm_id = invoice(world, "I1", kea, lines, total=Decimal(18))

    world.sync()

    assert [["Blue", "North"], ["Blue", "South"]] == _tracked(world, crm_id)
    assert theme["BrandingThemeID"] == world.in_xero("Invoices", crm_id)["BrandingThemeID"]
    assert (0, []) == (world.actions(), world.xt.proof.differences())


def test_no_edit_drops_what_somebody_chose_in_xero(world: World) -> None:
    """Text, price, a line more, its rounding: tracking and theme stay as they are there."""
    kea = organisation(world, "Kea")
    crm_id = invoice(world, "I1", kea, THREE, total=Decimal("35.964"))
    world.sync()
    there = world.in_xero("Invoices", crm_id)
    theme = world.xero("BrandingThemes")[-1]
    chosen = {"Tracking": [{"Name": "Region", "Option": "North"}]}
    edited = [
        {"LineItemID": one["LineItemID"], **(chosen if one["Description"] != "Rounding" else {})}
        for one in there["LineItems"]
    ]
    whole = {"LineItems": edited, "BrandingThemeID": theme["BrandingThemeID"]}
    world.sandbox.edit("Invoices", there["InvoiceID"], whole)
    world.sync()

    edit_here(world, crm_id, {"name": "Other"}, {}, {})
    world.sync()
    edit_here(world, crm_id, {}, {"listprice": Decimal("0.82")}, {}, total=Decimal("24.96"))
    world.sync()
    half = {"discount_percent": Decimal(50)}
    edit_here(world, crm_id, {}, {}, half, total=Decimal("18.966"))
    world.sync()
    edit_here(world, crm_id, {}, {}, {}, line("1", **VAT, region="South"), total=Decimal("20.166"))
    world.sync()

    assert [["North"]] * 3 + [["South"]] == _tracked(world, crm_id)[:4]
    assert theme["BrandingThemeID"] == world.in_xero("Invoices", crm_id)["BrandingThemeID"]
    assert (0, []) == (world.actions(), world.xt.proof.differences())


@pytest.mark.parametrize(
    ("lines", "head", "code"),
    [
        ([line("10", region="East")], {}, "tracking_unknown"),
        ([line("10")], {"theme": "Silver"}, "branding_unknown"),
    ],
)
def test_what_xero_has_not_is_held(
    world: World, lines: list[dict[str, Any]], head: dict[str, Any], code: str
) -> None:
    """Before any call."""
    crm_id = invoice(world, "I1", organisation(world, "Kea"), lines, **head)

    world.sync()

    assert code == world.codes()["Invoices", crm_id]
    assert [] == world.xero("Invoices")


def test_without_a_name_no_list_is_read(tmp_path: Path) -> None:
    """A CRM that says nothing of either costs no call."""
    with make_world(tmp_path) as plain:
        plain.connect()
        plain.sync()

        paths = {call.path.split("/")[-1] for call in plain.sandbox.calls()}
        assert not {"TrackingCategories", "BrandingThemes"} & paths
