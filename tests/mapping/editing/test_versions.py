"""The versions of a mapping, and what each changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xtiger.errors import MappingInvalid
from xtiger.mapping.configuration import Change
from xtiger.mapping.editing.versions import difference, version_of, with_changes
from xtiger.model.mappings import Mapping, Row

ONE = Mapping("Invoices", "Invoice", (Row("invoice.number", "InvoiceNumber"),), 1)
TWO = replace(ONE, version=2, options={"sales_account": "200", "tax_map": {"VAT": "OUTPUT2"}})
THREE = replace(TWO, version=3, rows=(Row("invoice.number", "InvoiceNumber", "to_xero"),))
ARROWS = ("invoice.number ↔", "invoice.number →")


def test_each_version_says_what_it_changed() -> None:
    """Rows and options as they are typed; the first one has all that it has."""
    found = with_changes([THREE, TWO, ONE], "invoice")

    assert [3, 2, 1] == [one.mapping.version for one in found]
    assert [
        (Change("Invoices", "InvoiceNumber", *ARROWS),),
        (
            Change("Invoices", "sales_account", "", "200"),
            Change("Invoices", "tax:VAT", "", "OUTPUT2"),
        ),
        (Change("Invoices", "InvoiceNumber", "", ARROWS[0]),),
    ] == [one.changes for one in found]
    assert [] == with_changes([], "invoice")


def test_two_versions_differ_either_way() -> None:
    """Nothing where they are the same."""
    assert [
        Change("Invoices", "InvoiceNumber", *reversed(ARROWS)),
        Change("Invoices", "sales_account", "200", ""),
        Change("Invoices", "tax:VAT", "OUTPUT2", ""),
    ] == difference(THREE, ONE, "invoice")
    assert [] == difference(ONE, ONE, "invoice")


def test_a_version_that_is_not_there_is_named_with_those_that_are() -> None:
    """Also where nothing was saved yet."""
    assert TWO == version_of([THREE, TWO, ONE], "Invoices", 2)
    with pytest.raises(MappingInvalid, match="There is no version 9; there are: 1 to 3"):
        version_of([THREE, TWO, ONE], "Invoices", 9)
    with pytest.raises(MappingInvalid, match="There is no version 1; there are: none yet"):
        version_of([], "Invoices", 1)
