"""A discount on the whole of an invoice: whether it can go on the lines, and what bars an edit."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.engine.plan.invoice.facts import InvoiceWorld, whole_on_lines
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.documents.head_discount import has_discount, spread_of
from xtiger.mapping.net_prices import with_net_prices
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


def net_priced(record: Record, scope: Scope, of_whole: set[str]) -> Record:
    """The record with its discounts in the prices; `of_whole` gets its id where one was on it."""
    found = with_net_prices(record, scope.module, whole=whole_on_lines(scope))
    if found.values != record.values:
        of_whole.add(record.ref.id)
    return found


def barred(head: RoleValues, scope: Scope) -> list[Cause]:
    """Why a discount on the whole cannot go at all; raises ValueError for what is no number."""
    if not has_discount(head) or whole_on_lines(scope):
        return []
    return [cause_of("group_discount")]


def each_named(
    causes: Sequence[Cause], record: Record, scope: Scope, world: InvoiceWorld
) -> list[Cause]:
    """Causes of two totals that differ, by their name where a discount on the whole is why."""
    if not _is_less(record, scope, world):
        return list(causes)
    return [_named(one) if one.code == "total_differs" else one for one in causes]


def _named(cause: Cause) -> Cause:
    ours, theirs = (cause.data[name] for name in ("crm_total", "xero_total"))
    return cause_of("group_discount_differs", crm_total=ours, xero_total=theirs)


def _is_less(record: Record, scope: Scope, world: InvoiceWorld) -> bool:
    """Whether the CRM has a discount on the whole of it."""
    found = has_discount(RoleValues(scope.module, record.values))
    return found or world.net_of_whole(record.ref.id)


def unproven(record: Record, scope: Scope, world: InvoiceWorld, lines: Totals) -> list[Cause]:
    """What holds a discount on the whole of which no total says that it is taken before tax."""
    # A total that is no number is named where the figures are judged.
    said = RoleValues(scope.module, record.values).text("invoice.total")
    if said or not _is_less(record, scope, world):
        return []
    return [cause_of("group_discount_differs", crm_total="-", xero_total=str(lines.total))]


def edited(
    merge: LineMerge, record: Record | None, scope: Scope, world: InvoiceWorld
) -> Cause | None:
    """What holds an edit in Xero that would make the discount on the whole another one.

    Where the prices there are less that discount, no price of Xero is one of the CRM.
    """
    if record is None:
        return None
    net = world.net_of_whole(record.ref.id)
    spread = spread_of(scope.module, record.values, record.lines)
    if spread is None and not net:
        return None
    counted = _SHARED if spread is None or spread.percent is None else _ALWAYS
    moved = [one for one in merge.changes if one.way == "to_crm"]
    if net and not scope.stable_lines and (moved or merge.order_to_crm):
        return cause_of("group_discount_edited")  # all lines would be written, with their prices
    moved = [one for one in moved if one.cell in counted or _is_new(one)]
    return cause_of("group_discount_edited") if moved else None


def _is_new(change: Change) -> bool:
    """Whether Xero has a line that the CRM would take in, and put its discount on."""
    return not change.cell and not change.row.remove
