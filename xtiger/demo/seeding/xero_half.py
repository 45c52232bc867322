"""Makes the sandbox's half of the seed: what the Xero organisation holds before the first sync."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID, uuid5

from xtiger.demo.seeding.flaws import Row

#: Names the ids of the seed, so that they are the same on every run.
NAMESPACE = UUID("7d0c3c1e-5b1e-4b57-9a5d-5f0f5a2f6c11")
#: CRM organisations that Xero knows under the same account number.
LINKED = (1, 3, 5, 6, 9, 11, 12, 14, 15, 19, 24, 27, 29, 31, 33, 44, 46, 57)
#: What Xero has not filled in of them.
EMPTY_IN_XERO = {3: "Phones", 14: "EmailAddress", 24: "TaxNumber", 27: "STREET"}
#: What the CRM has not filled in of them, though Xero has.
EMPTY_IN_CRM = {
    5: ("phone",),
    11: ("email",),
    44: ("mobile",),
    46: (
        "shipping_street",
        "shipping_city",
        "shipping_region",
        "shipping_postal_code",
        "shipping_country",
    ),
}
#: Other e-mails in Xero: the flaw first_link_differs.
OTHER_EMAIL = {12: "ledger@castlegate.example.com", 29: "hello@oakhanger.example.com"}
#: Names as Xero spells them, without an account number.
NO_NUMBER = {
    21: "Thornbury Office Interiors Ltd",
    28: "Pemberton Logistics Limited",
    34: "Pena y Ibanez SL",
    36: "REDFERN Architects LLP",
}
ARCHIVED = (58,)
#: Items under the same code: products and services.
LINKED_PRODUCTS = (1, 2, 3, 7, 11, 13, 22, 27)
LINKED_SERVICES = (2, 4)
SALES_TAX_TYPES = {"20": "OUTPUT2", "5": "RROUTPUT", "0": "ZERORATEDOUTPUT"}

#: name | account number | e-mail | phone | street | city | postal code | country, of Xero's own.
_OWN = """
Grünwald Möbelhaus GmbH|XR-0101|einkauf@gruenwald.example.org|+49 30 5550 1180|Kurfürstenstraße 8|Berlin|10785|Germany
横浜珈琲株式会社||order@yokohama-coffee.example.com|+81 45 555 0142|Minato Mirai 3-1|Yokohama|220-0012|Japan
Pickering Antiques Ltd|XR-0103|shop@pickering.example.com|+44 1751 496 0210|7 Market Place|Pickering|YO18 7AA|United Kingdom
St Aidan's College|XR-0104|bursar@staidans.test|+44 191 496 0377|Windmill Hill|Durham|DH1 3LJ|United Kingdom
Ffion Morris Ceramics||ffion@ffionmorris.test||Y Felin|Llanrwst|LL26 0AA|United Kingdom
Baltic Timber Imports Ltd|SUP-01|sales@baltictimber.example.com|+44 1482 960 118|King George Dock|Hull|HU9 5PR|United Kingdom
Café Supplies Direct Ltd|SUP-02|orders@cafesupplies.example.com|+44 161 496 0455|Unit 9 Trafford Park|Manchester|M17 1AB|United Kingdom
Lumière Éclairage SAS|SUP-03|contact@lumiere.example.org|+33 1 55 50 01 12|18 rue du Faubourg|Paris|75011|France
""".strip()  # noqa: E501  # a table is read by its rows


def xero_id(kind: str, name: str) -> str:
    """The id of a seeded Xero object."""
    return str(uuid5(NAMESPACE, f"{kind}/{name}"))


def _address(kind: str, row: Row, prefix: str) -> Row:
    lines = str(row[f"{prefix}_street"]).split("\n")
    found: Row = {"AddressType": kind}
    for index, line in enumerate(lines, start=1):
        found[f"AddressLine{index}"] = line
    for name, field in (
        ("City", "city"),
        ("Region", "region"),
        ("PostalCode", "postal_code"),
        ("Country", "country"),
    ):
        if row[f"{prefix}_{field}"]:
            found[name] = row[f"{prefix}_{field}"]
    return found


def _contact(row: Row) -> Row:
    """The contact that equals a CRM organisation in everything."""
    phones = [
        {"PhoneType": kind, "PhoneNumber": row[field]}
        for kind, field in (("DEFAULT", "phone"), ("MOBILE", "mobile"), ("FAX", "fax"))
        if row[field]
    ]
    found: Row = {
        "ContactID": xero_id("Contact", row["number"]),
        "Name": row["name"],
        "AccountNumber": row["number"],
    }
    for name, field in (
        ("EmailAddress", "email"),
        ("TaxNumber", "tax_number"),
        ("CompanyNumber", "company_number"),
    ):
        if row[field]:
            found[name] = row[field]
    if phones:
        found["Phones"] = phones
    addresses = [_address("POBOX", row, "billing")] if row["billing_street"] else []
    if row["shipping_street"]:
        addresses.append(_address("STREET", row, "shipping"))
    if addresses:
        found["Addresses"] = addresses
    return found


def _without(contact: Row, what: str) -> Row:
    if what == "STREET":
        kept = [a for a in contact["Addresses"] if a["AddressType"] != "STREET"]
        return {**contact, "Addresses": kept}
    return {name: value for name, value in contact.items() if name != what}


def _own_contacts() -> list[Row]:
    made = []
    for text in _OWN.splitlines():
        name, number, email, phone, street, city, code, country = text.split("|")
        contact: Row = {"ContactID": xero_id("Contact", name), "Name": name}
        if number:
            contact["AccountNumber"] = number
        contact["EmailAddress"] = email
        if phone:
            contact["Phones"] = [{"PhoneType": "DEFAULT", "PhoneNumber": phone}]
        contact["Addresses"] = [
            {
                "AddressType": "POBOX",
                "AddressLine1": street,
                "City": city,
                "PostalCode": code,
                "Country": country,
            }
        ]
        made.append(contact)
    return made


def make_contacts(organizations: Sequence[Row]) -> list[Row]:
    """The contacts; `organizations` are complete, before the CRM's gaps are made."""
    made = []
    for row in organizations:
        contact = _contact(row)
        if row["id"] in LINKED:
            if row["id"] in EMPTY_IN_XERO:
                contact = _without(contact, EMPTY_IN_XERO[row["id"]])
            if row["id"] in OTHER_EMAIL:
                contact["EmailAddress"] = OTHER_EMAIL[row["id"]]
        elif row["id"] in NO_NUMBER:
            contact = {**_without(contact, "AccountNumber"), "Name": NO_NUMBER[row["id"]]}
        elif row["id"] in ARCHIVED:
            contact["ContactStatus"] = "ARCHIVED"
        else:
            continue
        made.append(contact)
    return made + _own_contacts()


