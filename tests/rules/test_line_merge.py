"""Merging lines: against a plain table of cells, and the laws that hold for any two lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.model.line_ids import CHARGES, of_host
from xtiger.model.links import Side
from xtiger.model.values import Plain
from xtiger.rules.line_merge import (
    CELLS,
    Archive,
    BaseLine,
    CrmLine,
    LineMerge,
    LineRule,
    Row,
    XeroLine,
    merge_lines,
    one_sided,
)

#: A line of these tests has one cell that changes and one that stays.
CELL, OTHER = "UnitAmount", "Description"


def crm_line(name: str, price: Plain, text: Plain = "Tea") -> CrmLine:
    """A CRM line; the CRM writes texts small, so that both sides never hold the same."""
    feeds = {CELL: price, OTHER: str(text).lower()}
    return CrmLine(of_host(name), feeds, {CELL: price, OTHER: text})


def xero_line(name: str, price: Plain, text: Plain = "Tea") -> XeroLine:
    """A line of Xero."""
    return XeroLine(name, {CELL: price, OTHER: text})


def base_line(name: str, price: Plain, text: Plain = "Tea") -> BaseLine:
    """What both agreed on: c-line and x-line of one name."""
    return BaseLine(
        of_host(f"c{name}"),
        f"x{name}",
        crm_line("", price, text).feeds,
        xero_line("", price, text).cells,
    )


def merged(
    base: Sequence[BaseLine],
    crm: Sequence[CrmLine],
    xero: Sequence[XeroLine],
    rule: LineRule | None = None,
) -> LineMerge:
    """Merge over this base."""
    archive = Archive(tuple(base), tuple(line.xero_id for line in base))
    return merge_lines(archive, crm, xero, rule or LineRule())


# --- one cell, every combination -------------------------------------------------------------


def table(base: int, crm: int, xero: int) -> str:
    """The plain truth table of one cell."""
    if crm == xero or (crm == base and xero == base):
        return "none"
    if crm != base and xero != base:
        return "conflict"
    return "to_xero" if crm != base else "to_crm"


def test_every_cell_against_the_plain_table() -> None:
    """Base, CRM and Xero value of a cell decide alone, whatever the cell."""
    for base, crm, xero in product((1, 2, 3), repeat=3):
        for cell in CELLS:
            found = merge_lines(
                Archive((BaseLine(of_host("c"), "x", {cell: base}, {cell: base}),), ("x",)),
                [CrmLine(of_host("c"), {cell: crm}, {cell: crm})],
                [XeroLine("x", {cell: xero})],
                LineRule(),
            )
            ways = [change.way for change in found.changes]

            wanted = table(base, crm, xero)
            assert ([] if wanted == "none" else [wanted]) == ways
            assert all(f"lines.c.{cell}" == change.key for change in found.changes)


def line_table(crm: int | None, xero: int | None) -> str:
    """The plain truth table of a whole line whose base is 1; None is deleted."""
    if crm is None and xero is None:
        return "none"
    if crm is None:
        return "gone_in_xero" if xero == 1 else "conflict"
    if xero is None:
        return "gone_in_crm" if crm == 1 else "conflict"
    return table(1, crm, xero)


def test_deleted_lines_against_the_plain_table() -> None:
    """Deleted here and untouched there goes; edited there is a conflict."""
    for crm, xero in product((None, 1, 2, 3), repeat=2):
        found = merged(
            [base_line("", 1)],
            [] if crm is None else [crm_line("c", crm)],
            [] if xero is None else [xero_line("x", xero)],
        )
        ways = [f"gone_in_{c.row.remove[3:]}" if c.row.remove else c.way for c in found.changes]

        wanted = line_table(crm, xero)
        assert ([] if wanted == "none" else [wanted]) == ways


@pytest.mark.parametrize(
    ("side", "crm", "xero", "sends", "writes"),
    [
        ("crm", 2, 3, True, False),
        ("xero", 2, 3, False, True),
        ("crm", None, 3, True, False),
        ("xero", None, 3, False, True),
        ("crm", 2, None, True, False),
        ("xero", 2, None, False, True),
    ],
)
def test_a_person_settles_a_conflict(
    side: Side, crm: int | None, xero: int | None, sends: bool, writes: bool
) -> None:
    """A decided conflict goes the way of the chosen side, a deletion, too."""
    found = merged(
        [base_line("", 1)],
        [] if crm is None else [crm_line("c", crm)],
        [] if xero is None else [xero_line("x", xero)],
        LineRule(decide=lambda key: side if key.startswith("lines.c") else None),
    )

    assert ([], sends, writes) == (found.conflicts, found.sends, found.writes)


def test_a_closed_direction_blocks() -> None:
    """An edit that may not travel is told by its side, an order is simply left alone."""
    base = [base_line("1", 1), base_line("2", 2)]
    crm, xero = [crm_line("c1", 1), crm_line("c2", 2)], [xero_line("x1", 1), xero_line("x2", 2)]
    edited = [crm_line("c1", 9), crm[1]]

    assert {"crm"} == merged(base, edited, xero, LineRule(to_xero=False)).blocked
    assert {"xero"} == merged(base, crm, [xero[0]], LineRule(to_crm=False)).blocked
    turned = merged(base, crm[::-1], xero, LineRule(to_xero=False))
    assert (set(), False, False) == (turned.blocked, turned.sends, turned.writes)


def test_a_changed_default_alone_rewrites_nothing() -> None:
    """The CRM would send another account now, but nobody touched the line."""
    line = CrmLine(of_host("c"), {}, {"AccountCode": "201"})
    found = merge_lines(
        Archive((BaseLine(of_host("c"), "x", {}, {"AccountCode": "200"}),), ("x",)),
        [line],
        [XeroLine("x", {"AccountCode": "200"})],
        LineRule(),
    )

    assert (False, False) == (found.sends, found.writes)


def test_an_account_takes_its_tax_along() -> None:
    """Another account in the CRM sends the tax that goes with it, unless Xero's was changed."""
    base = BaseLine(
        of_host("c"), "x", {"AccountCode": "200"}, {"AccountCode": "200", "TaxType": "A"}
    )
    line = CrmLine(of_host("c"), {"AccountCode": "400"}, {"AccountCode": "400", "TaxType": "B"})

    def both(tax: str) -> Row:
        there = XeroLine("x", {"AccountCode": "200", "TaxType": tax})
        return merge_lines(Archive((base,), ("x",)), [line], [there], LineRule()).for_xero[0]

    assert {"AccountCode": "400", "TaxType": "B"} == both("A").to_xero
    assert {"TaxType": "C"} == both("C").to_crm


