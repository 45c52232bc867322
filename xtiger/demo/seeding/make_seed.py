"""Writes both halves of the demo's seed; the same bytes on every run.

Run `python -m xtiger.demo.seeding.make_seed` after changing what it draws from.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import simplejson

from xtiger.demo.seeding import flaws as seed_flaws
from xtiger.demo.seeding import goods as seed_goods
from xtiger.demo.seeding import xero_half
from xtiger.demo.seeding.companies import COMPANIES, PEOPLE, STREETS, STREETS_ABROAD
from xtiger.demo.seeding.flaws import Row
from xtiger.demo.seeding.seed_invoices import TAX_NAMES, Goods, make_invoices, make_payments
from xtiger.demo.seeding.seed_payments import add_dirt

#: Any number will do, as long as it stays the same.
RANDOM_SEED = 20261120
#: Area codes with the numbers that Ofcom keeps free for stories, so that nobody is rung up.
STORY_PHONES = ("117 496 0", "161 496 0", "20 7946 0", "131 496 0", "191 498 0", "1632 960 ")
DIAL = {
    "Germany": "+49 30 5550 ",
    "France": "+33 1 55 50 0",
    "Japan": "+81 3 5555 0",
    "China": "+86 21 5555 0",
    "Sweden": "+46 40 555 0",
    "Denmark": "+45 55 50 0",
    "Poland": "+48 42 555 0",
    "Italy": "+39 051 555 0",
    "Netherlands": "+31 20 555 0",
    "Spain": "+34 95 555 0",
    "South Korea": "+82 2 5555 0",
}
VAT_PREFIX = {
    "Germany": "DE",
    "France": "FR",
    "Sweden": "SE",
    "Denmark": "DK",
    "Poland": "PL",
    "Italy": "IT",
    "Netherlands": "NL",
    "Spain": "ES",
}
COMPANY = {
    "name": "Aroha Trading Ltd",
    "base_currency": "GBP",
    "country": "United Kingdom",
    "seed_day": "2026-11-20",
}
TAXES = (
    {"id": 1, "name": "20% (VAT on Income)", "percent": "20"},
    {"id": 2, "name": "5% (VAT on Income)", "percent": "5"},
    {"id": 3, "name": "Zero Rated Income", "percent": "0"},
    {"id": 4, "name": "VAT 19 %", "percent": "19"},
    {"id": 5, "name": "Green levy 2 %", "percent": "2"},
)
CURRENCIES = ("GBP", "EUR", "NZD")


def _phone(country: str, random: Random) -> str:
    if country == "United Kingdom":
        return f"+44 {random.choice(STORY_PHONES)}{random.randrange(100, 1000)}"
    return f"{DIAL[country]}{random.randrange(100, 1000)}"


def _street(country: str, random: Random) -> str:
    number = random.randrange(1, 140)
    if country == "United Kingdom":
        street = f"{number} {random.choice(STREETS)}"
        return f"{street}\nUnit {random.randrange(2, 30)}" if random.random() < 0.15 else street
    return f"{random.choice(STREETS_ABROAD[country])} {number}"


def _tax_number(country: str, random: Random) -> str:
    if country == "United Kingdom":
        return f"GB999{random.randrange(100000, 1000000)}" if random.random() < 0.8 else ""
    prefix = VAT_PREFIX.get(country)
    return f"{prefix}999{random.randrange(100000, 1000000)}" if prefix else ""


def _address(prefix: str, street: str, where: Row) -> Row:
    return {
        f"{prefix}_street": street,
        **{f"{prefix}_{part}": text for part, text in where.items()},
    }


def _organization(row_id: int, text: str, random: Random) -> Row:
    name, city, region, postal_code, country, domain, trade = text.split("|")
    where = {"city": city, "region": region, "postal_code": postal_code, "country": country}
    street = _street(country, random)
    ships = random.random() < 0.35 or row_id in (27, 46)
    limited = name.endswith(("Ltd", "plc", "LLP"))
    mailbox = random.choice(("accounts", "office", "info", "orders", "hello"))
    shop = _street(country, random)
    return {
        "id": row_id,
        "number": f"ACC-{row_id:04d}",
        "name": name,
        "type": "Customer",
        "industry": trade,
        "email": f"{mailbox}@{domain}",
        "phone": _phone(country, random),
        "mobile": f"+44 7700 900{random.randrange(100, 1000)}" if random.random() < 0.3 else "",
        "fax": _phone(country, random) if random.random() < 0.12 else "",
        "website": f"https://www.{domain}" if random.random() < 0.6 else "",
        "tax_number": _tax_number(country, random),
        "company_number": f"0{random.randrange(1000000, 9999999)}" if limited else "",
        **_address("billing", street, where),
        **_address("shipping", shop if ships else "", where if ships else dict.fromkeys(where, "")),
        "xero_sync": True,
    }


def _organizations(random: Random) -> list[Row]:
    rows = [
        _organization(row_id, text, random)
        for row_id, text in enumerate(COMPANIES.splitlines(), start=1)
    ]
    # These values are compared with Xero's: they must be filled before one side is emptied.
    for row_id in (44,):
        rows[row_id - 1]["mobile"] = "+44 7700 900318"
    rows[24 - 1]["tax_number"] = "GB999204618"
    return rows


def _mailbox(first: str, last: str) -> str:
    """first.last in plain letters; empty for names of other scripts."""
    flat = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z.]", "", flat.lower()).strip(".")


def _contacts(organizations: list[Row], random: Random) -> list[Row]:
    rows = []
    for row_id, text in enumerate(PEOPLE.splitlines(), start=1):
        first, last, place = text.split("|")
        organization = organizations[int(place) - 1]
        domain = organization["email"].split("@")[1]
        rows.append(
            {
                "id": row_id,
                "first_name": first,
                "last_name": last,
                "organization_id": organization["id"],
                "email": f"{_mailbox(first, last) or f'contact{row_id:02d}'}@{domain}",
                "phone": _phone(organization["billing_country"], random),
                "mobile": "",
                "title": random.choice(("Owner", "Buyer", "Bookkeeper", "Manager", "")),
                "xero_sync": True,
            }
        )
    return rows


def _products() -> list[Row]:
    rows = []
    for row_id, text in enumerate(seed_goods.PRODUCTS.splitlines(), start=1):
        name, sales, purchase, percent, description = text.split("|")
        rows.append(
            {
                "id": row_id,
                "code": f"SKU-{1000 + row_id}",
                "name": name,
                "description": description,
                "sales_price": sales,
                "purchase_price": purchase,
                "sales_account": "200",
                "purchase_account": "310",
                "sales_tax": TAX_NAMES[int(percent)],
                "tax_percent": percent,
                "active": True,
                "xero_sync": True,
            }
        )
    return rows


def _services() -> list[Row]:
    rows = []
    for row_id, text in enumerate(seed_goods.SERVICES.splitlines(), start=1):
        name, sales, percent, description = text.split("|")
        rows.append(
            {
                "id": row_id,
                "code": f"SRV-{row_id:02d}",
                "name": name,
                "description": description,
                "sales_price": sales,
                # Services are mostly labour: they are booked apart from goods.
                "sales_account": "200" if row_id in xero_half.LINKED_SERVICES else "260",
                "sales_tax": TAX_NAMES[int(percent)],
                "tax_percent": percent,
                "active": True,
                "xero_sync": True,
            }
        )
    return rows


def _spoil(module: str, rows: list[Row]) -> list[Row]:
    """Plant the module's flaws; returns the rows that stayed whole enough to be linked."""
    flaws = {flaw.crm_id: flaw for flaw in seed_flaws.BY_MODULE[module]}
    for row in rows:
        if row["id"] in flaws:
            seed_flaws.spoil(row, flaws[row["id"]])
    return [r for r in rows if r["id"] not in flaws or flaws[r["id"]].result == "conflict"]


