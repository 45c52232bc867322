"""The status of linked invoices both ways, and the money that came in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.people import line
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_invoice_states import pay
from tests.stories.sync.test_invoices import lines_there, sent
from tests.stories.sync.test_line_merge import edit_here, edit_there
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules


def status(world: World, crm_id: str) -> tuple[str, str]:
    """The status here and there."""
    return world.in_crm("Invoices", crm_id, "invoicestatus"), world.in_xero("Invoices", crm_id)[
        "Status"
    ]


def set_there(world: World, crm_id: str, **values: object) -> None:
    """Change an invoice in Xero."""
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), values)


@pytest.mark.feature("F028")
def test_a_status_goes_through_its_life_on_both_sides(world: World) -> None:
    """Draft, approved, sent, part paid, paid in Xero: the CRM follows each step, once."""
    crm_id = sent(world, invoicestatus="Created", total=Decimal(10))
    steps: tuple[tuple[Callable[[], None], str], ...] = (
        (lambda: set_there(world, crm_id, Status="AUTHORISED"), "Approved"),
        (lambda: set_there(world, crm_id, SentToContact=True), "Sent"),
        (lambda: pay(world, crm_id, 4), "Partially Paid"),
        (lambda: pay(world, crm_id, 6), "Paid"),
    )
    for act, wanted in steps:
        act()
        world.sync()

        assert wanted == world.in_crm("Invoices", crm_id, "invoicestatus")
        assert 0 == world.actions()
    values = world.host.record("Invoices", crm_id).values
    assert (10, 0) == (values["received"], values["balance"])


def test_a_payment_taken_back_is_told_to_the_crm(world: World) -> None:
    """Paid, and the payment deleted in Xero: approved again, nothing received."""
    crm_id = sent(world)
    pay(world, crm_id, 10)
    world.sync()
    payment = world.xero("Payments")[0]["PaymentID"]
    world.sandbox.edit("Payments", payment, {"Status": "DELETED"})
    set_there(world, crm_id, Status="PAID")  # the sandbox counts its payments again

    world.sync()

    values = world.host.record("Invoices", crm_id).values
    assert ("Approved", 0) == (values["invoicestatus"], values["received"])
    assert 0 == world.actions()


def test_paid_in_the_crm_alone_stays_there(world: World) -> None:
    """Marked Paid by hand: no payment is made up, the CRM keeps its word, and it is told."""
    crm_id = sent(world)
    world.host.edit("Invoices", crm_id, invoicestatus="Paid")
    for _ in range(2):
        world.sync(full=True)

        assert ("Paid", "AUTHORISED") == status(world, crm_id)
        assert "paid_without_payment" == code_of(world, "Invoices", crm_id)
    assert [] == world.xero("Payments")


def test_statuses_moved_on_both_sides(world: World) -> None:
    """Submitted there, approved here: approving includes it. Paid there wins over Sent here."""
    crm_id = sent(world, invoicestatus="Created")
    set_there(world, crm_id, Status="SUBMITTED")
    world.host.edit("Invoices", crm_id, invoicestatus="Approved")
    world.sync()
    assert ("Approved", "AUTHORISED") == status(world, crm_id)
    pay(world, crm_id, 10)
    world.host.edit("Invoices", crm_id, invoicestatus="Sent")
    world.sync()

    assert ("Paid", "PAID") == status(world, crm_id)
    assert 0 == world.actions()


@pytest.fixture
def worded(tmp_path: Path) -> Iterator[World]:
    """A world whose CRM calls an approved invoice Final."""
    modules = [
        replace(
            m,
            fields=tuple(
                replace(f, type="text", choices=()) if f.role == "invoice.status" else f
                for f in m.fields
            ),
        )
        for m in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        made.default_account()
        yield made


def test_the_mapping_chooses_the_crms_word(worded: World) -> None:
    """status_from_xero: Xero's word becomes the word chosen, and that means the same back."""
    world = worded
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    words = {"status_from_xero": {"AUTHORISED": "Final"}, "status_map": {"Final": "AUTHORISED"}}
    world.xt.mappings.save(replace(mapping, options={**mapping.options, **words}))
    crm_id = sent(world, invoicestatus="Created")
    set_there(world, crm_id, Status="AUTHORISED")

    world.sync()

    assert ("Final", "AUTHORISED") == status(world, crm_id)
    assert 0 == world.actions()


@pytest.mark.parametrize(("start", "end"), [("Created", "DELETED"), ("Approved", "VOIDED")])
def test_voided_in_xero_is_cancelled_in_the_crm(world: World, start: str, end: str) -> None:
    """With deletes allowed in the CRM the record stays and says Cancel; nothing is sent."""
    world.settings("Invoices", delete_in_crm=True)
    crm_id = sent(world, invoicestatus=start)
    set_there(world, crm_id, Status=end)

    world.sync()

    assert ("Cancel", end) == status(world, crm_id)
    assert ("removed", "to_crm") == (
        world.outcome("Invoices", crm_id).result,
        world.outcome("Invoices", crm_id).flow,
    )
    assert 0 == world.actions()


@pytest.mark.parametrize("what", ["head", "line"])
def test_voided_in_xero_and_edited_here_is_a_conflict(world: World, what: str) -> None:
    """Somebody worked on it meanwhile: nothing is cancelled."""
    world.settings("Invoices", delete_in_crm=True)
    crm_id = sent(world)
    set_there(world, crm_id, Status="VOIDED")
    if what == "head":
        world.host.edit("Invoices", crm_id, subject="Still needed")
    else:
        edit_here(world, crm_id, {"listprice": Decimal(7)})

    world.sync()

    assert "gone_but_edited" == code_of(world, "Invoices", crm_id)
    assert "Approved" == world.in_crm("Invoices", crm_id, "invoicestatus")


@pytest.mark.feature("O13")
@pytest.mark.feature("F107")
def test_a_part_payment_and_then_edits_on_both_sides(world: World) -> None:
    """Money came, then a text was changed here and one there: both travel, prices never."""
    crm_id = sent(world, [line("10", comment="A"), line("5", comment="B")], total=Decimal(15))
    pay(world, crm_id, 4)
    world.sync()
    edit_here(world, crm_id, {"comment": "A here"}, {})
    edit_there(world, crm_id, {}, {"Description": "B there"})
    world.sync()

    texts = ["A here", "B there"]
    assert texts == [one["Description"] for one in lines_there(world, crm_id)]
    assert texts == [one["comment"] for one in world.host.record("Invoices", crm_id).lines]
    values = world.host.record("Invoices", crm_id).values
    assert (4, 11, "Partially Paid") == tuple(
        values[name] for name in ("received", "balance", "invoicestatus")
    )
    assert 0 == world.actions()
