"""What the panel of a record is decided from: read here, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from xtiger.engine.workbench.elements import element_reader
from xtiger.errors import NotConnected
from xtiger.hookspecs import PanelRow, RecordAction
from xtiger.i18n.failures import without_commands
from xtiger.i18n.language import language
from xtiger.panels import ALLOW_SYNC, INVOICE_TYPE, STATUS, PanelFacts
from xtiger.panels.xero_links import view_url
from xtiger.rules.customers.document_money import CUSTOMERS, MONEY_KINDS, balances
from xtiger.rules.kinds import nature
from xtiger.rules.permissions import may_read
from xtiger.rules.rounding import ROUNDING, rounding_of
from xtiger.services.facts.record_facts import (
    chosen_values,
    is_allowed,
    newest_of_this_crm,
    records_known,
    selects,
)
from xtiger.services.find_connection import find_connection
from xtiger.services.sentences import Sentences
from xtiger.services.syncing.sending import Sending

if TYPE_CHECKING:
    from xtiger.extensions.hook_caller import HookProblem, Offer
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.customers.deliveries import Delivery
    from xtiger.model.customers.document_money import Balance
    from xtiger.model.links import Link
    from xtiger.model.mappings import ModuleSettings
    from xtiger.model.records import Module, Record
    from xtiger.model.runs import Asked
    from xtiger.services.parts import Parts


class PanelReader:
    """Reads what the panel of one record shows."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def connection(
        self, connection_id: str | None, tenant: str, module: str, record_id: str
    ) -> Connection | None:
        """The connection whose state is shown; None says that nothing is connected."""
        if connection_id is None:
            return self.connections(tenant, module, [record_id])[record_id]
        try:
            return find_connection(self._store, connection_id, tenant)
        except NotConnected:
            return None

    def connections(
        self, tenant: str, module: str, ids: Sequence[str]
    ) -> dict[str, Connection | None]:
        """CRM id → the connection whose state is shown; None says that nothing is connected."""
        known = self._store.connections(tenant)
        active = [one for one in known if one.state == "active"]
        found: dict[str, Connection | None] = {**self._ended_owners(known, module, ids)}
        left = [crm_id for crm_id in ids if crm_id not in found]
        if len(active) > 1:
            return {**found, **self._of_several(active, module, left)}
        one = active[0] if active else known[0] if len(known) == 1 else None
        return {**found, **dict.fromkeys(left, one)}

    def _ended_owners(
        self, known: Sequence[Connection], module: str, ids: Sequence[str]
    ) -> dict[str, Connection]:
        """The ended connections that documents are linked in: they go to no other."""
        sync = next((one for one in self._parts.modules() if one.name == module), None)
        found: dict[str, Connection] = {}
        if sync is None or not nature(sync.kind).document:
            return found
        for one in known:
            if one.state == "ended":
                for crm_id in self._store.links_by_crm(one.id, module, ids):
                    found.setdefault(crm_id, one)
        return found

    def _of_several(
        self, active: Sequence[Connection], module: str, ids: Sequence[str]
    ) -> dict[str, Connection]:
        """Of several the one that a record is linked in, else one that does not exclude it."""
        store = self._store
        found: dict[str, Connection] = {}
        for one in active:
            for crm_id in store.links_by_crm(one.id, module, ids):
                found.setdefault(crm_id, one)
        left = [crm_id for crm_id in ids if crm_id not in found]
        for one in active if left else ():
            for crm_id, last in newest_of_this_crm(store, one, module, left).items():
                if last.cause is None or last.cause.code != "routed_elsewhere":
                    found.setdefault(crm_id, one)
        return {crm_id: found.get(crm_id, active[0]) for crm_id in ids}

    def facts(
        self, tenant: str, module: Module, record: Record, connection: Connection | None
    ) -> PanelFacts:
        """Everything that the panel of the record is decided from; reads, never writes."""
        parts = self._parts
        sync = next((s for s in parts.modules() if s.name == module.name), None)
        values = chosen_values(parts, tenant, module, [record])[record.ref.id]
        settings = settings_of(parts, connection, module.name)
        rows, problems = self._rows(tenant, module, record, connection)
        buttons, broken = self._parts.hooks.robust_offers(
            "record_actions", RecordAction, module=module.name
        )
        misshaped = [row for row in rows if not _is_shown(row.item)]
        invoice = sync is not None and sync.kind == "Invoice"
        return PanelFacts(
            module=module.name,
            record_id=record.ref.id,
            now=parts.clock.now(),
            locale=parts.settings.locale,
            connection=connection,
            allow_sync=is_allowed(settings, values.get(ALLOW_SYNC)),
            xero_status=str(values.get(STATUS) or "") if invoice else None,
            invoice_type=str(values.get(INVOICE_TYPE) or "Invoice") if invoice else None,
            rows=[row.item for row in rows if row not in misshaped],
            actions=[button.item for button in buttons],
            problems=_problems(parts, [*problems, *broken], misshaped),
            currencies=currencies_of(parts, connection),
            reconnect=reconnect_of(parts, connection, sync),
            selects=selects(settings),
            asked=self._asked(connection, record),
            **_linked(parts, connection, sync, record),
        )

    def _rows(
        self, tenant: str, module: Module, record: Record, connection: Connection | None
    ) -> tuple[list[Offer[PanelRow]], list[HookProblem]]:
        """The rows that extensions add, and what went wrong in them."""
        return self._parts.hooks.robust_offers(
            "panel_rows",
            PanelRow,
            connection.id if connection else None,
            context=self._parts.context_of(tenant),
            tenant=tenant,
            connection=connection,
            module=module.name,
            record=record,
        )

    def _asked(self, connection: Connection | None, record: Record) -> Asked | None:
        if connection is None:
            return None
        module, crm_id = record.ref.module, record.ref.id
        return Sending(self._parts).asked(connection, module, [crm_id]).get(crm_id)


