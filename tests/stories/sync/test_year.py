"""A year of a small firm: twelve months of sales, purchases and money, each proven at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, payment, product
from tests.stories.sync.test_bills import option
from tests.stories.sync.test_credit_notes import credited
from tests.stories.sync.test_money_on_account import allocate
from tests.stories.sync.test_receipts import banked, connect_again
from tests.world import MovingClock, World, make_world
from xtiger.model.records import Currency, Ref, Write

#: Month in which the firm's tax falls from 20 % to 5 %.
TAX_FALLS = 7
#: A month's calls: the feeds and settings of two runs, and a batch for each kind that changed.
MOST_CALLS = 19


def taxed(price: str, month: int, **values: Any) -> dict[str, Any]:
    """A line with the tax of that month."""
    percent = 20 if month < TAX_FALLS else 5
    named = {"tax_percent": Decimal(percent), "tax_name": f"{percent}% (VAT on Income)"}
    return line(price, **named, **values)


def of_quote(ref: Ref) -> Write:
    """The invoice of a won quote, whose id is its month."""
    month = int(ref.id)
    lines = [taxed("9.99", month, quantity=Decimal(3)), taxed("480", month, name="Set-up")]
    values = {
        "invoice_no": f"Q-{month}",
        "account_id": "1",
        "invoicestatus": "Approved",
        "invoicedate": date(2026, month, 5),
        "duedate": date(2026, month, 25),
    }
    return Write(values, lines=lines)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[World]:
    """A firm with a customer at home and one abroad, a supplier and a product, on New Year."""
    clock = MovingClock(datetime(2026, 1, 1, 8, tzinfo=UTC))
    with make_world(
        tmp_path,
        clock=clock,
        currencies=[Currency("GBP"), Currency("EUR")],
        invoice_of_sale=of_quote,
    ) as world:
        world.connect()
        world.default_account()
        option(world, "purchase_account", "400")
        option(world, "receipt_accounts", {"GBP": "090"})
        connect_again(world)
        world.sandbox.add("Currencies", {"Code": "EUR"})
        organisation(world, "Acme"), organisation(world, "Côte", email1="a@cote.example")
        organisation(world, "Timber Yard")
        product(world, "P1", sales_account="200", unit_price=Decimal("12.50"))
        world.sync()
        yield world


def dated(month: int, **values: Any) -> dict[str, Any]:
    """The dates of a document of the month, and more of it."""
    return {"invoicedate": date(2026, month, 7), "duedate": date(2026, month, 27), **values}


def month_of(world: World, month: int) -> dict[str, str]:
    """What the firm does in a month; answers CRM ids by what they are."""
    sold = world.xt.sale_closed(Ref("Quotes", str(month)))
    assert sold is not None
    goods = [taxed("12.50", month, product_id="1", quantity=Decimal(month)), line("0.01")]
    made = {
        "quote": sold.id,
        "goods": invoice(world, f"G-{month}", "1", goods, **dated(month)),
        "abroad": invoice(
            world, f"E-{month}", "2", [line("250.25")], **dated(month, currency="EUR")
        ),
        "bill": invoice(
            world, f"T-{month}", "3", [line("31.40")], **dated(month, xero_type="Bill")
        ),
        "receipt": invoice(
            world, f"R-{month}", "1", [taxed("8.15", month)], **dated(month, xero_type="Receipt")
        ),
    }
    world.sync()
    return made


def paid(world: World, month: int, made: dict[str, str]) -> None:
    """A part is paid in the CRM and the rest in Xero; the bill in Xero; some credit given."""
    payment(world, made["quote"], "100", paymentdate=date(2026, month, 12))
    day = f"2026-{month:02}-20"
    there = world.in_xero("Invoices", made["quote"])
    paid_in_xero(world, there["InvoiceID"], str(there["Total"] - 100), Date=day)
    paid_in_xero(world, world.xero_id("Invoices", made["bill"]), "31.40", Date=day)
    if month % 3 == 0:
        note = credited(world, f"CN-{month}", Date=day)
        allocate(world, "CreditNotes", note, world.xero_id("Invoices", made["goods"]), "2")
    world.sync()


def lock(world: World, month: int) -> None:
    """The accountant locks what lies up to the end of the month."""
    last = date(2026 + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    tenant = world.organisation()
    world.sandbox.edit("Organisation", tenant, {"PeriodLockDate": last.isoformat()})


def test_each_month_of_a_year_agrees(firm: World) -> None:
    """Quotes won, goods, a currency, bills, receipts, part payments, credit, another tax, locks.

    At the end of each month nothing is left to do, nothing is held, and the proof is green.
    """
    found, made = {}, {}
    for month in range(1, 13):
        firm.clock.set(datetime(2026, month, 28, 9, tzinfo=UTC))
        before = firm.calls()
        made = month_of(firm, month)
        paid(firm, month, made)
        calls = firm.calls() - before
        left = (firm.actions(), firm.codes(), firm.xt.proof.differences())
        found[month] = (*left, calls <= MOST_CALLS or calls)
        if month % 3 == 0:
            lock(firm, month)

    assert {month: (0, {}, [], True) for month in range(1, 13)} == found
    assert (48, 12) == (len(firm.xero("Invoices")), len(banked(firm)))
    quote = firm.in_xero("Invoices", made["quote"])
    assert ("PAID", Decimal("535.47")) == (quote["Status"], quote["Total"])


def test_a_locked_month_is_left_alone(firm: World) -> None:
    """An edit of a locked month is held by name, and its cure cures: the accountant opens it."""
    firm.clock.set(datetime(2026, 1, 28, 9, tzinfo=UTC))
    made = month_of(firm, 1)
    lock(firm, 1)
    firm.clock.set(datetime(2026, 2, 2, 9, tzinfo=UTC))
    firm.host.edit("Invoices", made["goods"], subject="Later")
    firm.sync()
    cause = firm.outcome("Invoices", made["goods"]).cause
    firm.sandbox.edit("Organisation", firm.organisation(), {"PeriodLockDate": None})

    firm.sync()

    assert cause is not None
    assert ("period_locked", "Later") == (
        cause.code,
        firm.in_xero("Invoices", made["goods"])["Reference"],
    )
