"""Lines of a CRM that writes them anew at each save: matched by what they say, never doubled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_invoices import sent
from tests.stories.sync.test_line_merge import NEW, edit_there, here, there
from tests.world import World, connected_world
from xtiger.hosts.memory import MemoryHost
from xtiger.model.records import Capabilities, Record


class NewIdsEachTime(MemoryHost):
    """A CRM that writes all lines anew at each save and shows no ids."""

    @property
    def caps(self) -> Capabilities:
        """As the memory host's, but for the ids."""
        return replace(super().caps, stable_line_ids=False)

    def get(self, module: str, ids: Any) -> Mapping[str, Record]:
        """Records whose lines have no id."""
        found = super().get(module, ids)
        return {
            key: replace(r, lines=tuple({k: v for k, v in x.items() if k != "id"} for x in r.lines))
            for key, r in found.items()
        }


@pytest.fixture
def anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world with such a CRM."""
    monkeypatch.setattr("tests.world.MemoryHost", NewIdsEachTime)
    with connected_world(tmp_path) as made:
        yield made


def rewrite(world: World, crm_id: str, *lines: dict[str, Any]) -> None:
    """Save these lines in the CRM, all of them new."""
    world.host.edit_lines("Invoices", crm_id, lines)


def test_lines_without_ids_are_matched_and_never_doubled(anew: World) -> None:
    """Edited here and there, new on both sides: as with ids, and Xero's ids stay."""
    lines = [line("1", name="A"), line("2", name="B"), line("3", name="C")]
    crm_id = sent(anew, lines)
    ids = there(anew, crm_id, "LineItemID")
    rewrite(
        anew, crm_id, {**lines[0], "listprice": Decimal(9)}, lines[1], line("7", name="N"), lines[2]
    )
    edit_there(anew, crm_id, {}, {"Quantity": 2}, {}, NEW)

    anew.sync()

    assert [("A", 9, 1), ("B", 2, 2), ("N", 7, 1), ("C", 3, 1), (None, 5, 1)] == here(
        anew, crm_id, "name", "listprice", "quantity"
    )
    assert [("A", 9), ("B", 2), ("N", 7), ("C", 3), ("New in Xero", 5)] == there(
        anew, crm_id, "Description", "UnitAmount"
    )
    assert set(ids) < set(there(anew, crm_id, "LineItemID"))
    assert 0 == anew.actions()


def test_lines_without_ids_reordered_here_are_reordered_there(anew: World) -> None:
    """The same lines in another order: Xero follows, and nothing is made anew."""
    lines = [line("1", name="A"), line("2", name="B"), line("3", name="C")]
    crm_id = sent(anew, lines)
    ids = dict(there(anew, crm_id, "Description", "LineItemID"))
    rewrite(anew, crm_id, lines[2], lines[0], lines[1])

    anew.sync()

    assert [(n, ids[n]) for n in "CAB"] == there(anew, crm_id, "Description", "LineItemID")
    assert 0 == anew.actions()


def test_invoices_come_in_without_ids(anew: World) -> None:
    """An invoice of Xero, edited there later: its lines are replaced as a whole, to the cent."""
    acme = organisation(anew, "Acme")
    crm_id = invoice(anew, "I1", acme, [line("1", name="A", account="200")])
    anew.sync()
    edit_there(anew, crm_id, {"UnitAmount": 8})
    anew.sync()

    assert [("A", 8, "200")] == here(anew, crm_id, "name", "listprice", "account")
    assert 0 == anew.actions()
