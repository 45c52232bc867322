"""Receipts: an invoice of the CRM whose Xero Invoice Type is Receipt, as money in the bank."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine.plan.test_foreseen import _permit
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, payment, product
from tests.stories.sync.test_bills import option
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_first_link import code_of
from tests.world import REDIRECT, World, make_world
from xtiger.demo.visitor import allow_access
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Currency
from xtiger.model.start_answers import StartAnswers
from xtiger.xero.organisations import XeroOrganisation

BANK = "/api.xro/2.0/BankTransactions"


def connect_again(world: World) -> None:
    """Allow what is needed now, as the button *Connect again* asks for."""
    start = world.xt.connections.consent(REDIRECT)
    answered = allow_access(start.url, "Empty Trading Ltd")
    (offered,) = world.xt.connections.consent_answered(answered)
    world.xt.connections.connect(offered.organisation_id)


@pytest.fixture
def banking(world: World) -> World:
    """A world whose receipts go to the bank account 090."""
    option(world, "receipt_accounts", {"GBP": "090"})
    connect_again(world)
    return world


def receipt(
    world: World, number: str = "R1", lines: list[dict[str, Any]] | None = None, **values: Any
) -> str:
    """A receipt in the CRM, of a new customer unless one is named; answers its id."""
    payer = values.pop("payer", None) or organisation(world, "Acme")
    return invoice(world, number, payer, lines, xero_type="Receipt", **values)


def with_currency(world: World, code: str) -> None:
    """Both sides have one more currency."""
    world.sandbox.add("Currencies", {"Code": code})
    world.host._currencies = (*world.host.currencies(), Currency(code))


def banked(world: World) -> list[dict[str, Any]]:
    """Xero's bank transactions that count."""
    rows = world.xero("BankTransactions")
    return [dict(raw) for raw in rows if raw["Status"] == "AUTHORISED"]


@pytest.mark.feature("F025")
def test_a_receipt_arrives_as_money_in_the_bank(banking: World) -> None:
    """With contact, bank account, our number and address; prices net of discounts; and paid."""
    goods = product(banking, "P1", sales_account="200")
    lines = [
        line(product_id=goods, tax_percent=Decimal(20), discount_percent=Decimal(10)),
        line("5", discount_amount=Decimal(1)),
    ]
    crm_id = receipt(banking, lines=lines, subject="Ours")

    banking.sync()

    there = banking.in_xero("Invoices", crm_id)
    assert ("RECEIVE", "R1", "AUTHORISED", "Exclusive", Decimal("14.80"), "GBP") == (
        there["Type"],
        there["Reference"],
        there["Status"],
        there["LineAmountTypes"],
        there["Total"],
        there["CurrencyCode"],
    )
    assert f"https://crm.example/Invoices/{crm_id}" == there["Url"]
    assert [(Decimal(9), "200", "OUTPUT2"), (Decimal(4), "200", "NONE")] == [
        (one["UnitAmount"], one["AccountCode"], one["TaxType"]) for one in there["LineItems"]
    ]
    assert ("Paid", Decimal("14.80"), Decimal(0)) == tuple(
        banking.in_crm("Invoices", crm_id, name)
        for name in ("invoicestatus", "received", "balance")
    )
    assert [] == banking.xero("Invoices")
    assert quiet(banking)
    assert [] == banking.xt.proof.differences()
    proof = banking.xt.proof.reconcile()
    assert [1] == [one.crm.linked for one in proof.modules if one.module == "Receipts"]
    (sums,) = [row for row in proof.sums if row.module == "Receipts"]
    assert Decimal("14.80") == sums.crm.amounts["Total"] == sums.xero.amounts["Total"]


@pytest.mark.feature("F025")
def test_edits_of_a_receipt_travel_both_ways(banking: World) -> None:
    """A price and a day from the CRM, a price from Xero; what is received follows the total."""
    crm_id = receipt(banking)
    banking.sync()
    (first,) = banking.host.record("Invoices", crm_id).lines
    banking.host.edit_lines("Invoices", crm_id, [{"id": first["id"], "listprice": Decimal(12)}])
    banking.sync()
    assert (Decimal(12), Decimal(12)) == (
        banking.in_xero("Invoices", crm_id)["Total"],
        banking.in_crm("Invoices", crm_id, "received"),
    )

    banking.host.edit("Invoices", crm_id, invoicedate=date(2026, 11, 3))
    banking.sync()
    there = banking.in_xero("Invoices", crm_id)
    assert ("2026-11-03", "Exclusive", Decimal(12)) == (
        str(there["Date"])[:10],
        there["LineAmountTypes"],
        there["Total"],
    )

    kept = ("LineItemID", "Description", "AccountCode", "TaxType", "Quantity")
    (old,) = there["LineItems"]
    edited = [{**{name: old[name] for name in kept}, "UnitAmount": "7"}]
    banking.sandbox.edit("BankTransactions", there["BankTransactionID"], {"LineItems": edited})
    banking.sync()
    assert (Decimal(7), Decimal(7), Decimal(0)) == (
        banking.host.record("Invoices", crm_id).lines[0]["listprice"],
        banking.in_crm("Invoices", crm_id, "received"),
        banking.in_crm("Invoices", crm_id, "balance"),
    )
    assert quiet(banking)
    assert [] == banking.xt.proof.differences()


