"""The base of an invoice whose lines were written in the CRM by a run that died."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xtiger.engine.apply.written_lines import WrittenLines, lines_written
from xtiger.hosts.standard import invoices
from xtiger.model.line_ids import CHARGES
from xtiger.model.links import Pair

Line = dict[str, Any]


def _there(text: str, price: int, item: str) -> Line:
    made = {"Description": text, "Quantity": Decimal(1), "UnitAmount": Decimal(price)}
    return {**made, "LineItemID": item}


def _here(own: str, text: str, price: int) -> Line:
    return {"id": own, "name": text, "quantity": Decimal(1), "listprice": Decimal(price)}


TEA, MUG = _there("Tea", 5, "x1"), _there("Mug", 9, "x2")
OUR_TEA, OUR_MUG = _here("1", "Tea", 5), _here("2", "Mug", 9)
BEFORE = Pair({"lines": [OUR_TEA, OUR_MUG], "head": {"charges": Decimal(4)}}, [TEA, MUG])
LINKS = {"1": "x1", "2": "x2"}


def _written(
    rows: list[Line], items: list[str], xero: list[Line], *, stable: bool = True
) -> WrittenLines:
    """A change of both lines' invoice, planned on what both sides agreed on."""
    kept = {
        "values": {"lines": rows},
        "lines": {"items": items, "planned": BEFORE.crm},
        "xero": {"lines": xero},
    }
    return WrittenLines.of(kept, invoices(), stable=stable)


#: Xero's people made the tea dearer.
DEARER = _there("Tea", 6, "x1")
CHANGE = _written([{"id": "1", "listprice": Decimal(6)}, {"id": "2"}], ["x1", "x2"], [DEARER, MUG])


def _half(*lines: Line) -> dict[str, Any]:
    return {"lines": list(lines), "head": {}}


def test_a_row_is_what_was_planned_with_what_was_written() -> None:
    """Of a new line only what was written is known; an id is no value."""
    row = CHANGE.rows[0][0]
    new = {"name": "New", "listprice": Decimal(3)}

    assert {"listprice": Decimal(6)} == CHANGE.cells(row)
    assert ("Tea", Decimal(6)) == (CHANGE.whole(row)["name"], CHANGE.whole(row)["listprice"])
    assert new == CHANGE.whole(new)


def test_a_change_that_arrived_whole_is_the_base() -> None:
    """The CRM's half as it stands, Xero's as it was planned on, each line with its partner."""
    half = _half(_here("1", "Tea", 6), OUR_MUG)

    assert (Pair(half, [DEARER, MUG]), LINKS) == lines_written(CHANGE, BEFORE, LINKS, half)


def test_charges_of_the_head_stay_linked() -> None:
    """Xero has them as a line, the CRM does not: its lines alone are not all that was agreed."""
    charges = _there("Shipping", 4, "x5")
    before = Pair(BEFORE.crm, [TEA, MUG, charges])
    written = _written(
        [{"id": "1", "listprice": Decimal(6)}, {"id": "2"}], ["x1", "x2"], [DEARER, MUG, charges]
    )
    links = {**LINKS, CHARGES: "x5"}

    found = lines_written(written, before, links, _half(_here("1", "Tea", 6), OUR_MUG))

    assert found is not None
    assert (links, ["x1", "x2", "x5"]) == (found[1], [one["LineItemID"] for one in found[0].xero])


def test_new_ids_of_all_lines_are_taken_over() -> None:
    """A CRM whose ids do not last makes its lines anew."""
    written = _written(
        [{"name": "Tea", "listprice": Decimal(6)}, {"name": "Mug"}],
        ["x1", "x2"],
        [DEARER, MUG],
        stable=False,
    )
    half = _half(_here("#0", "Tea", 6), _here("#1", "Mug", 9))

    found = lines_written(written, BEFORE, LINKS, half)

    assert found is not None
    assert {"#0": "x1", "#1": "x2"} == found[1]


