"""Delivers notices after each run and tick, and finds invoices that are overdue since yesterday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from xtiger.model import setting_keys
from xtiger.model.customers.notices import Notice
from xtiger.model.records import Ref
from xtiger.rules.customers.document_money import INVOICES
from xtiger.rules.customers.notices import NOTICES, wanted_events
from xtiger.services.outside.writing import write_notice
from xtiger.services.syncing.first_sync import FirstSync

if TYPE_CHECKING:
    from xtiger.extensions.hook_caller import Dispatcher
    from xtiger.model.connections import Connection
    from xtiger.ports import Clock, Context, Store

#: Notices of one connection that are delivered at a time.
_AT_ONCE: Final = 500
#: A process that delivers and does not end within this time has died.
_LEASE_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class NoticeDelivery:
    """Calls the hook `notice` with what waits in a connection.

    One process at a time does it. A notice is marked before the hook is called and after it, so
    that it is delivered once; where the process dies in between, once more, and says so.
    """

    store: Store
    clock: Clock
    dispatcher: Dispatcher
    context: Callable[[str], Context]

    def deliver(self, connection: Connection) -> None:
        """Find what is overdue, and deliver all that waits; not before the first sync is over."""
        if not FirstSync(self.store).is_over(connection.id):
            return
        self._find_overdue(connection)
        if not self.store.waiting_notices(connection.id, 1):
            return
        lease, holder = setting_keys.notice_lease(connection.id), self.clock.new_id()
        fence = self.store.acquire_lease(lease, holder, _LEASE_SECONDS, self.clock.now())
        if fence is None:
            return  # another process delivers them
        try:
            while waiting := self.store.waiting_notices(connection.id, _AT_ONCE):
                for one in waiting:
                    self._deliver(connection, one)
                    self.store.renew_lease(lease, fence, _LEASE_SECONDS, self.clock.now())
        finally:
            self.store.release_lease(lease, fence)

    def _find_overdue(self, connection: Connection) -> None:
        """Once a day; what was due before the first look is no news."""
        key, today = setting_keys.overdue_looked(connection.id), self.clock.now().date()
        kept: Any = self.store.setting(key)
        if isinstance(kept, dict) and kept.get("day") == today:
            return
        since: date = kept["since"] if isinstance(kept, dict) else today
        with self.store.transaction():
            for money in self.store.overdue_money(connection.id, since, today):
                day = money.due_day.isoformat() if money.due_day is not None else ""
                self.store.add_notice(connection.id, "overdue", money, self.clock.now(), day)
            self.store.save_setting(key, {"since": since, "day": today})

    def _deliver(self, connection: Connection, notice: Notice) -> None:
        ref = self._ref(connection, notice)
        if ref is None:
            self.store.end_notice(notice.id, dropped=True)
            return
        self.store.begin_notice(notice.id, ref)
        named = replace(notice, ref=ref)
        self.dispatcher.robust(
            "notice",
            connection.id,
            context=self.context(connection.tenant),
            tenant=connection.tenant,
            connection=connection,
            notice=named,
        )
        with self.store.transaction():
            write_notice(self.store, self.clock, connection.tenant, named)
            self.store.end_notice(notice.id)

    def _ref(self, connection: Connection, notice: Notice) -> Ref | None:
        """The invoice of the CRM; None where it is not linked, or nobody wants this notice."""
        link = self.store.links_by_xero(connection.id, INVOICES, [notice.xero_id]).get(
            notice.xero_id
        )
        if link is None:
            return None
        mapping = self.store.mapping(connection.id, link.module)
        option = mapping.options.get(NOTICES) if mapping is not None else None
        return Ref(link.module, link.crm_id) if notice.event in wanted_events(option) else None
