"""Which document of Xero a new record of the CRM is, kept where the CRM has no field for it.

Unlinked, a bill without it would count as a sale.
"""

from __future__ import annotations

from xtiger.engine.pair.document_types import TYPE_ROLE
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.rules.kinds import nature


def keep_type(bench: Workbench, scope: Scope, xero_id: str, crm_id: str) -> None:
    """Keep it as the panel does; nothing where it is the usual one, or the CRM has the field."""
    types = nature(scope.kind).types
    if not types or scope.module.by_role(TYPE_ROLE) is not None:
        return
    seen = bench.store.shadows(bench.connection_id, "xero", scope.kind, [xero_id])
    found = nature(scope.kind).type_of(seen[xero_id].payload) if xero_id in seen else None
    if found is not None and found is not types[0]:
        tenant = bench.connection.tenant
        bench.store.save_panel_value(tenant, scope.name, crm_id, TYPE_ROLE, found.word)
