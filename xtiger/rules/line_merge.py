"""Merging an invoice's lines: three ways, per line and per cell, each side with its own base."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from xtiger.model.line_ids import OF_HEAD, LineId
from xtiger.model.links import Side
from xtiger.model.values import Plain
from xtiger.rules.line_pairs import equal_pairs, weave

#: What of a line can change alone; Discount is [kind, value], since Xero takes one kind.
CELLS = ("ItemCode", "Description", "Quantity", "UnitAmount", "Discount", "AccountCode", "TaxType")
#: Cells that make a line one that sells something.
_SOLD = frozenset({"ItemCode", "Quantity", "UnitAmount"})
#: The key of all lines together in decisions and differences.
ALL_LINES = "lines"
Way = Literal["to_xero", "to_crm", "conflict"]


@dataclass(frozen=True, slots=True)
class CrmLine:
    """One line of the CRM."""

    id: LineId
    #: Cell → the CRM's own values that feed it: only when these change has the CRM changed it.
    feeds: Mapping[str, Plain]
    #: Cell → value as Xero would hold it now.
    cells: Mapping[str, Plain]
    #: Cells that cannot be sent as they are.
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class XeroLine:
    """One line of Xero."""

    id: str
    cells: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class BaseLine:
    """One line as both sides last agreed on it."""

    crm_id: LineId
    xero_id: str
    feeds: Mapping[str, Plain]
    cells: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Archive:
    """All lines last agreed on, in the CRM's order, and the order that Xero had."""

    lines: tuple[BaseLine, ...] = ()
    xero_order: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Row:
    """One line on its way: what is known of it, and which cells travel where."""

    base: BaseLine | None
    crm: CrmLine | None
    xero: XeroLine | None
    to_xero: dict[str, Plain] = field(default_factory=dict)
    to_crm: dict[str, Plain] = field(default_factory=dict)
    #: Where the whole line goes away; "" when it stays.
    remove: Literal["", "to_xero", "to_crm"] = ""

    @property
    def key(self) -> str:
        """What names the line in differences and decisions."""
        line = self.base.crm_id if self.base else ""
        if not line:
            line = self.crm.id if self.crm else (self.xero.id if self.xero else "")
        return f"{ALL_LINES}.{line}"

    @property
    def in_head(self) -> bool:
        """Whether the CRM keeps it in the head of the invoice."""
        return self.crm is not None and self.crm.id in OF_HEAD


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, or one whole line (cell ""), that differs and where it goes."""

    row: Row
    cell: str
    way: Way
    #: Whether neither side changed it: Xero stored it otherwise than sent.
    asked: bool = False

    @property
    def key(self) -> str:
        """Its key in differences and decisions."""
        return f"{self.row.key}.{self.cell}" if self.cell else self.row.key


@dataclass(frozen=True, slots=True)
class LineRule:
    """How lines may move, and what a person decided of their conflicts."""

    to_xero: bool = True
    to_crm: bool = True
    #: Key of a change → the side to keep; None while nobody decided.
    decide: Callable[[str], Side | None] = lambda _key: None
    #: (account, tax type) → whether Xero lets both stand on one line; False where it is not known.
    stands: Callable[[Plain, Plain], bool] = lambda _account, _tax: False
    #: Keys of changes that a person is asked about, as long as neither side changes.
    asked: frozenset[str] = frozenset()


@dataclass(slots=True)
class LineMerge:
    """What merging came to; with conflicts or blocked sides nothing of it may be carried out."""

    #: The lines that stay, in the order that each side is to have.
    for_xero: list[Row] = field(default_factory=list)
    for_crm: list[Row] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    #: Sides whose edits do not travel, since the direction is closed.
    blocked: set[Side] = field(default_factory=set)
    #: Whether the order is to change there.
    order_to_xero: bool = False
    order_to_crm: bool = False

    @property
    def conflicts(self) -> list[Change]:
        """The changes on which both sides disagree."""
        return [change for change in self.changes if change.way == "conflict"]

    @property
    def sends(self) -> bool:
        """Whether Xero's lines are to change."""
        return self.order_to_xero or any(change.way == "to_xero" for change in self.changes)

    @property
    def writes(self) -> bool:
        """Whether the CRM's lines are to change."""
        return self.order_to_crm or any(change.way == "to_crm" for change in self.changes)


def merge_lines(
    archive: Archive, crm: Sequence[CrmLine], xero: Sequence[XeroLine], rule: LineRule
) -> LineMerge:
    """Merge both sides' lines over what they last agreed on.

    A cell changed on one side travels; changed to the same on both it agrees; to different
    values it is a conflict. A line deleted here and untouched there goes; edited there it is a
    conflict. The same line added on both sides is one line.
    """
    rows = _joined(list(_matched(archive, crm, xero)))
    merge = LineMerge()
    for row in rows:
        _judge(merge, row, rule)
    _order(merge, archive, crm, xero, [row for row in rows if not row.remove])
    merge.order_to_xero = merge.order_to_xero and rule.to_xero
    merge.order_to_crm = merge.order_to_crm and rule.to_crm
    return merge


