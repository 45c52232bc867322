"""The scope of one module: its mapping, its settings and what it meets in Xero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from xtiger.engine.workbench.contact_name import NAME_ROLE
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.errors import MappingMissing, UnknownModule
from xtiger.hookspecs import SyncModule
from xtiger.mapping.convert import BoundRow, bind
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings, Row
from xtiger.model.records import Module
from xtiger.model.setting_keys import start_answers
from xtiger.model.start_answers import StartAnswers
from xtiger.ports.store import ConnectionStore, MappingStore, SettingStore
from xtiger.rules.contact_persons import PERSON_PARTS
from xtiger.rules.kinds import KindTraits, nature


@dataclass(frozen=True, slots=True)
class Scope:
    """One module of a run: its description, mapping and settings."""

    sync: SyncModule
    module: Module
    mapping: FieldMapping
    settings: ModuleSettings
    rows: tuple[BoundRow, ...]
    #: Whether the ids of the host's lines last.
    stable_lines: bool = True
    #: The same module for its records without parent, which meet another kind.
    alone: Scope | None = None
    #: Stands for the CRM in the keys of its records.
    mark: str = ""
    #: From when on, as what, and whom: the connection's answers.
    start: StartAnswers = field(default_factory=StartAnswers)

    @property
    def parts(self) -> tuple[Scope, ...]:
        """This scope and the one of its records without parent."""
        return (self,) if self.alone is None else (self, self.alone)

    @property
    def name(self) -> str:
        """The module's name."""
        return self.sync.name

    @property
    def kind(self) -> str:
        """The Xero kind."""
        return self.sync.kind

    @property
    def traits(self) -> KindTraits:
        """What is true of the Xero kind by its nature."""
        return nature(self.sync.kind)

    @property
    def people(self) -> bool:
        """Whether its records are people: persons of a contact, or contacts of their own."""
        return self.sync.role == "contact"

    def carries(self, way: str) -> bool:
        """Whether records travel this way: by the release and by the settings."""
        if way not in self.sync.directions:
            return False
        return self.settings.to_xero() if way == "to_xero" else self.settings.to_crm()

    def option(self, name: str, default: Any = None) -> Any:
        """One option of the mapping."""
        return self.mapping.options.get(name, default)


class ScopeStore(SettingStore, ConnectionStore, MappingStore, Protocol):
    """What of the store says how modules are synced."""


def make_scopes(
    store: ScopeStore,
    host: HostDoor,
    connection_id: str,
    offered: Sequence[SyncModule],
    wanted: Sequence[str] = (),
    mark: str = "",
) -> tuple[Scope, ...]:
    """The scopes of the wanted modules (none named: all enabled), parents first.

    Raises UnknownModule for a name that is not offered or that the host does not describe,
    MappingMissing when nothing is saved for a module.
    """
    described = {module.name: module for module in host.modules()}
    known = [sync.name for sync in offered if sync.name in described]
    for name in wanted:
        if name not in known:
            raise UnknownModule(name, known)
    scopes, start = [], StartAnswers.of(store.setting(start_answers(connection_id)))
    for sync in offered:
        if sync.name not in known or (wanted and sync.name not in wanted):
            continue
        settings = store.module_settings(connection_id, sync.name)
        if not settings.enabled and not wanted:
            continue
        mapping = store.mapping(connection_id, sync.name)
        if mapping is None:
            raise MappingMissing(sync.name, _one_of_several(store, connection_id))
        stable = host.host.caps.stable_line_ids
        made = _scope(sync, described[sync.name], mapping, settings, stable)
        alone = replace(made.alone, mark=mark, start=start) if made.alone else None
        scopes.append(replace(made, mark=mark, start=start, alone=alone))
    return tuple(scopes)


def _one_of_several(store: ConnectionStore, connection_id: str) -> str:
    """The name of a connection where its tenant has others, too; else ""."""
    own = store.connection(connection_id)
    several = own is not None and len(store.connections(own.tenant)) > 1
    return own.name if own is not None and several else ""


def _scope(
    sync: SyncModule,
    module: Module,
    mapping: FieldMapping,
    settings: ModuleSettings,
    stable: bool,
) -> Scope:
    rows = bind(mapping.rows, module, sync.kind)
    if not sync.alone_kind:
        return Scope(sync, module, mapping, settings, rows, stable)
    own = replace(sync, kind=sync.alone_kind, alone_kind="")
    named = Row(NAME_ROLE, "Name", direction="to_xero", keep_when_empty=True)
    alone = bind((named, *mapping.rows), module, own.kind)
    # A person has fewer fields than a contact of its own; both are mapped in one place. Whose
    # person it is goes without saying, whatever is mapped.
    parent = bind(
        (Row("contact.organisation", "ContactID", keep_when_empty=True),), module, sync.kind
    )
    listed = (*parent, *(row for row in rows if row.xero.path in PERSON_PARTS))
    by_itself = Scope(own, module, mapping, settings, alone, stable)
    return Scope(sync, module, mapping, settings, listed, stable, by_itself)
