"""The workbench of a run: what every part of the engine works with, given from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from xtiger.engine.workbench.contact_name import NAME_ROLE, with_name, with_name_field
from xtiger.errors import MappingMissing, UnknownModule
from xtiger.hookspecs import Converter, SyncModule
from xtiger.mapping.convert import BoundRow, bind
from xtiger.model.links import Connection
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings, Row
from xtiger.model.plans import Cause, Outcome
from xtiger.model.records import Module, OutboxRow, Page, Record, Ref, Result, Tax, Write
from xtiger.ports import Clock, Host, Store, Xero
from xtiger.rules.contact_persons import PERSON_PARTS

#: (module, records done, records in all)
Progress = Callable[[str, int, int], None]


class HostDoor:
    """The host as a run calls it: in parts that it takes, writes marked as ours.

    It is guarded already: what an adapter raises or answers wrongly arrives as BrokenHost.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self._modules: dict[str, Module] | None = None

    def modules(self) -> Sequence[Module]:
        """Host.modules; contacts have a full name, too."""
        return [with_name_field(module) for module in self.host.modules()]

    def _described(self, module: str) -> Module | None:
        """As described when the run began: names and roles are read for every record."""
        if self._modules is None:
            self._modules = {one.name: one for one in self.host.modules()}
        return self._modules.get(module)

    def get(self, module: str, ids: Sequence[str]) -> dict[str, Record]:
        """Host.get in parts that the host takes."""
        found: dict[str, Record] = {}
        step = max(1, self.host.caps.max_batch)
        for start in range(0, len(ids), step):
            found.update(self.host.get(module, ids[start : start + step]))
        described = self._described(module)
        return {key: with_name(described, record) for key, record in found.items()}

    def changed_since(self, module: str, cursor: str | None) -> Page:
        """Host.changed_since."""
        page, described = self.host.changed_since(module, cursor), self._described(module)
        return replace(page, records=tuple(with_name(described, one) for one in page.records))

    def save(self, module: str, writes: Sequence[Write]) -> Sequence[Result]:
        """Host.save with origin xero."""
        return self.host.save(module, writes, origin="xero")

    def find(self, module: str, field: str, value: str, limit: int) -> Sequence[Record]:
        """Host.find."""
        return self.host.find(module, field, value, limit)

    def delete(self, module: str, ids: Sequence[str]) -> Sequence[Result]:
        """Host.delete with origin xero."""
        return self.host.delete(module, ids, origin="xero")

    def outbox(self, now: datetime) -> Sequence[OutboxRow]:
        """Host.outbox."""
        return self.host.outbox(now)

    def outbox_done(self, rows: Sequence[OutboxRow]) -> None:
        """Host.outbox_done."""
        self.host.outbox_done(rows)

    def url(self, ref: Ref) -> str | None:
        """Host.url."""
        return self.host.url(ref)

    def taxes(self) -> Sequence[Tax]:
        """Host.taxes."""
        return self.host.taxes()


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

    def carries(self, way: str) -> bool:
        """Whether records travel this way: by the release and by the settings."""
        if way not in self.sync.directions:
            return False
        return self.settings.to_xero() if way == "to_xero" else self.settings.to_crm()

    def option(self, name: str, default: Any = None) -> Any:
        """One option of the mapping."""
        return self.mapping.options.get(name, default)


