"""Which invoices of a module are credit notes in Xero, where somebody wants them so."""

from __future__ import annotations

from dataclasses import dataclass

from xtiger.engine.pair.selection import Selection
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.credit_note.signs import is_below_zero, says_credit, with_credit_signs
from xtiger.model.records import Record
from xtiger.model.setting_keys import credit_notes, record_in
from xtiger.rules.kinds import BILL, DOCUMENT_TYPES, SUPPLIER_CREDIT

#: The document that an invoice is where nobody says.
_USUAL = next(iter(DOCUMENT_TYPES)).casefold()


@dataclass(frozen=True, slots=True)
class Credits:
    """Tells the invoices of one module that give money back from the others."""

    bench: Workbench
    scope: Scope
    #: Ids of the records that a person wants as credit notes; None where all are.
    asked: frozenset[str] | None

    @classmethod
    def of(cls, bench: Workbench, scope: Scope) -> Credits:
        """By the option of the mapping, else by what people asked for."""
        if scope.option("credit_notes"):
            return cls(bench, scope, None)
        group = credit_notes(bench.connection_id, scope.name)
        return cls(
            bench,
            scope,
            frozenset(record_in(group, key) for key in bench.store.settings_like(group)),
        )

    def has(self, record: Record) -> bool:
        """Whether a record without link becomes a credit note."""
        if self.asked is not None and record.ref.id not in self.asked:
            return False
        return self.could_be(record)

    def could_be(self, record: Record) -> bool:
        """Whether it gives money back and is a document of a customer, or a bill."""
        word = self._word(record)
        if word not in ("", _USUAL, BILL.casefold()):
            return False
        return self._says_credit(record) or self._is_below_zero(record)

    def type_of(self, record: Record) -> str:
        """Which credit note it is in Xero: a supplier's for a bill, else "" for the usual one."""
        return SUPPLIER_CREDIT if self._word(record) == BILL.casefold() else ""

    def _word(self, record: Record) -> str:
        return Selection(self.bench, self.scope).own(record, "xtiger.invoice_type").casefold()

    def counted_up(self, record: Record) -> Record:
        """A record that is a credit note, as Xero counts it: what is below zero turned round."""
        return with_credit_signs(record, self.scope.module) if self.is_turned(record) else record

    def is_turned(self, record: Record) -> bool:
        """Whether the CRM counts downwards what Xero counts upwards."""
        return self._is_below_zero(record) or not self._says_credit(record)

    def _says_credit(self, record: Record) -> bool:
        return says_credit(record, self.scope.module, self.scope.option("status_map") or {})

    def _is_below_zero(self, record: Record) -> bool:
        return is_below_zero(record, self.scope.module, self.bench.host.host.caps.arithmetic)
