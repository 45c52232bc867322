"""An invoice's lines for Xero: accounts, items, taxes, discounts, charges, comments, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.convert import Lookups
from xtiger.mapping.lines_to_xero import BuiltLines, LineItem, LineLookups, NeededItem, build_lines
from xtiger.model.cause_codes import CauseCode
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause
from xtiger.model.records import Record, Ref
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_from
from xtiger.rules.money import Totals
from xtiger.rules.taxes import TaxTable

MODULE = invoices()
BOTH = frozenset({"REVENUE", "EXPENSE"})
RATES = (
    TaxRate("NONE", "No VAT", Decimal(0), classes=BOTH),
    TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20), classes=BOTH),
    TaxRate(
        "TAX001",
        "GST + PST",
        Decimal(12),
        classes=BOTH,
        components=(("GST", Decimal(5), False), ("PST", Decimal(7), False)),
    ),
)
ACCOUNTS = {
    code: Account(f"id-{code}", code, f"Account {code}", "SALES", "REVENUE", system=system)
    for code, system in (("200", ""), ("210", ""), ("220", ""), ("230", ""), ("610", "DEBTORS"))
}
ITEMS = {
    ("product", "p1"): LineItem("TEA", "Green tea", None, ready=True),
    ("product", "p2"): LineItem("CUP", "Cup", "210-Goods", ready=True),
    ("service", "s1"): LineItem("FIX", "Repair", None, ready=True),
    ("service", "s2"): LineItem("NEW", "", None, ready=False),
}
LOOKUPS = LineLookups(
    Lookups(TaxTable(RATES, {}), ACCOUNTS),
    item=lambda role, crm_id: ITEMS.get((role, crm_id)),
    default_account="200",
)


def _name(role: str) -> str:
    described = MODULE.by_role(role)
    assert described is not None
    return described.name


def line(**given: Plain) -> dict[str, Plain]:
    """One line of tea at 20 %, changed as given; names are the roles without "line."."""
    values: dict[str, Plain] = {
        "description": "Tea",
        "quantity": Decimal(1),
        "unit_price": Decimal(10),
        "tax_rate": 20,
    } | given
    host_id = {"id": values.pop("id")} if "id" in values else {}
    return {_name(f"line.{role}"): value for role, value in values.items()} | host_id


def build(*lines: Mapping[str, Plain], lookups: LineLookups = LOOKUPS, **head: Plain) -> BuiltLines:
    """The lines of an invoice with these lines and these values of its head, by role."""
    values = {_name(f"invoice.{role}"): value for role, value in head.items()}
    return build_lines(Record(Ref("Invoices", "1"), values, tuple(lines)), MODULE, lookups)


def causes(*lines: Mapping[str, Plain], **given: Any) -> list[Cause]:
    """What was found wrong."""
    return list(build(*lines, **given).causes)


class TestOneLine:
    def test_a_line_is_sent_with_all_that_xero_needs(self) -> None:
        """Quantity, price, account, tax; no amount, which Xero computes itself."""
        built = build(line(id=7, product="p1", quantity="2.50", unit_price="9.9900"))

        assert (
            (
                {
                    "ItemCode": "TEA",
                    "Description": "Tea",
                    "Quantity": Decimal("2.5"),
                    "UnitAmount": Decimal("9.99"),
                    "AccountCode": "200",
                    "TaxType": "OUTPUT2",
                },
            ),
            ("7",),
            (),
            (NeededItem("product", "p1", "Green tea"),),
        ) == (built.lines, built.host_ids, built.causes, built.needs)

    def test_the_expected_total_is_computed_beforehand(self) -> None:
        """Per line, rounded, then summed."""
        cheap = line(unit_price="0.03")

        assert Totals(Decimal("0.06"), Decimal("0.02")) == build(cheap, cheap).totals

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ({"description": " Tea "}, "Tea"),
            ({"description": None, "name": "Named"}, "Named"),
            ({"description": "", "name": "", "product": "p1"}, "Green tea"),
        ],
    )
    def test_the_text_is_the_descriptions_or_the_names(
        self, given: dict[str, Plain], text: str
    ) -> None:
        """The line's own text, its name, else the item's name."""
        assert text == build(line(**given)).lines[0]["Description"]

    def test_an_invoice_without_lines_says_so(self) -> None:
        """Xero refuses it."""
        assert [Cause("lines_missing")] == causes()


class TestAccounts:
    @pytest.mark.parametrize(
        ("own", "product", "organisation", "code"),
        [
            ("220", "p2", "230", "220"),
            (None, "p2", "230", "210"),
            ("", "p1", "230-Exports", "230"),
            (None, "p1", None, "200"),
            (None, None, None, "200"),
        ],
    )
    def test_the_nearest_account_counts(
        self, own: str | None, product: str | None, organisation: str | None, code: str
    ) -> None:
        """The line's, its product's, the organisation's, the mapping's."""
        lookups = replace(LOOKUPS, organisation_account=organisation)

        built = build(line(account=own, product=product), lookups=lookups)

        assert code == built.lines[0]["AccountCode"]

    @pytest.mark.parametrize(
        ("where", "given", "lookups"),
        [
            ("line 1", {"account": "610"}, LOOKUPS),
            ("the organisation", {}, replace(LOOKUPS, organisation_account="610")),
            ("the mapping", {}, replace(LOOKUPS, default_account="610")),
        ],
    )
    def test_an_account_that_cannot_be_used_is_not_passed_over(
        self, where: str, given: dict[str, Plain], lookups: LineLookups
    ) -> None:
        """The next rung would book the money elsewhere; the sentence says where it stands."""
        cause = Cause("account_system", {"account": "610", "where": where})

        assert [cause] == causes(line(**given), lookups=lookups)

    def test_a_line_without_any_account_says_so(self) -> None:
        """Xero could not approve it."""
        lookups = replace(LOOKUPS, default_account=None)

        assert [Cause("account_missing", {"line": 2})] == causes(
            line(account="200"), line(), lookups=lookups
        )


class TestItems:
    def test_a_service_is_an_item_like_a_product(self) -> None:
        """By its own code, and needed first."""
        built = build(line(service="s1"))

        assert ("FIX", (NeededItem("service", "s1", "Repair"),)) == (
            built.lines[0]["ItemCode"],
            built.needs,
        )

    def test_a_product_that_is_gone_is_told(self) -> None:
        """The line points to nothing."""
        data = {"line": 1, "field": "product p9 in the CRM"}

        assert [Cause("line_incomplete", data)] == causes(line(product="p9"))

    def test_a_product_that_cannot_be_sent_is_waited_for(self) -> None:
        """By its name, or its code when it has none."""
        data = {"parent": "NEW", "role": "service", "id": "s2"}

        assert [Cause("waits_for_parent", data)] == causes(line(service="s2"))

    def test_a_line_without_product_is_fine(self) -> None:
        """Text, price and account are enough for Xero."""
        assert "ItemCode" not in build(line()).lines[0]


class TestDiscounts:
    @pytest.mark.parametrize(
        ("given", "sent", "net"),
        [
            ({"discount_percent": "12.5"}, {"DiscountRate": Decimal("12.5")}, "8.75"),
            ({"discount_amount": "3"}, {"DiscountAmount": Decimal(3)}, "7.00"),
            ({"discount_percent": 10, "discount_amount": 5}, {"DiscountRate": Decimal(10)}, "9.00"),
            ({"discount_percent": 0, "discount_amount": "0.00"}, {}, "10.00"),
            ({"quantity": -1, "discount_amount": 0}, {}, "-10.00"),
        ],
    )
    def test_one_discount_is_sent_and_never_a_zero(
        self, given: dict[str, Plain], sent: dict[str, Decimal], net: str
    ) -> None:
        """The rate stands before the amount; Xero refuses a discount of 0 on a credit line."""
        built = build(line(**given))

        found = {k: v for k, v in built.lines[0].items() if k.startswith("Discount")}
        assert (sent, Decimal(net)) == (found, built.totals.net)


class TestTaxes:
    PAIR = ({"name": "GST", "percent": "5"}, {"name": "PST", "percent": Decimal(7)})

    @pytest.mark.parametrize(
        ("given", "tax_type"),
        [
            ({"tax_rate": 20}, "OUTPUT2"),
            ({"tax_rate": None}, "NONE"),
            ({"tax_rate": 0}, "NONE"),
            ({"taxes": list(PAIR)}, "TAX001"),
            ({"taxes": [{"name": "VAT", "percent": 20}, {"name": "Old", "percent": 0}]}, "OUTPUT2"),
            ({"taxes": [{"name": None, "percent": None}, {"name": "B"}]}, "NONE"),
            ({"taxes": [], "tax_rate": 20}, "OUTPUT2"),
            ({"tax_rate": None, "tax_name": "No VAT"}, "NONE"),
        ],
    )
    def test_a_lines_taxes_are_listed_or_named(
        self, given: dict[str, Plain], tax_type: str
    ) -> None:
        """A list of several, or one name and rate; those of 0 % beside another do not count."""
        assert tax_type == build(line(**given)).lines[0]["TaxType"]

    def test_a_group_tax_is_the_first_lines_tax(self) -> None:
        """For every line, whatever else stands on it; a comment before it has none."""
        built = build(
            line(quantity=None, unit_price=None, tax_rate=None),
            line(taxes=list(self.PAIR)),
            line(tax_rate=20),
            line(tax_rate=None),
            tax_mode="group",
        )

        assert [None, "TAX001", "TAX001", "TAX001"] == [one.get("TaxType") for one in built.lines]

    def test_an_individual_tax_is_each_lines_own(self) -> None:
        """The first one has no say."""
        built = build(line(tax_rate=20), line(tax_rate=None), tax_mode="individual")

        assert ["OUTPUT2", "NONE"] == [one["TaxType"] for one in built.lines]

    @pytest.mark.parametrize(
        ("mode", "code"), [("group", "group_tax_not_combined"), ("individual", "taxes_many")]
    )
    def test_taxes_that_xero_has_not_combined_are_held(self, mode: str, code: CauseCode) -> None:
        """Each way has its own sentence."""
        taxes = [{"name": "A", "percent": 1}, {"name": "B", "percent": 2}]

        known = {"tax": "A 1 % + B 2 %", "line": 1}
        made = {"nearest": "No VAT", "parts": [["A", "1", False], ["B", "2", False]]}

        said = cause_from(code, known)
        wanted = replace(said, data={**said.data, **made})

        assert [wanted] == causes(line(taxes=taxes), tax_mode=mode)

    def test_a_line_whose_tax_is_unknown_leaves_the_others_in_step(self) -> None:
        """Lines and host ids stay side by side."""
        built = build(line(id="a"), line(id="b", tax_rate=19), line(id="c"))

        assert (("a", "b", "c"), 3, ["tax_unknown"]) == (
            built.host_ids,
            len(built.lines),
            [cause.code for cause in built.causes],
        )


class TestComments:
    def test_text_with_nothing_to_sell_is_a_comment(self) -> None:
        """Sent as text alone, counts nothing, keeps its id."""
        built = build(line(id="c", quantity=None, unit_price="", tax_rate=None, description="Hi"))

        assert (({"Description": "Hi"},), ("c",), Decimal(0), ()) == (
            built.lines,
            built.host_ids,
            built.totals.total,
            built.causes,
        )

    @pytest.mark.parametrize("given", [{"product": "p1"}, {"quantity": 0}, {"total": 5}])
    def test_a_line_that_sells_something_is_no_comment(self, given: dict[str, Plain]) -> None:
        """With a product, a quantity or a sum, it is a line that lacks something."""
        found = causes(line(**({"quantity": None, "unit_price": None} | given)))

        assert {"line_incomplete"} == {cause.code for cause in found}

    def test_a_line_with_nothing_at_all_is_incomplete(self) -> None:
        """Not even a comment."""
        empty = line(quantity=None, unit_price=None, description=None, tax_rate=None)

        assert ["quantity", "price", "description"] == [c.data["field"] for c in causes(empty)]


class TestLimits:
    @pytest.mark.parametrize("role", ["quantity", "unit_price"])
    def test_five_places_go_in_words(self, role: str) -> None:
        """Xero would round the fifth silently."""
        other = {"quantity": "1.5", "unit_price": "1.5"} | {role: "12.34567"}
        built = build(line(**other))

        assert [] == [*causes(line(**{role: "12.34560"})), *built.causes]
        (sent,) = built.lines
        words = f"\n{other['quantity']} × {other['unit_price']}"
        assert str(sent["Description"]).endswith(words)
        assert (1, Decimal("18.52")) == (sent["Quantity"], sent["UnitAmount"])

    def test_a_quantity_of_tracked_stock_is_held(self) -> None:
        """Its stock moves by the quantity, so nothing else can stand there."""
        item = LineItem("P", "Pen", None, ready=True, tracked=True)
        lookups = replace(LOOKUPS, item=lambda *_: item)
        cause = Cause("price_too_fine", {"field": "quantity of line 1", "value": "0.12345"})

        assert [cause] == causes(line(quantity="0.12345", product="1"), lookups=lookups)

    def test_4000_characters_go_and_4001_are_held(self) -> None:
        """Nothing is cut; comments likewise."""
        data = {"field": "text of line 1", "length": 4001, "limit": 4000}
        comment = {"quantity": None, "unit_price": None}

        assert [[], [Cause("text_too_long", data)], [Cause("text_too_long", data)]] == [
            causes(line(description="x" * 4000)),
            causes(line(description="x" * 4001)),
            causes(line(description="x" * 4001, **comment)),
        ]

    @pytest.mark.parametrize(
        ("given", "value"),
        [
            ({"quantity": "many"}, "many"),
            ({"discount_percent": "10%"}, "10%"),
            ({"tax_rate": "full"}, "full"),
            ({"unit_price": "1e99"}, "1e99"),
            ({"taxes": "GST"}, "GST"),
            ({"taxes": [7]}, "[7]"),
            ({"taxes": [{"name": "GST", "percent": "five"}]}, "five"),
        ],
    )
    def test_what_is_no_number_is_told_with_its_line(
        self, given: dict[str, Plain], value: str
    ) -> None:
        """The other lines are looked at all the same."""
        data = {"field": "line 2", "value": value, "type": "number"}

        assert [Cause("value_unreadable", data)] == causes(line(), line(**given), line())


class TestHeadLines:
    def test_charges_become_a_line_with_their_own_tax(self) -> None:
        """Called Charges, on the account for charges, at the end."""
        lookups = replace(LOOKUPS, charges_account="230")

        built = build(line(), charges="5.50", charges_tax=20, lookups=lookups)

        assert (
            {
                "Description": "Charges",
                "Quantity": Decimal(1),
                "UnitAmount": Decimal("5.5"),
                "AccountCode": "230",
                "TaxType": "OUTPUT2",
            },
            "@charges",
            Totals(Decimal("15.50"), Decimal("3.10")),
        ) == (built.lines[1], built.host_ids[1], built.totals)

    def test_an_adjustment_becomes_a_line_without_tax(self) -> None:
        """Negative ones too, on the mapping's account."""
        built = build(line(), adjustment="-0.01", charges_tax=20)

        assert (
            {
                "Description": "Adjustment",
                "Quantity": Decimal(1),
                "UnitAmount": Decimal("-0.01"),
                "AccountCode": "200",
                "TaxType": "NONE",
            },
            Decimal("11.99"),
        ) == (built.lines[1], built.totals.total)

    @pytest.mark.parametrize("nothing", [None, 0, "0.00", ""])
    def test_nothing_charged_is_no_line(self, nothing: Plain) -> None:
        """An empty or zero amount is left out."""
        assert 1 == len(build(line(), charges=nothing, adjustment=nothing).lines)

    @pytest.mark.parametrize(
        ("account", "cause"),
        [
            (None, Cause("account_missing", {"line": 2})),
            ("610", Cause("account_system", {"account": "610", "where": "the mapping"})),
        ],
    )
    def test_charges_need_a_usable_account(self, account: str | None, cause: Cause) -> None:
        """Else they are told like any line."""
        lookups = replace(LOOKUPS, default_account=None, charges_account=account)

        assert [cause] == causes(line(account="200"), charges=5, lookups=lookups)

    def test_a_tax_on_charges_that_xero_lacks_is_told(self) -> None:
        """With the number that their line would have."""
        (cause,) = causes(line(), charges=5, charges_tax=19)

        assert ("tax_unknown", 2) == (cause.code, cause.data["line"])

    def test_charges_too_fine_go_in_cents(self) -> None:
        """They are one piece, and come to cents anyway."""
        built = build(line(), charges="5.12345")

        assert ((), Decimal("5.12")) == (built.causes, built.lines[1]["UnitAmount"])

    @pytest.mark.parametrize("role", ["charges", "adjustment", "charges_tax"])
    def test_charges_that_are_no_number_are_told(self, role: str) -> None:
        """As what they are."""
        data = {"field": "charges", "value": "lots", "type": "number"}

        assert [Cause("value_unreadable", data)] == causes(line(), **{role: "lots"})


