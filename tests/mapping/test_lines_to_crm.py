"""Xero's lines as the CRM's values: items, texts, taxes by the CRM's names, and the CRM's total."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.lines_to_crm import (
    NAMELESS,
    InLookups,
    SoldItem,
    crm_tax,
    crm_total,
    line_values,
)
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause
from xtiger.model.records import Choice, Field, Module, Tax
from xtiger.model.values import Plain
from xtiger.rules.taxes import CrmTax, TaxTable

MODULE = invoices()
REVENUE = frozenset({"REVENUE"})
RATES = (
    TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20), classes=REVENUE),
    TaxRate("ALSO20", "Other 20 %", Decimal(20), classes=REVENUE),
    TaxRate("RROUTPUT", "5% (VAT on Income)", Decimal(5), classes=REVENUE),
)
ITEMS: dict[str, SoldItem | Cause] = {
    "P": SoldItem("product", "1", "Pen"),
    "S": SoldItem("service", "2", "Advice"),
    "W": Cause("waits_for_parent", {"parent": "W"}),
}


def lookups(*crm_taxes: Tax, **tax_map: str) -> InLookups:
    """Look-ups with these taxes of the CRM and this tax map."""
    accounts = {"200": Account("1", "200", "Sales", "REVENUE", "REVENUE", "OUTPUT2")}
    return InLookups(ITEMS.get, TaxTable(RATES, tax_map), accounts, crm_taxes)


def values(cells: dict[str, Plain], *, module: Module = MODULE, now: Any = None) -> dict[str, Any]:
    """The values of one line without those that are empty."""
    found = line_values(module, cells, lookups(), number=1, now=now)
    assert not isinstance(found, Cause)
    return {name: value for name, value in found.items() if value not in (None, [])}


def changed(role: str, **given: Any) -> Module:
    """The module with the line field of a role changed."""
    return replace(
        MODULE, lines=tuple(replace(f, **given) if f.role == role else f for f in MODULE.lines)
    )


def without(*roles: str) -> Module:
    """The module without these fields."""
    return replace(
        MODULE,
        fields=tuple(f for f in MODULE.fields if f.role not in roles),
        lines=tuple(f for f in MODULE.lines if f.role not in roles),
    )


class TestLines:
    def test_a_product_and_a_service(self) -> None:
        """By the item's link, with its name; another item takes the place of the first."""
        assert {"product_id": "1", "name": "Pen"} == values({"ItemCode": "P"})
        assert {"service_id": "2", "name": "Advice"} == values({"ItemCode": "S"})
        assert {} == values({"ItemCode": "GONE"})
        both = values({"ItemCode": "P", "Description": "Blue"}, now={"name": "Old"})
        assert {"product_id": "1", "name": "Pen", "comment": "Blue"} == both

    def test_an_item_on_its_way_holds_the_line(self) -> None:
        """The cause of the item is the line's."""
        assert ITEMS["W"] == line_values(MODULE, {"ItemCode": "W"}, lookups(), number=1)

    @pytest.mark.parametrize(
        ("now", "module", "field"),
        [
            ({}, MODULE, "comment"),
            ({"name": "Old"}, MODULE, "name"),
            ({"name": "Pen", "product_id": "1"}, MODULE, "comment"),
            ({"name": "Old", "comment": "Old"}, MODULE, "comment"),
            ({}, without("line.description"), "name"),
        ],
    )
    def test_a_text_goes_where_it_came_from(
        self, now: dict[str, Plain], module: Module, field: str
    ) -> None:
        """Into the description, or the name when that is the line's text."""
        assert {field: "New"} == values({"Description": "New"}, module=module, now=now)

    def test_a_name_that_the_crm_demands(self) -> None:
        """Six question marks, but never over a name that is there."""
        module = changed("line.name", required=True)

        assert {"name": NAMELESS, "comment": "x"} == values({"Description": "x"}, module=module)
        assert {"quantity": 2} == values({"Quantity": 2}, module=module, now={"name": "A"})

    def test_numbers_and_discounts(self) -> None:
        """A demanded number is 0 for none; one kind of discount takes the other's place."""
        assert {"quantity": Decimal(0)} == values({"Quantity": None})
        loose = changed("line.quantity", required=False)
        assert {} == values({"Quantity": None}, module=loose)
        assert {"discount_percent": 5} == values({"Discount": ["rate", 5]})
        assert {"discount_amount": 5} == values({"Discount": ["amount", 5]})
        assert {} == values({"Discount": None})

    def test_an_account_by_the_crms_own_choice(self) -> None:
        """The entry of the pick list that begins with the code, else the code."""
        picked = changed("line.account", type="choice", choices=(Choice("200-Sales", "Sales"),))

        assert {"account": "200-Sales"} == values({"AccountCode": "200"}, module=picked)
        assert {"account": "400"} == values({"AccountCode": "400"}, module=picked)
        assert {} == values({"AccountCode": "200"}, module=without("line.account"))

    def test_a_tax_by_the_roles_that_the_crm_has(self) -> None:
        """Name and rate, or a list of one; no tax empties them; an unknown one is told."""
        name = "20% (VAT on Income)"
        listed = without("line.tax_name", "line.tax_rate")

        assert {"tax_name": name, "tax_percent": 20} == values({"TaxType": "OUTPUT2"})
        assert {"taxes": [{"name": name, "percent": 20}]} == values(
            {"TaxType": "OUTPUT2"}, module=listed
        )
        assert {} == values({"TaxType": "NONE"})
        unknown = line_values(MODULE, {"TaxType": "NEW"}, lookups(), number=3)
        assert Cause("tax_not_read", {"tax": "NEW", "line": 3}) == unknown