def one_sided(crm: Sequence[CrmLine], xero: Sequence[XeroLine], side: Side) -> LineMerge:
    """Make the other side's lines those of this side; equal lines are the same line."""
    rows = _joined([*(Row(None, a, None) for a in crm), *(Row(None, None, b) for b in xero)])
    merge = LineMerge()
    for row in rows:
        if bool(row.crm) != bool(row.xero):
            _keep_side(merge, row, side, LineRule())
    stays = {id(row.crm if side == "crm" else row.xero): row for row in rows if not row.remove}
    order = [stays[id(line)] for line in (crm if side == "crm" else xero)]
    merge.for_xero = merge.for_crm = order
    both = [row for row in order if row.crm and row.xero]
    places = {id(line): n for n, line in enumerate(xero if side == "crm" else crm)}
    there = [places[id(row.xero if side == "crm" else row.crm)] for row in both]
    merge.order_to_xero = side == "crm" and there != sorted(there)
    merge.order_to_crm = side == "xero" and there != sorted(there)
    return merge


# --- which line is which ---------------------------------------------------------------------


def _matched(archive: Archive, crm: Sequence[CrmLine], xero: Sequence[XeroLine]) -> Iterator[Row]:
    """One row per line: by the ids of the base, else by content that is wholly equal to it."""
    ours = {line.id: line for line in crm}
    theirs = {line.id: line for line in xero}
    crm_ids = {line.crm_id for line in archive.lines}
    xero_ids = {line.xero_id for line in archive.lines}
    new_ours = [line for line in crm if line.id not in crm_ids]
    new_theirs = [line for line in xero if line.id not in xero_ids]
    # A side that writes all lines anew gives them new ids, too.
    lost = [line for line in archive.lines if line.crm_id not in ours]
    again = equal_pairs(lost, new_ours, lambda old, new: old.feeds == new.feeds)
    ours.update({old.crm_id: new for old, new in again})
    lost = [line for line in archive.lines if line.xero_id not in theirs]
    anew = equal_pairs(lost, new_theirs, lambda old, new: old.cells == new.cells)
    theirs.update({old.xero_id: new for old, new in anew})
    for line in archive.lines:
        yield Row(line, ours.get(line.crm_id), theirs.get(line.xero_id))
    used = {id(new) for _, new in (*again, *anew)}
    yield from (Row(None, line, None) for line in new_ours if id(line) not in used)
    yield from (Row(None, None, line) for line in new_theirs if id(line) not in used)


def _joined(rows: list[Row]) -> list[Row]:
    """Join a line that only one side has with the equal one of the other side, if one is new."""
    only_crm = [row for row in rows if row.crm and not row.xero]
    only_xero = [row for row in rows if row.xero and not row.crm]
    pairs = equal_pairs(only_crm, only_xero, _same_line)
    partner = {id(a): b for a, b in pairs}
    absorbed = {id(b) for _, b in pairs}
    result = []
    for row in rows:
        if id(row) in absorbed:
            continue
        other = partner.get(id(row))
        result.append(row if other is None else Row(None, row.crm, other.xero))
    return result


def _same_line(one: Row, other: Row) -> bool:
    assert one.crm is not None  # the caller's choice
    assert other.xero is not None  # likewise
    new = one.base is None or other.base is None
    return new and not one.crm.wrong and _equal(one.crm.cells, other.xero.cells)


def _equal(one: Mapping[str, Plain], other: Mapping[str, Plain]) -> bool:
    return all(one.get(cell) == other.get(cell) for cell in CELLS)


# --- what becomes of one line ----------------------------------------------------------------


def _judge(merge: LineMerge, row: Row, rule: LineRule) -> None:
    if row.crm and row.xero:
        if row.base is not None:
            _judge_cells(merge, row, row.base, rule)
    elif row.base is None:
        _keep_side(merge, row, "crm" if row.crm else "xero", rule)
    elif row.crm:
        untouched = row.crm.feeds == row.base.feeds
        _judge_deleted(merge, row, rule, gone="xero", untouched=untouched)
    elif row.xero:
        untouched = _equal(row.xero.cells, row.base.cells)
        _judge_deleted(merge, row, rule, gone="crm", untouched=untouched)
    else:
        row.remove = "to_xero"  # gone on both sides: nobody has it


def _judge_deleted(
    merge: LineMerge, row: Row, rule: LineRule, *, gone: Side, untouched: bool
) -> None:
    """A line that one side deleted: it goes when the other side left it alone."""
    side: Side | None = gone if untouched else rule.decide(Change(row, "", "conflict").key)
    if side is None:
        merge.changes.append(Change(row, "", "conflict"))
        return
    _keep_side(merge, row, side, rule)


