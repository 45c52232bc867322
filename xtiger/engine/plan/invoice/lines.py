"""An invoice's lines in a plan: merged, then as Xero's request lines and the CRM's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.plan.invoice.head_lines import head_lines
from xtiger.engine.plan.invoice.line_bench import LineBench
from xtiger.engine.plan.invoice.reduction import Moved, moved_lines
from xtiger.engine.plan.invoice.request_lines import amounts_of, request_of
from xtiger.mapping.changeable import cell_may_change
from xtiger.mapping.convert import LINES
from xtiger.model.line_ids import OF_HEAD, LineId
from xtiger.model.plans import Cause, Difference
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import money_on
from xtiger.rules.line_merge import (
    Change,
    CrmLine,
    LineMerge,
    LineRule,
    Row,
    XeroLine,
    merge_lines,
    one_sided,
)
from xtiger.rules.money import LineSum, Totals, totals

WORDS = {
    "ItemCode": "item",
    "Description": "description",
    "Quantity": "quantity",
    "UnitAmount": "unit price",
    "Discount": "discount",
    "AccountCode": "account",
    "TaxType": "tax",
}


@dataclass(frozen=True, slots=True)
class Whole:
    """All lines as Xero is to have them, whether any of them changes or not."""

    lines: tuple[dict[str, Plain], ...]
    line_ids: tuple[str, ...]
    #: What Xero computes of them.
    sums: Totals
    #: Whether they may be sent though none changes: the direction is open, and all is known.
    may_go: bool
    #: How the document counts: Exclusive, Inclusive or NoTax.
    amounts: str = "Exclusive"


@dataclass(frozen=True, slots=True)
class LinesPlan:
    """What becomes of the lines of one invoice."""

    #: Request lines in order, None when Xero's lines stay.
    sent: tuple[dict[str, Plain], ...] | None = None
    #: CRM line id of each line sent, "" where the CRM is yet to make it.
    line_ids: tuple[str, ...] = ()
    #: The sums that Xero will compute; None when nothing is sent.
    expected: Totals | None = None
    #: The merge whose rows the CRM is to have, None when the CRM's lines stay.
    writes: LineMerge | None = None
    #: CRM line id → LineItemID of lines that both sides have.
    links: Mapping[str, str] = field(default_factory=dict)
    #: LineItemID → the part of the CRM's head that a new line becomes.
    new_in_head: Mapping[str, LineId] = field(default_factory=dict)
    #: Whether money on the invoice in Xero bars what is sent.
    locked: bool = False
    #: Whether the lines go as Xero has them, so that it counts their discounts no other way.
    kept: bool = False
    #: All lines with what travels; None where nobody can say what they will be.
    whole: Whole | None = None
    #: What of the lines would change in Xero, where it is money alone; None where it is not.
    moved: Moved | None = None
    #: The line for rounding, sent behind the others.
    rounding: dict[str, Plain] | None = None
    #: Both totals, where they differ by more than rounding.
    unequal: tuple[Cause, ...] = ()

    @property
    def sent_total(self) -> Decimal | None:
        """What the invoice will come to in Xero once lines of this run are sent; None for none."""
        return self.expected_total if self.sent is not None else None

    @property
    def expected_total(self) -> Decimal | None:
        """The total that Xero will compute; None when nothing is sent."""
        return None if self.expected is None else self.expected.total


def plan_lines(merged: Merged, bench: LineBench) -> LinesPlan:
    """Merge the lines; conflicts and causes go into `merged`, what travels is answered."""
    merge = _merged(bench)
    if merge is None:
        merged.conflicts.append("Lines")
        merged.differences.append(
            Difference(LINES, "Lines", None, merged.crm[LINES], merged.xero[LINES], "conflict")
        )
        return LinesPlan()
    merged.differences += [_difference(change, bench) for change in merge.changes]
    if merge.conflicts:
        merged.conflicts += [_label(change, bench) for change in merge.conflicts]
        merged.agreed_before = True
        merged.asked |= {change.key for change in merge.conflicts if change.asked}
        return LinesPlan()
    if merge.blocked:
        merged.conflicts.append("Lines")
        merged.edited_in = "xero" if "xero" in merge.blocked else "crm"
        return LinesPlan()
    merged.agreed.add(LINES)
    for way, moved in (("to_xero", merge.order_to_xero), ("to_crm", merge.order_to_crm)):
        if moved:
            merged.differences.append(
                Difference(f"{LINES}.order", "Order of the lines", None, None, None, way)  # type: ignore[arg-type]  # one of both ways
            )
    return _carried(merged, bench, merge)


def _merged(bench: LineBench) -> LineMerge | None:
    """The merge, or None when nothing was agreed before and nobody decided."""
    if bench.archive is not None:
        rule = LineRule(
            to_xero=bench.scope.carries("to_xero"),
            to_crm=bench.scope.carries("to_crm"),
            decide=bench.decide,
            stands=bench.stands,
            asked=_asked(bench),
        )
        return merge_lines(bench.archive, bench.ours, bench.theirs, rule)
    found = one_sided(bench.ours, bench.theirs, "crm")
    if not found.changes:
        found.order_to_xero = False
        return found
    side = bench.decide(LINES)
    if not bench.theirs or not bench.ours:
        side = "crm" if bench.ours else "xero"
    return None if side is None else one_sided(bench.ours, bench.theirs, side)


def _asked(bench: LineBench) -> frozenset[str]:
    """The keys of what a person is asked about since the last write."""
    pair = bench.pairing.base.pairs.get(LINES) if bench.pairing.base else None
    return frozenset(pair.asked) if pair is not None else frozenset()


def _carried(merged: Merged, bench: LineBench, merge: LineMerge) -> LinesPlan:
    links: dict[str, str] = {
        row.crm.id: row.xero.id for row in merge.for_xero if row.crm and row.xero
    }
    in_head = _new_in_head(bench, merge)
    links |= {part: xero_id for xero_id, part in in_head.items()}
    whole, causes = _whole(bench, merge, in_head)
    writes = merge if merge.writes else None
    if not merge.sends and not _would_be_restated(merged, bench):
        return LinesPlan(writes=writes, links=links, new_in_head=in_head, whole=whole)
    merged.causes += [*_faults(bench, merge), *causes]
    if not whole.lines:
        merged.causes.append(cause_of("lines_missing"))
    moved = [c for c in merge.changes if c.way == "to_xero" and not cell_may_change(c.cell, "paid")]
    return LinesPlan(
        whole.lines,
        whole.line_ids,
        whole.sums,
        writes,
        links,
        in_head,
        locked=bool(moved) or merge.order_to_xero,
        kept=not merge.sends,
        whole=whole,
        moved=moved_lines(bench, merge, whole.amounts),
    )


def _whole(
    bench: LineBench, merge: LineMerge, in_head: Mapping[str, LineId]
) -> tuple[Whole, list[Cause]]:
    """All lines as Xero is to have them, and the taxes among them that are not known."""
    amounts = amounts_of(bench, merge.for_xero)
    sent: list[dict[str, Plain]] = []
    sums: list[LineSum] = []
    causes: list[Cause] = []
    for row in merge.for_xero:
        line, amount = request_of(row, bench, amounts)
        if amount is None:
            causes.append(cause_of("tax_not_read", tax=line.get("TaxType"), line=len(sent) + 1))
        sent.append(line)
        sums += [amount] if amount else []
    ids = tuple(
        row.crm.id if row.crm else in_head.get(row.xero.id if row.xero else "", "")
        for row in merge.for_xero
    )
    open_way = bench.scope.carries("to_xero") and not merge.blocked
    may_go = open_way and not causes and bool(sent)
    return Whole(tuple(sent), ids, totals(sums), may_go, amounts), causes


def _would_be_restated(merged: Merged, bench: LineBench) -> bool:
    """Whether a write without lines would change amounts in Xero.

    Xero keeps a discount that was given as an amount as a rate of two places, too, and counts
    with that from the next write on which does not name the amount.
    """
    xero = bench.xero
    if not merged.to_xero or money_on(xero):
        return False
    discounts = (cells.get("Discount") for cells in bench.own.values())
    return any(one is not None and one[0] == "amount" and one[1] for one in discounts)


def _new_in_head(bench: LineBench, merge: LineMerge) -> dict[str, LineId]:
    """The new lines of Xero that become parts of the CRM's head, see `head_lines`."""
    new = (
        (row.xero.id, row.xero.cells)
        for row in merge.for_crm
        if row.crm is None and row.xero is not None
    )
    taken = [line.id for line in bench.ours]
    return head_lines(new, bench.scope.module, taken, bench.rate)


