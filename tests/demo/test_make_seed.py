"""The two seed files: the same on every run, as large and as dirty as they say."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any

import pytest

from xtiger.demo.make_seed import build, text_of

Row = dict[str, Any]
CENT = Decimal("0.01")
LEGAL = {
    "ltd",
    "limited",
    "gmbh",
    "inc",
    "plc",
    "llp",
    "ab",
    "kg",
    "bv",
    "sl",
    "srl",
    "sarl",
    "sas",
}


@cache
def crm() -> Row:
    found: Row = json.loads(_text("xtiger.demo", "crm.json"))
    return found


@cache
def xero() -> Row:
    found: Row = json.loads(_text("xtiger.sandbox", "demo.json"), parse_float=Decimal)
    return found


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath("seed", name).read_text(encoding="utf-8")


def flawed(module: str, *results: str) -> set[int]:
    """Ids in the flaw list of a module, of these results or of all."""
    return {
        int(flaw["crm_id"])
        for flaw in crm()["flaws"]
        if flaw["module"] == module and (not results or flaw["result"] in results)
    }


def near(name: str) -> str:
    """The name without accents, punctuation, case and legal form."""
    flat = unicodedata.normalize("NFKD", name)
    words = re.findall(r"\w+", "".join(c for c in flat if not unicodedata.combining(c)).casefold())
    while words and words[-1] in LEGAL:
        words.pop()
    return " ".join(words)


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def test_both_files_are_what_the_generator_writes() -> None:
    """Running the generator again gives the same bytes as the files in the packages."""
    ours, theirs = build()

    assert (_text("xtiger.demo", "crm.json"), _text("xtiger.sandbox", "demo.json")) == (
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
        "Created", "Approved", "Sent", "Partially Paid", "Paid", "Cancel", "Credit Invoice",
    } == {invoice["status"] for invoice in crm()["invoices"]}  # fmt: skip


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
    """The payments of each invoice sum up to its received amount, and never exceed its total."""
    sums: Counter[int] = Counter()
    for payment in crm()["payments"]:
        sums[payment["invoice_id"]] += Decimal(payment["amount"])  # type: ignore[assignment]  # Decimal counts

    assert {i["id"]: Decimal(i["received"]) for i in crm()["invoices"]} == {
        i["id"]: Decimal(sums[i["id"]]) for i in crm()["invoices"]
    }


def _total(invoice: Row) -> Decimal:
    """The total by the rule of the brief, written without the CRM's own code."""
    total = Decimal(0)
    share = 1 - Decimal(invoice["discount_percent"]) / 100
    for line in invoice["lines"]:
        gross = Decimal(line["quantity"]) * Decimal(line["unit_price"])
        if Decimal(line["discount_amount"]):
            net = half_up(gross - Decimal(line["discount_amount"]))
        else:
            net = half_up(gross * (1 - Decimal(line["discount_percent"]) / 100))
        reduced = half_up(net * share)
        rates = [Decimal(t["percent"]) for t in line["taxes"]] or [Decimal(line["tax_percent"])]
        total += reduced + sum((half_up(reduced * rate / 100) for rate in rates), Decimal(0))
    return total - Decimal(invoice["deducted_tax"])


def test_totals_follow_the_rule_per_line() -> None:
    """Only the invoice listed with total_differs has another total than its lines give."""
    wrong = {i["id"] for i in crm()["invoices"] if Decimal(i["total"]) != _total(i)}

    assert {int(f["crm_id"]) for f in crm()["flaws"] if f["code"] == "total_differs"} == wrong


def test_at_least_135_invoices_are_to_be_linked() -> None:
    """All flaws, cascades, cancelled ones and credit notes together are at most 15 invoices."""
    assert len(crm()["invoices"]) - len(flawed("Invoices")) >= 135


def test_no_record_is_listed_twice() -> None:
    """Each flawed record has exactly one flaw."""
    counts = Counter((f["module"], f["crm_id"]) for f in crm()["flaws"])

    assert [] == [address for address, count in counts.items() if count > 1]