def _empty_in_crm(organizations: list[Row], products: list[Row]) -> None:
    """Make the gaps that Xero's values fill at the first sync."""
    for row in organizations:
        for name in xero_half.EMPTY_IN_CRM.get(row["id"], ()):
            row[name] = ""
    products[13 - 1]["purchase_price"] = None


def _expected(
    rows: dict[str, list[Row]], flaws_of: Mapping[str, Sequence[seed_flaws.Flaw]], xero: Row
) -> Row:
    """How many records of each module the first sync links, creates and leaves."""
    items = {item["Code"] for item in xero["Items"]}
    numbers = {c.get("AccountNumber") for c in xero["Contacts"] if "ContactStatus" not in c}
    linked = {
        "Organizations": {str(r["id"]) for r in rows["Organizations"] if r["number"] in numbers},
        "Products": {str(r["id"]) for r in rows["Products"] if r["code"] in items},
        "Services": {str(r["id"]) for r in rows["Services"] if r["code"] in items},
        "Invoices": set[str](),
        "Payments": set[str](),
    }
    new = {"Organizations": 8, "Products": 4}
    found = {}
    for module, own in linked.items():
        flaws = Counter(flaw.result for flaw in flaws_of[module])
        left = flaws.total() - flaws["conflict"]
        found[module] = {
            "in_crm": len(rows[module]),
            **{name: flaws[name] for name in ("held", "skipped", "excluded", "conflict")},
            "linked_to_existing": len(own),
            "created_in_xero": len(rows[module]) - left - len(own),
            "created_in_crm": new.get(module, 0),
        }
    return found


