"""Killed at any call, then edited on either side or both: no false conflict and no lost edit.

What must come of it is told from what people typed and what both sides' own tables hold after the
kill, never from the engine's decisions: where both hold the same, they have agreed on it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.engine.people import contact as person_of_crm
from tests.engine.people import invoice, line, organisation, payment, product
from tests.engine.test_crashes import Killed
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
#: CRM field → how Xero has it.
CONTACT = {"vat_number": "TaxNumber", "company_number": "CompanyNumber", "phone": "Phones",
           "billing_city": "Addresses", "accountname": "Name"}  # fmt: skip
ITEM = {"productname": "Name", "description": "Description", "unit_price": "SalesDetails"}
LINE = {"listprice": "UnitAmount", "comment": "Description", "quantity": "Quantity"}


@dataclass
class Cell:
    """One value that people edit on both sides."""

    name: str
    #: Cells of one group wait for each other when one of them is in conflict.
    group: str
    crm: Callable[[], Any]
    xero: Callable[[], Any]
    type_crm: Callable[[Any], None]
    type_xero: Callable[[Any], None] | None
    #: A fresh value.
    make: Callable[[random.Random], Any]
    module: str
    crm_id: str
    #: What both sides last agreed on.
    agreed: Any = None
    after_kill: tuple[Any, Any] = (None, None)
    #: The sides on which somebody typed before the kill.
    typed: str = ""

    def now(self) -> tuple[Any, Any]:
        """(CRM's value, Xero's value)."""
        return self.crm(), self.xero()


@dataclass
class Firm:
    """One customer with everything, as its people know it."""

    world: World
    ids: dict[str, str]
    cells: list[Cell] = field(default_factory=list)


def text(chance: random.Random) -> str:
    """A word that nobody typed before."""
    return f"w{chance.randrange(10**9)}"


def price(chance: random.Random) -> Decimal:
    """An amount."""
    return Decimal(chance.randrange(1_000, 99_999)) / 100


def day(chance: random.Random) -> date:
    """A day."""
    return date(2026, 12, 1) + timedelta(days=chance.randrange(300))


def firm(world: World, name: str) -> Firm:
    """Everything of one customer, typed in the CRM."""
    acme = organisation(
        world, name, email1=f"{name}@a.example", phone="1", vat_number="1", company_number="1",
        billing_city="Here",
    )  # fmt: skip
    goods = product(world, f"P-{name}", description="d", unit_price=Decimal(5))
    ann = person_of_crm(world, "Ann", name, acme, email=f"ann@{name}.example")
    lines = [line("10", comment=f"one of {name}", product_id=goods), line("20", comment="two")]
    bill = invoice(world, f"I-{name}", acme, lines, subject="s")
    paid = invoice(world, f"Q-{name}", acme, [line("500")], subject="s")
    money = payment(world, paid, "7")
    made = Firm(world, {"Organizations": acme, "Products": goods, "Contacts": ann,
                        "Invoices": bill, "Payments": money, "Paid": paid})  # fmt: skip
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
    yield of_person(world, ids["Organizations"], ids["Contacts"])
    yield of_payment(world, ids["Payments"])
    yield flat(world, "Invoices", ids["Paid"], "Invoices", "subject", "Reference")


def raw(world: World, module: str, crm_id: str, kind: str) -> Mapping[str, Any] | None:
    """Xero's record of a CRM record, by what people see there; links are the library's business."""
    own = world.host.record(module, crm_id).values
    keys = {
        "Contacts": ("EmailAddress", own.get("email1")), "Items": ("Code", own.get("productcode")),
        "Invoices": ("InvoiceNumber", own.get("invoice_no")),
    }  # fmt: skip
    name, value = keys[kind]
    return next((one for one in world.xero(kind) if one.get(name) == value), None)


def shown(there: str, value: Mapping[str, Any]) -> Any:
    """What people see of a field in Xero."""
    if there == "Phones":
        phones = {one["PhoneType"]: one.get("PhoneNumber") for one in value.get(there) or ()}
        return phones.get("DEFAULT") or None
    if there == "Addresses":
        kinds = {one["AddressType"]: one.get("City") for one in value.get(there) or ()}
        return kinds.get("POBOX") or None
    if there == "SalesDetails":
        return plain((value.get(there) or {}).get("UnitPrice"))
    return plain(value.get(there))


def plain(value: Any) -> Any:
    """Days and numbers in one spelling."""
    if isinstance(value, str) and len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-":
        return date.fromisoformat(value[:10])
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)).normalize()
    if hasattr(value, "date"):
        return value.date()
    return value or None


def typed(there: str, value: Any) -> dict[str, Any]:
    """A field as somebody types it in Xero."""
    if there == "Phones":
        return {"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": value}]}
    if there == "Addresses":
        return {"Addresses": [{"AddressType": "POBOX", "City": value}]}
    if there == "SalesDetails":
        return {"SalesDetails": {"UnitPrice": value}}
    return {there: value.isoformat() if isinstance(value, date) else value}


def flat(world: World, module: str, crm_id: str, kind: str, crm: str, there: str) -> Cell:
    """A field of a record itself."""
    singular = kind.removesuffix("s")

    def found() -> Any:
        one = raw(world, module, crm_id, kind)
        return None if one is None else shown(there, one)

    def type_xero(value: Any) -> None:
        one = raw(world, module, crm_id, kind)
        if one is not None:
            world.sandbox.edit(kind, one[f"{singular}ID"], typed(there, value))

    make = price if crm == "unit_price" else day if crm == "duedate" else text
    return Cell(
        f"{module} {crm}", f"{module} {crm_id} {crm}",
        lambda: plain(world.in_crm(module, crm_id, crm)), found,
        lambda value: world.host.edit(module, crm_id, **{crm: value}), type_xero, make,
        module, crm_id,
    )  # fmt: skip


def of_line(world: World, crm_id: str, place: int, crm: str, there: str) -> Cell:
    """A cell of one line; nobody adds or moves lines here."""

    def found() -> Any:
        one = raw(world, "Invoices", crm_id, "Invoices")
        lines = one["LineItems"] if one is not None else []
        return plain(lines[place].get(there)) if place < len(lines) else None

    def type_xero(value: Any) -> None:
        one = raw(world, "Invoices", crm_id, "Invoices")
        if one is None:
            return
        kept = ("LineItemID", "Description", "Quantity", "UnitAmount", "AccountCode", "TaxType",
                "ItemCode")  # fmt: skip
        lines = [{k: v for k, v in x.items() if k in kept} for x in one["LineItems"]]
        lines[place][there] = value
        world.sandbox.edit("Invoices", one["InvoiceID"], {"LineItems": lines})

    def type_crm(value: Any) -> None:
        record = world.host.record("Invoices", crm_id)
        lines = [dict(x) for x in record.lines]
        lines[place] |= {crm: value, "total": None}
        world.host.edit_lines("Invoices", crm_id, lines)
        world.host.edit("Invoices", crm_id, total=None)  # computed once more

    make = text if crm == "comment" else lambda chance: Decimal(chance.randrange(2, 900))
    return Cell(
        f"line {place} {crm}", f"lines {crm_id}",
        lambda: plain(world.host.record("Invoices", crm_id).lines[place].get(crm)), found,
        type_crm, type_xero, make, "Invoices", crm_id,
    )  # fmt: skip


def of_person(world: World, organisation_id: str, crm_id: str) -> Cell:
    """The last name of a person, who is known by the address."""

    def listed() -> list[dict[str, Any]]:
        one = raw(world, "Organizations", organisation_id, "Contacts")
        return [dict(x) for x in (one or {}).get("ContactPersons") or ()]

    def found() -> Any:
        mail = world.in_crm("Contacts", crm_id, "email")
        return next((x["LastName"] for x in listed() if x["EmailAddress"] == mail), None)

    def type_xero(value: Any) -> None:
        people, one = listed(), raw(world, "Organizations", organisation_id, "Contacts")
        if people and one is not None:
            people[0]["LastName"] = value
            world.sandbox.edit("Contacts", one["ContactID"], {"ContactPersons": people})

    return Cell(
        "person lastname", f"person {crm_id}",
        lambda: world.in_crm("Contacts", crm_id, "lastname"), found,
        lambda value: world.host.edit("Contacts", crm_id, lastname=value), type_xero, text,
        "Contacts", crm_id,
    )  # fmt: skip


def of_payment(world: World, crm_id: str) -> Cell:
    """The amount of the one payment of its invoice; Xero lets nobody change it there."""

    def found() -> Any:
        bill = raw(world, "Invoices", world.in_crm("Payments", crm_id, "invoice_id"), "Invoices")
        live = [
            one["Amount"] for one in world.xero("Payments")
            if bill and one["InvoiceID"] == bill["InvoiceID"] and one["Status"] == "AUTHORISED"
        ]  # fmt: skip
        assert len(live) < 2, "a payment stands twice"
        return plain(live[0]) if live else None

    return Cell(
        "payment amount", f"payment {crm_id}",
        lambda: plain(world.in_crm("Payments", crm_id, "amount")), found,
        lambda value: world.host.edit("Payments", crm_id, amount=value), None,
        lambda chance: Decimal(chance.randrange(1, 400)), "Payments", crm_id,
    )  # fmt: skip


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
            world.xt.sync()
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
    if crm == xero or xero is None:
        return [(crm, crm)]
    # Which came first, our write or a person's on the same side, nobody can see: one may be asked.
    doubt = [(crm, xero)] if ours == theirs != cell.agreed else []
    if crm == agreed:
        return [(xero, xero), *(doubt if cell.typed == "c" else [])]
    if xero == agreed:
        return [(crm, crm), *(doubt if cell.typed == "x" else [])]
    return [(crm, xero)]


def wrong(world: World, cells_: list[Cell], before: Mapping[int, tuple[Any, Any]]) -> list[str]:
    """The cells that are not as people expect."""
    listed = {
        (one.module, one.crm_id) for one in world.plan().items if one.result == "conflict"
    }  # fmt: skip
    allowed = {id(cell): expected(cell, before[id(cell)]) for cell in cells_}
    asked = {
        cell.group for cell in cells_
        if cell.now() == allowed[id(cell)][-1] and cell.now()[0] != cell.now()[1]
    }  # fmt: skip
    found = []
    for cell in cells_:
        now = cell.now()
        apart = now[0] != now[1]
        fine = now in allowed[id(cell)] or (cell.group in asked and now == before[id(cell)])
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
