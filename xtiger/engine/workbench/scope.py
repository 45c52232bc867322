"""The scope of one module: its mapping, its settings and what it meets in Xero."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from xtiger.engine.workbench.contact_name import NAME_ROLE
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.errors import MappingMissing, UnknownModule
from xtiger.hookspecs import SyncModule
from xtiger.mapping.convert import BoundRow, bind
from xtiger.mapping.documents.receipts import receipt_accounts, receipt_rows
from xtiger.mapping.matching.rule_text import rules_of
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings, Row
from xtiger.model.matching.match_rules import MatchRule
from xtiger.model.plans import Cause
from xtiger.model.records import Module
from xtiger.model.setting_keys import credit_notes, credits_of_invoices, start_answers
from xtiger.model.start_answers import StartAnswers
from xtiger.ports.store import ConnectionStore, LinkStore, MappingStore, SettingStore
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import PERSON_PARTS
from xtiger.rules.kinds import DocumentType, KindTraits, nature
from xtiger.rules.permissions import may_read


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
    #: The same module for its records that meet another kind: contacts without organisation, and
    #: receipts where they have an account.
    alone: Scope | None = None
    #: The kind of that part where the connection may not read it: its records wait.
    unread: str = ""
    #: The same module for its records that are another kind of document.
    others: tuple[Scope, ...] = ()
    #: Stands for the CRM in the keys of its records.
    mark: str = ""
    #: From when on, as what, and whom: the connection's answers.
    start: StartAnswers = field(default_factory=StartAnswers)
    #: Which document the record at hand is; None for kinds that are but one, and for all at once.
    document: DocumentType | None = None

    def of(self, document: DocumentType) -> Scope:
        """This scope for the records that are one document: without the fields that it lacks."""
        rows = tuple(row for row in self.rows if row.xero.path not in document.without)
        return replace(self, rows=rows, document=document)

    @property
    def buys(self) -> bool:
        """Whether the record at hand is a document of a supplier."""
        return self.document is not None and not self.document.sells

    @property
    def gives_back(self) -> bool:
        """Whether its records are credit notes."""
        return self.traits.gives_back

    @property
    def numbered(self) -> bool:
        """Whether Xero takes the number of the record at hand once."""
        return self.document is None or self.document.numbered

    @property
    def parts(self) -> tuple[Scope, ...]:
        """This scope, the one of its records without parent, and those of other kinds."""
        return (self, *((self.alone,) if self.alone is not None else ()), *self.others)

    def part(self, kind: str) -> Scope:
        """The part whose records meet this kind; the usual one where none does."""
        return next((part for part in self.parts if part.kind == kind), self)

    @property
    def name(self) -> str:
        """The module's name."""
        return self.sync.name

    @property
    def shown(self) -> str:
        """What people call its records in the proof: receipts are no invoices."""
        return self.traits.types[0].plural if self.traits.is_money else self.name

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

    @property
    def match_rules(self) -> tuple[MatchRule, ...]:
        """How its new records find their partner, in their order."""
        return rules_of(self.settings.matching, self.kind)

    def names(self) -> dict[str, set[str]]:
        """The key of each row of all parts → the words for its field, of the CRM and of Xero."""
        rows = [row for part in self.parts for row in part.rows]
        found: dict[str, set[str]] = {}
        for row in rows:
            words = (row.key, row.xero.path, row.crm.name, row.crm.role or "")
            found.setdefault(row.key, set()).update(word for word in words if word)
        return found

    def carries(self, way: str) -> bool:
        """Whether records travel this way: by the release and by the settings."""
        if way not in self.sync.directions:
            return False
        return self.settings.to_xero() if way == "to_xero" else self.settings.to_crm()

    @property
    def reads_only(self) -> bool:
        """Whether nothing may be sent to Xero, whatever the module's switches say."""
        return self.start.mode == "read_only"

    def switched_off(self, code: Literal["create_off", "update_off"]) -> Cause:
        """Why what a switch forbids is left out: the switch, or that the connection only reads."""
        if self.reads_only:
            return cause_of("read_only")
        if code == "create_off":
            return cause_of("create_off", module=self.name)
        return cause_of("update_off", module=self.name)

    def option(self, name: str, default: Any = None) -> Any:
        """One option of the mapping."""
        return self.mapping.options.get(name, default)


