"""The halves of the base: what of a line counts, prices without tax, and bases of every age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.line_halves import (
    Halves,
    counted,
    crm_half,
    head_cells,
    net_amount,
    net_keys,
    read_archive,
    read_crm,
    with_tax,
    xero_cells,
    xero_half,
    xero_lines,
)
from xtiger.model.line_ids import ADJUSTMENT, CHARGES
from xtiger.model.links import Pair
from xtiger.model.records import Field, Module, Record, Ref, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.line_merge import Archive
from xtiger.rules.money import LineSum

MODULE = invoices()
RATES = {"OUTPUT2": Decimal(20), "": Decimal(0), "NONE": Decimal(0)}


def crm(
    *lines: dict[str, Plain], module: Module = MODULE, stable: bool = True, **head: Plain
) -> dict[str, Any]:
    """The CRM's half of an invoice with these lines."""
    return crm_half(Record(Ref("Invoices", "1"), head, lines), module, stable=stable)


def line(text: str, price: int, **values: Plain) -> dict[str, Plain]:
    """A line of the CRM."""
    return {"name": text, "quantity": Decimal(1), "listprice": Decimal(price), **values}


def xero(*lines: dict[str, Plain], **values: Plain) -> list[dict[str, Plain]]:
    """Xero's half of an invoice with these lines."""
    return xero_half(XeroRecord("Invoice", "x", values, lines))


def there(text: str, price: int, line_id: str = "") -> dict[str, Plain]:
    """A line of Xero."""
    made = {"Description": text, "Quantity": Decimal(1), "UnitAmount": Decimal(price)}
    return {**made, "LineItemID": line_id} if line_id else made


def cells(keys: Mapping[str, Plain]) -> dict[str, Plain]:
    """The cells of a line of Xero's half."""
    return xero_cells(keys, RATES.get)


def archive(
    base: Pair | None,
    links: dict[str, str],
    ours: dict[str, Any],
    theirs: list[dict[str, Plain]],
    *,
    stable: bool = True,
    code: str = "",
) -> Archive | None:
    """The base as read today."""
    now = Halves(read_crm(ours, MODULE), theirs, RATES.get, lambda _: code, stable)
    return read_archive(base, links, now)


class TestFeeds:
    def feeds(
        self, *lines: dict[str, Plain], module: Module = MODULE, **head: Plain
    ) -> dict[str, Plain]:
        """The feeds of the last line."""
        found = read_crm(crm(*lines, module=module, **head), module)
        return found.feeds(list(found.lines)[-1])

    def test_what_nobody_gave_feeds_nothing(self) -> None:
        """Zero discounts and empty taxes are none; a computed total is no part of a line."""
        plain, filled = (
            line("A", 1, id="1"),
            line("A", 1, id="1", discount_percent=0, taxes=[], total=Decimal(5)),
        )

        assert self.feeds(plain) == self.feeds(filled)

    def test_a_name_that_is_only_shown_is_the_products(self) -> None:
        """Renaming a product changes no line, unless the CRM lets people write the name."""
        shown = replace(
            MODULE, lines=tuple(replace(f, writable=f.role != "line.name") for f in MODULE.lines)
        )
        old, new = line("Old", 1, id="1", product_id="7"), line("New", 1, id="1", product_id="7")

        assert self.feeds(old, module=shown) == self.feeds(new, module=shown)
        assert self.feeds(old) != self.feeds(new)

    def test_group_taxes_are_the_first_lines(self) -> None:
        """The first line's tax changed: so did that of the second."""
        first, second = line("A", 1, id="1"), line("B", 1, id="2")
        taxed = {**first, "tax_percent": Decimal(20)}

        assert (
            self.feeds(first, second, taxtype="group")["TaxType"]
            != self.feeds(taxed, second, taxtype="group")["TaxType"]
        )
        assert self.feeds(first, second)["TaxType"] == self.feeds(taxed, second)["TaxType"]

    def test_an_item_gives_the_account_that_the_line_lacks(self) -> None:
        """Another product is another account, but for a line with its own."""
        one, two = line("A", 1, id="1", product_id="7"), line("A", 1, id="1", product_id="8")

        assert self.feeds(one)["AccountCode"] != self.feeds(two)["AccountCode"]
        assert self.feeds({**one, "account": "200"})["AccountCode"] == "200"

    def test_the_head_makes_lines(self) -> None:
        """Charges and adjustment, when they are not zero."""
        found = read_crm(crm(charges=Decimal(5), charges_tax=Decimal(20), adjustment=0), MODULE)
        other = read_crm(crm(adjustment=Decimal(-1)), MODULE)

        assert ([CHARGES], {"UnitAmount": 5, "TaxType": 20}) == (
            found.ids(),
            found.feeds(CHARGES),
        )
        assert ([ADJUSTMENT], {"UnitAmount": -1}) == (
            other.ids(),
            other.feeds(ADJUSTMENT),
        )


