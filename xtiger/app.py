"""XTiger: the one object that a CRM makes; the doors and the engine meet here."""

# size: the one place that lists what a CRM may ask; each method is a call of a line or two

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, Unpack

from xtiger.db.cipher import open_cipher
from xtiger.db.migration import migrate
from xtiger.db.store import SqlStore
from xtiger.engine.workbench.workbench import Progress
from xtiger.errors import (
    BrokenExtension,
    MappingInvalid,
    SettingInvalid,
    TenantCrossed,
    UnknownModule,
    foreign_reason,
)
from xtiger.extensions.hook_caller import Dispatcher
from xtiger.extensions.manager import CORE, ExtensionManager, LoadedExtension
from xtiger.hookspecs import (
    Converter,
    MenuEntry,
    PageRequest,
    PageSpec,
    RecordAction,
    SyncModule,
    TablePage,
)
from xtiger.hosts.guard import GuardedHost, check_api
from xtiger.i18n.cause_text import About, spoken_cause, spoken_reasons, with_connection
from xtiger.i18n.language import language
from xtiger.i18n.process_log import process_log
from xtiger.mapping.check import mapping_problems
from xtiger.mapping.listing import ListedRecord
from xtiger.mapping.module_settings import problems as setting_problems
from xtiger.model import setting_keys
from xtiger.model.brakes import BrakedPlan
from xtiger.model.connections import Connection
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings, Row
from xtiger.model.plans import Cause, Face, Plan
from xtiger.model.records import Change, Choice, Kind, Module, Ref
from xtiger.model.runs import Outcome, OutcomeFilters, Run, Sent
from xtiger.model.secret import Secret
from xtiger.panels import Panel, checked_values
from xtiger.ports.interrupts import FOREIGN, by_signal
from xtiger.ports.shift import PATIENCE, PLAIN_SHIFT, Shift
from xtiger.ports.system_clock import SystemClock
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.kinds import LISTED
from xtiger.rules.permissions import is_covered
from xtiger.services.conflicts import Solving
from xtiger.services.connections import Connecting, ConsentStart
from xtiger.services.decisions import Decisions
from xtiger.services.due_work import Ticking
from xtiger.services.find_connection import find_connection, find_tenant
from xtiger.services.hook_context import AppContext
from xtiger.services.identities import Identities
from xtiger.services.links import Linking
from xtiger.services.listing import listed_records, switch_listed
from xtiger.services.panels import Panelling
from xtiger.services.proving import prove
from xtiger.services.sending import Sending
from xtiger.services.sync import Syncing, silent
from xtiger.services.webhooks import Webhooks, WebhookState
from xtiger.settings import Settings, load_settings
from xtiger.xero.pool import XeroDoors

if TYPE_CHECKING:
    from datetime import date, datetime

    from xtiger.db.cipher import Cipher
    from xtiger.ports import Clock, Host
    from xtiger.rules.reconciliation import Disagreement, Reconciliation
    from xtiger.xero.oauth import Organisation


