"""Sync records again straight from the log."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.errors import NeedsPerson
from xtiger.model.runs import Outcome
from xtiger.ports import Context


def sync_again(context: Context, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Sync the records of these outcomes once each, parents first; returns the new outcomes.

    Raises NeedsPerson when none of them has a CRM record, and what sync_records raises.
    """
    order = {module: place for place, module in enumerate(context.module_order())}
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for outcome in outcomes:
        if outcome.crm_id is not None and outcome.module in order:
            ids = groups.setdefault((outcome.module, outcome.connection_id), {})
            ids[outcome.crm_id] = None
    if not groups:
        raise NeedsPerson(
            "None of these entries has a record in the CRM. Sync its module instead: xtiger sync"
        )
    results: list[Outcome] = []
    for module, connection_id in sorted(groups, key=lambda group: order[group[0]]):
        every = list(groups[module, connection_id])
        results += context.sync_records(connection_id, module, every, "person")
    return results
