"""What carrying out a plan will cost: calls, seconds and bytes, before anything is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from xtiger.model.plans import REMOVALS, Estimate, Item
from xtiger.model.values import to_json
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.kinds import nature

#: Xero's advice: about 50 elements and 3.5 MB per request; kept under both.
BATCH_ELEMENTS = 50
BATCH_BYTES = 3_000_000
#: Seconds that one batch of writes takes, as a rough guide.
_SECONDS_PER_CALL = 2


def batch_groups(items: Sequence[Item]) -> dict[tuple[str, str, str], list[Item]]:
    """(module, kind, create or update) → the items that send something, in order."""
    groups: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.verb is not None and _is_batched(item) and item.to_xero:
            way = "create" if item.verb == "create" else "update"
            groups[item.module, item.kind, way].append(item)
    return groups


def _is_batched(item: Item) -> bool:
    return bool(nature(item.kind).part_of) or item.verb not in REMOVALS


def _one_by_one(items: Sequence[Item]) -> int:
    """Calls of removals, and of payments that are deleted before they are made anew."""
    batched: dict[str, int] = defaultdict(int)
    calls = 0
    for item in items:
        calls += sum(bool(one.allocation_id) + bool(one.note) for one in item.freed)
        if not _is_batched(item) and item.to_xero is not None:
            if nature(item.kind).removed_in_batches:
                batched[item.kind] += 1
            else:
                calls += 1
        elif nature(item.kind).replaced and item.verb == "update" and item.to_xero:
            calls += 1
    return calls + sum(-(-count // BATCH_ELEMENTS) for count in batched.values())


def estimate(items: Sequence[Item], files: int = 0) -> Estimate:
    """Calls as the batches will be cut; bytes as the values will roughly be encoded.

    `files` are so many documents that may be attached, one call each.
    """
    size = 0
    calls = _one_by_one(items)
    for (_, kind, _), group in batch_groups(items).items():
        calls += -(-len(group) // BATCH_ELEMENTS) if not nature(kind).part_of else 0
        size += sum(len(to_json(item.to_xero)) for item in group)
    calls += _list_calls(items) + files
    return Estimate(calls, calls * _SECONDS_PER_CALL, size)


def _list_calls(items: Sequence[Item]) -> int:
    """Persons travel as the lists of their contacts, which are read once more before."""
    lists = {
        str((item.to_xero or {}).get("ContactID") or contact_of(item.xero_id or ""))
        for item in items
        if nature(item.kind).part_of and item.verb is not None and item.to_xero
    }
    return 1 - (-len(lists) // BATCH_ELEMENTS) if lists else 0