def test_a_text_with_a_sign_that_xero_drops_is_held() -> None:
    """It names the line, and the sign by its number where it cannot be seen."""
    data = {"field": "text of line 1", "signs": "U+0007"}

    assert [Cause("signs_not_kept", data)] == causes(line(description="Te\x07a"))


def test_a_tax_that_does_not_stand_with_its_account_names_where_that_is_from() -> None:
    """The account may be of the mapping, which is then what is to be changed."""
    rates = (TaxRate("OUTPUT2", "20%", Decimal(20), classes=frozenset({"EXPENSE"})),)
    known = replace(
        LOOKUPS, fields=replace(LOOKUPS.fields, taxes=TaxTable(rates, {"20": "OUTPUT2"}))
    )
    found = causes(line(), lookups=known)

    assert [("tax_account_mismatch", "the mapping")] == [(c.code, c.data["where"]) for c in found]


def test_a_line_that_buys_says_what_it_lacks_by_options_of_its_own() -> None:
    """The purchase account, the purchase tax; all else is said as of any line."""
    buying = replace(LOOKUPS, buys=True, default_account="")
    found = causes(line(), line(tax_rate=33), line(quantity=None), lookups=buying)

    assert {"purchase_account_missing", "purchase_tax_unknown"} < {one.code for one in found}
    assert not {"account_missing", "tax_unknown"} & {one.code for one in found}
