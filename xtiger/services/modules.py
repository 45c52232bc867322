"""The service for modules: what is synced, and what an administrator chose for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.engine.observe.look_again import look_again
from xtiger.errors import SettingInvalid
from xtiger.mapping.module_settings import changed, problems
from xtiger.rules.kinds import LISTED, nature
from xtiger.rules.permissions import is_covered, may_read
from xtiger.services.facts.listing import listed_records, switch_listed
from xtiger.services.facts.selection_count import SelectionCount, count_selected

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xtiger.hookspecs import SyncModule
    from xtiger.mapping.listing import ListedRecord
    from xtiger.model.mappings import ModuleSettings
    from xtiger.model.records import Module
    from xtiger.services.parts import Parts


class Modules:
    """The modules that extensions sync, those that the CRM has, and their settings."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def all(self, connection_id: str | None = None) -> list[SyncModule]:
        """The modules that the extensions enabled for a connection sync, parents first."""
        return self._parts.modules(connection_id)

    def described(self) -> list[Module]:
        """The modules of the CRM as the host describes them for the tenant."""
        return self._parts.described()

    def settings(self, module: str, connection_id: str | None = None) -> ModuleSettings:
        """What an administrator chose for a module: direction, switches, selection."""
        return self._store.module_settings(self._parts.connection(connection_id).id, module)

    def save_settings(
        self,
        settings: ModuleSettings,
        connection_id: str | None = None,
        *,
        alone: bool = False,
    ) -> list[str]:
        """Choose for a module; all its records are looked at again by the next sync.

        A module that is switched on switches on the modules whose records its own cannot go
        without, unless it is chosen `alone`; returns their names. Raises SettingInvalid for what
        cannot work in the module, UnknownModule.
        """
        connection = self._parts.connection(connection_id)
        if settings.module in LISTED:
            switch_listed(self._store, connection.id, settings)
            return []
        sync = self._parts.sync_module(settings.module)
        self._require_working(settings, sync)
        before = self._store.module_settings(connection.id, settings.module)
        switched = settings.enabled and not before.enabled and not alone
        needed = self._needed(connection.id, sync) if switched else []
        with self._store.transaction():
            for one, chosen in [*needed, (sync, settings)]:
                self._store.save_module_settings(connection.id, chosen)
                look_again(self._store, connection.id, one, self._parts.clock.now())
        return [one.name for one, _chosen in needed]

    def _needed(
        self, connection_id: str, sync: SyncModule
    ) -> list[tuple[SyncModule, ModuleSettings]]:
        """What a module needs, and is off, switched on; what that needs comes before it.

        People are none: an invoice goes to its organisation without them.
        """
        known = {one.name: one for one in self._in_crm(connection_id)}
        found: dict[str, tuple[SyncModule, ModuleSettings]] = {}
        for name in sync.needs:
            needed = known.get(name)
            if needed is None or nature(needed.kind).part_of:
                continue
            found |= {
                one.name: (one, chosen) for one, chosen in self._needed(connection_id, needed)
            }
            settings = self._store.module_settings(connection_id, name)
            if not settings.enabled:
                found[name] = (needed, replace(settings, enabled=True))
        return list(found.values())

    def save_for_all(
        self, given: Mapping[str, str], connection_id: str | None = None
    ) -> list[ModuleSettings]:
        """Choose the same for every module that can have it, as typed: {"duplicates": "share"}.

        Returns what was changed; all or none is saved. Raises SettingInvalid where no module can.
        """
        connection = self._parts.connection(connection_id)
        syncs = {sync.name: sync for sync in self._in_crm(connection.id)}
        chosen: list[ModuleSettings] = []
        refused: list[SettingInvalid] = []
        for sync in syncs.values():
            settings = changed(self._store.module_settings(connection.id, sync.name), given)
            try:
                self._require_working(settings, sync)
            except SettingInvalid as error:
                refused.append(error)
            else:
                chosen.append(settings)
        if refused and not chosen:
            raise refused[0]
        with self._store.transaction():
            for settings in chosen:
                self._store.save_module_settings(connection.id, settings)
                again = syncs[settings.module]
                look_again(self._store, connection.id, again, self._parts.clock.now())
        return chosen

    def count(self, settings: ModuleSettings, connection_id: str | None = None) -> SelectionCount:
        """How many CRM records these settings would select; nothing is saved.

        Raises what save_settings() would raise.
        """
        connection = self._parts.connection(connection_id)
        sync = self._parts.sync_module(settings.module)
        self._require_working(settings, sync)
        return count_selected(self._parts, connection, sync, settings)

    def _require_working(self, settings: ModuleSettings, sync: SyncModule) -> None:
        """Raise SettingInvalid for settings that cannot work in the module."""
        module = next((m for m in self.described() if m.name == sync.name), None)
        found = problems(settings, sync, module)
        if found:
            raise SettingInvalid(sync.name, "cannot be set so", " ".join(found))

    def listed(self, module: str, connection_id: str | None = None) -> list[ListedRecord]:
        """What was last read of a module that only lists, such as CreditNotes, newest first.

        Raises UnknownModule.
        """
        return listed_records(self._store, self._parts.connection(connection_id).id, module)

    def unmapped(self, connection_id: str) -> list[str]:
        """The modules of a connection that are on and that no mapping is saved for."""
        return [
            sync.name
            for sync in self._in_crm(connection_id)
            if self._store.mapping(connection_id, sync.name) is None
            and self._store.module_settings(connection_id, sync.name).enabled
        ]

    def uncovered(self, connection_id: str) -> list[str]:
        """The modules of a connection that are on and that its permission does not cover."""
        tokens = self._store.tokens(connection_id)
        found = []
        for sync in self._in_crm(connection_id) if tokens is not None else ():
            chosen = self._store.module_settings(connection_id, sync.name)
            granted = tokens.scope if tokens is not None else ()
            covered = is_covered(sync.kind, granted, sends=chosen.to_xero())
            if chosen.enabled and not covered:
                found.append(sync.name)
        return found + self._unreadable(connection_id, tokens.scope if tokens is not None else ())

    def _unreadable(self, connection_id: str, granted: Collection[str]) -> list[str]:
        """The modules that only list, are on, and may not be read with these permissions."""
        return [
            name
            for name, row in LISTED.items()
            if self._store.module_settings(connection_id, name).enabled
            and not may_read(row.kind, granted)
        ]

    def _in_crm(self, connection_id: str) -> list[SyncModule]:
        """The modules of a connection that the CRM has."""
        described = {module.name for module in self.described()}
        return [sync for sync in self.all(connection_id) if sync.name in described]
