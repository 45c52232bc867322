"""What is left in Xero of what is gone: a deleted record's partner, a voided document's number."""

from __future__ import annotations

from collections.abc import Iterable

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.plans import Cause
from xtiger.model.records import Ref
from xtiger.rules.causes import cause_of
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


def number_held(
    bench: Workbench, kind: str, number: str, found: Match | None, *, claimed: bool
) -> Cause | None:
    """What keeps a number from a new document: another of this plan has it, or a voided one."""
    if claimed:
        return cause_of("number_taken", number=number)
    return cause_of("number_voided", number=number) if _is_voided(bench, kind, found) else None


def _is_voided(bench: Workbench, kind: str, found: Match | None) -> bool:
    """Whether a voided document keeps the number it was found by; a deleted draft's is free."""
    if found is None or found.how != "archived":
        return False
    seen = bench.store.shadows(bench.connection_id, "xero", kind, found.ids)
    status = nature(kind).status_field
    return any(shadow.payload.get(status) == "VOIDED" for shadow in seen.values())
