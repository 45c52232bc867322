"""Mappings before they are saved: what cannot work is told, row by row and option by option."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.errors import MappingInvalid
from xtiger.hosts.standard import standard_modules
from xtiger.mapping.check import mapping_problems, with_option
from xtiger.mapping.default_rows import default_rows
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.mappings import Mapping, Row
from xtiger.model.records import Field, Module

MODULE = Module(
    "Clients",
    "organisation",
    "Clients",
    (Field("title", role="organisation.name"), Field("phone"), Field("rating", "decimal")),
)
GOODS = Module("Goods", "product", "Goods", (Field("price", "money"), Field("note"), Field("n")))
ACCOUNTS = (
    Account("a1", "200", "Sales", "SALES", "REVENUE"),
    Account("a2", "610", "Debtors", "CURRENT", "ASSET", system="DEBTORS"),
    Account("a3", "", "Bank", "BANK", "ASSET"),
    Account("a4", "090", "Euro", "BANK", "ASSET", currency="EUR"),
)
RATES = (
    TaxRate("OUTPUT2", "20%", Decimal(20)),
    TaxRate("OLD", "17.5%", Decimal("17.5"), status="DELETED"),
)


def problems(*rows: Row, module: Module | None = MODULE, kind: str = "Contact") -> list[str]:
    """What is wrong with these rows."""
    return mapping_problems(Mapping(module.name if module else "Cars", kind, rows), module)


class TestRows:
    @pytest.mark.parametrize("module", standard_modules(), ids=lambda module: module.name)
    def test_the_default_mappings_can_be_saved(self, module: Module) -> None:
        """Of every standard module."""
        kinds = {
            "organisation": "Contact",
            "product": "Item",
            "service": "Item",
            "contact": "Person",
            "invoice": "Invoice",
            "payment": "Payment",
        }
        role = module.role or ""

        assert [] == problems(*default_rows(role), module=module, kind=kinds.get(role, "Contact"))

    def test_a_module_that_the_crm_lacks_is_told(self) -> None:
        """Nothing else can be checked then."""
        assert ["The CRM has no module Cars."] == problems(Row("title", "Name"), module=None)

    def test_a_role_that_the_crm_lacks_is_no_problem(self) -> None:
        """The row waits for a host that has it."""
        assert [] == problems(Row("organisation.fax", "Phones.FAX"))

    @pytest.mark.parametrize(
        ("row", "kind", "sentence"),
        [
            (Row("colour", "TaxNumber"), "Contact", "Clients has no field colour."),
            (Row("phone", "Shoe"), "Contact", "Xero's Contact has no field Shoe."),
            (Row("phone", "Name"), "Payment", "Xero's Payment has no field Name."),
            (
                Row("phone", "Website", direction="to_xero"),
                "Contact",
                "Xero lets nobody write Website; choose from Xero to the CRM.",
            ),
        ],
    )
    def test_a_row_that_cannot_work_is_told(self, row: Row, kind: str, sentence: str) -> None:
        """By the name that its author gave it."""
        assert [sentence] == problems(row, kind=kind)

    @pytest.mark.parametrize("path", ["SalesDetails.UnitPrice", "QuantityOnHand"])
    def test_a_number_needs_a_number_field(self, path: str) -> None:
        """Text could not be read as a price."""
        row, right = (Row(name, path, direction="to_crm") for name in ("note", "price"))

        assert [[f"note is no number, {path} is one."], []] == [
            problems(one, module=GOODS, kind="Item") for one in (row, right)
        ]

    def test_a_field_of_xero_has_one_source(self) -> None:
        """Two would overwrite each other in turn."""
        assert ["TaxNumber is mapped twice."] == problems(
            Row("phone", "TaxNumber", direction="to_xero"),
            Row("title", "TaxNumber", direction="to_xero"),
        )

    def test_a_field_of_the_crm_has_one_source(self) -> None:
        """It may be sent to two fields of Xero, but come from one of them only."""
        sends = Row("phone", "Phones.MOBILE", direction="to_xero")
        said = "phone is filled from two fields of Xero; let one go to Xero only."

        assert [[], [said]] == [
            problems(Row("phone", "Phones.DEFAULT"), sends),
            problems(sends, Row("phone", "Phones.DEFAULT"), Row("phone", "Phones.FAX")),
        ]

    def test_every_wrong_row_is_told(self) -> None:
        """Not one per attempt."""
        assert 2 == len(problems(Row("colour", "Name"), Row("phone", "Shoe")))


def options(name: str, value: str, **before: Any) -> dict[str, Any]:
    """The options after setting one."""
    mapping = Mapping("Clients", "Contact", (), options=before)
    return dict(with_option(mapping, name, value, ACCOUNTS, RATES).options)


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("type:both", "Key account", {"type_words": {"both": "Key account"}}),
            ("types_from_xero", "yes", {"types_from_xero": True}),
            ("people_without_company", "", {"people_without_company": False}),
            ("sales_account", "200-Sales", {"sales_account": "200"}),
            ("charges_account", "200", {"charges_account": "200"}),
            ("tax:VAT|20", "OUTPUT2", {"tax_map": {"VAT|20": "OUTPUT2"}}),
            ("status:Sent", "AUTHORISED", {"status_map": {"Sent": "AUTHORISED"}}),
            ("tax:A:B", "OUTPUT2", {"tax_map": {"A:B": "OUTPUT2"}}),
            ("due_days", " 030 ", {"due_days": "30"}),
            ("due_days", "Terms", {"due_days": "terms"}),
            ("due_days", "", {"due_days": None}),
            ("from_xero:SENT", "Gone out", {"status_from_xero": {"SENT": "Gone out"}}),
            ("receipts:eur", "090", {"receipt_accounts": {"EUR": "090"}}),
            ("receipts:GBP", "Bank", {"receipt_accounts": {"GBP": "Bank"}}),
        ],
    )
    def test_an_option_is_set(self, name: str, value: str, expected: dict[str, Any]) -> None:
        """An account by its code, a tax or status by the CRM's word."""
        assert expected == options(name, value)

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("receipts:GBP", "090", "Account 090 is no active bank account in GBP."),
            ("receipts:EUR", "200", "Account 200 is no active bank account in EUR."),
            ("receipts:EURO", "090", "EURO is no currency."),
            ("receipts:E1R", "090", "E1R is no currency."),
        ],
    )
    def test_receipts_go_to_a_bank_account_in_their_currency(
        self, name: str, value: str, said: str
    ) -> None:
        """Another account, or a word that is no currency, is told."""
        with pytest.raises(MappingInvalid, match=said):
            options(name, value)

    def test_items_name_the_module_of_new_ones(self) -> None:
        """Only a mapping of items has the option."""
        items = Mapping("Goods", "Item", ())

        assert {"new_items": "Work"} == with_option(items, "new_items", "Work", (), ()).options

    def test_payments_list_statuses(self) -> None:
        """With commas; an empty list goes back to the usual ones."""
        payments = Mapping("Payments", "Payment", ())
        chosen = with_option(payments, "payable_statuses", "Approved, Sent,", (), ())

        assert {"payable_statuses": ["Approved", "Sent"]} == chosen.options
        assert {} == with_option(chosen, "payable_statuses", " ", (), ()).options

    def test_other_options_stay(self) -> None:
        """Setting one word leaves the others."""
        assert {"due_days": 14, "tax_map": {"A": "X", "B": "OUTPUT2"}} == options(
            "tax:B", "OUTPUT2", due_days=14, tax_map={"A": "X"}
        )

    @pytest.mark.parametrize(
        ("name", "before", "after"),
        [
            ("sales_account", {"sales_account": "200"}, {"sales_account": None}),
            ("tax:A", {"tax_map": {"A": "X", "B": "Y"}}, {"tax_map": {"B": "Y"}}),
            ("status:A", {}, {"status_map": {}}),
        ],
    )
    def test_an_empty_value_takes_it_away(
        self, name: str, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Also one that was never set."""
        assert after == options(name, "", **before)

    def test_the_mapping_itself_is_not_changed(self) -> None:
        """Versions are kept; each is a copy."""
        before = Mapping("Clients", "Contact", (), options={"tax_map": {"A": "X"}})

        with_option(before, "tax:A", "OUTPUT2", ACCOUNTS, RATES)

        assert {"tax_map": {"A": "X"}} == before.options

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("sales_account", "999", "Xero has no account 999. See: xtiger accounts"),
            ("sales_account", "610", "one of Xero's system accounts and cannot be used here."),
            ("tax:VAT", "MAGIC", "Xero has no active tax rate of the type MAGIC."),
            ("tax:VAT", "OLD", "Xero has no active tax rate of the type OLD."),
            ("status:Sent", "PAID", "PAID is no status to send. Use one of: DRAFT, SUBMITTED"),
            (
                "colour",
                "red",
                "There is no option colour. Known: types_from_xero, type_overwrites, type:",
            ),
            ("tax:", "OUTPUT2", "There is no option tax:."),
            ("from_xero:NEW", "x", "NEW is no status of Xero. Use one of: DRAFT, SUBMITTED"),
            ("new_items", "Services", "There is no option new_items."),
            ("tax", "OUTPUT2", "There is no option tax."),
        ],
    )
    def test_a_wrong_value_is_told_before_it_is_saved(
        self, name: str, value: str, sentence: str
    ) -> None:
        """With what would be right, or where to look it up."""
        with pytest.raises(MappingInvalid) as caught:
            options(name, value)

        assert sentence in str(caught.value)


def test_a_word_for_a_use_that_xero_does_not_have_is_refused() -> None:
    """Xero uses a contact as customer, vendor or both."""
    with pytest.raises(MappingInvalid, match="type:customer"):
        options("type:friend", "Friend")


BANK = Account("b1", "090", "Bank", "BANK", "ASSET")
TILL = Account("b2", "", "Till", "BANK", "ASSET")


@pytest.mark.parametrize(
    ("value", "kept"), [("090", "090"), ("090-Bank", "090"), ("Till", "Till"), ("", None)]
)
def test_payments_name_the_account_that_takes_them(value: str, kept: str | None) -> None:
    """By its code, or its name where it has none; an empty value takes the choice away."""
    payments = Mapping("Payments", "Payment", (), options={"payment_account": "old"})
    found = with_option(payments, "payment_account", value, (*ACCOUNTS, BANK, TILL), RATES)

    assert {"payment_account": kept} == found.options


@pytest.mark.parametrize("value", ["200", "Nowhere"])
def test_an_account_that_takes_no_payments_is_refused(value: str) -> None:
    """One of income, or none that Xero has."""
    payments = Mapping("Payments", "Payment", ())
    with pytest.raises(MappingInvalid, match="xtiger accounts"):
        with_option(payments, "payment_account", value, (*ACCOUNTS, BANK), RATES)


@pytest.mark.parametrize("value", ["soon", "-1", "367", "1.5"])
def test_days_that_no_customer_has_are_refused(value: str) -> None:
    """Whole days up to a year, or the customer's terms."""
    with pytest.raises(MappingInvalid, match="no number of days"):
        with_option(Mapping("Invoices", "Invoice", ()), "due_days", value, (), ())


@pytest.mark.parametrize(("given", "kept"), [("0.02", "0.02"), ("0,05", "0.05"), ("0", "0")])
def test_a_limit_for_rounding_is_an_amount(given: str, kept: str) -> None:
    """With a point or a comma; empty takes it away again."""
    invoices = Mapping("Invoices", "Invoice", ())

    found = with_option(invoices, "rounding_limit", given, (), ())

    assert {"rounding_limit": kept} == found.options
    assert {} == with_option(found, "rounding_limit", "", (), ()).options


@pytest.mark.parametrize("given", ["much", "-0.01", "1.01"])
def test_any_other_limit_is_refused(given: str) -> None:
    """With what may be given."""
    with pytest.raises(MappingInvalid, match=r"Give an amount from 0 to 1, such as 0\.05\."):
        with_option(Mapping("Invoices", "Invoice", ()), "rounding_limit", given, (), ())


@pytest.mark.parametrize("given", ["xero", " CRM ", "ask"])
def test_rates_come_from_one_of_three(given: str) -> None:
    """In any case; empty takes it away again."""
    found = with_option(Mapping("Invoices", "Invoice", ()), "rate_source", given, (), ())

    assert {"rate_source": given.strip().lower()} == found.options
    assert {} == with_option(found, "rate_source", "", (), ()).options


def test_another_source_of_rates_is_refused() -> None:
    """With the three that there are."""
    with pytest.raises(MappingInvalid, match="Use one of: xero, crm, ask"):
        with_option(Mapping("Invoices", "Invoice", ()), "rate_source", "bank", (), ())


def test_the_tolerance_of_rates_is_at_most_twenty_per_cent() -> None:
    """More would take any two rates for the same."""
    invoices = Mapping("Invoices", "Invoice", ())

    assert {"rate_tolerance": "20"} == with_option(invoices, "rate_tolerance", "20", (), ()).options
    with pytest.raises(MappingInvalid, match="from 0 to 20"):
        with_option(invoices, "rate_tolerance", "21", (), ())


def test_notices_are_named_by_their_words() -> None:
    """In any case, with commas; empty takes the option away, a stranger is refused."""
    invoices = Mapping("Invoices", "Invoice", ())
    found = with_option(invoices, "notices", " Paid, overdue,", (), ())

    assert {"notices": ["paid", "overdue"]} == found.options
    assert {} == with_option(found, "notices", "", (), ()).options
    with pytest.raises(MappingInvalid, match="eaten is no notice"):
        with_option(invoices, "notices", "paid, eaten", (), ())
    with pytest.raises(MappingInvalid, match="There is no option notices"):
        with_option(Mapping("Products", "Item", ()), "notices", "paid", (), ())


@pytest.mark.parametrize(
    ("value", "kept"), [(" P-{id} ", "P-{id}"), ("{name}-{id}", "{name}-{id}"), ("", None)]
)
def test_a_template_of_codes(value: str, kept: str | None) -> None:
    """It names the id; an empty one is none."""
    made = with_option(Mapping("Products", "Item", ()), "code_template", value, (), ())

    assert kept == made.options["code_template"]


@pytest.mark.parametrize("value", ["P", "P-{name}", "P-{id}-{x}", "MUCH-TOO-LONG-A-TEXT-{id}"])
def test_a_template_that_tells_no_records_apart_is_refused(value: str) -> None:
    """Nor one with other words in braces, or without room for what is put in."""
    with pytest.raises(MappingInvalid, match="code_template"):
        with_option(Mapping("Products", "Item", ()), "code_template", value, (), ())


def test_a_branding_theme_and_tracking_are_names() -> None:
    """Xero's lists say later whether it has them."""
    mapping = Mapping("Invoices", "Invoice", ())
    themed = with_option(mapping, "branding_theme", " Gold ", (), ())
    tracked = with_option(themed, "tracking:Region", "North", (), ())

    assert {"branding_theme": "Gold", "tracking_map": {"Region": "North"}} == tracked.options
