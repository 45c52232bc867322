"""Undo of credit: which allocations and credit notes of the runs go, and what is due then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from xtiger.engine.plan.invoice.merge import lock_date
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.plans import Cause, Difference, Item
from xtiger.model.records import XeroRecord
from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Image
from xtiger.rules.causes import cause_of
from xtiger.rules.undo.allocations import all_ours, note_to_void, without_credit

#: The kind of what is set against invoices.
CREDIT_NOTE = "CreditNote"


@dataclass(slots=True)
class UndoCredits:
    """The credit that one undo takes off invoices."""

    bench: Workbench
    #: Credit notes that were made of differences, as Xero has them now.
    notes: Mapping[str, Mapping[str, Any]]
    #: Credit notes and invoices of Xero that the runs set against each other.
    touched: frozenset[str] = frozenset()
    #: Invoice → what is taken off it.
    _freed: dict[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, bench: Workbench, images: Iterable[Image]) -> UndoCredits:
        """Of these images; notes that are no record of the CRM are read anew."""
        every = [one for image in images for one in image.allocated]
        made = [one.credit_id for one in every if one.note]
        found = bench.xero.fetch(CREDIT_NOTE, made) if made else ()
        touched = frozenset(xero_id for one in every for xero_id in (one.credit_id, one.invoice_id))
        return cls(bench, {str(one["CreditNoteID"]): one for one in found}, touched)

    def of_record(self, image: Image, xero: XeroRecord | None) -> tuple[Allocated, ...] | Cause:
        """What is taken off with this record, or why it stays whole."""
        found: tuple[Allocated, ...] = ()
        own = [one for one in image.allocated if not one.note]
        if own and xero is not None:
            # What somebody else uses of it stays, and the record with it: see `refused_back`.
            found += all_ours(own, xero.raw) or ()
        for one in image.allocated:
            if one.note:
                ours = note_to_void(one, self.notes.get(one.credit_id, {}))
                if ours is None:
                    return cause_of("undo_kept", fields=one.note)
                found += ours
        return self._locked(found, xero) or found

    def then(
        self, scope: Scope, xero: XeroRecord | None, freed: Sequence[Allocated]
    ) -> XeroRecord | None:
        """A record of Xero as it is once this, and what was decided before, is taken off."""
        if xero is None:
            return None
        amount = sum((one.amount for one in freed), Decimal(0))
        if not scope.gives_back:
            amount += self._freed.get(xero.id, Decimal(0))
        return without_credit(xero, amount) if amount else xero

    def opens(self, xero: XeroRecord | None) -> bool:
        """Whether credit goes from this document, or went when this undo was broken off."""
        return xero is not None and xero.id in self.touched

    def with_freed(self, scope: Scope, item: Item) -> Item:
        """The item as an action that takes its credit off; one without stays what it is."""
        if not item.freed:
            return item
        for one in item.freed:
            if scope.gives_back:
                before = self._freed.get(one.invoice_id, Decimal(0))
                self._freed[one.invoice_id] = before + one.amount
        shown = tuple(
            Difference("Allocation", "Set against", None, None, one.invoice, "to_xero")
            for one in item.freed
            if one.allocation_id
        )
        return replace(
            item,
            verb=item.verb or "update",
            result=item.result if item.verb else "updated",
            differences=(*item.differences, *shown),
        )

    def _locked(self, found: Sequence[Allocated], xero: XeroRecord | None) -> Cause | None:
        """The cause when one of them is of a locked period: Xero takes nothing off there."""
        locked = lock_date(self.bench.connection.organisation)
        if locked is None:
            return None
        wanted = {one.allocation_id for one in found if one.allocation_id}
        notes = [*self.notes.values(), *([xero.raw] if xero is not None else [])]
        days = [
            parse_moment(str(one["Date"])).date()
            for note in notes
            for one in note.get("Allocations") or ()
            if one.get("AllocationID") in wanted
        ]
        days += [
            parse_moment(str(self.notes[one.credit_id]["Date"])).date() for one in found if one.note
        ]
        early = next((day for day in days if day <= locked), None)
        return cause_of("period_locked", date=str(early), lock=str(locked)) if early else None
