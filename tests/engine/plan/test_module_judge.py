"""Linked records are judged as soon as they are read: what becomes of them is the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.people import contact, invoice, line, organisation, payment, product
from tests.world import World
from xtiger.engine.plan.module_judge import ModuleJudge
from xtiger.model.plans import Item


def edited(world: World) -> None:
    """Records of every module in every state: edited here, there, on both sides, gone and new."""
    names = ("Here", "There", "Both", "Gone", "Taken", "Renamed", "Still")
    made = {name: organisation(world, name, email1="old@example.com") for name in names}
    person = contact(world, "Ann", "Lee", made["Still"], email="ann@example.com")
    good = product(world, "P1", unit_price=Decimal(5))
    bills = [
        invoice(world, f"I{n}", made[name], [line(product_id=good), line("3")])
        for n, name in enumerate(("Here", "There", "Still"))
    ]
    payment(world, bills[2], "4")
    world.sync()
    world.host.edit("Organizations", made["Here"], email1="new@example.com")
    world.host.edit("Organizations", made["Both"], email1="ours@example.com")
    world.host.edit("Organizations", made["Renamed"], accountname="Taken")
    world.host.edit("Contacts", person, lastname="Li")
    world.host.edit("Products", good, unit_price=Decimal(6))
    world.host.edit("Invoices", bills[0], duedate=None)
    for name, fields in (
        ("There", {"EmailAddress": "new@example.com"}),
        ("Both", {"EmailAddress": "theirs@example.com"}),
        ("Gone", {"ContactStatus": "ARCHIVED"}),
    ):
        world.sandbox.edit("Contacts", world.xero_id("Organizations", made[name]), fields)
    xero_id = world.xero_id("Invoices", bills[1])
    world.sandbox.edit("Invoices", xero_id, {"Reference": "Theirs", "DueDate": "2026-12-31"})
    organisation(world, "New")
    world.sandbox.add("Contacts", {"Name": "New there"})


def planned(world: World, *, full: bool = False) -> tuple[Item, ...]:
    """What a plan would do, after a pause; with `full`, to every record there is."""
    world.wait()
    return world.xt.sync.plan((), full=full).items


@pytest.mark.parametrize("full", [False, True])
def test_a_plan_is_the_same_whenever_its_records_are_judged(
    world: World, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    """Judged one part after the other as they are read, or all once all are read."""
    edited(world)
    planned(world, full=full)  # all that it marks waits for the next two
    early = planned(world)
    monkeypatch.setattr(ModuleJudge, "early", lambda _judge, _part: None)

    late = planned(world)

    assert {"conflict", "updated", "created", "unchanged"} <= {item.result for item in early}
    assert late == early
