"""A CRM without payments: growth of what it has received is one payment in Xero, and back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.db.later import turn_back
from tests.stories.sync.money import amounts, before_sending, due, live, options, quiet
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, unpaid_in_xero
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_first_link import code_of
from tests.world import World, make_world
from xtiger.db.store import SqlStore
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Module
from xtiger.xero.organisations import XeroOrganisation


def without_payments() -> list[Module]:
    """The modules of a CRM that only knows how much of an invoice was received."""
    return [module for module in standard_modules() if module.role != "payment"]


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[tuple[World, str]]:
    """Such a CRM, connected, with one approved invoice of 10.00, synced; and its CRM id."""
    with make_world(tmp_path, modules=without_payments()) as world:
        world.connect()
        world.default_account()
        options(world, payment_account="090")
        bill = invoice(world, "I1", organisation(world, "Acme"))
        world.sync()
        yield world, bill


def receive(world: World, bill: str, amount: str) -> None:
    """A person types how much was received in all."""
    world.host.edit("Invoices", bill, received=Decimal(amount))


def received(world: World, bill: str) -> Decimal:
    """What the CRM has received of the invoice."""
    return Decimal(str(world.in_crm("Invoices", bill, "received") or 0))


def test_each_growth_is_one_payment(crm: tuple[World, str]) -> None:
    """Three are entered, three go; the next run plans nothing, and both sides agree."""
    world, bill = crm
    receive(world, bill, "4")
    world.sync()
    world.sync()
    assert [Decimal(4)] == amounts(world)
    receive(world, bill, "7")
    world.sync()
    receive(world, bill, "10")
    world.sync()

    assert [Decimal(3), Decimal(3), Decimal(4)] == amounts(world)
    assert Decimal(0) == due(world)
    assert quiet(world)
    assert [] == world.xt.proof.differences()


def test_what_a_new_invoice_has_received_follows_it(crm: tuple[World, str]) -> None:
    """The invoice first, its payment with the next run."""
    world, _ = crm
    invoice(world, "I2", organisation(world, "Bell"), received=Decimal(6))
    world.sync()

    world.sync()

    assert [Decimal(6)] == amounts(world)
    assert quiet(world)


def test_growth_that_came_from_xero_is_none(crm: tuple[World, str]) -> None:
    """It comes into the CRM, and does not go back."""
    world, bill = crm
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")
    world.sync()
    assert Decimal(4) == received(world, bill)
    world.sync()
    assert [Decimal(4)] == amounts(world)
    receive(world, bill, "9")

    world.sync()

    assert [Decimal(4), Decimal(5)] == amounts(world)
    assert quiet(world)


def test_a_payment_deleted_in_xero_is_received_no_longer(crm: tuple[World, str]) -> None:
    """The CRM follows, and nothing is sent again."""
    world, bill = crm
    receive(world, bill, "4")
    world.sync()
    unpaid_in_xero(world, live(world)[0]["PaymentID"])

    world.sync()

    assert Decimal(0) == received(world, bill)
    assert [] == amounts(world)
    assert quiet(world)


def test_the_same_money_on_both_sides_is_one_payment(crm: tuple[World, str]) -> None:
    """Typed in the CRM and entered in Xero before a run: nothing is sent."""
    world, bill = crm
    receive(world, bill, "4")
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")

    world.sync()

    assert [Decimal(4)] == amounts(world)
    assert quiet(world)


def test_different_money_on_both_sides_is_held(crm: tuple[World, str]) -> None:
    """Nobody knows what is the same; what the person typed stays. Equal again, growth goes on."""
    world, bill = crm
    receive(world, bill, "5")
    paid_in_xero(world, world.xero_id("Invoices", bill), "3")
    world.sync()
    world.sync()
    assert "money_apart" == code_of(world, "Invoices", bill)
    assert ([Decimal(3)], Decimal(5)) == (amounts(world), received(world, bill))
    receive(world, bill, "3")
    world.sync()
    receive(world, bill, "8")

    world.sync()

    assert [Decimal(3), Decimal(5)] == amounts(world)
    assert quiet(world)


def test_a_decrease_is_held(crm: tuple[World, str]) -> None:
    """Nobody takes money back in Xero for it; raised again, all is well."""
    world, bill = crm
    receive(world, bill, "4")
    world.sync()
    receive(world, bill, "1")
    world.sync()
    assert "money_apart" == code_of(world, "Invoices", bill)
    assert [Decimal(4)] == amounts(world)
    receive(world, bill, "4")

    world.sync()

    assert [Decimal(4)] == amounts(world)
    assert quiet(world)


def test_what_waits_follows_a_correction(crm: tuple[World, str]) -> None:
    """More than is due is held; corrected, the right amount goes, once."""
    world, bill = crm
    receive(world, bill, "100")
    world.sync()
    assert [] == amounts(world)
    receive(world, bill, "10")

    world.sync()

    assert [Decimal(10)] == amounts(world)
    assert quiet(world)


def test_what_waits_is_taken_back_once_xero_has_it(crm: tuple[World, str]) -> None:
    """Held for want of an account, entered in Xero meanwhile: it is not sent as well."""
    world, bill = crm
    options(world, payment_account=None)
    receive(world, bill, "4")
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")
    world.sync()
    options(world, payment_account="090")

    world.sync()

    assert [Decimal(4)] == amounts(world)
    assert quiet(world)


def test_growth_while_a_payment_is_on_its_way(
    crm: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is typed after the plan and before the first payment went: each amount once."""
    world, bill = crm
    receive(world, bill, "4")
    before_sending(world, monkeypatch, lambda: receive(world, bill, "6"))
    world.sync()

    world.sync()

    assert [Decimal(2), Decimal(4)] == amounts(world)
    assert quiet(world)


