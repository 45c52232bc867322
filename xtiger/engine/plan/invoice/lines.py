"""An invoice's lines in a plan: merged, then as Xero's request lines and the CRM's values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.line_halves import (
    Halves,
    cells_sum,
    crm_half,
    read_archive,
    read_crm,
    xero_cells,
    xero_half,
    xero_lines,
)
from xtiger.mapping.lines_to_xero import CHARGES, BuiltLines, line_keys
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Side
from xtiger.model.plans import Cause, Difference
from xtiger.model.records import Record, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
from xtiger.rules.line_merge import (
    CELLS,
    Archive,
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

if TYPE_CHECKING:
    from xtiger.engine.plan.invoice.facts import InvoiceWorld

WORDS = {
    "ItemCode": "item",
    "Description": "description",
    "Quantity": "quantity",
    "UnitAmount": "unit price",
    "Discount": "discount",
    "AccountCode": "account",
    "TaxType": "tax",
}
#: Cells that Xero lets change when money is on the invoice (facts of the Accounting API §4.6).
UNLOCKED = frozenset({"Description", "AccountCode"})
_AMOUNTS = frozenset({"Quantity", "UnitAmount", "Discount", "TaxType"})


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
    #: LineItemID of the line that becomes the CRM's charges.
    charges_from: str = ""
    #: Whether money on the invoice in Xero bars what is sent.
    locked: bool = False

    @property
    def expected_total(self) -> Decimal | None:
        """The total that Xero will compute; None when nothing is sent."""
        return None if self.expected is None else self.expected.total


@dataclass(slots=True)
class LineBench:
    """One invoice's lines laid out: both sides, their base, and what to look up."""

    pairing: Pairing
    record: Record
    xero: XeroRecord
    scope: Scope
    world: InvoiceWorld
    built: BuiltLines
    archive: Archive | None = None
    ours: list[CrmLine] = field(default_factory=list)
    theirs: list[XeroLine] = field(default_factory=list)
    #: LineItemID → cells as Xero really has them, also of lines that count as one piece.
    real: dict[str, dict[str, Plain]] = field(default_factory=dict)

    def rate(self, tax_type: str) -> Decimal | None:
        """The percentage of a tax type; 0 where a line has none."""
        taxes = self.world.fields.taxes
        return Decimal(0) if tax_type in ("", "NONE") else taxes.percent(tax_type)

    def stands(self, account: Plain, tax_type: Plain) -> bool:
        """Whether Xero lets this tax stand with this account on one line."""
        known = self.world.fields
        return known.taxes.stands(str(tax_type), known.accounts.get(str(account)))

    def decide(self, key: str) -> Side | None:
        """What a person decided of a conflict."""
        decisions = self.pairing.decisions
        return decisions.get(key) or decisions.get(LINES) or decisions.get("")

    def code_now(self, values: Mapping[str, Plain]) -> str:
        """The code that the item of a CRM line has now."""
        line = RoleValues(self.scope.module, values)
        for role in ("product", "service"):
            crm_id = line.text(f"line.{role}")
            found = self.world.item(role, crm_id) if crm_id else None
            if found is not None:
                return found.code
        return ""


def lay_out(
    merged: Merged, pairing: Pairing, scope: Scope, world: InvoiceWorld, built: BuiltLines
) -> LineBench:
    """Read both sides' lines and their base; keeps both halves in `merged`."""
    assert pairing.record is not None  # the caller's branch
    assert pairing.xero is not None  # likewise
    bench = LineBench(pairing, pairing.record, pairing.xero, scope, world, built)
    half = crm_half(pairing.record, scope.module, stable=scope.stable_lines)
    there = xero_half(pairing.xero)
    merged.crm[LINES], merged.xero[LINES] = half, there
    crm = read_crm(half, scope.module)
    base = pairing.base
    now = Halves(crm, there, bench.rate, bench.code_now, scope.stable_lines)
    pair = base.pairs.get(LINES) if base else None
    bench.archive = read_archive(pair, base.lines if base else {}, now)
    known = bench.archive.lines if bench.archive else ()
    in_head = {line.xero_id for line in known if line.crm_id.startswith("@")}
    bench.theirs = xero_lines(there, bench.rate, in_head)
    bench.real = {str(keys["LineItemID"]): xero_cells(keys, bench.rate) for keys in there}
    bench.ours = list(_crm_lines(crm.feeds, built))
    return bench


def _crm_lines(feeds: Any, built: BuiltLines) -> Iterator[CrmLine]:
    for place, (line, own) in enumerate(zip(built.lines, built.host_ids, strict=True)):
        wrong = {
            cell for n, cell, cause in built.faults if n == place and cause.code != "lines_missing"
        }
        cells = xero_cells(line_keys([line])[0], lambda _: None)
        yield CrmLine(own, feeds(own), cells, frozenset(CELLS) if "" in wrong else frozenset(wrong))


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
    links = {row.crm.id: row.xero.id for row in merge.for_xero if row.crm and row.xero}
    charges = _charges_from(bench, merge)
    if charges:
        links["@charges"] = charges
    if not merge.sends:
        return LinesPlan(writes=merge if merge.writes else None, links=links, charges_from=charges)
    merged.causes += _faults(bench, merge)
    sent: list[dict[str, Plain]] = []
    sums: list[LineSum] = []
    for row in merge.for_xero:
        line, amount = _request(row, bench)
        if amount is None:
            merged.causes.append(
                cause_of("tax_not_read", tax=line.get("TaxType"), line=len(sent) + 1)
            )
        sent.append(line)
        sums += [amount] if amount else []
    if not sent:
        merged.causes.append(cause_of("lines_missing"))
    back = {charges: "@charges"} if charges else {}
    ids = tuple(
        row.crm.id if row.crm else back.get(row.xero.id if row.xero else "", "")
        for row in merge.for_xero
    )
    moved = [c for c in merge.changes if c.way == "to_xero" and c.cell not in UNLOCKED]
    return LinesPlan(
        tuple(sent),
        ids,
        totals(sums),
        merge if merge.writes else None,
        links,
        charges,
        locked=bool(moved) or merge.order_to_xero,
    )


