"""Finding Xero's rate for a CRM tax: by the map, by name and rate, and never by a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from xtiger.model.chart_of_accounts import Account, TaxNews, TaxRate
from xtiger.model.plans import Cause
from xtiger.model.records import Tax
from xtiger.rules.taxes import (
    CrmTax,
    TaxTable,
    effective_percent,
    find_tax,
    tax_news,
    taxes_known,
)

SALES = frozenset({"REVENUE"})
COSTS = frozenset({"EXPENSE"})
BOTH = SALES | COSTS


def rate(
    tax_type: str,
    name: str,
    percent: str,
    classes: frozenset[str] = SALES,
    status: str = "ACTIVE",
    components: Sequence[tuple[str, str, bool]] = (),
) -> TaxRate:
    """A rate of Xero."""
    parts = tuple((part, Decimal(number), compound) for part, number, compound in components)
    return TaxRate(tax_type, name, Decimal(percent), status, classes, parts)


def account(code: str, account_class: str = "REVENUE", tax_type: str = "") -> Account:
    """An account of the chart."""
    return Account(f"id-{code}", code, f"Account {code}", "SALES", account_class, tax_type)


RATES = (
    rate("NONE", "No VAT", "0", BOTH),
    rate("OUTPUT2", "20% (VAT on Income)", "20"),
    rate("INPUT2", "20% (VAT on Expenses)", "20", COSTS),
    rate("RROUTPUT", "5% (VAT on Income)", "5"),
    rate("ZERORATEDOUTPUT", "Zero Rated Income", "0"),
    rate("OLD", "17.5%", "17.5", status="DELETED"),
    rate("TAX001", "GST + PST", "12", components=(("GST", "5", False), ("PST", "7", False))),
    rate("TAX002", "GST on PST", "12.35", components=(("GST", "5", False), ("PST", "7", True))),
    rate("TAX010", "Standard", "21"),
    rate("TAX011", "Standard II", "21"),
)


def found(
    *taxes: tuple[str, str],
    account: Account | None = None,
    rates: Sequence[TaxRate] = RATES,
    group: bool = False,
    tax_map: Mapping[str, str] | None = None,
) -> str | Cause:
    """The tax type that line 3 gets, or its cause."""
    crm = [CrmTax(name, Decimal(percent)) for name, percent in taxes]
    answer = find_tax(crm, TaxTable(rates, tax_map or {}), account, line=3, group=group)
    return _short(answer) if isinstance(answer, Cause) else answer.tax_type


def _short(cause: Cause) -> Cause:
    """A cause without what a rate would be made of."""
    more = {"parts", "nearest"} if cause.code != "tax_unknown" else {"parts"}
    return Cause(cause.code, {k: v for k, v in cause.data.items() if k not in more})


def unknown(tax: str, nearest: str) -> Cause:
    """What a tax that Xero does not have is told with."""
    return Cause("tax_unknown", {"tax": tax, "line": 3, "nearest": nearest})


class TestNoTax:
    @pytest.mark.parametrize("taxes", [(), (("", "0"),), (("", "0.00"), ("", "0"))])
    def test_a_line_without_tax_is_none(self, taxes: Sequence[tuple[str, str]]) -> None:
        """No taxes, or one of nothing without a name."""
        assert "NONE" == found(*taxes)

    def test_none_needs_no_rate_in_xero(self) -> None:
        """An organisation that does not list NONE takes it all the same."""
        answer = find_tax([], TaxTable([], {}), None, line=1, group=False)

        assert TaxRate("NONE", "No Tax", Decimal(0)) == answer

    def test_australia_has_a_type_of_its_own_for_no_tax(self) -> None:
        """Where NONE is not in the list, BASEXCLUDED is what a line without tax bears."""
        rate = TaxRate("BASEXCLUDED", "BAS Excluded", Decimal(0), classes=SALES)
        answer = find_tax([], TaxTable([rate], {}), None, line=1, group=False)

        assert rate == answer

    def test_a_named_tax_of_zero_is_looked_up_like_any_other(self) -> None:
        """Zero rated is not the same as no tax."""
        assert "ZERORATEDOUTPUT" == found(("zero rated income", "0"))

    def test_zero_rates_that_xero_has_twice_are_not_guessed(self) -> None:
        """No VAT or zero rated: only the map or the name can tell."""
        assert unknown("Export 0 %", "No VAT") == found(("Export", "0"))

    def test_a_zero_beside_a_real_tax_does_not_count(self) -> None:
        """The CRM lists every tax it knows, most of them with 0 %."""
        assert "RROUTPUT" == found(("Service", "0"), ("VAT", "5"), ("Other", "0"))

    def test_of_many_zeros_the_first_name_counts(self) -> None:
        """All taxes are zero: the line is what the first one says."""
        assert "ZERORATEDOUTPUT" == found(("Zero Rated Income", "0"), ("Other", "0"))


class TestMap:
    @pytest.mark.parametrize("key", ["VAT|20", "VAT", "20"])
    def test_each_kind_of_key_is_found(self, key: str) -> None:
        """Name and rate, name alone, rate alone."""
        assert "RROUTPUT" == found(("VAT", "20.00"), tax_map={key: "RROUTPUT"})

    def test_the_most_exact_key_wins(self) -> None:
        """Name and rate before name before rate."""
        tax_map = {"20": "NONE", "VAT": "ZERORATEDOUTPUT", "VAT|20": "RROUTPUT"}

        assert "RROUTPUT" == found(("VAT", "20"), tax_map=tax_map)

    def test_the_name_comes_before_the_rate(self) -> None:
        """A name says more than a number."""
        assert "RROUTPUT" == found(("VAT", "20"), tax_map={"20": "NONE", "VAT": "RROUTPUT"})

    def test_a_hundred_percent_is_written_plainly(self) -> None:
        """The key is 100, not 1E+2."""
        assert "RROUTPUT" == found(("", "100"), tax_map={"100": "RROUTPUT"})

    @pytest.mark.parametrize("key", ["GST + PST|5 + 7", "GST + PST", "5 + 7"])
    def test_several_taxes_have_one_key(self, key: str) -> None:
        """Joined by a plus, in the order of the line."""
        assert "OUTPUT2" == found(("GST", "5"), ("PST", "7"), tax_map={key: "OUTPUT2"})

    def test_the_map_may_say_no_tax(self) -> None:
        """NONE fits any account, listed in Xero or not."""
        answer = found(("Duty", "3"), account=account("1"), rates=(), tax_map={"Duty": "NONE"})

        assert "NONE" == answer

    @pytest.mark.parametrize("gone", ["OLD", "NEVER"])
    def test_a_mapped_rate_that_is_gone_is_not_replaced(self, gone: str) -> None:
        """The map named it; a similar one would be a guess, and Xero would refuse the old one."""
        cause = unknown("VAT 20 %", "20% (VAT on Income)")

        assert cause == found(("VAT", "20"), tax_map={"VAT": gone})

    def test_a_mapped_rate_must_fit_the_account(self) -> None:
        """Xero refuses a rate for expenses on a revenue account."""
        data = {"tax": "20% (VAT on Expenses)", "account": "200", "line": 3, "where": "line 3"}

        assert Cause("tax_account_mismatch", data) == found(
            ("VAT", "20"), account=account("200"), tax_map={"VAT": "INPUT2"}
        )

    def test_a_mapped_rate_that_fits_is_taken(self) -> None:
        """The same rate on an account of its class, or where no account is known yet."""
        costs = account("400", "EXPENSE")

        assert ["INPUT2", "INPUT2"] == [
            found(("VAT", "20"), account=known, tax_map={"VAT": "INPUT2"})
            for known in (costs, None)
        ]


class TestByNameAndRate:
    def test_the_only_rate_of_that_percentage(self) -> None:
        """5 % exists once for sales, whatever it is called."""
        assert "RROUTPUT" == found(("Reduced", "5.000"))

    def test_the_name_decides_between_equal_rates(self) -> None:
        """Two of 21 %: the one with the name, in any case."""
        assert "TAX011" == found(("STANDARD II", "21"))

    def test_the_accounts_own_rate_decides_between_equal_rates(self) -> None:
        """What the account is set to in Xero, when it has the percentage."""
        assert "TAX010" == found(("VAT", "21"), account=account("200", tax_type="TAX010"))

    def test_the_name_is_stronger_than_the_accounts_rate(self) -> None:
        """What stands on the line before what stands in the chart."""
        own = account("200", tax_type="TAX010")

        assert "TAX011" == found(("Standard II", "21"), account=own)

    @pytest.mark.parametrize("own", [None, account("200"), account("200", tax_type="OUTPUT2")])
    def test_equal_rates_are_not_guessed(self, own: Account | None) -> None:
        """Neither name nor account decides: held, with the nearest by name."""
        assert unknown("VAT 21 %", "Standard") == found(("VAT", "21"), account=own)

    def test_a_rate_of_another_class_is_not_used(self) -> None:
        """20 % on a cost account is the rate for expenses."""
        assert "INPUT2" == found(("VAT", "20"), account=account("400", "EXPENSE"))

    @pytest.mark.parametrize(
        "name",
        [
            "20% (VAT on Income)",
            "20% (vat  on INCOME)",
            "OUTPUT2",
            "VAT on Income",
            "20 % VAT on income",
        ],
    )
    def test_a_named_tax_is_never_exchanged_for_another(self, name: str) -> None:
        """Meant by Xero's name, its type or its words; an account of another class holds it."""
        data = {"tax": "20% (VAT on Income)", "account": "310", "line": 3, "where": "line 3"}

        held = found((name, "20"), account=account("310", "EXPENSE"))

        assert Cause("tax_account_mismatch", data) == held
        assert "OUTPUT2" == found((name, "20"), account=account("200"))

    def test_a_named_tax_of_another_percentage_is_not_taken_by_the_percentage(self) -> None:
        """The line says Zero Rated and 5 %: the only sales rate of 5 % is another tax."""
        assert unknown("Zero Rated Income 5 %", "5% (VAT on Income)") == found(
            ("Zero Rated Income", "5")
        )

    def test_a_named_tax_that_was_deleted_is_not_replaced(self) -> None:
        """Another rate of the same percentage is another tax."""
        rates = (*RATES, rate("NEW", "Standard 17.5", "17.5"))

        assert unknown("17.5%", "Standard 17.5") == found(("17.5%", "17.5"), rates=rates)

    def test_a_name_that_is_in_use_again_is_the_one_in_use(self) -> None:
        """Xero frees the name of a deleted rate."""
        rates = (*RATES, rate("NEW", "17.5%", "17.5"))

        assert "NEW" == found(("17.5%", "17.5"), rates=rates)

    def test_the_account_does_not_say_which_tax_of_nothing_is_meant(self) -> None:
        """Zero rated and exempt are told apart by name; the account's own would be a guess."""
        own = account("200", tax_type="ZERORATEDOUTPUT")

        assert unknown("Export 0 %", "No VAT") == found(("Export", "0"), account=own)

    def test_a_tax_that_no_account_of_the_class_takes_is_no_none(self) -> None:
        """A line without tax is held, too, where Xero does not let NONE stand with the account."""
        data = {"tax": "No VAT", "account": "1", "line": 3, "where": "line 3"}

        assert Cause("tax_account_mismatch", data) == found(account=account("1", "EQUITY"))

    def test_a_deleted_rate_is_not_used(self) -> None:
        """17.5 % was once; the nearest active one is proposed."""
        assert unknown("VAT 17.5 %", "20% (VAT on Income)") == found(("VAT", "17.5"))

    def test_the_same_name_with_another_rate_is_not_it(self) -> None:
        """The percentage must be right, else money is wrong."""
        assert unknown("Zero Rated Income 3 %", "5% (VAT on Income)") == found(
            ("Zero Rated Income", "3")
        )

    def test_without_any_rates_nothing_is_near(self) -> None:
        """An organisation without tax rates gets a sentence, too."""
        assert unknown("VAT 20 %", "-") == found(("VAT", "20"), rates=())


