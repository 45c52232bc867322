"""Killed while lines go both ways or a person changes lists: the next run asks nobody in vain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.members import ABSENT, members, moving_person
from tests.stories.sync.people import contact, invoice, line, organisation
from tests.stories.sync.test_crashes import killed
from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

#: Lines in the test's own words, by text.
Cells = dict[str, Any]


@pytest.fixture
def lines(world: World) -> Cells:
    """An invoice of three lines, in step."""
    crm_id = invoice(
        world,
        "I1",
        organisation(world, "Acme"),
        [line("3", comment=one) for one in ("m1", "m2", "m3")],
    )
    world.sync()
    return {cell.name.removeprefix("line "): cell for cell in members(world, crm_id)}


@contextmanager
def between(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Killed after Xero has its part and before the CRM has its own; then people edit, and sync."""
    with killed(monkeypatch, MemoryHost, "save", before=True):
        world.wait()
        world.xt.sync.run()
    yield
    world.wait(1_000)
    world.sync()


def both(cell: Any, value: Any) -> None:
    """Both sides have it."""
    assert (value, value) == cell.now()


def test_a_new_line_that_xero_has_stands_once(
    world: World, monkeypatch: pytest.MonkeyPatch, lines: Cells
) -> None:
    """Sent, and edited in Xero before its own half came back: it was one line, and is one."""
    lines["of the CRM"].type_crm(Decimal(7))
    lines["m1"].type_xero(Decimal(4))
    with between(world, monkeypatch):
        lines["of the CRM"].type_xero(Decimal(8))

    both(lines["of the CRM"], 8)
    both(lines["m1"], 4)
    assert {} == world.codes()


def test_a_price_that_xero_has_may_change_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch, lines: Cells
) -> None:
    """The CRM's price arrived before the kill: its next price is no conflict with it."""
    lines["m2"].type_crm(Decimal(7))
    lines["m1"].type_xero(Decimal(4))
    with between(world, monkeypatch):
        lines["m2"].type_crm(Decimal(8))

    both(lines["m2"], 8)
    both(lines["m1"], 4)
    assert {} == world.codes()


def test_an_order_of_xero_still_comes(
    world: World, monkeypatch: pytest.MonkeyPatch, lines: Cells
) -> None:
    """Moved in Xero, and a price sent in the same run: the move is not undone by the CRM."""
    lines["m2"].type_crm(Decimal(7))
    lines["order of lines"].type_xero(("m3", "m1", "m2"))
    with between(world, monkeypatch):
        pass

    both(lines["order of lines"], ("m3", "m1", "m2"))
    both(lines["m2"], 7)


def test_a_line_that_xero_took_away_is_asked_about_when_the_crm_edits_it(
    world: World, monkeypatch: pytest.MonkeyPatch, lines: Cells
) -> None:
    """Still to go in the CRM when the run died: an edit of it is a conflict, not a new line."""
    lines["m2"].type_crm(Decimal(7))
    lines["m3"].type_xero(ABSENT)
    with between(world, monkeypatch):
        lines["m3"].type_crm(Decimal(9))

    assert (9, ABSENT) == lines["m3"].now()
    assert ["both_changed"] == [*world.codes().values()]


def test_what_a_person_types_over_a_written_line_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, lines: Cells
) -> None:
    """The CRM took Xero's price, the run died, and another price of that line is typed."""
    lines["m1"].type_xero(Decimal(4))
    with killed(monkeypatch, MemoryHost, "save", before=False):
        world.wait()
        world.xt.sync.run()
    (record,) = world.host.all("Invoices")
    kept: Sequence[dict[str, Any]] = [dict(one) | {"total": None} for one in record.lines]
    kept[0]["quantity"] = Decimal(5)
    world.host.edit_lines("Invoices", record.ref.id, kept)
    world.host.edit("Invoices", record.ref.id, total=None, balance=None)
    world.wait(1_000)
    world.sync()

    (there,) = world.xero("Invoices")
    assert [5, 1, 1] == [x["Quantity"] for x in there["LineItems"]]
    assert {} == world.codes()


@pytest.mark.parametrize("name", ["", "Lee-Ray"])
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("sends", [0, 1])
def test_a_person_between_two_lists_is_one(
    world: World, monkeypatch: pytest.MonkeyPatch, sends: int, back: bool, name: str
) -> None:
    """Joined one list, killed, then renamed or brought back: on one list, and nobody is asked."""
    homes = [organisation(world, one, email1=f"{one}@a.example") for one in ("Acme", "Bolt")]
    for home in homes:
        contact(world, "Bob", "Ray", home)
    ann = contact(world, "Ann", "Lee", homes[0], email="ann@mail.example")
    world.sync()
    place, last = moving_person(world, ann, homes)
    place.type_crm(homes[1])
    with killed(monkeypatch, XeroOrganisation, "send", before=False, after=sends):
        world.wait()
        world.xt.sync.run()
    if back:
        place.type_crm(homes[0])
    if name:
        last.type_crm(name)
    world.wait(1_000)
    world.sync()
    world.sync()

    both(place, homes[0 if back else 1])
    both(last, name or "Lee")
    assert ({}, 3) == (world.codes(), len(world.host.all("Contacts")))
