"""Troubles of the first day, each named by its code, and what their cures say to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from tests.stories.cures.telling import Seen, type_cure
from tests.stories.sync.people import invoice, organisation, payment
from tests.stories.sync.test_invoices_in import contact, in_xero
from tests.world import World
from xtiger.model import setting_keys
from xtiger.model.start_answers import StartAnswers


def _answer(world: World, **given: Any) -> None:
    world.xt.start.answer(replace(world.xt.start.answers(), **given), "a test")


def before_start(world: World) -> Iterator[Seen]:
    _answer(world, from_day=date(2026, 11, 3))
    bill = invoice(world, "I1", organisation(world, "Acme"), invoicedate=date(2026, 11, 2))
    yield (seen := Seen("Invoices", bill))
    type_cure(world, seen, DATE="2026-11-02")


def not_brought(world: World) -> Iterator[Seen]:
    _answer(world, bring="customers")
    yield (seen := Seen("Organizations", xero_id=contact(world, "Tax Office")))
    type_cure(world, seen)


def contact_not_brought(world: World) -> Iterator[Seen]:
    _answer(world, bring="none")
    yield (seen := Seen("Invoices", xero_id=in_xero(world, contact(world, "Bell"))))
    type_cure(world, seen)


def waits_for_approving(world: World) -> Iterator[Seen]:
    _answer(world, arrive="draft")
    bill = invoice(world, "I1", organisation(world, "Acme"))
    money = payment(world, bill, "4")
    yield (seen := Seen("Payments", money))
    type_cure(world, seen)


def after_first_ten(world: World) -> Iterator[Seen]:
    key = setting_keys.start_answers(world.xt.connections.get().id)
    world.xt.store.save_setting(key, StartAnswers(stage="ten").plain())
    for number in range(11):
        organisation(world, f"Customer {number}")
    world.sync()
    (held,) = world.xt.sync.outcomes(results=["held"])
    yield (seen := Seen("Organizations", held.crm_id, told=True))
    type_cure(world, seen)
