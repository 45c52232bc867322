"""Killed at any call, then edited on either side or both: no false conflict and no lost edit.

What must come of it is told from what people typed and what both sides' own tables hold after the
kill, never from the engine's decisions: where both hold the same, they have agreed on it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.cells import CONTACT, ITEM, LINE, Cell, flat, of_line, of_payment
from tests.stories.sync.members import TEXTS, Order, members, moving_person, of_person
from tests.stories.sync.people import contact as person_of_crm
from tests.stories.sync.people import invoice, line, organisation, payment, product
from tests.stories.sync.test_crashes import Killed
from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

#: Rounds: once at each point in every test run, more in `make soak`.
ROUNDS = int(os.environ.get("XTIGER_BETWEEN", "0"))
#: A number repeats what it plays; empty in `make soak`, where each run is another.
SEED = os.environ.get("XTIGER_BETWEEN_SEED", "9") or str(random.randrange(10**9))
#: (class, method, killed before its work, calls that pass)
Point = tuple[type, str, bool, int]
POINTS: tuple[Point, ...] = (
    *((XeroOrganisation, "send", before, n) for n in range(6) for before in (False, True)),
    *((MemoryHost, "save", before, n) for n in range(4) for before in (False, True)),
)


@dataclass
class Firm:
    """One customer with everything, as its people know it."""

    world: World
    ids: dict[str, str]
    cells: list[Cell] = field(default_factory=list)


def firm(world: World, name: str) -> Firm:
    """Everything of one customer, typed in the CRM."""
    acme = organisation(
        world,
        name,
        email1=f"{name}@a.example",
        phone="1",
        vat_number="1",
        company_number="1",
        billing_city="Here",
    )
    goods = product(world, f"P-{name}", description="d", unit_price=Decimal(5))
    ann = person_of_crm(world, "Ann", name, acme, email=f"ann@{name}.example")
    lines = [line("10", comment=f"one of {name}", product_id=goods), line("20", comment="two")]
    bill = invoice(world, f"I-{name}", acme, lines, subject="s")
    paid = invoice(world, f"Q-{name}", acme, [line("500")], subject="s")
    money = payment(world, paid, "7")
    many = invoice(world, f"M-{name}", acme, [line("3", comment=text) for text in TEXTS[:3]])
    bolt = organisation(world, f"{name} Bolt", email1=f"bolt-{name}@a.example")
    person_of_crm(world, "Cid", name, bolt, email=f"cid@{name}.example")
    bea = person_of_crm(world, "Bea", name, acme, email=f"bea@{name}.example")
    made = Firm(
        world,
        {
            "Organizations": acme,
            "Products": goods,
            "Contacts": ann,
            "Invoices": bill,
            "Payments": money,
            "Paid": paid,
            "Many": many,
            "Bolt": bolt,
            "Moving": bea,
        },
    )
    made.cells = list(cells(world, made))
    return made


def cells(world: World, of: Firm) -> Iterator[Cell]:
    """Every field of the firm that is edited."""
    ids = of.ids
    for crm, there in CONTACT.items():
        yield flat(world, "Organizations", ids["Organizations"], "Contacts", crm, there)
    for crm, there in ITEM.items():
        yield flat(world, "Products", ids["Products"], "Items", crm, there)
    yield flat(world, "Invoices", ids["Invoices"], "Invoices", "subject", "Reference")
    yield flat(world, "Invoices", ids["Invoices"], "Invoices", "duedate", "DueDate")
    for place in (0, 1):
        for crm, there in LINE.items():
            yield of_line(world, ids["Invoices"], place, crm, there)
    yield of_person(world, ids["Contacts"], [ids["Organizations"]])
    yield from moving_person(world, ids["Moving"], [ids["Organizations"], ids["Bolt"]])
    yield from members(world, ids["Many"])
    yield of_payment(world, ids["Payments"])
    yield flat(world, "Invoices", ids["Paid"], "Invoices", "subject", "Reference")


def killed_sync(world: World, point: Point) -> bool:
    """Sync, and die at the point; answers whether it came to it."""
    owner, name, before, passes = point
    real, seen = getattr(owner, name), list[int]()

    def deadly(*given: Any, **named: Any) -> Any:
        seen.append(1)
        if before and len(seen) > passes:
            raise Killed
        found = real(*given, **named)
        if len(seen) > passes:
            raise Killed
        return found

    world.wait()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, deadly)
        try:
            world.xt.sync.run()
        except Killed:
            return True
    return False


def edit(cells_: list[Cell], chance: random.Random, sides: str, share: float) -> None:
    """People edit a share of all cells on these sides."""
    for cell in cells_:
        cell.typed = ""
        if "c" in sides and chance.random() < share:
            cell.type_crm(cell.make(chance))
            cell.typed += "c"
        if "x" in sides and cell.type_xero is not None and chance.random() < share:
            cell.type_xero(cell.make(chance))
            cell.typed += "x"


def expected(cell: Cell, before: tuple[Any, Any]) -> list[tuple[Any, Any]]:
    """What may stand on both sides in the end, and whether a conflict may (the last one)."""
    (crm, xero), (ours, theirs) = before, cell.after_kill
    agreed = ours if ours == theirs else cell.agreed
    if crm == xero or xero is None or cell.type_xero is None:
        return [(crm, crm)]
    if isinstance(xero, tuple) and not isinstance(cell, Order):
        # Half way between two lists stands another name on each.
        return [(crm, crm), (crm, xero)]
    # Which came first, our write or a person's on the same side, nobody can see: one may be asked.
    doubt = [(crm, xero)] if ours == theirs != cell.agreed else []
    if crm == agreed:
        return [(xero, xero), *(doubt if cell.typed == "c" else [])]
    if xero == agreed:
        return [(crm, crm), *(doubt if cell.typed == "x" else [])]
    return [(crm, xero)]


def wrong(world: World, cells_: list[Cell], before: Mapping[int, tuple[Any, Any]]) -> list[str]:
    """The cells that are not as people expect."""
    listed = {(one.module, one.crm_id) for one in world.plan().items if one.result == "conflict"}
    allowed = {id(cell): expected(cell, before[id(cell)]) for cell in cells_}
    asked = {
        cell.group
        for cell in cells_
        if cell.now() == allowed[id(cell)][-1] and cell.now()[0] != cell.now()[1]
    }
    found = []
    for cell in cells_:
        now = cell.now()
        apart = now[0] != now[1]
        fine = now in allowed[id(cell)] or (cell.group in asked and now == before[id(cell)])
        if isinstance(cell, Order) and not fine:
            fine = cell.fits(before[id(cell)], now)
        if not fine or (apart and (cell.module, cell.crm_id) not in listed):
            found.append(
                f"{cell.name}: agreed {cell.agreed}, after the kill {cell.after_kill}, "
                f"then {before[id(cell)]}, now {now}, expected {allowed[id(cell)]}"
            )
    return found


def settle(world: World, cells_: list[Cell]) -> None:
    """People settle what is in conflict: the CRM gets what Xero has."""
    for _ in range(4):
        apart = [cell for cell in cells_ if cell.crm() != cell.xero() is not None]
        for cell in apart:
            cell.type_crm(cell.xero())
        if not apart:
            break
        world.wait(1_000)
        world.sync()
    left = [(cell.name, cell.now()) for cell in cells_ if cell.now()[0] != cell.now()[1]]
    assert [] == left
    for cell in cells_:
        cell.agreed = cell.crm()


@pytest.mark.slow
def test_edits_between_a_kill_and_the_next_sync(world: World) -> None:
    """Old and new records, killed at each call in turn, edited before and after."""
    world.connect()
    world.default_account()
    world.settings("Payments", delete_in_xero=True)
    chance = random.Random(int(SEED))
    firms, killed = [firm(world, "Old")], 0
    world.sync()
    settle(world, firms[0].cells)
    for number in range(ROUNDS or len(POINTS)):
        point = POINTS[number % len(POINTS)]
        if number % 10 == 9:
            world.wait(86_400)  # Xero counts the calls of each day
        if number % 3 == 0:
            firms = [firms[0], firm(world, f"N{number}")]
        all_cells = [cell for one in firms for cell in one.cells]
        sides = ("c", "cx") if point[1] == "send" else ("x", "cx")
        edit(firms[0].cells, chance, chance.choice(sides), 0.5)
        killed += killed_sync(world, point)
        for cell in all_cells:
            cell.after_kill = cell.now()
        typed = {id(cell): cell.typed for cell in all_cells}
        edit(all_cells, chance, chance.choice(("c", "x", "cx", "")), 0.4)
        for cell in all_cells:
            cell.typed = typed[id(cell)]
        before = {id(cell): cell.now() for cell in all_cells}
        world.wait(1_000)
        world.sync()
        problems = wrong(world, all_cells, before)
        said = f"seed {SEED}, round {number}, {point}, {world.codes()}"
        assert not problems, "\n".join([said, *problems])
        settle(world, all_cells)

    assert killed > (ROUNDS or len(POINTS)) // 2
