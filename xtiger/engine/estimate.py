"""What carrying out a plan will cost: calls, seconds and bytes, before anything is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from xtiger.plans import Estimate, Item
from xtiger.values import to_json

#: Xero's advice: about 50 elements and 3.5 MB per request; kept under both.
BATCH_ELEMENTS = 50
BATCH_BYTES = 3_000_000
#: Seconds that one batch of writes takes, as a rough guide.
_SECONDS_PER_CALL = 2


def batch_groups(items: Sequence[Item]) -> dict[tuple[str, str, str], list[Item]]:
    """(module, kind, create or update) → the items that send something, in order."""
    groups: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.verb is not None and item.to_xero:
            way = "create" if item.verb == "create" else "update"
            groups[item.module, item.kind, way].append(item)
    return groups


def estimate(items: Sequence[Item]) -> Estimate:
    """Calls as the batches will be cut; bytes as the values will roughly be encoded."""
    calls = size = 0
    for group in batch_groups(items).values():
        calls += -(-len(group) // BATCH_ELEMENTS)
        size += sum(len(to_json(item.to_xero)) for item in group)
    return Estimate(calls, calls * _SECONDS_PER_CALL, size)
