"""Payments to Xero: what is sent, what is held, and no money twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.money import before_sending, due, live, options, quiet
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, payment
from tests.stories.sync.test_first_link import code_of
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.mapping.check import with_option
from xtiger.model.records import Module

ALL_ROLES = ("organisation", "contact", "product", "service", "invoice")


@pytest.mark.feature("F027")
def test_a_received_payment_of_an_approved_invoice_goes_to_xero(billed: tuple[World, str]) -> None:
    """Account, day, amount and reference arrive, and the invoice is paid there."""
    world, bill = billed
    crm_id = payment(world, bill, "10", reference="Transfer 7")

    world.sync()

    there = world.in_xero("Payments", crm_id)
    assert ("created", "to_xero") == (
        world.outcome("Payments", crm_id).result,
        world.outcome("Payments", crm_id).flow,
    )
    assert ("2026-11-05", Decimal("10.00"), "Transfer 7") == (
        there["Date"],
        there["Amount"],
        there["Reference"],
    )
    assert ("PAID", Decimal(0)) == (world.xero("Invoices")[0]["Status"], due(world))
    assert quiet(world)


@pytest.mark.parametrize("status", ["Sent", "sent", "Overdue", "Paid", "Partially Paid", "bezahlt"])
def test_an_invoice_whose_status_says_approved_may_be_paid(loose: World, status: str) -> None:
    """In any case and language, without an option."""
    bill = invoice(loose, "I1", organisation(loose, "Acme"), invoicestatus=status)
    crm_id = payment(loose, bill, "10")

    loose.sync()

    assert "created" == loose.outcome("Payments", crm_id).result


def test_the_statuses_of_invoices_that_may_be_paid_can_be_chosen(world: World) -> None:
    """A sent invoice holds its payment back where the mapping names others, till it names it."""
    options(world, payable_statuses=["approved"])
    bill = invoice(world, "I1", organisation(world, "Acme"), invoicestatus="Sent")
    crm_id = payment(world, bill, "10")
    world.sync()
    assert "payment_needs_approval" == code_of(world, "Payments", crm_id)
    mapping = world.xt.mappings.get("Payments")
    assert mapping is not None
    world.xt.mappings.save(with_option(mapping, "payable_statuses", "Approved,SENT", (), ()))

    world.sync()

    assert "created" == world.outcome("Payments", crm_id).result
    assert quiet(world)


def test_an_invoice_and_its_payment_go_in_one_run(world: World) -> None:
    """The invoice first, then its payment; the next run plans nothing."""
    bill = invoice(world, "I1", organisation(world, "Acme"))
    payment(world, bill, "4")
    payment(world, bill, "6", paymentdate=date(2026, 11, 9))

    world.sync()

    assert 2 == len(live(world))
    assert Decimal(0) == due(world)
    assert quiet(world)


@pytest.mark.feature("F140")
def test_part_payments_are_payments(billed: tuple[World, str]) -> None:
    """The invoice stays open for the rest."""
    world, bill = billed
    payment(world, bill, "3.33")

    world.sync()

    assert (Decimal("6.67"), "AUTHORISED") == (due(world), world.xero("Invoices")[0]["Status"])


@pytest.mark.feature("F027")
@pytest.mark.parametrize("status", ["Pending", "In Progress", "Failure", "Paid", "Refunded", None])
def test_only_received_money_is_sent(billed: tuple[World, str], status: str | None) -> None:
    """Any other status leaves the payment out until it changes."""
    world, bill = billed
    crm_id = payment(world, bill, paymentstatus=status)
    world.sync()
    assert "payment_not_received" == code_of(world, "Payments", crm_id)
    assert [] == live(world)
    world.host.edit("Payments", crm_id, paymentstatus="Received")

    world.sync()

    assert 1 == len(live(world))


@pytest.mark.feature("F106")
@pytest.mark.parametrize("status", ["Created", "Cancel", "AutoCreated"])
def test_a_payment_waits_until_its_invoice_is_approved(world: World, status: str) -> None:
    """Held with the invoice's number; it goes by itself once the invoice is approved."""
    bill = invoice(world, "I1", organisation(world, "Acme"), invoicestatus=status)
    crm_id = payment(world, bill)
    world.sync()
    outcome = world.outcome("Payments", crm_id)
    assert outcome.cause is not None
    assert ("payment_needs_approval", "I1") == (outcome.cause.code, outcome.cause.data["number"])
    world.host.edit("Invoices", bill, invoicestatus="Approved")

    world.sync()

    assert 1 == len(live(world))


