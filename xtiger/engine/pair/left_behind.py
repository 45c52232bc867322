"""What is left in Xero of what is gone: a deleted record's partner, a voided document's number."""

from __future__ import annotations

from collections.abc import Iterable

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.records import Ref
from xtiger.rules.kinds import nature
from xtiger.rules.matching import Match


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


def is_voided(bench: Workbench, kind: str, found: Match | None) -> bool:
    """Whether a voided document keeps the number it was found by; a deleted draft's is free."""
    if found is None or found.how != "archived":
        return False
    seen = bench.store.shadows(bench.connection_id, "xero", kind, found.ids)
    status = nature(kind).status_field
    return any(shadow.payload.get(status) == "VOIDED" for shadow in seen.values())