def _faults(bench: LineBench, merge: LineMerge) -> list[Cause]:
    """What is wrong with the cells that travel; what stays may be as it is."""
    places = {own: n for n, own in enumerate(bench.built.host_ids)}
    found: list[Cause] = []
    for change in merge.changes:
        if change.way != "to_xero" or change.row.crm is None or change.row.remove:
            continue
        place = places[change.row.crm.id]
        found += [
            cause
            for n, cell, cause in bench.built.faults
            if n == place and (cell in ("", change.cell) or not change.cell) and cause not in found
        ]
    return found


# --- as differences --------------------------------------------------------------------------


def _difference(change: Change, bench: LineBench) -> Difference:
    row, cell = change.row, change.cell
    crm, xero = row.crm.cells if row.crm else None, row.xero.cells if row.xero else None
    base = row.base.cells if row.base else None
    return Difference(
        change.key,
        _label(change, bench),
        shown(base, cell),
        shown(crm, cell),
        shown(xero, cell),
        change.way,
    )


def shown(cells: Mapping[str, Plain] | None, cell: str) -> Plain:
    """One cell for people, or the whole line in one text."""
    if cells is None:
        return None
    if not cell:
        amounts = f"{cells.get('Quantity') or ''} × {cells.get('UnitAmount') or ''}"
        text = str(cells.get("Description") or cells.get("ItemCode") or "")
        return f"{amounts} {text}" if cells.get("UnitAmount") is not None else text
    value = cells.get(cell)
    if cell == "Discount" and value is not None:
        return f"{value[1]} %" if value[0] == "rate" else value[1]
    return value


def _label(change: Change, bench: LineBench) -> str:
    row = change.row
    name = _line_name(row, bench.ours, bench.theirs)
    return f"{name} {WORDS[change.cell]}" if change.cell else name


def _line_name(row: Row, ours: Sequence[CrmLine], theirs: Sequence[XeroLine]) -> str:
    if row.crm is not None:
        if row.in_head:
            return OF_HEAD[row.crm.id].capitalize()
        return f"Line {list(ours).index(row.crm) + 1}"
    return f"Line {next((n for n, line in enumerate(theirs, 1) if line is row.xero), 0)}"