def _item(row: Row, *, purchased: bool) -> Row:
    found: Row = {
        "ItemID": xero_id("Item", row["code"]),
        "Code": row["code"],
        "Name": row["name"],
        "SalesDetails": {
            "UnitPrice": Decimal(row["sales_price"]),
            "AccountCode": row["sales_account"],
            "TaxType": SALES_TAX_TYPES[row["tax_percent"]],
        },
    }
    if row["description"]:
        found["Description"] = row["description"]
    if purchased:
        found["PurchaseDetails"] = {
            "UnitPrice": Decimal(row["purchase_price"]),
            "AccountCode": row["purchase_account"],
        }
    return found


def _own_item(code: str, name: str, text: str, price: str, tax: str, cost: str = "") -> Row:
    found: Row = {
        "ItemID": xero_id("Item", code),
        "Code": code,
        "Name": name,
        "Description": text,
        "SalesDetails": {
            "UnitPrice": Decimal(price),
            "AccountCode": "200",
            "TaxType": SALES_TAX_TYPES[tax],
        },
    }
    if cost:
        found["PurchaseDetails"] = {"UnitPrice": Decimal(cost), "AccountCode": "310"}
    return found


def make_items(products: Sequence[Row], services: Sequence[Row]) -> list[Row]:
    """The items: those of the CRM's codes, one of a CRM name, and four of Xero's own."""
    made = []
    for row in products:
        if row["id"] in LINKED_PRODUCTS:
            item = _item(row, purchased=row["id"] != 22)
            if row["id"] == 7:
                item.pop("Description")
            made.append(item)
    made += [_item(row, purchased=False) for row in services if row["id"] in LINKED_SERVICES]
    mat = next(row for row in products if row["id"] == 39)
    made.append(_own_item("MAT-80", mat["name"], "Door mat, old stock", "18.00", "20", "8.70"))
    made.append(_own_item("GIFT-50", "Gift voucher £50", "Valid for two years", "50.00", "0"))
    made.append(
        _own_item("HIRE-TBL", "Trestle table hire, per day", "With cloth", "12.50", "20", "4.00")
    )
    made.append(_own_item("BOX-L", "Packing box, large", "60 x 40 x 40", "3.4750", "20", "1.6250"))
    made.append(
        _own_item("TEE-6", "Teeservice für sechs – 茶", "Porcelain", "88.00", "20", "47.50")
    )
    return made


