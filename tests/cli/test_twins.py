"""`xtiger twins` on the real library."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_conflicts import Typed, typed, world
from tests.stories.sync.people import organisation
from tests.stories.sync.test_first_link import contact
from tests.world import World

__all__ = ["typed", "world"]


@pytest.mark.feature("O7")
def test_twins_are_listed_and_answered(world: World, typed: Typed) -> None:
    """Why they look alike, the answers, and who answered what."""
    xero_id = contact(world, "Acme Limited")
    crm_id = organisation(world, "Acme Ltd")
    before = typed("twins").out
    assert "Xero was not read yet. Run: xtiger plan" in before
    assert "No records look alike" not in before
    world.plan()

    shown = typed("twins").out
    (found,) = json.loads(typed("twins", "--json").out)["groups"]
    said = typed("twins", "answer", "organizations", found["key"], "--as", "link").out

    assert "the same name but for accents, signs or legal form" in shown
    assert "--as link" in shown
    assert ["near_name"] == found["reasons"]
    assert "They are linked." in said
    assert xero_id == world.xero_id("Organizations", crm_id)
    assert "No records look alike." in typed("twins", "--module", "Organizations").out
    assert f"CRM {crm_id} · Xero {xero_id}" in typed("twins", "answered").out
    (kept,) = json.loads(typed("twins", "answered", "--json").out)["answers"]
    assert ("link", [["crm", crm_id], ["xero", xero_id]]) == (kept["answer"], kept["records"])


def test_exact_ones_are_linked_by_one_command(world: World, typed: Typed) -> None:
    """The list says how many, and names the command."""
    assert "Nothing was answered yet." in typed("twins", "answered").out
    contact(world, "Acme")
    organisation(world, "Acme")
    world.plan()
    assert "xtiger twins link-exact" in typed("twins").out

    assert "1 pair is linked." in typed("twins", "link-exact").out
    assert {"linked": 0} == json.loads(typed("twins", "link-exact", "--json").out)
    key = {"module": "Organizations", "key": "old", "answer": "link"}
    assert typed("twins", "answer", key["module"], key["key"], "--as", key["answer"]).code != 0
