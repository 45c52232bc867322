"""Undo of what runs took off lists and out of the bank: persons and receipts stand there again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import contact, line, organisation, people, person
from tests.stories.sync.test_bills import option
from tests.stories.sync.test_crashes import killed
from tests.stories.sync.test_receipts import banked, connect_again, receipt
from tests.stories.undo.test_money import code
from tests.world import World, connected_world
from xtiger.xero.organisations import XeroOrganisation

MODULES = ("Organizations", "Contacts", "Invoices")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake, that carries deletes both ways."""
    with connected_world(tmp_path) as made:
        for module in MODULES:
            made.settings(module, brake_share=100, delete_in_xero=True, delete_in_crm=True)
        yield made


@pytest.fixture
def banking(world: World) -> World:
    """One whose receipts go to the bank account 090."""
    option(world, "receipt_accounts", {"GBP": "090"})
    connect_again(world)
    return world


def undo(world: World, run: str) -> None:
    """Undo after a pause, and check what holds for every run."""
    world.wait()
    world.xt.undo.run([run], "a test")
    world.check()


def staff(world: World) -> tuple[str, str, str]:
    """An organisation with two persons on both sides; the ids of it and of both."""
    firm = organisation(world, "Acme", email1="office@acme.example")
    ann = contact(world, "Ann", "Lee", firm, email="ann@acme.example")
    bob = contact(world, "Bob", "Ray", firm, email="bob@acme.example")
    world.sync()
    return firm, ann, bob


@pytest.mark.feature("O3")
def test_a_person_that_a_run_took_off_a_contact_is_on_it_again(world: World) -> None:
    """As it stood there; the release takes it off again, since the CRM has it no more."""
    firm, ann, _ = staff(world)
    before = sorted(people(world, firm))
    world.host.remove("Contacts", ann)
    run = world.sync()
    without = people(world, firm)

    undo(world, run.id)

    assert (1, before) == (len(without), sorted(people(world, firm)))
    assert 0 == world.actions()

    world.xt.undo.release()
    world.sync()

    assert without == people(world, firm)
    assert 0 == world.actions()


def test_a_list_that_is_full_by_now_takes_nobody_back(world: World) -> None:
    """Xero takes five: that is said, and nobody loses a place."""
    firm, ann, _ = staff(world)
    world.host.remove("Contacts", ann)
    run = world.sync()
    theirs = world.xero_id("Organizations", firm)
    five = [person("P", str(n), f"p{n}@acme.example") for n in range(5)]
    world.sandbox.edit("Contacts", theirs, {"ContactPersons": five})

    undo(world, run.id)

    assert 5 == len(people(world, firm))
    assert "undo_not_back" == code(world, "Contacts", ann)


@pytest.mark.feature("O3")
def test_a_person_that_a_run_deleted_in_the_crm_is_made_anew(world: World) -> None:
    """With all it had; nothing of it travels until it is released, then it goes again."""
    firm, ann, _ = staff(world)
    world.host.edit("Contacts", ann, phone="12")
    world.sync()
    theirs = world.xero_id("Organizations", firm)
    bob = world.in_xero("Organizations", firm)["ContactPersons"][1]
    world.sandbox.edit("Contacts", theirs, {"ContactPersons": [bob]})
    run = world.sync()
    gone = [one.values["firstname"] for one in world.host.all("Contacts")]

    undo(world, run.id)

    again = {str(one.values["firstname"]): one for one in world.host.all("Contacts")}
    assert (["Bob"], {"Ann", "Bob"}) == (gone, set(again))
    assert ("12", firm) == (again["Ann"].values["phone"], again["Ann"].values["account_id"])
    assert 0 == world.actions()
    assert ["Bob"] == [one.split()[0] for one in people(world, firm)]

    world.xt.undo.release()
    world.sync()

    assert ["Bob"] == [one.values["firstname"] for one in world.host.all("Contacts")]


def taken_out(world: World) -> tuple[dict[str, Any], str]:
    """A receipt that a run deleted in Xero: as it stood, and that run."""
    crm_id = receipt(world, lines=[line("10", tax_percent=Decimal(20)), line("5")])
    world.sync()
    (before,) = banked(world)
    world.host.remove("Invoices", crm_id)
    run = world.sync()
    assert [] == banked(world)
    return before, run.id


#: What of a receipt is as it was, beside its lines.
SAME = (
    "Type",
    "Reference",
    "Date",
    "Total",
    "LineAmountTypes",
    "CurrencyCode",
    "Url",
    "ContactID",
    "BankAccountID",
)


def told(one: dict[str, Any]) -> list[Any]:
    """What a receipt says, without the ids that Xero gives."""
    cells = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType")
    lines = [[row.get(cell) for cell in cells] for row in one["LineItems"]]
    return [*(one.get(name) for name in SAME), lines]


@pytest.mark.feature("O3")
def test_a_receipt_that_a_run_deleted_is_in_the_bank_again(banking: World) -> None:
    """With lines, payer, day and account, once; the release deletes it again."""
    before, run = taken_out(banking)

    undo(banking, run)
    undo(banking, run)

    (again,) = banked(banking)
    assert told(before) == told(again)
    assert 0 == banking.actions()

    banking.xt.undo.release()
    banking.sync()

    assert [] == banked(banking)


@pytest.mark.parametrize("before", [True, False])
def test_a_killed_undo_makes_a_receipt_once(
    banking: World, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    """Before the call and after it: asked again, one stands in the bank."""
    stood, run = taken_out(banking)
    banking.wait()
    with killed(monkeypatch, XeroOrganisation, "send", before=before):
        banking.xt.undo.run([run], "a test")
    banking.wait(600)
    banking.sync()

    undo(banking, run)

    assert [told(stood)] == [told(one) for one in banked(banking)]
    assert 0 == banking.actions()


def test_a_receipt_that_somebody_entered_since_is_not_doubled(banking: World) -> None:
    """Same payer, day, account and total: that one stays alone."""
    before, run = taken_out(banking)
    names = ("Type", "Date", "LineItems", "LineAmountTypes")
    own = {"Contact": {"ContactID": before["ContactID"]}}
    own |= {"BankAccount": {"AccountID": before["BankAccountID"]}}
    banking.sandbox.add("BankTransactions", own | {name: before[name] for name in names})

    undo(banking, run)

    assert 1 == len(banked(banking))


def test_a_receipt_of_a_locked_period_stays_deleted(banking: World) -> None:
    """Xero would refuse it: that is said, and nothing is sent."""
    _, run = taken_out(banking)
    lock = {"PeriodLockDate": "2026-12-31"}
    banking.sandbox.edit("Organisation", banking.organisation(), lock)
    banking.wait()

    (item,) = banking.xt.undo.plan([run]).items

    assert item.cause is not None
    assert (None, "period_locked") == (item.verb, item.cause.code)
