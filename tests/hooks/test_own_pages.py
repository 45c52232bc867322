"""A page that an extension brings: its links, what its rows unfold, and who presses its buttons."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.hooks.conftest import Install
from tests.web.test_tables import as_a, pressed
from tests.world import World
from xtiger.errors import UnknownModule
from xtiger.hookspecs import (
    CrmLink,
    PageAction,
    PageLink,
    PageRequest,
    PageSpec,
    RowDetail,
    RowPart,
    TablePage,
    XeroLink,
    hookimpl,
)
from xtiger.ports import Context


def _pressed(_context: Context, _request: PageRequest, keys: Sequence[str]) -> str:
    return f"Pressed for {', '.join(keys)}."


def _table(_context: Context, _request: PageRequest) -> TablePage:
    links = (
        CrmLink("Organizations", "1", column="Name"),
        XeroLink("none", "Contact", "x"),
        PageLink("Of runs", "runs", {"text": "a&b"}),
        PageLink("Gone", "nobodys"),
    )
    detail = RowDetail("k&1", links, ("poke",), RowPart("1 part", ("Field",), (("<b>",),)))
    return TablePage(
        "Own",
        ("Name", "Points", "Unfilled"),
        (("<i>Kea</i>", "7", ""),),
        details=(detail,),
        beneath={"Points": "Name"},
    )


@hookimpl
def pages() -> Sequence[PageSpec]:
    """A page whose button those press who may release, and one for administrators."""
    buttons = (
        PageAction("poke", "Poke", _pressed, right="release"),
        PageAction("drop", "Drop", _pressed),
    )
    return [PageSpec("own", "Own", _table, buttons)]


def test_any_extension_brings_links_parts_and_buttons(world: World, install: Install) -> None:
    """What leads nowhere is left out, markup stays text, and a right is its own."""
    install(pages)
    page = as_a("accountant", world).get("/xt/own").text
    said = pressed(as_a("accountant", world), "/xt/own", "Poke")

    assert '<span class="xt-beneath">7</span>' in page
    assert "&lt;i&gt;Kea&lt;/i&gt;</a>" in page
    assert "<td>&lt;b&gt;</td>" in page
    assert 'href="/xt/runs?text=a%26b"' in page
    assert ("Gone" in page, "Drop" in page, "Unfilled" in page) == (False, False, False)
    assert said == "Pressed for k&amp;1."


def test_a_button_that_nobody_brings_is_named(world: World, install: Install) -> None:
    """With those that the page has."""
    install(pages)

    with pytest.raises(UnknownModule, match="poke"):
        world.xt.panels.act(PageRequest("own", {}), "burn", ["1"])


def test_details_belong_to_rows() -> None:
    """A table that would give a row the buttons of another one is none."""
    with pytest.raises(ValueError, match="2 details for 1 rows"):
        TablePage("Own", ("Name",), (("Kea",),), details=(RowDetail(), RowDetail()))