def test_an_invoice_looked_at_alone_asks_nothing_about_money_that_waits(world: World) -> None:
    """Its payment is asked about already; once that is gone, the difference is reported."""
    bill = invoice(
        world, "I1", organisation(world, "Acme"), invoicestatus="Created", received=Decimal(4)
    )
    crm_id = payment(world, bill, "4")
    world.sync()

    (alone,) = world.xt.sync.records("Invoices", [bill])

    assert alone.cause is None
    asked = world.xt.agreements.records("needs_you")
    assert [("Payments", crm_id)] == [(one.module, one.crm_id) for one in asked]
    world.host.remove("Payments", crm_id)
    world.sync()
    assert "money_apart" == code_of(world, "Invoices", bill)


@pytest.mark.feature("F106")
def test_a_payment_of_a_draft_in_xero_waits(world: World) -> None:
    """Approved in the CRM, but wanted as draft in Xero: Xero would refuse it."""
    bill = invoice(world, "I1", organisation(world, "Acme"), xero_status="DRAFT")
    crm_id = payment(world, bill)

    world.sync()

    assert "payment_needs_approval" == code_of(world, "Payments", crm_id)
    assert [] == live(world)


def test_a_payment_of_an_invoice_that_is_not_in_xero_waits(world: World) -> None:
    """Its invoice is held itself."""
    bill = invoice(world, "I1", None)
    crm_id = payment(world, bill)

    world.sync()

    outcome = world.outcome("Payments", crm_id)
    assert outcome.cause is not None
    assert ("waits_for_parent", "I1") == (outcome.cause.code, outcome.cause.data["parent"])


@pytest.mark.feature("F067")
@pytest.mark.feature("F105")
@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("200", "payment_account_invalid"),
        ("215", "payment_account_invalid"),
        ("999", "payment_account_invalid"),
        (None, "payment_account_missing"),
    ],
)
def test_an_account_that_takes_no_payments_is_held(
    billed: tuple[World, str], account: str | None, code: str
) -> None:
    """A sales account, an archived one, an unknown one, and none at all."""
    world, bill = billed
    crm_id = payment(world, bill, account=account)

    world.sync()

    assert code == code_of(world, "Payments", crm_id)
    assert [] == live(world)


@pytest.mark.feature("F105")
@pytest.mark.parametrize(
    "account", ["090", "090 - Business Bank Account", "Business Bank Account", "880"]
)
def test_an_account_is_named_by_code_or_name(billed: tuple[World, str], account: str) -> None:
    """As the pick list has it; an account with payments enabled takes them, too."""
    world, bill = billed
    payment(world, bill, account=account)

    world.sync()

    codes = {a.account_id: a.code for a in world.xt.store.accounts(world.xt.connections.get().id)}
    assert [account[:3] if account[0].isdigit() else "090"] == [
        codes[raw["AccountID"]] for raw in live(world)
    ]


def test_a_default_account_takes_what_names_none(billed: tuple[World, str]) -> None:
    """Set once for all payments; the CRM's own field stays empty."""
    world, bill = billed
    options(world, payment_account="091")
    crm_id = payment(world, bill, account=None)

    world.sync()

    assert 1 == len(live(world))
    assert world.in_crm("Payments", crm_id, "account") is None
    assert quiet(world)


def test_a_bank_account_of_another_currency_is_held(billed: tuple[World, str]) -> None:
    """A euro account takes no pounds."""
    world, bill = billed
    crm_id = payment(world, bill, account="092")

    world.sync()

    assert "payment_account_currency" == code_of(world, "Payments", crm_id)


def test_more_than_is_due_is_held(billed: tuple[World, str]) -> None:
    """Xero has no payment above what is due."""
    world, bill = billed
    crm_id = payment(world, bill, "10.01")

    world.sync()

    outcome = world.outcome("Payments", crm_id)
    assert outcome.cause is not None
    assert ("payment_too_high", "10.00") == (outcome.cause.code, outcome.cause.data["due"])
    assert [] == live(world)


def test_an_invoice_that_comes_to_nothing_takes_no_payment(billed: tuple[World, str]) -> None:
    """Its new lines are in the same plan: nothing will be due, whatever Xero says is due now."""
    world, invoice_id = billed
    world.host.edit_lines("Invoices", invoice_id, [line("0")])
    crm_id = payment(world, invoice_id, "10.00")

    world.sync()

    assert "payment_too_high" == code_of(world, "Payments", crm_id)


