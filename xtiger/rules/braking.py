"""The brake's decision: how much of a module a plan would change, and what it says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from xtiger.model.brakes import Brake, BrakedChange
from xtiger.model.conflicts import value_text
from xtiger.model.mappings import ModuleSettings
from xtiger.model.plans import REMOVALS, Item
from xtiger.model.runs import Trigger
from xtiger.model.values import to_json
from xtiger.rules.kinds import nature

#: Triggers whose runs are parts of one stream of changes: their changes of an hour count together.
STREAMS: frozenset[Trigger] = frozenset({"save", "webhook"})
#: Causes of linked records that could not be read: they may be gone, and count as removals.
UNREADABLE = frozenset({"missing_without_proof", "unreadable_answer"})


def touches(item: Item) -> bool:
    """Whether an item counts for the brake: it changes or removes a linked record, or lost it.

    Creates and first links never count.
    """
    if item.link_id is None:
        return False
    if item.verb is None:
        return item.cause is not None and item.cause.code in UNREADABLE
    return item.verb == "update" or item.verb in REMOVALS


def weigh(
    items: Iterable[Item],
    settings: Mapping[str, ModuleSettings],
    linked: Mapping[str, int],
    recent: Mapping[str, Collection[str]],
    allowed: Collection[str] = (),
    approving: Collection[str] = (),
) -> tuple[Brake, ...]:
    """The modules of which these items would change more than their share, in their order.

    `recent`: module → ids (CRM id, or Xero id without one) of records that queued runs of the
    last hour changed already. `allowed`: digests of actions that a person released. `approving`:
    CRM ids of the invoices of which somebody released approving, and was shown how many.
    """
    ids: dict[str, set[str]] = {}
    for item in items:
        if item.crm_id in approving and approves(item):
            continue
        if touches(item) and (item.verb is None or digest(item) not in allowed):
            ids.setdefault(item.module, set()).add(item.crm_id or item.xero_id or "")
    found = []
    for module, changed in ids.items():
        chosen = settings.get(module) or ModuleSettings(module)
        brake = Brake(
            module,
            changes=len(changed | set(recent.get(module, ()))),
            linked=linked.get(module, 0),
            limit=chosen.brake_share,
        )
        if brake.changes > chosen.brake_records and (
            brake.changes * 100 > brake.limit * brake.linked and brake.limit < 100
        ):
            found.append(brake)
    return tuple(found)


def approves(item: Item) -> bool:
    """Whether an action approves an invoice in Xero, and does nothing else."""
    status = (item.to_xero or {}).get("Status")
    return (
        nature(item.kind).document
        and (item.verb, item.to_crm) == ("update", None)
        and status in ("SUBMITTED", "AUTHORISED")
        and all(one.field == "Status" for one in item.differences)
    )


def may_brake(items: Iterable[Item], settings: Mapping[str, ModuleSettings]) -> bool:
    """Whether these items alone are enough for a brake, whatever is linked."""
    counts: dict[str, int] = {}
    for item in items:
        if touches(item):
            counts[item.module] = counts.get(item.module, 0) + 1
    return any(
        count > (settings.get(module) or ModuleSettings(module)).brake_records
        for module, count in counts.items()
    )


def digest(item: Item) -> str:
    """What an action would write, in 32 signs: equal actions have equal digests."""
    content = [item.module, item.kind, item.crm_id, item.xero_id, item.verb]
    written = [item.to_xero, item.to_crm, item.link_id]
    return hashlib.sha256(to_json([content, written]).encode()).hexdigest()[:32]


def looked_at(items: Sequence[Item]) -> tuple[BrakedChange, ...]:
    """The actions of a plan as a person looks at them."""
    return tuple(
        BrakedChange(
            module=item.module,
            name=item.name,
            verb=item.verb,
            fields=tuple(
                (one.label or one.field, value_text(one.crm), value_text(one.xero), one.decision)
                for one in item.differences
            ),
            digest=digest(item),
        )
        for item in items
        if item.verb is not None
    )
