"""Pairing of invoices: those whose number Xero takes more than once are found by their address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xtiger.engine.pair.credits import Credits
from xtiger.engine.pair.document_types import TYPE_ROLE, belongs, named_type
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Pairer
from xtiger.engine.pair.selection import Selection
from xtiger.model.records import Record
from xtiger.rules.kinds import DocumentType
from xtiger.rules.matching import Candidate, Match


class DocumentPairer(Pairer):
    """Pairs the invoices of a module with the documents that they are in Xero."""

    #: CRM id → the type that a record names, of those at hand.
    _types: dict[str, DocumentType | None]

    def _own_part(self, found: Sequence[Pairing]) -> list[Pairing]:
        """By the types of new records, read in one statement; what has none is an invoice."""
        if self.scope.alone is None and not self.scope.traits.is_money:
            return [pairing for pairing in found if self._mine(pairing)]
        new = [p.record for p in found if p.record is not None and p.link is None]
        words = Selection(self.bench, self.scope).own_of(new, TYPE_ROLE) if new else {}
        return [
            pairing
            for pairing in found
            if self._mine(pairing)
            and (
                pairing.link is not None
                or (
                    belongs(self.scope, words.get(pairing.crm_id or "", ""))
                    if pairing.record is not None
                    else not self.scope.traits.is_money
                )
            )
        ]

    def match(self, found: Sequence[Pairing]) -> list[Pairing]:
        """As usual; a bill of Xero with the number of a sale is not that sale."""
        new = [p.record for p in found if p.record is not None and p.link is None]
        words = Selection(self.bench, self.scope).own_of(new, TYPE_ROLE) if new else {}
        self._types = {
            record.ref.id: named_type(self.scope, words.get(record.ref.id, "")) for record in new
        }
        return super().match(found)

    _credits: Credits | None = None

    def _mine(self, pairing: Pairing) -> bool:
        """Whether it is no credit note: those are the module's other part's."""
        wanted = any(part.traits.gives_back for part in self.scope.others)
        if pairing.link is not None or pairing.record is None or not wanted:
            return True
        self._credits = self._credits or Credits.of(self.bench, self.scope)
        return not self._credits.has(pairing.record)

    def _by_address(self, crm_id: str | None) -> bool:
        document = self._types.get(crm_id or "")
        return document is not None and not document.numbered

    def _own(self, record: Record) -> Candidate:
        own = super()._own(record)
        if not self._by_address(record.ref.id):
            return own
        return replace(own, number="", key=self.bench.host.url(record.ref) or "")

    def _sure(self, match: Match, own: Candidate) -> Match:
        """An address is proven by what the document says besides; the judge sees to that."""
        return match

    def _released(self, pairing: Pairing) -> bool:
        if self._by_address(pairing.crm_id):
            return self.created_anyway(pairing)
        return super()._released(pairing)
