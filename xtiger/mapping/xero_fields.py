"""The fields of Xero that a mapping may use: type, length, and who may write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

XeroType = Literal[
    "text",
    "street",
    "name",
    "email",
    "price",
    "number",
    "bool",
    "date",
    "ref",
    "account",
    "tax",
    "currency",
    "use",
    "paid_to",
]


@dataclass(frozen=True, slots=True)
class XeroField:
    """One flat Xero field; lengths from Xero's OpenAPI and its documentation."""

    path: str
    type: XeroType = "text"
    label: str = ""
    max_length: int | None = None
    writable: bool = True
    required: bool = False


_ADDRESS_PARTS = (
    ("Street", "street", 2000),
    ("City", "city", 255),
    ("Region", "region", 255),
    ("PostalCode", "postal code", 50),
    ("Country", "country", 50),
    ("AttentionTo", "attention", 255),
)


def _contact() -> Iterator[XeroField]:
    yield XeroField("Name", "name", "Name", 255, required=True)
    yield XeroField("FirstName", label="First name", max_length=255)
    yield XeroField("LastName", label="Last name", max_length=255)
    yield XeroField("EmailAddress", "email", "E-mail", 255)
    # Our own mark: by it a contact of ours is found again, so that no field may fill it.
    yield XeroField("ContactNumber", label="Contact number", max_length=50, writable=False)
    yield XeroField("AccountNumber", label="Account number", max_length=50)
    yield XeroField("TaxNumber", label="Tax number", max_length=50)
    yield XeroField("CompanyNumber", label="Company number", max_length=50)
    yield XeroField("Website", label="Website", writable=False)
    yield XeroField("DefaultCurrency", "currency", "Currency", 3)
    yield XeroField("SalesDefaultAccountCode", "account", "Sales account", 10)
    yield XeroField("UsedAs", "use", "Customer or vendor", writable=False)
    yield from _reachable()


def _reachable() -> Iterator[XeroField]:
    for phone, label in (
        ("DEFAULT", "Phone"),
        ("MOBILE", "Mobile"),
        ("FAX", "Fax"),
        ("DDI", "DDI"),
    ):
        yield XeroField(f"Phones.{phone}", label=label, max_length=50)
    for address, label in (("POBOX", "Billing"), ("STREET", "Delivery")):
        for part, name, limit in _ADDRESS_PARTS:
            yield XeroField(
                f"Addresses.{address}.{part}",
                "street" if part == "Street" else "text",
                f"{label} {name}",
                limit,
            )


def _person() -> Iterator[XeroField]:
    """A person of a contact; phones and addresses only while it is a contact of its own."""
    yield XeroField("ContactID", "ref", "Organisation", required=True)
    yield XeroField("FirstName", label="First name", max_length=255)
    yield XeroField("LastName", label="Last name", max_length=255)
    yield XeroField("EmailAddress", "email", "E-mail", 255)
    yield XeroField("IncludeInEmails", "bool", "Include in e-mails")
    yield from _reachable()


def _item() -> Iterator[XeroField]:
    yield XeroField("Code", label="Code", max_length=30, required=True)
    yield XeroField("Name", label="Name", max_length=50)
    yield XeroField("Description", label="Description", max_length=4000)
    yield XeroField("PurchaseDescription", label="Purchase description", max_length=4000)
    yield XeroField("IsSold", "bool", "Sold")
    yield XeroField("IsPurchased", "bool", "Purchased")
    for side, label in (("SalesDetails", "Sales"), ("PurchaseDetails", "Purchase")):
        yield XeroField(f"{side}.UnitPrice", "price", f"{label} price")
        yield XeroField(f"{side}.AccountCode", "account", f"{label} account", 10)
        yield XeroField(f"{side}.TaxType", "tax", f"{label} tax", 50)
    yield XeroField("QuantityOnHand", "number", "Quantity on hand", writable=False)


def _invoice() -> Iterator[XeroField]:
    yield XeroField("InvoiceNumber", label="Number", max_length=255)
    yield XeroField("Reference", label="Reference", max_length=255)
    yield XeroField("Contact.ContactID", "ref", "Organisation", required=True)
    yield XeroField("Date", "date", "Date")
    yield XeroField("DueDate", "date", "Due date")
    yield XeroField("CurrencyCode", "currency", "Currency", 3)


def _receipt() -> Iterator[XeroField]:
    """A bank transaction that receives money; its currency is the bank account's."""
    yield XeroField("Reference", label="Reference", max_length=255)
    yield XeroField("Contact.ContactID", "ref", "Organisation", required=True)
    yield XeroField("Date", "date", "Date")
    yield XeroField("CurrencyCode", "currency", "Currency", 3)


def _credit_note() -> Iterator[XeroField]:
    yield XeroField("CreditNoteNumber", label="Number", max_length=255)
    yield XeroField("Reference", label="Reference", max_length=255)
    yield XeroField("Contact.ContactID", "ref", "Organisation", required=True)
    yield XeroField("Date", "date", "Date")
    yield XeroField("CurrencyCode", "currency", "Currency", 3)


def _payment() -> Iterator[XeroField]:
    yield XeroField("Invoice.InvoiceID", "ref", "Invoice", required=True)
    yield XeroField("Date", "date", "Date", required=True)
    yield XeroField("Amount", "price", "Amount", required=True)
    # By id: a bank account may have no code, and a code may be edited.
    yield XeroField("Account.AccountID", "paid_to", "Account")
    yield XeroField("Reference", label="Reference", max_length=255)


#: Kind → path → field.
XERO_FIELDS: Mapping[str, Mapping[str, XeroField]] = MappingProxyType(
    {
        kind: MappingProxyType({field.path: field for field in fields()})
        for kind, fields in (
            ("Contact", _contact),
            ("Person", _person),
            ("Item", _item),
            ("Invoice", _invoice),
            ("CreditNote", _credit_note),
            ("BankTransaction", _receipt),
            ("Payment", _payment),
        )
    }
)
