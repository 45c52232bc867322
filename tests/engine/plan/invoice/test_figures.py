"""Figures that no line tells: sums, taxes by hand, money, and a status that claims money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.money import by_hand, stored
from tests.stories.sync.people import (
    invoice,
    line,
    organisation,
    paid_in_xero,
    payment,
    unpaid_in_xero,
)
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_invoices import lines_there, sent
from tests.stories.sync.test_line_merge import COMPUTED, edit_here
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules

VAT = {"tax_name": "20% (VAT on Income)", "tax_percent": Decimal(20)}


def told(world: World, crm_id: str) -> tuple[str, str | None, Mapping[str, Any]]:
    """Result, code and data of the newest outcome of an invoice."""
    outcome = world.outcome("Invoices", crm_id)
    cause = outcome.cause
    if cause is None:
        return outcome.result, None, {}
    return outcome.result, cause.code, dict(cause.data)


def agrees(world: World) -> bool:
    """Whether the proof finds no difference."""
    return world.xt.proof.reconcile().agrees


def cures(world: World) -> dict[str, str]:
    """Field → code of the cure of each difference that the proof finds."""
    return {one.field: one.cure.code for one in world.xt.proof.reconcile().differences}


# --- sums ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cured_in", ["xero", "crm"])
def test_a_tax_by_hand_that_moves_the_total_is_told_until_it_is_gone(
    world: World, cured_in: str
) -> None:
    """0.01 more tax in Xero: held at each sync with both totals, a difference in the proof."""
    crm_id = sent(world, [line("10", **VAT), line("5", **VAT)], total=Decimal(18))
    by_hand(world, crm_id, "2.01", None)
    assert {"Total": "total_apart", "Tax": "total_apart"} == cures(world)
    for full in (False, False, True):
        world.sync(full=full)

        data = {"crm_total": "18.00", "xero_total": "18.01"}
        assert ("held", "total_apart", data) == told(world, crm_id)
        assert 0 == world.actions()
        assert "total_apart" == cures(world)["Total"]

    if cured_in == "xero":
        by_hand(world, crm_id, None, None)
    else:
        world.host.edit("Invoices", crm_id, total=Decimal("18.01"))
    world.sync()

    assert ("unchanged", None, {}) == told(world, crm_id)
    assert ({}, True) == (world.codes(), agrees(world))


def test_taxes_by_hand_that_leave_the_total_are_told_too(world: World) -> None:
    """One line 0.01 more, the price of a line a cent less: the total is right, net and tax not."""
    crm_id = sent(world, [line("10", **VAT)], total=Decimal(12))
    before = world.in_xero("Invoices", crm_id)
    stored(world, crm_id, SubTotal=Decimal("9.99"), TotalTax=Decimal("2.01"))
    for _ in range(2):
        world.sync()

        data = {"net": "9.99", "tax": "2.01", "foreseen_net": "10.00", "foreseen_tax": "2.00"}
        assert ("held", "sums_apart", data) == told(world, crm_id)
        assert {"Tax": "sums_apart"} == cures(world)

    stored(world, crm_id, SubTotal=before["SubTotal"], TotalTax=before["TotalTax"])
    world.sync()

    assert ("unchanged", None, {}) == told(world, crm_id)
    assert ({}, True) == (world.codes(), agrees(world))


def test_a_total_that_the_crm_changes_alone_is_told(world: World) -> None:
    """No line says why the CRM's total is another one: held, and gone once it is put right."""
    crm_id = sent(world, [line("10")], total=Decimal(10))
    world.host.edit("Invoices", crm_id, total=Decimal("10.10"))
    world.sync()
    assert ("held", "total_apart", {"crm_total": "10.10", "xero_total": "10.00"}) == told(
        world, crm_id
    )
    world.host.edit("Invoices", crm_id, total=Decimal(10))

    world.sync()

    assert ("unchanged", {}, True) == (
        world.last_result("Invoices", crm_id),
        world.codes(),
        agrees(world),
    )


