"""The service for mappings: which field of the CRM is which field of Xero."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.engine.observe.look_again import look_again
from xtiger.errors import MappingInvalid, MappingMissing
from xtiger.mapping.editing.matching import matched_rows
from xtiger.mapping.editing.rows import (
    with_more,
    with_names_as_codes,
    with_row,
    with_row_moved,
    without_row,
)
from xtiger.mapping.editing.versions import difference, version_of, with_changes
from xtiger.mapping.lint.rows import converter_findings, row_findings
from xtiger.mapping.shown import shown_rows
from xtiger.model.mappings import Mapping, Row
from xtiger.services.facts.mapping_check import LOOKED_AT, MappingCheck
from xtiger.services.facts.status_proposals import proposals, with_statuses
from xtiger.services.syncing.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from collections.abc import Sequence

    from xtiger.hookspecs import Converter
    from xtiger.mapping.configuration import Change
    from xtiger.mapping.editing.versions import MappingVersion
    from xtiger.mapping.lint.finding import Finding
    from xtiger.model.records import Module
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

    def save(self, mapping: Mapping, connection_id: str | None = None, *, by: str = "") -> Mapping:
        """Save a mapping as a new version; all records of the module are looked at again.

        `by` is who saves it. Raises MappingInvalid naming each row that has no field,
        UnknownModule.
        """
        connection = self._parts.connection(connection_id)
        sync = self._parts.sync_module(mapping.module)
        problems = self.problems(mapping)
        if problems:
            raise MappingInvalid(mapping.module, problems)
        before = self._store.mapping(connection.id, mapping.module)
        version = self._store.save_mapping(connection.id, mapping, self._parts.clock.now(), by)
        if before is None or before.version != version:
            look_again(self._store, connection.id, sync, self._parts.clock.now())
        self._sending.lifted(connection.tenant)
        return replace(mapping, version=version)

    def save_defaults(self, connection_id: str | None = None, *, by: str = "") -> list[Mapping]:
        """Save the default mapping of every module that the CRM has and that has none yet."""
        connection = self._parts.connection(connection_id)
        described = {module.name for module in self._parts.described()}
        saved = []
        for sync in self._parts.modules():
            known = self._store.mapping(connection.id, sync.name)
            if sync.name not in described or known is not None:
                continue
            saved.append(self.save(self.default(sync.name), connection.id, by=by))
        return saved

    # --- row by row ---

    def map_field(
        self, module: str, row: Row, connection_id: str | None = None, *, by: str = ""
    ) -> Mapping:
        """Save a row in place of that of the same field of Xero, else one more; a new version.

        Its two fields are named by name, role or label. Raises MappingInvalid, MappingMissing,
        UnknownModule.
        """
        mapping = self._in_force(module, connection_id)
        return self.save(with_row(mapping, row, self._described(mapping)), connection_id, by=by)

    def unmap_field(
        self, module: str, xero: str, connection_id: str | None = None, *, by: str = ""
    ) -> Mapping:
        """Take the row of a field of Xero away; a new version.

        Raises MappingInvalid where it has none, MappingMissing, UnknownModule.
        """
        mapping = self._in_force(module, connection_id)
        return self.save(without_row(mapping, xero), connection_id, by=by)

    def move_field(
        self, module: str, xero: str, up: bool, connection_id: str | None = None, *, by: str = ""
    ) -> Mapping:
        """Move the row of a field of Xero one place up, or down; a new version.

        The first stays first and the last last. Raises MappingInvalid where it has none,
        MappingMissing, UnknownModule.
        """
        mapping = self._in_force(module, connection_id)
        shown = shown_rows(mapping, self._described(mapping))
        return self.save(with_row_moved(mapping, xero, up, shown), connection_id, by=by)

    def matched(self, module: str, connection_id: str | None = None) -> list[Row]:
        """Rows for fields that no row names yet and that match by role, name or label.

        Nothing is saved. Raises MappingMissing, UnknownModule.
        """
        mapping = self._in_force(module, connection_id)
        return matched_rows(mapping, self._described(mapping), self._usual(module))

    def save_matched(
        self, module: str, connection_id: str | None = None, *, by: str = ""
    ) -> Mapping:
        """Add the rows of matched() to the mapping; a new version. Raises as that does."""
        mapping = self._in_force(module, connection_id)
        more = self.matched(module, connection_id)
        return self.save(with_more(mapping, more), connection_id, by=by)

    def save_names_as_codes(
        self, module: str, on: bool, connection_id: str | None = None, *, by: str = ""
    ) -> Mapping:
        """Map the name of a product to the item's code and its number to the name, or back.

        Raises MappingInvalid where it does not have both, MappingMissing, UnknownModule.
        """
        mapping = self._in_force(module, connection_id)
        role = self._parts.sync_module(module).role
        return self.save(with_names_as_codes(mapping, role, on), connection_id, by=by)

    def _in_force(self, module: str, connection_id: str | None) -> Mapping:
        found = self.get(module, connection_id)
        if found is None:
            raise MappingMissing(module)
        return found

    def _described(self, mapping: Mapping) -> Module:
        found = next((m for m in self._parts.described() if m.name == mapping.module), None)
        if found is None:
            raise MappingInvalid(mapping.module, self.problems(mapping))
        return found

    # --- versions ---

    def versions(self, module: str, connection_id: str | None = None) -> list[MappingVersion]:
        """Each version of a mapping, who saved it and when, and what it changed; newest first.

        Raises UnknownModule.
        """
        sync = self._parts.sync_module(module)
        found = self._store.mappings(self._parts.connection(connection_id).id, sync.name)
        return with_changes(found, sync.role)

    def difference(
        self, module: str, older: int, newer: int | None = None, connection_id: str | None = None
    ) -> list[Change]:
        """What a version has otherwise than an older one; None is the one in force.

        Raises MappingInvalid for a version that is not there, UnknownModule.
        """
        sync = self._parts.sync_module(module)
        found = self._store.mappings(self._parts.connection(connection_id).id, sync.name)
        last = newer if newer is not None else found[0].version if found else 0
        two = [version_of(found, sync.name, number) for number in (older, last)]
        return difference(two[0], two[1], sync.role)

    def return_to(
        self, module: str, version: int, connection_id: str | None = None, *, by: str = ""
    ) -> Mapping:
        """Put an older version in force; that is a new version itself, so nothing is lost.

        Raises MappingInvalid for one that is not there or can no longer work, UnknownModule.
        """
        connection = self._parts.connection(connection_id)
        sync = self._parts.sync_module(module)
        found = version_of(self._store.mappings(connection.id, sync.name), sync.name, version)
        return self.save(found, connection.id, by=by)

    # --- what is asked ---

    def unknown_statuses(self, module: str, connection_id: str | None = None) -> list[UnknownWord]:
        """Each status word of the CRM that means nothing in Xero yet, with its nearest meaning.

        Those of the pick list, and those that records wait for. Raises UnknownModule.
        """
        return proposals(self._parts, module, connection_id)

    def say_statuses(
        self,
        module: str,
        words: MappingType[str, str],
        connection_id: str | None = None,
        *,
        by: str = "",
    ) -> Mapping:
        """Say what these status words of the CRM mean, all in one new version of the mapping.

        Raises MappingInvalid for a status that Xero does not have, MappingMissing, UnknownModule.
        """
        changed = with_statuses(self.get(module, connection_id), module, words)
        return self.save(changed, connection_id, by=by)

    def converters(self, connection_id: str | None = None) -> dict[str, Converter]:
        """Name → converter that a mapping row may use; raises BrokenExtension for a name twice."""
        return self._parts.converters(connection_id)

    def default(self, module: str) -> Mapping:
        """The mapping that a module begins with: the usual rows, and what matches beside them.

        Raises UnknownModule.
        """
        sync = self._parts.sync_module(module)
        usual = self._usual(module)
        mapping = Mapping(sync.name, sync.kind, tuple(usual))
        described = next((m for m in self._parts.described() if m.name == sync.name), None)
        if described is None:
            return mapping
        return with_more(mapping, matched_rows(mapping, described, ()))

    def _usual(self, module: str) -> list[Row]:
        """The rows that extensions give a module."""
        sync = self._parts.sync_module(module)
        offers = self._parts.hooks.offers("mapping_defaults", Row, module=sync.name, kind=sync.kind)
        return [offer.item for offer in offers]

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
        return [sentence for _, sentence in self.row_problems(mapping)]

    def row_problems(self, mapping: Mapping) -> list[tuple[int, str]]:
        """The number of the row from 1, 0 for none of its own, and what cannot work of it."""
        module = next((m for m in self._parts.described() if m.name == mapping.module), None)
        found = [*row_findings(mapping, module), *converter_findings(mapping, self.converters())]
        return [(_row_of(one, mapping.rows), one.sentence) for one in found if one.refused]


def _row_of(found: Finding, rows: Sequence[Row]) -> int:
    """The number of the last row that a finding names; 0 where it names none."""
    named = {name: found.values[name] for name in ("crm", "xero") if name in found.values}
    if "name" in found.values:
        named["converter"] = found.values["name"]
    fitting = [
        number
        for number, row in enumerate(rows, 1)
        if named and all(getattr(row, name) == value for name, value in named.items())
    ]
    return fitting[-1] if fitting else 0