def test_what_a_person_typed_since_is_not_agreed() -> None:
    """The price arrived, the text was typed after it: the text goes to Xero."""
    found = lines_written(CHANGE, BEFORE, LINKS, _half(_here("1", "Green tea", 6), OUR_MUG))

    assert found is not None
    pair, links = found
    assert LINKS == links
    assert ("Tea", Decimal(6)) == (pair.crm["lines"][0]["name"], pair.crm["lines"][0]["listprice"])
    assert Decimal(6) == pair.xero[0]["UnitAmount"]
    assert {"charges": Decimal(4)} == pair.crm["head"]


def test_what_was_not_written_stays_as_it_was_agreed() -> None:
    """The run died before the CRM took the price: it is still to come."""
    found = lines_written(CHANGE, BEFORE, LINKS, _half(_here("1", "Green tea", 5), OUR_MUG))

    assert found is not None
    assert (Decimal(5), Decimal(5)) == (
        found[0].crm["lines"][0]["listprice"],
        found[0].xero[0]["UnitAmount"],
    )


def test_a_line_that_the_change_took_away_leaves_the_base() -> None:
    """One that people took away since stays in it: it is still to go in Xero."""
    shorter = _written([{"id": "1", "listprice": Decimal(6)}], ["x1"], [DEARER])

    taken = lines_written(shorter, BEFORE, LINKS, _half(_here("1", "Green tea", 6)))
    people = lines_written(CHANGE, BEFORE, LINKS, _half(_here("1", "Tea", 6)))

    assert [{"1": "x1"}, LINKS] == [found[1] for found in (taken, people) if found is not None]


def test_a_new_line_is_linked_to_the_line_that_it_came_from() -> None:
    """Beside an edit of a person, so that the whole is not as it was written."""
    new = _there("New", 3, "x3")
    written = _written(
        [{"id": "1", "listprice": Decimal(6)}, {"id": "2"}, {"name": "New"}],
        ["x1", "x2", "x3"],
        [DEARER, MUG, new],
    )
    half = _half(_here("1", "Green tea", 6), OUR_MUG, _here("7", "New", 3))

    found = lines_written(written, BEFORE, LINKS, half)

    assert found is not None
    assert {**LINKS, "7": "x3"} == found[1]
    assert "x3" == found[0].xero[2]["LineItemID"]


def test_where_nobody_can_tell_a_person_is_asked() -> None:
    """One line was written anew, and two are there that nobody knows."""
    written = _written(
        [{"id": "1"}, {"id": "2"}, {"name": "New"}],
        ["x1", "x2", "x3"],
        [TEA, MUG, _there("New", 3, "x3")],
    )
    half = _half(OUR_TEA, OUR_MUG, _here("7", "New", 3), _here("8", "Other", 3))

    assert (Pair(None, None), {}) == lines_written(written, BEFORE, LINKS, half)


def test_nothing_is_said_without_ids_that_last_or_a_base() -> None:
    """The base stays as it is."""
    rows: list[Line] = [{"id": "1", "listprice": Decimal(6)}, {"id": "2"}]
    loose = _written(rows, ["x1", "x2"], [DEARER, MUG], stable=False)
    half = _half(_here("1", "Green tea", 5), OUR_MUG)

    assert [None] * 3 == [
        lines_written(loose, BEFORE, LINKS, half),
        lines_written(CHANGE, None, LINKS, half),
        lines_written(CHANGE, Pair(None, None), LINKS, half),
    ]


def test_an_order_of_the_crm_that_shows_what_was_written_is_agreed() -> None:
    """One that a person made since is not: both halves are in the order of before."""
    written = _written(
        [{"id": "2"}, {"id": "1", "listprice": Decimal(6)}], ["x2", "x1"], [MUG, DEARER]
    )
    tea = _here("1", "Green tea", 6)

    arrived = lines_written(written, BEFORE, LINKS, _half(OUR_MUG, tea))
    turned = lines_written(written, BEFORE, LINKS, _half(tea, OUR_MUG))

    assert [(["2", "1"], ["x2", "x1"]), (["1", "2"], ["x1", "x2"])] == [
        (
            [one["id"] for one in found[0].crm["lines"]],
            [one["LineItemID"] for one in found[0].xero],
        )
        for found in (arrived, turned)
        if found is not None
    ]
