"""Gathering what the panel of one record shows, from the CRM, the store and the extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xtiger.errors import XTigerError
from xtiger.fields import read_flag
from xtiger.lines import RoleValues
from xtiger.panels import ALLOW_SYNC, INVOICE_TYPE, STATUS, PanelFacts, xero_url

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.dispatch import Dispatcher
    from xtiger.hookspecs import SyncModule
    from xtiger.links import Connection
    from xtiger.records import Module, Record


def panel_facts(
    xt: XTiger, dispatcher: Dispatcher, record: Record, connection_id: str | None
) -> PanelFacts:
    """Everything that the panel of the record is decided from; reads, never writes."""
    connection = _connection(xt, connection_id)
    module = next(m for m in xt.host.modules() if m.name == record.ref.module)
    sync = next((s for s in xt.modules() if s.name == module.name), None)
    values = _panel_values(xt, module, record)
    rows, problems = dispatcher.robust(
        "panel_rows", connection.id if connection else None, context=xt.context(),
        connection=connection, module=module.name, record=record,
    )  # fmt: skip
    offers, broken = dispatcher.robust("record_actions", module=module.name)
    invoice = sync is not None and sync.kind == "Invoice"
    return PanelFacts(
        module=module.name, record_id=record.ref.id, now=xt.clock.now(),
        locale=xt.settings.locale, connection=connection,
        allow_sync=_allowed(xt, connection, module.name, values.get(ALLOW_SYNC)),
        xero_status=str(values.get(STATUS) or "") if invoice else None,
        invoice_type=str(values.get(INVOICE_TYPE) or "Invoice") if invoice else None,
        rows=[row for offer in rows for row in offer],
        actions=[action for offer in offers for action in offer],
        problems=[f"{p.extension}: {p.reason}" for p in (*problems, *broken)],
        **_linked(xt, connection, sync, record),
    )  # fmt: skip


def _connection(xt: XTiger, connection_id: str | None) -> Connection | None:
    try:
        return xt.connection(connection_id)
    except XTigerError:
        return None  # the panel says that nothing is connected


def _panel_values(xt: XTiger, module: Module, record: Record) -> dict[str, Any]:
    tenant = (list(xt.host.tenants()) or [""])[0]
    values = dict(xt.store.panel_values(tenant, module.name, record.ref.id))
    reader = RoleValues(module, record.values)
    for role in (ALLOW_SYNC, STATUS, INVOICE_TYPE):
        if module.by_role(role) is not None:
            values[role] = reader.raw(role)
    return values


def _allowed(xt: XTiger, connection: Connection | None, module: str, value: Any) -> bool:
    if value in (None, ""):
        return connection is None or xt.store.module_settings(connection.id, module).sync_by_default
    return bool(read_flag(value))


def _linked(
    xt: XTiger, connection: Connection | None, sync: SyncModule | None, record: Record
) -> dict[str, Any]:
    """Link, Xero's last seen copy, last outcome and address of the record."""
    if connection is None or sync is None:
        return {}
    store, ref = xt.store, record.ref
    link = store.links_by_crm(connection.id, ref.module, [ref.id]).get(ref.id)
    shadow = None
    if link is not None:
        found = store.shadows(connection.id, "xero", link.kind, [link.xero_id]).get(link.xero_id)
        shadow = found.payload if found else None
    outcome = next(
        iter(
            store.outcomes(connection_id=connection.id, module=ref.module, crm_id=ref.id, limit=1)
        ),
        None,
    )
    waiting = any(key.id == ref.id for key in store.dirty(connection.id, "crm", ref.module))
    settled = outcome is None or outcome.result not in ("held", "skipped", "conflict", "failed")
    kind = str((shadow or {}).get("Type") or "")
    return {
        "link": link, "shadow": shadow, "outcome": outcome,
        "sentences": xt.cause(outcome.cause) if outcome else ("", ""),
        "waiting": waiting and settled,
        "view_url": xero_url(connection, link.kind, link.xero_id, kind) if link else None,
    }  # fmt: skip
