"""The service for how far the records agree: counted, and listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xtiger.model.agreement import (
    AGREEMENTS,
    Agreement,
    CountedModule,
    CountedRecords,
    RecordAgreement,
)

if TYPE_CHECKING:
    from xtiger.services.parts import Parts


class Agreements:
    """Counts and lists records as In step, Waiting, Needs you and Left out."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def counts(self) -> Mapping[str, Mapping[Agreement, int]]:
        """Active connection → how many records agree how far, of the modules that are on."""
        active = self._active()
        found = self._store.agreement_counts({key: self._on(key) for key in active})
        return {key: {word: found.get((key, word), 0) for word in AGREEMENTS} for key in active}

    def of_module(
        self, module: str, connection_id: str | None = None
    ) -> Mapping[Agreement, Sequence[CountedRecords]]:
        """How far the records of one module agree, and for which reasons; {} for one that is off.

        The most first. A record that Xero alone has counts once a run has judged it.
        """
        connection = self._parts.connection(connection_id)
        counted = next((one for one in self._on(connection.id) if one.name == module), None)
        if counted is None:
            return {}
        found = self._store.agreement_reasons(connection.id, counted)
        return {word: [one for one in found if one.agreement == word] for word in AGREEMENTS}

    def needing(self) -> int:
        """How many records of all active connections wait for a person."""
        return self._store.count_needing({key: self._known(key) for key in self._active()})

    def needing_codes(self) -> Mapping[str, Mapping[str, int]]:
        """Active connection → code of a cause → how many records wait for a person."""
        return self._store.needing_codes({key: self._known(key) for key in self._active()})

    def records(
        self,
        agreement: Agreement,
        connection_id: str | None = None,
        *,
        module: str = "",
        code: str = "",
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[RecordAgreement]:
        """The records of a connection that agree so far, newest outcome first.

        Of one module, or with one cause, where they are named.
        """
        connection = self._parts.connection(connection_id)
        modules = (
            self._known(connection.id) if agreement == "needs_you" else self._on(connection.id)
        )
        return self._store.agreements(
            connection.id,
            modules,
            agreement,
            module=module,
            code=code,
            limit=limit,
            offset=offset,
        )

    def _active(self) -> list[str]:
        return [one.id for one in self._parts.connections() if one.state == "active"]

    def _known(self, connection_id: str) -> list[CountedModule]:
        """The modules that are synced and that the CRM has."""
        described = {module.name for module in self._parts.described()}
        return [
            CountedModule(sync.name, sync.kind)
            for sync in self._parts.modules(connection_id)
            if sync.name in described
        ]

    def _on(self, connection_id: str) -> list[CountedModule]:
        """Those of them that are switched on for a connection."""
        return [
            one
            for one in self._known(connection_id)
            if self._store.module_settings(connection_id, one.name).enabled
        ]