def test_what_differs_does_not_keep_other_edits(world: World) -> None:
    """The subject goes to Xero all the same; the outcome says both, and the hold stays."""
    crm_id = sent(world, [line("10", **VAT)], total=Decimal(12))
    by_hand(world, crm_id, "2.01")
    world.host.edit("Invoices", crm_id, subject="Go")

    world.sync()

    assert "Go" == world.in_xero("Invoices", crm_id)["Reference"]
    assert ("updated", "total_apart") == told(world, crm_id)[:2]
    world.sync()
    assert ("held", "total_apart") == told(world, crm_id)[:2]


def test_lines_changed_alike_on_both_sides_foresee_new_sums(world: World) -> None:
    """The same price typed here and there: nothing is told, here without a total of the CRM."""
    crm_id = sent(world, [line("10", **VAT)])
    edit_here(world, crm_id, {"listprice": Decimal(20)})
    (only,) = lines_there(world, crm_id)
    kept = {k: v for k, v in only.items() if k not in COMPUTED}
    world.sandbox.edit(
        "Invoices", world.xero_id("Invoices", crm_id), {"LineItems": [{**kept, "UnitAmount": 20}]}
    )

    world.sync()

    assert ("unchanged", {}, True) == (
        world.last_result("Invoices", crm_id),
        world.codes(),
        agrees(world),
    )


def test_a_base_of_before_has_no_sums_and_gets_them(world: World) -> None:
    """Stores of before kept none: the next plan is empty, and a later tax by hand is told."""
    crm_id = sent(world, [line("10", **VAT)])
    store, connection = world.xt.store, world.xt.connections.get().id
    link = store.links_by_crm(connection, "Invoices", [crm_id])[crm_id]
    assert link.id is not None
    base = store.bases([link.id])[link.id]
    pairs = {key: pair for key, pair in base.pairs.items() if key != "Sums"}
    store.save_bases([type(base)(base.link_id, pairs, base.mapping_version, base.lines)])
    world.sync(full=True)
    assert ("unchanged", 0, {}) == (
        world.last_result("Invoices", crm_id),
        world.actions(),
        world.codes(),
    )
    assert "Sums" in store.bases([link.id])[link.id].pairs

    by_hand(world, crm_id, "1.99")
    world.sync()

    assert "sums_apart" == code_of(world, "Invoices", crm_id)


def test_a_tax_that_came_in_with_prices_including_it_is_agreed(world: World) -> None:
    """Net and tax are a cent other than by lines without tax: plan and proof agree to them."""
    contact = world.xero_id("Organizations", _linked(world))
    made = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact},
        "Date": "2026-11-02",
        "DueDate": "2026-12-02",
        "Status": "AUTHORISED",
        "LineAmountTypes": "Inclusive",
        "LineItems": [
            {
                "Description": "A",
                "Quantity": quantity,
                "UnitAmount": price,
                "AccountCode": "200",
                "TaxType": "OUTPUT2",
            }
            for quantity, price in ((3, "63.49"), (9, "82.95"))
        ],
    }
    raw = world.sandbox.add("Invoices", made)
    assert ("780.84", "156.18") == (str(raw["SubTotal"]), str(raw["TotalTax"]))

    world.sync()

    assert 1 == len(world.host.all("Invoices"))
    assert (0, {}, True) == (world.actions(), world.codes(), agrees(world))


def _linked(world: World) -> str:
    acme = organisation(world, "Acme")
    world.sync()
    return acme


def test_figures_cost_no_call(world: World) -> None:
    """A quiet sync with a standing difference calls Xero as often as one without."""
    crm_id = sent(world, [line("10", **VAT)], total=Decimal(12))
    world.sync()
    before = world.calls()
    world.sync()
    quiet = world.calls() - before
    by_hand(world, crm_id, "2.01")
    world.sync()
    before = world.calls()

    world.sync()

    assert quiet == world.calls() - before


