"""Why a discount on the whole of an invoice waits, and which edits of Xero it bars."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from xtiger.engine.plan.invoice.facts import InvoiceWorld
from xtiger.engine.plan.invoice.head_discounts import barred, each_named, edited, unproven
from xtiger.engine.workbench.scope import Scope
from xtiger.hookspecs import SyncModule
from xtiger.hosts.standard import invoices
from xtiger.mapping.role_values import RoleValues
from xtiger.model.mappings import Mapping, ModuleSettings
from xtiger.model.records import Record, Ref
from xtiger.rules.causes import cause_of
from xtiger.rules.line_merge import Change, LineMerge, Row
from xtiger.rules.money import Totals

SUMS = Totals(Decimal(10), Decimal(2))
RATE, AMOUNT = {"discount_percent": Decimal(10)}, {"discount_amount": Decimal(1)}


def _scope(*, spreads: bool = True) -> Scope:
    return Scope(
        SyncModule("Invoices", "invoice", "Invoice", "Invoices"),
        invoices(),
        Mapping("Invoices", "Invoice", (), options={"discount_on_lines": spreads}),
        ModuleSettings("Invoices"),
        (),
    )


def _world(*, net: bool = False) -> InvoiceWorld:
    """Of a judge; `net`: whether the discount on the whole is in the prices already."""
    return cast("InvoiceWorld", SimpleNamespace(net_of_whole=lambda _crm_id: net))


def _record(**head: Any) -> Record:
    return Record(Ref("Invoices", "1"), head, ({"quantity": Decimal(1), "listprice": Decimal(10)},))


def test_only_the_option_lets_it_go() -> None:
    """Without one there is nothing to say."""
    with_one, without = (RoleValues(invoices(), head) for head in (RATE, {}))

    assert [] == barred(with_one, _scope()) == barred(without, _scope(spreads=False))
    assert [cause_of("group_discount")] == barred(with_one, _scope(spreads=False))


def test_a_total_that_is_another_has_its_name() -> None:
    """Other causes keep theirs, and so does an invoice without such a discount."""
    differs = cause_of("total_differs", crm_total="11", xero_total="12")
    other = cause_of("lines_missing")
    named = cause_of("group_discount_differs", crm_total="11", xero_total="12")

    assert [named, other] == each_named([differs, other], _record(**RATE), _scope(), _world())
    assert [named] == each_named([differs], _record(), _scope(), _world(net=True))
    assert [differs] == each_named([differs], _record(), _scope(), _world())


@pytest.mark.parametrize("head", [{}, {**RATE, "total": Decimal(12)}])
def test_a_total_proves_how_it_is_taken_off(head: dict[str, Any]) -> None:
    """Without one nobody knows whether that is before tax."""
    assert [] == unproven(_record(**head), _scope(), _world(), SUMS)
    assert [cause_of("group_discount_differs", crm_total="-", xero_total="12")] == unproven(
        _record(**RATE), _scope(), _world(), SUMS
    )


@pytest.mark.parametrize(
    ("head", "cell", "remove", "held"),
    [
        ({}, "Discount", "", False),
        (RATE, "Discount", "", True),
        (RATE, "UnitAmount", "", False),
        (RATE, "", "", True),
        (RATE, "", "to_crm", False),
        (AMOUNT, "UnitAmount", "", True),
        (AMOUNT, "", "to_crm", True),
        (AMOUNT, "Description", "", False),
    ],
)
def test_an_edit_in_xero_may_not_make_it_another(
    head: dict[str, Any], cell: str, remove: Any, held: bool
) -> None:
    """A rate goes on counting where amounts change; an amount is shared by all lines."""
    row = Row(None, None, None, remove=remove)
    merge = LineMerge(changes=[Change(row, cell, "to_crm"), Change(row, "Discount", "to_xero")])
    wanted = cause_of("group_discount_edited") if held else None

    assert wanted == edited(merge, _record(**head), _scope(), _world())
    assert edited(merge, None, _scope(), _world()) is None


@pytest.mark.parametrize(
    ("cell", "stable", "held"),
    [("UnitAmount", True, True), ("Description", True, False), ("Description", False, True)],
)
def test_prices_that_are_less_it_are_none_of_the_crms(cell: str, stable: bool, held: bool) -> None:
    """A text comes in, unless all lines would be written anew with their prices."""
    row = Row(None, None, None)
    merge = LineMerge(changes=[Change(row, cell, "to_crm")])
    scope = replace(_scope(), stable_lines=stable)

    found = edited(merge, _record(), scope, _world(net=True))

    assert (cause_of("group_discount_edited") if held else None) == found
