"""Looking at all records of a module again: what it decides by has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Protocol

from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.hookspecs import SyncModule
from xtiger.mapping.filters.bound import moves_with_today
from xtiger.model import setting_keys
from xtiger.model.links import Side
from xtiger.model.setting_keys import crm_cursor
from xtiger.model.values import digest
from xtiger.ports.store import ChangeStore, LinkStore, ShadowStore
from xtiger.rules.kinds import nature

#: Settings that older releases had not.
_ADDED = frozenset({"filter", "owners", "matching", "unlogged"})


class MarkStore(ChangeStore, ShadowStore, Protocol):
    """Marks, and the last seen copies that are marked."""


class OwnStore(MarkStore, LinkStore, Protocol):
    """Marks, last seen copies, and which of these a record is linked to."""


def known_only(store: LinkStore, connection_id: str, kind: str, ids: Sequence[str]) -> list[str]:
    """Those of a kind's ids that concern the CRM: where it takes none in, the linked ones."""
    if not nature(kind).ours_only:
        return list(ids)
    return list(store.links_by_xero(connection_id, kind, ids)) if ids else []


def look_again(store: OwnStore, connection_id: str, sync: SyncModule, now: datetime) -> None:
    """Let the next run read a module whole: the CRM's feed from its start, of Xero all kinds."""
    store.save_cursor(connection_id, crm_cursor(sync.name), None)
    for kind in filter(None, (sync.kind, sync.alone_kind)):
        known = store.shadow_ids(connection_id, "xero", kind)
        ours = known_only(store, connection_id, kind, sorted(known))
        store.mark(connection_id, "xero", kind, ours, "settings", now)


def look_again_if_changed(bench: Workbench) -> None:
    """Mark every record of a module whose settings or mapping were changed since the last run.

    What a setting left out is clean and would wait for its next edit otherwise.
    """
    keys = {
        scope.name: setting_keys.looked_at(bench.connection_id, scope.name)
        for scope in bench.scopes
    }
    kept = bench.store.settings(list(keys.values()))
    for scope in bench.scopes:
        key, now = keys[scope.name], digest(_chosen(bench, scope))
        before = kept.get(key)
        if before == now:
            continue
        with bench.store.transaction():
            bench.store.save_setting(key, now)
            if before is not None:
                _mark_all(bench, scope)


def _mark_all(bench: Workbench, scope: Scope) -> None:
    sides: list[tuple[Side, str]] = [("crm", scope.name)]
    sides += [("xero", part.kind) for part in scope.parts]
    for side, type_ in sides:
        known = bench.store.each_shadow(bench.connection_id, side, type_)
        ids = [shadow.id for shadow in known if not shadow.gone]
        if side == "xero":
            ids = known_only(bench.store, bench.connection_id, type_, ids)
        bench.store.mark(bench.connection_id, side, type_, ids, "settings", bench.clock.now())


def _chosen(bench: Workbench, scope: Scope) -> dict[str, Any]:
    settings = {f.name: getattr(scope.settings, f.name) for f in fields(scope.settings)}
    # What a later release has added counts once it is chosen.
    chosen = {name: value for name, value in settings.items() if name not in _ADDED or value}
    if chosen["duplicates"] == "ask":
        chosen["duplicates"] = "link"  # as releases before called it: nothing has changed
    lists = {"statuses": list(scope.settings.statuses)}
    return {**chosen, **lists, **_filtered(bench, scope), "mapping": scope.mapping.version}


def _filtered(bench: Workbench, scope: Scope) -> dict[str, Any]:
    """The filter, and the day where what it lets in changes from one day to the next."""
    text = scope.settings.filter
    if not moves_with_today(text):
        return {"filter": text} if text else {}
    zone = bench.host.host.caps.zone
    return {"filter": text, "today": bench.clock.now().astimezone(zone).date()}
