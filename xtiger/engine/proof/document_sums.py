"""The sums of one module's documents: each type has its own, since bills are no invoices."""

from __future__ import annotations

from dataclasses import dataclass, field

from xtiger.engine.proof.counting import Counting
from xtiger.engine.workbench.scope import Scope
from xtiger.rules.kinds import DOCUMENT_TYPES
from xtiger.rules.reconciliation import SumTable


@dataclass(slots=True)
class DocumentSums:
    """Makes the table of a type when its first document is counted; that of the usual at once."""

    scope: Scope
    kept: Counting
    held: frozenset[str]
    compared: frozenset[str]
    #: Where the tables are put, in the order in which people read them.
    tables: list[SumTable]
    _by_name: dict[str, SumTable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The module has its own table, empty or not."""
        self.of("")

    def of(self, type_there: str) -> SumTable:
        """The sums of one type as Xero has it; "" for the usual one."""
        found = self.scope.traits.type_of({"Type": type_there})
        usual = found is None or found is next(iter(DOCUMENT_TYPES.values()))
        name = self.scope.name if found is None or usual else found.plural
        if name not in self._by_name:
            made = SumTable(name, tuple(self.kept.amounts), self.held, self.compared)
            self._by_name[name] = made
            if self.kept.amounts:
                self.tables.append(made)
        return self._by_name[name]
