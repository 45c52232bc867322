"""Options looked at: accounts, taxes, statuses, currencies and names, by what each side has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.mapping.lint.options import Lists, option_findings
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.mappings import Mapping
from xtiger.model.records import Choice, Field, Module, Tax

ACCOUNTS = (
    Account("1", "200", "Sales", "REVENUE", "REVENUE"),
    Account("2", "270", "Old Sales", "REVENUE", "REVENUE", status="ARCHIVED"),
    Account("3", "090", "Bank", "BANK", "ASSET", currency="EUR"),
    Account("4", "", "Till", "BANK", "ASSET"),
)
RATES = (
    TaxRate("OUTPUT2", "20% VAT", Decimal(20), classes=frozenset({"REVENUE"})),
    TaxRate("GONE", "5% VAT", Decimal(5), status="DELETED", classes=frozenset({"REVENUE"})),
)
INVOICES = Module(
    "Invoices",
    "invoice",
    "Invoices",
    (
        Field(
            "status",
            "choice",
            role="invoice.status",
            choices=tuple(Choice(word, word) for word in ("Draft", "Sent", "Gone out")),
        ),
    ),
)
LISTS = Lists(
    accounts=ACCOUNTS,
    rates=RATES,
    base_currency="GBP",
    categories={"Region": ["North"]},
    themes={"Blue": "b-1"},
    described=(INVOICES,),
    item_modules=("Products", "Services"),
)
#: What every mapping of invoices below says, so that it is no finding.
SAID: dict[str, Any] = {"sales_account": "200", "status_map": {"Gone out": "AUTHORISED"}}


def codes(role: str = "invoice", lists: Lists = LISTS, **options: Any) -> list[str]:
    """Code and setting of each finding."""
    known = {**SAID, **options} if role == "invoice" else options
    found = option_findings(Mapping("M", "Invoice", (), options=known), role, lists)
    return [f"{one.code} {one.setting}".strip() for one in found]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"charges_account": "270"}, ["account_archived charges_account"]),
        ({"charges_account": "999"}, ["account_unknown charges_account"]),
        ({"receipt_accounts": {"EUR": "090"}}, []),
        ({"receipt_accounts": {"GBP": "Till"}}, []),
        ({"receipt_accounts": {"USD": "090"}}, ["receipt_account_invalid receipts:USD"]),
        ({"tax_map": {"A": "OUTPUT2", "B": "NONE"}}, []),
        ({"tax_map": {"A": "GONE"}}, ["tax_rate_archived tax:A"]),
        ({"purchase_tax_map": {"A": "LOST"}}, ["tax_gone purchase_tax:A"]),
        ({"status_map": {**SAID["status_map"], "Sent": "PAID"}}, ["not_to_send status:Sent"]),
        ({"tracking_map": {"Region": "North"}}, []),
        ({"tracking_map": {"Region": "South"}}, ["not_in_xero tracking:Region"]),
        ({"branding_theme": "blue"}, []),
        ({"branding_theme": "Red"}, ["not_in_xero branding_theme"]),
        ({"status_from_xero": {"SENT": "Gone out"}}, []),
        ({"status_from_xero": {"PAID": "Settled"}}, ["not_in_crm from_xero:PAID"]),
        ({"due_days": "30", "bills_from_xero": True, "notices": ["paid"]}, []),
    ],
)
def test_options_of_invoices_are_held_against_both_sides(
    options: dict[str, Any], expected: list[str]
) -> None:
    """What is right is silent; what Xero or the CRM does not have is named by its option."""
    assert expected == codes(**options)


@pytest.mark.parametrize(
    ("role", "options", "expected"),
    [
        ("payment", {"payment_account": "Till"}, []),
        ("payment", {"payment_account": "200"}, ["payment_account_invalid payment_account"]),
        ("payment", {"payment_account": "Lost"}, ["payment_account_invalid payment_account"]),
        ("payment", {"payable_statuses": ["Sent"]}, []),
        ("payment", {"payable_statuses": ["Sent", "Odd"]}, ["not_in_crm payable_statuses"]),
        ("payment", {"received_statuses": ["Odd"]}, []),
        ("product", {"new_items": "Services"}, []),
        ("product", {"new_items": "Cars"}, ["not_in_crm new_items"]),
        ("organisation", {"type_words": {"both": "Any"}}, []),
    ],
)
def test_options_of_other_modules(role: str, options: dict[str, Any], expected: list[str]) -> None:
    """What the CRM cannot choose from is not judged."""
    assert expected == codes(role, **options)


def test_what_no_option_says_is_a_warning() -> None:
    """A status and a tax without meaning, a currency that Xero lacks, and no account."""
    lists = Lists(
        accounts=ACCOUNTS,
        rates=RATES,
        currencies=frozenset({"GBP"}),
        crm_currencies=("GBP", "JPY"),
        crm_taxes=(Tax("1", "VAT", 20), Tax("2", "Levy", Decimal("7.5"))),
        described=(INVOICES,),
    )
    found = option_findings(Mapping("M", "Invoice", ()), "invoice", lists)

    assert ["warning"] * 4 == [one.severity for one in found]
    assert [
        "The status Gone out means nothing in Xero yet: invoices in it wait.",
        "Xero has no currency JPY: invoices in it wait.",
        "The CRM's tax Levy 7.5 % is none of Xero's: invoices with it wait. Nearest: 20% VAT.",
        "No account is set for lines that name none: invoices with such lines wait.",
    ] == [one.sentence for one in found]


def test_before_xeros_lists_were_read_nothing_is_held_against_them() -> None:
    """That is said, and what the CRM alone decides is found all the same."""
    lists = Lists(described=(INVOICES,))
    options: dict[str, Any] = {
        "charges_account": "999",
        "tax_map": {"A": "LOST"},
        "tracking_map": {"Region": "South"},
        "branding_theme": "Red",
        "status_from_xero": {"PAID": "Settled"},
    }

    assert ["not_in_crm from_xero:PAID", "lists_unread"] == codes(lists=lists, **options)
