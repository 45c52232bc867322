"""What people decided about conflicts, as far as both sides are still what they saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xtiger.engine.observe.both_sides import seen_digest
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import crm_values, xero_values
from xtiger.model.links import Decision
from xtiger.model.plans import STANDING, Item
from xtiger.model.records import Record, Ref, XeroRecord
from xtiger.model.runs import Outcome
from xtiger.model.values import Plain, digest
from xtiger.rules.gone import is_gone
from xtiger.rules.waiting import ORPHANS

if TYPE_CHECKING:
    from xtiger.engine.pair.pair import Pairing


def seen(
    scope: Scope, record: Record | None, xero: XeroRecord | None, field: str
) -> tuple[Plain, Plain]:
    """What both sides have of a field: mapped values as they are, all else as digests.

    "" is the whole record; a key that no row has is a part of the lines.
    """
    if field == "":
        return (
            seen_digest(record) if record else None,
            digest({"values": dict(xero.values), "lines": list(xero.lines)}) if xero else None,
        )
    if any(row.key == field for row in scope.rows):
        crm = crm_values(record, scope.rows)[0] if record else {}
        there = xero_values(xero, scope.rows) if xero else {}
        return crm.get(field), there.get(field)
    return (
        digest([dict(line) for line in record.lines]) if record else None,
        digest(list(xero.lines)) if xero else None,
    )


def still_holds(
    one: Decision, scope: Scope, record: Record | None, xero: XeroRecord | None
) -> bool:
    """Whether a decision still counts, by what both sides have now.

    To keep the CRM's record where Xero's is gone means to make that one anew, whatever it says
    by then: an edit of it is often the cure of what Xero would refuse, such as another number.
    """
    now = seen(scope, record, xero, one.field)
    made_anew = one.field == "" and one.keep == "crm" and xero is not None and is_gone(xero)
    if made_anew and record is not None and one.seen[0] is not None:
        return one.fits((one.seen[0], now[1]))
    return one.fits(now)


def take_decisions(bench: Workbench, scope: Scope, found: Sequence[Pairing]) -> None:
    """Give each pairing the decisions that still fit what both sides have."""
    ids = [p.crm_id for p in found if p.crm_id and p.link]
    known = bench.store.decisions(bench.connection_id, scope.name, ids) if ids else {}
    for pairing in found:
        pairing.decisions = {
            one.field: one.keep
            for one in known.get(pairing.crm_id or "", ())
            if still_holds(one, scope, pairing.record, pairing.xero)
        }
        # Outdated ones, too: once the record is settled, an old answer must not come to life again.
        if pairing.crm_id in known:
            bench.decided.add(Ref(scope.name, pairing.crm_id or ""))


def drop_decisions(bench: Workbench, item: Item, outcome: Outcome) -> None:
    """Forget what this outcome has carried out; what still stands is kept."""
    if item.crm_id is None or Ref(item.module, item.crm_id) not in bench.decided:
        return
    if outcome.cause is not None and outcome.cause.code in ORPHANS:
        return  # a record that was left would be asked about again by the next sync
    if outcome.result not in STANDING:
        bench.store.forget_decisions(bench.connection_id, item.module, item.crm_id)
    elif outcome.result == "conflict":
        done = sorted(item.agreed)
        bench.store.forget_decisions(bench.connection_id, item.module, item.crm_id, done)