def test_cascades_name_their_cause() -> None:
    """A record that waits for another names one that is in the list and that it really needs."""
    listed = {(f["module"], f["crm_id"]): f for f in crm()["flaws"]}
    unexplained = []
    for flaw in crm()["flaws"]:
        if flaw["code"] != "waits_for_parent":
            continue
        parent = flaw["cascade_of"]
        invoice = crm()["invoices"][int(flaw["crm_id"]) - 1]
        needs = {("Organizations", str(invoice["organization_id"]))}
        needs |= {("Products", str(line["product_id"])) for line in invoice["lines"]}
        address = (parent["module"], parent["crm_id"])
        if address not in needs or listed[address]["result"] not in ("held", "excluded"):
            unexplained.append(flaw["number"])

    assert [] == unexplained


def test_every_cascade_is_listed() -> None:
    """No invoice outside the list needs an organisation, product or service that is not linked."""
    left = {m: flawed(m, "held", "excluded") for m in ("Organizations", "Products", "Services")}
    forgotten = {
        invoice["id"]
        for invoice in crm()["invoices"]
        if invoice["id"] not in flawed("Invoices")
        and (
            invoice["organization_id"] in left["Organizations"]
            or any(line["product_id"] in left["Products"] for line in invoice["lines"])
            or any(line["service_id"] in left["Services"] for line in invoice["lines"])
        )
    }

    assert set() == forgotten


def _organisation_findings() -> dict[int, str]:
    """What is wrong with organisations, found without looking at the list."""
    accounts = {c["AccountNumber"]: c for c in xero()["Contacts"] if "AccountNumber" in c}
    free = [c for c in xero()["Contacts"] if c.get("AccountNumber", "")[:4] != "ACC-"]
    same = {" ".join(c["Name"].split()).casefold() for c in free}
    alike = {near(c["Name"]) for c in free}
    found: dict[int, str] = {}
    seen: set[str] = set()
    for row in crm()["organizations"]:
        folded = " ".join(row["name"].split()).casefold()
        contact = accounts.get(row["number"])
        checks = [
            ("not_selected", not row["xero_sync"]),
            ("name_missing", not row["name"]),
            ("name_forbidden", bool(re.search("[<>]", row["name"]))),
            ("name_too_long", len(row["name"]) > 255),
            ("email_invalid", bool(row["email"]) and "@" not in row["email"]),
            ("text_too_long", len(row["billing_postal_code"]) > 50),
            ("crm_duplicate", bool(folded) and folded in seen),
            ("archived_in_xero", bool(contact) and "ContactStatus" in (contact or {})),
            ("contact_same_name", contact is None and folded in same),
            ("contact_near_name", contact is None and near(row["name"]) in alike - {""}),
            ("first_link_differs", bool(contact) and _differs(row, contact or {})),
        ]
        code = next((code for code, is_so in checks if is_so), None)
        if code:
            found[row["id"]] = code
        seen.add(folded)
    return found


def _differs(row: Row, contact: Row) -> bool:
    pairs = [
        (row["name"], contact["Name"]),
        (row["email"], contact.get("EmailAddress")),
        (row["tax_number"], contact.get("TaxNumber")),
        (row["company_number"], contact.get("CompanyNumber")),
    ]
    phones = {p["PhoneType"]: p["PhoneNumber"] for p in contact.get("Phones", ())}
    pairs += [
        (row[name], phones.get(kind))
        for name, kind in (("phone", "DEFAULT"), ("mobile", "MOBILE"), ("fax", "FAX"))
    ]
    addresses = {a["AddressType"]: a for a in contact.get("Addresses", ())}
    for prefix, kind in (("billing", "POBOX"), ("shipping", "STREET")):
        there = addresses.get(kind, {})
        lines = [there[f"AddressLine{n}"] for n in range(1, 5) if f"AddressLine{n}" in there]
        pairs.append((row[f"{prefix}_street"], "\n".join(lines)))
        pairs += [
            (row[f"{prefix}_{field}"], there.get(name))
            for field, name in (
                ("city", "City"),
                ("region", "Region"),
                ("postal_code", "PostalCode"),
                ("country", "Country"),
            )
        ]
    return any(ours and theirs and ours != theirs for ours, theirs in pairs)


