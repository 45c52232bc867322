"""Credit notes of Xero are read and listed where somebody switches that on, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import organisation
from tests.world import World
from xtiger.errors import ScopeMissing, SettingInvalid, UnknownModule
from xtiger.rules.kinds import LISTED

PATH = "/api.xro/2.0/CreditNotes"


def switched(world: World, *, on: bool) -> None:
    """The administrator's switch."""
    settings = world.xt.modules.settings("CreditNotes")
    world.xt.modules.save_settings(replace(settings, enabled=on))


def credited(world: World, number: str, amount: str = "25.50", **fields: Any) -> str:
    """A credit note that an accountant made in Xero for Acme; answers its id."""
    if not world.xero("Contacts"):
        organisation(world, "Acme")
        world.sync("Organizations")
    line = {"Description": "Given back", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200"}
    made = world.sandbox.add(
        "CreditNotes",
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": world.xero("Contacts")[0]["ContactID"]},
            "CreditNoteNumber": number,
            "Date": "2026-11-02",
            "LineAmountTypes": "NoTax",
            "LineItems": [line],
            "Status": "AUTHORISED",
            **fields,
        },
        world.organisation(),
    )
    return str(made["CreditNoteID"])


def reads(world: World) -> list[bool]:
    """Of each read of a page of credit notes so far, whether it asked for what changed only."""
    found = [call for call in world.sandbox.calls() if call.path == PATH]
    assert all(call.query["page"] == "1" for call in found)
    return ["if-modified-since" in {name.lower() for name in call.headers} for call in found]


def test_a_credit_note_is_listed(world: World) -> None:
    """Switched on and synced: number, contact, sums, status, day and currency stand there."""
    own = credited(world, "CN-7")
    switched(world, on=True)

    run = world.sync()

    (found,) = world.xt.modules.listed("CreditNotes")
    assert own == found.xero_id
    assert {
        "number": "CN-7",
        "contact": "Acme",
        "type": "ACCRECCREDIT",
        "date": date(2026, 11, 2),
        "status": "AUTHORISED",
        "currency": "GBP",
        "total": Decimal("25.50"),
        "remaining": Decimal("25.50"),
    } == found.values
    assert {"read": 1} == run.counts["CreditNotes"]


def test_a_change_in_xero_is_listed_after_the_next_sync(world: World) -> None:
    """Part of the credit is used up: only what changed is read, and the rest of it is shown."""
    own = credited(world, "CN-7")
    switched(world, on=True)
    world.sync()
    world.sandbox.edit("CreditNotes", own, {"RemainingCredit": Decimal("5.50")})

    run = world.sync()

    assert Decimal("5.50") == world.xt.modules.listed("CreditNotes")[0].values["remaining"]
    assert ({"read": 1}, [False, True]) == (run.counts["CreditNotes"], reads(world))


def test_a_voided_credit_note_says_so(world: World) -> None:
    """Xero keeps it, and so does the list."""
    own = credited(world, "CN-7")
    switched(world, on=True)
    world.sync()
    world.sandbox.edit("CreditNotes", own, {"Status": "VOIDED"})

    world.sync()

    assert ["VOIDED"] == [one.values["status"] for one in world.xt.modules.listed("CreditNotes")]


def test_the_newest_stand_first(world: World) -> None:
    """By day, and of one day by number."""
    for number, day in (("CN-1", "2026-11-02"), ("CN-3", "2026-11-02"), ("CN-2", "2026-11-09")):
        credited(world, number, Date=day)
    switched(world, on=True)

    world.sync()

    found = [one.values["number"] for one in world.xt.modules.listed("CreditNotes")]
    assert ["CN-2", "CN-3", "CN-1"] == found


def test_without_the_switch_no_call_is_made(world: World) -> None:
    """It is off until somebody switches it on, and a run then asks for nothing more."""
    credited(world, "CN-7")
    world.sync()
    before = world.calls()

    run = world.sync(full=True)

    assert ([], [], "CreditNotes" in run.counts) == (
        reads(world),
        world.xt.modules.listed("CreditNotes"),
        False,
    )
    quiet = world.calls() - before
    switched(world, on=True)
    before = world.calls()
    world.sync(full=True)
    assert quiet + 1 == world.calls() - before


def test_switched_off_again_it_is_read_no_longer(world: World) -> None:
    """What was read stays to be seen."""
    credited(world, "CN-7")
    switched(world, on=True)
    world.sync()
    before = len(reads(world))
    switched(world, on=False)

    world.sync()

    assert (before, 1) == (len(reads(world)), len(world.xt.modules.listed("CreditNotes")))


def test_nothing_waits_for_a_module_that_only_lists(world: World) -> None:
    """No dirty keys are left: nothing would ever take them; the next plan is empty."""
    credited(world, "CN-7")
    switched(world, on=True)
    world.sync()
    world.sync(full=True)

    assert [] == list(world.xt.store.dirty(world.xt.connections.get().id, "xero", "CreditNote"))
    assert 0 == world.actions()


def test_each_module_that_lists_has_no_other_switch(world: World) -> None:
    """What belongs to syncing is refused with the reason, and an unknown name with the known."""
    for name in LISTED:
        settings = replace(world.xt.modules.settings(name), direction="to_crm")
        with pytest.raises(SettingInvalid, match="only read and listed"):
            world.xt.modules.save_settings(settings)
    with pytest.raises(UnknownModule, match="CreditNotes"):
        world.xt.modules.listed("Invoices")


def test_a_permission_that_does_not_cover_them_is_named(world: World) -> None:
    """Like a module that is synced: page and sync say what is missing, and nothing is read."""
    store, connection = world.xt.store, world.xt.connections.get()
    tokens = store.tokens(connection.id)
    assert tokens is not None
    kept = tuple(s for s in tokens.scope if "invoices" not in s and "transactions" not in s)
    store.save_connection(connection, replace(tokens, scope=kept))
    off = world.xt.modules.uncovered(connection.id)
    switched(world, on=True)

    assert (False, True) == (
        "CreditNotes" in off,
        "CreditNotes" in world.xt.modules.uncovered(connection.id),
    )
    with pytest.raises(ScopeMissing, match="CreditNotes"):
        world.sync("Organizations")
    assert [] == reads(world)
