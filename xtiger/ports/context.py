"""The Context protocol: what an extension gets with each hook call instead of importing it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, Unpack

from xtiger.model.asked_sync import Direction, KeptProof
from xtiger.model.calls import CallsLeft
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.conflicts import DescribedConflict
from xtiger.model.connections import Connection
from xtiger.model.customers.notices import Notice
from xtiger.model.links import Link
from xtiger.model.mailing.letters import MailedReport
from xtiger.model.plans import Face
from xtiger.model.records import Ref
from xtiger.model.runs import Outcome, OutcomeFilters, Run, Sent, Trigger
from xtiger.model.starting.service import ServiceState
from xtiger.model.values import Plain
from xtiger.ports.clock import Clock
from xtiger.ports.database import Database
from xtiger.ports.host import Host


class Context(Protocol):
    """The library as an extension sees it at run time."""

    @property
    def tenant(self) -> str:
        """The tenant whose context this is: nothing of another one is shown or changed.

        Raises TenantMissing in the hooks of an extension's life, where the CRM has several.
        """
        ...

    def tenants(self) -> Sequence[str]:
        """The tenant of this context; in the hooks of an extension's life all tenants."""
        ...

    def for_tenant(self, tenant: str) -> Context:
        """The context of one of `tenants()`; raises TenantCrossed for any other."""
        ...

    def for_extension(self, name: str) -> Context:
        """The same library as this extension may see it: connections it is enabled for."""
        ...

    def asked_by(self, name: str) -> Context:
        """The same for what this person asked for: the log says so of each run it begins."""
        ...

    @property
    def by(self) -> str:
        """Who asked for what is done, as `asked_by` was given it; "" for nobody."""
        ...

    @property
    def host(self) -> Host:
        """The CRM."""
        ...

    @property
    def clock(self) -> Clock:
        """Time and random ids."""
        ...

    @property
    def database(self) -> Database:
        """The store's database, for the extension's own tables.

        Within a transaction of the store `writing()` and `reading()` join it.
        """
        ...

    @property
    def locale(self) -> str:
        """en, de or fr."""
        ...

    def connections(self) -> Sequence[Connection]:
        """The tenant's connections that the asking extension is enabled for, oldest first."""
        ...

    def module_order(self) -> Sequence[str]:
        """Module names, parents before children."""
        ...

    def sync_records(
        self, connection_id: str, module: str, ids: Sequence[str], trigger: Trigger = "save"
    ) -> Sequence[Outcome]:
        """Sync exactly these CRM records now; one outcome per record.

        Raises RetryLater and NeedsPerson errors; then nothing is lost, the keys stay marked.
        """
        ...

    def send(
        self,
        connection_id: str,
        module: str,
        ids: Sequence[str],
        until: datetime,
        *,
        anew: bool = False,
    ) -> Sent:
        """Sync exactly these CRM records at a person's word.

        What cannot be done by `until` is kept and goes on in the background. `anew` reads both
        sides again by id, whatever they reported of changes. Raises NeedsPerson
        errors.
        """
        ...

    def sync_all(
        self,
        connection_id: str,
        modules: Sequence[str] = (),
        trigger: Trigger = "schedule",
        direction: Direction = "",
    ) -> Run:
        """Sync everything of these modules, or (none named) of all that are on.

        With a `direction` nothing moves the other way.
        Raises what stopped the run, after it is booked.
        """
        ...

    def prove(self, connection_id: str, modules: Sequence[str] = ()) -> Run:
        """Compare both sides of these modules, or of all that are on, and change nothing.

        What is found is kept as a run of the trigger "proof". Raises RetryLater and NeedsPerson
        errors.
        """
        ...

    def proof(self, connection_id: str) -> KeptProof | None:
        """What the last prove() of a connection found to differ; None before the first."""
        ...

    def synced_modules(self, connection_id: str) -> Sequence[str]:
        """The modules that a sync takes when none is named, parents first."""
        ...

    def calls_left(self, connection_id: str) -> CallsLeft | None:
        """What is left of the day's calls; None before Xero's first answer of a day."""
        ...

    def service(self) -> ServiceState:
        """What works in the background: what was chosen, what looked last, and whether it runs."""
        ...

    def stopping(self) -> bool:
        """Whether the worker was asked to end: leave what is left to the next round."""
        ...

    def forget_changes(self, connection_id: str, module: str, ids: Sequence[str]) -> int:
        """Take the marks of these CRM records away; returns how many waited.

        For a person who did by hand what was to be done. A feed that shows them marks them again.
        """
        ...

    def outcomes(
        self, *, connection_id: str | None = None, **filters: Unpack[OutcomeFilters]
    ) -> Sequence[Outcome]:
        """Outcomes of the tenant, newest first; filters as in `xt.sync.outcomes()`."""
        ...

    def mails_of(self, outcomes: Sequence[Outcome]) -> Mapping[int, Sequence[MailedReport]]:
        """Id of an outcome → the reports by mail that tell of it; without those of none."""
        ...

    def broken_log_row(self) -> int | None:
        """The number of the first row of the log that somebody changed; None when it is whole.

        Rows of all tenants stand in one chain.
        """
        ...

    def runs(self, connection_id: str | None = None, limit: int = 20) -> Sequence[Run]:
        """Runs of the tenant, newest first."""
        ...

    def accounts(self, connection_id: str) -> Sequence[Account]:
        """The chart of accounts as last read."""
        ...

    def tax_rates(self, connection_id: str) -> Sequence[TaxRate]:
        """The tax rates as last read."""
        ...

    def read_settings(self, connection_id: str) -> None:
        """Read Xero's accounts, tax rates and currencies now; raises what keeps Xero from it."""
        ...

    def options(self, connection_id: str) -> Mapping[str, Mapping[str, Plain]]:
        """Module → the options of its mapping; those that are saved."""
        ...

    def set_value(self, ref: Ref, role: str, value: str) -> None:
        """Set one field of a record's panel, as a person does there; "" takes it away.

        Raises NeedsPerson for what the panel does not offer or the CRM refuses, RecordMissing.
        """
        ...

    def links(self, connection_id: str, module: str, ids: Sequence[str]) -> Mapping[str, Link]:
        """CRM id → what it is linked with in Xero; those of these records that are linked."""
        ...

    def links_of(self, connection_id: str, refs: Collection[Ref]) -> Mapping[Ref, Link]:
        """CRM record → what it is linked with in Xero, of any modules, in one statement."""
        ...

    def waiting(self, connection_id: str) -> Mapping[str, int]:
        """Module → number of changes that wait."""
        ...

    def conflicts(self, connection_id: str) -> Sequence[DescribedConflict]:
        """What waits for a person's decision, as plain values: see docs/conflicts.md."""
        ...

    def needs(self, connection_id: str) -> Sequence[Outcome]:
        """The last outcome of each record that waits for a person, newest first."""
        ...

    def notices(self, limit: int = 100, offset: int = 0) -> Sequence[Notice]:
        """Notices of the tenant's invoices that were delivered, newest first."""
        ...

    def sentence(self, outcome: Outcome, face: Face = "data") -> tuple[str, str]:
        """(what happened and why, what to do next) of an outcome, in the context's language.

        `face` says where the cure is read: "command", "browser" or "data".
        """
        ...

    def terms_accepted(self) -> bool:
        """Whether somebody accepted the terms."""
        ...

    def hold_of(self, module: str, crm_id: str) -> str:
        """The reason of a hold that a person set on a record; "" when there is none."""
        ...

    def hold(self, module: str, crm_id: str, reason: str) -> None:
        """Keep a record of the tenant from being sent by any run, until the reason is ""."""
        ...

    def note_tenant(self, tenant: str, event: str) -> None:
        """Write into the installation's record that a tenant was added or removed."""
        ...

    def now(self) -> datetime:
        """The aware moment in UTC."""
        ...
