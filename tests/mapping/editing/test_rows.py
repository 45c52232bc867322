"""One row of a mapping more, another or less."""

from __future__ import annotations

import pytest

from xtiger.errors import MappingInvalid
from xtiger.mapping.editing.rows import (
    names_are_codes,
    with_more,
    with_names_as_codes,
    with_row,
    with_row_moved,
    without_row,
)
from xtiger.model.mappings import Mapping, Row
from xtiger.model.records import Field, Module

MODULE = Module(
    "Products",
    "product",
    "Products",
    (
        Field("title", role="product.name", label="Title"),
        Field("sku", role="product.code", label="SKU"),
        Field("cf_note", label="Shelf  note"),
        Field("one", label="Twice"),
        Field("two", label="Twice"),
        Field("later", role="product.of_a_later_release"),
    ),
)
MAPPING = Mapping("Products", "Item", (Row("product.code", "Code"), Row("product.name", "Name")))


@pytest.mark.parametrize(
    ("crm", "xero", "row"),
    [
        ("cf_note", "Description", Row("cf_note", "Description")),
        ("shelf note", "purchase description", Row("cf_note", "PurchaseDescription")),
        ("sku", "Description", Row("product.code", "Description")),
        ("product.code", "Description", Row("product.code", "Description")),
        ("later", "Description", Row("later", "Description")),
    ],
)
def test_a_field_is_named_by_name_label_or_role(crm: str, xero: str, row: Row) -> None:
    """What has a role is kept by it, so that another CRM can take it."""
    assert (*MAPPING.rows, row) == with_row(MAPPING, Row(crm, xero), MODULE).rows


def test_a_row_takes_the_place_of_its_field_in_xero() -> None:
    """With its direction and marks, where the old one stood."""
    changed = with_row(MAPPING, Row("cf_note", "Code", "to_xero", True, True, "upper"), MODULE)

    assert (Row("cf_note", "Code", "to_xero", True, True, "upper"), MAPPING.rows[1]) == changed.rows


@pytest.mark.parametrize(
    ("crm", "xero", "said"),
    [
        ("cf_notes", "Code", "Products has no field cf_notes; use one of: cf_note."),
        ("Twice", "Code", "Products has no field Twice; use one of: title, sku, cf_note, one, "),
        ("sku", "Descriptions", "Xero's Item has no field Descriptions; use one of: Description,"),
    ],
)
def test_what_is_not_there_is_named_with_what_is_near(crm: str, xero: str, said: str) -> None:
    """A label of two fields names none."""
    with pytest.raises(MappingInvalid) as caught:
        with_row(MAPPING, Row(crm, xero), MODULE)
    assert caught.value.problems[0].startswith(said)


def test_a_row_is_taken_away() -> None:
    """By the field of Xero; one that is not mapped is refused."""
    assert MAPPING.rows[1:] == without_row(MAPPING, "Code").rows
    with pytest.raises(MappingInvalid, match="Description is not mapped; mapped are: Code, Name"):
        without_row(MAPPING, "Description")


def test_more_rows_stand_behind_the_others() -> None:
    """A row of before of the same field of Xero gives way."""
    more = [Row("cf_note", "Name"), Row("title", "Description")]

    assert (MAPPING.rows[0], *more) == with_more(MAPPING, more).rows
    assert MAPPING == with_more(MAPPING, [])


def test_number_and_name_change_places_and_back() -> None:
    """Whatever else the rows say stays with the field of Xero."""
    turned = with_names_as_codes(MAPPING, "product", True)

    assert (Row("product.name", "Code"), Row("product.code", "Name")) == turned.rows
    assert (True, False) == tuple(names_are_codes(one, "product") for one in (turned, MAPPING))
    assert turned == with_names_as_codes(turned, "product", True)
    assert MAPPING == with_names_as_codes(turned, "product", False)


@pytest.mark.parametrize("rows", [MAPPING.rows[:1], (MAPPING.rows[0], Row("cf_note", "Name"))])
def test_only_these_two_change_places(rows: tuple[Row, ...]) -> None:
    """Where another field is the code or the name, a person says which is which."""
    with pytest.raises(MappingInvalid, match=r"Map product\.code and product\.name to Code"):
        with_names_as_codes(Mapping("Products", "Item", rows), "product", True)


THREE = with_more(MAPPING, [Row("cf_note", "Description")])


def _order(xero: str, up: bool, *hidden: str) -> list[str]:
    shown = [one for one in THREE.rows if one.xero not in hidden]
    return [one.xero for one in with_row_moved(THREE, xero, up, shown).rows]


def test_a_row_moves_one_place_among_those_that_are_shown() -> None:
    """The first stays first and the last last; one that the CRM does not have is passed over."""
    assert ["Name", "Code", "Description"] == _order("Name", True) == _order("Code", False)
    as_it_was = [one.xero for one in THREE.rows]
    assert as_it_was == _order("Code", True) == _order("Description", False)
    assert ["Name", "Description", "Code"] == _order("Code", False, "Name")
    with pytest.raises(MappingInvalid, match="Code is not mapped; mapped are: Name"):
        _order("Code", True, "Code")