def test_a_cell_that_cannot_be_sent_is_never_equal() -> None:
    """Wrong cells are no agreement, and a line with one is not joined with Xero's."""
    base = BaseLine(of_host("c"), "x", {"TaxType": 1}, {})
    line = CrmLine(of_host("c"), {"TaxType": 2}, {}, frozenset({"TaxType"}))
    found = merge_lines(Archive((base,), ("x",)), [line], [XeroLine("x", {})], LineRule())
    apart = merge_lines(Archive(), [line], [XeroLine("x", {})], LineRule())

    assert [("TaxType", "to_xero")] == [(c.cell, c.way) for c in found.changes]
    assert 2 == len(apart.for_xero)


# --- both lists ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sides:
    """Both lists and what was agreed; each has its own order."""

    base: Archive
    crm: tuple[CrmLine, ...]
    xero: tuple[XeroLine, ...]


@st.composite
def a_side(draw: st.DrawFn, count: int, prefix: str) -> list[tuple[str, int]]:
    """(name, price) of the lines of one side: some edited, deleted, moved, new."""
    kept = [
        (f"{n}", draw(st.sampled_from((n, n, n, 90))))
        for n in range(count)
        if draw(st.integers(0, 4))
    ]
    if draw(st.booleans()):
        kept = draw(st.permutations(kept))
    for place, price in draw(
        st.lists(st.tuples(st.integers(0, 6), st.integers(100, 103)), max_size=3)
    ):
        kept.insert(place, (f"{prefix}{len(kept)}new", price))
    return list(kept)


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    """Any two lists over any base."""
    count = draw(st.integers(0, 5))
    crm, xero = draw(a_side(count, "a")), draw(a_side(count, "b"))
    order = draw(st.permutations([f"x{n}" for n in range(count)]))
    return Sides(
        Archive(tuple(base_line(str(n), n) for n in range(count)), tuple(order)),
        tuple(crm_line(f"c{name}", price, f"T{price}") for name, price in crm),
        tuple(xero_line(f"x{name}", price, f"T{price}") for name, price in xero),
    )