class TestTaxes:
    @pytest.mark.parametrize(
        ("tax_map", "expected"),
        [
            ({"Mine|20": "OUTPUT2"}, CrmTax("Mine", Decimal(20))),
            ({"Mine": "OUTPUT2"}, CrmTax("Mine", Decimal(20))),
            ({"20": "OUTPUT2"}, CrmTax("", Decimal(20))),
            ({"Mine|19": "OUTPUT2"}, CrmTax("20% (VAT on Income)", Decimal(20))),
            ({"A + B": "OUTPUT2"}, CrmTax("20% (VAT on Income)", Decimal(20))),
        ],
    )
    def test_the_tax_map_names_it(self, tax_map: dict[str, str], expected: CrmTax) -> None:
        """By name, name and rate, or rate, but never at another rate than Xero's."""
        assert expected == crm_tax("OUTPUT2", None, lookups(**tax_map), MODULE, 1)

    def test_the_crms_own_taxes_come_next(self) -> None:
        """One of the same rate that means this tax again; the account decides between two."""
        own = Tax("1", "VAT", 20)

        assert CrmTax("VAT", Decimal(20)) == crm_tax("OUTPUT2", "200", lookups(own), MODULE, 1)
        assert CrmTax("Other 20 %", Decimal(20)) == crm_tax(
            "ALSO20", "200", lookups(own), MODULE, 1
        )

    def test_a_pick_list_of_taxes(self) -> None:
        """Only a name that it has; else the rate alone."""
        some = changed("line.tax_name", type="choice", choices=(Choice("VAT", "VAT"),))
        own = Tax("1", "VAT", 5)

        assert CrmTax("VAT", Decimal(5)) == crm_tax("RROUTPUT", None, lookups(own), some, 1)
        assert CrmTax("", Decimal(5)) == crm_tax("RROUTPUT", None, lookups(), some, 1)

    def test_a_tax_that_means_no_single_one_is_named_as_xero_does(self) -> None:
        """Not to be found again by name and rate, it still has both."""
        twin = (*RATES, TaxRate("RR2", "5% (VAT on Income)", Decimal(5), classes=REVENUE))
        double = replace(lookups(), taxes=TaxTable(twin, {}))

        assert CrmTax("5% (VAT on Income)", Decimal(5)) == crm_tax("RR2", None, double, MODULE, 1)


class TestTotal:
    def test_lines_and_head(self) -> None:
        """Each line rounded, with its tax; charges with theirs, and the adjustment."""
        head = {"charges": Decimal(5), "charges_tax": Decimal(20), "adjustment": Decimal(-1)}
        lines = [
            {"quantity": Decimal(3), "listprice": Decimal("0.335"), "tax_percent": 20},
            {"quantity": Decimal(1), "listprice": Decimal(10), "discount_percent": 10},
        ]

        assert Decimal("1.01") + Decimal("0.20") + 9 + 6 - 1 == crm_total(MODULE, head, lines)

    def test_group_tax_is_the_first_lines(self) -> None:
        """The others' own percentages do not count."""
        lines = [
            {"quantity": 1, "listprice": 10, "tax_percent": 20},
            {"quantity": 1, "listprice": 10, "tax_percent": 5},
        ]

        assert Decimal(24) == crm_total(MODULE, {"taxtype": "group"}, lines)

    def test_decimals_that_the_crm_does_not_keep(self) -> None:
        """The price is counted as the CRM will have it."""
        coarse = changed("line.unit_price", decimals=2)
        lines = [{"quantity": Decimal(1000), "listprice": Decimal("0.0149")}]

        assert (Decimal("14.90"), Decimal("10.00")) == (
            crm_total(MODULE, {}, lines),
            crm_total(coarse, {}, lines),
        )

    def test_no_number_is_told(self) -> None:
        """The value is named."""
        with pytest.raises(ValueError, match="lots"):
            crm_total(MODULE, {}, [{"quantity": "lots"}])


