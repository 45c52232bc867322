"""Records compared anew: read by id from Xero, whatever the feeds say, and merged as always."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from xtiger.engine.cycle.carry_through import plan_records
from xtiger.engine.observe.both_sides import save_elements
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.plans import Plan
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.kinds import nature

#: The lease is prolonged after so many: one call.
_PART = 40


def planned_records(
    module: str, ids: Sequence[str], *, asked: bool, anew: bool
) -> Callable[[Workbench], Plan]:
    """What plans these CRM records and their parents: by the feeds, or read by id where `anew`.

    `asked`: a person wants them sent.
    """
    if anew:
        return partial(plan_anew, module=module, ids=ids)
    return partial(plan_records, module=module, ids=ids, asked=asked)


def plan_anew(bench: Workbench, module: str, ids: Sequence[str]) -> Plan:
    """Read what these CRM records are linked to once more by id, then plan them and their parents.

    An edit in Xero that no feed shows is seen so; what Xero refused before goes again.
    """
    wanted: dict[str, dict[str, None]] = {}
    for link in bench.store.links_by_crm(bench.connection_id, module, ids).values():
        feed = nature(link.kind).feed
        one = link.xero_id if feed == link.kind else contact_of(link.xero_id)
        wanted.setdefault(feed, {})[one] = None
    for kind, found in wanted.items():
        every = list(found)
        for start in range(0, len(every), _PART):
            bench.keep_alive()
            elements = bench.xero.fetch(kind, every[start : start + _PART])
            save_elements(bench, kind, elements, bench.clock.now(), mark="all")
    return plan_records(bench, module, ids, asked=True)