# --- a status that claims money --------------------------------------------------------------


@pytest.mark.parametrize("cure", ["xero", "word", "both"])
def test_paid_without_money_is_sent_and_told_until_it_is_gone(world: World, cure: str) -> None:
    """Sent as approved with no payment made up; told in each sync and in the proof."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), invoicestatus="Paid")
    world.sync()
    assert "AUTHORISED" == world.in_xero("Invoices", crm_id)["Status"]
    assert [] == world.xero("Payments")
    data = {"status": "Paid", "due": "10.00", "total": "10.00"}
    assert ("created", "paid_without_payment", data) == told(world, crm_id)
    for full in (False, True):
        world.sync(full=full)

        assert ("held", "paid_without_payment", data) == told(world, crm_id)
        assert (0, {"Status": "paid_without_payment"}) == (world.actions(), cures(world))

    if cure == "word":
        world.host.edit("Invoices", crm_id, invoicestatus="Approved")
    elif cure == "xero":
        paid_in_xero(world, world.xero_id("Invoices", crm_id))
    else:
        payment(world, crm_id)
    world.sync()
    world.sync()

    assert (None, {}) == told(world, crm_id)[1:]
    assert (0, {}, True) == (world.actions(), world.codes(), agrees(world))


@pytest.mark.parametrize("word", ["Paid", "Partially Paid"])
def test_a_linked_invoice_that_becomes_paid_by_word_alone(world: World, word: str) -> None:
    """Set by hand after it was sent: held from the first sync on, with nothing written."""
    crm_id = sent(world)
    world.host.edit("Invoices", crm_id, invoicestatus=word)

    world.sync()

    data = {"status": word, "due": "10.00", "total": "10.00"}
    assert ("held", "paid_without_payment", data) == told(world, crm_id)
    assert word == world.in_crm("Invoices", crm_id, "invoicestatus")
    assert {"Status": "paid_without_payment"} == cures(world)


def test_a_part_of_the_money_is_not_all(world: World) -> None:
    """Paid in the CRM and 4.00 of 10.00 in Xero: what is due is told; Partially Paid is right."""
    crm_id = sent(world)
    paid_in_xero(world, world.xero_id("Invoices", crm_id), "4")
    world.sync()
    assert ("Partially Paid", {}) == (
        world.in_crm("Invoices", crm_id, "invoicestatus"),
        world.codes(),
    )
    world.host.edit("Invoices", crm_id, invoicestatus="Paid")

    world.sync()

    data = {"status": "Paid", "due": "6.00", "total": "10.00"}
    assert ("held", "paid_without_payment", data) == told(world, crm_id)


def test_money_of_the_same_run_is_no_difference(world: World) -> None:
    """An invoice that is Paid and its payment, both new: never told as unpaid, and in step."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), invoicestatus="Paid")
    payment(world, crm_id)

    world.sync()

    codes = {o.cause.code for o in world.xt.sync.outcomes(limit=100) if o.cause}
    assert set() == codes
    assert "PAID" == world.in_xero("Invoices", crm_id)["Status"]
    world.sync()
    assert (0, {}, True) == (world.actions(), world.codes(), agrees(world))


def test_a_payment_that_is_taken_back_in_xero_is_told_by_the_word(world: World) -> None:
    """Paid on both sides; the payment is deleted there while the status does not travel in."""
    crm_id = sent(world)
    made = paid_in_xero(world, world.xero_id("Invoices", crm_id))
    world.sync()
    assert "Paid" == world.in_crm("Invoices", crm_id, "invoicestatus")
    world.settings("Invoices", direction="to_xero")
    unpaid_in_xero(world, made)

    world.sync()

    assert "paid_without_payment" == code_of(world, "Invoices", crm_id)


# --- money received --------------------------------------------------------------------------


