"""Sharing one Xero record between duplicates of the CRM: each but the first becomes an alias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xtiger.engine.apply.booking import Booking
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import LinkRefused
from xtiger.model.links import Link
from xtiger.model.plans import Item
from xtiger.rules.causes import cause_of


def share(bench: Workbench, booking: Booking, items: Sequence[Item]) -> None:
    """Make each an alias of what it shares, once that is linked; else it waits for it.

    The alias is stored before its outcome: a run that ends in between finds it next time.
    """
    for item in items:
        if _linked(bench, item):
            booking.settle_quiet([item])
        else:
            waiting = replace(item, cause=cause_of("crm_duplicate", name=item.name), result="held")
            booking.settle_quiet([waiting])


def _linked(bench: Workbench, item: Item) -> bool:
    first = item.shares
    assert first is not None  # the caller's choice
    store, connection_id = bench.store, bench.connection_id
    found = store.links_by_crm(connection_id, first.module, [first.id]).get(first.id)
    if found is None or found.role != "primary" or found.kind != item.kind:
        return False
    own = (item.module, item.crm_id or "")
    made = Link(connection_id, item.kind, found.xero_id, *own, role="alias")
    try:
        store.add_link(replace(made, created_at=bench.clock.now()))
    except LinkRefused:
        return False
    return True
