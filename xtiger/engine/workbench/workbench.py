"""The workbench of a run: what every part of the engine works with, given from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xtiger.engine.workbench.elements import element_reader
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.engine.workbench.scope import Scope
from xtiger.hookspecs import Converter, SyncModule
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.asked_sync import Direction
from xtiger.model.chart_of_accounts import TaxNews
from xtiger.model.connections import Connection
from xtiger.model.plans import Cause
from xtiger.model.privacy.marks import Marks, mark
from xtiger.model.records import Module, Record, Ref, Tax, XeroRef
from xtiger.model.runs import Outcome
from xtiger.model.setting_keys import SettingKey, all_recreated, recreated
from xtiger.ports import Clock, Store, Xero

#: The count of what was read and has no outcome, since it is only listed.
READ = "read"
#: (module, records done, records in all)
Progress = Callable[[str, int, int], None]


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
    #: Xero records that recovery found removed on both sides, as an earlier run wanted it.
    removed: set[XeroRef] = field(default_factory=set)
    #: Xero records that recovery linked, since an earlier run made it and no answer came.
    found: set[XeroRef] = field(default_factory=set)
    #: The CRM records that a person decided a conflict of.
    decided: set[Ref] = field(default_factory=set)
    #: The permissions given at Xero; empty where they are not known.
    granted: frozenset[str] = frozenset()
    #: The CRM records that a person asked for: what Xero refused is sent again.
    asked: frozenset[Ref] = frozenset()
    #: The CRM records that somebody saved since the last look: each gets a row of the log.
    saved: set[Ref] = field(default_factory=set)
    #: Xero ids of the credit notes that this run has set against an invoice.
    set_against: set[str] = field(default_factory=set)
    #: Whether a person waits for this: then what holds something is read again at once.
    by_person: bool = True
    #: Which way alone this run moves records; "" for both.
    direction: Direction = ""
    #: Lists of Xero's settings that this run has read.
    settings_read: set[str] = field(default_factory=set)
    #: Module that only lists → how many elements this run has read of it.
    listed: dict[str, int] = field(default_factory=dict)
    #: Rates of Xero that this run takes into the CRM's taxes before it writes anything else.
    taxes_coming: tuple[TaxNews, ...] = ()
    #: False for a plan that is only shown: then a create that a run left open is not finished.
    writes: bool = True
    #: False where what is planned was read by id just now: then no feed is read for it again.
    reads_feeds: bool = True

    _undone: frozenset[Ref | XeroRef] | None = None
    _marks: Marks | None = None
    _made_again: Mapping[SettingKey, Any] | None = None

    @property
    def erased(self) -> Marks:
        """By what erased persons are known again; nothing of theirs is stored."""
        if self._marks is None:
            self._marks = self.store.marks(self.connection.tenant)
        return self._marks

    def know_again(self, type: str, ids: Iterable[str], mail: str) -> None:
        """Know new records of an erased person by their ids, too: of `mail` there is a mark."""
        digests = [mark(self.erased.key, "record", type, one) for one in ids]
        self.store.widen_marks(self.connection.tenant, self.erased.mail(mail), digests)
        self._marks = None

    def recreated(self) -> Mapping[SettingKey, Any]:
        """How often a person had deleted CRM records made anew, by the name of its setting."""
        if self._made_again is None:
            self._made_again = self.store.settings_like(all_recreated(self.connection_id))
        return self._made_again

    def count_again(self, kind: str, xero_id: str) -> None:
        """Make a CRM record anew under a key of its own; call it before it is written."""
        key = recreated(self.connection_id, kind, xero_id)
        self.store.save_setting(key, int(self.store.setting(key) or 0) + 1)
        self._made_again = None

    def is_undone(self, ref: Ref | None, there: XeroRef | None) -> bool:
        """Whether something of a record was taken back and nobody released it since."""
        if self._undone is None:
            found: set[Ref | XeroRef] = set()
            for hold in self.store.undo_holds(self.connection_id):
                found |= {Ref(hold.module, hold.crm_id)} if hold.crm_id else set()
                found |= {XeroRef(hold.kind, hold.xero_id)} if hold.xero_id else set()
            self._undone = frozenset(found)
        return ref in self._undone or there in self._undone

    def counts(self, outcomes: Sequence[Outcome]) -> Mapping[str, Mapping[str, int]]:
        """Module → result → count; of what is only listed how many were read."""
        return {**counted(outcomes), **{name: {READ: n} for name, n in self.listed.items()}}

    @property
    def connection_id(self) -> str:
        """The connection's id."""
        return self.connection.id

    def crm_taxes(self) -> Sequence[Tax]:
        """The CRM's taxes as they are once those that come are there."""
        own = {tax.id: tax for tax in self.host.taxes()}
        for news in self.taxes_coming:
            tax = Tax(news.id, news.name, news.percent)
            own[news.id or f"new {news.name}"] = tax
        return tuple(own.values())

    def reader(self, kind: str) -> ElementReader:
        """What loads elements of a kind, with the chart of accounts as last read."""
        return element_reader(self.store, self.connection_id, kind)

    def scope(self, module: str) -> Scope | None:
        """The scope of a module in this run."""
        return next((scope for scope in self.scopes if scope.name == module), None)


def counted(outcomes: Sequence[Outcome]) -> Mapping[str, Mapping[str, int]]:
    """Module → result → count."""
    counts: dict[str, dict[str, int]] = {}
    for outcome in outcomes:
        module = counts.setdefault(outcome.module, {})
        module[outcome.result] = module.get(outcome.result, 0) + 1
    return counts
