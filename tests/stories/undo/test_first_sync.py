"""Undo of a first sync of all modules, both ways: as before, but for what Xero keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import contact, invoice, organisation, paid_in_xero, payment, product
from tests.world import World, connected_world
from xtiger.engine.apply.pull import Puller
from xtiger.model.plans import Item
from xtiger.rules.causes import cause_of

MODULES = ("Organizations", "Contacts", "Products", "Services", "Invoices", "Payments")
#: Records of each kind, on each side; `make soak` takes more.
MANY = int(os.environ.get("XTIGER_UNDO_RECORDS", "6"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake."""
    with connected_world(tmp_path) as made:
        for module in MODULES:
            made.settings(module, brake_share=100)
        yield made


def _fill_crm(world: World) -> None:
    for number in range(MANY):
        firm = organisation(world, f"Firm {number}", email1=f"f{number}@b.example")
        contact(world, "Ann", f"Lee {number}", firm, email=f"ann{number}@b.example")
        product(world, f"P{number}", sales_account="200")
        product(world, f"S{number}", module="Services", sales_account="200")
        payment(world, invoice(world, f"I{number}", firm), "4")


def _fill_xero(world: World) -> None:
    for number in range(MANY):
        made = world.sandbox.add("Contacts", {"Name": f"Newcomer {number}"})
        bill = {
            "Type": "ACCREC",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": made["ContactID"]},
            "InvoiceNumber": f"X{number}",
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "LineItems": [
                {"Description": "Work", "Quantity": 1, "UnitAmount": 8, "AccountCode": "200"}
            ],
        }
        paid_in_xero(world, str(world.sandbox.add("Invoices", bill)["InvoiceID"]), "3")


def _crm(world: World) -> dict[str, list[Any]]:
    return {
        module: [
            (dict(one.values), [dict(line) for line in one.lines])
            for one in world.host.all(module)
            if not one.deleted
        ]
        for module in MODULES
    }


def _theirs(world: World) -> list[Any]:
    """What Xero had of its own, with the money on it."""
    invoices = [one for one in world.xero("Invoices") if one["InvoiceNumber"].startswith("X")]
    return [(one["InvoiceNumber"], one["Status"], one["AmountPaid"]) for one in invoices] + [
        (one["Name"], one["ContactStatus"])
        for one in world.xero("Contacts")
        if one["Name"].startswith("Newcomer")
    ]


def _ours(world: World) -> set[tuple[str, str]]:
    """Kind and status of what the sync made in Xero."""
    made = [one for one in world.xero("Invoices") if one["InvoiceNumber"].startswith("I")]
    paid = [one for one in world.xero("Payments") if str(one["Amount"]) == "4.00"]
    firms = [one for one in world.xero("Contacts") if one["Name"].startswith("Firm")]
    return {
        *(("Contact", str(one["ContactStatus"])) for one in firms),
        *(("Invoice", str(one["Status"])) for one in made),
        *(("Payment", str(one["Status"])) for one in paid),
    }


@pytest.mark.feature("O3")
def test_a_first_sync_both_ways_is_taken_back(world: World) -> None:
    """The CRM has what it had; Xero has its own untouched, and ours archived, voided, deleted."""
    _fill_crm(world)
    _fill_xero(world)
    before, theirs = _crm(world), _theirs(world)
    run = world.sync()
    assert all(len(records) > MANY for name, records in _crm(world).items() if name == "Invoices")

    world.wait()
    world.xt.undo.run([run.id], "a test")
    world.check()

    assert (before, theirs) == (_crm(world), _theirs(world))
    assert {("Contact", "ARCHIVED"), ("Invoice", "VOIDED"), ("Payment", "DELETED")} == _ours(world)
    assert [] == world.xero("Items")
    assert 0 == world.actions()


@pytest.mark.parametrize("refused", [False, True])
def test_what_left_xero_stays_held_until_the_crm_has_its_values_back(
    world: World, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    """Killed in between, or refused by the CRM: the same undo once more makes it whole."""
    billed = invoice(world, "I1", organisation(world, "Acme"))
    payment(world, billed, "4")
    run = world.sync()

    def killed(puller: Puller, items: Sequence[Item]) -> None:
        if items and not refused:
            raise KeyboardInterrupt
        for item in items:
            puller.booking.stop(item, cause_of("changed_meanwhile"), "held")

    world.wait()
    with monkeypatch.context() as patch:
        patch.setattr(Puller, "pull", killed)
        with nullcontext() if refused else pytest.raises(KeyboardInterrupt):
            world.xt.undo.run([run.id], "a test")
    world.sync()
    assert Decimal(4) == world.in_crm("Invoices", billed, "received")
    world.wait()
    world.xt.undo.run([run.id], "a test")
    world.check()

    assert (None, "Approved") == (
        world.in_crm("Invoices", billed, "received"),
        world.in_crm("Invoices", billed, "invoicestatus"),
    )
    assert ["VOIDED"] == [one["Status"] for one in world.xero("Invoices")]
    assert 0 == world.actions()