def _invoice(
    kind: str, number: str, contact: str, days: tuple[str, str], status: str, lines: list[Row]
) -> Row:
    return {
        "InvoiceID": xero_id("Invoice", number),
        "Type": kind,
        "InvoiceNumber": number,
        "Contact": {"ContactID": xero_id("Contact", contact)},
        "Date": days[0],
        "DueDate": days[1],
        "LineAmountTypes": "Exclusive",
        "CurrencyCode": "GBP",
        "Status": status,
        "LineItems": lines,
    }


def _line(text: str, quantity: str, price: str, account: str, tax: str) -> Row:
    return {
        "Description": text,
        "Quantity": Decimal(quantity),
        "UnitAmount": Decimal(price),
        "AccountCode": account,
        "TaxType": tax,
    }


def make_own_invoices(taken: str) -> list[Row]:
    """Xero's own invoices; the first has a number that the CRM uses for another customer."""
    return [*_own_sales(taken), *_own_bills()]


def _own_sales(taken: str) -> list[Row]:
    return [
        _invoice(
            "ACCREC",
            taken,
            "Pickering Antiques Ltd",
            ("2026-06-02", "2026-07-02"),
            "AUTHORISED",
            [_line("Restored writing table", "1", "640.00", "200", "OUTPUT2")],
        ),
        _invoice(
            "ACCREC",
            "XR-0007",
            "Grünwald Möbelhaus GmbH",
            ("2026-10-12", "2026-11-11"),
            "DRAFT",
            [_line("Showroom lamps", "6", "98.50", "200", "ZERORATEDOUTPUT")],
        ),
        _invoice(
            "ACCREC",
            "XR-0008",
            "St Aidan's College",
            ("2026-11-03", "2026-12-03"),
            "AUTHORISED",
            [
                _line("Reading room chairs", "24", "61.75", "200", "OUTPUT2"),
                _line("Loft insulation", "3", "33.95", "200", "RROUTPUT"),
            ],
        ),
    ]


def _own_bills() -> list[Row]:
    return [
        _invoice(
            "ACCPAY",
            "BTI-5521",
            "Baltic Timber Imports Ltd",
            ("2026-10-01", "2026-10-31"),
            "AUTHORISED",
            [_line("Oak boards, 3.2 m³", "3.2", "1180.00", "310", "INPUT2")],
        ),
        _invoice(
            "ACCPAY",
            "CSD-118",
            "Café Supplies Direct Ltd",
            ("2026-11-09", "2026-11-23"),
            "AUTHORISED",
            [_line("Paper cups, pallet", "1", "865.20", "310", "INPUT2")],
        ),
    ]


def make_own_payments() -> list[Row]:
    """Payments of Xero's own invoices: of a sale that the CRM does not have, and of a bill."""
    return [
        {
            "PaymentID": xero_id("Payment", number),
            "Invoice": {"InvoiceID": xero_id("Invoice", number)},
            "Account": {"Code": "090"},
            "Date": day,
            "Amount": Decimal(amount),
            "Reference": number,
        }
        for number, day, amount in (
            ("XR-0008", "2026-11-12", "500.00"),
            ("BTI-5521", "2026-10-30", "1000.00"),
        )
    ]
