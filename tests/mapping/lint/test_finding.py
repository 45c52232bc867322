"""Findings as data: a sentence that is whole, and a cure for each face."""

from __future__ import annotations

import re
from dataclasses import astuple

import pytest

from xtiger.mapping.lint.finding import FINDINGS, SEVERITIES, finding, finding_of
from xtiger.rules.causes import cause_of
from xtiger.rules.entries.entry import alike


@pytest.mark.parametrize("code", FINDINGS)
def test_every_finding_has_its_severity_and_cures(code: str) -> None:
    """None is left without a way out, and the browser names no command."""
    entry = FINDINGS[code]

    assert entry.severity in SEVERITIES
    assert all(astuple(entry.cures))
    assert not re.search(r"\bxtiger [a-z]", entry.cures.browser)


def test_a_finding_fills_its_sentence() -> None:
    """With its module and its data."""
    found = finding("xero_field_unknown", "Goods", "phone", kind="Item", xero="Shoe")

    assert "Xero's Item has no field Shoe." == found.sentence
    assert (True, "phone", "error") == (found.refused, found.field, found.severity)
    assert found.cures.data == "Change the row of this field, or take it away."


def test_a_finding_of_an_outcome_has_its_words() -> None:
    """Of a record its own cure, of an option that of the option."""
    cause = cause_of("account_archived", account="270", where="the mapping")
    record = finding_of(cause, "Invoices", "warning")
    option = finding_of(cause, "Invoices", "error", "account of lines", "sales_account")

    assert ["Account 270 is archived in Xero."] * 2 == [record.sentence, option.sentence]
    assert alike("Choose another account on {where}.") == record.cures
    assert "xtiger mapping set {module} {setting}" in option.cures.command
    assert not option.refused