@pytest.mark.parametrize("together", [True, False])
def test_several_payments_together_do_not_exceed_what_is_due(world: World, together: bool) -> None:
    """6 and 6 of 10: the first goes, the second is held before Xero refuses it."""
    bill = invoice(world, "I1", organisation(world, "Acme"))
    if not together:
        world.sync()
    first, second = payment(world, bill, "6"), payment(world, bill, "6")

    world.sync()

    assert "created" == world.outcome("Payments", first).result
    assert "payment_too_high" == code_of(world, "Payments", second)
    assert Decimal(4) == due(world)


@pytest.mark.parametrize("amount", ["0", "-5", "1.005"])
def test_an_amount_that_cannot_be_paid_is_held(tmp_path: Path, amount: str) -> None:
    """Nothing, less than nothing, and half a cent."""
    with make_world(tmp_path, modules=loose_payments()) as world:
        world.connect()
        world.default_account()
        bill = invoice(world, "I1", organisation(world, "Acme"))
        crm_id = payment(world, bill, amount)

        world.sync()

        assert "payment_amount_invalid" == code_of(world, "Payments", crm_id)
        assert [] == live(world)


def loose_payments() -> list[Module]:
    """Modules whose payments take any number and need nothing."""
    return [
        replace(m, fields=tuple(replace(f, required=False, decimals=None) for f in m.fields))
        if m.name == "Payments"
        else m
        for m in standard_modules()
    ]


@pytest.mark.parametrize("field", ["paymentdate", "amount", "invoice_id"])
def test_a_payment_without_date_amount_or_invoice_is_held(tmp_path: Path, field: str) -> None:
    """Each is named, as the form of the CRM calls it, once; filled in, the payment goes."""
    with make_world(tmp_path, modules=loose_payments()) as world:
        world.connect()
        world.default_account()
        bill = invoice(world, "I1", organisation(world, "Acme"))
        crm_id = payment(world, bill)
        world.host.edit("Payments", crm_id, **{field: None})

        world.sync()

        cause = world.outcome("Payments", crm_id).cause
        described = next(m for m in loose_payments() if m.name == "Payments").by_name(field)
        assert cause is not None
        assert described is not None
        assert [("mandatory_missing", {"field": described.label})] == [
            (one.code, one.data) for one in cause.each()
        ]
        assert [] == live(world)
        filled = {"paymentdate": date(2026, 11, 20), "amount": Decimal(5), "invoice_id": bill}
        world.host.edit("Payments", crm_id, **{field: filled[field]})
        world.sync()
        assert 1 == len(live(world))


def test_a_payment_in_a_locked_period_is_held(billed: tuple[World, str]) -> None:
    """The lock date of the organisation is read in every run."""
    world, bill = billed
    world.sandbox.edit("Organisation", world.organisation(), {"PeriodLockDate": "2026-11-10"})
    crm_id = payment(world, bill)

    world.sync()

    assert "period_locked" == code_of(world, "Payments", crm_id)


def test_payments_travel_in_batches(world: World) -> None:
    """60 payments of 60 invoices take two calls."""
    acme = organisation(world, "Acme")
    bills = [invoice(world, f"I{n}", acme) for n in range(60)]
    world.sync()
    for bill in bills:
        payment(world, bill)
    before = len([c for c in world.sandbox.calls() if c.method == "PUT"])

    world.sync()

    assert 60 == len(live(world))
    assert 2 == len([c for c in world.sandbox.calls() if c.method == "PUT"]) - before


def test_one_that_xero_refuses_spoils_none_of_its_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody paid the invoice a moment ago: held with Xero's rule, the other goes."""
    acme = organisation(world, "Acme")
    one, two = invoice(world, "I1", acme), invoice(world, "I2", acme)
    world.sync()
    first, second = payment(world, one), payment(world, two)
    before_sending(
        world, monkeypatch, lambda: paid_in_xero(world, world.xero_id("Invoices", one), "1")
    )

    world.sync()

    outcome = world.outcome("Payments", first)
    assert outcome.cause is not None
    assert ("held", "payment_too_high") == (outcome.result, outcome.cause.code)
    assert "created" == world.outcome("Payments", second).result
