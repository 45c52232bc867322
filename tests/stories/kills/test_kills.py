"""A process killed by the system at each named point: nothing twice, nothing missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.postgres import own_schema, require_postgres
from tests.stories.kills.child import POINTS
from tests.stories.kills.kinds import ALONE, GIVEN_UP, anything
from tests.stories.kills.stage import Stage, Start, duplicates, tables
from tests.stories.sync.people import (
    contact as person_of_crm,
)
from tests.stories.sync.people import (
    invoice,
    line,
    organisation,
    paid_in_xero,
    payment,
    person,
    product,
)
from tests.stories.sync.test_bills import option
from tests.stories.sync.test_first_link import contact, item
from tests.stories.sync.test_invoices_in import in_xero
from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

#: Kills per story, at every call of the point, in `make soak`; 0: once at each kind.
KILLS = int(os.environ.get("XTIGER_KILLS", "0"))
#: Xero repeats an answer to the same key for six minutes; a run's lease lasts five.
WAITS = {"Xero still knows the key": 310, "seven minutes later": 420}
#: What is written on either side, in the order of a run.
KINDS = ("Contact", "Person", ALONE, "Item", "Invoice", "Payment")


def fill(world: World) -> None:
    """Two of every kind on both sides, what needs them, and a payment changed since it was sent."""
    world.connect()
    world.default_account()
    option(world, "purchase_account", "400")
    world.settings("Payments", delete_in_xero=True)
    old = invoice(world, "I-Old", organisation(world, "Old"), [line("100")])
    changed = payment(world, old, "20")
    world.sync()
    world.host.edit("Payments", changed, amount=Decimal(25))
    for name, amount in (("Acme", "3"), ("Bolt", "4")):
        paid_in_xero(world, world.xero_id("Invoices", old), amount)
        _crm(world, name)
        _xero(world, name)


def _crm(world: World, name: str) -> None:
    """A customer with a person, a person alone, goods, work, an invoice half paid, and a bill.

    Xero takes the number of a bill any number of times: nothing there refuses a second one.
    """
    acme = organisation(world, name, email1="a@b.example")
    goods = product(world, f"P-{name}")
    work = product(world, f"S-{name}", module="Services")
    person_of_crm(world, "Ann", name, acme, email=f"ann@{name}.example")
    person_of_crm(world, "Sol", name, email=f"sol@{name}.example")
    bill = invoice(world, f"I-{name}", acme, [line(product_id=goods), line(service_id=work)])
    payment(world, bill, "5")
    invoice(world, f"B-{name}", acme, [line("7")], xero_type="Bill")


def _xero(world: World, name: str) -> None:
    """The same, entered in Xero."""
    customer = contact(
        world,
        f"{name} of Xero",
        EmailAddress="x@y.example",
        ContactPersons=[person("Xan", name, f"xan@{name}.example")],
    )
    item(world, f"X-{name}", Name="From Xero")
    bill = in_xero(world, customer, InvoiceNumber=f"X-{name}")
    paid_in_xero(world, bill, "6")


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def start(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Either database, connected and filled, an hour later."""
    home = tmp_path_factory.mktemp("start")
    if request.param == "sqlite":
        with closing(Start(home, fill)) as made:
            yield made
        return
    with own_schema(require_postgres()) as url, closing(Start(home, fill, url)) as made:
        yield made


@pytest.fixture
def stage(start: Start, tmp_path: Path) -> Stage:
    return start.stage(tmp_path)


def assert_complete(world: World) -> None:
    """No twin on either side, everything linked, and nothing left to do."""
    assert {} == duplicates(world)
    assert EXPECTED == {name: len(table) for name, table in tables(world)}
    money = dict(tables(world))
    assert money["invoices of Xero"] == money["invoices of the CRM"]
    assert money["payments of Xero"] == money["payments of the CRM"]
    plan = world.plan()
    assert ([], []) == ([*plan.actions], [item for item in plan.items if item.cause])
    assert [] == world.xt.proof.differences()


#: How many there are in the end, by table.
EXPECTED = {
    "contacts of Xero": 7,
    "persons of Xero": 4,
    "items of Xero": 6,
    "invoices of Xero": 7,
    "payments of Xero": 7,
    "organizations of the CRM": 5,
    "contacts of the CRM": 6,
    "products of the CRM": 4,
    "services of the CRM": 2,
    "invoices of the CRM": 7,
    "payments of the CRM": 7,
}


def kinds_at(point: str) -> tuple[str, ...]:
    """The kinds that a point is met with, in the order of a run."""
    if POINTS[point].kinds is anything:
        # A refused token is renewed again by the next process.
        return ("", "")
    if POINTS[point].owner is XeroOrganisation:
        return (*KINDS[:-1], GIVEN_UP, KINDS[-1])
    if POINTS[point].owner is MemoryHost:
        # Whoever is new in Xero becomes an organisation.
        return tuple(kind for kind in KINDS if kind != ALONE)
    return KINDS


@pytest.mark.slow
@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_and_started_again(stage: Stage, point: str, wait: str) -> None:
    """Killed when it comes to organisations, started again, killed at persons, and so on."""
    killed = []
    for number, kind in enumerate(kinds_at(point) if not KILLS else [""] * KILLS):
        if not stage.sync(point, kind=kind, passes=number if KILLS else 0):
            break
        killed.append(kind)
        stage.clock.sleep(WAITS[wait])
    stage.sync()

    assert killed if KILLS else list(kinds_at(point)) == killed
    with stage.world() as world:
        assert_complete(world)
