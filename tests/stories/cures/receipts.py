"""Stories of codes that receipts have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from tests.stories.cures.telling import Seen, enter
from tests.stories.sync.people import invoice, line, organisation, payment
from tests.stories.sync.test_bills import option
from tests.stories.sync.test_receipts import connect_again, receipt
from tests.world import World
from xtiger.model.records import Document, Ref
from xtiger.rules.customers.attachments import ATTACH, MOST_BYTES


def _made(world: World, lines: list[dict[str, Any]] | None = None, **values: Any) -> Seen:
    """A receipt in a world whose receipts go to the bank account 090."""
    option(world, "receipt_accounts", {"GBP": "090"})
    connect_again(world)
    return Seen("Invoices", receipt(world, lines=lines, **values))


def _prices(world: World, seen: Seen, *prices: str) -> None:
    known = world.host.record("Invoices", str(seen.crm_id)).lines
    rows = [
        {"id": one["id"], "listprice": Decimal(price)}
        for one, price in zip(known, prices, strict=True)
    ]
    world.host.edit_lines("Invoices", str(seen.crm_id), rows)


def receipt_account_missing(world: World) -> Iterator[Seen]:
    yield Seen("Invoices", receipt(world))
    enter(world, "mapping", "set", "Invoices", "receipts:GBP", "090")
    connect_again(world)


def document_too_large(world: World) -> Iterator[Seen]:
    option(world, ATTACH, True)
    connect_again(world)
    world.host._document = lambda _ref: Document("I1.pdf", bytes(MOST_BYTES + 1))
    yield Seen("Invoices", invoice(world, "I1", organisation(world, "Acme")))
    enter(world, "mapping", "set", "Invoices", "attach_document", "off")


def _fails(_ref: Ref) -> Document:
    raise RuntimeError("no printer")


def document_refused(world: World) -> Iterator[Seen]:
    option(world, ATTACH, True)
    connect_again(world)
    seen = Seen("Invoices", invoice(world, "I1", organisation(world, "Acme")))
    world.host._document = _fails
    world.sync()
    there = f"/api.xro/2.0/Invoices/{world.xero_id('Invoices', str(seen.crm_id))}/"
    world.host._document = lambda _ref: Document("I1.pdf", b"PDF")
    world.sandbox.fault("status", path=there, status=400)
    world.sync()
    yield seen
    world.host._document = lambda _ref: Document("I1.pdf", b"%PDF")
    world.sync()


def receipt_account_invalid(world: World) -> Iterator[Seen]:
    option(world, "receipt_accounts", {"GBP": "200"})
    connect_again(world)
    yield Seen("Invoices", receipt(world))
    enter(world, "mapping", "set", "Invoices", "receipts:GBP", "090")


def receipt_not_approved(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, invoicestatus="Created"))
    world.host.edit("Invoices", str(seen.crm_id), invoicestatus="Approved")


def receipt_line_empty(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, [line("0")]))
    _prices(world, seen, "5")


def receipt_total(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, [line("5"), line("-5")]))
    _prices(world, seen, "5", "-4")


def receipt_reconciled(world: World) -> Iterator[Seen]:
    seen = _made(world)
    world.sync()
    there = world.xero_id("Invoices", str(seen.crm_id))
    world.sandbox.edit("BankTransactions", there, {"IsReconciled": True})
    world.host.edit("Invoices", str(seen.crm_id), invoicedate=date(2026, 11, 3))
    yield seen
    world.sandbox.edit("BankTransactions", there, {"IsReconciled": False})


def payment_of_receipt(world: World) -> Iterator[Seen]:
    seen = _made(world, payer=organisation(world, "Acme"))
    yield Seen("Payments", payment(world, str(seen.crm_id)))