def based(found: Sides) -> Sides:
    """The base with the texts of these lists."""
    lines = tuple(
        replace(
            line,
            feeds={**line.feeds, OTHER: f"t{line.feeds[CELL]}"},
            cells={**line.cells, OTHER: f"T{line.cells[CELL]}"},
        )
        for line in found.base.lines
    )
    return replace(found, base=replace(found.base, lines=lines))


def applied(found: LineMerge) -> Sides:
    """Both sides after the merge was carried out, with the new base."""
    crm, xero, base = [], [], []
    ids: dict[int, tuple[str, str]] = {}
    for n, row in enumerate(found.for_xero):
        cells = {**(row.xero.cells if row.xero else {}), **row.to_xero}
        ids[id(row)] = (row.crm.id if row.crm else f"cn{n}", row.xero.id if row.xero else f"xn{n}")
        xero.append(XeroLine(ids[id(row)][1], {k: cells.get(k) for k in (CELL, OTHER)}))
    for row in found.for_crm:
        cells = {**(row.crm.cells if row.crm else {}), **row.to_crm}
        line = crm_line(ids[id(row)][0], cells.get(CELL), cells.get(OTHER))
        crm.append(line)
        there = next(x for x in xero if x.id == ids[id(row)][1])
        base.append(BaseLine(line.id, there.id, line.feeds, there.cells))
    return Sides(Archive(tuple(base), tuple(x.id for x in xero)), tuple(crm), tuple(xero))


def prices(lines: Sequence[CrmLine] | Sequence[XeroLine]) -> list[Plain]:
    """The prices in order."""
    return [line.cells[CELL] for line in lines]


@given(sides())
def test_no_line_is_lost_or_doubled(given_sides: Sides) -> None:
    """After a merge without conflict both sides have the same lines, each once."""
    found = based(given_sides)
    merge = merge_lines(found.base, found.crm, found.xero, LineRule())
    if merge.conflicts:
        return
    after = applied(merge)
    inputs = {x.id for x in found.crm} | {x.id for x in found.xero}
    staying = {x.id for x in after.crm} | {x.id for x in after.xero}
    removed = {
        line.id for c in merge.changes if c.row.remove for line in (c.row.crm, c.row.xero) if line
    }

    assert sorted(map(str, prices(after.crm))) == sorted(map(str, prices(after.xero)))
    assert inputs <= staying | removed
    assert len({line.id for line in after.crm}) == len(after.crm)
    assert len({line.id for line in after.xero}) == len(after.xero)


@given(sides())
def test_a_second_merge_plans_nothing(given_sides: Sides) -> None:
    """Merging what a merge made changes nothing, and both keep one order or their own."""
    found = based(given_sides)
    merge = merge_lines(found.base, found.crm, found.xero, LineRule())
    if merge.conflicts:
        return
    after = applied(merge)
    again = merge_lines(after.base, after.crm, after.xero, LineRule())

    assert ([], False, False) == (again.changes, again.sends, again.writes)


@given(sides())
def test_a_conflict_is_exactly_where_the_table_says(given_sides: Sides) -> None:
    """Each line of the base ends as the plain table says, whatever the other lines do."""
    found = based(given_sides)
    merge = merge_lines(found.base, found.crm, found.xero, LineRule())
    ours = {line.id: line.cells[CELL] for line in found.crm}
    theirs = {line.id: line.cells[CELL] for line in found.xero}
    wanted = {
        line.crm_id
        for line in found.base.lines
        for c, x, b in [(ours.get(line.crm_id), theirs.get(line.xero_id), line.cells[CELL])]
        if c != x and b not in (c, x)
    }

    assert wanted == {change.row.key.removeprefix("lines.") for change in merge.conflicts}


@given(sides(), st.sampled_from(["crm", "xero"]))
def test_one_side_is_made_the_other(given_sides: Sides, side: Side) -> None:
    """Without a base the chosen side's lines are on both sides, in its order."""
    merge = one_sided(given_sides.crm, given_sides.xero, side)
    after = applied(merge)
    chosen = given_sides.crm if side == "crm" else given_sides.xero

    assert prices(chosen) == prices(after.crm) == prices(after.xero)
    assert (merge.writes if side == "crm" else merge.sends) is False


