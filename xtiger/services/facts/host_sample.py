"""One record of each module as the library sees it, for those who write an adapter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xtiger.mapping.lines_to_crm import crm_total
from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Module, Record
from xtiger.ports import Host
from xtiger.rules.money import cents


@dataclass(frozen=True, slots=True)
class Sample:
    """The first record of a module; None where it has none yet."""

    module: Module
    record: Record | None = None
    #: What an invoice comes to by its lines, as Xero will add them up.
    expected: Decimal | None = None
    #: What the CRM itself says that it comes to; None where no field holds it.
    total: Decimal | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "module": self.module.name,
            "crm_id": None if self.record is None else self.record.ref.id,
            "values": {} if self.record is None else dict(self.record.values),
            "lines": [] if self.record is None else [dict(line) for line in self.record.lines],
            "expected_total": self.expected,
            "total": self.total,
        }

    @property
    def differs(self) -> bool:
        """Whether the CRM comes to another sum than its lines."""
        return self.total is not None and self.expected is not None and self.total != self.expected


def samples(host: Host, tenant: str) -> list[Sample]:
    """One of each module; raises ValueError where a number of an invoice is none."""
    with host.tenant(tenant):
        return [_sample(host, module) for module in host.modules() if "read" in module.can]


def _sample(host: Host, module: Module) -> Sample:
    records = [one for one in host.changed_since(module.name, None, 1).records if not one.deleted]
    if not records:
        return Sample(module)
    record = records[0]
    if not module.lines:
        return Sample(module, record)
    field = module.by_role("invoice.total")
    said = None if field is None else RoleValues(module, record.values).number("invoice.total")
    expected = cents(crm_total(module, record.values, record.lines))
    return Sample(module, record, expected, None if said is None else cents(said))
