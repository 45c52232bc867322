"""What a host of declared modules says of itself, whatever framework maps its models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Generic, TypeVar

from xtiger.errors import BrokenHost, NeedsPerson, SettingInvalid, UnknownModule
from xtiger.hosts.declaring import Module, line_of_caller
from xtiger.hosts.described import DescribedModule
from xtiger.model import records
from xtiger.model.records import Arithmetic, Capabilities, Currency, Document, Ref, Tax, Write
from xtiger.ports.clock import Clock
from xtiger.ports.host import API


@dataclass(frozen=True, slots=True)
class Tenants:
    """A CRM of several customers: the attribute that says whose a row is, and who there is."""

    attr: str
    #: The ids of all tenants as the attribute holds them, asked each time.
    list: Callable[[], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the developer says of the CRM as a whole; functions are asked each time."""

    name: str
    base_currency: str
    currencies: Sequence[Currency] | Callable[[], Sequence[Currency]] = ()
    taxes: Sequence[Tax] | Callable[[], Sequence[Tax]] = ()
    #: Base units per 1 of a currency on a day.
    rate: Callable[[str, date], Decimal | None] | None = None
    tenants: Tenants | None = None
    clock: Clock | None = None
    arithmetic: Arithmetic = "line"
    #: Makes the invoice of a won sale; what it is called with is the framework's.
    invoice_of_sale: Callable[..., Write | None] | None = None
    #: Takes taxes of Xero into the CRM's table.
    save_taxes: Callable[[Sequence[Tax]], None] | None = None
    #: Makes the document of a record; what it is called with is the framework's.
    document: Callable[..., Document | None] | None = None


M = TypeVar("M", bound=DescribedModule[Any, Any, Any])


class DeclaredHost(Generic[M]):
    """The part of a host that is said and not read: modules, money, tenants."""

    def __init__(
        self,
        facts: Facts,
        modules: Sequence[Module],
        bind: Callable[[Sequence[Module]], dict[str, M]],
    ) -> None:
        """`bind` makes a framework's modules of the declared ones, by name."""
        if not modules:
            raise SettingInvalid("The list of modules", "is empty", "Declare at least one Module.")
        self._facts = facts
        #: The call in the developer's file, beyond the __init__ of the framework's host.
        self._made_at = line_of_caller(2)
        self._modules: Mapping[str, M] = bind(modules)
        self._tenants = facts.tenants

    # --- what a framework's host gives ---

    def _context(self) -> AbstractContextManager[None]:
        """What the developer's functions are called within."""
        return nullcontext()

    def _entered(self) -> str | None:
        """The tenant that this thread has entered; None outside."""
        raise NotImplementedError

    def _zone(self) -> tzinfo:
        """The zone in which the CRM counts days."""
        return UTC

    # --- what the host is ---

    @property
    def name(self) -> str:
        """Short name for people and logs."""
        return self._facts.name

    @property
    def api(self) -> tuple[int, int]:
        """The interface number that the adapter was written for."""
        return API

    @property
    def caps(self) -> Capabilities:
        """What this host can do, as data."""
        modules = self._modules.values()
        return Capabilities(
            tombstones=any(module.declared.deleted for module in modules),
            line_items=any(module.lines for module in modules),
            stable_line_ids=True,
            multi_currency=len(self.currencies()) > 1,
            tax_table=bool(self._facts.taxes),
            versions=True,
            arithmetic=self._facts.arithmetic,
            takes_taxes=self._facts.save_taxes is not None,
            zone=self._zone(),
        )

    def modules(self) -> Sequence[records.Module]:
        """All modules with their fields; choices given by a function are asked each time."""
        with self._context():
            return tuple(module.describe() for module in self._modules.values())

    def declared_at(self, module: str = "", field: str = "", *, lines: bool = False) -> str:
        """File and line of a field, of a module, or of the host: mycrm/xero.py:14."""
        found = self._modules.get(module)
        return self._made_at if found is None else found.declared_at(field, lines=lines)

    def url(self, ref: Ref) -> str | None:
        """The address of the record's page in the CRM; None where the module gives none."""
        with self._context():
            return self._module(ref.module).url(ref.id)

    def _module(self, name: str) -> M:
        if name not in self._modules:
            raise UnknownModule(name, sorted(self._modules))
        return self._modules[name]

    def _now(self) -> datetime:
        clock = self._facts.clock
        return clock.now() if clock else datetime.now(UTC)

    # --- tenants ---

    def tenants(self) -> Sequence[str]:
        """Ids of the host's tenants; [""] where there is only one."""
        if self._tenants is None:
            return [""]
        with self._context():
            return [str(tenant) for tenant in self._tenants.list()]

    def _known(self, tenant: str) -> None:
        """Raise NeedsPerson for a tenant that is not there."""
        known = self.tenants()
        if tenant not in known:
            names = ", ".join(known) or "none"
            raise NeedsPerson(f"{self.name} has no tenant {tenant!r}. Known tenants: {names}.")

    def _tenant_text(self) -> str:
        if self._tenants is None:
            return ""
        entered = self._entered()
        if entered is not None:
            return entered
        known = self.tenants()
        if len(known) == 1:
            return known[0]
        raise BrokenHost(self.name, "reading", "no tenant is entered; use host.tenant(id)")

    def _tenant(self) -> Any:
        """The tenant as the models hold it."""
        assert self._tenants is not None
        text = self._tenant_text()
        return next((value for value in self._tenants.list() if str(value) == text), text)

    def invoice_of_sale(self, ref: Ref) -> Write | None:
        """What the CRM's function makes of a won sale; None without one."""
        make = self._facts.invoice_of_sale
        if make is None:
            return None
        with self._context():
            return make(ref)

    def document(self, ref: Ref) -> Document | None:
        """What the CRM's function makes of a record; None without one."""
        make = self._facts.document
        if make is None:
            return None
        with self._context():
            return make(ref)

    # --- money ---

    def base_currency(self) -> str:
        """The three letters of the CRM's own currency."""
        return self._facts.base_currency

    def currencies(self) -> Sequence[Currency]:
        """The currencies given, else the CRM's own."""
        given = self._facts.currencies
        if callable(given):
            with self._context():
                given = given()
        return tuple(given) or (Currency(self._facts.base_currency),)

    def rate(self, code: str, on: date) -> Decimal | None:
        """What the CRM's function answers; 1 for its own currency."""
        if code == self._facts.base_currency:
            return Decimal(1)
        if self._facts.rate is None:
            return None
        with self._context():
            return self._facts.rate(code, on)

    def taxes(self) -> Sequence[Tax]:
        """The taxes given; empty where the CRM has no table of them."""
        given = self._facts.taxes
        if not callable(given):
            return tuple(given)
        with self._context():
            return tuple(given())

    def save_taxes(self, taxes: Sequence[Tax]) -> None:
        """Give them to the CRM's function; nothing without one."""
        save = self._facts.save_taxes
        if save is not None:
            with self._context():
                save(taxes)
