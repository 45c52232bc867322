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

    def count_unchanged(
        self, connection_id: str, run_id: str, counts: Mapping[str, int], at: datetime
    ) -> None:
        """Append how many records of each module a run found in step, in place of a row of each."""
        ...

    def unchanged_counts(self, run_id: str) -> Mapping[str, int]:
        """Module → how many records of a run were counted in place of a row of each."""
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
        codes: Sequence[str] = (),
        by: str = "",
        below: int | None = None,
        newest: bool = False,
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

    def restless_outcomes(
        self,
        connection_id: str,
        module: str,
        crm_ids: Collection[str] = (),
        xero_ids: Collection[str] = (),
    ) -> Sequence[Outcome]:
        """The newest outcomes of these records that say more than that both sides are alike."""
        ...

    def broken_audit_row(self) -> int | None:
        """The id of the first row of the chain that does not fit; None when it is whole."""
        ...
