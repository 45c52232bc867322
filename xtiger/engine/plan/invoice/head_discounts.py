"""A discount on the whole of an invoice: whether it can go on the lines, and what bars an edit."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.engine.plan.invoice.facts import spreads_discount
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.documents.head_discount import has_discount, spread_of
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause
from xtiger.model.records import Record
from xtiger.rules.causes import cause_of
from xtiger.rules.line_merge import Change, LineMerge
from xtiger.rules.money import Totals

#: What of a line in Xero a discount on the whole would count anew: always, and where it is an
#: amount that all lines share.
_ALWAYS = frozenset({"Discount"})
_SHARED = frozenset({"Discount", "Quantity", "UnitAmount", ""})


def barred(head: RoleValues, scope: Scope) -> list[Cause]:
    """Why a discount on the whole cannot go at all; raises ValueError for what is no number."""
    if not has_discount(head) or spreads_discount(scope):
        return []
    return [cause_of("group_discount")]


def each_named(causes: Sequence[Cause], record: Record, scope: Scope) -> list[Cause]:
    """Causes of two totals that differ, by their name where a discount on the whole is why."""
    if not has_discount(RoleValues(scope.module, record.values)):
        return list(causes)
    return [_named(one) if one.code == "total_differs" else one for one in causes]


def _named(cause: Cause) -> Cause:
    ours, theirs = (cause.data[name] for name in ("crm_total", "xero_total"))
    return cause_of("group_discount_differs", crm_total=ours, xero_total=theirs)


def unproven(record: Record, scope: Scope, lines: Totals) -> list[Cause]:
    """What holds a discount on the whole of which no total says that it is taken before tax."""
    head = RoleValues(scope.module, record.values)
    if not has_discount(head) or head.number("invoice.total") is not None:
        return []
    return [cause_of("group_discount_differs", crm_total="-", xero_total=str(lines.total))]


def edited(merge: LineMerge, record: Record | None, scope: Scope) -> Cause | None:
    """What holds an edit in Xero that would make the discount on the whole another one."""
    if record is None:
        return None
    spread = spread_of(scope.module, record.values, record.lines)
    if spread is None:
        return None
    counted = _ALWAYS if spread.percent is not None else _SHARED
    moved = [one for one in merge.changes if one.way == "to_crm"]
    moved = [one for one in moved if one.cell in counted or _is_new(one)]
    return cause_of("group_discount_edited") if moved else None


def _is_new(change: Change) -> bool:
    """Whether Xero has a line that the CRM would take in, and put its discount on."""
    return not change.cell and not change.row.remove
