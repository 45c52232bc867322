"""The OutcomeStore protocol: what became of each record, in an audit chain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.runs import Flow, Outcome
from xtiger.model.verbs import ResultName
from xtiger.ports.store.transactional import Transactional


class OutcomeStore(Transactional, Protocol):
    """Outcomes of records; they are only ever appended."""

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Append; each row carries the hash of the row before it (audit chain)."""
        ...

    def outcomes(
        self,
        *,
        connections: Collection[str],
        id: int | None = None,
        run_id: str | None = None,
        module: str | None = None,
        crm_id: str | None = None,
        xero_id: str | None = None,
        results: Sequence[ResultName] = (),
        flows: Sequence[Flow] = (),
        text: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Outcome]:
        """Outcomes that fit all given filters, newest first; `text` searches name and ids."""
        ...

    def newest_outcomes(
        self, connection_id: str, module: str, crm_ids: Iterable[str]
    ) -> Mapping[str, Outcome]:
        """CRM id → its newest outcome, for these ids; without those that have none."""
        ...

    def broken_audit_row(self) -> int | None:
        """The id of the first outcome whose hash does not fit; None when the chain is whole."""
        ...
