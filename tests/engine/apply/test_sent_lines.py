"""The base of an invoice whose lines were sent and never answered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from xtiger.engine.apply.sent_lines import SentLines, in_order, lines_arrived, lines_made
from xtiger.hosts.standard import invoices
from xtiger.model.line_ids import CHARGES, lost
from xtiger.model.links import Pair
from xtiger.model.records import XeroRecord

Line = dict[str, Any]


def _there(text: str, price: int, item: str = "", **more: Any) -> Line:
    made = {"Description": text, "Quantity": Decimal(1), "UnitAmount": Decimal(price), **more}
    return {**made, "LineItemID": item} if item else made


def _here(own: str, text: str, price: int) -> Line:
    return {"id": own, "name": text, "quantity": Decimal(1), "listprice": Decimal(price)}


def _record(*lines: Line) -> XeroRecord:
    return XeroRecord("Invoice", "x1", {}, lines)


def _sent(
    ids: list[str],
    sent: list[Line],
    crm: list[Line],
    planned: list[Line] | None = None,
    *,
    head: Mapping[str, Any] | None = None,
    both_ways: bool = False,
    stable: bool = True,
) -> SentLines:
    kept = {
        "crm": {"lines": crm, "head": dict(head or {})},
        "ids": ids,
        "sent": sent,
        "planned": planned or [],
        "both_ways": both_ways,
    }
    return SentLines.of(kept, invoices(), stable=stable)


#: Two lines that both sides agreed on.
TEA, MUG = _there("Tea", 5, "x1"), _there("Mug", 9, "x2")
OUR_TEA, OUR_MUG = _here("1", "Tea", 5), _here("2", "Mug", 9)
BEFORE = Pair({"lines": [OUR_TEA, OUR_MUG], "head": {}}, [TEA, MUG])
LINKS = {"1": "x1", "2": "x2"}


def test_an_intent_of_a_release_before_is_read() -> None:
    """Lines without an id of ours are Xero's own; one without a LineItemID is new."""
    found = _sent(["1"], [TEA, _there("New", 3)], [OUR_TEA], [TEA])

    assert [("1", "x1"), ("", "")] == [(own, item) for own, item, _ in found.sent]
    assert {"lines": [OUR_TEA], "head": {}} == found.half()


# --- a create --------------------------------------------------------------------------------


def test_what_a_create_sent_was_in_xero_at_first() -> None:
    """Each line is found by what was sent; an account that Xero chose itself is agreed on."""
    sent = _sent(["1", "2"], [_there("Tea", 5), _there("Mug", 9)], [OUR_TEA, OUR_MUG])
    record = _record(_there("Mug", 9, "x2"), _there("Tea", 5, "x1", AccountCode="200"))

    pair, links = lines_made(sent, record)

    assert {"1": "x1", "2": "x2"} == links
    assert sent.half() == pair.crm
    assert [("x1", "200"), ("x2", None)] == [
        (one["LineItemID"], one.get("AccountCode")) for one in pair.xero
    ]


def test_a_line_that_a_person_edited_or_took_away_keeps_what_was_sent() -> None:
    """Its edit is an edit since; a line that is gone stands under an id that nobody has."""
    sent = _sent(["1", "2"], [_there("Tea", 5), _there("Mug", 9)], [OUR_TEA, OUR_MUG])

    edited, links = lines_made(sent, _record(_there("Tea", 6, "x1"), _there("Mug", 9, "x2")))
    removed, left = lines_made(sent, _record(_there("Tea", 5, "x1")))

    assert (Decimal(5), {"1": "x1", "2": "x2"}) == (edited.xero[0]["UnitAmount"], links)
    assert ({"1": "x1", "2": lost(1)}, lost(1)) == (left, removed.xero[1]["LineItemID"])


@pytest.mark.parametrize(
    ("sent", "there"),
    [
        ([("Tea", 5), ("Tea", 6)], [("Tea", 6, "x2"), ("Tea", 5, "x1")]),
        ([("Tea", 5), ("Mug", 9)], [("Mug", 10, "x2"), ("Tea", 6, "x1")]),
        ([("Tea", 5), ("Mug", 9)], [("Cup", 9, "x2"), ("Pot", 5, "x1")]),
    ],
)
def test_a_line_is_known_by_all_of_it_or_its_text_or_its_amounts(
    sent: list[tuple[str, int]], there: list[tuple[str, int, str]]
) -> None:
    """In this order, wherever a person moved it."""
    made = _sent(["1", "2"], [_there(*one) for one in sent], [OUR_TEA, OUR_MUG])

    assert {"1": "x1", "2": "x2"} == lines_made(made, _record(*(_there(*t) for t in there)))[1]


