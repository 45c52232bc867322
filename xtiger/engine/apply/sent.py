"""What a write was made of, kept with its intent, and what of it Xero turns out to hold.

A run may die after Xero wrote and before it answered. What people change until the next run must
then be compared with what was sent: both sides had agreed on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from xtiger.engine.apply.answered_values import answered_xero
from xtiger.engine.apply.sent_lines import SentLines, lines_arrived, lines_made
from xtiger.engine.observe.person_lists import set_leaving
from xtiger.engine.plan.item_builder import row_key
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import UnreadableAnswer
from xtiger.mapping.convert import LINES
from xtiger.model.calls import Batch, Intent
from xtiger.model.links import Base, Link, Pair, Shadow
from xtiger.model.plans import Item
from xtiger.model.records import XeroRecord, XeroRef
from xtiger.model.values import Plain, canon
from xtiger.rules.kinds import nature

#: Finds the record that a create made, by its own proof; None when there is none for sure.
Finder = Callable[[Workbench, Intent], Shadow | None]


def meant_by(item: Item, sent: Mapping[str, Plain]) -> dict[str, Any]:
    """Both halves of what an item agrees on, as plain data; `sent` are its flat Xero values.

    What travels the other way in the same item is no part of it.
    """
    creating = item.verb == "create"
    coming_in = {row_key(d.field) for d in item.differences if d.decision == "to_crm"}
    agreed = item.agreed - coming_in if creating else item.agreed
    own = {key: item.crm_values.get(key) for key in agreed if key in item.crm_values}
    meant: dict[str, Any] = {
        "pairs": {
            key: [value, canon(sent.get(key))]
            for key, value in own.items()
            if key != LINES and (key in sent or creating)
        },
        "sent": sorted(key for key in own if key in sent),
    }
    if LINES in sent and LINES in own:
        coming = (
            d.field == LINES or d.field.startswith(f"{LINES}.")
            for d in item.differences
            if d.decision == "to_crm"
        )
        meant["lines"] = {
            "crm": own[LINES],
            "sent": canon(list(sent[LINES])),
            "ids": list(item.line_ids),
            "planned": list(item.xero_values.get(LINES) or ()),
            "both_ways": any(coming),
        }
    return meant


def arrived_pairs(
    meant: Mapping[str, Any], record: XeroRecord, scope: Scope, *, created: bool
) -> dict[str, Pair]:
    """The pairs that both sides agreed on by this write, lines excepted.

    A record that exists only by the write was as sent at first, whatever it is now. Of an update
    only what Xero still holds as sent is sure.
    """
    now, sent = answered_xero(scope, record), set(meant.get("sent", ()))
    found: dict[str, Pair] = {}
    for key, (crm, xero) in meant.get("pairs", {}).items():
        there = now.get(key)
        if key in sent and (created or _same(there, xero)):
            found[key] = Pair(crm, there if _same(there, xero) else xero)
        elif key not in sent and (crm is not None or there is None):
            # Xero's own from the first: its money, or what only comes in.
            found[key] = Pair(crm, there)
    return found


def _same(there: Plain, sent: Plain) -> bool:
    """Whether Xero holds this value; a price once set is emptied by 0."""
    return bool(there == sent) or (sent is None and isinstance(there, Decimal) and there == 0)


def nothing_found(_bench: Workbench, _intent: Intent) -> Shadow | None:
    """Stand in where no create is looked for."""
    return None


def keep_arrived(
    bench: Workbench, batch: Batch, find: Finder, crm_ids: Collection[str] | None = None
) -> None:
    """Make what Xero holds of an unanswered batch the base, and link what it created.

    Call it in a transaction, after the feed was read. Of an update nothing else of the base
    changes; with `crm_ids` only these records are looked at.
    """
    for scope, intent in _known(bench, batch):
        if crm_ids is not None and intent.crm_id not in crm_ids:
            continue
        if intent.verb == "create":
            _keep_created(bench, scope, intent, find)
        elif intent.meant and "leaves" in intent.meant:
            _keep_moved(bench, scope, intent, find)
        else:
            _keep_updated(bench, scope, intent)


def _known(bench: Workbench, batch: Batch) -> Iterator[tuple[Scope, Intent]]:
    parts = {(part.name, part.kind): part for scope in bench.scopes for part in scope.parts}
    for intent in batch.intents:
        scope = parts.get((intent.module, intent.kind))
        # One from before an update has nothing but its natural key.
        nameless = (
            intent.verb == "create" and nature(intent.kind).lines and not intent.payload.get("Url")
        )
        if scope is not None and intent.crm_id and (intent.meant or nameless):
            yield scope, intent


def _loaded(bench: Workbench, kind: str, shadow: Shadow | None) -> XeroRecord | None:
    try:
        return bench.reader(kind).seen(shadow) if shadow is not None else None
    except UnreadableAnswer:
        return None  # it is set aside when it is judged


def _keep_updated(bench: Workbench, scope: Scope, intent: Intent) -> None:
    store, crm_id = bench.store, intent.crm_id or ""
    link = store.links_by_crm(bench.connection_id, intent.module, [crm_id]).get(crm_id)
    if link is None or link.id is None or link.xero_id != intent.xero_id:
        return
    seen = store.shadows(bench.connection_id, "xero", intent.kind, [link.xero_id])
    record = _loaded(bench, intent.kind, seen.get(link.xero_id))
    if record is None or record.id != link.xero_id:
        return
    meant = intent.meant or {}
    old = store.bases([link.id]).get(link.id) or Base(link.id, {})
    pairs = {**old.pairs, **arrived_pairs(meant, record, scope, created=False)}
    lines = dict(old.lines)
    if "lines" in meant:
        sent = SentLines.of(meant["lines"], scope.module, stable=scope.stable_lines)
        found = lines_arrived(sent, old.pairs.get(LINES), old.lines, record)
        if found is not None:
            pairs[LINES], lines = found
    if (pairs, lines) != (dict(old.pairs), dict(old.lines)):
        store.save_bases([Base(link.id, pairs, scope.mapping.version, lines)])


def _keep_created(bench: Workbench, scope: Scope, intent: Intent, find: Finder) -> None:
    store, crm_id = bench.store, intent.crm_id or ""
    if store.links_by_crm(bench.connection_id, intent.module, [crm_id]):
        return
    shadow = find(bench, intent)
    record = _loaded(bench, intent.kind, shadow)
    if shadow is None or record is None:
        return
    link = store.add_link(
        Link(
            bench.connection_id,
            intent.kind,
            shadow.id,
            intent.module,
            crm_id,
            created_at=bench.clock.now(),
        )
    )
    assert link.id is not None  # the store answers it with its id
    bench.found.add(XeroRef(intent.kind, shadow.id))
    keep_first_base(bench, scope, link.id, intent.meant or {}, record)


def _keep_moved(bench: Workbench, scope: Scope, intent: Intent, find: Finder) -> None:
    """Let a person's link follow to the list that was joined; the entry behind is to leave."""
    store, crm_id, meant = bench.store, intent.crm_id or "", intent.meant or {}
    link = store.links_by_crm(bench.connection_id, intent.module, [crm_id]).get(crm_id)
    shadow = find(bench, intent)
    record = _loaded(bench, intent.kind, shadow)
    if link is None or link.id is None or shadow is None or record is None:
        return
    store.change_link(replace(link, xero_id=shadow.id, state="live"))
    set_leaving(bench, add=[str(meant["leaves"])])
    bench.found.add(XeroRef(intent.kind, shadow.id))
    old = store.bases([link.id]).get(link.id) or Base(link.id, {})
    # It took along what the old list had of it; what was agreed on there holds on.
    pairs = {**old.pairs, **arrived_pairs(meant, record, scope, created=True)}
    store.save_bases([Base(link.id, pairs, scope.mapping.version, old.lines)])


def keep_first_base(
    bench: Workbench, scope: Scope, link_id: int, meant: Mapping[str, Any], record: XeroRecord
) -> None:
    """The base of a record that exists by our write only."""
    pairs = arrived_pairs(meant, record, scope, created=True)
    lines: Mapping[str, str] = {}
    if "lines" in meant:
        sent = SentLines.of(meant["lines"], scope.module, stable=scope.stable_lines)
        pairs[LINES], lines = lines_made(sent, record)
    bench.store.save_bases([Base(link_id, pairs, scope.mapping.version, lines)])