def as_allowed(settings: ModuleSettings, start: StartAnswers) -> ModuleSettings:
    """The settings of a module; of a connection that only reads without what writes in Xero."""
    if start.mode == "active":
        return settings
    return replace(settings, create_in_xero=False, update_in_xero=False, delete_in_xero=False)


def readable_parts(scope: Scope, granted: Collection[str]) -> Scope:
    """The module without the part that the connection may not read: its records wait."""
    if scope.alone is None or may_read(scope.alone.kind, granted):
        return scope
    return replace(scope, alone=None, unread=scope.alone.kind)


class ScopeStore(SettingStore, ConnectionStore, MappingStore, LinkStore, Protocol):
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
    chosen = store.all_module_settings(connection_id, known)
    mappings = store.newest_mappings(connection_id)
    for sync in offered:
        if sync.name not in known or (wanted and sync.name not in wanted):
            continue
        settings = as_allowed(chosen[sync.name], start)
        if not settings.enabled and not wanted:
            continue
        if (mapping := mappings.get(sync.name)) is None:
            raise MappingMissing(sync.name, _one_of_several(store, connection_id))
        stable = host.host.caps.stable_line_ids
        made = _scope(sync, described[sync.name], mapping, settings, stable)
        alone = (
            replace(made.alone, mark=mark, start=_start(made.alone, start)) if made.alone else None
        )
        others = tuple(
            replace(_other(made, kind), mark=mark, start=start)
            for kind in _kinds(store, connection_id, sync, mapping)
        )
        scopes.append(replace(made, mark=mark, start=start, alone=alone, others=others))
    return tuple(scopes)


def _start(scope: Scope, start: StartAnswers) -> StartAnswers:
    """The answers as they concern a part: receipts have no drafts, the judge holds them back."""
    return replace(start, arrive="as_crm") if scope.traits.is_money else start


def wanted_kinds(store: ScopeStore, connection_id: str, sync: SyncModule) -> tuple[str, ...]:
    """What records of a module may be besides: by its option, by a person, or some are."""
    mapping = store.mapping(connection_id, sync.name) if sync.other_kinds else None
    return () if mapping is None else _kinds(store, connection_id, sync, mapping)


def _kinds(
    store: ScopeStore, connection_id: str, sync: SyncModule, mapping: FieldMapping
) -> tuple[str, ...]:
    return tuple(
        kind
        for kind in sync.other_kinds
        if mapping.options.get(nature(kind).option)
        or store.settings_like(credit_notes(connection_id, sync.name))
        or store.settings_like(credits_of_invoices(connection_id, sync.name))
        or store.links_by_xero(connection_id, kind)
    )


def _other(made: Scope, kind: str) -> Scope:
    """The scope of a module for its records that are another kind, with the fields that it has."""
    numbers = {made.traits.number_field: nature(kind).number_field}
    rows = [replace(row, xero=numbers.get(row.xero, row.xero)) for row in made.mapping.rows]
    own = replace(made.sync, kind=kind, alone_kind="", other_kinds=())
    bound = bind(rows, made.module, kind)
    return Scope(own, made.module, made.mapping, made.settings, bound, made.stable_lines)


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
    if nature(own.kind).is_money:
        receipts = None
        if receipt_accounts(mapping.options):
            bound = bind(tuple(receipt_rows(mapping.rows)), module, own.kind)
            receipts = Scope(own, module, mapping, settings, bound, stable)
        return Scope(sync, module, mapping, settings, rows, stable, receipts)
    named = Row(NAME_ROLE, "Name", direction="to_xero", keep_when_empty=True)
    alone = bind((named, *mapping.rows), module, own.kind)
    # A person has fewer fields than a contact of its own; both are mapped in one place. Whose
    # person it is goes without saying, whatever is mapped.
    parent = bind(
        (Row("contact.organisation", "ContactID", keep_when_empty=True),), module, sync.kind
    )
    listed = (*parent, *(row for row in rows if row.xero.path in PERSON_PARTS))
    of_persons = Scope(own, module, mapping, settings, alone, stable)
    return Scope(sync, module, mapping, settings, listed, stable, of_persons)
