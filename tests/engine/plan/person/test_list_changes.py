"""What a plan does to the list of persons of one contact."""

from __future__ import annotations

from typing import Any

import pytest

from xtiger.engine.plan.person.list_changes import (
    ListChange,
    Step,
    changed_list,
    edited_since,
    home_of,
    id_on,
    leaving_step,
    left_behind,
    look_values,
    look_with,
)
from xtiger.model.plans import Item
from xtiger.rules.contact_persons import MAX_PERSONS, Entry, Look, Register

ANN, BEN = Look("Ann", "Lee", "ann@a.example"), Look("Ben", "Ray")
BOTH = Register("c1", (Entry(1, ANN), Entry(2, BEN)), 3)


def _item(xero_id: str | None = "c1/1", **xero_values: Any) -> Item:
    return Item("Contacts", "Person", "7", xero_id, "Ann Lee", xero_values=xero_values)


def _changed(before: Register, *steps: Step, email: bool = True) -> ListChange:
    return changed_list(before, steps, name="Acme", email=email)


def _codes(change: ListChange) -> list[str]:
    return [cause.code for _, cause in change.held]


def test_nobody_who_is_not_meant_leaves_the_list() -> None:
    """A list without steps is not sent."""
    change = _changed(BOTH)

    assert (BOTH.entries, False, "c1") == (change.after, change.changed, change.contact_id)
    assert BOTH == change.register()


def test_a_person_is_changed_in_place() -> None:
    """With the number that it has; what is not named stays."""
    item = _item(FirstName="Ann")
    change = _changed(BOTH, Step(item, 1, {"FirstName": "Anna"}))

    assert (Entry(1, Look("Anna", "Lee", "ann@a.example")), Entry(2, BEN)) == change.after
    assert (((item, 1),), ()) == (change.done, change.held)
    assert change.changed


def test_new_persons_get_the_next_numbers() -> None:
    """What they looked like elsewhere comes with them; no number is given twice."""
    change = _changed(
        Register("c1", (Entry(1, ANN),), 5),
        Step(_item(None), 0, {"LastName": "Ray"}, Look("Ben", "", "b@b.example")),
        Step(_item(None), 0, {"FirstName": "Cy"}),
    )

    assert [1, 5, 6] == [one.number for one in change.after]
    assert Look("Ben", "Ray", "b@b.example") == change.after[1].look
    assert [5, 6] == [number for _, number in change.done]
    assert 7 == change.register().next


def test_a_number_that_left_is_not_given_again() -> None:
    """The register remembers it although nobody has it."""
    change = _changed(BOTH, leaving_step("c1/2"))

    assert ((Entry(1, ANN),), 3) == (change.after, change.register().next)
    assert ((None, 2),) == change.done


def test_the_last_person_stays() -> None:
    """Xero keeps a list that it is sent empty; a person who is not there any more is gone."""
    one = Register("c1", (Entry(1, ANN),), 2)
    item = _item()

    assert ["person_last"] == _codes(_changed(one, Step(item, 1, None)))
    assert (((item, 9),), False) == (
        (gone := _changed(one, Step(item, 9, None))).done,
        gone.changed,
    )


def test_a_person_edited_in_xero_since_the_plan_waits() -> None:
    """So does one who was taken off the list meanwhile; nothing of them changes."""
    edited = _item(FirstName="Annie")
    change = _changed(BOTH, Step(edited, 1, {"FirstName": "Anna"}), Step(_item(), 9, {}))

    assert ["changed_meanwhile"] * 2 == _codes(change)
    assert not change.changed


def test_xero_takes_five_persons() -> None:
    """The sixth waits with the contact's name and the limit; one who leaves makes room."""
    full = Register("c1", tuple(Entry(n, Look(f"P{n}")) for n in range(1, MAX_PERSONS + 1)), 6)
    joins = Step(_item(None), 0, {"FirstName": "New"})
    refused, taken = _changed(full, joins), _changed(full, leaving_step("c1/1"), joins)

    assert [{"organisation": "Acme", "limit": MAX_PERSONS}] == [c.data for _, c in refused.held]
    assert ([], 5) == (_codes(taken), len(taken.after))


def test_a_contact_without_an_address_takes_nobody_but_lets_people_go() -> None:
    """Xero refuses persons of it; a step without an item is nobody's to hold."""
    change = _changed(
        BOTH,
        Step(_item(), 1, {"FirstName": "Anna"}),
        Step(None, 0, {"FirstName": "New"}),
        leaving_step("c1/2"),
        email=False,
    )

    assert ["persons_need_email"] == _codes(change)
    assert (Entry(1, ANN),) == change.after


@pytest.mark.parametrize(
    ("values", "edited"),
    [({}, False), ({"FirstName": "Ann"}, False), ({"FirstName": "Annie"}, True)],
)
def test_edited_is_who_differs_in_what_was_planned_on(values: dict[str, str], edited: bool) -> None:
    """What the plan did not look at may be anything; without an item nothing was planned."""
    assert edited == edited_since(_item(**values), ANN)
    assert not edited_since(None, ANN)


def test_a_look_takes_the_values_that_are_named() -> None:
    """Emptied is empty text; whether it is written to stays where nothing is said."""
    assert Look("Ann", "", "ann@a.example", in_emails=True) == look_with(
        ANN, {"LastName": None, "IncludeInEmails": True}
    )
    assert Look(in_emails=True) == look_with(Look(in_emails=True), {})


def test_a_look_as_flat_values() -> None:
    """Empty text is no value, as everywhere."""
    assert {
        "FirstName": "Ben",
        "LastName": "Ray",
        "EmailAddress": None,
        "IncludeInEmails": False,
        "ContactID": "c1",
    } == look_values(BEN, "c1")


def test_a_person_has_its_number_on_its_own_list_only() -> None:
    """On another one it joins."""
    assert [1, 0, 0] == [
        home_of(_item("c1/1"), "c1"),
        home_of(_item("c1/1"), "c2"),
        home_of(_item(None), "c1"),
    ]


def test_who_joins_another_list_leaves_the_old_one() -> None:
    """The plan may name the old place; a new person leaves none."""
    assert ["c1/1", None, "c9/4", None] == [
        left_behind(_item("c1/1"), "c2"),
        left_behind(_item("c1/1"), "c1"),
        left_behind(_item("c2/1", leaves="c9/4"), "c2"),
        left_behind(_item(None), "c2"),
    ]


def test_the_id_of_a_person_is_its_contacts_and_its_number() -> None:
    """As it is linked and shown."""
    assert "c1/4" == id_on("c1", 4)
