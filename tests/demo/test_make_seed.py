"""The two seed files: the same on every run, and as large as they say."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from tests.demo.halves import crm, flawed, near, text, total, xero
from xtiger.demo.seeding.make_seed import build, text_of


def test_both_files_are_what_the_generator_writes() -> None:
    """Running the generator again gives the same bytes as the files in the packages."""
    ours, theirs = build()

    assert (text("xtiger.demo", "crm.json"), text("xtiger.sandbox", "demo.json")) == (
        text_of(ours),
        text_of(theirs),
    )


@pytest.mark.parametrize(
    ("part", "least"),
    [
        ("organizations", 60),
        ("contacts", 90),
        ("products", 40),
        ("services", 15),
        ("invoices", 150),
    ],
)
def test_the_company_is_large_enough(part: str, least: int) -> None:
    """Each module has at least as many records as the demo promises."""
    assert len(crm()[part]) >= least


def test_invoices_come_in_every_status() -> None:
    """No status of an invoice is missing."""
    assert {
        "Created",
        "Approved",
        "Sent",
        "Partially Paid",
        "Paid",
        "Cancel",
        "Credit Invoice",
    } == {invoice["status"] for invoice in crm()["invoices"]}


def test_invoices_span_fourteen_months() -> None:
    """The first is 14 months older than the last, which is of the seed's day."""
    days = sorted(i["date"] for i in crm()["invoices"] if i["date"])

    assert ("2025-09-21", "2026-11-20") == (days[0], days[-1])


def test_the_second_currency_is_used() -> None:
    """Fifteen invoices are in euro."""
    assert 15 == Counter(invoice["currency"] for invoice in crm()["invoices"])["EUR"]


def test_three_tax_rates_are_used() -> None:
    """20, 5 and 0 % stand on lines of whole invoices, and no other."""
    bad = flawed("Invoices")
    names = {
        (line["tax_name"], line["tax_percent"])
        for invoice in crm()["invoices"]
        if invoice["id"] not in bad
        for line in invoice["lines"]
    }

    assert {
        ("20% (VAT on Income)", "20"),
        ("5% (VAT on Income)", "5"),
        ("Zero Rated Income", "0"),
    } == names


def test_lines_without_a_product_have_an_account() -> None:
    """Nothing else could say where free text is booked."""
    free = [
        line["account"]
        for invoice in crm()["invoices"]
        for line in invoice["lines"]
        if line["product_id"] is None and line["service_id"] is None
    ]

    assert {"200", "260"} == set(free)


def test_part_payments_leave_a_rest() -> None:
    """A partly paid invoice has received more than nothing and less than all."""
    partly = [i for i in crm()["invoices"] if i["status"] == "Partially Paid"]

    assert partly
    assert all(Decimal(0) < Decimal(i["received"]) < Decimal(i["total"]) for i in partly)


def test_payments_add_up_to_what_is_received() -> None:
    """The payments of each invoice that have arrived sum up to its received amount."""
    sums: Counter[int] = Counter()
    for payment in crm()["payments"]:
        if payment["status"] != "Received":
            continue
        sums[payment["invoice_id"]] += Decimal(payment["amount"])  # type: ignore[assignment]  # Decimal counts

    assert {i["id"]: Decimal(i["received"]) for i in crm()["invoices"]} == {
        i["id"]: Decimal(sums[i["id"]]) for i in crm()["invoices"]
    }


def test_totals_follow_the_rule_per_line() -> None:
    """Only the invoice listed with total_differs has another total than its lines give."""
    wrong = {i["id"] for i in crm()["invoices"] if Decimal(i["total"]) != total(i)}

    assert {int(f["crm_id"]) for f in crm()["flaws"] if f["code"] == "total_differs"} == wrong


def test_expected_counts_add_up() -> None:
    """Of each module: left out plus linked plus created is all there is."""
    for module, counts in crm()["expected"].items():
        rows = len(crm()[module.lower()])
        parts = ("held", "skipped", "excluded", "linked_to_existing", "created_in_xero")

        assert rows == sum(counts[part] for part in parts), module


def test_new_records_of_xero_meet_nobody() -> None:
    """Xero's own customers and items have neither number nor name in common with the CRM."""
    numbers = {row["number"] for row in crm()["organizations"]}
    names = {near(row["name"]) for row in crm()["organizations"]}
    own = [
        c
        for c in xero()["Contacts"]
        if c.get("AccountNumber") not in numbers and near(c["Name"]) not in names
    ]

    assert crm()["expected"]["Organizations"]["created_in_crm"] == len(own)


def test_mail_goes_nowhere() -> None:
    """Every mail address ends in a domain that is reserved for examples."""
    mails = [row["email"] for part in ("organizations", "contacts") for row in crm()[part]]
    mails += [contact.get("EmailAddress", "") for contact in xero()["Contacts"]]
    reserved = re.compile(r"(^|[.@)])(example\.com|example\.org|[a-z-]+\.test)$")

    assert [] == [mail for mail in mails if mail and not reserved.search(mail)]


def test_due_dates_do_not_come_before_dates() -> None:
    """No invoice is due before it was written."""
    pairs = [(i["date"], i["due_date"]) for i in crm()["invoices"] if i["date"] and i["due_date"]]

    assert [] == [p for p in pairs if date.fromisoformat(p[1]) < date.fromisoformat(p[0])]