@pytest.mark.parametrize("how", ["delete", "cancel"])
def test_a_receipt_deleted_in_the_crm_is_deleted_in_xero(banking: World, how: str) -> None:
    """Where the module may delete there: deleted, or cancelled by its status."""
    banking.settings("Invoices", delete_in_xero=True)
    crm_id = receipt(banking)
    banking.sync()

    if how == "delete":
        banking.host.delete("Invoices", [crm_id])
    else:
        banking.host.edit("Invoices", crm_id, invoicestatus="Cancel")
    banking.sync()

    assert [] == banked(banking)
    assert 0 == banking.actions()


def test_a_receipt_deleted_in_xero_is_cancelled_in_the_crm(banking: World) -> None:
    """Where the module may delete in the CRM."""
    banking.settings("Invoices", delete_in_crm=True)
    crm_id = receipt(banking)
    banking.sync()
    there = banking.xero_id("Invoices", crm_id)

    banking.sandbox.edit("BankTransactions", there, {"Status": "DELETED"})
    banking.sync()

    assert "Cancel" == banking.in_crm("Invoices", crm_id, "invoicestatus")
    assert 0 == banking.actions()


@pytest.mark.parametrize("way", ["edit", "delete"])
def test_nothing_of_a_reconciled_receipt_changes(banking: World, way: str) -> None:
    """Held with the cure; once it was removed and redone in Xero, the change goes."""
    banking.settings("Invoices", delete_in_xero=True)
    crm_id = receipt(banking)
    banking.sync()
    there = banking.xero_id("Invoices", crm_id)
    banking.sandbox.edit("BankTransactions", there, {"IsReconciled": True})
    if way == "edit":
        banking.host.edit("Invoices", crm_id, invoicedate=date(2026, 11, 3))
    else:
        banking.host.delete("Invoices", [crm_id])
    banking.sync()
    assert "receipt_reconciled" == code_of(banking, "Invoices", crm_id)
    assert "2026-11-02" == str(banked(banking)[0]["Date"])[:10]

    row = banking.sandbox.table("BankTransactions")[0]
    banking.sandbox._state.put(  # without news in the feed, as Xero may do it
        banking.organisation(), "BankTransactions", there, {**row, "IsReconciled": False}
    )
    banking.sync()

    if way == "edit":
        assert "2026-11-03" == str(banked(banking)[0]["Date"])[:10]
    else:
        assert [] == banked(banking)
    assert 0 == banking.actions()