def _charges_from(bench: LineBench, merge: LineMerge) -> str:
    """The new line of Xero that the CRM keeps as its charges: called so, and of no item."""
    described = bench.scope.module.by_role("invoice.charges")
    taken = any(line.id == "@charges" for line in bench.ours)
    if described is None or not described.writable or taken:
        return ""
    return next(
        (
            row.xero.id
            for row in merge.for_crm
            if row.crm is None and row.xero is not None and is_charges(row.xero.cells)
        ),
        "",
    )


def is_charges(cells: Mapping[str, Plain]) -> bool:
    """Whether a line of Xero is what the CRM has as charges: called so, and of no item."""
    text = str(cells.get("Description") or "").casefold()
    return text == CHARGES.casefold() and not cells.get("ItemCode")


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


# --- as request lines ------------------------------------------------------------------------


def _request(row: Row, bench: LineBench) -> tuple[dict[str, Plain], LineSum | None]:
    """One line as Xero takes it, and what Xero computes of it; None when the tax is unknown.

    Cells that do not travel go as Xero has them: a default changed meanwhile rewrites nothing.
    """
    line: dict[str, Plain] = {}
    if row.xero is None:
        cells = dict(row.to_xero)
    else:
        cells, line["LineItemID"] = dict(bench.real[row.xero.id]), row.xero.id
        if row.in_head and "UnitAmount" in row.to_xero:
            cells |= {"Quantity": Decimal(1), "Discount": None}
        cells |= row.to_xero
        code = row.crm.cells.get("ItemCode") if row.crm else None
        if code and cells.get("ItemCode") and "ItemCode" not in row.to_crm:
            cells["ItemCode"] = code  # an item renamed meanwhile is known by its new code only
    before = bench.real[row.xero.id] if row.xero else {}
    if before.get("UnitAmount") is not None and cells.get("UnitAmount") is None:
        cells = _emptied(before, cells)
    if _to_be_made_anew(before, cells):
        # Its tracking is all that nobody else would give it again.
        line = _tracking(row, bench)
    given = {k: v for k, v in cells.items() if k != "Discount" and v is not None}
    cleared = {k: "" for k in ("ItemCode", "Description") if before.get(k) and not cells.get(k)}
    known = "LineItemID" in line
    line = {**line, **given, **(cleared if known else {}), **_discount(before, cells)}
    rate = bench.rate(str(cells.get("TaxType") or ""))
    if rate is None:
        return line, None
    net, tax = cells_sum(cells, rate)
    kept = None if _AMOUNTS & set(row.to_xero) else _own_tax(row, bench)
    if kept is not None and kept != tax:
        # Somebody entered the tax by hand.
        line["TaxAmount"] = tax = kept
    return line, LineSum(net, tax)


def _emptied(before: Mapping[str, Plain], cells: Mapping[str, Plain]) -> dict[str, Plain]:
    """A line that sells nothing any more: nothing of it for nothing, and the rest as it is.

    Xero keeps what a line with its id leaves out, so a price is not taken away but set to 0.
    """
    left = {name: before[name] for name in ("AccountCode", "TaxType") if before.get(name)}
    return {**cells, **left, "Quantity": Decimal(0), "UnitAmount": Decimal(0), "Discount": None}


def _tracking(row: Row, bench: LineBench) -> dict[str, Plain]:
    """The tracking of a line of Xero, as a new line takes it."""
    xero_id = row.xero.id if row.xero else ""
    raw: Sequence[Mapping[str, Plain]] = bench.xero.raw.get("LineItems") or ()
    line = next((one for one in raw if one.get("LineItemID") == xero_id), {})
    named = ("TrackingCategoryID", "TrackingOptionID")
    chosen = line.get("Tracking") or ()
    found = [{name: one[name] for name in named if one.get(name)} for one in chosen]
    return {"Tracking": found} if found else {}


def _to_be_made_anew(before: Mapping[str, Plain], cells: Mapping[str, Plain]) -> bool:
    """A line that changes its kind of discount, or loses an amount of it, begins anew.

    Xero keeps what a line with its id leaves out, and an amount of 0 would bar a later rate.
    """
    old, new = before.get("Discount"), cells.get("Discount")
    kinds = (old[0] if old else "", new[0] if new else "")
    return kinds in (("rate", "amount"), ("amount", "rate"), ("amount", ""))


def _discount(before: Mapping[str, Plain], cells: Mapping[str, Plain]) -> dict[str, Plain]:
    names = {"rate": "DiscountRate", "amount": "DiscountAmount"}
    old, new = before.get("Discount"), cells.get("Discount")
    if new is not None:
        return {names[new[0]]: new[1]}
    return {"DiscountRate": Decimal(0)} if old is not None and old[0] == "rate" else {}


def _own_tax(row: Row, bench: LineBench) -> Decimal | None:
    """The tax that Xero has on a line of a document that excludes tax."""
    if row.xero is None or bench.xero.values.get("LineAmountTypes") == "Inclusive":
        return None
    lines = (line for line in bench.xero.lines if line.get("LineItemID") == row.xero.id)
    tax = next(lines, {}).get("TaxAmount")
    return tax if isinstance(tax, Decimal) else None


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
            return row.crm.id.removeprefix("@").capitalize()
        return f"Line {list(ours).index(row.crm) + 1}"
    return f"Line {next((n for n, line in enumerate(theirs, 1) if line is row.xero), 0)}"
