"""The pure parts of judging: which way a row may move, and what Xero's refusals mean."""

from __future__ import annotations

from typing import Any

import pytest

from xtiger.engine.plan.field_merge import field_rule
from xtiger.engine.plan.invoice.merge import lock_date
from xtiger.engine.workbench.scope import Scope
from xtiger.hookspecs import SyncModule
from xtiger.mapping.convert import BoundRow
from xtiger.mapping.xero_fields import XeroField
from xtiger.model.mappings import Direction, Mapping, ModuleSettings, Row
from xtiger.model.records import Field, Module


def scope(direction: Direction = "both", carried: Any = ("to_xero", "to_crm")) -> Scope:
    """A scope of organisations with these directions."""
    return Scope(
        SyncModule("Organizations", "organisation", "Contact", "Organizations", (), carried),
        Module("Organizations", "organisation", "Organizations", ()),
        Mapping("Organizations", "Contact", ()),
        ModuleSettings("Organizations", direction=direction),
        (),
    )


def row(direction: Direction = "both", *, crm: bool = True, xero: bool = True) -> BoundRow:
    """A row whose fields are writable or not."""
    return BoundRow(
        Row("x", "Website", direction),
        Field("x", writable=crm),
        XeroField("Website", writable=xero),
    )


@pytest.mark.parametrize(
    ("of_module", "of_row", "crm", "xero", "expected"),
    [
        ("both", "both", True, True, "both"),
        ("both", "to_xero", True, True, "to_xero"),
        ("to_crm", "both", True, True, "to_crm"),
        ("to_crm", "to_xero", True, True, None),
        ("both", "both", True, False, "to_crm"),
        ("to_xero", "both", True, False, None),
        ("both", "both", False, True, "to_xero"),
        ("both", "to_crm", False, True, None),
        ("both", "both", False, False, None),
    ],
)
def test_a_row_moves_as_module_row_and_fields_allow(
    of_module: Direction, of_row: Direction, crm: bool, xero: bool, expected: str | None
) -> None:
    """Both the module and the row must allow a way, and its target must take a value."""
    rule = field_rule(row(of_row, crm=crm, xero=xero), scope(of_module))

    assert expected == (rule.direction if rule else None)


def test_a_module_that_carries_one_way_moves_no_row_the_other() -> None:
    """What a release does not carry no setting can switch on."""
    rule = field_rule(row("both"), scope("both", ("to_xero",)))

    assert rule is not None
    assert "to_xero" == rule.direction


def test_the_later_lock_date_counts() -> None:
    """Of period and year lock the later one; none when neither is set."""
    both = {"PeriodLockDate": "/Date(1767225600000)/", "EndOfYearLockDate": "/Date(0)/"}

    assert "2026-01-01" == str(lock_date(both))
    assert lock_date({}) is None
