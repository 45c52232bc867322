"""What people enter in these tests: organisations, products and invoices, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.sandbox.accounting.kinds import Saving


def organisation(world: World, name: str, **values: Any) -> str:
    """An organisation in the CRM; answers its id."""
    return world.host.create("Organizations", {"accountname": name, **values})


def product(world: World, code: str, *, module: str = "Products", **values: Any) -> str:
    """A product or service in the CRM; answers its id."""
    prefix = module[:-1].lower()
    given = {f"{prefix}code": code, f"{prefix}name": f"Thing {code}", **values}
    return world.host.create(module, given)


def line(price: str = "10", **values: Any) -> dict[str, Any]:
    """One line of an invoice."""
    return {"name": "Work", "quantity": Decimal(1), "listprice": Decimal(price), **values}


def invoice(
    world: World,
    number: str,
    organisation_id: str | None,
    lines: Sequence[dict[str, Any]] | None = None,
    **values: Any,
) -> str:
    """An approved invoice of one line in the CRM; answers its id."""
    given = {
        "invoice_no": number,
        "account_id": organisation_id,
        "invoicedate": date(2026, 11, 2),
        "duedate": date(2026, 12, 2),
        "invoicestatus": "Approved",
        **values,
    }
    return world.host.create("Invoices", given, [line()] if lines is None else lines)


def contact(
    world: World, first: str, last: str, organisation_id: str | None = None, **values: Any
) -> str:
    """A contact in the CRM; answers its id."""
    given = {"firstname": first, "lastname": last, "account_id": organisation_id, **values}
    return world.host.create("Contacts", given)


def person(first: str, last: str, email: str = "") -> dict[str, Any]:
    """An additional person as Xero has it."""
    return {"FirstName": first, "LastName": last, "EmailAddress": email, "IncludeInEmails": False}


def people(world: World, organisation_id: str) -> list[str]:
    """The persons on an organisation's contact in Xero, each as one text."""
    listed = world.in_xero("Organizations", organisation_id)["ContactPersons"]
    return [f"{one['FirstName']} {one['LastName']} {one['EmailAddress']}" for one in listed]


def payment(world: World, invoice_id: str, amount: str = "10", **values: Any) -> str:
    """A payment received in the CRM, to the bank account 090; answers its id."""
    given = {
        "invoice_id": invoice_id,
        "paymentdate": date(2026, 11, 5),
        "amount": Decimal(amount),
        "paymentstatus": "Received",
        "account": "090",
        **values,
    }
    return world.host.create("Payments", given)


def paid_in_xero(world: World, xero_invoice_id: str, amount: str = "10", **values: Any) -> str:
    """A payment that somebody enters in Xero, on the bank account 090; answers its id."""
    account = values.pop("account", "090")
    made = world.sandbox.add(
        "Payments",
        {
            "Invoice": {"InvoiceID": xero_invoice_id},
            "Account": {"Code": account},
            "Date": "2026-11-05",
            "Amount": amount,
            **values,
        },
    )
    return str(made["PaymentID"])


def unpaid_in_xero(world: World, payment_id: str) -> None:
    """Somebody deletes a payment in Xero: its invoice is open again."""
    saving = Saving(create_only=False, path_id=payment_id)
    world.sandbox._save(world.organisation(), "Payments", {"Status": "DELETED"}, saving)


def count_a_cent_off(patch: pytest.MonkeyPatch) -> None:
    """Let the CRM come to another total of each document than was written."""
    real = MemoryHost.save

    def a_cent_off(host: MemoryHost, module: str, writes: Any, origin: str = "") -> Any:
        changed = [
            replace(w, values={**w.values, "total": Decimal("10.01")}) if w.lines else w
            for w in writes
        ]
        return real(host, module, changed, origin)

    patch.setattr(MemoryHost, "save", a_cent_off)
