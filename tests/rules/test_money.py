"""Xero's arithmetic against exact fractions: line amounts, tax, rounding and totals."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xtiger.model.records import Arithmetic
from xtiger.rules.money import (
    CrmLine,
    Halves,
    LineSum,
    Totals,
    cents,
    crm_sum,
    line_sum,
    places,
    round_places,
    totals,
)

halves = st.sampled_from(["away", "even"])
quantities = st.decimals(-99999, 99999, places=4)
prices = st.decimals(-99999, 99999, places=4)
percents = st.decimals(0, 100, places=2)
rates = st.decimals(0, 30, places=4)


def rounded(exact: Fraction, digits: int, mode: str) -> Fraction:
    """Round a fraction by counting: how many units, and what is left of the next one."""
    units, rest = divmod(abs(exact) * 10**digits, 1)
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (mode == "away" or units % 2 == 1))
    found = Fraction(units + up, 10**digits)
    return -found if exact < 0 else found


class TestRounding:
    @given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 4), halves)
    def test_rounding_is_as_exact_fractions_round(
        self, amount: Decimal, digits: int, mode: Halves
    ) -> None:
        """Any amount, to any number of places, in both ways of taking halves."""
        assert rounded(Fraction(amount), digits, mode) == Fraction(
            round_places(amount, digits, mode)
        )

    @pytest.mark.parametrize(
        ("amount", "away", "even"),
        [
            ("0.005", "0.01", "0.00"),
            ("0.015", "0.02", "0.02"),
            ("0.025", "0.03", "0.02"),
            ("-0.005", "-0.01", "-0.00"),
            ("-0.025", "-0.03", "-0.02"),
            ("2.675", "2.68", "2.68"),
            ("1.00499999", "1.00", "1.00"),
            ("1.005000001", "1.01", "1.01"),
            ("7", "7.00", "7.00"),
        ],
    )
    def test_halves_by_example(self, amount: str, away: str, even: str) -> None:
        """Away from zero on both sides of it, or to the even cent."""
        number = Decimal(amount)

        assert (away, even) == (str(cents(number)), str(cents(number, "even")))

    def test_halves_go_away_from_zero_unless_said_otherwise(self) -> None:
        """The usual way, as far as Xero's is known."""
        assert Decimal("0.13") == round_places(Decimal("0.125"), 2)

    def test_the_number_of_places_shows(self) -> None:
        """10 is written 10.00, so that it reads as money."""
        assert ("10.00", "10.0000") == (
            str(cents(Decimal(10))),
            str(round_places(Decimal(10), 4)),
        )

    def test_an_absurd_amount_is_rounded_all_the_same(self) -> None:
        """A wrong number in a record gives a wrong total, which is held, and no crash."""
        assert Decimal("1E+60") == cents(Decimal("1E+60"))

    def test_the_callers_decimal_context_does_not_matter(self) -> None:
        """An application that counts with 6 digits still gets cents."""
        with localcontext() as context:
            context.prec = 6

            assert "1234567.89" == str(cents(Decimal("1234567.894")))


class TestPlaces:
    @pytest.mark.parametrize(
        ("amount", "needed"),
        [
            ("1", 0),
            ("100", 0),
            ("1E+3", 0),
            ("1.50", 1),
            ("0.0001", 4),
            ("0.00010", 4),
            ("-1.23456", 5),
            ("0", 0),
            ("0.000", 0),
        ],
    )
    def test_only_places_that_say_something_count(self, amount: str, needed: int) -> None:
        """Zeros at the end and exponents are no places."""
        assert needed == places(Decimal(amount))

    @given(st.decimals(-(10**6), 10**6, places=8))
    def test_rounding_to_the_needed_places_changes_nothing(self, amount: Decimal) -> None:
        """And one place less would change the amount."""
        needed = places(amount)

        assert (amount, needed > 0) == (
            round_places(amount, needed),
            needed > 0 and round_places(amount, needed - 1) != amount,
        )


