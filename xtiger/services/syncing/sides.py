"""What runs go between, and which modules webhooks concern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xtiger.engine.cycle.webhook_sync import NamedModules
from xtiger.engine.workbench.scope import Scope, wanted_kinds
from xtiger.engine.workbench.workbench import Workbench
from xtiger.extensions.hook_caller import Dispatcher
from xtiger.hookspecs import Hold
from xtiger.model.connections import Connection
from xtiger.model.log.keep_times import KeepTimes
from xtiger.model.plans import Item, Plan
from xtiger.ports import Clock, Host, Store, Xero
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import LISTED


def nothing() -> None:
    """No lease to keep: a plan takes none."""


def silent(_module: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


#: Makes the plan of a run.
MakePlan = Callable[[Workbench], Plan]


@dataclass(frozen=True, slots=True)
class Sides:
    """What a run goes between: the CRM, the store, Xero and the time."""

    host: Host
    store: Store
    clock: Clock
    open_xero: Callable[[Connection, str | None, Callable[[], None], datetime | None], Xero]
    #: How long the log keeps its rows.
    keep_log: KeepTimes = field(default_factory=KeepTimes)


def named_modules(sides: Sides, dispatcher: Dispatcher, connection: Connection) -> NamedModules:
    """The enabled modules that the CRM has, as webhooks concern them."""
    with sides.host.tenant(connection.tenant):
        described = {module.name for module in sides.host.modules()}
    store = sides.store
    offered = dispatcher.sync_modules(connection.id)
    chosen = store.all_module_settings(connection.id, [*(sync.name for sync in offered), *LISTED])
    enabled = tuple(
        sync for sync in offered if sync.name in described and chosen[sync.name].enabled
    )
    return NamedModules(
        enabled,
        frozenset(name for name in LISTED if chosen[name].enabled),
        {sync.name: wanted_kinds(store, connection.id, sync) for sync in enabled},
    )


def read_only(scopes: Sequence[Scope], item: Item) -> Hold | None:
    """Hold what would be sent for a connection that only reads, though no plan should have it."""
    sends = (item.to_xero, item.allocation, item.credit) != (None, None, None) or bool(item.freed)
    only_reads = sends and any(scope.reads_only for scope in scopes)
    return Hold(cause_of("read_only")) if only_reads else None
