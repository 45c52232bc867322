"""What an invoice says less than Xero, which keeps its amounts, is credited at a press, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.credits import note
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_first_link import code_of
from tests.world import World
from xtiger.db.store import SqlStore
from xtiger.errors import AnswerUnknown, LinkRefused
from xtiger.xero.organisations import XeroOrganisation


def sold(world: World, lines: list[dict[str, Any]], paid: str = "5", **values: Any) -> str:
    """An invoice that is in Xero, and paid in part there; answers its id."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), lines, **values)
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", crm_id), paid)
    world.sync()
    return crm_id


def edit(world: World, crm_id: str, *cells: dict[str, Any]) -> None:
    """Edit the lines of an invoice in the CRM by their places; None takes a line away."""
    lines = world.host.record("Invoices", crm_id).lines
    rows = [{"id": own["id"], **new} for own, new in zip(lines, cells, strict=False)]
    world.host.edit_lines("Invoices", crm_id, rows)


def in_xero(world: World, crm_id: str) -> tuple[Decimal, Decimal, Decimal]:
    """Total, credited and due of the invoice."""
    there = world.in_xero("Invoices", crm_id)
    return there["Total"], there.get("AmountCredited") or Decimal(0), there["AmountDue"]


@pytest.mark.feature("F107")
def test_the_difference_is_credited_and_both_sides_come_to_agree(world: World) -> None:
    """Held with its amount; pressed, a note is made, set against the invoice, and all is quiet."""
    crm_id = sold(world, [line("30", tax_percent=Decimal(20))], balance=Decimal(36))
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.host.edit("Invoices", crm_id, total=Decimal(24))
    world.sync()
    held = world.outcome("Invoices", crm_id)
    before = in_xero(world, crm_id)

    said = world.xt.credits.make("Invoices", crm_id)
    world.sync()

    assert "invoice_reduced" == code_of_held(held)
    assert ("12.00", (Decimal(36), Decimal(0), Decimal(31))) == (held.proposals[0].name, before)
    assert "12.00" in said
    made = note(world)
    assert ("I1-CN1", "I1", "PAID", Decimal(10), Decimal(2)) == (
        made["CreditNoteNumber"],
        made["Reference"],
        made["Status"],
        made["SubTotal"],
        made["TotalTax"],
    )
    assert (Decimal(36), Decimal(12), Decimal(19)) == in_xero(world, crm_id)
    assert Decimal(19) == world.in_crm("Invoices", crm_id, "balance")
    assert Decimal(20) == world.host.record("Invoices", crm_id).lines[0]["listprice"]
    assert quiet(world)


def code_of_held(outcome: Any) -> str:
    """The code of an outcome."""
    return outcome.cause.code if outcome.cause else ""


def asked(world: World, crm_id: str) -> str:
    """Sync, have the difference credited, and sync again; answers the code before."""
    world.sync()
    code = code_of(world, "Invoices", crm_id)
    world.xt.credits.make("Invoices", crm_id)
    world.sync()
    return code


def test_the_proof_lists_it_with_its_explanation(world: World) -> None:
    """It agrees, sums included, and names the credit notes; the sync says nothing of it."""
    crm_id = sold(world, [line("30", tax_percent=Decimal(20))])
    edit(world, crm_id, {"listprice": Decimal(20)})
    asked(world, crm_id)

    found = world.xt.proof.reconcile()

    assert found.agrees
    assert [] == world.xt.proof.differences()
    assert {"credited"} == {one.cure.code for one in found.differences}
    assert "12.00" == found.differences[0].cure.data["amount"]
    table = next(row for row in found.sums if row.module == "Invoices")
    assert Decimal(36) == table.crm.amounts["Total"] == table.xero.amounts["Total"]


