"""Where a record belongs among the connections of a tenant: every way to decide it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.model.connections import DISCONNECTED, Connection
from xtiger.model.values import Plain
from xtiger.rules.kinds import KINDS
from xtiger.rules.routing import Route, Routes, Rule, fits, master_of, rivals, route

NORTH, SOUTH = "n", "s"
RULES = (Rule("Invoices", "branch", "North", NORTH), Rule("Invoices", "branch", "South", SOUTH))


def _invoice(
    branch: Plain, routes: Routes, here: str, *, several: bool = True, owner: str = ""
) -> Route:
    return route(
        "Invoices", "Invoice", {"branch": branch}, routes, here=here, rivals=several, owner=owner
    )


def _connection(id: str, state: str = "active", reason: str = "") -> Connection:
    made = Connection(id, "", f"org-{id}", "x", id, "GBP")
    return made if state == "active" else made.ended(reason)


def test_the_only_connection_has_everything() -> None:
    """Nobody has to make a rule for one organisation."""
    assert Route("here") == _invoice(None, Routes(), NORTH, several=False)


def test_without_a_rule_documents_of_several_are_held() -> None:
    """Nothing is guessed where money goes."""
    assert Route("missing") == _invoice("North", Routes(), NORTH)


@pytest.mark.parametrize(("here", "place"), [(NORTH, "here"), (SOUTH, "elsewhere")])
def test_a_rule_sends_a_document_to_one(here: str, place: str) -> None:
    """Seen from both."""
    assert place == _invoice("north ", Routes(RULES), here).place


def test_what_no_rule_fits_goes_to_the_default() -> None:
    """And is held when there is none."""
    assert Route("elsewhere", SOUTH) == _invoice("West", Routes(RULES, default=SOUTH), NORTH)
    assert Route("missing") == _invoice("West", Routes(RULES), NORTH)


def test_the_first_rule_that_fits_decides() -> None:
    """In the order in which they were made."""
    both = (Rule("Invoices", "branch", "North", NORTH), Rule("Invoices", "branch", "North", SOUTH))

    assert Route("elsewhere", NORTH) == _invoice("North", Routes(both), SOUTH)


def test_rules_hold_while_the_other_connection_is_away() -> None:
    """Its permission ran out: its invoices do not go to the one that is left."""
    assert Route("elsewhere", SOUTH) == _invoice("South", Routes(RULES), NORTH, several=False)


def test_the_first_push_decides_over_any_rule() -> None:
    """A rule that is changed later moves no document that was sent."""
    assert Route("elsewhere", SOUTH) == _invoice("North", Routes(RULES), NORTH, owner=SOUTH)


@given(
    st.sampled_from(["North", "South", "West", "", None]),
    st.sampled_from(["", NORTH, SOUTH]),
    st.sets(st.sampled_from(RULES)),
    st.sampled_from(["", NORTH, SOUTH]),
    st.booleans(),
)
def test_a_document_is_never_in_two_places(
    branch: Plain, default: str, rules: set[Rule], owner: str, several: bool
) -> None:
    """Whatever is decided: at most one of two connections says that it is its own."""
    routes = Routes(tuple(rules), default)
    # An owner is always told to the other one only.
    places = [
        _invoice(branch, routes, here, several=True, owner=owner if owner != here else "").place
        for here in (NORTH, SOUTH)
    ]
    own = 0 if owner == "" else places.count("elsewhere")

    assert owner or places.count("here") <= 1
    assert not owner or own >= 1


def test_contacts_and_items_are_everywhere_without_a_rule() -> None:
    """They may be linked in several; a default for documents does not touch them."""
    found = [
        route("Organizations", "Contact", {}, Routes(RULES, NORTH), here=here, rivals=True)
        for here in (NORTH, SOUTH)
    ]

    assert [Route("here")] * 2 == found


def test_a_rule_keeps_a_contact_out_of_others() -> None:
    """Two rules that fit let it be in both."""
    one = Rule("Organizations", "branch", "North", NORTH)
    values: dict[str, Plain] = {"branch": "North"}
    alone, both = Routes((one,)), Routes((one, replace(one, connection_id=SOUTH)))

    def place(routes: Routes) -> str:
        return route("Organizations", "Contact", values, routes, here=SOUTH, rivals=True).place

    assert ("elsewhere", "here") == (place(alone), place(both))


@pytest.mark.parametrize(
    ("value", "wanted", "expected"),
    [
        ("North", "north", True),
        (" North ", "North", True),
        ("Northern", "North", False),
        (None, "", True),
        ("", "", True),
        (None, "None", False),
        (7, "7", True),
        (True, "yes", True),
        (True, "no", False),
        (False, "no", True),
        (False, "", True),
    ],
)
def test_values_are_compared_as_people_read_them(value: Plain, wanted: str, expected: bool) -> None:
    """Case and outer spaces do not count; a box is yes or no."""
    assert expected == fits(value, wanted)


def test_documents_are_what_moves_money() -> None:
    """Everything else may be in several connections."""
    credit = {"CreditNote", "Prepayment", "Overpayment"}

    assert {"Invoice", "Payment", "BankTransaction"} | credit == {
        row.kind for row in KINDS.values() if row.document
    }


def test_a_connection_that_ran_out_is_still_a_rival() -> None:
    """One that was disconnected by hand is not."""
    ran_out = _connection("a", "ended", "its permission ran out")
    by_hand = _connection("b", "ended", DISCONNECTED)
    own = _connection("c")

    assert [ran_out] == rivals([ran_out, by_hand, own], "c")


def test_the_master_is_the_chosen_one_or_the_oldest() -> None:
    """A chosen one that was disconnected is none any more."""
    old, new, gone = _connection("o"), _connection("n"), _connection("g", "ended", DISCONNECTED)

    for chosen, master in (("", old), ("n", new), ("g", old), ("?", old)):
        assert master == master_of(Routes(master=chosen), [gone, old, new])
    assert master_of(Routes(), []) is None


def test_every_place_names_its_target() -> None:
    """Elsewhere has one, the others have none."""
    for branch, here in product(("North", "West"), (NORTH, SOUTH)):
        found = _invoice(branch, Routes(RULES), here)

        assert (found.place == "elsewhere") == bool(found.connection_id)
