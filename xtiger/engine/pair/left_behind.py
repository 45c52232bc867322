"""Xero records whose CRM record was deleted: a person who enters it again means them."""

from __future__ import annotations

from collections.abc import Iterable

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.records import Ref


def left_behind(bench: Workbench, kind: str, ids: Iterable[str]) -> list[str]:
    """Those of these Xero records that are linked to a record that the CRM no longer has."""
    links = bench.store.links_by_xero(bench.connection_id, kind, list(ids))
    by_module: dict[str, list[str]] = {}
    for link in links.values():
        by_module.setdefault(link.module, []).append(link.crm_id)
    there = {
        Ref(module, crm_id)
        for module, crm_ids in by_module.items()
        for crm_id, record in bench.host.get(module, crm_ids).items()
        if not record.deleted
    }
    return [key for key, link in links.items() if Ref(link.module, link.crm_id) not in there]
