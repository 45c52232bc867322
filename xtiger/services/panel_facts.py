"""What the panel of a record is decided from: read here, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from xtiger.errors import NotConnected
from xtiger.hookspecs import PanelRow, RecordAction
from xtiger.i18n.failures import without_commands
from xtiger.i18n.language import language
from xtiger.mapping.convert import read_flag
from xtiger.mapping.role_values import RoleValues
from xtiger.panels import ALLOW_SYNC, INVOICE_TYPE, STATUS, PanelFacts
from xtiger.panels.xero_links import view_url
from xtiger.rules.identity import known_since
from xtiger.rules.kinds import nature
from xtiger.rules.permissions import may_read
from xtiger.services.find_connection import find_connection
from xtiger.services.sending import Sending
from xtiger.services.sentences import Sentences

if TYPE_CHECKING:
    from xtiger.extensions.hook_caller import HookProblem, Offer
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.records import Module, Record
    from xtiger.model.runs import Asked, Outcome
    from xtiger.services.parts import Parts


#: A save is due after a moment of quiet; all that are due soon are looked through, so many.
_QUIET, _SOON, _OUTBOX_ROWS = timedelta(seconds=2), timedelta(hours=1), 1_000


class PanelReader:
    """Reads what the panel of one record shows."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def connection(
        self, connection_id: str | None, tenant: str, module: str, record_id: str
    ) -> Connection | None:
        """The connection whose state is shown; None says that nothing is connected."""
        if connection_id is None:
            known = self._store.connections(tenant)
            active = [c for c in known if c.state == "active"]
            owner = self._ended_owner(known, module, record_id)
            if owner is not None:
                return owner
            if len(active) > 1:
                return self._of_record(active, module, record_id)
        try:
            return find_connection(self._store, connection_id, tenant)
        except NotConnected:
            return None

    def _ended_owner(
        self, known: Sequence[Connection], module: str, record_id: str
    ) -> Connection | None:
        """The ended connection that a document is linked in: it goes to no other."""
        sync = next((one for one in self._parts.modules() if one.name == module), None)
        if sync is None or not nature(sync.kind).document:
            return None
        store = self._store
        return next(
            (
                one
                for one in known
                if one.state == "ended" and store.links_by_crm(one.id, module, [record_id])
            ),
            None,
        )

    def _of_record(self, active: Sequence[Connection], module: str, record_id: str) -> Connection:
        """Of several the one that the record is linked in, else one that does not exclude it."""
        store = self._store
        for one in active:
            if store.links_by_crm(one.id, module, [record_id]):
                return one
        for one in active:
            last = store.outcomes(
                connections=[one.id],
                module=module,
                crm_id=record_id,
                limit=1,
                since=known_since(store, one.id),
            )
            if last and (last[0].cause is None or last[0].cause.code != "routed_elsewhere"):
                return one
        return active[0]

    def facts(
        self, tenant: str, module: Module, record: Record, connection: Connection | None
    ) -> PanelFacts:
        """Everything that the panel of the record is decided from; reads, never writes."""
        parts = self._parts
        sync = next((s for s in parts.modules() if s.name == module.name), None)
        values = _panel_values(parts, tenant, module, record)
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
            allow_sync=_allowed(parts, connection, module.name, values.get(ALLOW_SYNC)),
            xero_status=str(values.get(STATUS) or "") if invoice else None,
            invoice_type=str(values.get(INVOICE_TYPE) or "Invoice") if invoice else None,
            rows=[row.item for row in rows if row not in misshaped],
            actions=[button.item for button in buttons],
            problems=_problems(parts, [*problems, *broken], misshaped),
            currencies=_currencies(parts, connection),
            reconnect=_reconnect(parts, connection, sync),
            selects=_selects(parts, connection, module.name),
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


def _panel_values(parts: Parts, tenant: str, module: Module, record: Record) -> dict[str, Any]:
    values = dict(parts.store.panel_values(tenant, module.name, record.ref.id))
    reader = RoleValues(module, record.values)
    for role in (ALLOW_SYNC, STATUS, INVOICE_TYPE):
        if module.by_role(role) is not None:
            values[role] = reader.raw(role)
    return values


def _changed_since(
    parts: Parts, connection: Connection, record: Record, outcome: Outcome | None
) -> bool:
    """Whether the record was saved, or marked for the next run, after its newest outcome."""
    ref, store = record.ref, parts.store
    # What was saved a moment ago is due soon.
    rows = parts.host.outbox(parts.clock.now() + _SOON, _OUTBOX_ROWS)
    saved = [row.due_at - _QUIET for row in rows if row.ref == ref and row.origin != "xero"]
    keys = [key for key in store.dirty(connection.id, "crm", ref.module) if key.id == ref.id]
    # A record that is held stays marked since then: a new save marks it once more, or the CRM
    # tells of one that is not taken out of its outbox yet.
    marked = [at for key in keys for at in (key.touched_at, record.modified) if at is not None]
    changed = [*saved, *marked]
    seen_at = outcome.at if outcome is not None else None
    return any(seen_at is None or at > seen_at for at in changed)


def _currencies(parts: Parts, connection: Connection | None) -> tuple[str, str] | None:
    """The base currencies of the CRM and of Xero where they differ."""
    if connection is None or not connection.base_currency:
        return None
    own = parts.host.base_currency()
    return None if own == connection.base_currency else (own, connection.base_currency)


def _reconnect(
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


def _selects(parts: Parts, connection: Connection | None, module: str) -> bool:
    """Whether Allow XTiger Sync decides which records of the module are synced."""
    if connection is None:
        return True
    return parts.store.module_settings(connection.id, module).selection == "selected"


def _allowed(parts: Parts, connection: Connection | None, module: str, value: Any) -> bool:
    if not _selects(parts, connection, module):
        return True
    if value in (None, ""):
        return (
            connection is None or parts.store.module_settings(connection.id, module).sync_by_default
        )
    return bool(read_flag(value))


def _linked(
    parts: Parts, connection: Connection | None, sync: SyncModule | None, record: Record
) -> dict[str, Any]:
    """Link, Xero's last seen copy, last outcome and address of the record."""
    if connection is None or sync is None:
        return {}
    store, ref = parts.store, record.ref
    link = store.links_by_crm(connection.id, ref.module, [ref.id]).get(ref.id)
    shadow = None
    if link is not None:
        found = store.shadows(connection.id, "xero", link.kind, [link.xero_id]).get(link.xero_id)
        shadow = found.payload if found else None
    outcome = next(
        iter(
            store.outcomes(
                connections=[connection.id],
                module=ref.module,
                crm_id=ref.id,
                limit=1,
                since=known_since(store, connection.id),
            )
        ),
        None,
    )
    kind = str((shadow or {}).get("Type") or "")
    return {
        "link": link,
        "shadow": shadow,
        "outcome": outcome,
        "sentences": Sentences(parts).cause(outcome.cause, "browser", outcome)
        if outcome
        else ("", ""),
        "waiting": _changed_since(parts, connection, record, outcome),
        "view_url": (
            view_url(link.kind, link.xero_id, connection.short_code, kind) if link else None
        ),
    }
