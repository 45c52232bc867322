"""The list of flaws: an independent look at both halves of the seed finds exactly those."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import pytest

from tests.demo.halves import Row, crm, flawed, near, total, xero


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
        if flaw["code"] not in ("waits_for_parent", "parent_left_out"):
            continue
        parent = flaw["cascade_of"]
        address = (parent["module"], parent["crm_id"])
        if flaw["module"] == "Payments":
            payment = crm()["payments"][int(flaw["crm_id"]) - 1]
            if address != ("Invoices", str(payment["invoice_id"])) or address not in listed:
                unexplained.append(flaw["number"])
            continue
        if flaw["module"] == "Contacts":
            person = crm()["contacts"][int(flaw["crm_id"]) - 1]
            if address != ("Organizations", str(person["organization_id"])) or (
                address not in listed
            ):
                unexplained.append(flaw["number"])
            continue
        invoice = crm()["invoices"][int(flaw["crm_id"]) - 1]
        needs = {("Organizations", str(invoice["organization_id"]))}
        needs |= {("Products", str(line["product_id"])) for line in invoice["lines"]}
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
        ("total_differs", Decimal(row["total"]) != total(row)),
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