def _keep_side(merge: LineMerge, row: Row, side: Side, rule: LineRule) -> None:
    """Make the other side have, or not have, the whole line as this side does."""
    has = row.crm if side == "crm" else row.xero
    way: Literal["to_xero", "to_crm"] = "to_xero" if side == "crm" else "to_crm"
    if not (rule.to_xero if side == "crm" else rule.to_crm):
        merge.blocked.add(side)
    merge.changes.append(Change(row, "", way))
    if has is None:
        row.remove = way
    elif side == "crm":
        row.to_xero = {cell: has.cells.get(cell) for cell in CELLS}
    else:
        row.to_crm = {cell: has.cells.get(cell) for cell in CELLS}


def _judge_cells(merge: LineMerge, row: Row, base: BaseLine, rule: LineRule) -> None:
    assert row.crm is not None  # the caller's branch
    assert row.xero is not None  # likewise
    for cell in CELLS:
        ours, theirs = row.crm.cells.get(cell), row.xero.cells.get(cell)
        if ours == theirs and cell not in row.crm.wrong:
            continue
        crm_changed = row.crm.feeds.get(cell) != base.feeds.get(cell)
        xero_changed = theirs != base.cells.get(cell)
        crm_changed = crm_changed or (not xero_changed and _follows(row, cell, theirs, rule))
        conflict = Change(row, cell, "conflict", asked=not crm_changed and not xero_changed)
        if crm_changed != xero_changed:
            side: Side | None = "crm" if crm_changed else "xero"
        elif crm_changed or conflict.key in rule.asked:
            side = rule.decide(conflict.key)
        else:
            continue
        _move_cell(merge, row, conflict, side, rule)


def _follows(row: Row, cell: str, theirs: Plain, rule: LineRule) -> bool:
    """Whether an account or tax goes because of what goes beside it, though nobody chose it anew.

    A tax follows an account that it may not stand with. A line that is sold now and has neither
    in Xero, as a comment or a line of nothing, gets both.
    """
    if cell == "TaxType" and "AccountCode" in row.to_xero:
        return not rule.stands(row.to_xero["AccountCode"], theirs)
    sold = not _SOLD.isdisjoint(row.to_xero)
    return sold and theirs is None and cell in ("AccountCode", "TaxType")


def _move_cell(
    merge: LineMerge, row: Row, conflict: Change, side: Side | None, rule: LineRule
) -> None:
    assert row.crm is not None  # as in _judge_cells
    assert row.xero is not None  # likewise
    cell = conflict.cell
    if side is None:
        merge.changes.append(conflict)
    elif side == "crm":
        row.to_xero[cell] = row.crm.cells.get(cell)
        merge.changes.append(Change(row, cell, "to_xero"))
    else:
        row.to_crm[cell] = row.xero.cells.get(cell)
        merge.changes.append(Change(row, cell, "to_crm"))
    if side is not None and not (rule.to_xero if side == "crm" else rule.to_crm):
        merge.blocked.add(side)


# --- order -----------------------------------------------------------------------------------


def _order(
    merge: LineMerge,
    archive: Archive,
    crm: Sequence[CrmLine],
    xero: Sequence[XeroLine],
    rows: Sequence[Row],
) -> None:
    """The CRM's order when the CRM changed it since the base, else Xero's; new lines in place.

    Lines of the head have no place in the CRM, so Xero's place of them stays.
    """
    by_crm = {id(row.crm): row for row in rows if row.crm}
    by_xero = {id(row.xero): row for row in rows if row.xero}
    ours = [by_crm[id(line)] for line in crm if id(line) in by_crm]
    theirs = [by_xero[id(line)] for line in xero if id(line) in by_xero]
    common = {row for row in ours if row.xero and not row.in_head}
    in_step = [r for r in ours if r in common] == [r for r in theirs if r in common]
    crm_moved = _moved([r for r in ours if r in common], [b.crm_id for b in archive.lines], "crm")
    xero_moved = _moved([r for r in theirs if r in common], archive.xero_order, "xero")
    body = [row for row in ours if not row.in_head]
    tail = [row for row in ours if row.in_head and not row.xero]
    crm_leads = [*weave(body, theirs), *tail]
    xero_leads = weave(theirs, [*body, *tail])
    if crm_moved and not in_step:
        merge.for_xero = merge.for_crm = crm_leads
        merge.order_to_xero = True
    elif in_step or xero_moved:
        merge.for_xero = merge.for_crm = xero_leads
        merge.order_to_crm = not in_step
    else:
        merge.for_xero, merge.for_crm = xero_leads, crm_leads


def _moved(rows: Sequence[Row], order: Sequence[str], side: Side) -> bool:
    """Whether linked lines stand in another order than in the base."""
    places = {line: n for n, line in enumerate(order)}
    bases = [row.base for row in rows if row.base is not None]
    found = [places.get(b.crm_id if side == "crm" else b.xero_id, -1) for b in bases]
    return found != sorted(found)