def test_lines_that_go_and_come_are_credited_together(world: World) -> None:
    """One line is taken away, another costs more and a third is new: what is left is credited."""
    rates = {"tax_percent": Decimal(20)}
    crm_id = sold(world, [line("30", **rates), line("10"), line("7")], paid="3")
    first, second, _ = world.host.record("Invoices", crm_id).lines
    changed = {"id": second["id"], "listprice": Decimal(12)}
    fresh = {"name": "Nails", "quantity": Decimal(1), "listprice": Decimal(3)}
    world.host.edit_lines("Invoices", crm_id, [changed, fresh])

    code = asked(world, crm_id)

    made = note(world)
    assert ("invoice_reduced", Decimal(38)) == (code, made["Total"])
    kinds = sorted((one["TaxType"], one["LineAmount"]) for one in made["LineItems"])
    assert [("NONE", Decimal(2)), ("OUTPUT2", Decimal(30))] == kinds
    assert first["id"] not in [one["id"] for one in world.host.record("Invoices", crm_id).lines]
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def test_a_later_edit_is_credited_besides(world: World) -> None:
    """The second note is of what is less since the first; more again is held and offered not."""
    crm_id = sold(world, [line("30")])
    edit(world, crm_id, {"listprice": Decimal(20)})
    asked(world, crm_id)
    edit(world, crm_id, {"listprice": Decimal(18)})

    code = asked(world, crm_id)
    edit(world, crm_id, {"listprice": Decimal(25)})
    world.sync()

    assert "invoice_reduced" == code
    notes = {one["CreditNoteNumber"]: one["Total"] for one in world.xero("CreditNotes")}
    assert {"I1-CN1": Decimal(10), "I1-CN2": Decimal(2)} == notes
    held = world.outcome("Invoices", crm_id)
    assert ("invoice_locked", [""]) == (code_of_held(held), [p.name for p in held.proposals])
    with pytest.raises(LinkRefused, match="nothing that could be credited"):
        world.xt.credits.make("Invoices", crm_id)
    edit(world, crm_id, {"listprice": Decimal(18)})
    world.sync()
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def test_more_than_before_is_held(world: World) -> None:
    """Nothing is offered, and the sentence says what to do about it."""
    crm_id = sold(world, [line("30")])
    edit(world, crm_id, {"listprice": Decimal(40)})

    world.sync()

    held = world.outcome("Invoices", crm_id)
    _, cure = world.xt.sentences.cause(held.cause, "browser")
    assert "invoice_locked" == code_of_held(held)
    assert "What is charged besides is an invoice of its own" in cure


def test_a_paid_invoice_leaves_the_credit_with_the_customer(world: World) -> None:
    """Nothing is due: the note is there and not set against it, and the proof says why."""
    crm_id = sold(world, [line("30")], paid="30")
    edit(world, crm_id, {"listprice": Decimal(20)})

    asked(world, crm_id)

    assert (Decimal(30), Decimal(0), Decimal(0)) == in_xero(world, crm_id)
    assert Decimal(10) == note(world)["RemainingCredit"]
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def test_money_that_came_in_xero_meanwhile_is_brought_by_the_same_sync(world: World) -> None:
    """The rest was paid before the note was made: nothing is due, and the CRM has all of it."""
    crm_id = sold(world, [line("30")], balance=Decimal(30))
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.sync()
    world.xt.credits.make("Invoices", crm_id)
    paid_in_xero(world, world.xero_id("Invoices", crm_id), "25")

    world.sync()

    assert Decimal(10) == note(world)["RemainingCredit"]
    assert (Decimal(30), Decimal(0)) == tuple(
        world.in_crm("Invoices", crm_id, name) for name in ("received", "balance")
    )
    assert quiet(world)


@pytest.mark.parametrize(("paid", "left"), [("30", "0"), ("25", "0"), ("5", "15")])
def test_a_crm_that_counts_its_balance_agrees(world: World, paid: str, left: str) -> None:
    """Its total less what was paid, also below zero: nothing is told, and the proof says why."""
    crm_id = sold(world, [line("30")], paid=paid, total=Decimal(30), balance=Decimal(30))
    edit(world, crm_id, {"listprice": Decimal(20)})
    own = Decimal(20) - Decimal(paid)
    world.host.edit("Invoices", crm_id, total=Decimal(20), balance=own)
    asked(world, crm_id)
    run = world.sync(full=True)

    assert Decimal(left) == in_xero(world, crm_id)[2]
    assert own == world.in_crm("Invoices", crm_id, "balance")
    assert {"unchanged": 1} == {k: n for k, n in run.counts["Invoices"].items() if k != "excluded"}
    assert quiet(world)
    found = world.xt.proof.reconcile()
    assert found.agrees
    assert {"credited"} == {one.cure.code for one in found.differences}


def test_a_balance_that_is_neither_is_told(world: World) -> None:
    """A credit explains no other amount: it is held, and a difference in the proof."""
    crm_id = sold(world, [line("30")], paid="30", total=Decimal(30), balance=Decimal(30))
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.host.edit("Invoices", crm_id, total=Decimal(20), balance=Decimal(-10))
    asked(world, crm_id)
    world.host.edit("Invoices", crm_id, balance=Decimal(-9))

    world.sync()

    assert "money_apart" == code_of(world, "Invoices", crm_id)
    assert not world.xt.proof.reconcile().agrees


