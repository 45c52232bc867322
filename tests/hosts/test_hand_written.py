"""A host that somebody wrote by hand: days with an hour, sums that it demands; both sides agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.hosts.odd_books import CUSTOMER, Books, connected
from tests.world import MovingClock
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Field, Module, Tax
from xtiger.model.roles import DAYS

#: Roles that this host demands of each record: what lines come to, and what Xero has not.
DEMANDED = ("total", "received", "balance", "charges", "adjustment", "discount_amount")
SUMS = [
    Field("net", "money", role="invoice.net", required=True),
    Field("tax", "money", role="invoice.tax", required=True),
]
LINE_TAX = Field("vat", "money", role="line.tax", required=True)
NOON = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)


def _own(field: Field) -> Field:
    if field.role in DAYS:
        return replace(field, type="datetime")
    demanded = str(field.role).partition(".")[2] in DEMANDED
    return replace(field, required=True) if demanded else field


def _modules(*more: Field) -> list[Module]:
    found = []
    for module in standard_modules():
        fields, lines = (tuple(map(_own, some)) for some in (module.fields, module.lines))
        if module.role == "invoice":
            fields, lines = (*fields, *SUMS, *more), (*lines, LINE_TAX)
        found.append(replace(module, fields=fields, lines=lines))
    return found


@dataclass
class HandBooks(Books):
    """The CRM whose host is no adapter of ours."""

    host: MemoryHost

    def make(self, rows: Sequence[dict[str, Any]], values: dict[str, Any]) -> str:
        """Its own code sums up what it demands."""
        buyer = self.host.create("Organizations", {"accountname": CUSTOMER})
        lines = [
            {
                "quantity": Decimal(1),
                "listprice": row["price"],
                "comment": "Beans",
                "tax_percent": Decimal(20),
                "total": row["price"],
                "vat": row["price"] / 5,
                "discount_amount": Decimal(0),
            }
            for row in rows
        ]
        net = sum((row["price"] for row in rows), Decimal(0))
        sums = {"net": net, "tax": net / 5, "total": net * 6 / 5, "balance": net * 6 / 5}
        none = {
            name: Decimal(0) for name in ("received", "charges", "adjustment", "discount_amount")
        }
        head = {
            "invoice_no": values["number"],
            "account_id": buyer,
            "invoicestatus": "Approved",
            "invoicedate": NOON,
            "duedate": NOON.replace(month=12),
        }
        return self.host.create("Invoices", {**head, **sums, **none}, lines=lines)

    def of_crm(self, bill: str) -> dict[str, Any]:
        record = self.host.get("Invoices", [bill])[bill]
        return {**record.values, "lines": record.lines}

    def edit(self, bill: str, **values: Any) -> None:
        self.host.edit("Invoices", bill, **values)

    def numbered(self, number: str) -> str | None:
        records = self.host.changed_since("Invoices", None).records
        return next((r.ref.id for r in records if r.values["invoice_no"] == number), None)


@contextmanager
def books(folder: Path, *more: Field) -> Iterator[HandBooks]:
    clock = MovingClock()
    taxes = [Tax("1", "VAT", Decimal(20))]
    host = MemoryHost(modules=_modules(*more), clock=clock, taxes=taxes)
    with connected(host, clock, folder) as world:
        mapping = world.xt.mappings.get("Payments")
        assert mapping is not None
        options = {**mapping.options, "payment_account": "090"}
        world.xt.mappings.save(replace(mapping, options=options))
        yield HandBooks(world, host)


def _picked(values: Mapping[str, Any], *names: str) -> list[Any]:
    return [values[name] for name in names]


def test_a_day_with_an_hour_is_no_difference(tmp_path: Path) -> None:
    """The day goes; the hour stays until Xero has another day; proof and plan say the same."""
    with books(tmp_path) as made:
        bill = made.bill([{"price": Decimal(10)}])
        made.world.sync()
        there = made.of_xero()
        assert ("2026-11-02", "2026-12-02") == (there["Date"], there["DueDate"])
        made.agree()
        made.world.sandbox.edit("Invoices", there["InvoiceID"], {"Reference": "Order 7"})
        made.world.sync()
        assert [NOON, "Order 7"] == _picked(made.of_crm(bill), "invoicedate", "subject")
        made.world.sandbox.edit("Invoices", there["InvoiceID"], {"DueDate": "2026-12-20"})
        made.world.sync()
        assert date(2026, 12, 20) == made.of_crm(bill)["duedate"].date()
        made.agree()
        made.edit(bill, invoicedate=NOON.replace(day=4))
        made.world.sync()

        assert "2026-11-04" == made.of_xero()["Date"]
        made.agree()


def test_a_payment_with_an_hour_goes_and_comes(tmp_path: Path) -> None:
    """Its day is the one of Xero's payment, in either direction."""
    with books(tmp_path) as made:
        bill = made.bill([{"price": Decimal(10)}])
        paid = {"invoice_id": bill, "paymentdate": NOON, "amount": Decimal(4)}
        paid["paymentstatus"] = "Received"
        made.host.create("Payments", paid)
        made.world.sync()
        assert {} == made.causes()
        assert [("2026-11-02", "4.00")] == [
            (one["Date"], f"{one['Amount']:.2f}") for one in made.world.xero("Payments")
        ]
        invoice = {"InvoiceID": made.of_xero()["InvoiceID"]}
        more = {"Invoice": invoice, "Account": {"Code": "090"}, "Date": "2026-11-09"}
        made.world.sandbox.add("Payments", {**more, "Amount": 8})
        made.world.sync()

        days = [
            one.values["paymentdate"].date()
            for one in made.host.changed_since("Payments", None).records
        ]
        assert [date(2026, 11, 2), date(2026, 11, 9)] == sorted(days)
        made.agree()