def test_an_invoice_sent_alone_does_not_complain_of_money_on_its_way(
    crm: tuple[World, str],
) -> None:
    """Its payment goes with the next sync; until then nobody is asked anything."""
    world, bill = crm
    receive(world, bill, "4")
    world.wait()

    (outcome,) = world.xt.sync.records("Invoices", [bill])

    assert outcome.cause is None
    world.sync()
    assert [Decimal(4)] == amounts(world)


def test_lines_and_money_at_once(crm: tuple[World, str]) -> None:
    """A dearer line and its payment go in one run."""
    world, bill = crm
    world.host.edit_lines("Invoices", bill, [line("30")])
    receive(world, bill, "25")
    world.sync()

    world.sync()

    assert [Decimal(25)] == amounts(world)
    assert Decimal(5) == due(world)
    assert quiet(world)


#: Name of the point → (class, method, killed before the call, calls that pass).
POINTS: dict[str, tuple[type, str, bool, int]] = {
    "before the growth is noted": (SqlStore, "add_received", True, 0),
    "amid the note": (SqlStore, "add_received", False, 0),
    "before anything is announced": (SqlStore, "open_batch", True, 0),
    "after the intents are committed": (XeroOrganisation, "send", True, 0),
    "after Xero took it": (XeroOrganisation, "send", False, 0),
    "before it is booked": (SqlStore, "add_link", True, 0),
    "before the follow-up": (SqlStore, "save_run", True, 2),
}


@pytest.mark.parametrize("wait", [60, 1_000])
@pytest.mark.parametrize("point", POINTS)
def test_killed_while_money_goes(
    crm: tuple[World, str], monkeypatch: pytest.MonkeyPatch, point: str, wait: int
) -> None:
    """More is typed while it is down: each growth is in Xero once."""
    world, bill = crm
    receive(world, bill, "4")
    owner, name, before, after = POINTS[point]
    killed_sync(monkeypatch, world, owner, name, before=before, after=after)
    receive(world, bill, "6")
    world.wait(wait)
    world.sync()
    world.sync()

    assert Decimal(6) == sum(amounts(world))
    assert len(amounts(world)) <= 2
    assert quiet(world)


def test_killed_while_money_comes_in(
    crm: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM took what Xero has received, and nobody booked it: it does not go back."""
    world, bill = crm
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")
    killed_sync(monkeypatch, world, MemoryHost, "save", before=False)
    world.wait(1_000)
    world.sync()
    world.sync()

    assert ([Decimal(4)], Decimal(4)) == (amounts(world), received(world, bill))
    assert quiet(world)


def test_a_store_of_before_goes_on_without_payments(crm: tuple[World, str]) -> None:
    """They stay off until somebody maps them; what is typed until then is not sent."""
    world, bill = crm
    with world.xt.store.engine.begin() as db:
        db.execute(text("DELETE FROM xt_mapping WHERE module = 'Payments'"))
        db.execute(text("DELETE FROM xt_module_settings WHERE module = 'Payments'"))
        turn_back(db, "0013")
    world.xt.store.migrate()
    assert quiet(world)
    receive(world, bill, "4")

    world.sync()

    assert [] == amounts(world)
