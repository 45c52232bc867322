"""The service for the first day of a connection: its questions, and how far its first sync is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.engine.observe.look_again import look_again
from xtiger.engine.plan.invoice.merge import lock_date
from xtiger.errors import StartUnanswered
from xtiger.mapping.check import BILLS_FROM_XERO, PAYMENT_ACCOUNT, with_option
from xtiger.model import setting_keys
from xtiger.model.chart_of_accounts import Account
from xtiger.model.start_answers import CountedContacts, FirstAccounts, Going
from xtiger.rules.accounts import check_account, takes_payments
from xtiger.rules.invoice_status import crm_status
from xtiger.rules.starting import proposed, waits_for_approving
from xtiger.services.mappings import Mappings
from xtiger.services.modules import Modules
from xtiger.services.syncing.first_sync import FirstSync
from xtiger.services.syncing.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.mappings import Mapping as FieldMapping
    from xtiger.model.records import Choice, Module
    from xtiger.model.start_answers import Bring, Stage, StartAnswers
    from xtiger.model.values import Plain
    from xtiger.services.parts import Parts

#: How far each stage is from the beginning.
_ORDER: tuple[Stage, ...] = ("asked", "plan", "ten", "check", "all")
#: Roles of the modules whose mappings name the accounts.
_BILLED, _PAID = "invoice", "payment"
#: The status of an invoice in the CRM, and Xero's words of those that count in the books.
_STATUS, _COMING = "invoice.status", ("AUTHORISED", "PAID")
#: Pages of contacts that are read to count them, of 1,000 each where Xero lets choose.
_MOST_PAGES = 20


def _is_active(contact: Mapping[str, Plain]) -> bool:
    """Whether a contact would come: an archived one does not."""
    return str(contact.get("ContactStatus", "ACTIVE")) == "ACTIVE"


class Start:
    """Asks from when on, as what and whom; then leads the first sync from its plan to all."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store
        self._first, self._sending = FirstSync(parts.store), Sending(parts)

    def answers(self, connection_id: str | None = None) -> StartAnswers:
        """What was answered, or is proposed while `.stage` is "asked"."""
        return self._first.answers(self._parts.connection(connection_id).id)

    def proposal(self, connection_id: str | None = None) -> StartAnswers:
        """The answers that cannot hurt the books of the organisation."""
        organisation = self._parts.connection(connection_id).organisation
        today = self._parts.clock.now().date()
        return proposed(organisation, lock_date(organisation), today)

    def answer(
        self, answers: StartAnswers, by: str, connection_id: str | None = None
    ) -> StartAnswers:
        """Keep these answers and who gave them; the next sync looks at all records again.

        The stage stays as it was; after the first answer the plan is to be looked at. Who lets
        invoices arrive as the CRM says in place of drafts releases those of to_approve(): the
        brake does not stop their approving.
        """
        connection = self._parts.connection(connection_id)
        before = self._first.answers(connection.id)
        stage = before.stage
        releases = (before.arrive, answers.arrive) == ("draft", "as_crm") and stage != "asked"
        kept = replace(
            answers,
            stage="plan" if stage == "asked" else stage,
            answered_by=by,
            answered_at=self._parts.clock.now(),
        )
        with self._store.transaction():
            if releases:
                released = setting_keys.approving_released(connection.id)
                self._store.save_setting(released, list(self.to_approve(connection.id)))
            self._first.save(connection.id, kept)
            self._look_again(connection)
        self._sending.lifted(connection.tenant)
        return kept

    def to_approve(self, connection_id: str | None = None) -> Sequence[str]:
        """CRM ids of the invoices that are drafts in Xero until a person releases approving."""
        connection = self._parts.connection(connection_id)
        found: list[str] = []
        for sync, _module in self._in_crm(connection):
            if sync.role == _BILLED:
                kept = self._store.mapping(connection.id, sync.name)
                chosen = dict(kept.options.get("status_map") or {}) if kept is not None else {}
                links = self._store.links_by_crm(connection.id, sync.name)
                ids = {one.id: crm_id for crm_id, one in links.items() if one.id is not None}
                found += [
                    ids[base.link_id]
                    for base in self._store.bases(ids).values()
                    if waits_for_approving(base.pairs.get("Status"), chosen)
                ]
        return found

    def advance(self, to: Stage, by: str, connection_id: str | None = None) -> StartAnswers:
        """Go on to a later stage: "ten" once the plan was seen, "all" once the ten were.

        A stage that is behind changes nothing; raises StartUnanswered.
        """
        connection = self._parts.connection(connection_id)
        kept = self._first.answers(connection.id)
        if kept.stage == "asked":
            raise StartUnanswered(connection.name)
        if _ORDER.index(to) <= _ORDER.index(kept.stage):
            return kept
        gone_on = replace(kept, stage=to, answered_by=by, answered_at=self._parts.clock.now())
        self._first.save(connection.id, gone_on)
        self._sending.lifted(connection.tenant)
        return gone_on

    def takes_bills(self, connection_id: str | None = None) -> bool:
        """Whether bills of Xero come into the CRM: their suppliers come with them."""
        connection = self._parts.connection(connection_id)
        kept = (
            self._store.mapping(connection.id, sync.name) for sync, _ in self._in_crm(connection)
        )
        return any(one is not None and bool(one.options.get(BILLS_FROM_XERO)) for one in kept)

    def contacts(self, connection_id: str | None = None) -> Mapping[Bring, int]:
        """How many contacts each choice would bring, of those that Xero has and the CRM has not.

        Known once a plan was made: until then nothing of Xero is read.
        """
        connection = self._parts.connection(connection_id)
        linked = self._store.links_by_xero(connection.id, "Contact")
        found = [
            bool(seen.payload.get("IsCustomer"))
            for seen in self._store.each_shadow(connection.id, "xero", "Contact")
            if seen.id not in linked and not seen.gone and _is_active(seen.payload)
        ]
        return {"customers": sum(found), "all": len(found), "none": 0}

    def count_contacts(self, connection_id: str | None = None) -> CountedContacts:
        """The same, read from Xero now and not kept: before there is a plan.

        Of a large organisation the first pages only. Raises what keeps Xero from being read.
        """
        connection = self._parts.connection(connection_id)
        linked = self._store.links_by_xero(connection.id, "Contact")
        customers, everybody = 0, 0
        for page in self._parts.doors.open(connection).read("Contact"):
            new = [
                one
                for one in page.elements
                if one.get("ContactID") not in linked and _is_active(one)
            ]
            customers += sum(bool(one.get("IsCustomer")) for one in new)
            everybody += len(new)
            if page.page >= _MOST_PAGES and page.page_count > page.page:
                return CountedContacts(customers, everybody, is_whole=False)
        return CountedContacts(customers, everybody)

    # --- which records go ---

    def going(self, connection_id: str | None = None) -> Going:
        """Which records go, as the settings of the modules have it."""
        connection = self._parts.connection(connection_id)
        chosen = [
            self._store.module_settings(connection.id, sync.name)
            for sync, _module in self._in_crm(connection)
        ]
        statuses = {one.module: one.statuses for one in chosen if one.statuses}
        if statuses:
            return Going("status", statuses)
        ticked = bool(chosen) and not any(one.sync_by_default for one in chosen)
        return Going("ticked" if ticked else "all_but")

    def statuses(self, connection_id: str | None = None) -> Mapping[str, tuple[Choice, ...]]:
        """Module → the statuses that its records can have in the CRM; without modules of none."""
        connection = self._parts.connection(connection_id)
        found = {
            sync.name: module.by_role(f"{sync.role}.status")
            for sync, module in self._in_crm(connection)
        }
        return {name: tuple(one.choices) for name, one in found.items() if one and one.choices}

    def arriving(self, connection_id: str | None = None) -> Mapping[str, Mapping[str, str]]:
        """Module of invoices → Xero's status AUTHORISED or PAID → what it becomes in the CRM.

        Only these of Xero's invoices come where records go by status and it is among them.
        """
        connection = self._parts.connection(connection_id)
        return {
            sync.name: self._arriving(connection, sync.name, module)
            for sync, module in self._in_crm(connection)
            if sync.role == _BILLED
        }

    def _arriving(self, connection: Connection, name: str, module: Module) -> Mapping[str, str]:
        kept, described = self._store.mapping(connection.id, name), module.by_role(_STATUS)
        chosen, means = (
            dict(kept.options.get(option) or {}) if kept is not None else {}
            for option in ("status_from_xero", "status_map")
        )
        found = {word: crm_status(word, described, chosen, means) for word in _COMING}
        return {word: text for word, text in found.items() if text}

    def choose(self, going: Going, connection_id: str | None = None) -> None:
        """Set for every module which records go; raises SettingInvalid for an unknown status."""
        connection, modules = self._parts.connection(connection_id), Modules(self._parts)
        if going == self.going(connection.id):
            return
        with self._store.transaction():
            for sync, _module in self._in_crm(connection):
                old = self._store.module_settings(connection.id, sync.name)
                by_status = going.statuses.get(sync.name, ()) if going.goes == "status" else ()
                new = replace(
                    old,
                    selection="selected",
                    sync_by_default=going.goes != "ticked",
                    statuses=by_status,
                )
                if new != old:
                    modules.save_settings(new, connection.id)
        self._sending.lifted(connection.tenant)

    # --- accounts ---

    def accounts(self, connection_id: str | None = None) -> FirstAccounts:
        """The accounts that records without one go to, as the mappings have it."""
        connection = self._parts.connection(connection_id)
        sales, charges = (
            self._option(connection, _BILLED, name) for name in ("sales_account", "charges_account")
        )
        return FirstAccounts(sales, charges, self._option(connection, _PAID, PAYMENT_ACCOUNT))

    def offered_accounts(
        self, connection_id: str | None = None
    ) -> tuple[list[Account], list[Account]]:
        """The accounts to choose from, for lines of invoices and for payments.

        Of the chart as it was last read; sync.read_settings() reads it now.
        """
        chart = self._store.accounts(self._parts.connection(connection_id).id)
        lines = [one for one in chart if one.code and one.account_class == "REVENUE"]
        known = {one.code: one for one in lines}
        sales = [one for one in lines if isinstance(check_account(one.code, known, ""), Account)]
        return sales, [one for one in chart if takes_payments(one)]

    def choose_accounts(self, chosen: FirstAccounts, connection_id: str | None = None) -> None:
        """Set them in the mappings of invoices and payments; raises MappingInvalid."""
        connection = self._parts.connection(connection_id)
        billed = {"sales_account": chosen.sales, "charges_account": chosen.charges}
        with self._store.transaction():
            self._set_options(connection, _BILLED, billed)
            self._set_options(connection, _PAID, {PAYMENT_ACCOUNT: chosen.payments})

    # --- inside ---

    def _in_crm(self, connection: Connection) -> list[tuple[SyncModule, Module]]:
        described = {module.name: module for module in self._parts.described()}
        return [
            (sync, described[sync.name])
            for sync in self._parts.modules(connection.id)
            if sync.name in described
        ]

    def _mapping(self, connection: Connection, role: str) -> FieldMapping | None:
        """The saved mapping of the module of this role."""
        names = [sync.name for sync in self._parts.modules(connection.id) if sync.role == role]
        return next((self._store.mapping(connection.id, name) for name in names), None)

    def _option(self, connection: Connection, role: str, name: str) -> str | None:
        if not any(sync.role == role for sync, _module in self._in_crm(connection)):
            return None
        mapping = self._mapping(connection, role)
        return str((mapping.options.get(name) if mapping else None) or "")

    def _set_options(
        self, connection: Connection, role: str, given: Mapping[str, str | None]
    ) -> None:
        mapping = saved = self._mapping(connection, role)
        if mapping is None:
            return
        chart, rates = self._store.accounts(connection.id), self._store.tax_rates(connection.id)
        for name, value in given.items():
            if (value or "") != self._option(connection, role, name):
                mapping = with_option(mapping, name, value or "", chart, rates)
        if mapping != saved:
            Mappings(self._parts).save(mapping, connection.id)

    def _look_again(self, connection: Connection) -> None:
        described = {module.name for module in self._parts.described()}
        for sync in self._parts.modules(connection.id):
            if sync.name in described:
                look_again(self._store, connection.id, sync, self._parts.clock.now())
