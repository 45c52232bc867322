"""The invoices that payments of a plan pay, as they will be when the payment is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Shadow
from xtiger.model.plans import REMOVALS, Item
from xtiger.model.records import Module, Record, Ref
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.kinds import DocumentType, nature


@dataclass(frozen=True, slots=True)
class PaidInvoice:
    """What a payment must know of its invoice."""

    module: str
    crm_id: str
    number: str
    #: Xero id, or the stand-in of one that this plan creates.
    key: str
    #: Xero's status, and what is still due there, once this plan is carried out.
    status: str
    due: Decimal
    currency: str


@dataclass(slots=True)
class PaidInvoices:
    """Reads the invoices of a plan's payments at once and answers for each payment."""

    state: PlanState
    #: The module of payments.
    scope: Scope
    base_currency: str
    #: CRM id → the invoice in the CRM.
    _records: dict[str, Record] = field(default_factory=dict)
    #: Xero id → last seen copy.
    _shadows: dict[str, Shadow] = field(default_factory=dict)
    _described: Module | None = None

    def read(self, bench: Workbench, payments: Sequence[Record]) -> None:
        """Read the invoices of these payments in a few calls."""
        module = self.module
        self._described = next((m for m in bench.host.modules() if m.name == module), None)
        ids = sorted({crm_id for payment in payments if (crm_id := self.id_of(payment))})
        if ids and self._described is not None:
            self._records = bench.host.get(module, ids)
        known = [key for crm_id in ids if (key := self.state.xero_id_of(Ref(module, crm_id)))]
        self._shadows = dict(bench.store.shadows(bench.connection_id, "xero", "Invoice", known))

    @property
    def module(self) -> str:
        """The CRM's module of invoices."""
        described = self.scope.module.by_role("payment.invoice")
        return described.targets[0] if described is not None and described.targets else ""

    def id_of(self, payment: Record) -> str:
        """The CRM id of the payment's invoice, "" where it names none."""
        return RoleValues(self.scope.module, payment.values).text("payment.invoice") or ""

    def text(self, crm_id: str, role: str) -> str | None:
        """A value that the invoice has in the CRM once this plan is carried out.

        None where the CRM describes none.
        """
        record, described = self._records.get(crm_id), self._described
        field = described.by_role(role) if described is not None else None
        if record is None or described is None or field is None:
            return None
        planned = self.state.planned.get(Ref(self.module, crm_id))
        coming = (planned.to_crm or {}) if planned is not None else {}
        if field.name in coming:
            # Such as a status that Xero has given it since.
            return str(coming[field.name] or "")
        return RoleValues(described, record.values).text(role) or ""

    def number(self, crm_id: str) -> str:
        """What people call the invoice."""
        return self.text(crm_id, "invoice.number") or crm_id

    def document(self, payment: Record) -> DocumentType | None:
        """Which document of Xero the payment's invoice is; None for one that is not there."""
        ref = Ref(self.module, self.id_of(payment))
        key = self.state.xero_id_of(ref) if ref.id else None
        if key is None:
            return None
        planned = self.state.planned.get(ref)
        sent = (planned.to_xero or {}) if planned else {}
        raw = self._shadows[key].payload if key in self._shadows else sent
        return nature(nature(self.scope.kind).pays).type_of(raw)

    def of(self, payment: Record) -> PaidInvoice | None:
        """The payment's invoice; None when it is not in Xero and this plan does not send it."""
        crm_id = self.id_of(payment)
        key = self.state.xero_id_of(Ref(self.module, crm_id)) if crm_id else None
        if key is None:
            return None
        planned = self.state.planned.get(Ref(self.module, crm_id))
        raw = self._shadows[key].payload if key in self._shadows else {}
        sent = (planned.to_xero or {}) if planned else {}
        gone = planned is not None and planned.verb in REMOVALS
        return PaidInvoice(
            module=self.module,
            crm_id=crm_id,
            number=self.number(crm_id),
            key=key,
            status="VOIDED" if gone else str(sent.get("Status") or raw.get("Status") or ""),
            due=_due(raw, planned),
            currency=str(sent.get("CurrencyCode") or raw.get("CurrencyCode") or self.base_currency),
        )


def _due(raw: Mapping[str, Plain], planned: Item | None) -> Decimal:
    """What Xero says is due, or what will be once the planned lines are there."""
    due = as_decimal(raw.get("AmountDue")) or Decimal(0)
    if planned is None or LINES not in (planned.to_xero or {}):
        return due
    paid = (as_decimal(raw.get(name)) or Decimal(0) for name in ("AmountPaid", "AmountCredited"))
    return (due if planned.expected_total is None else planned.expected_total) - sum(
        paid, Decimal(0)
    )
