"""A Vtiger and a Xero organisation side by side, both in dollars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.stories.real.vtiger import Filled, as_stored, modules, record
from tests.world import World, make_world
from xtiger.model.records import Currency, Record
from xtiger.model.runs import Outcome


class Books:
    """A Vtiger in dollars beside a Xero organisation in dollars that knows its taxes."""

    def __init__(self, world: World) -> None:
        self.world, self.filled = world, Filled(world.host)
        #: Answer → id in the CRM.
        self.ids: dict[str, str] = {}

    def start(self, *rates: tuple[str, Sequence[tuple[str, str]]]) -> None:
        """Create tax rates in Xero, connect, and put in what the invoices point to."""
        sandbox = self.world.sandbox
        sandbox.edit("Organisation", self.world.organisation(), {"BaseCurrency": "USD"})
        for name, parts in rates:
            components = [{"Name": part, "Rate": Decimal(rate)} for part, rate in parts]
            rate = {"Name": name, "ReportTaxType": "OUTPUT", "TaxComponents": components}
            sandbox.add("TaxRates", rate)
        self.world.connect()
        self.world.default_account()
        for role, name in (
            ("organisation", "account"),
            ("contact", "contact"),
            ("product", "product"),
            ("service", "service"),
        ):
            self.put(role, f"retrieve_{name}")

    def put(self, role: str, name: str, **changed: Any) -> Record:
        """Put an answer into the CRM; `changed` are values as read."""
        found = record(role, name)
        found = replace(found, values={**found.values, **changed})
        self.ids[name] = self.filled.put(found)
        return found

    def invoice(self, number: object) -> Mapping[str, Any]:
        """The one invoice of this number in Xero's own table."""
        (found,) = [raw for raw in self.world.xero("Invoices") if raw["InvoiceNumber"] == number]
        return found

    def outcome(self, name: str) -> Outcome:
        """The newest outcome of an invoice."""
        return self.world.outcome("Invoices", self.ids[name])


@contextmanager
def open_books(home: Path) -> Iterator[Books]:
    """Books that close themselves."""
    with make_world(
        home,
        modules=[as_stored(one) for one in modules()],
        base_currency="USD",
        currencies=[Currency("USD"), Currency("EUR")],
    ) as world:
        yield Books(world)


#: Tax rates for Xero: name, and (part, percentage) of each part.
VAT, SALES = ("VAT 15%", [("VAT", "15")]), ("Sales 10%", [("Sales", "10")])
