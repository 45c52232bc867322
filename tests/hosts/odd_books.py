"""A CRM that keeps its values in odd ways, the library, and a sandbox, whatever maps its models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.world import MovingClock, World
from xtiger.app import XTiger
from xtiger.hosts.declaring import Module
from xtiger.model.records import Tax
from xtiger.ports import Host
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import Settings

Rows = list[dict[str, Any]]
CUSTOMER: Final = "Kererū Café"
#: What every such CRM says of its money.
MONEY_FACTS: Final[Mapping[str, Any]] = {
    "base_currency": "GBP",
    "taxes": [Tax("1", "VAT", Decimal(20))],
}


@dataclass
class Books(ABC):
    """The CRM, Xero and the library between them."""

    world: World

    @abstractmethod
    def make(self, rows: Sequence[dict[str, Any]], values: dict[str, Any]) -> Any:
        """Save an invoice of the one customer as the CRM's own code does; its key."""

    @abstractmethod
    def of_crm(self, bill: Any) -> Any:
        """An invoice as the CRM has it now, with its lines."""

    @abstractmethod
    def edit(self, bill: Any, **values: Any) -> None:
        """A person edits an invoice in the CRM."""

    @abstractmethod
    def numbered(self, number: str) -> Any:
        """The key of the invoice of a number; None without one."""

    def bill(self, rows: Sequence[dict[str, Any]], **values: Any) -> Any:
        """An approved invoice as the CRM's own code makes it."""
        given = {"number": "B-1", "day": date(2026, 11, 2), "due": date(2026, 12, 2)}
        lines = [{"text": "Beans", "quantity": 1, **row} for row in rows]
        return self.make(lines, {"status": "Approved", **given, **values})

    def of_xero(self, number: str = "B-1") -> dict[str, Any]:
        """An invoice as Xero has it."""
        found = {str(one["InvoiceNumber"]): dict(one) for one in self.world.xero("Invoices")}
        assert number in found, self.causes()
        return found[number]

    def new_in_xero(self, lines: Sequence[dict[str, Any]], **values: Any) -> None:
        """An invoice that Xero's people write for the same customer."""
        (contact,) = [one["ContactID"] for one in self.world.xero("Contacts")]
        default = {"Quantity": 1, "AccountCode": "200", "TaxType": "OUTPUT2", "Description": "Tea"}
        self.world.sandbox.add(
            "Invoices",
            {
                "Type": "ACCREC",
                "InvoiceNumber": "X-1",
                "Contact": {"ContactID": contact},
                "Date": "2026-11-05",
                "DueDate": "2026-12-05",
                "Status": "AUTHORISED",
                "LineItems": [{**default, **line} for line in lines],
                **values,
            },
        )

    def from_xero(self, number: str = "X-1") -> Any:
        """That invoice, as it came into the CRM."""
        wanted = self.numbered(number)
        assert wanted is not None, self.causes()
        return self.of_crm(wanted)

    def causes(self) -> dict[tuple[str, str | None], str]:
        """What waits, and why."""
        return self.world.codes()

    def agree(self) -> None:
        """Nothing is left to do, and the proof finds no difference."""
        proof = self.world.xt.proof.reconcile()
        said = [f"{one.field}: {one.crm} / {one.xero} ({one.cure})" for one in proof.differences]

        assert (0, {}, []) == (self.world.actions(), self.causes(), said)


@dataclass(frozen=True)
class Case:
    """One way of keeping a value, there and back."""

    #: As the row of docs/host.md begins.
    name: str
    invoices: Module
    #: An invoice of the CRM: its own columns and its lines.
    bill: dict[str, Any]
    rows: Rows
    #: What Xero has of it then.
    there: Callable[[dict[str, Any]], object]
    expected: object
    #: The lines of an invoice from Xero, and its head.
    xero_rows: Rows
    #: What the CRM has of that.
    back: Callable[[Any], object]
    arrived: object
    xero_head: dict[str, Any] = field(default_factory=dict)
    #: What the host is given besides.
    host: dict[str, Any] = field(default_factory=dict)
    #: Options of the invoices' mapping.
    options: dict[str, Any] = field(default_factory=dict)


def there_and_back(made: Books, case: Case) -> tuple[object, object]:
    """What Xero has of an invoice of the CRM, and the CRM of one of Xero.

    Both sides agree after each of them, and a second look at everything changes nothing.
    """
    bill = made.bill(case.rows, **case.bill)
    made.world.sync()
    there = case.there(made.of_xero())
    made.agree()
    made.new_in_xero(case.xero_rows, **case.xero_head)
    made.world.sync()
    back = case.back(made.from_xero())
    made.agree()
    before = made.of_xero(), case.back(made.of_crm(bill))
    made.world.sync(full=True)
    assert before == (made.of_xero(), case.back(made.of_crm(bill)))
    return there, back


@contextmanager
def connected(
    host: Host, clock: MovingClock, folder: Path, options: Mapping[str, Any] | None = None
) -> Iterator[World]:
    """The library on this CRM, connected to a sandbox; `options` of the invoices' mapping."""
    with (
        Sandbox(seed="empty", clock=clock.now, currency="GBP") as sandbox,
        serve(sandbox) as server,
    ):
        settings = Settings(
            home=folder,
            database_url=f"sqlite:///{folder / 'xtiger.db'}",
            xero_url=server.url,
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            new_extensions_on=False,
        )
        with closing(XTiger(host, settings=settings, clock=clock)) as xt:
            world = World(xt, host, sandbox, clock)  # type: ignore[arg-type]  # its host is asked nothing
            world.connect()
            mapping = xt.mappings.get("Invoices")
            assert mapping is not None
            chosen = {**mapping.options, "sales_account": "200", **(options or {})}
            xt.mappings.save(replace(mapping, options=chosen))
            yield world