class XTiger(Decisions):
    """Keeps the CRM behind `host` and its Xero organisations in agreement.

    Settings come from the argument, else from the environment and the home. Opening it makes
    the home, the database and the key when they are missing; close() lets the database go.
    Raises SettingInvalid, StoreUnavailable and BrokenHost with the next step.
    """

    def __init__(
        self,
        host: Host,
        settings: Settings | None = None,
        clock: Clock | None = None,
        *,
        store: SqlStore | None = None,
    ) -> None:
        #: The CRM; what it raises or answers wrongly is named BrokenHost.
        self.host: Host = GuardedHost(host)
        self._adapter = host
        #: The tenant that this library is bound to; None where the only one is meant.
        self._bound: str | None = None
        check_api(self.host)
        self.settings = settings or load_settings()
        self.clock: Clock = clock or SystemClock()
        cipher = open_cipher(self.settings)
        self.store = store or SqlStore.open(self.settings.database_url, cipher)
        self.store.database.server_time = getattr(self.clock, "machine", False)
        self._doors = XeroDoors(self.settings, self.store, self.clock)
        try:
            self.store.migrate()
            self._start(cipher)
        except BaseException:
            self.close()
            raise

    def _start(self, cipher: Cipher) -> None:
        self._open_extensions()
        self._make_services(cipher)
        self._make_workers()
        if self.store.has_unowned_settings():
            known = self.tenants()
            if len(known) == 1:
                self.store.adopt_settings(known[0])

    def _open_extensions(self) -> None:
        self.extensions = ExtensionManager(
            self.store,
            self.settings.home,
            self.clock,
            self.settings.safe_mode,
            call_lifecycle=self._lifecycle,
        )
        self._dispatcher = Dispatcher(self.extensions.enabled, self._register_new)
        self.extensions.arrived = self._register
        self._start_extensions()

    def _make_services(self, cipher: Cipher) -> None:
        """What carries out one wish of a person or of the CRM each."""
        self.identities = Identities(self.store, self.host, self.clock, self.modules)
        self._syncing = Syncing(
            self.host,
            self.store,
            self.clock,
            self._dispatcher,
            self._doors.open,
            self._context_of,
            self.modules,
            self.converters,
            self.identities,
        )
        self._connecting = Connecting(
            self.settings,
            self.store,
            self.host,
            self.clock,
            cipher,
            self._doors,
            self._connection_changed,
        )
        self._linking = Linking(
            self.store, self.host, self.clock, self.modules, self.identities.require
        )
        self._solving = Solving(self.store, self.host, self.clock, self._syncing)

    def _make_workers(self) -> None:
        """What goes on by itself, at a tick or when Xero calls."""
        self._sending = Sending(
            self.store, self.clock, self._dispatcher, self._syncing, self._context_of
        )
        self._webhooks = Webhooks(self.settings, self.store, self.clock, self._syncing)
        self._ticking = Ticking(
            self.host,
            self.store,
            self.clock,
            self._dispatcher,
            self._syncing,
            self._context_of,
            self.modules,
            self._webhooks,
            self.identities,
            self._sending,
        )

    # --- tenants ---

    def for_tenant(self, tenant: str) -> Self:
        """The same library for one tenant: it knows, shows and changes nothing of the others.

        A CRM of one tenant needs no name; with several, each call of a library without one
        raises TenantMissing. Raises TenantCrossed where this one is another tenant's.
        """
        if tenant == self._bound:
            return self
        if self._bound is not None:
            raise TenantCrossed
        bound = copy(self)
        bound._bound = tenant
        return bound

    @property
    def _panelling(self) -> Panelling:
        return Panelling(self, self._dispatcher, self._sending)

    def tenant(self) -> str:
        """The tenant that is meant: the one named, or the only one; raises TenantMissing."""
        return find_tenant(self.host, self._bound)

    def tenants(self) -> list[str]:
        """All tenants of the CRM, or the one that this library is bound to."""
        return [self._bound] if self._bound is not None else list(self.host.tenants()) or [""]

    def _of(self, tenant: str | None) -> Self:
        """This library, or that of the tenant named."""
        return self if tenant is None else self.for_tenant(tenant)

    # --- extensions ---

    def _start_extensions(self) -> None:
        for extension in self.extensions.load_enabled():
            self._register(extension)
        if not self.extensions.enabled(CORE):
            self.extensions.enable(CORE)
        self._migrate_installed()
        self.extensions.settle()

    def _register(self, extension: LoadedExtension) -> None:
        try:
            self._dispatcher.register(extension)
        except BrokenExtension as error:
            if extension.name == CORE:
                raise
            self.extensions.set_aside(extension.name, error.reason)

    def _register_new(self) -> None:
        """Take in what another process has switched on."""
        for extension in self.extensions.newly_enabled():
            self._register(extension)

    def _lifecycle(self, extension: str, hook: str, /, **arguments: Any) -> Any:
        loaded = {e.name: e for e in self.extensions.loaded()}
        if extension in loaded:
            self._dispatcher.register(loaded[extension])
        if hook in ("post_install", "post_update", "enabled"):
            self._migrate(extension)
        return self._dispatcher.lifecycle(extension, hook, context=self.context(), **arguments)

    def _migrate_installed(self) -> None:
        for name in self.extensions.installed():
            try:
                self._migrate(name)
            # A robust hook call: migrations of strangers may raise anything.
            except FOREIGN as error:
                if by_signal(error):
                    raise
                self._broken(name, "migrations", error)

    def _broken(self, name: str, hook: str, error: BaseException) -> None:
        """Go on without an extension, and say so: once in the log, and in the list."""
        broken = error
        if not isinstance(broken, BrokenExtension):
            broken = BrokenExtension(name, hook, foreign_reason(error))
            broken.__cause__ = error
        process_log("xtiger").error("%s", broken.for_log())
        self.extensions.set_aside(name, broken.reason)

    def _migrate(self, extension: str) -> None:
        """Bring an extension's own tables to the release that runs."""
        found = self._dispatcher.lifecycle(extension, "migrations")
        if found is not None:
            package, _, folder = found.package.rpartition(".")
            migrate(self.store.engine, f"{package}:{folder}", found.version_table)

    def context(self) -> AppContext:
        """What extensions get with each hook call."""
        return AppContext(self)

    def _context_of(self, tenant: str) -> AppContext:
        return AppContext(self.for_tenant(tenant))

    def modules(self, connection_id: str | None = None) -> list[SyncModule]:
        """The modules that the extensions enabled for a connection sync, parents first."""
        offers = self._dispatcher.offers("sync_modules", SyncModule, connection_id)
        return [offer.item for offer in offers]

    def described(self) -> list[Module]:
        """The modules of the CRM as the host describes them for the tenant."""
        with self.host.tenant(self.tenant()):
            return list(self.host.modules())

    def converters(self, connection_id: str | None = None) -> dict[str, Converter]:
        """Name → converter that a mapping row may use; raises BrokenExtension for a name twice."""
        return self._dispatcher.converters(connection_id)

    # --- connections ---

    def connections(self) -> list[Connection]:
        """The tenant's connections, oldest first."""
        return list(self.store.connections(self.tenant()))

    def keyless_connections(self) -> set[str]:
        """Ids of the active connections whose tokens cannot be read: connect them again."""
        active = (one for one in self.connections() if one.state == "active")
        return {one.id for one in active if self.store.tokens(one.id) is None}

    def unmapped(self, connection_id: str) -> list[str]:
        """The modules of a connection that are on and that no mapping is saved for."""
        described = {module.name for module in self.described()}
        on = (sync.name for sync in self.modules(connection_id) if sync.name in described)
        return [
            name
            for name in on
            if self.store.mapping(connection_id, name) is None
            and self.store.module_settings(connection_id, name).enabled
        ]

    def uncovered(self, connection_id: str) -> list[str]:
        """The modules of a connection that are on and that its permission does not cover."""
        tokens = self.store.tokens(connection_id)
        described = {module.name for module in self.described()}
        found = []
        for sync in self.modules(connection_id) if tokens is not None else ():
            chosen = self.store.module_settings(connection_id, sync.name)
            granted = tokens.scope if tokens is not None else ()
            covered = is_covered(sync.kind, granted, sends=chosen.to_xero())
            if chosen.enabled and sync.name in described and not covered:
                found.append(sync.name)
        return found

    def connection(self, name_or_id: str | None = None) -> Connection:
        """The named connection or the only active one; raises NotConnected, NeedsPerson."""
        return find_connection(self.store, name_or_id, self.tenant())

    def ready_connection(self, name_or_id: str | None = None) -> Connection:
        """The connection to sync: as connection(), and of several the only one with a mapping."""
        if name_or_id is None:
            active = [one for one in self.connections() if one.state == "active"]
            names = [sync.name for sync in self.modules()]
            mapped = [
                one
                for one in active
                if any(self.store.mapping(one.id, name) is not None for name in names)
            ]
            if len(mapped) == 1:
                return mapped[0]
        return self.connection(name_or_id)

    def consent(self, redirect_uri: str) -> ConsentStart:
        """Begin a consent of the tenant: send the administrator to `.url`."""
        return self._connecting.begin(self.tenant(), redirect_uri)

    def consent_answered(self, returned_url: str) -> list[Organisation]:
        """The organisations to choose from, once Xero sent the administrator back."""
        address, returned_url = Secret(returned_url), ""  # it holds the code that Xero gave
        return self._connecting.answered(self.tenant(), address)

    def connect(self, organisation_id: str, tenant: str = "", *, consent: str = "") -> Connection:
        """Connect the chosen organisation; a CRM with several tenants must name one.

        `consent` is the state of the consent that offered it; "" takes the newest one.
        """
        whose = self._of(tenant or None).tenant()
        connection = self._connecting.connect(organisation_id, whose, consent)
        self._sending.lifted(whose)
        return connection

    def disconnect(self, connection_id: str) -> None:
        """End a connection at Xero and here; nothing of the CRM changes."""
        self._connecting.disconnect(self.connection(connection_id))

    def _connection_changed(self, connection: Connection, event: str) -> None:
        self._dispatcher.robust(
            "connection_changed",
            connection.id,
            context=self._context_of(connection.tenant),
            tenant=connection.tenant,
            connection=connection,
            event=event,
        )

    # --- terms, mappings ---

    def terms_accepted(self) -> bool:
        """Whether somebody accepted the terms for the tenant."""
        return self.store.own_setting(self.tenant(), setting_keys.TERMS) is not None

    def accept_terms(self, by: str) -> None:
        """Remember who accepted the terms for the tenant, and when."""
        kept = {"by": by, "at": self.clock.now()}
        self.store.save_own_setting(self.tenant(), setting_keys.TERMS, kept)

    def hold(self, module: str, record_id: str | int, reason: str) -> None:
        """Keep a record of the tenant from being sent until the reason is "" again."""
        key = setting_keys.hold(module, str(record_id))
        self.store.save_own_setting(self.tenant(), key, reason or None)

    def save_default_mappings(self, connection_id: str | None = None) -> list[FieldMapping]:
        """Save the default mapping of every module that the CRM has and that has none yet."""
        connection = self.connection(connection_id)
        described = {module.name for module in self.described()}
        saved = []
        for sync in self.modules():
            known = self.store.mapping(connection.id, sync.name)
            if sync.name not in described or known is not None:
                continue
            saved.append(self.save_mapping(self._default_mapping(sync), connection.id))
        return saved

    def _default_mapping(self, sync: SyncModule) -> FieldMapping:
        offers = self._dispatcher.offers("mapping_defaults", Row, module=sync.name, kind=sync.kind)
        return FieldMapping(sync.name, sync.kind, tuple(offer.item for offer in offers))

    def save_mapping(self, mapping: FieldMapping, connection_id: str | None = None) -> FieldMapping:
        """Save a mapping as a new version; all records of the module are looked at again.

        Raises MappingInvalid naming each row that has no field, UnknownModule.
        """
        connection = self.connection(connection_id)
        problems = self._mapping_problems(mapping)
        if problems:
            raise MappingInvalid(mapping.module, problems)
        before = self.store.mapping(connection.id, mapping.module)
        version = self.store.save_mapping(connection.id, mapping, self.clock.now())
        sync = next(s for s in self.modules() if s.name == mapping.module)
        if before is None or before.version != version:
            self._syncing.look_again(connection, sync)
        self._sending.lifted(connection.tenant)
        return replace(mapping, version=version)

    def _mapping_problems(self, mapping: FieldMapping) -> list[str]:
        known = [sync.name for sync in self.modules()]
        if mapping.module not in known:
            raise UnknownModule(mapping.module, known)
        module = next((m for m in self.described() if m.name == mapping.module), None)
        names = {row.converter for row in mapping.rows} - {"", *self.converters()}
        unknown = [f"No enabled extension brings the converter {name}." for name in sorted(names)]
        return mapping_problems(mapping, module) + unknown

    def module_settings(self, module: str, connection_id: str | None = None) -> ModuleSettings:
        """What an administrator chose for a module: direction, switches, selection."""
        return self.store.module_settings(self.connection(connection_id).id, module)

    def save_module_settings(
        self, settings: ModuleSettings, connection_id: str | None = None
    ) -> None:
        """Choose for a module; all its records are looked at again by the next sync.

        Raises SettingInvalid for what cannot work in the module, UnknownModule.
        """
        connection = self.connection(connection_id)
        if settings.module in LISTED:
            switch_listed(self.store, connection.id, settings)
            return
        sync = next((s for s in self.modules() if s.name == settings.module), None)
        if sync is None:
            raise UnknownModule(settings.module, [s.name for s in self.modules()])
        module = next((m for m in self.described() if m.name == sync.name), None)
        found = setting_problems(settings, sync, module)
        if found:
            raise SettingInvalid(sync.name, "cannot be set so", " ".join(found))
        with self.store.transaction():
            self.store.save_module_settings(connection.id, settings)
            self._syncing.look_again(connection, sync)

    def listed(self, module: str, connection_id: str | None = None) -> list[ListedRecord]:
        """What was last read of a module that only lists, such as CreditNotes, newest first.

        Raises UnknownModule.
        """
        return listed_records(self.store, self.connection(connection_id).id, module)

    def mapping(self, module: str, connection_id: str | None = None) -> FieldMapping | None:
        """The mapping in force; None when none is saved."""
        known = [sync.name for sync in self.modules()]
        if module not in known:
            raise UnknownModule(module, known)
        return self.store.mapping(self.connection(connection_id).id, module)

    def read_settings(self, connection_id: str | None = None) -> None:
        """Read Xero's accounts, tax rates and currencies now; runs do it once an hour.

        Raises RunBusy, RateLimited and what else keeps Xero from answering.
        """
        self._syncing.read_settings(self.connection(connection_id))

    # --- plans and runs ---

    def plan(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        progress: Progress = silent,
    ) -> Plan:
        """What a sync would do, as data; nothing is sent. `full` reads everything again."""
        return self._syncing.plan(
            self.ready_connection(connection_id), modules, full=full, progress=progress
        )

    def sync(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        trigger: str = "person",
        progress: Progress = silent,
        shift: Shift = PLAIN_SHIFT,
    ) -> Run:
        """Plan and carry out."""
        connection = self.ready_connection(connection_id)
        return self._syncing.sync(
            connection, modules, full=full, trigger=trigger, progress=progress, shift=shift
        )

    def braked(self, connection_id: str | None = None) -> list[BrakedPlan]:
        """The plans that the brake stopped and that wait for a person, of one or (None) all."""
        ids = [self.connection(connection_id).id] if connection_id else self._connection_ids()
        return self._syncing.releasing.waiting(ids)

    def release(
        self,
        run_id: str,
        by: str,
        connection_id: str | None = None,
        *,
        progress: Progress = silent,
        shift: Shift = PLAIN_SHIFT,
    ) -> Run:
        """Release the plan of a stopped run (or the start of its id) and carry out exactly that.

        `by` is who released it. Raises NothingToRelease, naming what waits.
        """
        braked = self._released(run_id, by, connection_id)
        connection = self.connection(braked.connection_id)
        return self._syncing.release(connection, braked, progress, shift)

    def release_later(self, run_id: str, by: str, connection_id: str | None = None) -> None:
        """The same, carried out by the next tick or sync: a page does not wait for Xero."""
        self._released(run_id, by, connection_id)

    def _released(self, run_id: str, by: str, connection_id: str | None) -> BrakedPlan:
        ids = [self.connection(connection_id).id] if connection_id else self._connection_ids()
        return self._syncing.releasing.released(ids, run_id, by)

    def _connection_ids(self) -> list[str]:
        return [one.id for one in self.connections() if one.state == "active"]

    def sync_records(
        self,
        module: str,
        ids: Sequence[str],
        connection_id: str | None = None,
        *,
        trigger: str = "person",
        shift: Shift = PLAIN_SHIFT,
    ) -> list[Outcome]:
        """Sync exactly these CRM records now."""
        connection = self.ready_connection(connection_id)
        return self._syncing.sync_records(connection, module, ids, trigger, shift)

    def send_records(
        self,
        module: str,
        ids: Sequence[str],
        connection_id: str | None = None,
        *,
        until: datetime | None = None,
    ) -> Sent:
        """Sync these CRM records at a person's word, within seconds: for a request of a browser.

        What would have to wait (for a limit of Xero, a run under way, many records) past
        `until`, by default 5 s from now, goes on in the background, with the next tick() that
        is due.
        """
        connection = self.ready_connection(connection_id)
        until = until or self.clock.now() + PATIENCE
        return self._sending.send(connection, module, ids, until)

    def reconcile(
        self,
        connection_id: str | None = None,
        modules: Sequence[str] = (),
        since: date | None = None,
        *,
        progress: Progress = silent,
    ) -> Reconciliation:
        """Prove that both sides agree: read afresh, counted, summed and compared to the cent."""
        return self._syncing.reconcile(
            self.ready_connection(connection_id), modules, since, progress
        )

    def prove(self, connection_id: str | None = None, modules: Sequence[str] = ()) -> Run:
        """The same as a run that is kept: its state is "agreed", or "differs" with the counts."""
        return prove(self._syncing, self.ready_connection(connection_id), modules)

    def differences(self, connection_id: str | None = None) -> list[Disagreement]:
        """Every difference between both sides, read afresh: those of reconcile()."""
        return list(self.reconcile(connection_id).differences)

    def runs(self, limit: int = 20, connection_id: str | None = None) -> list[Run]:
        """Runs of the tenant, newest first; those of an unknown connection are none."""
        return list(self.store.runs(self._ids(connection_id), limit))

    def outcomes(
        self, *, connection_id: str | None = None, **filters: Unpack[OutcomeFilters]
    ) -> list[Outcome]:
        """Outcomes of the tenant, newest first."""
        return list(self.store.outcomes(connections=self._ids(connection_id), **filters))

    def _ids(self, wanted: str | None) -> list[str]:
        """The tenant's connections by id, all or the one wanted."""
        return [one.id for one in self.connections() if wanted in (None, one.id)]

    def cause(
        self,
        cause: Cause | None,
        face: Face = "data",
        about: About | None = None,
        connection_id: str = "",
    ) -> tuple[str, str]:
        """(what happened and why, what to do next) in the settings' language.

        `face` says where the cure is read; `about` is the outcome or item that has the cause,
        `connection_id` whose it is where `about` does not know.
        """
        if cause is None or cause.code not in CATALOGUE:
            return "", ""
        said, fix = spoken_cause(cause, language(self.settings.locale), face, about)
        owner = connection_id or getattr(about, "connection_id", "")
        return said, self.typed(fix, owner) if face == "command" else fix

    def typed(self, text: str, connection_id: str) -> str:
        """A text whose commands name the organisation, where several are connected."""
        active = [one for one in self.connections() if one.state == "active"]
        name = next((one.name for one in active if one.id == connection_id), "")
        return with_connection(text, name) if name and len(active) > 1 else text

    def reasons(
        self, cause: Cause | None, face: Face = "data", about: About | None = None
    ) -> list[tuple[str, str, str]]:
        """(code, what happened and why, what to do next) of each reason that keeps it back."""
        if cause is None:
            return []
        found = spoken_reasons(cause, language(self.settings.locale), face, about)
        if face != "command":
            return found
        owner = getattr(about, "connection_id", "")
        return [(code, said, self.typed(fix, owner)) for code, said, fix in found]

    # --- the CRM's own calls ---

    def saved(self, module: str, record_id: str | int, tenant: str | None = None) -> None:
        """Tell of a saved record, within the CRM's transaction; adapters with events need not."""
        self._of(tenant)._noted(Ref(module, str(record_id)), "updated", "record_saved")

    def deleted(self, module: str, record_id: str | int, tenant: str | None = None) -> None:
        """Tell of a deleted record, within the CRM's transaction."""
        self._of(tenant)._noted(Ref(module, str(record_id)), "deleted", "record_deleted")

    def restored(self, module: str, record_id: str | int, tenant: str | None = None) -> None:
        """Tell of a restored record, within the CRM's transaction."""
        self._of(tenant)._noted(Ref(module, str(record_id)), "created", "record_restored")

    def _noted(self, ref: Ref, kind: Kind, hook: str) -> None:
        tenant = self.tenant()
        change = Change(ref, kind, self.clock.now(), tenant=tenant)
        with self.host.tenant(tenant):
            self.host.note(change)
            self._dispatcher.robust(
                hook, context=self._context_of(tenant), tenant=tenant, change=change
            )

    def tick(self, shift: Shift = PLAIN_SHIFT) -> None:
        """Do what is due: take changes from the CRM's outbox, let extensions work.

        For every tenant in turn, or for the one that this library is bound to.
        """
        self._doors.keep_alive()
        self._ticking.tick(self.tenants(), shift)

    def sale_closed(self, ref: Ref, tenant: str | None = None) -> None:
        """Tell of a won sale that may become an invoice, within the CRM's transaction."""
        tenant = self._of(tenant).tenant()
        with self.host.tenant(tenant):
            self._dispatcher.robust(
                "sale_closed", context=self._context_of(tenant), tenant=tenant, ref=ref
            )

    def tenant_added(self, tenant: str) -> None:
        """Tell of a new tenant of the CRM."""
        self._dispatcher.robust("tenant_added", context=self._context_of(tenant), tenant=tenant)

    def tenant_removed(self, tenant: str) -> None:
        """Tell that a tenant is about to go: its connections end; raises XeroUnreachable."""
        for connection in self.for_tenant(tenant).connections():
            if connection.state == "active":
                self._connecting.disconnect(connection)
        self._dispatcher.robust("tenant_removed", context=self._context_of(tenant), tenant=tenant)

    # --- webhooks ---

    def receive_webhook(self, raw_body: bytes, signature: str | None) -> int:
        """Take a POST of Xero, bytes as they came and the header x-xero-signature.

        Answers the HTTP status to send back with an empty body; see docs/webhooks.md.
        """
        return self._webhooks.receive(raw_body, signature)

    def webhooks(self) -> list[WebhookState]:
        """How the webhooks of each connection are, in the order of connections()."""
        return self._webhooks.states(self.connections())

    # --- what people see; a CRM with several tenants names the tenant ---

    def panel(
        self,
        module: str,
        record_id: str | int,
        connection_id: str | None = None,
        tenant: str | None = None,
    ) -> Panel:
        """The Xero Information panel of a record; raises UnknownModule, RecordMissing."""
        return self._of(tenant)._panelling.panel(module, str(record_id), connection_id)

    def set_panel_value(
        self, module: str, record_id: str | int, role: str, value: Any, tenant: str | None = None
    ) -> None:
        """Set one field of the record's panel; raises NeedsPerson for what it does not offer."""
        self.save_panel(self.panel(module, record_id, tenant=tenant), {role: value}, tenant)

    def save_panel(
        self, panel: Panel, values: Mapping[str, Any], tenant: str | None = None
    ) -> None:
        """Set fields of a panel by their role, all or none; a change of the record.

        In the CRM where it describes them, else in the store. Raises NeedsPerson for a field
        or value that the panel does not offer, and for what the CRM refuses.
        """
        tenant = self._of(tenant).tenant()
        checked = checked_values(panel, values)
        self._linking.save_fields(tenant, panel.module, panel.record_id, checked)

    def actions(self, module: str) -> list[RecordAction]:
        """The buttons of a record of this module."""
        return self._panelling.actions(module)

    def list_actions(self, module: str) -> list[RecordAction]:
        """The buttons of this module's list."""
        return self._panelling.list_actions(module)

    def press(self, action: str, refs: Sequence[Ref], tenant: str | None = None) -> str:
        """Press a button for these records; answers a sentence; raises BrokenExtension."""
        return self._of(tenant)._panelling.press(action, refs)

    def pages(self) -> list[PageSpec]:
        """The pages that extensions bring."""
        return self._panelling.pages()

    def page(self, request: PageRequest) -> TablePage:
        """One page as data; raises UnknownModule for a page nobody brings, BrokenExtension."""
        return self._panelling.page(request)

    def menu(self) -> list[MenuEntry]:
        """The entries of the menu."""
        return self._panelling.menu()

    def pick_list(self, name: str, connection_id: str | None = None) -> list[Choice]:
        """The choices of a field that Xero decides: names as in the hook pick_lists."""
        return self._panelling.pick_list(self.connection(connection_id), name)

    def check_host(self) -> list[str]:
        """What the CRM's adapter lacks, one sentence each; empty when all is well."""
        # The kit is for host authors; a running CRM never needs it.
        from xtiger.testing import check_host

        return check_host(self._adapter)

    def close(self) -> None:
        """Let Xero's connections and the database go."""
        self._doors.close()
        self.store.close()
