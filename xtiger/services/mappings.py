"""The service for mappings: which field of the CRM is which field of Xero."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.engine.observe.look_again import look_again
from xtiger.errors import MappingInvalid
from xtiger.mapping.lint.rows import converter_findings, row_findings
from xtiger.model.mappings import Mapping, Row
from xtiger.services.facts.mapping_check import LOOKED_AT, MappingCheck
from xtiger.services.facts.status_proposals import proposals, with_statuses
from xtiger.services.syncing.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType

    from xtiger.hookspecs import Converter
    from xtiger.mapping.lint.finding import Finding
    from xtiger.rules.status_words import UnknownWord
    from xtiger.services.facts.mapping_check import ModuleCheck
    from xtiger.services.parts import Parts


class Mappings:
    """Shows, checks and saves the mapping of each module; a saved one is a new version."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._sending = parts, parts.store, Sending(parts)

    def get(self, module: str, connection_id: str | None = None) -> Mapping | None:
        """The mapping in force; None when none is saved; raises UnknownModule."""
        sync = self._parts.sync_module(module)
        return self._store.mapping(self._parts.connection(connection_id).id, sync.name)

    def save(self, mapping: Mapping, connection_id: str | None = None) -> Mapping:
        """Save a mapping as a new version; all records of the module are looked at again.

        Raises MappingInvalid naming each row that has no field, UnknownModule.
        """
        connection = self._parts.connection(connection_id)
        sync = self._parts.sync_module(mapping.module)
        problems = self.problems(mapping)
        if problems:
            raise MappingInvalid(mapping.module, problems)
        before = self._store.mapping(connection.id, mapping.module)
        version = self._store.save_mapping(connection.id, mapping, self._parts.clock.now())
        if before is None or before.version != version:
            look_again(self._store, connection.id, sync, self._parts.clock.now())
        self._sending.lifted(connection.tenant)
        return replace(mapping, version=version)

    def save_defaults(self, connection_id: str | None = None) -> list[Mapping]:
        """Save the default mapping of every module that the CRM has and that has none yet."""
        connection = self._parts.connection(connection_id)
        described = {module.name for module in self._parts.described()}
        saved = []
        for sync in self._parts.modules():
            known = self._store.mapping(connection.id, sync.name)
            if sync.name not in described or known is not None:
                continue
            saved.append(self.save(self.default(sync.name), connection.id))
        return saved

    def unknown_statuses(self, module: str, connection_id: str | None = None) -> list[UnknownWord]:
        """Each status word of the CRM that means nothing in Xero yet, with its nearest meaning.

        Those of the pick list, and those that records wait for. Raises UnknownModule.
        """
        return proposals(self._parts, module, connection_id)

    def say_statuses(
        self, module: str, words: MappingType[str, str], connection_id: str | None = None
    ) -> Mapping:
        """Say what these status words of the CRM mean, all in one new version of the mapping.

        Raises MappingInvalid for a status that Xero does not have, MappingMissing, UnknownModule.
        """
        changed = with_statuses(self.get(module, connection_id), module, words)
        return self.save(changed, connection_id)

    def converters(self, connection_id: str | None = None) -> dict[str, Converter]:
        """Name → converter that a mapping row may use; raises BrokenExtension for a name twice."""
        return self._parts.converters(connection_id)

    def default(self, module: str) -> Mapping:
        """The mapping that a module begins with; raises UnknownModule."""
        sync = self._parts.sync_module(module)
        offers = self._parts.hooks.offers("mapping_defaults", Row, module=sync.name, kind=sync.kind)
        return Mapping(sync.name, sync.kind, tuple(offer.item for offer in offers))

    def check(
        self,
        module: str | None = None,
        connection_id: str | None = None,
        *,
        records: int = LOOKED_AT,
    ) -> list[ModuleCheck]:
        """What cannot work in a module (None: in each), and what would become of real records.

        By the mapping in force, the settings, the CRM's fields and Xero's lists as last read; no
        call is made. So many `records` of each module are looked at, and three are shown whole.
        Raises UnknownModule.
        """
        names = [] if module is None else [self._parts.sync_module(module).name]
        connection = self._parts.connection(connection_id)
        return MappingCheck(self._parts, connection).whole(names, records)

    def faults(self, connection_id: str | None = None) -> list[Finding]:
        """What cannot work in any module of a connection, without a look at records: quick."""
        return MappingCheck(self._parts, self._parts.connection(connection_id)).quick()

    def problems(self, mapping: Mapping) -> list[str]:
        """What cannot work, one sentence for each row and each unknown converter."""
        module = next((m for m in self._parts.described() if m.name == mapping.module), None)
        found = [*row_findings(mapping, module), *converter_findings(mapping, self.converters())]
        return [one.sentence for one in found if one.refused]
