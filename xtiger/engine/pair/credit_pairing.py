"""Pairing of the invoices that are credit notes in Xero, by their number."""

from __future__ import annotations

from dataclasses import replace

from xtiger.engine.pair.credits import Credits
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Pairer
from xtiger.model.records import Record
from xtiger.rules.matching import Candidate


class CreditPairer(Pairer):
    """Pairs the invoices of a module that give money back with Xero's credit notes."""

    _credits: Credits | None = None

    def _mine(self, pairing: Pairing) -> bool:
        if pairing.link is not None or pairing.crm_id is None:
            return True
        if pairing.record is None:
            return False  # what was no credit note is the other part's to settle
        self._credits = self._credits or Credits.of(self.bench, self.scope)
        return self._credits.has(pairing.record)

    def _own(self, record: Record) -> Candidate:
        """As usual; a supplier's credit has his number, which tells nothing of ours."""
        own = super()._own(record)
        self._credits = self._credits or Credits.of(self.bench, self.scope)
        return replace(own, number="") if self._credits.type_of(record) else own
