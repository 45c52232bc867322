"""Documents of Xero that nobody is linked to, by what tells those without a number of ours apart.

A supplier's bill may stand in Xero before the CRM sends it: a person entered it from the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from xtiger.engine.pair.left_behind import left_behind
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import UnreadableAnswer
from xtiger.model.gone import GONE_STATUSES
from xtiger.model.plans import Item, Proposal
from xtiger.model.values import Plain, as_decimal

#: ContactID, day and total, and which document it is.
_Look = tuple[str, str, str, Decimal]


@dataclass(frozen=True, slots=True)
class Alike:
    """Xero ids of live documents that are free, by how they look."""

    _by_look: Mapping[_Look, list[str]]

    @classmethod
    def of(cls, bench: Workbench, scope: Scope) -> Alike:
        """Those of the scope's kind, also those whose CRM record was deleted."""
        store, connection_id, kind = bench.store, bench.connection_id, scope.kind
        linked = store.links_by_xero(connection_id, kind)
        reader, found = bench.reader(kind), dict[_Look, list[str]]()
        for shadow in store.each_shadow(connection_id, "xero", kind):
            document = scope.traits.type_of(shadow.payload)
            if shadow.gone or document is None or document.numbered:
                continue
            try:
                record = reader.seen(shadow)
            except UnreadableAnswer:
                continue  # its own outcome says so
            look = look_of(record.values)
            if look is not None and record.status not in GONE_STATUSES:
                found.setdefault(look, []).append(shadow.id)
        return cls(
            {
                look: free
                for look, ids in found.items()
                if (
                    free := [
                        *(one for one in ids if one not in linked),
                        *left_behind(bench, kind, [one for one in ids if one in linked]),
                    ]
                )
            }
        )

    def proposals(self, item: Item, total: Decimal) -> tuple[Proposal, ...]:
        """Those that look as what is about to be sent will, each to be linked instead."""
        look = look_of({**(item.to_xero or {}), "Total": total})
        found = self._by_look.get(look, []) if look is not None else []
        return tuple(
            Proposal("link", xero_id=one, crm_id=item.crm_id, name=item.name) for one in found
        )


def look_of(values: Mapping[str, Plain]) -> _Look | None:
    """How a document looks; None where something of it is not known."""
    contact, day = values.get("Contact.ContactID"), values.get("Date")
    total = as_decimal(values.get("Total"))
    if not contact or not day or total is None:
        return None
    return str(values.get("Type") or ""), str(contact), str(day), total