class TestTaxesOfTheCrm:
    def test_a_rate_of_xero_becomes_a_tax_of_what_it_comes_to(self) -> None:
        """Of sales and in use; a combined or compound one as one. Of the same name Xero's wins."""
        crm = [Tax("7", "20%  (vat on income)", 19), Tax("8", "No VAT", 0), Tax("9", "Own", 5)]
        rates = [one for one in RATES if one.tax_type in ("NONE", "OUTPUT2", "INPUT2", "OLD")]
        compound = next(one for one in RATES if one.tax_type == "TAX002")

        assert [
            TaxNews("7", "20%  (vat on income)", Decimal(19), Decimal(20)),
            TaxNews("", "GST on PST", None, Decimal("12.35")),
        ] == tax_news(crm, [*rates, compound], {})

    @pytest.mark.parametrize(
        ("crm", "known", "news"),
        [
            ([], {"21": ["", "20"]}, 0),
            ([Tax("1", "21", 19)], {"21": ["19", "20"]}, 0),
            ([Tax("1", "21", 18)], {"21": ["19", "20"]}, 1),
            ([Tax("1", "21", 19)], {"21": ["19", "21"]}, 1),
            ([Tax("1", "21", None)], {}, 1),
            ([], {}, 1),
        ],
    )
    def test_what_was_brought_is_not_brought_again(
        self, crm: list[Tax], known: dict[str, list[str]], news: int
    ) -> None:
        """What a person deleted, and what the CRM rounds, stays; an edit on either side counts."""
        rates = [rate("T", "21", "20")]

        assert news == len(tax_news(crm, rates, known))
        assert {"21": [str(crm[0].percent or 0) if crm else "", "20"]} == taxes_known(crm, rates)


