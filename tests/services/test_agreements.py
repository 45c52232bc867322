"""How far the records agree: counted in one statement, and listed as they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.stories.sync.people import invoice, organisation, product
from tests.stories.sync.test_solving import quarrel
from tests.world import World, connected_world
from xtiger.model.agreement import AGREEMENTS, Agreement


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


def counts(world: World) -> dict[str, int]:
    """The numbers of the overview, without those that are 0."""
    found = world.xt.agreements.counts()[world.xt.connections.get().id]
    return {word: number for word, number in found.items() if number}


def names(world: World, agreement: Agreement) -> list[str]:
    """The records behind a number."""
    found = world.xt.agreements.records(agreement)
    return sorted(one.outcome.name if one.outcome else one.xero_id or "" for one in found)


def test_each_record_has_one_word(world: World) -> None:
    """In step, changed since, held, unticked, and one of Xero's that is not brought."""
    world.settings("Organizations", create_in_crm=False, on_save=False)
    organisation(world, "Kea")
    changed = organisation(world, "Moa")
    world.host.create("Organizations", {"accountname": "Weka", "xero_sync": False})
    invoice(world, "INV-1", None)
    world.sandbox.add("Contacts", {"Name": "Supplier"})
    world.sync()
    world.sync()
    world.host.edit("Organizations", changed, phone="1")
    world.wait(10)
    world.xt.tick()

    assert {"in_step": 1, "waiting": 1, "needs_you": 1, "left_out": 2} == counts(world)
    assert {
        "in_step": ["Kea"],
        "waiting": ["Moa"],
        "needs_you": ["INV-1"],
        "left_out": ["Supplier", "Weka"],
    } == {word: names(world, word) for word in AGREEMENTS}


def test_a_linked_record_that_is_unticked_is_left_out(world: World) -> None:
    """As its panel says."""
    kea = organisation(world, "Kea")
    world.sync()
    world.host.edit("Organizations", kea, xero_sync=False)
    world.sync()

    assert {"left_out": 1} == counts(world)
    assert "off" == world.xt.panel("Organizations", kea).state


def test_an_orphan_needs_a_person_until_it_is_left(world: World) -> None:
    """Decided on, it is left out and asked about no more."""
    kea = organisation(world, "Kea")
    world.sync()
    world.host.remove("Organizations", kea)
    world.sync()
    asked = counts(world)
    one = world.xt.conflicts.all()[0]
    world.xt.conflicts.solve(one.module, one.crm_id, "crm")
    world.sync()

    assert {"needs_you": 1} == asked
    assert {"left_out": 1} == counts(world)
    assert [] == world.xt.needs.all()


def test_a_conflict_is_counted_once_whichever_side_is_marked(world: World) -> None:
    """Both sides of a quarrel are marked; it is one record."""
    quarrel(world)

    assert {"needs_you": 1} == counts(world)
    assert 1 == world.xt.needs.count()


def test_a_list_is_turned_page_by_page(world: World) -> None:
    """Each record stands on one page; a module and a cause narrow it."""
    for number in range(5):
        invoice(world, f"INV-{number}", None)
    product(world, "P" * 40)
    world.sync()
    records = world.xt.agreements.records

    pages = [records("needs_you", limit=2, offset=place) for place in (0, 2, 4)]
    ids = [(one.module, one.crm_id) for page in pages for one in page]

    assert (6, 6) == (len(ids), len(set(ids)))
    assert 5 == len(records("needs_you", module="Invoices"))
    assert 1 == len(records("needs_you", code="code_too_long"))


def test_the_counts_are_one_statement(world: World) -> None:
    """As many with three records as with thirty: one for each module's settings, one for all."""
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(world.xt.store.engine, "before_cursor_execute", note)
    found = []
    for number in (3, 27):
        for name in range(number):
            organisation(world, f"{number} {name}")
        world.sync()
        asked.clear()
        world.xt.agreements.counts()
        whole = len(asked)
        asked.clear()
        world.xt.needs.count()
        found.append((whole, [one for one in asked if "xt_change" in one]))

    assert found[0][0] == found[1][0]
    assert [1, 1] == [len(needing) for _whole, needing in found]
