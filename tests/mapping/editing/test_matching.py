"""Fields of both sides that belong together by role, name or label."""

from __future__ import annotations

import pytest

from xtiger.mapping.editing.matching import matched_rows
from xtiger.model.mappings import Mapping, Row
from xtiger.model.records import Field, Module


def _matched(*fields: Field, rows: tuple[Row, ...] = (), kind: str = "Contact") -> list[Row]:
    return matched_rows(Mapping("M", kind, rows), Module("M", "organisation", "M", fields), ())


@pytest.mark.parametrize(
    ("field", "row"),
    [
        (Field("tax_number"), Row("tax_number", "TaxNumber")),
        (Field("cf_12", label="Company Number"), Row("cf_12", "CompanyNumber")),
        (Field("pobox_city"), Row("pobox_city", "Addresses.POBOX.City")),
        (Field("cf_1", "long_text", "Delivery street"), Row("cf_1", "Addresses.STREET.Street")),
        # What Xero lets nobody write comes in, what cannot come back or be written goes out.
        (Field("website", "url"), Row("website", "Website", "to_crm")),
        (Field("tax_number", "int"), Row("tax_number", "TaxNumber", "to_xero")),
        (Field("tax_number", writable=False), Row("tax_number", "TaxNumber", "to_xero")),
    ],
)
def test_words_that_are_the_same_match(field: Field, row: Row) -> None:
    """Whatever stands between them, in the direction that both sides allow."""
    assert [row] == _matched(field)


@pytest.mark.parametrize(
    "field",
    [
        Field("tax"),
        Field("website", writable=False),
        Field("email_address", "int"),
        Field("tax_number", role="organisation.currency"),
        Field("---"),
        Field("contact_number"),
    ],
)
def test_what_is_not_sure_is_left_to_a_person(field: Field) -> None:
    """A part of a word, nothing to write, another type, another meaning, no words."""
    assert [] == _matched(field)


def test_two_that_match_one_are_left_to_a_person() -> None:
    """On either side, and what is mapped already stays."""
    twice = (Field("tax_number"), Field("cf_2", label="Tax number"))
    both = Field("cf_3", label="Fax"), Field("mobile")
    fax = Field("fax", label="Mobile")

    assert [] == _matched(*twice)
    assert [] == _matched(fax)
    assert [] == _matched(both[1], Field("other"), rows=(Row("other", "Phones.MOBILE"),))
    nowhere = (Row("organisation.mobile", "Phones.MOBILE"),)
    assert [Row("mobile", "Phones.MOBILE")] == _matched(both[1], rows=nowhere)
    assert [] == _matched(both[1], rows=(Row("mobile", "Phones.DEFAULT"),))
    assert [Row("cf_3", "Phones.FAX"), Row("mobile", "Phones.MOBILE")] == _matched(*both)


def test_the_usual_row_of_a_role_goes_first() -> None:
    """With its direction and marks; one whose field or place is taken is none."""
    usual = (
        Row("product.code", "Code", keep_when_empty=True),
        Row("product.name", "Name"),
        Row("product.description", "Description"),
    )
    module = Module(
        "P",
        "product",
        "P",
        (Field("sku", role="product.code"), Field("title", role="product.name"), Field("name")),
    )
    mapping = Mapping("P", "Item", (Row("name", "Name"),))

    assert [usual[0]] == matched_rows(mapping, module, usual)
    assert [] == matched_rows(mapping, module, ())
    assert [] == matched_rows(Mapping("P", "Nothing", ()), module, ())
