"""The shelf of payments: each bears a word of its own, so that money standing twice is seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.stories.machine.cells import Seen, Side, Thing
from tests.stories.machine.invoices import Invoices
from tests.stories.machine.shelf import Shelf
from tests.stories.sync.people import unpaid_in_xero

FIRST_DAY = date(2026, 11, 3)


class Payments(Shelf):
    """Money received, known by its reference."""

    module, kind, id_name = "Payments", "Payments", "PaymentID"

    def __init__(self, world: Any, invoices: Invoices) -> None:
        super().__init__(world)
        self.invoices = invoices

    def _crm_rows(self) -> Iterable[tuple[str, Seen]]:
        for record in self.world.host.all(self.module):
            values = record.values
            cells = {"amount": values["amount"], "day": str(values["paymentdate"])}
            yield (
                str(values["reference"] or ""),
                Seen(record.ref.id, cells, left_out=values["xero_sync"] is False),
            )

    def _xero_rows(self) -> Iterable[tuple[str, Seen]]:
        for raw in self.world.xero("Payments"):
            if raw["Status"] == "AUTHORISED":
                cells = {"amount": Decimal(raw["Amount"]), "day": str(raw["Date"])}
                yield str(raw["Reference"] or ""), Seen(str(raw["PaymentID"]), cells)

    def new(self, side: Side, bill: Thing, amount: str, *, again: bool = False) -> None:
        """Somebody enters money; `again` on the day of the one before, as if it were the same."""
        found = self.invoices.seen(bill, side)
        if found is None or (side == "xero" and found.cells["status"] == "draft"):
            return
        number = len(self.things) + 1
        marker = f"M{number:03d}"
        day = FIRST_DAY + timedelta(days=max(1, number - again))
        if side == "crm":
            self.world.host.create(
                "Payments",
                {
                    "invoice_id": found.id,
                    "paymentdate": day,
                    "amount": Decimal(amount),
                    "paymentstatus": "Received",
                    "account": "090",
                    "reference": marker,
                },
            )
        elif not self._entered_in_xero(found.id, day, amount, marker):
            return
        self.made(Thing(marker), side, amount=Decimal(amount), day=str(day))

    def _entered_in_xero(self, invoice_id: str, day: date, amount: str, marker: str) -> bool:
        try:
            self.world.sandbox.add(
                "Payments",
                {
                    "Invoice": {"InvoiceID": invoice_id},
                    "Account": {"Code": "090"},
                    "Date": day.isoformat(),
                    "Amount": amount,
                    "Reference": marker,
                },
            )
        except ValueError:
            return False
        return True

    def on(self, bill: Thing) -> bool:
        """Whether the CRM has money on an invoice."""
        found = self.invoices.seen(bill, "crm")
        return found is not None and any(
            record.values["invoice_id"] == found.id for record in self.world.host.all(self.module)
        )

    def waits_for_parent(self, _ours: list[Seen], theirs: list[Seen]) -> bool:
        """Money in Xero of an invoice that the CRM does not have is out of a proof's scope."""
        return bool(theirs)

    def edit(self, thing: Thing, amount: str) -> None:
        """Somebody corrects the amount in the CRM; Xero lets nobody change a payment."""
        self.edit_crm(thing, "amount", Decimal(amount), amount=Decimal(amount))

    def move(self, thing: Thing, days: int) -> None:
        """Somebody corrects the day in the CRM, to one that no other payment has."""
        found = self.seen(thing, "crm")
        if found is not None:
            day = date(2026, 6, 1) + timedelta(days=days + 10 * int(thing.marker[1:]))
            self.edit_crm(thing, "day", str(day), paymentdate=day)

    def delete_in_xero(self, thing: Thing) -> None:
        """Somebody deletes it in Xero: its invoice is open again."""
        found = self.seen(thing, "xero")
        if found is not None:
            self.world.wait(1)
            unpaid_in_xero(self.world, found.id)
            thing.remove("xero")