def test_only_what_decides_over_a_line_is_agreed_on() -> None:
    """That a person counts with tax since is no part of what was sent."""
    sent = _sent(["1"], [_there("Tea", 5)], [OUR_TEA])
    gross = XeroRecord("Invoice", "x1", {"LineAmountTypes": "Inclusive"}, (TEA,))

    pair, _ = lines_made(sent, gross)

    assert [{"Description", "Quantity", "UnitAmount", "LineItemID"}] == [set(*pair.xero)]


def test_lines_edited_wholly_are_known_by_their_order() -> None:
    """A document that our write alone made has as many lines as we sent."""
    sent = _sent(["1", "2"], [_there("Tea", 5), _there("Mug", 9)], [OUR_TEA, OUR_MUG])

    _, links = lines_made(sent, _record(_there("Cup", 1, "x7"), _there("Pot", 2, "x8")))

    assert {"1": "x7", "2": "x8"} == links


# --- an update -------------------------------------------------------------------------------


def test_an_update_that_arrived_whole_is_the_base() -> None:
    """Both halves as they stand, a new line linked to its id."""
    new = _here("3", "New", 3)
    sent = _sent(["1", "2", "3"], [TEA, MUG, _there("New", 3)], [OUR_TEA, OUR_MUG, new], [TEA, MUG])

    found = lines_arrived(sent, BEFORE, LINKS, _record(TEA, MUG, _there("New", 3, "x3")))

    assert found is not None
    assert ({"1": "x1", "2": "x2", "3": "x3"}, sent.half()) == (found[1], found[0].crm)
    assert ["x1", "x2", "x3"] == [one["LineItemID"] for one in found[0].xero]


def test_a_cell_that_arrived_is_agreed_and_an_edit_beside_it_is_not() -> None:
    """We sent a price, a person wrote a text: the text is still to come into the CRM."""
    sent = _sent(
        ["1", "2"],
        [_there("Tea", 6, "x1"), MUG],
        [_here("1", "Tea", 6), OUR_MUG],
        [TEA, MUG],
    )

    found = lines_arrived(sent, BEFORE, LINKS, _record(_there("Green tea", 6, "x1"), MUG))

    assert found is not None
    line = found[0].xero[0]
    assert ("Tea", Decimal(6)) == (line["Description"], line["UnitAmount"])
    assert Decimal(6) == found[0].crm["lines"][0]["listprice"]
    assert LINKS == found[1]


def test_a_cell_that_did_not_arrive_stays_as_it_was() -> None:
    """It goes again with the next sync."""
    sent = _sent(
        ["1", "2"],
        [_there("Tea", 6, "x1"), MUG],
        [_here("1", "Tea", 6), OUR_MUG],
        [TEA, MUG],
    )

    found = lines_arrived(sent, BEFORE, LINKS, _record(TEA, MUG))

    assert found is not None
    assert (Decimal(5), Decimal(5)) == (
        found[0].xero[0]["UnitAmount"],
        found[0].crm["lines"][0]["listprice"],
    )


def test_a_line_that_we_took_away_leaves_the_base() -> None:
    """Xero does not show it, and neither does the CRM."""
    sent = _sent(["1"], [_there("Tea", 6, "x1")], [_here("1", "Tea", 6)], [TEA, MUG])

    found = lines_arrived(sent, BEFORE, LINKS, _record(_there("Tea, green", 6, "x1")))

    assert found is not None
    assert ({"1": "x1"}, ["1"]) == (found[1], [one["id"] for one in found[0].crm["lines"]])


def test_a_line_that_xeros_people_took_away_stays_in_the_base() -> None:
    """It is still to go in the CRM."""
    sent = _sent(
        ["1", "2"],
        [_there("Tea", 6, "x1"), MUG],
        [_here("1", "Tea", 6), OUR_MUG],
        [TEA, MUG],
    )

    found = lines_arrived(sent, BEFORE, LINKS, _record(_there("Tea", 6, "x1")))

    assert found is not None
    assert LINKS == found[1]


def test_a_new_line_of_ours_beside_one_of_theirs_is_found() -> None:
    """By what was sent; theirs is no part of the base and comes into the CRM."""
    sent = _sent(
        ["1", "2", "3"],
        [TEA, MUG, _there("New", 3)],
        [OUR_TEA, OUR_MUG, _here("3", "New", 3)],
        [TEA, MUG],
    )
    record = _record(TEA, MUG, _there("Theirs", 7, "x9"), _there("New", 3, "x3"))

    found = lines_arrived(sent, BEFORE, LINKS, record)

    assert found is not None
    assert {**LINKS, "3": "x3"} == found[1]
    assert "x9" not in [one["LineItemID"] for one in found[0].xero]