class TestLineSum:
    @given(quantities, prices, st.none() | percents, rates, halves)
    @example(Decimal(1), Decimal("0.005"), None, Decimal(20), "away")
    @example(Decimal(-1), Decimal("0.005"), Decimal(0), Decimal(20), "even")
    def test_a_line_is_computed_as_with_exact_fractions(
        self,
        quantity: Decimal,
        price: Decimal,
        percent: Decimal | None,
        rate: Decimal,
        mode: Halves,
    ) -> None:
        """Quantity x price less the discount rate, rounded; tax of the rounded amount, rounded."""
        gross = Fraction(quantity) * Fraction(price)
        amount = rounded(gross * (100 - Fraction(percent or 0)) / 100, 2, mode)
        tax = rounded(amount * Fraction(rate) / 100, 2, mode)

        found = line_sum(quantity, price, discount_percent=percent, tax_rate=rate, halves=mode)

        assert (amount, tax) == (Fraction(found.amount), Fraction(found.tax))

    @given(quantities, prices, st.decimals(0, 9999, places=4))
    def test_a_discount_amount_is_taken_once_from_the_line(
        self, quantity: Decimal, price: Decimal, discount: Decimal
    ) -> None:
        """Not per unit, and before rounding."""
        exact = Fraction(quantity) * Fraction(price) - Fraction(discount)

        found = line_sum(quantity, price, discount_amount=discount)

        assert rounded(exact, 2, "away") == Fraction(found.amount)

    @given(quantities, prices, st.none() | percents, rates)
    def test_a_credit_is_the_mirror_of_a_sale(
        self, quantity: Decimal, price: Decimal, percent: Decimal | None, rate: Decimal
    ) -> None:
        """A negative quantity gives the same cents with the other sign."""
        sale = line_sum(quantity, price, discount_percent=percent, tax_rate=rate)

        credit = line_sum(-quantity, price, discount_percent=percent, tax_rate=rate)

        assert (sale.amount, sale.tax) == (-credit.amount, -credit.tax)

    @pytest.mark.parametrize(
        ("quantity", "price", "options", "amount", "tax"),
        [
            ("3", "33.3333", {}, "100.00", "20.00"),
            ("1.5", "19.99", {}, "29.99", "6.00"),
            ("10", "9.99", {"discount_percent": "12.5"}, "87.41", "17.48"),
            ("10", "9.99", {"discount_percent": "100"}, "0.00", "0.00"),
            ("10", "9.99", {"discount_amount": "0.9"}, "99.00", "19.80"),
            ("-2", "50", {"discount_percent": "10"}, "-90.00", "-18.00"),
            ("0", "50", {}, "0.00", "0.00"),
            ("1", "0.01", {"tax_rate": "5"}, "0.01", "0.00"),
            ("1", "100", {"discount_percent": "10", "discount_amount": "50"}, "90.00", "18.00"),
            ("1", "100", {"discount_percent": "0", "discount_amount": "50"}, "50.00", "10.00"),
            ("1", "0.125", {"halves": "even"}, "0.12", "0.02"),
            ("1", "0.125", {"halves": "away"}, "0.13", "0.03"),
        ],
    )
    def test_lines_by_example(
        self, quantity: str, price: str, options: dict[str, str], amount: str, tax: str
    ) -> None:
        """20 % tax unless said otherwise; a discount rate stands before a discount amount."""
        mode: Halves = "even" if options.pop("halves", "") == "even" else "away"
        rest = {name: Decimal(value) for name, value in options.items()}
        rest.setdefault("tax_rate", Decimal(20))

        found = line_sum(Decimal(quantity), Decimal(price), halves=mode, **rest)

        assert (amount, tax) == (str(found.amount), str(found.tax))

    def test_halves_of_a_line_go_away_from_zero_unless_said_otherwise(self) -> None:
        """The amount and its tax: 0.125 is 0.13, and 20 % of it 0.03."""
        half = line_sum(Decimal(1), Decimal("0.125"), tax_rate=Decimal("19.2308"))

        assert LineSum(Decimal("0.13"), Decimal("0.03")) == half

    def test_no_rate_is_no_tax(self) -> None:
        """A line without tax rate has a tax of zero cents."""
        assert LineSum(Decimal("5.00"), Decimal("0.00")) == line_sum(Decimal(1), Decimal(5))


class TestTotals:
    @given(st.lists(st.tuples(quantities, prices, rates), max_size=8))
    def test_totals_are_the_sums_of_rounded_lines(
        self, rows: list[tuple[Decimal, Decimal, Decimal]]
    ) -> None:
        """Rounding comes before summing, per line, for net and tax alike."""
        net = [rounded(Fraction(q) * Fraction(p), 2, "away") for q, p, _ in rows]
        tax = [
            rounded(n * Fraction(r) / 100, 2, "away")
            for n, (_, _, r) in zip(net, rows, strict=True)
        ]

        found = totals(line_sum(q, p, tax_rate=r) for q, p, r in rows)

        assert (sum(net), sum(tax), sum(net) + sum(tax)) == (
            Fraction(found.net),
            Fraction(found.tax),
            Fraction(found.total),
        )

    def test_tax_per_line_differs_from_tax_of_the_sum(self) -> None:
        """Three lines of 0.03 at 20 %: 3 x 0.01, where the sum would give 0.02."""
        lines = [line_sum(Decimal(1), Decimal("0.03"), tax_rate=Decimal(20))] * 3

        assert Totals(Decimal("0.09"), Decimal("0.03")) == totals(lines)

    def test_no_lines_sum_to_nothing(self) -> None:
        """An empty document has a total of zero."""
        assert Decimal(0) == totals([]).total


@pytest.mark.parametrize(
    ("arithmetic", "total"), [("line", "35.97"), ("document", "35.96"), ("none", "35.964")]
)
def test_a_crm_counts_in_its_own_way(arithmetic: Arithmetic, total: str) -> None:
    """Three lines of 9.99 at 20 %: the tax of each line, of their sum, or nothing rounded."""
    lines = [CrmLine(Decimal("9.99"), Decimal(20))] * 3

    assert Decimal(total) == crm_sum(lines, arithmetic)


def test_each_rate_is_rounded_once() -> None:
    """Of the sum of its own lines."""
    lines = [CrmLine(Decimal("0.13"), Decimal(rate)) for rate in (20, 20, 5, 5)]

    assert Decimal("0.52") + Decimal("0.05") + Decimal("0.01") == crm_sum(lines, "document")


@pytest.mark.parametrize(
    ("arithmetic", "digits", "total"),
    [("line", 0, "147"), ("document", 0, "148"), ("line", 3, "147.600"), ("none", 0, "147.6")],
)
def test_a_currency_has_its_own_places(arithmetic: Arithmetic, digits: int, total: str) -> None:
    """Three of 41 with 20 %: 8.20 of tax each are 8 yen, 24.60 on the sum are 25."""
    lines = [CrmLine(Decimal(41), Decimal(20))] * 3

    assert Decimal(total) == crm_sum(lines, arithmetic, digits)