# --- order -----------------------------------------------------------------------------------


def three() -> tuple[list[BaseLine], list[CrmLine], list[XeroLine]]:
    """Three lines that agree."""
    names = ("1", "2", "3")
    return (
        [base_line(n, int(n)) for n in names],
        [crm_line(f"c{n}", int(n)) for n in names],
        [xero_line(f"x{n}", int(n)) for n in names],
    )


def order(rows: Sequence[Row]) -> list[str]:
    """The names of the rows."""
    return [(row.crm.id if row.crm else row.xero.id if row.xero else "")[1:] for row in rows]


def test_the_crms_order_wins_when_the_crm_changed_it() -> None:
    """Reordered in the CRM, or on both sides: the CRM's order; in Xero alone: Xero's."""
    base, crm, xero = three()
    turned, other = [crm[2], crm[0], crm[1]], [xero[1], xero[0], xero[2]]
    ours, both, theirs = (
        merged(base, turned, xero),
        merged(base, turned, other),
        merged(base, crm, other),
    )

    assert (["3", "1", "2"], True, False) == (order(ours.for_xero), ours.sends, ours.writes)
    assert (["3", "1", "2"], True, False) == (order(both.for_xero), both.sends, both.writes)
    assert (["2", "1", "3"], False, True) == (order(theirs.for_crm), theirs.sends, theirs.writes)


def test_sides_that_never_had_one_order_keep_their_own() -> None:
    """A CRM that sorts its lines by name is not told Xero's order each time."""
    base, crm, xero = three()
    archive = Archive(tuple(base), ("x3", "x1", "x2"))
    found = merge_lines(
        archive, [crm_line("c1", 9), *crm[1:]], [xero[2], xero[0], xero[1]], LineRule()
    )

    assert (["3", "1", "2"], ["1", "2", "3"]) == (order(found.for_xero), order(found.for_crm))
    assert (True, False) == (found.sends, found.writes)


def test_new_lines_stand_behind_their_neighbours() -> None:
    """A line put in the middle of one list is in the middle of both, and at the end of none."""
    base, crm, xero = three()
    found = merged(
        base,
        [crm[0], crm_line("c8", 8), *crm[1:]],
        [xero_line("x7", 7), *xero[:2], xero_line("x9", 9), xero[2]],
    )

    assert ["7", "1", "8", "2", "9", "3"] == order(found.for_xero) == order(found.for_crm)


def test_lines_of_the_head_keep_xeros_place() -> None:
    """Charges have no place in the CRM: moved in Xero they stay there, and nothing travels."""
    base, crm, xero = three()
    charges = CrmLine(CHARGES, {CELL: 5}, {CELL: 5})
    base.append(BaseLine(CHARGES, "xc", {CELL: 5}, {CELL: 5}))
    there = [XeroLine("xc", {CELL: 5}), *xero]
    moved = merged(base, [*crm, charges], there)
    turned = merged(base, [crm[1], crm[0], crm[2], charges], there)

    assert (False, False) == (moved.sends, moved.writes)
    assert ["charges", "2", "1", "3"] == order(turned.for_xero)
    assert order(merged(base[:3], [*crm, charges], xero).for_xero)[-1] == "charges"


def test_lines_written_anew_are_known_by_their_content() -> None:
    """One side gave all lines new ids: nothing was deleted, nothing is new."""
    base, crm, xero = three()
    found = merged(base, [replace(line, id=of_host(f"new{line.id}")) for line in crm], xero)
    back = merged(base, crm, [replace(line, id=f"new{line.id}") for line in xero])

    assert ([], []) == (found.changes, back.changes)
    assert ["newc1", "newc2", "newc3"] == [r.crm.id for r in found.for_xero if r.crm]


def test_the_same_line_added_on_both_sides_is_one() -> None:
    """Entered twice by two people: one line, linked, nothing travels."""
    base, crm, xero = three()
    found = merged(base, [*crm, crm_line("c9", 9)], [*xero, xero_line("x8", 9)])

    assert (False, False, 4) == (found.sends, found.writes, len(found.for_xero))


def test_a_new_line_is_named_by_its_own_id() -> None:
    """Until both sides have it, the side that has it names it."""
    found = merged([], [crm_line("c1", 1)], [xero_line("x2", 2)])

    assert {"lines.c1", "lines.x2"} == {change.key for change in found.changes}