def test_fields_that_cannot_be_written_are_left_out() -> None:
    """A CRM that computes names and takes no discounts gets neither."""
    module = replace(
        changed("line.name", writable=False),
        lines=tuple(
            replace(f, writable=f.role not in ("line.name", "line.discount_percent"))
            for f in MODULE.lines
        ),
    )

    assert {"product_id": "1"} == values({"ItemCode": "P"}, module=module)
    assert {} == values({"Discount": ["rate", 5]}, module=module)
    assert Field("x").writable


def described() -> str:
    """The name of the field that holds a line's description."""
    field = MODULE.by_role("line.description")
    assert field is not None
    return field.name


def test_another_item_leaves_the_text_that_both_sides_have() -> None:
    """Its name would take the place of the text that the line says on both sides."""
    found = line_values(
        MODULE, {"ItemCode": "S"}, lookups(), number=1, now={"name": "Old"}, text="Old"
    )

    assert not isinstance(found, Cause)
    assert ("Advice", "Old") == (found["name"], found[described()])


def test_another_item_of_a_line_with_its_own_description_leaves_it() -> None:
    """The description of before is what the line says, so nothing is written over it."""
    now = {described(): "Blue"}
    found = line_values(MODULE, {"ItemCode": "S"}, lookups(), number=1, now=now, text="Blue")

    assert not isinstance(found, Cause)
    assert described() not in found


@pytest.mark.parametrize(("own", "named"), [("VAT", "VAT"), ("Other", "VAT 5 %")])
def test_a_tax_mapped_as_people_write_it_is_the_crms_own(own: str, named: str) -> None:
    """The percentage is no part of the name where the CRM has the tax without it."""
    known = lookups(Tax("1", own, Decimal(5)), **{"VAT 5 %": "RROUTPUT"})

    assert CrmTax(named, Decimal(5)) == crm_tax("RROUTPUT", None, known, MODULE, 1)


def test_what_comes_in_keeps_the_sign_of_the_crm() -> None:
    """-2 × 5 is 2 × -5 in Xero: both numbers turn."""
    now = {"quantity": Decimal(-2), "listprice": Decimal(5)}

    wanted = {"quantity": Decimal(-3), "listprice": Decimal(6)}
    assert wanted == values({"Quantity": Decimal(3), "UnitAmount": Decimal(-6)}, now=now)
    assert {"quantity": 0} == values({"Quantity": None}, now=now)


def test_a_whole_discount_goes_on_taking_all() -> None:
    """It is 100 % in Xero, and an amount in the CRM."""
    now = {"quantity": Decimal(2), "listprice": Decimal(5), "discount_amount": Decimal(10)}

    wanted = {"listprice": Decimal(7), "discount_amount": Decimal(14)}
    assert wanted == values({"UnitAmount": Decimal(7)}, now=now)


def test_a_crm_that_keeps_the_tax_of_a_line_as_an_amount_gets_the_amount() -> None:
    """Counted from the line as it will be, to the cent."""
    bare = without("line.tax_rate", "line.tax_name", "line.taxes")
    module = replace(bare, lines=(*bare.lines, Field("vat", "money", role="line.tax")))
    cells: dict[str, Plain] = {
        "Quantity": Decimal(3),
        "UnitAmount": Decimal("0.99"),
        "TaxType": "OUTPUT2",
    }

    assert Decimal("0.59") == values(cells, module=module)["vat"]


SUMS = (Field("net", "money", role="line.total"), Field("vat", "money", role="line.tax"))


@pytest.mark.parametrize(
    ("needed", "wanted"),
    [
        ((), {}),
        (("net",), {"net": Decimal("2.97")}),
        (("vat",), {"vat": Decimal("0.59")}),
        (("net", "vat"), {"net": Decimal("2.97"), "vat": Decimal("0.59")}),
    ],
)
def test_sums_that_the_crm_must_have_are_summed_up(
    needed: tuple[str, ...], wanted: dict[str, Decimal]
) -> None:
    """A CRM that demands what its lines come to computes it not; others are left alone."""
    bare = without("line.total")
    sums = [replace(one, required=one.name in needed) for one in SUMS]
    module = replace(bare, lines=(*bare.lines, *sums))
    cells: dict[str, Plain] = {"UnitAmount": Decimal("0.99"), "TaxType": "OUTPUT2"}
    now = {"quantity": Decimal(3)}
    found = values(cells, module=module, now=now)

    assert wanted == {name: found[name] for name in ("net", "vat") if name in found}
    assert {"comment": "Tea"} == values({"Description": "Tea"}, module=module, now=now)


def test_a_sum_follows_a_tax_that_is_kept_as_an_amount() -> None:
    """Where the amount is the tax it is written once, needed or not."""
    bare = without("line.tax_rate", "line.tax_name", "line.taxes", "line.total")
    module = replace(bare, lines=(*bare.lines, *(replace(one, required=True) for one in SUMS)))
    cells: dict[str, Plain] = {"UnitAmount": Decimal(10), "TaxType": "OUTPUT2"}

    assert {"listprice": 10, "net": 20, "vat": 4} == values(
        cells, module=module, now={"quantity": Decimal(2)}
    )
