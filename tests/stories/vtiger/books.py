"""A Vtiger and a Xero organisation with the library between them, and what people do in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.hosts.odd_books import connected
from tests.hosts.vtiger.opened import opened
from tests.vtigercrm.crm import Vtiger
from tests.vtigercrm.server import WebService
from tests.vtigercrm.tables import Row
from tests.world import MovingClock, World
from xtiger.hosts.vtiger import VtigerHost

#: What a person's form sends with each record.
OWN = {"assigned_user_id": "19x1", "cf_901": "1"}
STREETS = {"bill_street": "1 Queen St", "ship_street": "2 King St"}


@dataclass
class Books:
    """Both sides, connected."""

    world: World
    host: VtigerHost
    service: WebService
    clock: MovingClock

    @property
    def crm(self) -> Vtiger:
        """The Vtiger's own records."""
        return self.service.crm

    # --- people in Vtiger ---

    def put(self, module: str, **values: Any) -> str:
        """Save a new record in Vtiger; answers its id."""
        return str(self.crm.create(module, {**OWN, **values})["id"])

    def company(self, name: str = "Kererū Café", **values: Any) -> str:
        """An organisation."""
        return self.put("Accounts", accountname=name, email1="a@cafe.example", **values)

    def product(self, code: str = "ANV", **values: Any) -> str:
        """A product with the tax of 20 %."""
        sold = {"productname": f"Thing {code}", "productcode": code, "discontinued": "1"}
        return self.put("Products", **sold, unit_price="120.50", tax1="20", **values)

    def invoice(self, account: str, lines: Sequence[Mapping[str, Any]], **values: Any) -> str:
        """An approved invoice of a group tax, unless `values` say otherwise."""
        head = {
            "subject": "Order 1",
            "hdnTaxType": "group",
            "invoicestatus": "Approved",
            "invoicedate": "2026-11-02",
            "duedate": "2026-12-02",
            "currency_id": "21x1",
            "conversion_rate": "1",
        }
        first = str(lines[0]["productid"])
        head |= {**STREETS, "account_id": account, "productid": first}
        return self.put("Invoice", **{**head, **values}, LineItems=[dict(one) for one in lines])

    def update_lines(self, invoice: str, lines: Sequence[Mapping[str, Any]], **head: Any) -> None:
        """Save an invoice in the form, with these lines."""
        whole = {k: v for k, v in self.crm.retrieve(invoice).items() if v not in (None, "")}
        del whole["LineItems_FinalDetails"]
        self.crm.update({**whole, "hdnDiscountAmount": "0", "LineItems": list(lines), **head})

    def rows(self, module: str) -> list[Row]:
        """Vtiger's own rows, oldest first, without the service of nameless lines."""
        found = (row for row in self.crm.rows.values() if row.module == module and not row.deleted)
        return [row for row in found if row.values.get("servicename") != "??????"]

    # --- people in Xero ---

    def contact(self) -> str:
        """The id of the one contact."""
        (found,) = [one["ContactID"] for one in self.world.xero("Contacts")]
        return str(found)

    def in_xero(self, number: str) -> Mapping[str, Any]:
        """An invoice as Xero has it."""
        (found,) = [one for one in self.world.xero("Invoices") if one["InvoiceNumber"] == number]
        return found

    def new_in_xero(
        self, *lines: Mapping[str, Any], number: str = "X-1", **values: Any
    ) -> Mapping[str, Any]:
        """An invoice that Xero's people write."""
        usual = {"Quantity": 1, "AccountCode": "200", "TaxType": "OUTPUT2", "Description": "Tea"}
        self.world.sandbox.add(
            "Invoices",
            {
                "Type": "ACCREC",
                "InvoiceNumber": number,
                "Contact": {"ContactID": self.contact()},
                "Date": "2026-11-05",
                "DueDate": "2026-12-05",
                "Status": "AUTHORISED",
                "LineItems": [{**usual, **line} for line in lines],
                **values,
            },
        )
        return self.in_xero(number)

    def paid_in_xero(self, number: str, amount: str) -> None:
        """Money that Xero's people received."""
        invoice = {"InvoiceID": self.in_xero(number)["InvoiceID"]}
        paid: dict[str, Any] = {"Invoice": invoice}
        paid |= {"Account": {"Code": "090"}, "Date": "2026-11-09", "Amount": Decimal(amount)}
        self.world.sandbox.add("Payments", paid)

    # --- both ---

    def agree(self) -> None:
        """Nothing is left to do or to wait for, and the proof finds no difference."""
        proof = self.world.xt.proof.reconcile()
        said = [f"{one.field}: {one.crm} / {one.xero} ({one.cure})" for one in proof.differences]

        found = (self.world.actions(), self.world.codes(), said)
        assert found == (0, {}, []), found

    def sync(self) -> None:
        """One sync, after which both sides agree."""
        self.world.sync()
        self.agree()


@contextmanager
def vtiger_books(folder: Path, *, stock: bool = False, sync_works: bool = False) -> Iterator[Books]:
    """A Vtiger in pounds with a VAT of 20 %; `stock` leaves the library's fields out of it."""
    path = folder / "vtiger.db"
    with opened(stock=stock, base="GBP", path=path, sync_works=sync_works) as (
        host,
        service,
        clock,
    ):
        service.crm.taxes["tax1"] = ("VAT", "20.000", "Simple")
        with connected(host, clock, folder, {"charges_account": "200"}) as world:
            mapping = world.xt.mappings.get("Payments")
            assert mapping is not None
            options = {**mapping.options, "payment_account": "090"}
            world.xt.mappings.save(replace(mapping, options=options))
            yield Books(world, host, service, clock)


def line(item: str, quantity: str, price: str, **more: str) -> dict[str, str]:
    """A line with the tax of 20 %."""
    return {"productid": item, "quantity": quantity, "listprice": price, "tax1": "20", **more}
