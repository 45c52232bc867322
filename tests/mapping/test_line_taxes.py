"""The tax of each line, however the CRM keeps it: by rate, by name, several, or as an amount."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.line_taxes import KeptAs, LineTaxes, line_taxes, tax_kept_as
from xtiger.mapping.role_values import RoleValues
from xtiger.model.chart_of_accounts import TaxRate
from xtiger.model.plans import Cause
from xtiger.model.records import Field, Module, Record, Ref
from xtiger.rules.taxes import CrmTax, TaxTable

RATES = tuple(
    TaxRate(name, name, Decimal(percent), classes=frozenset({"REVENUE"}))
    for name, percent in (("NONE", "0"), ("LOW", "5"), ("HIGH", "20"))
)
#: The usual module, whose lines have a rate, a name and a list of taxes.
BY_RATE = invoices()
BY_RATE_ROLES = ("line.tax_rate", "line.tax_name", "line.taxes")
BARE = replace(BY_RATE, lines=tuple(f for f in BY_RATE.lines if f.role not in BY_RATE_ROLES))
ON_LINE = replace(BARE, lines=(*BARE.lines, Field("vat", "money", role="line.tax")))
ON_HEAD = replace(BARE, fields=(*BARE.fields, Field("vat", "money", role="invoice.tax")))


def _name(module: Module, role: str) -> str:
    described = module.by_role(role)
    assert described is not None
    return described.name


def _line(module: Module, price: str, **more: Any) -> dict[str, Any]:
    quantity, unit = _name(module, "line.quantity"), _name(module, "line.unit_price")
    return {quantity: Decimal(1), unit: Decimal(price), **more}


def _rates(module: Module, *lines: dict[str, Any], **head: Any) -> list[str]:
    """The tax type of each line, or the code of why there is none."""
    record = Record(Ref("Invoices", "1"), head, lines)
    taxes = LineTaxes(record, module, TaxTable(RATES, {}))
    found = [
        taxes.rate(RoleValues(module, one), None, number) for number, one in enumerate(lines, 1)
    ]
    return [one.code if isinstance(one, Cause) else one.tax_type for one in found]


@pytest.mark.parametrize(
    ("module", "kept"), [(BY_RATE, "rate"), (ON_LINE, "line"), (ON_HEAD, "sum"), (BARE, "rate")]
)
def test_a_module_keeps_taxes_in_one_way(module: Module, kept: KeptAs) -> None:
    """By rate where it has one; else as an amount on the line, or on the invoice."""
    assert kept == tax_kept_as(module)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"line.tax_rate": Decimal(20)}, [CrmTax("", Decimal(20))]),
        ({"line.tax_name": "VAT"}, [CrmTax("VAT", Decimal(0))]),
        (
            {"line.taxes": [{"name": "A", "percent": 5}, {"name": "B", "percent": 0}]},
            [CrmTax("A", Decimal(5))],
        ),
        ({"line.taxes": [{"name": "B"}]}, [CrmTax("B", Decimal(0))]),
    ],
)
def test_the_taxes_of_a_line(given: dict[str, Any], found: list[CrmTax]) -> None:
    """The list of several, or the one name and rate; those of nought only where there is none."""
    values = {_name(BY_RATE, role): value for role, value in given.items()}

    assert found == line_taxes(RoleValues(BY_RATE, values))


@pytest.mark.parametrize("wrong", ["VAT", ["VAT"], [{"percent": "much"}]])
def test_what_is_no_list_of_taxes_is_named(wrong: Any) -> None:
    """Never read as no tax at all."""
    with pytest.raises(ValueError, match=r"VAT|much"):
        line_taxes(RoleValues(BY_RATE, {_name(BY_RATE, "line.taxes"): wrong}))


def test_an_amount_on_each_line_says_its_rate() -> None:
    """By the same cent; one that none makes is a question."""
    lines = [_line(ON_LINE, "10", vat=Decimal(one)) for one in ("2", "0.50", "0", "7")]

    assert ["HIGH", "LOW", "NONE", "tax_amount_unclear"] == _rates(ON_LINE, *lines)


@pytest.mark.parametrize(
    ("tax", "found"), [("4", "HIGH"), ("0", "NONE"), ("7", "tax_amount_unclear")]
)
def test_an_amount_on_the_invoice_says_one_rate_for_all(tax: str, found: str) -> None:
    """All lines have it, or the same question."""
    lines = [_line(ON_HEAD, "10"), _line(ON_HEAD, "10")]

    assert [found, found] == _rates(ON_HEAD, *lines, vat=Decimal(tax))