class TestXero:
    def test_prices_with_tax_become_prices_without(self) -> None:
        """At four decimals; discounts as amounts, too; an unknown rate changes nothing."""
        keys = {
            **there("A", 12),
            "TaxType": "OUTPUT2",
            "DiscountAmount": Decimal(6),
            "Amounts": "Inclusive",
        }

        assert (10, ["amount", 5]) == (cells(keys)["UnitAmount"], cells(keys)["Discount"])
        assert 12 == cells({**keys, "TaxType": "NEW"})["UnitAmount"]
        rated = {**there("A", 12), "TaxType": "OUTPUT2", "DiscountRate": 5, "Amounts": "Inclusive"}
        assert ["rate", 5] == cells(rated)["Discount"]
        bare = {"Description": "x", "Quantity": 1, "TaxType": "OUTPUT2", "Amounts": "Inclusive"}
        assert "UnitAmount" not in cells(bare)

    def test_a_document_without_tax(self) -> None:
        """Every line is at NONE, and the half remembers why."""
        (keys,) = xero(there("A", 1, "l"), LineAmountTypes="NoTax")

        assert ("NoTax", "NONE") == (keys["Amounts"], cells(keys)["TaxType"])

    @pytest.mark.parametrize(
        ("amounts", "tax", "expected"),
        [
            ("Inclusive", "OUTPUT2", (10, 5, "OUTPUT2")),
            ("Inclusive", "NEW", (12, 6, "NEW")),
            ("Exclusive", "OUTPUT2", (12, 6, "OUTPUT2")),
            ("NoTax", "OUTPUT2", (12, 6, "NONE")),
        ],
    )
    def test_keys_are_net(self, amounts: str, tax: str, expected: tuple[object, ...]) -> None:
        """Prices and discounts without tax, as the CRM's lines are sent; a text stays a text."""
        values = {"LineAmountTypes": amounts}
        sold = {**there("A", 12), "TaxType": tax, "DiscountAmount": Decimal(6)}
        record = XeroRecord("Invoice", "i", values, (sold, {"Description": "x"}))

        found, text = net_keys(record, RATES.get)

        assert expected == (found["UnitAmount"], found["DiscountAmount"], found["TaxType"])
        assert {"Description": "x"} == text

    def test_a_comment_is_its_text(self) -> None:
        """Zeros and taxes beside it say nothing; a price without quantity is one piece."""
        empty = {"Description": "x", "Quantity": Decimal(0), "TaxType": "NONE"}

        assert {"Description": "x"} == cells(empty)
        assert 1 == cells({"UnitAmount": Decimal(3)})["Quantity"]

    def test_lines_of_the_head_count_as_one_piece(self) -> None:
        """Two pieces less a discount: one at the net amount."""
        keys = {**there("Charges", 5, "l"), "Quantity": Decimal(2), "DiscountRate": Decimal(10)}
        (found,) = xero_lines([keys], RATES.get, {"l"})
        (plain,) = xero_lines([keys], RATES.get, set())

        assert {"Description": "Charges", "Quantity": 1, "UnitAmount": 9} == found.cells
        assert 2 == plain.cells["Quantity"]
        assert 9 == net_amount(cells(keys))
        assert 1 == head_cells({"UnitAmount": Decimal(4)})["Quantity"]

    def test_a_line_without_id_gets_its_place(self) -> None:
        """An answer without LineItemIDs is still told apart."""
        assert ["#0", "#1"] == [k["LineItemID"] for k in xero(there("A", 1), there("B", 2))]


OURS = crm(line("A", 1, id="1"), line("B", 2, id="2"), charges=Decimal(5))
THEIRS = xero(there("A", 1, "x1"), there("Charges", 5, "xc"), there("B", 2, "x2"))
LINKS = {"1": "x1", "2": "x2", "@charges": "xc"}


def linked(found: Archive | None) -> list[tuple[str, str]]:
    """(CRM id, Xero id) of the lines of a base."""
    assert found is not None
    return [(one.crm_id, one.xero_id) for one in found.lines]