def test_where_nobody_can_tell_a_person_is_asked() -> None:
    """A strange line that is like none of ours, and a new one of ours that is not there."""
    sent = _sent(
        ["1", "2", "3"],
        [TEA, MUG, _there("New", 3)],
        [OUR_TEA, OUR_MUG, _here("3", "New", 3)],
        [TEA, MUG],
    )

    found = lines_arrived(sent, BEFORE, LINKS, _record(TEA, MUG, _there("Odd", 7, "x9")))

    assert (Pair(None, None), {}) == found


def test_charges_that_arrived_are_in_the_head() -> None:
    """The line that the head makes, new in Xero beside a line of theirs."""
    charges = _there("Shipping", 4)
    sent = _sent(
        ["1", "2", CHARGES],
        [TEA, MUG, charges],
        [OUR_TEA, OUR_MUG],
        [TEA, MUG],
        head={"charges": Decimal(4)},
    )
    record = _record(TEA, MUG, _there("Theirs", 7, "x9"), {**charges, "LineItemID": "x5"})

    found = lines_arrived(sent, BEFORE, LINKS, record)

    assert found is not None
    assert ({"charges": Decimal(4)}, "x5") == (found[0].crm["head"], found[1][CHARGES])


def test_charges_that_did_not_arrive_are_not() -> None:
    """They go again with the next sync."""
    sent = _sent(
        ["1", "2", CHARGES],
        [TEA, MUG, _there("Shipping", 4)],
        [OUR_TEA, OUR_MUG],
        [TEA, MUG],
        head={"charges": Decimal(4)},
    )

    found = lines_arrived(sent, BEFORE, LINKS, _record(TEA, MUG))

    assert found is not None
    assert ({}, LINKS) == (found[0].crm["head"], found[1])


def test_nothing_is_said_where_lines_cannot_be_told_apart() -> None:
    """Ids that do not last, prices with tax in them, and no base to begin with."""
    sent = [_there("Tea", 6, "x1")]
    own = [_here("1", "Tea", 6)]
    odd = _record(_there("Green tea", 6, "x1"))
    gross = XeroRecord("Invoice", "x1", {"LineAmountTypes": "Inclusive"}, odd.lines)

    assert [None] * 4 == [
        lines_arrived(_sent(["1"], sent, own, [TEA], stable=False), BEFORE, LINKS, odd),
        lines_arrived(_sent(["1"], sent, own, [TEA]), BEFORE, LINKS, gross),
        lines_arrived(_sent(["1"], sent, own, [TEA]), None, LINKS, odd),
        lines_arrived(_sent(["1"], sent, own, [TEA]), Pair(None, None), LINKS, odd),
    ]


def test_what_a_person_is_asked_about_stays_asked() -> None:
    """Of lines that came in the same item the whole is never taken for agreed."""
    before = Pair(BEFORE.crm, BEFORE.xero, ("lines.1.UnitAmount",))
    sent = _sent(["1", "2"], [TEA, MUG], [OUR_TEA, OUR_MUG], [TEA, MUG], both_ways=True)

    found = lines_arrived(sent, before, LINKS, _record(TEA, MUG))

    assert found is not None
    assert ("lines.1.UnitAmount",) == tuple(found[0].asked)


def test_an_order_that_arrived_is_in_both_halves() -> None:
    """One that Xero's people made is in neither: it is still on its way to the CRM."""
    ours = _sent(
        ["2", "1"],
        [MUG, _there("Tea", 6, "x1")],
        [OUR_MUG, _here("1", "Tea", 6)],
        [TEA, MUG],
    )
    tea = _there("Green tea", 6, "x1")

    arrived = lines_arrived(ours, BEFORE, LINKS, _record(MUG, tea))
    theirs = lines_arrived(ours, BEFORE, LINKS, _record(tea, MUG))

    assert arrived is not None
    assert theirs is not None
    assert [["2", "1"], ["1", "2"]] == [
        [one["id"] for one in found[0].crm["lines"]] for found in (arrived, theirs)
    ]
    assert [["x2", "x1"], ["x1", "x2"]] == [
        [one["LineItemID"] for one in found[0].xero] for found in (arrived, theirs)
    ]


def test_one_order_leads_and_the_other_fills_in() -> None:
    """What nobody orders comes last; what is not known is left out."""
    assert ["b", "n", "a", "z"] == in_order({"a", "b", "n", "z"}, ["b", "a", "q"], ["b", "n", "a"])