def _problems(
    parts: Parts, broken: Sequence[HookProblem], misshaped: Sequence[Offer[PanelRow]]
) -> list[str]:
    """A sentence for each extension that failed, without commands: it is read in a browser."""
    words = language(parts.settings.locale)
    return [
        *(f"{one.extension}: {without_commands(one.reason, words)}" for one in broken),
        *(
            f"{row.extension}: a row of its panel holds something else than text."
            for row in misshaped
        ),
    ]


def _is_shown(row: PanelRow) -> bool:
    """Whether a row holds what the panel can draw."""
    texts: tuple[object, ...] = (row.label, row.value, row.link or "", row.edits or "", row.widget)
    choices: object = row.choices
    pairs: list[object] = list(choices) if isinstance(choices, list | tuple) else [None]
    return all(isinstance(text, str) for text in texts) and all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
    )


def currencies_of(parts: Parts, connection: Connection | None) -> tuple[str, str] | None:
    """The base currencies of the CRM and of Xero where they differ."""
    if connection is None or not connection.base_currency:
        return None
    own = parts.host.base_currency()
    return None if own == connection.base_currency else (own, connection.base_currency)


def reconnect_of(
    parts: Parts, connection: Connection | None, sync: SyncModule | None
) -> Literal["", "key_lost", "scope_missing"]:
    """Why an active connection must be connected again for this module."""
    if connection is None or connection.state != "active":
        return ""
    tokens = parts.store.tokens(connection.id)
    if tokens is None:
        return "key_lost"
    covered = sync is None or may_read(sync.kind, tokens.scope)
    return "" if covered else "scope_missing"


def settings_of(parts: Parts, connection: Connection | None, module: str) -> ModuleSettings | None:
    """What an administrator chose for the module; None without a connection."""
    return None if connection is None else parts.store.module_settings(connection.id, module)


def _rounding(
    parts: Parts, connection: Connection, kind: str, shadow: Mapping[str, Any] | None
) -> Decimal:
    """What the line for rounding adds to the total of an invoice as last seen in Xero."""
    lines = (shadow or {}).get("LineItems") or ()
    if shadow is None or not any(line.get("Description") == ROUNDING for line in lines):
        return Decimal(0)
    return rounding_of(element_reader(parts.store, connection.id, kind).load(shadow).rounding)


def balances_of(parts: Parts, connection: Connection, link: Link) -> list[Balance]:
    """What the customer behind a link owes and has, by what the store keeps: no call is made."""
    if link.kind != CUSTOMERS:
        return []
    store, contacts = parts.store, {link.xero_id}
    for xero_id, other in store.xero_aliases(connection.id, link.kind).items():
        if (other.module, other.crm_id) == (link.module, link.crm_id):
            contacts.add(xero_id)
    found = store.money_of_contacts(connection.id, sorted(contacts))
    return balances(found, parts.clock.now().date(), connection.base_currency)


def _delivery(parts: Parts, connection: Connection, link: Link) -> Delivery | None:
    """How an invoice reached its customer."""
    if link.kind not in MONEY_KINDS:
        return None
    return parts.store.deliveries(connection.id, [link.xero_id]).get(link.xero_id)


def _linked(
    parts: Parts, connection: Connection | None, sync: SyncModule | None, record: Record
) -> dict[str, Any]:
    """Link, Xero's last seen copy, last outcome and address of the record."""
    if connection is None or sync is None:
        return {}
    known = records_known(parts, connection, record.ref.module, [record])[record.ref.id]
    link, outcome = known.link, known.outcome
    kind = str((known.shadow or {}).get("Type") or "")
    return {
        "link": link,
        "shadow": known.shadow,
        "balances": balances_of(parts, connection, link) if link is not None else (),
        "delivery": _delivery(parts, connection, link) if link is not None else None,
        "rounding": _rounding(parts, connection, link.kind if link else sync.kind, known.shadow),
        "outcome": outcome,
        "sentences": Sentences(parts).cause(outcome.cause, "browser", outcome)
        if outcome
        else ("", ""),
        "waiting": known.waiting,
        "view_url": (
            view_url(link.kind, link.xero_id, connection.short_code, kind, xtid=parts.app().xtid())
            if link
            else None
        ),
    }