def test_one_reconciled_since_the_last_look_is_held_by_xeros_word(
    banking: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reconciles it between our look and our write."""
    crm_id = receipt(banking)
    banking.sync()
    there, real = banking.xero_id("Invoices", crm_id), XeroOrganisation.send
    banking.host.edit("Invoices", crm_id, invoicedate=date(2026, 11, 3))

    def send(door: XeroOrganisation, request: Any) -> Any:
        banking.sandbox.edit("BankTransactions", there, {"IsReconciled": True})
        return real(door, request)

    monkeypatch.setattr(XeroOrganisation, "send", send)
    banking.sync()

    assert "receipt_reconciled" == code_of(banking, "Invoices", crm_id)


@pytest.mark.parametrize(
    ("values", "lines", "code"),
    [
        ({"currency": "EUR"}, None, "receipt_account_missing"),
        ({"invoicestatus": "Created"}, None, "receipt_not_approved"),
        ({}, [line("0")], "receipt_line_empty"),
        ({}, [line("5"), line("-5")], "receipt_total"),
        ({}, [line("-5")], "receipt_total"),
        ({"total": Decimal("10.01")}, None, "total_differs"),
    ],
)
def test_what_xero_would_not_take_is_held(
    banking: World, values: dict[str, Any], lines: list[dict[str, Any]] | None, code: str
) -> None:
    """Also a cent of difference: a receipt is what the bank has, so no line for rounding."""
    with_currency(banking, "EUR")
    crm_id = receipt(banking, lines=lines, **values)

    banking.sync()

    assert code == code_of(banking, "Invoices", crm_id)
    assert [] == banked(banking)


def test_while_invoices_arrive_as_drafts_a_receipt_waits(banking: World) -> None:
    """Money has no draft; once approving is released it goes."""
    banking.xt.start.answer(replace(StartAnswers(), arrive="draft"), "a test")
    crm_id = receipt(banking)
    banking.sync()
    assert "receipt_not_approved" == code_of(banking, "Invoices", crm_id)

    banking.xt.start.answer(StartAnswers(), "a test")
    banking.sync()

    assert 1 == len(banked(banking))
    assert quiet(banking)


def test_each_currency_has_its_bank_account(banking: World) -> None:
    """A receipt in dollars goes to the account in dollars, and the rate comes back."""
    with_currency(banking, "USD")
    usd = next(a for a in banking.xero("Accounts") if a.get("CurrencyCode") == "USD")
    option(banking, "receipt_accounts", {"GBP": "090", "USD": usd["Code"]})
    crm_id = receipt(banking, currency="USD")

    banking.sync()

    there = banking.in_xero("Invoices", crm_id)
    assert ("USD", usd["AccountID"]) == (there["CurrencyCode"], there["BankAccountID"])
    banking.sync()
    assert banking.in_crm("Invoices", crm_id, "conversion_rate")
    assert quiet(banking)
    assert [] == banking.xt.proof.differences()


def test_without_the_permission_it_waits_and_the_rest_goes(world: World) -> None:
    """The permission is asked for once receipts have an account; invoices go meanwhile."""
    asked = world.xt.connections.consent(REDIRECT).url
    assert "banktransactions" not in asked
    option(world, "receipt_accounts", {"GBP": "090"})
    acme = organisation(world, "Acme")
    crm_id, sale = receipt(world, payer=acme), invoice(world, "I1", acme)
    world.sync()
    assert ("scope_missing", "") == (
        code_of(world, "Invoices", crm_id),
        code_of(world, "Invoices", sale),
    )

    connect_again(world)
    world.sync()

    assert 1 == len(banked(world))
    assert quiet(world)


def test_a_receipt_that_is_there_waits_for_the_permission_too(banking: World) -> None:
    """Lost later, an edit is held and says so, the rest goes; connected again, it travels."""
    acme = organisation(banking, "Acme")
    crm_id = receipt(banking, payer=acme)
    banking.sync()
    _permit(banking, "accounting.banktransactions", "accounting.banktransactions.read")
    banking.host.edit("Invoices", crm_id, invoicedate=date(2026, 11, 3))
    sale = invoice(banking, "I1", acme)
    banking.sync()
    waits = (code_of(banking, "Invoices", crm_id), code_of(banking, "Invoices", sale))
    banking.sync(full=True)
    again = (code_of(banking, "Invoices", crm_id), code_of(banking, "Invoices", sale))
    panel = banking.xt.panels.panel("Invoices", crm_id)
    connect_again(banking)
    banking.sync()

    assert ("scope_missing", "") == waits == again
    assert "scope_missing" in [message.code for message in panel.messages]
    assert "2026-11-03" == str(banking.in_xero("Invoices", crm_id)["Date"])[:10]
    assert quiet(banking)
    assert [] == banking.xt.proof.differences()


def test_what_else_the_bank_has_stays_there(banking: World) -> None:
    """Bank feeds and spending leave no key, no record, and no difference."""
    for kind, account in (("RECEIVE", "200"), ("SPEND", "400")):
        banking.sandbox.add(
            "BankTransactions",
            {
                "Type": kind,
                "Contact": {"Name": "Somebody"},
                "BankAccount": {"Code": "090"},
                "LineItems": [{"Description": "x", "UnitAmount": 5, "AccountCode": account}],
            },
        )
    banking.sync(full=True)
    option(banking, "due_days", "14")
    banking.sync()

    connection = banking.xt.connections.get().id
    assert [] == list(banking.xt.store.dirty(connection, "xero", "BankTransaction"))
    assert () == tuple(banking.host.all("Invoices"))
    assert quiet(banking)
    assert [] == banking.xt.proof.differences()


def test_one_that_somebody_entered_in_the_bank_is_held(banking: World) -> None:
    """Same contact, day and total: a person says whether it is the same, and links it."""
    payer = organisation(banking, "Acme")
    banking.sync()
    made = banking.sandbox.add(
        "BankTransactions",
        {
            "Type": "RECEIVE",
            "Contact": {"ContactID": banking.xero_id("Organizations", payer)},
            "BankAccount": {"Code": "090"},
            "Date": "2026-11-02",
            "LineAmountTypes": "Exclusive",
            "LineItems": [
                {"Description": "x", "UnitAmount": 10, "AccountCode": "200", "TaxType": "NONE"}
            ],
        },
    )
    crm_id = receipt(banking, payer=payer)
    banking.sync()
    assert "document_looks_same" == code_of(banking, "Invoices", crm_id)

    banking.xt.links.link("Invoices", crm_id, made["BankTransactionID"])
    banking.settings("Invoices", first_link="crm")
    banking.sync()

    assert made["BankTransactionID"] == banking.xero_id("Invoices", crm_id)
    assert 1 == len(banked(banking))


def test_the_type_is_fixed_once_it_is_in_xero(banking: World) -> None:
    """A receipt that becomes an invoice, and an invoice that becomes a receipt, are held."""
    acme = organisation(banking, "Acme")
    first, second = receipt(banking, payer=acme), invoice(banking, "I1", acme)
    banking.sync()
    banking.host.edit("Invoices", first, xero_type="Invoice")
    banking.host.edit("Invoices", second, xero_type="Receipt")

    banking.sync()

    assert {"type_fixed"} == {code_of(banking, "Invoices", one) for one in (first, second)}
    assert (1, 1) == (len(banked(banking)), len(banking.xero("Invoices")))


def test_a_payment_of_a_receipt_is_none(banking: World) -> None:
    """The receipt is the money: a payment that the CRM keeps of it goes nowhere."""
    crm_id = receipt(banking)
    paid = payment(banking, crm_id)

    banking.sync()
    banking.sync()

    assert "payment_of_receipt" == code_of(banking, "Payments", paid)
    assert [] == banking.xero("Payments")
    assert quiet_but(banking, "payment_of_receipt")


def quiet_but(world: World, code: str) -> bool:
    """Whether nothing is to do, and nothing stands but this."""
    return (0, set()) == (world.actions(), set(world.codes().values()) - {code})


def test_what_a_crm_has_received_of_a_receipt_is_no_payment(tmp_path: Path) -> None:
    """Growth in a CRM without payments is one payment of an invoice, and none of a receipt."""
    modules = [module for module in standard_modules() if module.role != "payment"]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        world.default_account()
        option(world, "receipt_accounts", {"GBP": "090"})
        connect_again(world)
        receipt(world, received=Decimal(10), balance=Decimal(0))

        world.sync()
        world.sync()

        assert (1, 0) == (len(banked(world)), len(world.xero("Payments")))
        assert quiet(world)


# --- never twice -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 500])
@pytest.mark.parametrize("addressed", [True, False])
def test_receipts_whose_answer_was_lost_are_there_once(
    banking: World, monkeypatch: pytest.MonkeyPatch, addressed: bool, status: int
) -> None:
    """Also two that are alike to the last line, and where the CRM has no address of its own."""
    if not addressed:
        monkeypatch.setattr(MemoryHost, "url", lambda _host, _ref: None)
    payer = organisation(banking, "Acme")
    ids = [receipt(banking, "R1", payer=payer), receipt(banking, "R2", payer=payer)]
    banking.sandbox.fault("lost_answer", path=BANK, method="PUT", status=status)

    banking.sync()

    assert 2 == len(banked(banking)) == len({banking.xero_id("Invoices", i) for i in ids})
    assert quiet(banking)


@pytest.mark.parametrize("addressed", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_a_receipt_of_a_killed_run_is_never_sent_again(
    banking: World, monkeypatch: pytest.MonkeyPatch, before: bool, addressed: bool
) -> None:
    """Killed before or after the call; found by its address, else a person is asked. Never two."""
    if not addressed:
        monkeypatch.setattr(MemoryHost, "url", lambda _host, _ref: None)
    payer = organisation(banking, "Acme")
    banking.sync()
    crm_id = receipt(banking, payer=payer)
    killed_sync(monkeypatch, banking, XeroOrganisation, "send", before=before)
    banking.wait(1_000)

    banking.sync()

    assert 1 == len(banked(banking))
    if addressed or before:
        assert "Paid" == banking.in_crm("Invoices", crm_id, "invoicestatus")
        assert quiet(banking)
    else:
        assert "document_looks_same" == code_of(banking, "Invoices", crm_id)


def test_killed_before_the_crm_knows_that_it_is_paid(
    banking: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run finishes the half that was open."""
    crm_id = receipt(banking)
    killed_sync(monkeypatch, banking, MemoryHost, "save", before=True)
    banking.wait(1_000)

    banking.sync()

    assert 1 == len(banked(banking))
    assert Decimal(10) == banking.in_crm("Invoices", crm_id, "received")
    assert quiet(banking)
