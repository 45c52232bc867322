"""A CRM that only knows how much was received of an invoice, seen as one that has payments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from xtiger.model.records import (
    Ability,
    Capabilities,
    Field,
    Module,
    Page,
    Problem,
    ReceivedPayment,
    Record,
    Ref,
    Result,
    Write,
)

if TYPE_CHECKING:
    from xtiger.model.values import Plain
    from xtiger.ports import Clock, Host
    from xtiger.ports.store import ReceivedStore

#: What the module of these payments is called, and the names of its fields.
PAYMENTS: Final = "Payments"
INVOICE, DAY, AMOUNT, ACCOUNT, REFERENCE = "invoice", "date", "amount", "account", "reference"
_CAN: Final[frozenset[Ability]] = frozenset({"read", "create", "update", "delete", "feed"})


def invoices_of(modules: Sequence[Module]) -> Module | None:
    """The module of invoices whose received money stands for payments; None for any other CRM.

    It can be written, and no module holds the payments themselves.
    """
    if any(module.role == "payment" or module.name == PAYMENTS for module in modules):
        return None
    for module in modules:
        received = module.by_role("invoice.received") if module.role == "invoice" else None
        if received is not None and received.writable:
            return module
    return None


def payments_module(invoices: Module) -> Module:
    """What such a CRM would describe its payments as."""
    return Module(
        PAYMENTS,
        "payment",
        "Payments",
        (
            Field(INVOICE, "ref", "Invoice", "payment.invoice", True, targets=(invoices.name,)),
            Field(DAY, "date", "Date", "payment.date", True),
            Field(AMOUNT, "money", "Amount", "payment.amount", True, decimals=2),
            Field(ACCOUNT, "text", "Paid To", "payment.account", max_length=50),
            Field(REFERENCE, "text", "Reference", "payment.reference", max_length=255),
        ),
        parents=(INVOICE,),
        can=_CAN,
    )


class ReceivedHost:
    """A Host whose payments the library keeps, where the CRM itself has none; else the CRM's own.

    What of the invoice's received money is a payment is decided by the engine; here they are
    records like any other.
    """

    def __init__(self, host: Host, store: ReceivedStore, clock: Clock) -> None:
        self._host, self._store, self._clock = host, store, clock
        self._entered: ContextVar[str | None] = ContextVar("tenant", default=None)

    def __getattr__(self, name: str) -> Any:
        """All that has nothing to do with payments is the CRM's."""
        return getattr(self._host, name)

    @property
    def name(self) -> str:
        """Host.name."""
        return self._host.name

    @property
    def api(self) -> tuple[int, int]:
        """Host.api."""
        return self._host.api

    @property
    def caps(self) -> Capabilities:
        """Host.caps, and whether payments are kept here."""
        return replace(self._host.caps, payments_kept=self._invoices() is not None)

    @contextmanager
    def tenant(self, tenant: str) -> Iterator[None]:
        """Host.tenant; its payments are those of this tenant."""
        before = self._entered.set(tenant)
        try:
            with self._host.tenant(tenant):
                yield
        finally:
            self._entered.reset(before)

    def _tenant(self) -> str:
        entered = self._entered.get()
        return next(iter(self._host.tenants()), "") if entered is None else entered

    def _invoices(self) -> Module | None:
        return invoices_of(self._host.modules())

    def _kept(self, module: str) -> bool:
        return module == PAYMENTS and self._invoices() is not None

    # --- records ---

    def modules(self) -> Sequence[Module]:
        """Host.modules, with payments."""
        found = list(self._host.modules())
        invoices = invoices_of(found)
        return found if invoices is None else [*found, payments_module(invoices)]

    def get(self, module: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """Host.get."""
        if not self._kept(module):
            return self._host.get(module, ids)
        found = self._store.received(self._tenant(), ids)
        return {key: _record(payment) for key, payment in found.items()}

    def find(self, module: str, field: str, value: Plain, limit: int = 50) -> Sequence[Record]:
        """Host.find; payments are found by their invoice only."""
        if not self._kept(module):
            return self._host.find(module, field, value, limit)
        if field != INVOICE:
            return []
        found = self._store.received_for(self._tenant(), [str(value)]).get(str(value), ())
        return [_record(payment) for payment in found][:limit]

    def changed_since(self, module: str, cursor: str | None, limit: int = 200) -> Page:
        """Host.changed_since: payments in the order of their numbers.

        What changes later is marked where it is changed.
        """
        if not self._kept(module):
            return self._host.changed_since(module, cursor, limit)
        found = self._store.received_after(self._tenant(), int(cursor or 0), limit)
        last = str(found[-1].number) if found else cursor or "0"
        return Page(tuple(_record(payment) for payment in found), last, len(found) == limit)

    def save(self, module: str, writes: Sequence[Write], origin: str = "") -> Sequence[Result]:
        """Host.save."""
        if not self._kept(module):
            return self._host.save(module, writes, origin)
        return [self._saved(write) for write in writes]

    def _saved(self, write: Write) -> Result:
        tenant, now = self._tenant(), self._clock.now()
        if write.id is None:
            invoice = str(write.values.get(INVOICE) or "")
            made = self._store.add_received(tenant, invoice, write.values, now, key=write.key)
            return Result(Ref(PAYMENTS, made.id))
        if self._store.change_received(tenant, write.id, write.values, now):
            return Result(Ref(PAYMENTS, write.id))
        return Result(None, problem=Problem("missing", f"There is no payment {write.id}."))

    def delete(self, module: str, ids: Sequence[str], origin: str = "") -> Sequence[Result]:
        """Host.delete."""
        if not self._kept(module):
            return self._host.delete(module, ids, origin)
        self._store.withdraw_received(self._tenant(), ids, self._clock.now())
        return [Result(Ref(PAYMENTS, one)) for one in ids]

    def url(self, ref: Ref) -> str | None:
        """Host.url; a payment is seen on its invoice."""
        invoices = self._invoices() if ref.module == PAYMENTS else None
        if invoices is None:
            return self._host.url(ref)
        payment = self._store.received(self._tenant(), [ref.id]).get(ref.id)
        return self._host.url(Ref(invoices.name, payment.invoice)) if payment else None


def _record(payment: ReceivedPayment) -> Record:
    return Record(
        Ref(PAYMENTS, payment.id), payment.values, modified=payment.at, deleted=payment.gone
    )
