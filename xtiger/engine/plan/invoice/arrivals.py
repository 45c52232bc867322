"""Documents that only Xero has: what keeps them out of the CRM, and which the CRM has already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal

from xtiger.engine.observe.suppliers import takes_bills
from xtiger.engine.pair.document_types import TYPE_ROLE, named_type
from xtiger.engine.pair.pairing import Pairer
from xtiger.engine.pair.selection import Selection
from xtiger.engine.plan.invoice.said import role_day
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.plans import Cause
from xtiger.model.records import Record, Ref, XeroRecord, XeroRef, nameless
from xtiger.model.setting_keys import create_anyway
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
from xtiger.rules.matching import Candidate


@dataclass(slots=True)
class Arrivals:
    """Judges whether a document of Xero may come into the CRM."""

    state: PlanState
    bench: Workbench
    scope: Scope
    pairer: Pairer
    selection: Selection
    #: What a record of the CRM comes to, as it says and as its lines do.
    totals_of: Callable[[Record, Scope], Set[Decimal]]
    #: Organisation → CRM ids of its documents that no document of Xero is linked to.
    _free: Mapping[str, list[str]] | None = None

    def barred(self, xero: XeroRecord, scope: Scope) -> Cause | None:
        """Why a document stays out; `scope` is the one of its type."""
        if scope.buys and not takes_bills(scope):
            return cause_of("bill_not_carried")
        party = XeroRef("Contact", str((xero.raw.get("Contact") or {}).get("ContactID") or ""))
        known = self.state.crm_record_of(party)
        if scope.start.bring == "none" and not known:
            return cause_of("contact_not_brought")
        alike = None if scope.numbered else self._alike(xero, scope, known)
        return alike or self._of_number(xero, scope)

    def _of_number(self, xero: XeroRecord, scope: Scope) -> Cause | None:
        """What holds it: the CRM has an invoice of this number already.

        That of a supplier matters only to a CRM that takes each number once.
        """
        number = str(xero.values.get("InvoiceNumber") or "")
        described = scope.module.by_role(f"{scope.sync.role}.number")
        once = scope.numbered or (described is not None and described.unique)
        if not number or not once:
            return None
        found = self.pairer.crm_index().match(Candidate("", number=number), by_name=False)
        if found.how == "none":
            return None
        if found.how in ("number", "shared") and scope.numbered:
            return cause_of("twin_not_selected", name=number)
        return cause_of("number_taken_in_crm", number=number)

    def _alike(self, xero: XeroRecord, scope: Scope, party: Ref | None) -> Cause | None:
        """What holds it: the CRM has one of the same contact, day and total that is not linked.

        The number of a supplier tells nothing: two may have the same.
        """
        ids = self._unlinked().get(party.id, ()) if party is not None else ()
        records = self.bench.host.get(scope.name, ids) if ids else {}
        found = next((one for one in records.values() if self._looks(one, xero, scope)), None)
        if found is None:
            return None
        described = scope.module.by_role(f"{scope.sync.role}.number")
        name = str(found.values.get(described.name) or "") if described is not None else ""
        return cause_of("document_in_crm", name=name or nameless(scope.name, found.ref.id))

    def _looks(self, record: Record, xero: XeroRecord, scope: Scope) -> bool:
        """Whether a record of the CRM is of this type, day and total, and nobody said it is new."""
        key = create_anyway(self.bench.connection_id, scope.name, record.ref.id)
        word = self.selection.own(record, TYPE_ROLE)
        if record.deleted or named_type(scope, word) is not scope.document:
            return False
        same_day = role_day(scope, record, "date") == xero.values.get("Date")
        same = same_day and xero.values.get("Total") in self.totals_of(record, scope)
        return same and not self.bench.store.setting(key)

    def _unlinked(self) -> Mapping[str, list[str]]:
        if self._free is None:
            store, connection_id, module = (
                self.bench.store,
                self.bench.connection_id,
                self.scope.name,
            )
            linked, free = store.links_by_crm(connection_id, module), dict[str, list[str]]()
            for seen in store.each_shadow(connection_id, "crm", module):
                if not seen.gone and seen.id not in linked:
                    free.setdefault(str(seen.payload.get("organisation") or ""), []).append(seen.id)
            self._free = free
        return self._free


def type_values(scope: Scope) -> Iterator[tuple[str, Plain]]:
    """(field of the CRM, word) by which a record says that it is another document than usual."""
    described, document = scope.module.by_role(TYPE_ROLE), scope.document
    if described is None or not described.writable or document is None:
        return
    known = [choice.value for choice in described.choices]
    if document is not scope.traits.types[0] and (not known or document.word in known):
        yield described.name, document.word
