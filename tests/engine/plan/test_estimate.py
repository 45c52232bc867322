"""What a plan will cost in calls, seconds and bytes."""

from __future__ import annotations

from typing import Any

import pytest

from xtiger.engine.plan.estimate import BATCH_ELEMENTS, batch_groups, estimate
from xtiger.model.plans import Estimate, Item
from xtiger.model.values import to_json
from xtiger.model.verbs import Verb

MODULES = {"Contact": "Organizations", "Person": "Contacts", "Item": "Products"}


def _item(
    kind: str, verb: Verb | None, to_xero: dict[str, Any] | None = None, xero_id: str = "x"
) -> Item:
    return Item(
        MODULES.get(kind, f"{kind}s"), kind, "1", xero_id, "Acme", verb=verb, to_xero=to_xero
    )


def _many(number: int, kind: str, verb: Verb = "create") -> list[Item]:
    return [_item(kind, verb, {"Name": "Acme"}, f"x{n}") for n in range(number)]


def test_nothing_costs_nothing() -> None:
    """Nor does what only writes in the CRM or ends without action."""
    idle = [
        _item("Contact", None, {"Name": "A"}),
        _item("Contact", "link"),
        _item("Item", "update"),
    ]

    assert [Estimate(0, 0, 0)] * 2 == [estimate([]), estimate(idle)]


@pytest.mark.parametrize(("number", "calls"), [(1, 1), (50, 1), (51, 2), (100, 2)])
def test_a_call_takes_fifty_elements(number: int, calls: int) -> None:
    """Two seconds each, and the bytes of all that is sent."""
    items = _many(number, "Contact")
    size = number * len(to_json({"Name": "Acme"}))

    assert Estimate(calls, 2 * calls, size) == estimate(items)
    assert 50 == BATCH_ELEMENTS


def test_each_kind_and_way_has_requests_of_its_own() -> None:
    """Creates are not sent with updates, contacts not with items."""
    items = [
        *_many(2, "Contact"),
        *_many(2, "Contact", "update"),
        *_many(2, "Item"),
    ]

    assert [
        ("Organizations", "Contact", "create"),
        ("Organizations", "Contact", "update"),
        ("Products", "Item", "create"),
    ] == list(batch_groups(items))
    assert 3 == estimate(items).calls


def test_a_group_keeps_the_order_of_its_items() -> None:
    """What was planned first is sent first."""
    items = _many(3, "Contact")

    assert [items] == [*batch_groups(items).values()]


def test_removals_go_one_by_one_or_in_batches_by_their_kind() -> None:
    """An item is deleted by a call of its own; payments and invoices as Xero takes them."""
    deletes = [_item("Item", "delete", {}, f"x{n}") for n in range(3)]
    archives = [_item("Contact", "archive", {"ContactStatus": "ARCHIVED"}) for _ in range(51)]

    assert {} == batch_groups([*deletes, *archives])
    assert (3, 2) == (estimate(deletes).calls, estimate(archives).calls)


def test_a_changed_payment_is_deleted_before_it_is_made_anew() -> None:
    """One call more for each, since Xero changes no payment."""
    changed = _many(3, "Payment", "update")

    assert (4, 1) == (estimate(changed).calls, estimate(_many(3, "Payment")).calls)


def test_persons_travel_as_the_lists_of_their_contacts() -> None:
    """One call to read the lists once more, and one for fifty contacts; never one for a person."""
    joined = [_item("Person", "create", {"ContactID": "c1", "FirstName": "A"}) for _ in range(3)]
    left = [_item("Person", "delete", {"off": True}, "c2/1")]
    many = [_item("Person", "update", {"FirstName": "A"}, f"c{n}/1") for n in range(51)]

    assert [2, 2, 3] == [estimate(one).calls for one in (joined, [*joined, *left], many)]
