"""The AgreementStore protocol: how many records agree, and which do not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from xtiger.model.agreement import (
    Agreement,
    CountedModule,
    CountedRecords,
    RecordAgreement,
)
from xtiger.ports.store.transactional import Transactional


class AgreementStore(Transactional, Protocol):
    """How far records agree; each method is one statement, or two, however many there are."""

    def agreement_counts(
        self, wanted: Mapping[str, Collection[CountedModule]]
    ) -> Mapping[tuple[str, Agreement], int]:
        """(connection id, how far) → number of records of its modules; one statement.

        `wanted` is connection id → the modules that count.
        """
        ...

    def agreement_reasons(
        self, connection_id: str, module: CountedModule
    ) -> Sequence[CountedRecords]:
        """How many records of one module agree how far and why, the most first; one statement."""
        ...

    def needing_codes(
        self, wanted: Mapping[str, Collection[CountedModule]]
    ) -> Mapping[str, Mapping[str, int]]:
        """Connection id → code of a cause → how many records wait for a person; one statement."""
        ...

    def count_needing(self, wanted: Mapping[str, Collection[CountedModule]]) -> int:
        """How many records wait for a person; one statement, quick enough for each page."""
        ...

    def agreements(
        self,
        connection_id: str,
        modules: Collection[CountedModule],
        agreement: Agreement,
        *,
        module: str = "",
        code: str = "",
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[RecordAgreement]:
        """The records that agree so far, newest outcome first; of one module, of one cause."""
        ...
