"""Aliases: further records of one and the same thing, which resolve parents and never merge."""

from __future__ import annotations

from dataclasses import replace

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.links import Link


def primary_name(bench: Workbench, link: Link) -> str:
    """What people call the CRM record that an alias stands for."""
    module, crm_id = link.module, link.crm_id
    if link.role == "alias":
        found = bench.store.links_by_xero(bench.connection_id, link.kind, [link.xero_id])
        primary = found.get(link.xero_id)
        if primary is None:
            return "a record that is not linked any more"
        module, crm_id = primary.module, primary.crm_id
    seen = bench.store.shadows(bench.connection_id, "crm", module, [crm_id]).get(crm_id)
    return str((seen.payload if seen else {}).get("name") or f"{module} {crm_id}")


def follow_primary(bench: Workbench, primary: Link, xero_id: str) -> None:
    """Move the aliases of a link along with it to another Xero record."""
    for alias in bench.store.aliases(bench.connection_id, primary.kind, [primary.xero_id]):
        bench.store.change_link(replace(alias, xero_id=xero_id))
