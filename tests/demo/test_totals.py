"""The arithmetic of the demo CRM."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.demo.totals import invoice_totals, line_net, round2

D = Decimal


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("1.005", "1.01"), ("-1.005", "-1.01"), ("1.0049", "1.00"), ("0.125", "0.13")],
)
def test_an_exact_half_goes_away_from_zero(amount: str, rounded: str) -> None:
    """Halves round up for money in and down for money out."""
    assert D(rounded) == round2(D(amount))


def test_a_discount_in_percent_lowers_the_line() -> None:
    """2.5 pieces at 9.99 less 10 % are 22.48."""
    assert D("22.48") == line_net(D("2.5"), D("9.99"), D(10), D(0))


def test_a_discount_amount_wins_over_a_percentage() -> None:
    """Where both are given the amount counts."""
    assert D("95.00") == line_net(D(1), D(100), D(50), D(5))


def test_tax_is_rounded_on_each_line() -> None:
    """Three lines of 0.03 at 20 % have 0.03 tax, where one of 0.09 would have 0.02."""
    totals = invoice_totals([(D("0.03"), [D(20)])] * 3)

    assert D("0.03") == totals.tax


def test_a_discount_on_the_whole_lowers_every_line() -> None:
    """5 % off 100 + 20 % tax is 114."""
    assert D("114.00") == invoice_totals([(D(100), [D(20)])], D(5)).total


def test_a_deducted_tax_lowers_the_total_only() -> None:
    """The deducted amount leaves subtotal and tax as they are."""
    totals = invoice_totals([(D(100), [D(20)])], deducted_tax=D(15))

    assert (D(100), D(20), D(105)) == (totals.subtotal, totals.tax, totals.total)
