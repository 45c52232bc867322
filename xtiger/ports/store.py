"""The Store protocol: everything the library must remember, in one database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from xtiger.model.brakes import BrakedPlan, BrakedState
from xtiger.model.calls import Batch, Call, Intent
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.connections import Connection, Tokens
from xtiger.model.links import Base, Decision, DirtyKey, Link, Refusal, Shadow, Side
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings
from xtiger.model.runs import Outcome, Run
from xtiger.model.webhook_events import WebhookCounts, WebhookEvent
from xtiger.ports.lease import Lease

T = TypeVar("T")


class Store(Protocol):
    """The library's own tables (xt_…). Each method is one transaction, or joins `transaction()`.

    Raises StoreUnavailable when the database cannot be used.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside commits together or not at all; nested blocks join."""
        ...

    # --- settings of the installation: extension states ---

    def setting(self, name: str) -> Any:
        """One plain value by name; None when never set."""
        ...

    def save_setting(self, name: str, value: Any) -> None:
        """Remember one plain value."""
        ...

    def forget_setting(self, name: str) -> None:
        """Remove one value; one that was never set is fine."""
        ...

    def settings_like(self, prefix: str) -> Mapping[str, Any]:
        """All values whose name starts with the prefix."""
        ...

    # --- settings of one tenant: terms, holds, consents, routes ---

    def own_setting(self, tenant: str, name: str) -> Any:
        """One plain value of a tenant by name; None when never set."""
        ...

    def save_own_setting(self, tenant: str, name: str, value: Any) -> None:
        """Remember one plain value of a tenant."""
        ...

    def forget_own_setting(self, tenant: str, name: str) -> None:
        """Remove one value of a tenant; one that was never set is fine."""
        ...

    def own_settings_like(self, tenant: str, prefix: str) -> Mapping[str, Any]:
        """All values of a tenant whose name starts with the prefix, by name."""
        ...

    def every_setting_like(self, prefix: str) -> Mapping[tuple[str, str], Any]:
        """(tenant, name) → value of all tenants: for the work of the installation itself."""
        ...

    # --- connections ---

    def connections(self, tenant: str) -> Sequence[Connection]:
        """The connections of a tenant, oldest first."""
        ...

    def all_connections(self) -> Sequence[Connection]:
        """The connections of every tenant, oldest first: for the work of the installation itself,
        such as renewing permissions; never for what one tenant is shown.
        """
        ...

    def connection(self, connection_id: str) -> Connection | None:
        """One connection."""
        ...

    def save_connection(self, connection: Connection, tokens: Tokens | None = None) -> None:
        """Insert or replace by id; tokens are replaced only when given."""
        ...

    def tokens(self, connection_id: str) -> Tokens | None:
        """The tokens, decrypted, read afresh; None without any, and where no key fits them."""
        ...

    def forget_tokens(self, connection_id: str) -> None:
        """Remove the tokens of an ended connection."""
        ...

    def remove_connection(self, connection_id: str) -> None:
        """Remove a connection that never came to life, with its tokens; an unknown one is fine."""
        ...

    # --- what an administrator saved ---

    def module_settings(self, connection_id: str, module: str) -> ModuleSettings:
        """The settings of one module; the defaults when never saved."""
        ...

    def save_module_settings(self, connection_id: str, settings: ModuleSettings) -> None:
        """Replace the settings of one module."""
        ...

    def mapping(self, connection_id: str, module: str) -> FieldMapping | None:
        """The newest saved mapping; None when none is saved."""
        ...

    def save_mapping(self, connection_id: str, mapping: FieldMapping, at: datetime) -> int:
        """Save as a new version and answer its number; an equal one keeps the old number."""
        ...

    # --- links and what was agreed ---

    def links_by_crm(
        self, connection_id: str, module: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """CRM id → its own link, primary or alias, for these ids or (None) all."""
        ...

    def links_by_xero(
        self, connection_id: str, kind: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """Xero id → its primary link, for these ids or (None) all."""
        ...

    def aliases(
        self, connection_id: str, kind: str, xero_ids: Iterable[str] | None = None
    ) -> Sequence[Link]:
        """The links of further CRM records to these Xero records, or (None) to all; by id."""
        ...

    def xero_aliases(
        self, connection_id: str, kind: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """Xero id → its link as one more Xero record of a CRM record, for these ids or all."""
        ...

    def add_link(self, link: Link) -> Link:
        """Insert and answer it with its id; raises LinkRefused when either side is linked."""
        ...

    def change_link(self, link: Link) -> None:
        """Replace by id (state, role, xero_id)."""
        ...

    def remove_link(self, link_id: int) -> None:
        """Remove a link with its base."""
        ...

    def bases(self, link_ids: Iterable[int]) -> Mapping[int, Base]:
        """Link id → base."""
        ...

    def save_bases(self, bases: Iterable[Base]) -> None:
        """Insert or replace by link id."""
        ...

    def shadows(
        self, connection_id: str, side: Side, type: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Shadow]:
        """Id → last seen copy, for these ids or (None) all."""
        ...

    def shadow_ids(
        self, connection_id: str, side: Side, type: str, ids: Iterable[str] | None = None
    ) -> set[str]:
        """Those of these ids, or (None) all ids, that have a last seen copy."""
        ...

    def each_shadow(self, connection_id: str, side: Side, type: str) -> Iterator[Shadow]:
        """All last seen copies by id, without holding them all at once."""
        ...

    def differing(
        self, connection_id: str, side: Side, type: str, payloads: Mapping[str, Any]
    ) -> Sequence[str]:
        """The ids of those that are new or not as last seen, in their order."""
        ...

    def save_shadows(self, connection_id: str, shadows: Iterable[Shadow]) -> None:
        """Insert or replace."""
        ...

    # --- which CRM it belongs to ---

    def is_used(self, connection_id: str) -> bool:
        """Whether anything is linked in a connection, or about to be."""
        ...

    def some_links(self, connection_id: str, limit: int) -> Sequence[Link]:
        """Live primary links of contacts and items, half of them the oldest, half the newest."""
        ...

    def forget_bases(self, link_ids: Iterable[int]) -> None:
        """Remove what was agreed on of these links: both sides are compared as if never linked."""
        ...

    def forget_crm(self, connection_id: str) -> int:
        """Forget every link and whatever names a CRM record; answers how many links it were."""
        ...

    def forget_panel_values(self, tenant: str) -> None:
        """Remove what people chose in the panels of a tenant's records."""
        ...

    # --- what people decided ---

    def decisions(
        self, connection_id: str, module: str, crm_ids: Iterable[str] | None = None
    ) -> Mapping[str, Sequence[Decision]]:
        """CRM id → what was decided of its conflicts, for these ids or (None) all."""
        ...

    def save_decisions(self, decisions: Iterable[Decision]) -> None:
        """Insert or replace by connection, module, CRM id and field."""
        ...

    def forget_decisions(
        self, connection_id: str, module: str, crm_id: str, fields: Iterable[str] | None = None
    ) -> None:
        """Remove the decisions on these fields of a record, or (None) all of it."""
        ...

    # --- what Xero refused ---

    def refusals(self, connection_id: str, module: str) -> Mapping[str, Refusal]:
        """CRM id → what Xero refused of it."""
        ...

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Insert or replace by connection, module and CRM id."""
        ...

    def forget_refusals(self, connection_id: str, module: str, crm_ids: Iterable[str]) -> None:
        """Remove those of these records."""
        ...

    # --- what may differ ---

    def cursor(self, connection_id: str, name: str) -> str | None:
        """The place a reader got to, such as "Contact"; None to start over."""
        ...

    def save_cursor(self, connection_id: str, name: str, value: str | None) -> None:
        """Remember the place; None forgets it, so that the next read is whole."""
        ...

    def mark(
        self,
        connection_id: str,
        side: Side,
        type: str,
        ids: Iterable[str],
        reason: str,
        at: datetime,
    ) -> None:
        """Mark keys dirty; a marked key gets a new generation."""
        ...

    def dirty(
        self, connection_id: str, side: Side, type: str, limit: int | None = None
    ) -> Sequence[DirtyKey]:
        """Marked keys, oldest first."""
        ...

    def clean(self, connection_id: str, keys: Iterable[tuple[str, str, str, int]]) -> None:
        """Unmark (side, type, id, generation) where the generation is still the same."""
        ...

    # --- what webhooks said ---

    def take_events(self, events: Iterable[WebhookEvent]) -> int:
        """Store these, but for repeats; answers how many were new."""
        ...

    def waiting_events(
        self, connection_id: str, now: datetime | None = None, limit: int | None = None
    ) -> Sequence[WebhookEvent]:
        """Those that are not done, oldest first; with `now` only those that are due."""
        ...

    def settle_events(self, numbers: Iterable[int], result: str, at: datetime) -> None:
        """Mark these done."""
        ...

    def postpone_events(self, numbers: Iterable[int], until: datetime) -> None:
        """Look at these again later, and count the try."""
        ...

    def sweep_events(
        self, connection_id: str, kinds: Collection[str], started_at: datetime, at: datetime
    ) -> None:
        """Mark done what came before a sync that read and judged these kinds began."""
        ...

    def webhook_counts(self, connections: Collection[str]) -> Mapping[str, WebhookCounts]:
        """Connection id → its events in short, of those of these that ever had one."""
        ...

    # --- writes under way ---

    def open_batch(self, batch: Batch) -> None:
        """Announce a batch and its intents before it is sent.

        Raises SentElsewhere when another connection of the tenant has one of its documents:
        a CRM invoice or payment belongs to one connection, fixed here.
        """
        ...

    def save_batch(self, batch: Batch) -> None:
        """Replace state, sent_at and the intents' states of an announced batch."""
        ...

    def owners(self, connection_id: str, module: str, ids: Iterable[str]) -> Mapping[str, str]:
        """CRM id → the other connection of the tenant that has it: linked, or about to be."""
        ...

    def unfinished_batches(self, connection_id: str) -> Sequence[Batch]:
        """Batches in state planned, sent or unknown, oldest first."""
        ...

    def unsettled_creates(self, connection_id: str, module: str, kind: str) -> Sequence[Intent]:
        """Creates of a module that were announced and whose answer never came, oldest first."""
        ...

    # --- runs and outcomes ---

    def save_run(self, run: Run) -> None:
        """Insert or replace by id."""
        ...

    def runs(self, connections: Collection[str], limit: int = 20) -> Sequence[Run]:
        """Runs of the connections of these ids, newest first."""
        ...

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Append; each row carries the hash of the row before it (audit chain)."""
        ...

    def outcomes(
        self,
        *,
        connections: Collection[str],
        id: int | None = None,
        run_id: str | None = None,
        module: str | None = None,
        crm_id: str | None = None,
        xero_id: str | None = None,
        results: Sequence[str] = (),
        text: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Outcome]:
        """Outcomes that fit all given filters, newest first; `text` searches name and ids."""
        ...

    def newest_outcomes(
        self, connection_id: str, module: str, crm_ids: Iterable[str]
    ) -> Mapping[str, Outcome]:
        """CRM id → its newest outcome, for these ids; without those that have none."""
        ...

    def broken_audit_row(self) -> int | None:
        """The id of the first outcome whose hash does not fit; None when the chain is whole."""
        ...

    def save_before_images(
        self, run_id: str, side: Side, type: str, payloads: Mapping[str, Any], at: datetime
    ) -> None:
        """Keep what records were before a run overwrote them, by id."""
        ...

    # --- plans that the brake stopped ---

    def save_braked_plan(self, plan: BrakedPlan) -> None:
        """Insert or replace by run."""
        ...

    def braked_plans(
        self, connection_id: str, *states: BrakedState, limit: int = 20
    ) -> Sequence[BrakedPlan]:
        """Stopped plans of a connection in one of these states, newest first."""
        ...

    def linked_counts(self, connection_id: str) -> Mapping[str, int]:
        """Module → number of its linked records, aliases not counted."""
        ...

    def changed_since(
        self, connection_id: str, since: datetime, triggers: Collection[str]
    ) -> Mapping[str, set[str]]:
        """Module → ids of records that runs of these triggers changed or removed since.

        An id is the CRM's, or Xero's where the record has none in the CRM.
        """
        ...

    # --- panel values, settings read from Xero, calls ---

    def panel_values(self, tenant: str, module: str, crm_id: str) -> Mapping[str, Any]:
        """Role → value of the panel fields that the host does not describe."""
        ...

    def save_panel_value(
        self, tenant: str, module: str, crm_id: str, role: str, value: Any
    ) -> None:
        """Set one panel field."""
        ...

    def accounts(self, connection_id: str) -> Sequence[Account]:
        """The chart of accounts as last read, by code."""
        ...

    def tax_rates(self, connection_id: str) -> Sequence[TaxRate]:
        """The tax rates as last read, by name."""
        ...

    def currencies(self, connection_id: str) -> Sequence[str]:
        """The currency codes enabled in Xero as last read."""
        ...

    def replace_accounts(self, connection_id: str, accounts: Iterable[Account]) -> None:
        """Replace the chart."""
        ...

    def replace_tax_rates(self, connection_id: str, rates: Iterable[TaxRate]) -> None:
        """Replace the tax rates."""
        ...

    def replace_currencies(self, connection_id: str, codes: Iterable[str]) -> None:
        """Replace the currency codes."""
        ...

    def add_call(self, call: Call) -> None:
        """Append to the call log."""
        ...

    def calls(self, connection_id: str, since: datetime, limit: int = 1000) -> Sequence[Call]:
        """Calls since a moment, newest first."""
        ...

    # --- shared by processes ---

    def acquire_lease(self, name: str, holder: str, seconds: float, now: datetime) -> int | None:
        """Take the lease when free or expired: its rising fence number, else None.

        One that was taken more than five minutes after now is none: its clock was wrong.
        """
        ...

    def renew_lease(self, name: str, fence: int, seconds: float, now: datetime) -> bool:
        """Prolong while still held with this fence; False when it was lost."""
        ...

    def release_lease(self, name: str, fence: int) -> None:
        """Give the lease back when still held with this fence."""
        ...

    def fenced(self, lease: Lease) -> Store:
        """The same store for the holder of a lease, who may write only while it is his.

        Each writing transaction first proves and prolongs the lease, which nobody can take over
        before the commit; once it was taken it raises `lease.lost()` and writes nothing.
        """
        ...

    def update_state(self, name: str, change: Callable[[Any], tuple[Any, T]]) -> T:
        """Change one plain value under a lock: `change(old)` answers (new, result).

        `old` is None the first time. Used for the limiter's windows. Must be quick and may be
        called again when two processes collide.
        """
        ...
