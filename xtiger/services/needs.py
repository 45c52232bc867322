"""The service for what waits for a person: each record that is kept back, grouped by its cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.model.verbs import ResultName
from xtiger.services.conflict_facts import is_conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.plans import Cause
    from xtiger.model.runs import Outcome
    from xtiger.services.parts import Parts

#: Results that a person mends.
NEEDS: frozenset[ResultName] = frozenset({"held", "conflict", "failed"})
#: Codes that pass without anybody: another step of the first day, or another run, comes first.
PASSING = frozenset({"after_first_ten", "not_released", "stopped_before"})
#: Records that only Xero has which are looked up.
XERO_ONLY = 200


@dataclass(frozen=True, slots=True)
class Need:
    """What keeps records of one module back for one reason."""

    module: str
    #: Of the first record; the code is that of all.
    cause: Cause
    #: Newest first.
    outcomes: tuple[Outcome, ...]

    @property
    def code(self) -> str:
        """The reason that all of these have."""
        return self.cause.code


class Needs:
    """Lists what waits for a person; the cures are those of links, conflicts and sending."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def all(self, connection_id: str | None = None) -> list[Need]:
        """What waits in a connection: modules in their order, the most records first."""
        connection = self._parts.connection(connection_id)
        described = {module.name for module in self._parts.described()}
        found: list[Need] = []
        for sync in self._parts.modules(connection.id):
            if sync.name in described:
                found += self._of_module(connection, sync)
        return found

    def count(self, connection_id: str | None = None) -> int:
        """How many records wait for a person."""
        return sum(len(one.outcomes) for one in self.all(connection_id))

    def _of_module(self, connection: Connection, sync: SyncModule) -> list[Need]:
        groups: dict[str, list[Outcome]] = {}
        for outcome in self._standing(connection, sync):
            if outcome.cause is not None and outcome.cause.code not in PASSING:
                groups.setdefault(outcome.cause.code, []).append(outcome)
        needs = [
            Need(sync.name, outcomes[0].cause, tuple(outcomes))
            for outcomes in groups.values()
            if outcomes[0].cause is not None
        ]
        return sorted(needs, key=lambda one: -len(one.outcomes))

    def _standing(self, connection: Connection, sync: SyncModule) -> Iterator[Outcome]:
        """The newest outcome of each marked record, where a person mends it.

        What is in step has no mark; what is mended is marked until the next run has seen it.
        """
        store = self._store
        ids = [key.id for key in store.dirty(connection.id, "crm", sync.name) if key.id]
        theirs = [key.id for key in store.dirty(connection.id, "xero", sync.kind) if key.id]
        links = store.links_by_xero(connection.id, sync.kind, theirs) if theirs else {}
        ids += [link.crm_id for link in links.values() if link.module == sync.name]
        known = store.newest_outcomes(connection.id, sync.name, dict.fromkeys(ids))
        yield from (one for one in known.values() if _waits(one))
        for xero_id in [one for one in theirs if one not in links][:XERO_ONLY]:
            newest = store.outcomes(
                connections=[connection.id], module=sync.name, xero_id=xero_id, limit=1
            )
            yield from (one for one in newest if one.crm_id is None and _waits(one))


def _waits(outcome: Outcome) -> bool:
    return outcome.result in NEEDS or is_conflict(outcome)
