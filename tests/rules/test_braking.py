"""The brake's decision: what counts, when it stops a run, and what a person looks at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from xtiger.model.mappings import ModuleSettings
from xtiger.model.plans import Cause, Difference, Item
from xtiger.rules.braking import approves, digest, looked_at, may_brake, touches, weigh


def item(number: int = 1, **given: Any) -> Item:
    """An update of a linked contact, changed as given."""
    made = Item("Contacts", "Contact", str(number), f"x{number}", "Kea", "update", link_id=number)
    return replace(made, **given)


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({}, True),
        ({"verb": "archive"}, True),
        ({"verb": "void"}, True),
        ({"verb": "delete"}, True),
        ({"verb": "create"}, False),
        ({"verb": "link"}, False),
        ({"link_id": None}, False),
        ({"verb": None}, False),
        ({"verb": None, "cause": Cause("both_changed")}, False),
        ({"verb": None, "cause": Cause("missing_without_proof")}, True),
        ({"verb": None, "cause": Cause("unreadable_answer")}, True),
    ],
)
def test_what_changes_removes_or_lost_a_linked_record_counts(
    given: dict[str, Any], counts: bool
) -> None:
    """Creates and first links never do."""
    assert counts == touches(item(**given))


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        ({}, True),
        ({"to_xero": {"Status": "SUBMITTED"}}, True),
        ({"to_xero": {"Status": "VOIDED"}}, False),
        ({"to_xero": None}, False),
        ({"kind": "Contact"}, False),
        ({"verb": "void"}, False),
        ({"to_crm": {"x": 1}}, False),
        ({"differences": (Difference("Date", "Date", 1, 2, 1, "to_xero"),)}, False),
    ],
)
def test_only_what_approves_an_invoice_and_nothing_else_is_released_beforehand(
    given: dict[str, Any], is_one: bool
) -> None:
    """Of those that were told; one that nobody was told of counts all the same."""
    status = Difference("Status", "Status", "DRAFT", "Approved", "DRAFT", "to_xero")
    approval: dict[str, Any] = {
        "module": "Invoices",
        "kind": "Invoice",
        "to_xero": {"Status": "AUTHORISED"},
        "differences": (status,),
    }
    items = [item(number, **{**approval, **given}) for number in range(20)]
    told = [str(number) for number in range(20)]

    assert is_one == approves(items[0])
    assert bool(weigh(items, {}, {"Invoices": 20}, {}, approving=told)) == (
        not is_one and touches(items[0])
    )
    assert touches(items[0]) == bool(weigh(items, {}, {"Invoices": 20}, {}))


def brakes(
    changed: int,
    linked: int,
    *,
    share: int = 20,
    records: int = 10,
    recent: tuple[str, ...] = (),
    allowed: frozenset[str] = frozenset(),
) -> list[tuple[int, int]]:
    """(changes, linked) of the brakes for so many updates."""
    settings = {"Contacts": ModuleSettings("Contacts", brake_share=share, brake_records=records)}
    items = [item(number) for number in range(changed)]
    found = weigh(items, settings, {"Contacts": linked}, {"Contacts": recent}, allowed)
    return [(one.changes, one.linked) for one in found]


def test_the_share_and_the_number_must_both_be_passed() -> None:
    """Exactly the share, or exactly the number, still runs."""
    assert [[], [(11, 54)], [], [(21, 100)], []] == [
        brakes(10, 10),
        brakes(11, 54),
        brakes(11, 55),
        brakes(21, 100),
        brakes(20, 100),
    ]


def test_a_whole_share_is_no_brake() -> None:
    """100 per cent lets any change pass, also where more change than are linked."""
    assert [] == brakes(50, 1, share=100)


def test_changes_of_the_last_hour_count_once() -> None:
    """A record that was changed by an earlier run and by this one is one record."""
    assert [(12, 20)] == brakes(10, 20, recent=("1", "2", "90", "91"))


def test_a_released_action_counts_no_longer() -> None:
    """What a person looked at and allowed; others of the same run still do."""
    allowed = frozenset(digest(item(number)) for number in range(2))

    assert ([], [(11, 20)]) == (
        brakes(12, 20, allowed=allowed),
        brakes(13, 20, allowed=allowed),
    )


def test_a_module_without_settings_has_the_usual_ones() -> None:
    """20 per cent and 10 records; without links every change is above the share."""
    found = weigh([item(n, crm_id=None) for n in range(11)], {}, {}, {})

    assert [("Contacts", 11, 0, 20)] == [
        (one.module, one.changes, one.linked, one.limit) for one in found
    ]


@pytest.mark.parametrize(("changed", "may"), [(10, False), (11, True)])
def test_few_changes_never_brake(changed: int, may: bool) -> None:
    """Known before anything is counted in the store."""
    unlinked = [item(90 + n, link_id=None) for n in range(30)]

    assert may == may_brake([*unlinked, *(item(n) for n in range(changed))], {})


def test_the_number_is_that_of_the_module() -> None:
    """An administrator may have chosen a smaller one."""
    settings = {"Contacts": ModuleSettings("Contacts", brake_records=0)}

    assert (True, False) == (may_brake([item()], settings), may_brake([], settings))


def test_equal_actions_have_equal_digests() -> None:
    """Another value, record or link is another action; a name alone is none."""
    others = [item(to_xero={"Name": "Kea"}), item(to_crm={"name": "K"}), item(2), item(link_id=9)]

    assert digest(item()) == digest(item(name="Kea Ltd"))
    assert 5 == len({digest(item()), *map(digest, others)})


def test_a_person_looks_at_each_action_with_its_fields() -> None:
    """Labels, both values as text and where it goes; what is no action is left out."""
    differing = (
        Difference("Phones.DEFAULT", "Phone", "1", "2", None, "to_xero"),
        Difference("lines", "", None, None, [{"Item": "TEA"}], "to_crm"),
    )
    found = looked_at([item(differences=differing), item(2, verb=None)])

    assert 1 == len(found)
    assert (("Phone", "2", "", "to_xero"), ("lines", "", "Item TEA", "to_crm")) == found[0].fields
    assert ("Contacts", "Kea", "update") == (found[0].module, found[0].name, found[0].verb)