class TestSeveralTaxes:
    def test_a_combined_rate_with_the_same_parts_is_found(self) -> None:
        """Same names and percentages, in any order and case."""
        assert "TAX001" == found(("pst", "7"), ("GST", "5.0"))

    def test_a_compound_rate_is_another_tax(self) -> None:
        """Tax on tax gives other money than both side by side."""
        compound = [r for r in RATES if r.tax_type != "TAX001"]

        assert Cause("taxes_many", {"tax": "GST 5 % + PST 7 %", "line": 3}) == found(
            ("GST", "5"), ("PST", "7"), rates=compound
        )

    def test_a_tax_that_is_taken_of_another_finds_its_compound_rate(self) -> None:
        """The CRM says which of its taxes that is; both parts and how they count are the same."""
        taxes = [CrmTax("GST", Decimal(5)), CrmTax("PST", Decimal(7), compound=True)]

        answer = find_tax(taxes, TaxTable(RATES, {}), None, line=1, group=False)

        assert answer == next(r for r in RATES if r.tax_type == "TAX002")
        assert Decimal("12.35") == effective_percent(taxes)
        assert Decimal(12) == effective_percent(
            [CrmTax("GST", Decimal(5)), CrmTax("P", Decimal(7))]
        )

    def test_two_combined_rates_alike_are_not_guessed(self) -> None:
        """Held until the map says which."""
        twin = rate("TAX009", "Twin", "12", components=(("GST", "5", False), ("PST", "7", False)))

        assert Cause("taxes_many", {"tax": "GST 5 % + PST 7 %", "line": 3}) == found(
            ("GST", "5"), ("PST", "7"), rates=(*RATES, twin)
        )

    def test_a_combined_rate_must_fit_the_account(self) -> None:
        """Its class counts as for any other; which tax and account do not fit is told."""
        cause = found(("GST", "5"), ("PST", "7"), account=account("400", "EXPENSE"))

        data = {"tax": "GST + PST", "account": "400", "line": 3, "where": "line 3"}
        assert Cause("tax_account_mismatch", data) == cause

    def test_a_group_tax_that_is_not_combined_says_so(self) -> None:
        """It stands on the whole invoice, so the sentence is another one."""
        data = {"tax": "GST 5 % + QST 9.975 %"}

        assert Cause("group_tax_not_combined", data) == found(
            ("GST", "5"), ("QST", "9.975"), group=True
        )