def test_money_typed_into_the_crm_alone_is_told(world: World) -> None:
    """Received 5.00 without any payment: held with both amounts, in the proof too, till mended."""
    crm_id = sent(world)
    world.host.edit("Invoices", crm_id, received=Decimal(5))
    world.sync()
    field = "Received"
    assert ("held", "money_apart", {"field": field, "crm": "5.00", "xero": "0.00"}) == told(
        world, crm_id
    )
    assert "money_apart" == cures(world)["Paid"]
    world.host.edit("Invoices", crm_id, received=None)

    world.sync()

    assert ("unchanged", {}, True) == (
        world.last_result("Invoices", crm_id),
        world.codes(),
        agrees(world),
    )


def test_money_that_waits_is_told_by_its_payment(world: World) -> None:
    """A payment to an account that takes none is held; its invoice says nothing besides."""
    crm_id = sent(world)
    wrong = payment(world, crm_id, account="200")
    world.host.edit("Invoices", crm_id, received=Decimal(10), invoicestatus="Paid")
    for _ in range(2):
        world.sync()

        assert {("Payments", wrong): "payment_account_invalid"} == world.codes()
    world.host.edit("Payments", wrong, account="090")
    world.sync()
    world.sync()

    assert (0, {}, True) == (world.actions(), world.codes(), agrees(world))


def test_money_is_no_matter_where_payments_stay_at_home(world: World) -> None:
    """Without a module of payments nobody can expect the amounts received to agree."""
    crm_id = sent(world)
    world.settings("Payments", enabled=False)
    world.host.edit("Invoices", crm_id, received=Decimal(5))

    world.sync()

    assert ("unchanged", True) == (world.last_result("Invoices", crm_id), agrees(world))


# --- currency and approval -------------------------------------------------------------------


def test_an_invoice_without_a_currency_is_in_the_organisations_own(world: World) -> None:
    """The contact's default in Xero is euro; the CRM's 10.00 are pounds and stay pounds."""
    world.sandbox.add("Currencies", {"Code": "EUR"})
    acme = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"DefaultCurrency": "EUR"})
    crm_id = invoice(world, "I1", acme)

    world.sync()

    assert "GBP" == world.in_xero("Invoices", crm_id)["CurrencyCode"]
    assert (0, {}, True) == (world.actions(), world.codes(), agrees(world))


def test_another_currency_in_xero_is_told_where_the_crm_holds_none(tmp_path: Path) -> None:
    """Equal numbers are no equal money: held, and gone when Xero has the CRM's currency again."""
    modules = [
        replace(m, fields=tuple(f for f in m.fields if f.role != "invoice.currency"))
        for m in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        world.default_account()
        crm_id = sent(world, invoicestatus="Created")
        stored(world, crm_id, CurrencyCode="EUR")
        world.sync()
        assert ("held", "currency_apart", {"crm": "GBP", "xero": "EUR"}) == told(world, crm_id)
        assert not agrees(world)
        stored(world, crm_id, CurrencyCode="GBP")

        world.sync()

        assert ({}, True) == (world.codes(), agrees(world))


def test_approved_in_the_crm_and_kept_as_less_in_xero_is_told(world: World) -> None:
    """The user of the connection may not approve: told at each sync until somebody approves."""
    own = world.organisation()
    world.sandbox.edit("Organisation", own, {"NotAllowed": ["CreateApprovedInvoice"]})
    crm_id = sent(world)
    for _ in range(2):
        world.sync(full=True)

        data = {"status": "Approved", "xero": "SUBMITTED"}
        assert ("held", "approval_missing", data) == told(world, crm_id)
        assert {"Status": "approval_missing"} == cures(world)
    world.sandbox.edit("Organisation", own, {"NotAllowed": []})
    world.sandbox.edit("Invoices", world.xero_id("Invoices", crm_id), {"Status": "AUTHORISED"})

    world.sync()

    assert (0, {}, True) == (world.actions(), world.codes(), agrees(world))
