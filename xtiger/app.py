"""XTiger: the one object that a CRM makes; it opens the parts and hands out the services."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Self

from xtiger.db.cipher import open_cipher
from xtiger.db.store import SqlStore
from xtiger.hosts.guard import GuardedHost, check_api
from xtiger.hosts.received import ReceivedHost
from xtiger.mail.drawing import templates_of
from xtiger.model.records import Ref
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.ports.system_clock import SystemClock
from xtiger.services.agreements import Agreements
from xtiger.services.configuring.configuration import Configuration
from xtiger.services.configuring.configured_start import answer_from_settings
from xtiger.services.configuring.templates import Templates
from xtiger.services.conflicts import Conflicts
from xtiger.services.connections import Connections
from xtiger.services.customers.invoices import Invoices
from xtiger.services.customers.notices import Notices
from xtiger.services.facts.health import InstallationHealth, installation_health
from xtiger.services.facts.host_sample import Sample, samples
from xtiger.services.hook_context import AppContext
from xtiger.services.identities import Identities
from xtiger.services.links import Links
from xtiger.services.loading import Loading
from xtiger.services.mailing.mails import Mails
from xtiger.services.mappings import Mappings
from xtiger.services.matching.twins import Twins
from xtiger.services.modules import Modules
from xtiger.services.needs import Needs
from xtiger.services.outside.changes import xero_changes
from xtiger.services.outside.receivers import Receivers
from xtiger.services.panels import Panels
from xtiger.services.parts import Parts
from xtiger.services.privacy.privacy import Privacy
from xtiger.services.proof import Proof
from xtiger.services.releases.second_persons import SecondPersons
from xtiger.services.removing.undeploying import undeploy
from xtiger.services.removing.wiping import Wipe
from xtiger.services.routing import Routing
from xtiger.services.sentences import Sentences
from xtiger.services.start import Start
from xtiger.services.sync import Sync
from xtiger.services.syncing.credits import CreditNotes
from xtiger.services.syncing.crm_events import CrmEvents
from xtiger.services.syncing.due_work import Ticking
from xtiger.services.syncing.historical import Historical
from xtiger.services.syncing.runs import Runs
from xtiger.services.syncing.service import Service
from xtiger.services.syncing.sides import Sides
from xtiger.services.syncing.undo import Undo
from xtiger.services.tax_rates import TaxRates
from xtiger.services.timetable import Timetable
from xtiger.services.webhooks import Webhooks
from xtiger.services.xero_app import XeroApp
from xtiger.settings import Settings, load_settings
from xtiger.xero.pool import XeroDoors

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from xtiger.db.cipher import Cipher
    from xtiger.hookspecs import MenuEntry, PageRequest, TablePage
    from xtiger.model.outside.xero_changes import XeroChanges
    from xtiger.model.starting.service import ServiceName
    from xtiger.panels import ModuleList, Panel
    from xtiger.ports import Clock, Host


class XTiger:
    """Keeps the CRM behind `host` and its Xero organisations in agreement.

    What a CRM calls every day stands here; all else is a service, such as `xt.sync.run()` or
    `xt.conflicts.all()`. Settings come from the argument, else from the environment and the
    home. Opening it makes the home, the database and the key when they are missing; close()
    lets the database go. Raises SettingInvalid, StoreUnavailable and BrokenHost with the next
    step.
    """

    # --- the services ---

    #: Connecting Xero organisations, the terms, and what is connected.
    connections: Connections
    #: Which field of the CRM is which field of Xero.
    mappings: Mappings
    #: What is synced, and what an administrator chose for each module.
    modules: Modules
    #: The first day: its questions, and how far the first sync is.
    start: Start
    #: Plans, runs, single records, and what came of them.
    sync: Sync
    #: The unlinked records of a range of days, in batches.
    historical: Historical
    #: Taking back what runs wrote, and what is held since.
    undo: Undo
    #: Taking what came from Xero out of the CRM again.
    wipe: Wipe
    #: Which record here is which record there, and whether it is this CRM.
    links: Links
    #: Records that look alike, before and after the first sync.
    twins: Twins
    #: Invoices that give money back, and go to Xero as credit notes.
    credits: CreditNotes
    #: What waits for a person's decision.
    conflicts: Conflicts
    #: What waits for a person, by cause.
    needs: Needs
    #: Releasing what is larger than one person may send.
    second_persons: SecondPersons
    #: How many records are in step, wait, need a person or are left out.
    agreements: Agreements
    #: What becomes of one invoice in Xero: its online address, e-mails, its opening.
    invoices: Invoices
    #: What happened to invoices in Xero, as it was delivered.
    notices: Notices
    #: Who gets mails, and what became of each.
    mails: Mails
    #: Which of the CRM's own systems get signed messages, and what became of each.
    receivers: Receivers
    #: Panels, buttons, pages, menu and pick lists.
    panels: Panels
    #: Both sides read again, counted and compared.
    proof: Proof
    #: What is stored of persons, and all of one.
    privacy: Privacy
    #: What Xero posts, and how its webhooks are.
    webhooks: Webhooks
    #: What is scheduled, and when it is due.
    timetable: Timetable
    #: Which records go to which of several connections.
    routing: Routing
    #: What an administrator decides for a connection, as one text.
    configuration: Configuration
    #: What does the work in the background, and whether it runs.
    service: Service
    #: Mapping templates to choose from, and the own ones.
    templates: Templates
    #: Xero's tax rates: making one that the CRM's tax lacks there.
    tax_rates: TaxRates
    #: Causes in words.
    sentences: Sentences

    def __init__(
        self,
        host: Host,
        settings: Settings | None = None,
        clock: Clock | None = None,
        *,
        store: SqlStore | None = None,
    ) -> None:
        guarded = GuardedHost(host)
        self._adapter = host
        check_api(guarded)
        self.settings = settings or load_settings()
        self.clock: Clock = clock or SystemClock()
        cipher = open_cipher(self.settings)
        self.store = store or SqlStore.open(self.settings.database_url, cipher)
        self.store.database.server_time = getattr(self.clock, "machine", False)
        #: The CRM; what it raises or returns wrongly is named BrokenHost.
        self.host: Host = ReceivedHost(guarded, self.store, self.clock)
        app = XeroApp(self.settings, self.store, cipher, self.clock)
        self._doors = XeroDoors(app.settings, self.store, self.clock)
        try:
            self.store.migrate()
            self._start(cipher)
        except BaseException:
            self.close()
            raise

    # --- starting ---

    def _start(self, cipher: Cipher) -> None:
        """Make the parts, hand out the services, then let the extensions in."""
        loading = Loading(self.store, self.settings, self.clock, self.context)
        #: The module manager.
        self.extensions = loading.extensions
        self._parts = self._make_parts(cipher, loading)
        self._hand_out()
        self._ticking = Ticking(self._parts)
        loading.start()
        if self.store.has_unowned_settings():
            known = self.tenants()
            if len(known) == 1:
                self.store.adopt_settings(known[0])
        if self.settings.start.is_given:
            for connection in self.store.all_connections():
                answer_from_settings(self._parts, connection)

    def _make_parts(self, cipher: Cipher, loading: Loading) -> Parts:
        hooks = loading.hooks

        identities = Identities(self.store, self.host, self.clock, hooks.sync_modules)
        sides = Sides(self.host, self.store, self.clock, self._doors.open, self.settings.keep_log)
        runs = Runs(sides, hooks, self._context_of, identities)
        return Parts(
            host=self.host,
            store=self.store,
            extension_tables=self.store.extension_tables,
            clock=self.clock,
            settings=self.settings,
            cipher=cipher,
            extensions=loading.extensions,
            hooks=hooks,
            doors=self._doors,
            identities=identities,
            runs=runs,
            context_of=self._context_of,
            host_mail=getattr(self._adapter, "send_mail", None),
            mail_templates=templates_of(self._adapter),
        )

    def _hand_out(self) -> None:
        """Make the services, all of the parts as this library's tenant sees them."""
        parts = self._parts
        self.connections, self.mappings = Connections(parts), Mappings(parts)
        self.start = Start(parts)
        self.modules, self.sync, self.links = Modules(parts), Sync(parts), Links(parts)
        self.historical = Historical(parts)
        self.credits, self.twins = CreditNotes(parts), Twins(parts)
        self.undo, self.wipe = Undo(parts), Wipe(parts)
        self.conflicts, self.panels = Conflicts(parts), Panels(parts)
        self.needs, self.agreements = Needs(parts), Agreements(parts)
        self.second_persons = SecondPersons(parts)
        self.proof, self.webhooks = Proof(parts), Webhooks(parts)
        self.timetable, self.notices = Timetable(parts), Notices(parts)
        self.service = Service(parts)
        self.invoices, self.mails = Invoices(parts), Mails(parts)
        self.receivers = Receivers(parts)
        self.routing, self.sentences = Routing(parts), Sentences(parts)
        self.templates = Templates(parts)
        self.privacy = Privacy(parts)
        self.configuration, self.tax_rates = Configuration(parts), TaxRates(parts)
        self._events = CrmEvents(parts)

    # --- tenants ---

    def for_tenant(self, tenant: str) -> Self:
        """The same library for one tenant: it knows, shows and changes nothing of the others.

        A CRM of one tenant needs no name; with several, each call of a library without one
        raises TenantMissing. Raises TenantCrossed where this one is another tenant's.
        """
        parts = self._parts.for_tenant(tenant)
        if parts is self._parts:
            return self
        bound = copy(self)
        bound._parts = parts
        bound._hand_out()
        return bound

    def tenant(self) -> str:
        """The tenant that is meant: the one named, or the only one; raises TenantMissing."""
        return self._parts.tenant()

    def tenants(self) -> list[str]:
        """All tenants of the CRM, or the one that this library is bound to."""
        return self._parts.tenants()

    def tenant_added(self, tenant: str) -> None:
        """Report a new tenant of the CRM."""
        self._of(tenant)._events.tenant_added()

    def tenant_removed(self, tenant: str) -> None:
        """Report that a tenant is about to go: its connections end; raises XeroUnreachable."""
        self._of(tenant)._events.tenant_removed()

    def undeployed(self) -> list[str]:
        """Report that the CRM itself is about to go: every connection ends, at Xero and here.

        Returns the names of the organisations. Records, links and log stay as they are on both
        sides. Raises XeroUnreachable once all that can be ended is: call it again then.
        """
        return undeploy(self._parts)

    # --- what the CRM reports; with several tenants it names the tenant ---

    def saved(self, module: str, record_id: str | int, tenant: str | None = None) -> None:
        """Report a saved record, within the CRM's transaction; adapters with events need not."""
        ref = Ref(module, str(record_id))
        self._of(tenant)._events.changed(ref, "updated", "record_saved")

    def deleted(self, module: str, record_id: str | int, tenant: str | None = None) -> None:
        """Report a deleted record, within the CRM's transaction."""
        ref = Ref(module, str(record_id))
        self._of(tenant)._events.changed(ref, "deleted", "record_deleted")

    def restored(self, module: str, record_id: str | int, tenant: str | None = None) -> None:
        """Report a restored record, within the CRM's transaction."""
        ref = Ref(module, str(record_id))
        self._of(tenant)._events.changed(ref, "created", "record_restored")

    def sale_closed(self, ref: Ref, tenant: str | None = None) -> Ref | None:
        """Make the invoice of a won sale, within the CRM's transaction; returns its address.

        None where the CRM makes none or refuses it: then it is a task for a person. Raises
        BrokenHost where the CRM's own function fails.
        """
        return self._of(tenant)._events.sale_closed(ref)

    # --- what people see ---

    def panel(
        self,
        module: str,
        record_id: str | int,
        connection_id: str | None = None,
        tenant: str | None = None,
    ) -> Panel:
        """The Xero Information panel of a record, empty for none; raises UnknownModule."""
        return self._of(tenant).panels.panel(module, record_id, connection_id)

    def module_list(
        self, module: str, ids: Sequence[str | int], tenant: str | None = None
    ) -> ModuleList:
        """How these records of one page of a list stand in Xero; of any module, in one call."""
        return self._of(tenant).panels.module_list(module, ids)

    def page(self, request: PageRequest) -> TablePage:
        """One page of an extension as data; raises UnknownModule, BrokenExtension."""
        return self.panels.page(request)

    def menu(self) -> list[MenuEntry]:
        """The entries that the CRM shows in its menu."""
        return self.panels.menu()

    # --- what the CRM's own systems get ---

    def changes(
        self,
        since: str | None = None,
        kinds: Collection[str] = (),
        *,
        connection_id: str | None = None,
        limit: int = 500,
    ) -> XeroChanges:
        """What changed in Xero since a cursor, of the kept copies: Xero is not asked.

        Each record once, as it is now; without a cursor all that is kept. Keep `cursor` of the
        page together with what you made of it, and go on while it has `more`. See
        docs/changes.md. Raises ChangesCursorInvalid.
        """
        return xero_changes(self._parts, since, kinds, connection_id, limit)

    # --- what runs in the background ---

    def tick(self, signal: StopSignal = NO_STOP, *, by: ServiceName = "cron") -> None:
        """Do what is due: take changes from the CRM's outbox, let extensions work.

        For every tenant in turn, or for the one that this library is bound to. `by` is the service
        that looks, a timer of the CRM or cron where nobody says it.
        """
        self._doors.keep_alive()
        self._ticking.tick(self.tenants(), signal, by)

    def health(self) -> InstallationHealth:
        """How the installation is, all tenants together; nothing is asked of Xero or the CRM."""
        return installation_health(self.store, self.clock)

    def receive_webhook(self, raw_body: bytes, signature: str | None) -> int:
        """Take a POST of Xero, bytes as they came and the header x-xero-signature.

        Returns the HTTP status to send back with an empty body; see docs/webhooks.md.
        """
        return self.webhooks.receive(raw_body, signature)

    # --- the adapter, extensions, and the end ---

    def check_host(self) -> list[str]:
        """What the CRM's adapter lacks, one sentence each; empty when all is well."""
        # The kit is for host authors; a running CRM never needs it.
        from xtiger.testing import check_host

        return check_host(self._adapter)

    def host_tables(self, *, make: bool = False) -> list[str]:
        """The statements that make the library's tables in the CRM's database, where SQL does.

        With `make` they are made; raises HostTablesMissing where the database user may not.
        """
        statements: Sequence[str] = getattr(self._adapter, "table_statements", tuple)()
        if make and statements:
            getattr(self._adapter, "create_tables", self.host.identity)()
        return list(statements)

    def host_samples(self) -> list[Sample]:
        """One record of each module of the CRM as the library sees it, and what it comes to."""
        return samples(self.host, self.tenant())

    def context(self) -> AppContext:
        """What extensions get with each hook call."""
        return AppContext(self._parts)

    def close(self) -> None:
        """Let Xero's connections and the database go."""
        self._doors.close()
        self.store.close()

    # --- inside ---

    def _of(self, tenant: str | None) -> Self:
        """This library, or that of the tenant named."""
        return self if tenant is None else self.for_tenant(tenant)

    def _context_of(self, tenant: str, signal: StopSignal = NO_STOP) -> AppContext:
        return AppContext(self._parts.for_tenant(tenant), signal=signal)
