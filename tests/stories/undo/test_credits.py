"""Undo and credit: what runs set against invoices is taken off again once, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.stories.sync.credits import crediting, let_credit, note
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero
from tests.stories.sync.test_crashes import killed
from tests.stories.sync.test_credited_differences import edit, sold
from tests.stories.sync.test_money_on_account import allocate
from tests.stories.undo.test_money import MODULES, code, undo
from tests.world import World, make_world
from xtiger.errors import AnswerUnknown
from xtiger.hosts.standard import standard_modules
from xtiger.model.plans import Plan
from xtiger.xero.organisations import XeroOrganisation


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One whose invoices below zero become credit notes, without a brake."""
    modules = [crediting(module) for module in standard_modules()]
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        made.default_account()
        let_credit(made)
        for module in MODULES:
            made.settings(module, brake_share=100)
        yield made


def credited(world: World, credit: str = "-4", bill: str = "10") -> tuple[str, str, str]:
    """An invoice, then a credit that a run sets against it; their CRM ids and that run."""
    acme = organisation(world, "Acme")
    billed = invoice(world, "I1", acme, [line(bill)], balance=Decimal(bill))
    world.sync()
    given = {"credits_id": billed, "balance": Decimal(credit)}
    own = invoice(world, "C1", acme, [line(credit)], **given)
    return billed, own, world.sync().id


def due(world: World) -> tuple[str, Decimal, int]:
    """The status of the note, what is due of its invoice, and the allocations of Xero."""
    (there,) = world.xero("Invoices")
    return note(world)["Status"], there["AmountDue"], len(world.xero("Allocations"))


def shown(plan: Plan, crm_id: str) -> list[tuple[str, str]]:
    """The credit that a plan takes off with a record: invoice and amount."""
    freed = next(item.freed for item in plan.items if item.crm_id == crm_id)
    return [(one.invoice, str(one.amount)) for one in freed]


def test_a_credit_note_is_taken_off_its_invoice_and_voided(world: World) -> None:
    """The plan shows both; then the invoice is due whole on both sides, and all is quiet."""
    billed, own, run = credited(world)
    before = due(world)
    plan = world.xt.undo.plan([run])

    undo(world, run)

    assert (("PAID", Decimal(6), 1), [("I1", "4.00")]) == (before, shown(plan, own))
    assert ("VOIDED", Decimal(10), 0) == due(world)
    assert Decimal(10) == world.in_crm("Invoices", billed, "balance")
    assert {"undone"} == {code(world, "Invoices", one) for one in (billed, own)}
    assert 0 == world.actions()


def test_of_a_credit_larger_than_its_invoice_the_same(world: World) -> None:
    """Of 4.00 only 3.00 were set against the invoice; the note goes whole."""
    _, _, run = credited(world, bill="3")
    before = due(world)

    undo(world, run)

    assert (("AUTHORISED", Decimal(0), 1), ("VOIDED", Decimal(3), 0)) == (before, due(world))


def test_setting_a_credit_against_its_invoice_alone_is_taken_back(world: World) -> None:
    """The note was there before: it stays, open, as the CRM has it; a release does it again."""
    acme = organisation(world, "Acme")
    billed, own = invoice(world, "I1", acme), invoice(world, "C1", acme, [line("-4")])
    world.sync()
    statuses = [world.in_crm("Invoices", one, "invoicestatus") for one in (billed, own)]
    world.host.edit("Invoices", own, credits_id=billed)
    run = world.sync().id

    undo(world, run)

    assert ("AUTHORISED", Decimal(10), 0) == due(world)
    assert statuses == [world.in_crm("Invoices", one, "invoicestatus") for one in (billed, own)]
    assert 0 == world.actions()

    world.xt.undo.release()
    world.sync()

    assert ("PAID", Decimal(6), 1) == due(world)
    assert quiet(world)


