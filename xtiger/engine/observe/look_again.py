"""Looking at all records of a module again: what it decides by has changed."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, Protocol

from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.hookspecs import SyncModule
from xtiger.model import setting_keys
from xtiger.model.links import Side
from xtiger.model.setting_keys import crm_cursor
from xtiger.model.values import digest
from xtiger.ports.store import ChangeStore, ShadowStore


class MarkStore(ChangeStore, ShadowStore, Protocol):
    """Marks, and the last seen copies that are marked."""


def look_again(store: MarkStore, connection_id: str, sync: SyncModule, now: datetime) -> None:
    """Let the next run read a module whole: the CRM's feed from its start, of Xero all kinds."""
    store.save_cursor(connection_id, crm_cursor(sync.name), None)
    for kind in filter(None, (sync.kind, sync.alone_kind)):
        known = store.shadow_ids(connection_id, "xero", kind)
        store.mark(connection_id, "xero", kind, known, "settings", now)


def look_again_if_changed(bench: Workbench, scope: Scope) -> bool:
    """Mark every record of a module whose settings or mapping were changed since the last run.

    What a setting left out is clean and would wait for its next edit otherwise.
    """
    key = setting_keys.looked_at(bench.connection_id, scope.name)
    now = digest(_chosen(scope))
    before = bench.store.setting(key)
    if before == now:
        return False
    with bench.store.transaction():
        bench.store.save_setting(key, now)
        if before is None:
            return False
        sides: list[tuple[Side, str]] = [("crm", scope.name)]
        sides += [("xero", part.kind) for part in scope.parts]
        for side, type_ in sides:
            known = bench.store.each_shadow(bench.connection_id, side, type_)
            ids = [shadow.id for shadow in known if not shadow.gone]
            bench.store.mark(bench.connection_id, side, type_, ids, "settings", bench.clock.now())
    return True


def _chosen(scope: Scope) -> dict[str, Any]:
    settings = {f.name: getattr(scope.settings, f.name) for f in fields(scope.settings)}
    return {**settings, "statuses": list(scope.settings.statuses), "mapping": scope.mapping.version}
