"""The sales account that a customer has of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from xtiger.engine.plan.invoice.payer import organisation_address
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Record, Ref

#: The field of a contact in Xero.
_IN_XERO = "SalesDefaultAccountCode"


@dataclass(slots=True)
class CustomerAccounts:
    """Sales accounts of customers: what the CRM says of one, else its contact in Xero."""

    bench: Workbench
    #: The module of invoices.
    scope: Scope
    xero_id_of: Callable[[Ref], str | None]
    _found: dict[Ref, str] = field(default_factory=dict)

    def of(self, record: Record) -> str | None:
        """The account of the invoice's customer; None where it has none."""
        payer = organisation_address(record, self.scope.module)
        return self._found.get(payer) if payer is not None else None

    def read(self, records: Iterable[Record]) -> None:
        """Read the accounts of these invoices' customers in a few calls."""
        named = (organisation_address(record, self.scope.module) for record in records)
        wanted = {payer for payer in named if payer is not None} - self._found.keys()
        for module in sorted({payer.module for payer in wanted}):
            ids = [payer.id for payer in wanted if payer.module == module]
            self._found |= {Ref(module, key): text for key, text in self._in_crm(module, ids)}
        self._read_xero(wanted - self._found.keys())

    def _in_crm(self, module: str, ids: list[str]) -> Iterable[tuple[str, str]]:
        role = "organisation.sales_account"
        described = next((one for one in self.bench.host.modules() if one.name == module), None)
        if described is None or described.by_role(role) is None:
            return
        for crm_id, record in self.bench.host.get(module, ids).items():
            text = RoleValues(described, record.values).text(role)
            if text:
                yield crm_id, text

    def _read_xero(self, payers: Iterable[Ref]) -> None:
        linked: Mapping[str, Ref] = {
            xero_id: payer for payer in payers if (xero_id := self.xero_id_of(payer))
        }
        bench = self.bench
        seen = bench.store.shadows(bench.connection_id, "xero", "Contact", linked) if linked else {}
        for xero_id, shadow in seen.items():
            if shadow.payload.get(_IN_XERO):
                self._found[linked[xero_id]] = str(shadow.payload[_IN_XERO])