def test_invoice_and_credit_of_one_run_go_together(world: World) -> None:
    """The credit is taken off first, so that both can be voided."""
    acme = organisation(world, "Acme")
    billed = invoice(world, "I1", acme)
    invoice(world, "C1", acme, [line("-4")], credits_id=billed)
    run = world.sync().id

    undo(world, run)

    assert ("VOIDED", "VOIDED", 0) == (
        note(world)["Status"],
        world.xero("Invoices")[0]["Status"],
        len(world.xero("Allocations")),
    )
    assert 0 == world.actions()


def test_what_a_person_set_against_another_invoice_stays(world: World) -> None:
    """The note is used by somebody: nothing of it is taken back, and that is said."""
    billed, own, run = credited(world, credit="-4", bill="3")
    other = invoice(world, "I2", str(world.in_crm("Invoices", billed, "account_id")))
    world.sync()
    allocate(
        world, "CreditNotes", note(world)["CreditNoteID"], world.xero_id("Invoices", other), "1"
    )

    undo(world, run)

    assert ("PAID", 2) == (note(world)["Status"], len(world.xero("Allocations")))
    assert "invoice_locked" == code(world, "Invoices", own)


def test_an_allocation_that_a_person_took_off_is_none_to_take(world: World) -> None:
    """The note goes all the same; nothing is called twice."""
    _, own, run = credited(world)
    (allocation,) = world.xero("Allocations")
    remove(world, note(world)["CreditNoteID"], allocation["AllocationID"])
    world.wait()
    plan = world.xt.undo.plan([run])

    undo(world, run)

    assert ([], "VOIDED") == (shown(plan, own), note(world)["Status"])


def remove(world: World, credit_id: str, allocation_id: str) -> None:
    """An accountant takes credit off an invoice in Xero."""
    connection = world.xt.connections.get()
    tokens = world.xt.store.tokens(connection.id)
    assert tokens is not None
    answer = requests.delete(
        f"{world.xt.settings.xero_url}/api.xro/2.0/CreditNotes/{credit_id}/Allocations/{allocation_id}",
        headers={
            "Accept": "application/json",
            "Authorization": f"Bearer {tokens.access.reveal()}",
            "xero-tenant-id": connection.organisation_id,
        },
        timeout=60,
    )
    answer.raise_for_status()


def test_xero_takes_nothing_off_in_a_locked_period(world: World) -> None:
    """That is named before anything is written, and nothing is."""
    _, own, run = credited(world)
    world.sandbox.edit("Organisation", world.organisation(), {"PeriodLockDate": "2026-11-30"})

    undo(world, run)

    assert ("PAID", Decimal(6), 1) == due(world)
    assert "period_locked" == code(world, "Invoices", own)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("calls", [0, 1])
def test_a_killed_undo_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, before: bool, calls: int
) -> None:
    """At each of its calls, before it and after: asked again it is done, each call once."""
    billed, _, run = credited(world)
    world.wait()
    with killed(monkeypatch, XeroOrganisation, "send", before=before, after=calls):
        world.xt.undo.run([run], "a test")
    world.wait(600)
    world.sync()
    halfway = len(world.xero("Allocations"))

    undo(world, run)

    assert (1 if before and not calls else 0) == halfway
    assert ("VOIDED", Decimal(10), 0) == due(world)
    assert Decimal(10) == world.in_crm("Invoices", billed, "balance")
    assert 0 == world.actions()


def test_an_answer_that_is_lost_is_looked_up(world: World) -> None:
    """Xero deleted the allocation and did not answer: its note says so, and it goes on."""
    _, _, run = credited(world)
    world.sandbox.fault("lost_answer", method="DELETE")

    undo(world, run)

    deletes = [c for c in world.sandbox.calls() if c.method == "DELETE"]
    assert ("VOIDED", Decimal(10), 0) == due(world)
    assert 1 == len(deletes)


