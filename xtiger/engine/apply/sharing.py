"""Sharing one Xero record between duplicates of the CRM: each but the first becomes an alias.

Where the first one is gone from the CRM, an alias takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xtiger.engine.apply.booking import Booking
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import LinkRefused
from xtiger.model.links import Link
from xtiger.model.plans import Item
from xtiger.model.records import Ref
from xtiger.rules.causes import cause_of


def share(bench: Workbench, booking: Booking, items: Sequence[Item]) -> None:
    """Make each an alias of what it shares, once that is linked; else it waits for it.

    The links are stored before their outcome: a run that ends in between finds them next time.
    """
    for item in items:
        if item.heir is not None:
            gone = item if _inherited(bench, item, item.heir) else replace(item, result="skipped")
            booking.settle_quiet([gone])
        elif _linked(bench, item):
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


def _inherited(bench: Workbench, item: Item, heir: Ref) -> bool:
    """Let an alias take the place of a record that is gone; False where that has more in Xero.

    What was agreed with the one that is gone goes with its link: the next sync compares the other
    one with Xero as when two are linked for the first time.
    """
    store, connection_id, now = bench.store, bench.connection_id, bench.clock.now()
    own = store.links_by_crm(connection_id, item.module, [item.crm_id or ""]).get(item.crm_id or "")
    alias = store.links_by_crm(connection_id, heir.module, [heir.id]).get(heir.id)
    more = store.xero_aliases(connection_id, item.kind).values()
    has_more = any((one.module, one.crm_id) == (item.module, item.crm_id) for one in more)
    if own is None or own.id is None or alias is None or alias.role != "alias" or has_more:
        return False
    with store.transaction():
        store.remove_link(own.id)
        store.change_link(replace(alias, role="primary"))
        store.mark(connection_id, "crm", heir.module, [heir.id], "person", now)
        store.mark(connection_id, "xero", item.kind, [own.xero_id], "person", now)
    return True
