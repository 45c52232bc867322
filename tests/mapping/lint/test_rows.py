"""Rows of a mapping looked at: types, lengths, ways, and what neither side gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xtiger.mapping.lint.rows import converter_findings, row_findings, unfilled
from xtiger.model.mappings import Direction, Mapping, ModuleSettings, Row
from xtiger.model.records import Field, FieldType, Module

SETTINGS = ModuleSettings("Clients")


def client(*fields: Field) -> Module:
    """A module of organisations with these fields."""
    return Module("Clients", "organisation", "Clients", fields)


def codes(field: Field, *rows: Row, kind: str = "Contact") -> list[str]:
    """The codes of what is found in rows of one field."""
    found = row_findings(Mapping("Clients", kind, rows), client(field))
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("type", "xero", "direction", "expected"),
    [
        ("text", "TaxNumber", "both", []),
        ("json", "TaxNumber", "both", ["types_differ"]),
        ("int", "TaxNumber", "both", ["one_way_type"]),
        ("int", "TaxNumber", "to_xero", []),
        ("text", "Website", "to_xero", ["xero_read_only"]),
        ("text", "Website", "to_crm", []),
    ],
)
def test_types_are_held_against_the_table(
    type: FieldType, xero: str, direction: Direction, expected: list[str]
) -> None:
    """A type that never fits, and one that fits one way alone."""
    assert expected == codes(Field("a", type), Row("a", xero, direction))


def test_a_converter_makes_another_type() -> None:
    """Then the types of the fields say nothing, nor do their lengths."""
    field = Field("a", "json", max_length=900)

    assert [] == codes(field, Row("a", "TaxNumber", converter="capitals"))


def test_a_number_field_that_is_only_read_may_go_to_a_text() -> None:
    """Nothing could come back, and nothing is to."""
    assert [] == codes(Field("a", "int", writable=False), Row("a", "TaxNumber"))


def test_a_field_that_nobody_may_write_is_filled_by_nothing() -> None:
    """A row that only comes in does nothing then."""
    field = Field("a", writable=False)

    assert ["crm_read_only"] == codes(field, Row("a", "TaxNumber", "to_crm"))


@pytest.mark.parametrize(
    ("length", "direction", "expected"),
    [
        (60, "both", ["longer"]),
        (50, "both", []),
        (None, "both", []),
        (60, "to_crm", []),
    ],
)
def test_what_may_be_longer_than_xero_takes_is_noted(
    length: int | None, direction: Direction, expected: list[str]
) -> None:
    """Only on the way to Xero, and only where the CRM says how long it may be."""
    field = Field("a", label="VAT", max_length=length)

    assert expected == codes(field, Row("a", "TaxNumber", direction))


def test_a_type_without_length_is_never_too_long() -> None:
    """A day has none, whatever the CRM says of its text."""
    found = codes(Field("a", max_length=900), Row("a", "Date"), kind="Invoice")

    assert [] == found


def test_an_unknown_converter_is_told_once() -> None:
    """By its name."""
    rows = (Row("a", "Name", converter="lost"), Row("b", "TaxNumber", converter="lost"))
    found = converter_findings(Mapping("Clients", "Contact", rows), ["known"])

    assert ["No enabled extension brings the converter lost."] == [one.sentence for one in found]


def lacking(module: Module, *rows: Row, settings: ModuleSettings = SETTINGS) -> list[str]:
    """What neither side gives."""
    own = module.role or ""
    found = unfilled(Mapping("Clients", "Contact", rows), module, settings, own)
    return [f"{one.code} {one.values.get('xero') or one.values.get('crm')}" for one in found]


def test_what_xero_demands_must_be_mapped() -> None:
    """By a row that goes there, of a field that the CRM has."""
    module = client(Field("title"))

    assert [["xero_unfilled Name"], [], ["xero_unfilled Name"], ["xero_unfilled Name"]] == [
        lacking(module),
        lacking(module, Row("title", "Name")),
        lacking(module, Row("title", "Name", "to_crm")),
        lacking(module, Row("gone", "Name")),
    ]


def test_what_the_crm_demands_must_be_mapped() -> None:
    """Only where new records come in, and what the CRM computes is not asked for."""
    module = client(
        Field("title", required=True), Field("sum", required=True, writable=False), Field("note")
    )
    rows = (Row("title", "Name", "to_xero"),)
    out = replace(SETTINGS, create_in_crm=False)
    in_ = replace(SETTINGS, direction="to_crm")

    assert ["crm_unfilled title"] == lacking(module, *rows)
    assert [] == lacking(module, *rows, settings=out)
    assert ["crm_unfilled title"] == lacking(module, settings=in_)


def test_a_number_that_comes_once_counts() -> None:
    """The account number goes to Xero only, and a new record takes it from there."""
    field = Field("no", role="organisation.number", required=True)
    rows = (Row("organisation.number", "AccountNumber", "to_xero"),)

    assert ["xero_unfilled Name"] == lacking(client(field), *rows)


def test_a_document_brings_more_than_its_rows() -> None:
    """Of invoices only fields without a role are asked for, of persons nothing that Xero has."""
    fields = (Field("state", role="invoice.status", required=True), Field("desk", required=True))
    invoice = Module("Clients", "invoice", "Clients", fields)
    person = Module("Clients", "contact", "Clients", ())

    assert ["xero_unfilled Name", "crm_unfilled desk"] == lacking(invoice)
    assert [] == lacking(person)
