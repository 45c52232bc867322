"""Undo's comparison: what of a run's writes is still as it wrote it, and what people changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xtiger.model.plans import Item
from xtiger.model.undo.images import REMOVED, Changes, Did, Image
from xtiger.model.values import Plain, same
from xtiger.rules.kinds import nature

#: In values of lines: what equal lines have equal.
DIGEST = "digest"
#: What is done with a record in Xero → what remains of it there.
REMAINS = {
    "archive": "Archived in Xero, which deletes no contact.",
    "void": "Voided in Xero, which deletes no approved invoice; its number stays taken.",
    "payment": "Deleted in Xero, whose history keeps it.",
}


def alike(one: Plain, other: Plain) -> bool:
    """Whether two values are equal; lines are by their digests."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and DIGEST in one:
        return bool(one[DIGEST] == other.get(DIGEST))
    return same(one, other)


def taken_back(changes: Changes, now: Mapping[str, Plain]) -> tuple[dict[str, Plain], list[str]]:
    """(field → the value that it had before, fields that somebody changed since).

    What has its old value already needs nothing.
    """
    back: dict[str, Plain] = {}
    kept: list[str] = []
    for field, (before, after) in changes.items():
        if alike(now.get(field), before):
            continue
        if alike(now.get(field), after):
            back[field] = before
        else:
            kept.append(field)
    return back, kept


def edited(changes: Changes, now: Mapping[str, Plain]) -> list[str]:
    """The fields that no longer have what the run wrote."""
    return [field for field, (_, after) in changes.items() if not alike(now.get(field), after)]


def composed(images: Sequence[Image]) -> Image:
    """What several writes of one record come to, newest first: from before the oldest to now.

    What somebody edited between two of them is what it goes back to.
    """
    newest, oldest = images[0], images[-1]
    did: Did = oldest.did if oldest.did in ("made_in_xero", "made_in_crm", "linked") else "changed"
    if newest.did in REMOVED:
        did = newest.did
    return replace(
        newest,
        did=did,
        xero=_chained([one.xero for one in images]),
        crm=_chained([one.crm for one in images]),
        base={key: pair for one in images for key, pair in one.base.items()},
        lines=oldest.lines,
        allocated=tuple(made for one in images for made in one.allocated),
    )


def _chained(found: Sequence[Changes]) -> dict[str, tuple[Plain, Plain]]:
    chain: dict[str, tuple[Plain, Plain]] = {}
    for changes in found:
        for field, (before, after) in changes.items():
            known = chain.get(field)
            if known is None:
                chain[field] = before, after
            elif alike(known[0], after):
                chain[field] = before, known[1]
    return chain


def remains(item: Item) -> str:
    """What stays behind of an action that takes a record away in Xero, as a sentence; "" for none.

    Xero forgets nothing that was in its books.
    """
    if item.to_xero is None:
        return ""
    if item.verb == "delete" and nature(item.kind).pays:
        return REMAINS["payment"]
    return REMAINS.get(item.verb or "", "")


def by_record(images: Sequence[Image]) -> list[Image]:
    """Images of several runs, newest first, as one for each record; those of the newest first."""
    found: dict[tuple[str, str, str], list[Image]] = {}
    for one in images:
        found.setdefault((one.module, one.kind, one.crm_id or one.xero_id), []).append(one)
    return [composed(some) for some in found.values()]