@pytest.mark.parametrize(
    ("name", "percent", "label"),
    [
        ("VAT", "20.00", "VAT 20 %"),
        ("VAT 20%", "20", "VAT 20%"),
        ("VAT 20 %", "20", "VAT 20 %"),
        ("", "7.5", "7.5 %"),
        ("Tax", "100", "Tax 100 %"),
    ],
)
def test_a_tax_is_called_by_name_and_percentage(name: str, percent: str, label: str) -> None:
    """A name that has the percentage in it is not given it twice."""
    assert label == CrmTax(name, Decimal(percent)).label


def test_the_percentage_of_a_tax_type_is_known_or_none() -> None:
    """Nothing is guessed for a type that Xero does not list."""
    table = TaxTable(RATES, {})

    assert (Decimal(20), None) == (table.percent("OUTPUT2"), table.percent("GONE"))


def test_a_tax_stands_with_the_accounts_of_its_classes() -> None:
    """Neither an unknown type nor an unknown account stands."""
    table = TaxTable(RATES, {})

    assert [True, False, False, False] == [
        table.stands("OUTPUT2", account("200")),
        table.stands("INPUT2", account("200")),
        table.stands("GONE", account("200")),
        table.stands("OUTPUT2", None),
    ]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ([CrmTax("VAT", Decimal(19))], "VAT 19 %"),
        ([CrmTax("VAT 19 %", Decimal(19))], "VAT 19 %"),
        ([CrmTax("", Decimal(19))], "19 %"),
        ([CrmTax("A", Decimal(12)), CrmTax("B", Decimal(8))], "A 12 % + B 8 %"),
    ],
)
def test_the_map_knows_a_tax_as_its_cure_writes_it(given: list[CrmTax], key: str) -> None:
    """What a person reads of an unknown tax can be typed as it stands."""
    table = TaxTable(RATES, {key: "OUTPUT2"})

    found = find_tax(given, table, account("200"), line=1, group=len(given) > 1)

    assert isinstance(found, TaxRate)
    assert "OUTPUT2" == found.tax_type


def test_what_is_bought_has_the_rates_of_purchases() -> None:
    """Rates of sales are none, nor what the map says of them; its own map goes first."""
    sales = TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20), classes=SALES)
    bought = TaxRate("INPUT2", "20% (VAT on Expenses)", Decimal(20), classes=COSTS)
    table = TaxTable((sales, bought), {"VAT": "OUTPUT2", "MwSt": "INPUT2", "none": "NONE"})

    found = table.for_purchases({"VAT": "INPUT2"})

    assert (bought,) == found.rates
    assert {"MwSt": "INPUT2", "none": "NONE", "VAT": "INPUT2"} == found.tax_map