def test_an_invoice_of_a_locked_period_is_credited_today(world: World) -> None:
    """Approved and unpaid, but its period is closed: the note is of today and set against it."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), [line("30")])
    world.sync()
    lock = {"PeriodLockDate": "2026-11-04"}
    world.sandbox.edit("Organisation", world.organisation(), lock)
    edit(world, crm_id, {"listprice": Decimal(20)})

    code = asked(world, crm_id)

    assert "invoice_reduced" == code
    assert (Decimal(30), Decimal(10), Decimal(20)) == in_xero(world, crm_id)
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


def test_an_edit_after_the_press_is_asked_anew(world: World) -> None:
    """Only the amount that was shown is credited: nothing is sent of another one."""
    crm_id = sold(world, [line("30")])
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.sync()
    world.xt.credits.make("Invoices", crm_id)
    edit(world, crm_id, {"listprice": Decimal(5)})

    world.sync()

    assert [] == world.xero("CreditNotes")
    assert "25.00" == world.outcome("Invoices", crm_id).proposals[0].name


def test_a_number_that_somebody_has_is_passed_by(world: World) -> None:
    """An accountant's note has the first number: ours gets the next, and theirs stays theirs."""
    crm_id = sold(world, [line("30")])
    customer = world.in_crm("Invoices", crm_id, "account_id")
    world.sandbox.add(
        "CreditNotes",
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": world.xero_id("Organizations", customer)},
            "CreditNoteNumber": "I1-CN1",
            "Status": "AUTHORISED",
            "LineItems": [{"Description": "By hand", "UnitAmount": "1", "AccountCode": "200"}],
        },
    )
    edit(world, crm_id, {"listprice": Decimal(20)})

    asked(world, crm_id)

    numbers = sorted(one["CreditNoteNumber"] for one in world.xero("CreditNotes"))
    assert ["I1-CN1", "I1-CN2"] == numbers
    assert (Decimal(30), Decimal(10), Decimal(15)) == in_xero(world, crm_id)
    assert quiet(world)


def test_a_note_that_is_voided_in_xero_explains_nothing(world: World) -> None:
    """The difference is offered again."""
    crm_id = sold(world, [line("30")], paid="30")
    edit(world, crm_id, {"listprice": Decimal(20)})
    asked(world, crm_id)
    world.sandbox.edit("CreditNotes", note(world)["CreditNoteID"], {"Status": "VOIDED"})
    world.sync()
    world.host.edit("Invoices", crm_id, subject="Looked at")

    world.sync()

    assert not world.xt.proof.reconcile().agrees


CASES = {
    "announced": ("open_batch", SqlStore, False),
    "made": ("send", XeroOrganisation, False),
    "unmade": ("send", XeroOrganisation, True),
}


@pytest.mark.parametrize("case", CASES)
def test_a_kill_credits_once(world: World, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Killed at the call that makes the note, before and after: once in the end, set against it.

    Also where the CRM says even less by then: that is asked anew.
    """
    crm_id = sold(world, [line("30")])
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.sync()
    world.xt.credits.make("Invoices", crm_id)
    name, owner, before = CASES[case]

    killed_sync(monkeypatch, world, owner, name, before=before)
    world.wait(600)
    for _ in range(3):
        world.sync()
    edit(world, crm_id, {"listprice": Decimal(15)})
    world.sync()

    assert Decimal(10) == note(world)["Total"]
    assert (Decimal(30), Decimal(10), Decimal(15)) == in_xero(world, crm_id)
    assert "5.00" == world.outcome("Invoices", crm_id).proposals[0].name


@pytest.mark.parametrize("ending", ["/CreditNotes", "/Allocations"])
def test_an_answer_that_is_lost_is_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """The note, or its being set against the invoice, arrived: neither is sent once more."""
    crm_id = sold(world, [line("30")])
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.sync()
    world.xt.credits.make("Invoices", crm_id)
    real, lost = XeroOrganisation.send, list[str]()

    def send(door: XeroOrganisation, request: Any) -> Any:
        answers = real(door, request)
        if request.path.endswith(ending) and not lost:
            lost.append(request.path)
            raise AnswerUnknown(f"PUT {ending}")
        return answers

    monkeypatch.setattr(XeroOrganisation, "send", send)
    world.sync()

    assert 1 == len(lost)
    assert Decimal(10) == note(world)["Total"]
    assert (Decimal(30), Decimal(10), Decimal(15)) == in_xero(world, crm_id)
    assert quiet(world)


def test_a_connection_that_only_reads_credits_nothing(world: World) -> None:
    """It is held as any change is, though somebody pressed before."""
    crm_id = sold(world, [line("30")])
    edit(world, crm_id, {"listprice": Decimal(20)})
    world.sync()
    world.xt.credits.make("Invoices", crm_id)
    world.settings("Invoices", update_in_xero=False)

    world.sync()

    assert [] == world.xero("CreditNotes")