def build() -> tuple[Row, Row]:
    """Both halves of the seed: the CRM's and the sandbox's."""
    random = Random(RANDOM_SEED)  # a seed for a demo, no secret
    organizations = _organizations(random)
    contacts = _contacts(organizations, random)
    products, services = _products(), _services()
    taken = next(flaw.crm_id for flaw in seed_flaws.INVOICES if flaw.code == "number_taken")
    xero: Row = {
        "Contacts": xero_half.make_contacts(organizations),
        "Items": xero_half.make_items(products, services),
        "Invoices": xero_half.make_own_invoices(f"INV-{taken:04d}"),
        "Payments": xero_half.make_own_payments(),
    }
    _empty_in_crm(organizations, products)
    whole = [_spoil(m, r) for m, r in (("Organizations", organizations), ("Products", products))]
    people: dict[int, list[Row]] = {}
    for contact in contacts:
        people.setdefault(contact["organization_id"], []).append(contact)
    goods = Goods(whole[0], people, whole[1], _spoil("Services", services))
    invoices = make_invoices(random, goods, {row["id"]: row for row in products})
    payments = make_payments(random, invoices)
    flaws = {
        **seed_flaws.BY_MODULE,
        "Contacts": seed_flaws.waiting_contacts(contacts),
        "Payments": add_dirt(payments, invoices),
    }
    rows = {
        "Organizations": organizations,
        "Products": products,
        "Services": services,
        "Invoices": invoices,
        "Payments": payments,
    }
    return _crm(rows, contacts, flaws, xero), xero


def _crm(
    rows: dict[str, list[Row]],
    contacts: list[Row],
    flaws: Mapping[str, Sequence[seed_flaws.Flaw]],
    xero: Row,
) -> Row:
    numbers = {
        (module, row["id"]): row.get("number") or row.get("code", "")
        for module, found in rows.items()
        for row in found
    }
    numbers |= {("Contacts", row["id"]): row["last_name"] for row in contacts}
    xero_ids = {
        ("Organizations", row_id): xero_half.xero_id("Contact", f"ACC-{row_id:04d}")
        for row_id in (*xero_half.NO_NUMBER, *xero_half.ARCHIVED, *xero_half.OTHER_EMAIL)
    }
    xero_ids["Products", 39] = xero_half.xero_id("Item", "MAT-80")
    xero_ids["Invoices", 93] = xero_half.xero_id("Invoice", "INV-0093")
    return {
        "company": COMPANY,
        "currencies": list(CURRENCIES),
        "taxes": list(TAXES),
        "organizations": rows["Organizations"],
        "contacts": contacts,
        "products": rows["Products"],
        "services": rows["Services"],
        "invoices": rows["Invoices"],
        "payments": rows["Payments"],
        "flaws": seed_flaws.listing(flaws, numbers, xero_ids),
        "expected": _expected(rows, flaws, xero),
    }


def text_of(half: Row) -> str:
    """The file's text: one record per line, so that a change shows as one line."""
    parts = []
    for name, value in half.items():
        if isinstance(value, list) and value:
            rows = ",\n".join(
                "  " + simplejson.dumps(row, ensure_ascii=False, use_decimal=True) for row in value
            )
            parts.append(f'"{name}": [\n{rows}\n]')
        else:
            parts.append(f'"{name}": {simplejson.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    """Write crm.json of the demo and demo.json of the sandbox."""
    package = Path(__file__).resolve().parents[2]
    crm, xero = build()
    for path, half in (
        (package / "demo" / "seed" / "crm.json", crm),
        (package / "sandbox" / "seed" / "demo.json", xero),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(half), encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