@dataclass(slots=True)
class Workbench:
    """Everything a run needs, and the numbers it collects."""

    connection: Connection
    host: HostDoor
    store: Store
    xero: Xero
    clock: Clock
    scopes: tuple[Scope, ...]
    #: Every module that extensions offer, parents first; more than the run's own.
    offered: tuple[SyncModule, ...] = ()
    #: Name → converter that a mapping row may name (field_converters hook).
    converters: Mapping[str, Converter] = field(default_factory=dict)
    progress: Progress = field(default=lambda _module, _done, _total: None)
    #: Stands for the CRM in the keys of its records in Xero.
    mark: str = ""
    #: Called before an item is sent; a cause holds it (before_push hook).
    before_push: Callable[[Any], Any] = field(default=lambda _item: None)
    #: Called for each stored outcome (after_outcome hook).
    after_outcome: Callable[[Outcome], None] = field(default=lambda _outcome: None)
    #: Called before each batch and page of a long run: prolongs the run's lease, raises RunBusy
    #: when another run has taken over.
    keep_alive: Callable[[], None] = field(default=lambda: None)
    #: (module, its description, records not linked here) → CRM id → why a record belongs to
    #: another connection of the tenant; nothing does where there is only one.
    routed: Callable[[SyncModule, Module, Sequence[Record]], Mapping[str, Cause]] = field(
        default=lambda _sync, _module, _records: {}
    )
    #: Why new contacts and items of this connection do not become CRM records; None when they do.
    not_master: Cause | None = None
    #: (kind, Xero id) of what recovery found removed on both sides, as an earlier run wanted it.
    removed: set[tuple[str, str]] = field(default_factory=set)
    #: (kind, Xero id) of what recovery linked, since an earlier run made it and heard no answer.
    found: set[tuple[str, str]] = field(default_factory=set)
    #: (module, CRM id) of the records that a person decided a conflict of.
    decided: set[tuple[str, str]] = field(default_factory=set)
    #: The permissions given at Xero; empty where they are not known.
    granted: frozenset[str] = frozenset()
    #: (module, CRM id) of the records that a person asked for: what Xero refused is sent again.
    asked: frozenset[tuple[str, str]] = frozenset()
    #: Whether a person waits for this: then what holds something is read again at once.
    by_person: bool = True
    #: Lists of Xero's settings that this run has read.
    settings_read: set[str] = field(default_factory=set)
    #: False for a plan that is only shown: then a create that a run left open is not finished.
    writes: bool = True
    #: False where what is planned was read by id just now: then no feed is read for it again.
    reads_feeds: bool = True

    _made_again: Mapping[str, Any] | None = None

    def made_again(self) -> Mapping[str, Any]:
        """How often a person had deleted CRM records made anew, by the name of its setting."""
        if self._made_again is None:
            self._made_again = self.store.settings_like(f"made_again:{self.connection_id}:")
        return self._made_again

    @property
    def connection_id(self) -> str:
        """The connection's id."""
        return self.connection.id

    def scope(self, module: str) -> Scope | None:
        """The scope of a module in this run."""
        return next((scope for scope in self.scopes if scope.name == module), None)


def make_scopes(
    store: Store, host: HostDoor, connection_id: str,
    offered: Sequence[SyncModule], wanted: Sequence[str] = (), mark: str = "",
) -> tuple[Scope, ...]:  # fmt: skip
    """The scopes of the wanted modules (none named: all enabled), parents first.

    Raises UnknownModule for a name that is not offered or that the host does not describe,
    MappingMissing when nothing is saved for a module.
    """
    described = {module.name: module for module in host.modules()}
    known = [sync.name for sync in offered if sync.name in described]
    for name in wanted:
        if name not in known:
            raise UnknownModule(name, known)
    scopes = []
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
        alone = replace(made.alone, mark=mark) if made.alone else None
        scopes.append(replace(made, mark=mark, alone=alone))
    return tuple(scopes)


def _one_of_several(store: Store, connection_id: str) -> str:
    """The name of a connection where its tenant has others, too; else ""."""
    own = store.connection(connection_id)
    several = own is not None and len(store.connections(own.tenant)) > 1
    return own.name if own is not None and several else ""


def _scope(
    sync: SyncModule, module: Module, mapping: FieldMapping, settings: ModuleSettings,
    stable: bool,
) -> Scope:  # fmt: skip
    rows = bind(mapping.rows, module, sync.kind)
    if not sync.alone_kind:
        return Scope(sync, module, mapping, settings, rows, stable)
    own = replace(sync, kind=sync.alone_kind, alone_kind="")
    named = Row(NAME_ROLE, "Name", direction="to_xero", keep_when_empty=True)
    alone = bind((named, *mapping.rows), module, own.kind)
    # A person has fewer fields than a contact of its own; both are mapped in one place. Whose
    # person it is goes without saying, whatever is mapped.
    parent = bind((Row("contact.organisation", "ContactID", keep_when_empty=True),), module,
                  sync.kind)  # fmt: skip
    listed = (*parent, *(row for row in rows if row.xero.path in PERSON_PARTS))
    by_itself = Scope(own, module, mapping, settings, alone, stable)
    return Scope(sync, module, mapping, settings, listed, stable, by_itself)


def counted(outcomes: Sequence[Outcome]) -> Mapping[str, Mapping[str, int]]:
    """Module → result → count."""
    counts: dict[str, dict[str, int]] = {}
    for outcome in outcomes:
        module = counts.setdefault(outcome.module, {})
        module[outcome.result] = module.get(outcome.result, 0) + 1
    return counts
