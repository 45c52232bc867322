"""Suppliers whose bills come into the CRM: they come, too, where Xero brings customers only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.check import BILLS_FROM_XERO
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.gone import GONE_STATUSES
from xtiger.model.links import Shadow
from xtiger.rules.starting import OPEN, is_before


def takes_bills(scope: Scope) -> bool:
    """Whether bills that only Xero has become records of this module."""
    buys = any(not one.sells for one in scope.traits.types)
    comes = scope.carries("to_crm") and scope.settings.create_in_crm
    return buys and comes and bool(scope.option(BILLS_FROM_XERO))


def suppliers_of_bills(bench: Workbench) -> frozenset[str]:
    """The contacts of bills that wait to come into the CRM; nobody where none comes."""
    return frozenset(
        contact
        for scope in bench.scopes
        if takes_bills(scope)
        for shadow in _coming(bench, scope)
        if (contact := str((shadow.payload.get("Contact") or {}).get("ContactID") or ""))
    )


def wake_suppliers(bench: Workbench) -> None:
    """Look again at contacts that stayed out before a bill of theirs came."""
    wanted = suppliers_of_bills(bench)
    if not wanted:
        return
    store, connection_id = bench.store, bench.connection_id
    linked = store.links_by_xero(connection_id, "Contact", wanted)
    aliases = store.xero_aliases(connection_id, "Contact", wanted)
    new = sorted(wanted - linked.keys() - aliases.keys())
    if new:
        store.mark(connection_id, "xero", "Contact", new, "used", bench.clock.now())


def _coming(bench: Workbench, scope: Scope) -> Iterator[Shadow]:
    """The live bills that are marked, free, and not before the start."""
    store, connection_id, kind = bench.store, bench.connection_id, scope.kind
    marked = [key.id for key in store.dirty(connection_id, "xero", kind) if key.id]
    linked = store.links_by_xero(connection_id, kind, marked)
    new = [one for one in marked if one not in linked]
    for shadow in store.shadows(connection_id, "xero", kind, new).values() if new else ():
        document = scope.traits.type_of(shadow.payload)
        live = not shadow.gone and shadow.payload.get("Status") not in GONE_STATUSES
        if live and document is not None and not document.sells and not _before(scope, shadow):
            yield shadow


def _before(scope: Scope, shadow: Shadow) -> bool:
    open_ = shadow.payload.get("Status") in OPEN
    return is_before(scope.start, _day(shadow.payload.get("Date")), is_open=open_)


def _day(text: Any) -> date | None:
    """The day of a document; None where it has none, or one that its own outcome speaks of."""
    try:
        return parse_moment(str(text)).date() if text else None
    except ValueError:
        return None
