"""A long random life of the books: whatever is asked, the sums hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_stock import ITEM
from xtiger.sandbox import Sandbox

STEPS = 150


class Life:
    """Somebody who does anything to the documents of one contact, in any order."""

    def __init__(self, client: Client, source: random.Random) -> None:
        self.client, self.source = client, source
        self.contact = client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"]
        client.put("Items", ITEM)
        self.statuses: list[int] = []

    def step(self) -> None:
        """Do one thing; it may be refused."""
        acts: list[Callable[[], Any]] = [
            self.document,
            self.document,
            self.pay,
            self.pay,
            self.allocate,
            self.allocate,
            self.money_on_account,
            self.change,
            self.change,
            self.take_back,
        ]
        answer = self.source.choice(acts)()
        if answer is not None:
            self.statuses.append(answer.status_code)

    def _amount(self) -> Decimal:
        return Decimal(self.source.randint(1, 30000)) / 100

    def _pick(self, kind: str) -> dict[str, Any] | None:
        rows = self.client.sandbox.table(kind)
        return self.source.choice(rows) if rows else None

    def document(self) -> Any:
        """A sale, a bill or a credit note, drafted or approved, some with stock."""
        kind = self.source.choice(["ACCREC", "ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT"])
        sale = kind.startswith("ACCREC")
        line = {
            "Description": "x",
            "Quantity": self.source.randint(1, 5),
            "UnitAmount": self._amount(),
            "AccountCode": "200" if sale else "400",
        }
        if self.source.random() < 0.4:
            line |= {"ItemCode": "BOLT", "AccountCode": "200" if sale else "630"}
        element = {
            "Type": kind,
            "Contact": {"ContactID": self.contact},
            "LineItems": [line],
            "LineAmountTypes": self.source.choice(["Exclusive", "Inclusive", "NoTax"]),
            "Status": self.source.choice(["DRAFT", "AUTHORISED", "AUTHORISED"]),
            "DueDate": "2026-12-31",
        }
        return self.client.call("PUT", "CreditNotes" if "CREDIT" in kind else "Invoices", element)

    def pay(self) -> Any:
        """A payment of any document, a part or too much."""
        kind, name = self.source.choice(
            [
                ("Invoices", "InvoiceID"),
                ("Invoices", "InvoiceID"),
                ("CreditNotes", "CreditNoteID"),
                ("Overpayments", "OverpaymentID"),
            ]
        )
        row = self._pick(kind)
        if row is None:
            return None
        due = row.get("AmountDue", row.get("RemainingCredit", 0))
        amount = due if self.source.random() < 0.4 else self._amount()
        element = {
            name.removesuffix("ID"): {name: row[name]},
            "Account": {"Code": "090"},
            "Amount": amount,
        }
        return self.client.call("PUT", "Payments", element)

    def money_on_account(self) -> Any:
        """Too much received."""
        line = {"Description": "x", "LineAmount": self._amount()}
        element = {
            "Type": "RECEIVE-OVERPAYMENT",
            "Contact": {"ContactID": self.contact},
            "BankAccount": {"Code": "090"},
            "LineItems": [line],
        }
        return self.client.call("PUT", "BankTransactions", element)

    def allocate(self) -> Any:
        """Credit of any kind to any invoice."""
        kind, name = self.source.choice(
            [("CreditNotes", "CreditNoteID"), ("Overpayments", "OverpaymentID")]
        )
        credit, invoice = self._pick(kind), self._pick("Invoices")
        if credit is None or invoice is None:
            return None
        amount = min(credit["RemainingCredit"], invoice["AmountDue"])
        if self.source.random() < 0.3:
            amount = self._amount()
        row = {
            "Amount": amount,
            "Date": "2026-11-20",
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        }
        return self.client.call("PUT", f"{kind}/{credit[name]}/Allocations", {"Allocations": [row]})

    def change(self) -> Any:
        """Another status or other lines for any document."""
        kind = self.source.choice(["Invoices", "CreditNotes"])
        row = self._pick(kind)
        if row is None:
            return None
        change: dict[str, Any] = {
            "Status": self.source.choice(["AUTHORISED", "VOIDED", "DELETED", "SUBMITTED"])
        }
        if self.source.random() < 0.3:
            line = {"Description": "y", "UnitAmount": self._amount(), "AccountCode": "200"}
            change = {"LineItems": [line]}
        return self.client.call("POST", f"{kind}/{row[f'{kind[:-1]}ID']}", change)

    def take_back(self) -> Any:
        """A payment or allocation less."""
        if self.source.random() < 0.5 and (row := self._pick("Allocations")) is not None:
            path = f"{row['Kind']}/{row['CreditID']}/Allocations/{row['AllocationID']}"
            return self.client.call("DELETE", path)
        payment = self._pick("Payments")
        if payment is None:
            return None
        return self.client.call("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"})


def _wrong(sandbox: Sandbox) -> list[str]:
    """What does not add up."""
    payments = [row for row in sandbox.table("Payments") if row["Status"] == "AUTHORISED"]
    allocations = sandbox.table("Allocations")
    found = []
    for kind, name, side in (
        ("Invoices", "InvoiceID", "InvoiceID"),
        ("CreditNotes", "CreditNoteID", "CreditID"),
        ("Overpayments", "OverpaymentID", "CreditID"),
    ):
        for row in sandbox.table(kind):
            paid = sum(p["Amount"] for p in payments if p.get(name) == row[name])
            moved = paid + sum(a["Amount"] for a in allocations if a[side] == row[name])
            left: Any = row.get("AmountDue", row.get("RemainingCredit"))
            gone = row["Status"] in ("VOIDED", "DELETED")
            open_ = row["Status"] in ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID")
            if open_ and left != row["Total"] - moved:
                found.append(f"{kind} {row['Status']}: {left} is not {row['Total']} - {moved}")
            if (
                left < 0
                or (gone and moved)
                or (row["Status"] == "PAID") != bool(moved and not left)
            ):
                found.append(f"{kind} {row['Status']}: {moved} moved, {left} left")
    return found + _wrong_stock(sandbox)


def _wrong_stock(sandbox: Sandbox) -> list[str]:
    signs = {"ACCPAY": 1, "ACCRECCREDIT": 1, "ACCREC": -1, "ACCPAYCREDIT": -1}
    moved = sum(
        signs[row["Type"]] * line["Quantity"]
        for kind in ("Invoices", "CreditNotes")
        for row in sandbox.table(kind)
        if row["Status"] in ("AUTHORISED", "PAID")
        for line in row["LineItems"]
        if line.get("ItemCode") == "BOLT"
    )
    on_hand = sandbox.table("Items")[0].get("QuantityOnHand", 0)
    return [] if on_hand == moved and on_hand >= 0 else [f"stock {on_hand} is not {moved}"]


@pytest.mark.parametrize("seed", range(3))
def test_sums_hold_whatever_is_asked(sandbox: Sandbox, client: Client, seed: int) -> None:
    """Due, paid, credited, left and stock agree with what moved, after each step."""
    life = Life(client, random.Random(seed))
    for _ in range(STEPS):
        life.step()
        assert [] == _wrong(sandbox)

    assert life.statuses.count(200) > STEPS / 4
    assert set(life.statuses) <= {200, 400}
