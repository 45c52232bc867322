"""What the proof counts of each kind, as pure functions: keys, days, amounts and lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import line, organisation
from tests.world import World
from xtiger.engine.cycle.kind_parts import counted_kind
from xtiger.engine.proof.compare import aligned, compare_rows, status_agrees
from xtiger.engine.proof.counting import (
    invoice_facts,
    payment_document,
    payment_facts,
    plain_facts,
)
from xtiger.engine.proof.fresh_read import Items, Links, fresh_lookups, readable
from xtiger.engine.proof.module_reader import ModuleReader
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.extensions.hook_caller import Dispatcher
from xtiger.hookspecs import SyncModule
from xtiger.hosts.standard import invoices, payments
from xtiger.mapping.convert import Lookups, bind
from xtiger.mapping.default_rows import default_rows
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.mappings import Mapping, ModuleSettings
from xtiger.model.records import Record, Ref, XeroRecord
from xtiger.rules.taxes import TaxTable


def test_a_bill_has_no_key_of_ours() -> None:
    """Its number is the supplier's, and it is nobody's unless it is linked."""
    bill = XeroRecord("Invoice", "x", {"Type": "ACCPAY", "InvoiceNumber": "I1", "Url": "u"})

    assert ((), "other_type") == (invoice_facts(bill).keys, invoice_facts(bill).foreign)


def test_a_paid_invoice_is_summed_as_authorised() -> None:
    """Money received is Xero's."""
    paid = XeroRecord("Invoice", "x", {"Total": Decimal(3)}, status="PAID")

    assert ("AUTHORISED", (Decimal(3), None, None, None)) == (
        invoice_facts(paid).status,
        invoice_facts(paid).amounts,
    )


def test_a_payment_belongs_to_its_document() -> None:
    """Day and amount are its own, currency and parent those of the invoice."""
    raw = {"Invoice": {"InvoiceID": "i1", "CurrencyCode": "EUR"}}
    values = {"Date": date(2026, 11, 2), "Amount": Decimal("5.50")}
    found = payment_facts(XeroRecord("Payment", "p", values, status="AUTHORISED", raw=raw))

    assert ("i1", "EUR", date(2026, 11, 2), (Decimal("5.50"),)) == (
        found.parent,
        found.currency,
        found.day,
        found.amounts,
    )


def test_a_crm_payment_has_the_currency_of_its_invoice(world: World) -> None:
    """Read with its page in one call; without an invoice it is the CRM's own currency."""
    invoice_id = world.host.create("Invoices", {"invoice_no": "I1", "currency": "eur"}, [line()])
    sync = SyncModule("Payments", "payment", "Payment", "Payments")
    parent = SyncModule("Invoices", "invoice", "Invoice", "Invoices")
    scope = Scope(
        sync, payments(), Mapping("Payments", "Payment", ()), ModuleSettings("Payments"), ()
    )
    connection = world.xt.connections.get()
    bench = Workbench(
        connection,
        HostDoor(world.xt.host),
        world.xt.store,
        world.xt._doors.open(connection, None),
        world.clock,
        (scope,),
        (parent, sync),
    )
    links = Links(bench)
    reader = ModuleReader(bench, scope, fresh_lookups(bench, links), links, Items())
    records = [
        Record(
            Ref("Payments", "1"),
            {"invoice_id": invoice_id, "amount": "5.5", "paymentdate": date(2026, 11, 2)},
        ),
        Record(Ref("Payments", "2"), {"amount": "odd"}),
    ]
    reader.prepare(records)
    found = [payment_document(reader, record) for record in records]

    assert [("EUR", {"Amount": Decimal("5.50")}), ("GBP", {})] == [
        (one.currency, one.amounts) for one in found
    ]


def test_a_kind_without_row_is_still_compared() -> None:
    """Its mapped fields are; nothing is summed and no key is known."""
    kept = counted_kind("Quote")

    assert ({}, plain_facts, None) == (kept.amounts, kept.facts, kept.document)


def test_a_kind_without_list_of_its_own_is_not_read() -> None:
    """What is a part of other records has no list to compare."""
    assert (False, True) == (readable("Tracking"), readable("Contact"))


def test_a_mapped_value_that_cannot_be_read_is_a_difference() -> None:
    """A due date that is none: named as the CRM has it, and nothing else is told."""
    sync, rows = SyncModule("Invoices", "invoice", "Invoice", "Invoices"), default_rows("invoice")
    scope = Scope(
        sync,
        invoices(),
        Mapping("Invoices", "Invoice", rows),
        ModuleSettings("Invoices"),
        bind(rows, invoices(), "Invoice"),
    )
    record = Record(Ref("Invoices", "1"), {"duedate": "soon", "invoice_no": "I1"})
    found = compare_rows(scope, record, {"InvoiceNumber": "I1"}, Lookups(TaxTable((), {}), {}))

    assert [("Due Date", "soon", None, "value_unreadable")] == [
        (one.label, one.crm, one.xero, one.cure) for one in found
    ]


@pytest.mark.parametrize(
    ("wanted", "there", "agrees"),
    [
        ("AUTHORISED", "AUTHORISED", True),
        ("DRAFT", "AUTHORISED", True),
        ("SUBMITTED", "AUTHORISED", True),
        ("AUTHORISED", "DRAFT", False),
        ("VOIDED", "AUTHORISED", False),
        ("DRAFT", "SUBMITTED", False),
    ],
)
def test_when_two_statuses_agree(wanted: str, there: str, agrees: bool) -> None:
    """Xero may have approved what the CRM calls a draft; nothing else passes."""
    assert agrees is status_agrees(wanted, there)


def _lines(*texts: str) -> list[dict[str, Any]]:
    return [{"Description": text} for text in texts]


@pytest.mark.parametrize(
    ("ours", "theirs", "numbers"),
    [
        (["a", "b"], ["a", "b"], []),
        (["new", "a", "b"], ["a", "b"], [(1, True, False)]),
        (["a", "b"], ["a", "x"], [(2, True, True)]),
        (["a"], ["a", "b", "c"], [(2, False, True), (3, False, True)]),
        (["a", "b"], ["b", "a"], [(1, False, True), (2, True, False)]),
    ],
)
def test_lines_are_laid_side_by_side(
    ours: list[str], theirs: list[str], numbers: list[tuple[int, bool, bool]]
) -> None:
    """A line added in front makes one difference, not as many as there are lines."""
    found = [
        (number, mine is not None, other is not None)
        for number, mine, other in aligned(_lines(*ours), _lines(*theirs))
    ]

    assert numbers == found


def test_a_module_that_cannot_be_read_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kind that Xero has no list of is told of, and the rest is compared."""
    organisation(world, "Acme")
    world.sync()
    monkeypatch.setattr("xtiger.mapping.convert.XERO_FIELDS", {**XERO_FIELDS, "Tracking": {}})
    tracking = SyncModule("Contacts", "contact", "Tracking", "Contacts")
    offered = [*world.xt.modules.all(), tracking]
    store, connection_id = world.xt.store, world.xt.connections.get().id
    store.save_mapping(connection_id, Mapping("Contacts", "Tracking", ()), world.clock.now())
    monkeypatch.setattr(Dispatcher, "sync_modules", lambda _self, _connection: offered)

    found = world.xt.proof.reconcile()

    assert (("Contacts",), True, 1) == (found.not_compared, found.agrees, found.records)
