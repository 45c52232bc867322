"""The table of types: whole, and kept to by every default mapping."""

from __future__ import annotations

import pytest

from xtiger.hosts.standard import standard_modules
from xtiger.mapping.default_rows import default_rows
from xtiger.mapping.lint.field_types import FIELD_TYPES, XERO_TYPES, fit, fitting
from xtiger.mapping.xero_fields import XERO_FIELDS, XeroType
from xtiger.model.records import Module
from xtiger.model.roles import ROLES


@pytest.mark.parametrize("xero", XERO_TYPES)
def test_every_type_of_xero_takes_something(xero: XeroType) -> None:
    """And what it takes is what fits."""
    fits = [one for one in FIELD_TYPES if fit(xero, one) != "no"]

    assert fits
    assert sorted(fits) == sorted(fitting(xero))


def test_a_number_may_go_to_a_text_and_not_come_back() -> None:
    """A price takes numbers alone; a list fits nowhere."""
    assert ["to_xero", "both", "no", "no"] == [
        fit("text", "int"),
        fit("price", "money"),
        fit("price", "text"),
        fit("text", "multi_choice"),
    ]


@pytest.mark.parametrize("module", standard_modules(), ids=lambda module: module.name)
def test_every_default_row_fits_with_each_type_of_its_role(module: Module) -> None:
    """Whatever type the CRM chose among those that the role allows."""
    kinds = [kind for kind in XERO_FIELDS if kind not in ("CreditNote", "BankTransaction")]
    wrong = [
        (row.crm, crm, row.xero)
        for row in default_rows(module.role or "")
        for kind in kinds
        if row.xero in XERO_FIELDS[kind]
        for crm in ROLES[row.crm].types
        if fit(XERO_FIELDS[kind][row.xero].type, crm) == "no"
    ]

    assert [] == wrong