class TestArchive:
    def test_lines_are_linked_by_their_ids(self) -> None:
        """Each by its link, whatever the order; Xero's own order is kept."""
        found = archive(Pair(OURS, THEIRS), LINKS, OURS, THEIRS)

        assert [("1", "x1"), ("2", "x2"), ("@charges", "xc")] == linked(found)
        assert found is not None
        assert ("x1", "xc", "x2") == found.xero_order

    @pytest.mark.parametrize(
        ("pair", "links"),
        [
            (None, {}),
            (Pair("AUTHORISED", "x"), {}),
            (Pair(OURS, None), {}),
            (Pair(OURS, THEIRS), {"1": "x1"}),
            (Pair(OURS, THEIRS), {**LINKS, "2": "x1"}),
        ],
    )
    def test_what_cannot_be_linked_is_no_base(
        self, pair: Pair | None, links: dict[str, str]
    ) -> None:
        """Half a base would double lines: it counts as none."""
        assert archive(pair, links, OURS, THEIRS) is None

    def test_an_old_base_is_linked_by_its_order(self) -> None:
        """Without ids the lines stand as they were sent; today's ids are found by content."""
        old = Pair(
            {"lines": [line("A", 1), line("B", 2)], "head": {}}, [there("A", 1), there("B", 2)]
        )
        ours = crm(line("B", 2, id="7"), line("A", 1, id="8"))
        theirs = xero(there("A", 1, "y1"), there("B", 2, "y2"))

        assert [("8", "y1"), ("7", "y2")] == sorted(
            linked(archive(old, {}, ours, theirs)), key=lambda pair: pair[1]
        )
        short = Pair(old.crm, [there("A", 1)])
        assert archive(short, {}, ours, theirs) is None

    def test_a_host_without_lasting_ids(self) -> None:
        """The base's places become today's; a line that is gone has none."""
        before = crm(line("A", 1), line("B", 2), stable=False)
        new = {**line("New", 7), "quantity": Decimal(3)}
        after = crm(new, line("B", 2), stable=False)
        theirs = xero(there("A", 1, "x1"), there("B", 2, "x2"))
        links = {"#0": "x1", "#1": "x2"}

        found = linked(archive(Pair(before, theirs), links, after, theirs, stable=False))

        assert [("~0", "x1"), ("#1", "x2")] == found

    def test_a_renamed_item_is_no_edit(self) -> None:
        """Xero shows the item's new code: the base counts as having it, no other code does."""
        base = xero({**there("A", 1, "x1"), "ItemCode": "OLD"})
        ours = crm(line("A", 1, id="1", product_id="7"))
        for code, wanted in (("NEW", "NEW"), ("ELSE", "OLD")):
            now = xero({**there("A", 1, "x1"), "ItemCode": "NEW"})
            found = archive(Pair(ours, base), {"1": "x1"}, ours, now, code=code)

            assert found is not None
            assert wanted == found.lines[0].cells["ItemCode"]


@pytest.mark.parametrize(("amount", "linked"), [("0.02", False), ("0.02", True), ("2", True)])
def test_a_small_adjustment_without_a_line_is_rounding(amount: str, linked: bool) -> None:
    """One that has a line in Xero goes on having it, and a large one has one."""
    half = read_crm(crm(line("Work", 10), adjustment=Decimal(amount)), MODULE)
    links = {ADJUSTMENT: "l2"} if linked else {}

    assert ([ADJUSTMENT] if linked else []) == half.in_head(links)
    assert [ADJUSTMENT] == half.in_head()


@pytest.mark.parametrize(
    ("amounts", "net", "tax"),
    [("", "19.98", "4.00"), ("NoTax", "19.98", "0"), ("Inclusive", "16.65", "3.33")],
)
def test_a_line_counts_as_its_document(amounts: str, net: str, tax: str) -> None:
    """With tax in the price, without it, or with no tax at all."""
    line = {"Quantity": Decimal(2), "UnitAmount": Decimal("9.99")}

    assert LineSum(Decimal(net), Decimal(tax)) == counted(line, Decimal(20), amounts)


def test_tax_goes_into_prices_and_amounts() -> None:
    """Of a price without tax, or instead of another one; a rate is none of money."""
    twenty, five = Decimal(20), Decimal(5)

    assert Decimal(12) == with_tax(Decimal(10), twenty)
    assert Decimal("10.5") == with_tax(Decimal(12), five, twenty)
    assert ["amount", Decimal("1.2")] == with_tax(["amount", Decimal(1)], twenty)
    assert [["rate", twenty], None] == [with_tax(["rate", twenty], five), with_tax(None, five)]


def test_a_sign_and_a_whole_discount_feed_as_xero_has_them() -> None:
    """The price bears the sign; an amount that takes all is 100 %."""
    back = {"quantity": Decimal(-2), "listprice": Decimal(5), "discount_amount": Decimal(4)}
    free = {"quantity": Decimal(2), "listprice": Decimal(5), "discount_amount": Decimal(10)}
    half = read_crm(crm({"name": "A", **back}, {"name": "B", **free}), MODULE)
    names = ("Quantity", "UnitAmount", "Discount")
    found = [tuple(half.feeds(one)[name] for name in names) for one in half.lines]

    assert [(2, -5, [None, 4]), (2, 5, [100, None])] == found


def test_the_head_of_a_crm_that_keeps_the_tax_there_has_it() -> None:
    """So that another tax alone is an edit of the lines."""
    by_rate = ("line.tax_rate", "line.tax_name", "line.taxes")
    module = replace(
        MODULE,
        lines=tuple(f for f in MODULE.lines if f.role not in by_rate),
        fields=(*MODULE.fields, Field("vat", "money", role="invoice.tax")),
    )

    assert "4" == str(crm(line("Tea", 20), module=module, vat=Decimal(4))["head"]["tax"])
