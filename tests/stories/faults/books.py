"""What people enter before and between the syncs, and what must stand on both sides in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.stories.kills.stage import tables
from tests.stories.sync.people import contact as person_of_crm
from tests.stories.sync.people import (
    invoice,
    line,
    organisation,
    paid_in_xero,
    payment,
    person,
    product,
)
from tests.stories.sync.test_first_link import contact, item
from tests.stories.sync.test_invoices_in import in_xero, xero_line
from tests.world import World

FIRST_DAY = date(2026, 11, 3)


@dataclass
class Books:
    """Everything that was entered, by what tells it from all else."""

    customers: set[str] = field(default_factory=set)
    persons: set[tuple[str, str]] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    #: Number → (total, reference).
    invoices: dict[str, tuple[Decimal, str]] = field(default_factory=dict)
    payments: set[tuple[str, str, Decimal]] = field(default_factory=set)
    #: Number → CRM id of those entered there.
    ids: dict[str, str] = field(default_factory=dict)

    def enter(self, world: World, tag: str, size: int) -> None:
        """So many invoices, a tenth of them in Xero; customers, items and payments with them."""
        in_xero_ = max(1, size // 10)
        customers = [self._customer(world, f"{tag} {n}") for n in range(max(1, size // 6))]
        goods = [self._product(world, f"{tag}-{n}") for n in range(max(1, size // 10))]
        for n in range(size - in_xero_):
            number = f"{tag}-{n}"
            price = Decimal(10 + n) + Decimal("0.37")
            lines = [line(str(price), product_id=goods[n % len(goods)]), line("5")]
            bill = invoice(world, number, customers[n % len(customers)], lines)
            self.ids[number] = bill
            self.invoices[number] = (price + 5, "")
            if n % 3 == 0:
                self._pay(world, number, Decimal("2.05"), FIRST_DAY)
        for n in range(in_xero_):
            self._sold_in_xero(world, f"{tag}-X{n}")

    def _customer(self, world: World, name: str) -> str:
        made = organisation(world, name, email1="office@crm.example")
        email = f"{name.replace(' ', '.')}@crm.example"
        person_of_crm(world, "Ann", name, made, email=email)
        self.customers.add(name)
        self.persons.add((name, email))
        return made

    def _product(self, world: World, code: str) -> str:
        self.codes.add(code)
        return product(world, code)

    def _pay(self, world: World, number: str, amount: Decimal, day: date) -> None:
        payment(world, self.ids[number], str(amount), paymentdate=day)
        self.payments.add((number, day.isoformat(), amount))

    def _sold_in_xero(self, world: World, number: str) -> None:
        name, email = f"Customer of {number}", f"{number}@xero.example"
        customer = contact(
            world,
            name,
            EmailAddress="office@xero.example",
            ContactPersons=[person("Xan", number, email)],
        )
        item(world, number, Name="From Xero")
        bill = in_xero(world, customer, xero_line("30"), InvoiceNumber=number)
        paid_in_xero(world, bill, "3.01", Date=FIRST_DAY.isoformat())
        self.customers.add(name)
        self.persons.add((name, email))
        self.codes.add(number)
        self.invoices[number] = (Decimal(30), "")
        self.payments.add((number, FIRST_DAY.isoformat(), Decimal("3.01")))

    def go_on(self, world: World, number: int, of: int) -> None:
        """Some more of everything, and every so many-th invoice gets a reference and money."""
        self.enter(world, f"More{number}", 2)
        for place, (name, crm_id) in enumerate(list(self.ids.items())):
            if place % of != number:
                continue
            world.host.edit("Invoices", crm_id, subject=f"Order {number}")
            self.invoices[name] = (self.invoices[name][0], f"Order {number}")
            self._pay(world, name, Decimal("0.50"), FIRST_DAY + timedelta(days=1 + number))

    def wrongs(self, world: World) -> dict[str, Any]:
        """Table → what stands there and was not entered, or the other way round, or twice."""
        numbers = Counter(list(self.invoices))
        expected: dict[str, Counter[Any]] = {
            "contacts of Xero": Counter(self.customers),
            "persons of Xero": Counter(self.persons),
            "items of Xero": Counter(self.codes),
            "invoices of Xero": numbers,
            "payments of Xero": Counter(self.payments),
            "organizations of the CRM": Counter(self.customers),
            "contacts of the CRM": Counter(email for _, email in self.persons),
            "products of the CRM": Counter(self.codes),
            "services of the CRM": Counter(),
            "invoices of the CRM": numbers,
            "payments of the CRM": Counter(self.payments),
        }
        found = {
            name: {"not entered": table - expected[name], "missing": expected[name] - table}
            for name, table in tables(world)
            if table != expected[name]
        }
        money = {
            raw["InvoiceNumber"]: (Decimal(raw["Total"]), raw.get("Reference") or "")
            for raw in world.xero("Invoices")
        }
        amiss = {
            n: (money.get(n), want) for n, want in self.invoices.items() if money.get(n) != want
        }
        return {**found, "money": amiss} if amiss else found