def test_sums_that_the_crm_demands_are_never_asked_for(tmp_path: Path) -> None:
    """An invoice of Xero has all of them: summed up by the library, 0 where Xero has none."""
    with books(tmp_path) as made:
        made.bill([{"price": Decimal(10)}])
        made.world.sync()
        made.new_in_xero([{"UnitAmount": "12.5"}, {"UnitAmount": "7.5", "TaxType": "RROUTPUT"}])
        made.world.sync()
        found = made.from_xero()
        sums = _picked(found, "net", "tax", "total", "received", "balance", "charges", "adjustment")
        lines = [_picked(line, "total", "vat") for line in found["lines"]]

        assert [20, Decimal("2.88"), Decimal("22.88"), 0, Decimal("22.88"), 0, 0] == sums
        assert [[Decimal("12.5"), Decimal("2.5")], [Decimal("7.5"), Decimal("0.38")]] == lines
        made.agree()


def test_sums_follow_the_lines(tmp_path: Path) -> None:
    """A price edited in Xero moves the demanded sums of line and invoice with it."""
    with books(tmp_path) as made:
        bill = made.bill([{"price": Decimal(10)}])
        made.world.sync()
        there = made.of_xero()
        line = {**there["LineItems"][0], "UnitAmount": "20", "LineAmount": "20", "TaxAmount": "4"}
        made.world.sandbox.edit("Invoices", there["InvoiceID"], {"LineItems": [line]})
        made.world.sync()
        found = made.of_crm(bill)

        assert [20, 4, 24, 24] == _picked(found, "net", "tax", "total", "balance")
        assert [[20, 4]] == [_picked(line, "total", "vat") for line in found["lines"]]
        made.agree()


def test_what_nobody_gives_is_asked_for(tmp_path: Path) -> None:
    """A demanded field that neither Xero nor the library fills holds the invoice by its label."""
    with books(tmp_path, Field("branch", "text", label="Branch", required=True)) as made:
        contact = {"Name": CUSTOMER, "ContactStatus": "ACTIVE", "IsCustomer": True}
        made.world.sandbox.add("Contacts", contact)
        made.new_in_xero([{"UnitAmount": "12.5"}])
        made.world.sync()
        (held,) = made.world.xt.sync.outcomes(results=("held",))

        assert held.cause is not None
        assert ("mandatory_missing", {"field": "Branch"}) == (held.cause.code, held.cause.data)
        assert () == tuple(made.host.changed_since("Invoices", None).records)