def test_a_run_that_was_killed_is_taken_back_with_what_it_set(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died once Xero had the allocation: the next run keeps it as written by that run."""
    acme = organisation(world, "Acme")
    billed = invoice(world, "I1", acme)
    world.sync()
    own = invoice(world, "C1", acme, [line("-4")], credits_id=billed)
    with killed(monkeypatch, XeroOrganisation, "send", before=False, after=1):
        world.wait()
        world.xt.sync.run()
    world.wait(600)
    runs = world.xt.store.runs([world.xt.connections.get().id], 5)
    broken = next(one.id for one in runs if one.state not in ("done", "running"))
    world.sync()

    undo(world, broken)

    assert ("VOIDED", Decimal(10), 0) == due(world)
    assert "undone" == code(world, "Invoices", own)


# --- the difference of an invoice ---


def reduced(world: World, **values: Any) -> tuple[str, str]:
    """A paid invoice that says 10.00 less by now, credited by a run; its id and that run."""
    crm_id = sold(world, [line("30")], balance=Decimal(30), **values)
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.sync()
    world.xt.credits.make("Invoices", crm_id)
    return crm_id, world.sync().id


def test_the_note_of_a_difference_goes(world: World) -> None:
    """Taken off and voided; after the release the same difference waits for a person again."""
    crm_id, run = reduced(world)
    before = due(world)
    plan = world.xt.undo.plan([run])

    undo(world, run)

    assert (("PAID", Decimal(15), 1), [("I1", "10.00")]) == (before, shown(plan, crm_id))
    assert ("VOIDED", Decimal(25), 0) == due(world)
    assert Decimal(25) == world.in_crm("Invoices", crm_id, "balance")
    assert 0 == world.actions()

    world.xt.undo.release()
    world.sync()

    assert "invoice_reduced" == code(world, "Invoices", crm_id)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("calls", [0, 1])
def test_a_killed_undo_of_a_difference_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, before: bool, calls: int
) -> None:
    """Whether the allocation or the note was under way: asked again it is whole."""
    crm_id, run = reduced(world)
    world.wait()
    with killed(monkeypatch, XeroOrganisation, "send", before=before, after=calls):
        world.xt.undo.run([run], "a test")
    world.wait(600)

    undo(world, run)

    assert ("VOIDED", Decimal(25), 0) == due(world)
    assert Decimal(25) == world.in_crm("Invoices", crm_id, "balance")
    assert 0 == world.actions()


def test_a_note_that_somebody_changed_stays(world: World) -> None:
    """It is theirs by now, and is named."""
    crm_id, run = reduced(world)
    paid_in_xero(world, world.xero_id("Invoices", crm_id), "15")
    (allocation,) = world.xero("Allocations")
    world.sandbox.edit("CreditNotes", note(world)["CreditNoteID"], {"Total": Decimal(11)})

    undo(world, run)

    assert ("PAID", 1, allocation["AllocationID"]) == (
        note(world)["Status"],
        len(world.xero("Allocations")),
        world.xero("Allocations")[0]["AllocationID"],
    )
    assert "undo_kept" == code(world, "Invoices", crm_id)


def test_what_somebody_set_against_another_while_our_call_was_lost_is_theirs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own never arrived: the run wrote none, and its undo takes nothing of theirs off."""
    acme = organisation(world, "Acme")
    billed, other = (invoice(world, name, acme) for name in ("I1", "I2"))
    world.sync()
    invoice(world, "C1", acme, [line("-4")], credits_id=billed)
    real, lost = XeroOrganisation.send, list[str]()

    def send(door: XeroOrganisation, request: Any) -> Any:
        if not request.path.endswith("/Allocations"):
            return real(door, request)
        lost.append(request.path)
        note_id = note(world)["CreditNoteID"]
        allocate(world, "CreditNotes", note_id, world.xero_id("Invoices", other), "4")
        raise AnswerUnknown("PUT /Allocations")

    monkeypatch.setattr(XeroOrganisation, "send", send)
    run = world.sync().id
    monkeypatch.setattr(XeroOrganisation, "send", real)
    undo(world, run)

    assert 1 == len(lost)
    assert Decimal(4) == world.in_xero("Invoices", other)["AmountCredited"]
