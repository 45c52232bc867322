"""The context that extensions get with each hook call: the library without its inner parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from xtiger.model import setting_keys
from xtiger.model.calls import CallsLeft
from xtiger.model.conflicts import described
from xtiger.model.runs import Sent, Trigger
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.services.agreements import Agreements
from xtiger.services.conflicts import Conflicts
from xtiger.services.customers.notices import Notices
from xtiger.services.mailing.mails import Mails
from xtiger.services.proof import Proof
from xtiger.services.sentences import Sentences
from xtiger.services.sync import Sync
from xtiger.services.syncing.holds import Holds
from xtiger.services.syncing.service import Service
from xtiger.xero.budget import outlook

if TYPE_CHECKING:
    from xtiger.model.asked_sync import Direction, KeptProof
    from xtiger.model.chart_of_accounts import Account, TaxRate
    from xtiger.model.conflicts import DescribedConflict
    from xtiger.model.connections import Connection
    from xtiger.model.customers.notices import Notice
    from xtiger.model.links import Link
    from xtiger.model.mailing.letters import MailedReport
    from xtiger.model.plans import Face
    from xtiger.model.records import Ref
    from xtiger.model.runs import Outcome, OutcomeFilters, Run
    from xtiger.model.starting.service import ServiceState
    from xtiger.model.values import Plain
    from xtiger.ports import Clock, Host
    from xtiger.ports.database import Database
    from xtiger.services.parts import Parts


class AppContext:
    """A Context over the running library."""

    def __init__(
        self,
        parts: Parts,
        extension: str | None = None,
        signal: StopSignal = NO_STOP,
        by: str = "",
    ) -> None:
        """`parts` are bound to the tenant whose context this is; to none for an extension's life.

        `signal` may end early what is asked for through this context; `by` is the person who asks.
        """
        self._parts, self._extension, self._signal, self._by = parts, extension, signal, by
        self._holds = Holds()

    def for_extension(self, name: str) -> AppContext:
        """The same library as one extension may see it: only connections it is enabled for."""
        return self._with(AppContext(self._parts, name, self._signal, self._by))

    def for_tenant(self, tenant: str) -> AppContext:
        """The context of one tenant; raises TenantCrossed when this is another tenant's."""
        # Holds are a tenant's own.
        parts = self._parts.for_tenant(tenant)
        return AppContext(parts, self._extension, self._signal, self._by)

    def asked_by(self, name: str) -> AppContext:
        """The same for what this person asked for: the log says so of each run it begins."""
        return self._with(AppContext(self._parts, self._extension, self._signal, name))

    @property
    def by(self) -> str:
        """Who asked for what is done; "" for nobody."""
        return self._by

    def _with(self, other: AppContext) -> AppContext:
        """The other one, which knows of holds what this one knows."""
        other._holds = self._holds
        return other

    @property
    def tenant(self) -> str:
        """The tenant that this context is for; raises TenantMissing in an extension's life."""
        return self._parts.tenant()

    def tenants(self) -> Sequence[str]:
        """The tenant of this context; in the hooks of an extension's life all tenants."""
        return self._parts.tenants()

    @property
    def host(self) -> Host:
        """The CRM."""
        return self._parts.host

    @property
    def clock(self) -> Clock:
        """Time and random ids."""
        return self._parts.clock

    @property
    def database(self) -> Database:
        """The store's database: `writing()` and `reading()` join the store's transaction."""
        return self._parts.extension_tables

    @property
    def locale(self) -> str:
        """en, de or fr."""
        return self._parts.settings.locale

    def connections(self) -> Sequence[Connection]:
        """The connections that the asking extension is enabled for, oldest first."""
        found = self._parts.connections()
        name = self._extension
        if name is None:
            return found
        return [c for c in found if self._parts.extensions.enabled(name, c.id)]

    def module_order(self) -> Sequence[str]:
        """Module names, parents before children."""
        return [sync.name for sync in self._parts.modules()]

    def sync_records(
        self, connection_id: str, module: str, ids: Sequence[str], trigger: Trigger = "save"
    ) -> Sequence[Outcome]:
        """Sync exactly these CRM records now."""
        return Sync(self._parts).records(
            module, ids, connection_id, trigger=trigger, signal=self._signal, by=self._by
        )

    def send(
        self,
        connection_id: str,
        module: str,
        ids: Sequence[str],
        until: datetime,
        *,
        anew: bool = False,
    ) -> Sent:
        """Sync these CRM records at a person's word; what would have to wait goes on later.

        A connection that is not set up yet stops no other; alone it says what it lacks.
        """
        store, others = self._parts.store, [c for c in self.connections() if c.state == "active"]
        mapped = {one.id for one in others if store.mapping(one.id, module) is not None}
        if mapped and connection_id not in mapped:
            return Sent()
        sync, by = Sync(self._parts), self._by
        return sync.send(module, ids, connection_id, until=until, by=by, anew=anew)

    def sync_all(
        self,
        connection_id: str,
        modules: Sequence[str] = (),
        trigger: Trigger = "schedule",
        direction: Direction = "",
    ) -> Run:
        """Sync everything of these modules, or (none named) of all that are on."""
        return Sync(self._parts).run(
            modules,
            connection_id,
            trigger=trigger,
            signal=self._signal,
            direction=direction,
            by=self._by,
        )

    def prove(self, connection_id: str, modules: Sequence[str] = ()) -> Run:
        """Compare both sides of these modules, or of all that are on, and change nothing."""
        return Proof(self._parts).run(connection_id, modules)

    def proof(self, connection_id: str) -> KeptProof | None:
        """What the last prove() of a connection found to differ; None before the first."""
        return Proof(self._parts).last(connection_id) if self._knows(connection_id) else None

    def synced_modules(self, connection_id: str) -> Sequence[str]:
        """The modules that a sync takes when none is named, parents first."""
        with self._parts.host.tenant(self._parts.connection(connection_id).tenant):
            described = {module.name for module in self._parts.host.modules()}
        store = self._parts.store
        return [
            sync.name
            for sync in self._parts.modules(connection_id)
            if sync.name in described and store.module_settings(connection_id, sync.name).enabled
        ]

    def calls_left(self, connection_id: str) -> CallsLeft | None:
        """What is left of the day's calls; None before Xero's first answer of a day."""
        if not self._knows(connection_id):
            return None
        tier, now = self._parts.settings.xero_tier, self._parts.clock.now()
        kept = self._parts.store.update_state(
            setting_keys.limits(connection_id), lambda state: (state, state)
        )
        found = outlook(kept, now, tier=tier)
        return CallsLeft(found.day_calls, found.left, found.resets_at) if found else None

    def service(self) -> ServiceState:
        """What works in the background: what was chosen, what looked last, and whether it runs."""
        return Service(self._parts).state()

    def stopping(self) -> bool:
        """Whether the process that works here was asked to end."""
        return self._signal.stopping()

    def forget_changes(self, connection_id: str, module: str, ids: Sequence[str]) -> int:
        """Take the marks of these CRM records away; returns how many waited."""
        store, wanted = self._parts.store, set(ids) if self._knows(connection_id) else set()
        keys = [k for k in store.dirty(connection_id, "crm", module) if k.id in wanted]
        store.clean(connection_id, [(k.side, k.type, k.id, k.generation) for k in keys])
        return len(keys)

    def outcomes(
        self, *, connection_id: str | None = None, **filters: Unpack[OutcomeFilters]
    ) -> Sequence[Outcome]:
        """Outcomes, newest first."""
        return Sync(self._parts).outcomes(connection_id=connection_id, **filters)

    def mails_of(self, outcomes: Sequence[Outcome]) -> Mapping[int, Sequence[MailedReport]]:
        """Id of an outcome → the reports by mail that tell of it; without those of none."""
        return Mails(self._parts).of(outcomes)

    def broken_log_row(self) -> int | None:
        """The number of the first row of the log that somebody changed; None when it is whole."""
        return self._parts.store.broken_audit_row()

    def runs(self, connection_id: str | None = None, limit: int = 20) -> Sequence[Run]:
        """Runs, newest first."""
        return Sync(self._parts).runs(limit, connection_id)

    def accounts(self, connection_id: str) -> Sequence[Account]:
        """The chart of accounts as last read."""
        return self._parts.store.accounts(connection_id) if self._knows(connection_id) else ()

    def tax_rates(self, connection_id: str) -> Sequence[TaxRate]:
        """The tax rates as last read."""
        return self._parts.store.tax_rates(connection_id) if self._knows(connection_id) else ()

    def read_settings(self, connection_id: str) -> None:
        """Read Xero's accounts, tax rates and currencies now."""
        Sync(self._parts).read_settings(connection_id)

    def options(self, connection_id: str) -> Mapping[str, Mapping[str, Plain]]:
        """Module → the options of its mapping; those that are saved."""
        if not self._knows(connection_id):
            return {}
        found = {
            one.name: self._parts.store.mapping(connection_id, one.name)
            for one in self._parts.modules(connection_id)
        }
        return {name: one.options for name, one in found.items() if one is not None}

    def set_value(self, ref: Ref, role: str, value: str) -> None:
        """Set one field of a record's panel, as a person does there."""
        # The panels call extensions, which get this context.
        from xtiger.services.panels import Panels

        Panels(self._parts).set_value(ref.module, ref.id, role, value)

    def links(self, connection_id: str, module: str, ids: Sequence[str]) -> Mapping[str, Link]:
        """CRM id → what it is linked with in Xero; those of these records that are linked."""
        if not self._knows(connection_id):
            return {}
        return self._parts.store.links_by_crm(connection_id, module, ids)

    def links_of(self, connection_id: str, refs: Collection[Ref]) -> Mapping[Ref, Link]:
        """CRM record → what it is linked with in Xero, of any modules, in one statement."""
        if not self._knows(connection_id):
            return {}
        return self._parts.store.links_of(connection_id, refs)

    def waiting(self, connection_id: str) -> Mapping[str, int]:
        """Module → number of changes that wait."""
        if not self._knows(connection_id):
            return {}
        store = self._parts.store
        counts = {
            name: len(store.dirty(connection_id, "crm", name)) for name in self.module_order()
        }
        return {name: count for name, count in counts.items() if count}

    def conflicts(self, connection_id: str) -> Sequence[DescribedConflict]:
        """What waits for a person's decision, as plain values."""
        found = Conflicts(self._parts).all(connection_id)
        return [
            described(one, Sentences(self._parts).cause(one.cause, "data", one)) for one in found
        ]

    def needs(self, connection_id: str) -> Sequence[Outcome]:
        """The last outcome of each record that waits for a person, newest first."""
        found = Agreements(self._parts).records("needs_you", connection_id)
        return [one.outcome for one in found if one.outcome is not None]

    def notices(self, limit: int = 100, offset: int = 0) -> Sequence[Notice]:
        """Notices of invoices that were delivered, newest first."""
        return Notices(self._parts).all(limit=limit, offset=offset)

    def sentence(self, outcome: Outcome, face: Face = "data") -> tuple[str, str]:
        """(what happened and why, what to do next) of an outcome, as `face` tells it."""
        return Sentences(self._parts).cause(outcome.cause, face, outcome)

    def terms_accepted(self) -> bool:
        """Whether somebody accepted the terms."""
        return self._parts.terms_accepted()

    def hold_of(self, module: str, crm_id: str) -> str:
        """The reason of a hold that a person set on a record, as it was a few seconds ago."""
        return self._holds.reason(self._parts, setting_keys.hold(module, crm_id))

    def hold(self, module: str, crm_id: str, reason: str) -> None:
        """Keep a record of the tenant from being sent by any run, until the reason is ""."""
        Sync(self._parts).hold(module, crm_id, reason)
        self._holds.forget()

    def _knows(self, connection_id: str) -> bool:
        """Whether the tenant has this connection: another tenant's is as one that never was."""
        found = self._parts.store.connection(connection_id)
        return found is not None and found.tenant == self.tenant

    def note_tenant(self, tenant: str, event: str) -> None:
        """Write into the installation's record that a tenant was added or removed."""
        own = self._parts.for_tenant(tenant)
        own.store.save_own_setting(
            tenant, setting_keys.TENANT_EVENT, {"event": event, "at": self.now()}
        )

    def now(self) -> datetime:
        """The aware moment in UTC."""
        return self._parts.clock.now()
