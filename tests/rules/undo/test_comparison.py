"""Undo's comparison: what goes back, what stays, and what several writes come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from xtiger.model.links import Pair
from xtiger.model.plans import Item
from xtiger.model.undo.images import Image
from xtiger.rules.undo.comparison import alike, by_record, composed, edited, remains, taken_back

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def image(number: int, **values: Any) -> Image:
    """An image of one record."""
    given: dict[str, Any] = {
        "did": "changed",
        "module": "Organizations",
        "kind": "Contact",
        "crm_id": "1",
    }
    given |= values
    return Image("c", f"r{number}", xero_id="x", name="Acme", at=NOW, id=number, **given)


def test_what_nobody_changed_goes_back_and_the_rest_is_kept() -> None:
    """As written goes back, as before needs nothing, another value is somebody's."""
    changes = {"Name": ("a", "b"), "Phone": ("1", "2"), "Email": (None, "m")}

    found = taken_back(changes, {"Name": "b", "Phone": "1", "Email": "n"})

    assert ({"Name": "a"}, ["Email"]) == found


def test_lines_are_compared_by_their_digests() -> None:
    """The lines themselves are kept only to be written again."""
    before, after = {"digest": "1", "lines": [{}]}, {"digest": "2"}

    assert ({"lines": before}, []) == taken_back({"lines": (before, after)}, {"lines": after})
    assert [True, False, False] == [
        alike(before, {"digest": "1"}),
        alike(before, after),
        alike(before, None),
    ]


def test_what_is_not_as_written_is_edited() -> None:
    """Spaces count for nothing."""
    assert ["b"] == edited({"a": (None, "x"), "b": (None, "y")}, {"a": " x ", "b": "z"})


def test_several_writes_come_to_one() -> None:
    """From before the oldest to after the newest, each field for itself."""
    pair = Pair("a", "a")
    newest = image(2, xero={"Name": ("b", "c"), "Phone": ("2", "3")}, base={"Name": Pair("b", "b")})
    oldest = image(1, xero={"Name": ("a", "b"), "Email": ("m", "n")}, base={"Name": pair})

    found = composed([newest, oldest])

    assert {"Name": ("a", "c"), "Phone": ("2", "3"), "Email": ("m", "n")} == found.xero
    assert {"Name": pair} == found.base


def test_an_edit_between_two_writes_is_what_it_goes_back_to() -> None:
    """A person had changed it before the newer run wrote over it."""
    found = composed([image(2, crm={"f": ("p", "c")}), image(1, crm={"f": ("a", "b")})])

    assert {"f": ("p", "c")} == found.crm


@pytest.mark.parametrize(
    ("newest", "oldest", "expected"),
    [
        ("changed", "made_in_xero", "made_in_xero"),
        ("changed", "changed", "changed"),
        ("removed_in_xero", "made_in_xero", "removed_in_xero"),
    ],
)
def test_what_was_done_in_all(newest: str, oldest: str, expected: str) -> None:
    """Made and changed is made; what the newest removed is gone."""
    assert expected == composed([image(2, did=newest), image(1, did=oldest)]).did


def test_each_record_has_one_image() -> None:
    """Those of Xero alone are told apart by its id."""
    found = by_record([image(3), image(2, crm_id=""), image(1)])

    assert ["1", ""] == [one.crm_id for one in found]


@pytest.mark.parametrize(
    ("verb", "kind", "said"),
    [
        ("archive", "Contact", "Archived"),
        ("void", "Invoice", "Voided"),
        ("delete", "Payment", "Deleted"),
        ("delete", "Item", ""),
        ("update", "Contact", ""),
    ],
)
def test_what_remains_in_xero_is_said(verb: Any, kind: str, said: str) -> None:
    """Xero forgets nothing that was in its books."""
    item = Item("m", kind, "1", "x", "n", verb=verb, to_xero={})

    assert said == remains(item).split(" ")[0]


def test_nothing_of_xero_remains_of_what_the_crm_deletes() -> None:
    """Nothing is sent."""
    assert "" == remains(Item("m", "Contact", "1", "x", "n", verb="delete", to_crm={}))