def test_organisations_are_flawed_as_listed() -> None:
    """An independent look at both sides finds exactly the listed flaws of organisations."""
    listed = {int(f["crm_id"]): f["code"] for f in crm()["flaws"] if f["module"] == "Organizations"}

    assert listed == _organisation_findings()


def _goods_findings(part: str, taken: set[str]) -> dict[int, str]:
    items = {item["Code"]: item for item in xero()["Items"]}
    names = {item["Name"] for code, item in items.items() if not code.startswith(("SKU", "SRV"))}
    found: dict[int, str] = {}
    for row in crm()[part]:
        checks = [
            ("not_selected", not row["xero_sync"]),
            ("code_missing", not row["code"]),
            ("code_too_long", len(row["code"]) > 30),
            ("code_taken", row["code"] in taken),
            ("item_same_name", row["code"] not in items and row["name"] in names),
            ("account_system", row["sales_account"] in ("610", "800", "960")),
            ("account_unknown", row["sales_account"] not in ("200", "260", "960")),
            ("text_too_long", len(row["name"]) > 50),
        ]
        code = next((code for code, is_so in checks if is_so), None)
        if code:
            found[row["id"]] = code
    return found


@pytest.mark.parametrize("module", ["Products", "Services"])
def test_goods_are_flawed_as_listed(module: str) -> None:
    """An independent look finds exactly the listed flaws of products and services."""
    listed = {int(f["crm_id"]): f["code"] for f in crm()["flaws"] if f["module"] == module}
    products = {row["code"] for row in crm()["products"]}

    assert listed == _goods_findings(module.lower(), products if module == "Services" else set())


def _invoice_finding(row: Row, taken: set[str], left: dict[str, set[int]]) -> str | None:
    lines = row["lines"]
    open_rates = {"20", "5", "0"}
    checks = [
        ("cancelled", row["status"] == "Cancel"),
        ("credit_invoice", row["status"] == "Credit Invoice"),
        ("organisation_missing", row["organization_id"] is None),
        ("invoice_date_missing", row["date"] is None),
        ("due_date_missing", row["due_date"] is None),
        ("lines_missing", not lines),
        ("taxes_many", any(line["taxes"] for line in lines)),
        (
            "tax_unknown",
            any(line["tax_percent"] not in open_rates for line in lines if not line["taxes"]),
        ),
        ("group_discount", bool(Decimal(row["discount_percent"]))),
        ("deducted_tax", bool(Decimal(row["deducted_tax"]))),
        ("currency_not_enabled", row["currency"] not in ("GBP", "EUR", "USD")),
        ("number_taken", row["number"] in taken),
        ("waits_for_parent", row["organization_id"] in left["Organizations"]),
        ("waits_for_parent", any(line["product_id"] in left["Products"] for line in lines)),
        ("total_differs", Decimal(row["total"]) != _total(row)),
    ]
    found = [code for code, is_so in checks if is_so]
    assert len(found) <= 1, f"{row['number']} has several flaws: {found}"
    return found[0] if found else None


def test_invoices_are_flawed_as_listed() -> None:
    """An independent look finds exactly the listed flaws of invoices, one each."""
    listed = {int(f["crm_id"]): f["code"] for f in crm()["flaws"] if f["module"] == "Invoices"}
    taken = {i["InvoiceNumber"] for i in xero()["Invoices"] if i["Type"] == "ACCREC"}
    left = {m: flawed(m, "held", "excluded") for m in ("Organizations", "Products")}
    found = {i["id"]: _invoice_finding(i, taken, left) for i in crm()["invoices"]}

    assert listed == {crm_id: code for crm_id, code in found.items() if code}


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
