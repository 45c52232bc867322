"""The roles: what a field of the CRM can mean to the library, and which types fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from xtiger.model.records import FieldType

_TEXT: Final[tuple[FieldType, ...]] = ("text", "long_text", "choice")
_LONG: Final[tuple[FieldType, ...]] = ("long_text", "text")
_EMAIL: Final[tuple[FieldType, ...]] = ("email", "text")
_PHONE: Final[tuple[FieldType, ...]] = ("phone", "text")
_URL: Final[tuple[FieldType, ...]] = ("url", "text")
_CHOICE: Final[tuple[FieldType, ...]] = ("choice", "text")
_MONEY: Final[tuple[FieldType, ...]] = ("money", "decimal", "int")
_NUMBER: Final[tuple[FieldType, ...]] = ("decimal", "int", "money")
_BOOL: Final[tuple[FieldType, ...]] = ("bool",)
_DATE: Final[tuple[FieldType, ...]] = ("date", "datetime")
_REF: Final[tuple[FieldType, ...]] = ("ref",)
_JSON: Final[tuple[FieldType, ...]] = ("json",)
_TAX: Final[tuple[FieldType, ...]] = ("text", "choice", "decimal")


@dataclass(frozen=True, slots=True)
class Role:
    """One meaning: the field types that fit, the usual one first, and what it is."""

    types: tuple[FieldType, ...]
    sentence: str
    #: The module cannot be synced without it.
    needed: bool = False
    #: Known, so that an adapter may name it already, and offered nowhere: nothing is done with it
    #: yet.
    later: bool = False


#: The status of a record that Xero has none of.
_STAGE: Final = Role(
    _CHOICE, "Where it stands, such as Prospect or Active: it can choose what syncs."
)


def _addresses() -> dict[str, Role]:
    parts: tuple[tuple[str, tuple[FieldType, ...], str], ...] = (
        ("street", _LONG, "Street and number, lines kept"),
        ("city", _TEXT, "Town"),
        ("region", _TEXT, "County, state or province"),
        ("postal_code", _TEXT, "Postal code"),
        ("country", _TEXT, "Country"),
        ("attention", _TEXT, "Person the post is addressed to"),
    )
    return {
        f"organisation.{kind}.{part}": Role(types, f"{sentence} of the {kind} address.")
        for kind in ("billing", "shipping")
        for part, types, sentence in parts
    }


def _item(role: str) -> dict[str, Role]:
    return {
        f"{role}.name": Role(_TEXT, "Name that people read.", needed=True),
        f"{role}.code": Role(
            _TEXT, "Short code, unique in Xero, at most 30 characters.", needed=True
        ),
        f"{role}.number": Role(_TEXT, "The CRM's own running number."),
        f"{role}.description": Role(_LONG, "Text that stands on documents."),
        f"{role}.sales_price": Role(_MONEY, "Net price per unit when sold."),
        f"{role}.purchase_price": Role(_MONEY, "Net price per unit when bought."),
        f"{role}.sales_account": Role(_CHOICE, "Account code in Xero for sales."),
        f"{role}.purchase_account": Role(_CHOICE, "Account code in Xero for purchases."),
        f"{role}.sales_tax": Role(_TAX, "Name or percentage of the tax when sold."),
        f"{role}.active": Role(_BOOL, "Whether it is on sale."),
        f"{role}.status": _STAGE,
    }


#: Every role by its name; the word before the first full stop names the module's role, "line"
#: stands for the lines of an invoice and "xtiger" for any module.
ROLES: Final[dict[str, Role]] = {
    "organisation.name": Role(_TEXT, "Name of the company.", needed=True),
    "organisation.number": Role(_TEXT, "Account number, unique in the CRM."),
    "organisation.email": Role(_EMAIL, "Address for invoices."),
    "organisation.phone": Role(_PHONE, "First telephone number."),
    "organisation.mobile": Role(_PHONE, "Mobile number."),
    "organisation.fax": Role(_PHONE, "Fax number."),
    "organisation.website": Role(_URL, "Address of the website."),
    "organisation.tax_number": Role(_TEXT, "VAT or tax number."),
    "organisation.company_number": Role(_TEXT, "Number in the company register."),
    "organisation.sales_account": Role(_CHOICE, "Account code in Xero for its sales."),
    "organisation.currency": Role(_CHOICE, "Three letters of its usual currency.", later=True),
    "organisation.type": Role(_CHOICE, "Customer, supplier, partner and so on."),
    "organisation.status": _STAGE,
    **_addresses(),
    "contact.first_name": Role(_TEXT, "First name of the person."),
    "contact.last_name": Role(_TEXT, "Family name of the person.", needed=True),
    "contact.number": Role(_TEXT, "The CRM's own running number."),
    "contact.title": Role(_TEXT, "What the person does there.", later=True),
    "contact.email": Role(_EMAIL, "Address of the person."),
    "contact.phone": Role(_PHONE, "Telephone at work."),
    "contact.mobile": Role(_PHONE, "Mobile number."),
    "contact.status": _STAGE,
    "contact.organisation": Role(_REF, "The organisation that the person belongs to."),
    **_item("product"),
    **_item("service"),
    "invoice.number": Role(_TEXT, "Number printed on the invoice.", needed=True),
    "invoice.reference": Role(_TEXT, "The customer's reference or the subject."),
    "invoice.organisation": Role(_REF, "The organisation that pays.", needed=True),
    "invoice.contact": Role(_REF, "The person it is addressed to.", later=True),
    "invoice.date": Role(_DATE, "Day of the invoice.", needed=True),
    "invoice.due_date": Role(_DATE, "Day on which it must be paid."),
    "invoice.status": Role(
        _CHOICE, "Created, Approved, Sent, Paid, Cancel and so on.", needed=True
    ),
    "invoice.currency": Role(_CHOICE, "Three letters; empty is the CRM's own currency."),
    "invoice.rate": Role(_NUMBER, "Base units for 1 of the currency on that day."),
    "invoice.tax_mode": Role(_CHOICE, '"individual" for tax per line, "group" for one tax.'),
    "invoice.branding": Role(_TEXT, "Name of the branding theme in Xero."),
    "invoice.net": Role(_MONEY, "Total before tax, as the CRM computed it."),
    "invoice.tax": Role(_MONEY, "Tax of the whole invoice as an amount, as the CRM computed it."),
    "invoice.total": Role(_MONEY, "Total with tax, as the CRM computed it."),
    "invoice.discount_percent": Role(_NUMBER, "Discount on the whole invoice, 10 is 10 %."),
    "invoice.discount_amount": Role(_MONEY, "Discount on the whole invoice as an amount."),
    "invoice.charges": Role(_MONEY, "Shipping and handling, net."),
    "invoice.charges_tax": Role(_NUMBER, "Tax on the charges, 20 is 20 %."),
    "invoice.adjustment": Role(_MONEY, "Amount added at the end, without tax."),
    "invoice.deducted_tax": Role(_MONEY, "Tax that the customer keeps back."),
    "invoice.credits": Role(_REF, "The invoice that a credit gives back, in whole or in part."),
    "invoice.received": Role(_MONEY, "What has been paid so far."),
    "invoice.credited": Role(
        _MONEY, "What of it credit settled: credit notes and money on account, set against it."
    ),
    "invoice.balance": Role(_MONEY, "What is still to pay."),
    "line.product": Role(_REF, "The product sold."),
    "line.service": Role(_REF, "The service sold."),
    "line.tracking": Role(
        _TEXT, "Tracking option in Xero, such as North or Region: North; several with semicolons."
    ),
    "line.name": Role(_TEXT, "Name of what is sold."),
    "line.description": Role(_LONG, "Text printed on the line."),
    "line.quantity": Role(_NUMBER, "How many units.", needed=True),
    "line.unit_price": Role(_MONEY, "Net price per unit.", needed=True),
    "line.discount_percent": Role(_NUMBER, "Discount on the line, 10 is 10 %."),
    "line.discount_amount": Role(_MONEY, "Discount on the line as an amount."),
    "line.tax_rate": Role(_NUMBER, "Tax on the line, 20 is 20 %."),
    "line.tax_name": Role(_TEXT, "Name of the tax in the CRM."),
    "line.taxes": Role(
        _JSON,
        'Several taxes: a list of {"name": ..., "percent": ...}, with "compound": true for one '
        "that is taken of the amount with the others.",
    ),
    "line.account": Role(_CHOICE, "Account code in Xero."),
    "line.tax": Role(_MONEY, "Tax of the line as an amount, as the CRM computed it."),
    "line.total": Role(_MONEY, "Net total of the line, as the CRM computed it."),
    "payment.number": Role(_TEXT, "The CRM's own running number.", later=True),
    "payment.invoice": Role(_REF, "The invoice that is paid.", needed=True),
    "payment.date": Role(_DATE, "Day of the payment.", needed=True),
    "payment.amount": Role(_MONEY, "Amount in the invoice's currency.", needed=True),
    "payment.status": Role(_CHOICE, "Whether the money has arrived."),
    "payment.mode": Role(_CHOICE, "Cash, card, bank transfer and so on.", later=True),
    "payment.account": Role(_CHOICE, "Code of the bank account in Xero."),
    "payment.reference": Role(_TEXT, "Text of the payment."),
    "xtiger.allow_sync": Role(_BOOL, "Whether this record may be synced."),
    "xtiger.status": Role(_CHOICE, "Xero Status: the status wanted in Xero."),
    "xtiger.invoice_type": Role(_CHOICE, "Xero Invoice Type: Invoice or Bill; empty is Invoice."),
    "xtiger.sales_account": Role(
        _CHOICE, "Account code chosen in the panel for sales.", later=True
    ),
    "xtiger.purchase_account": Role(
        _CHOICE, "Account code chosen in the panel for purchases.", later=True
    ),
}

#: The roles that a module can have → the name under which the library syncs the module.
MODULE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "organisation": "Organizations",
        "contact": "Contacts",
        "product": "Products",
        "service": "Services",
        "invoice": "Invoices",
        "payment": "Payments",
    }
)
MODULE_ROLES: Final = tuple(MODULE_NAMES)

#: What means a day, also where the CRM keeps a date and time.
DAYS: Final = frozenset(name for name, role in ROLES.items() if role.types == _DATE)
#: What an invoice or line comes to: summed up for the CRM where it must have it, never asked for.
SUMS: Final = frozenset(
    {
        "invoice.net",
        "invoice.tax",
        "invoice.total",
        "invoice.received",
        "invoice.credited",
        "invoice.balance",
        "line.tax",
        "line.total",
    }
)
#: Amounts that an invoice of Xero has none of: 0 where the CRM must have one.
NONE_IN_XERO: Final = frozenset(
    {
        "invoice.discount_percent",
        "invoice.discount_amount",
        "invoice.charges",
        "invoice.charges_tax",
        "invoice.adjustment",
        "invoice.deducted_tax",
    }
)
#: Roles that a new record of the CRM takes from Xero, and the CRM owns from then on.
GIVEN_ONCE: Final = frozenset({"organisation.number"})


def needed_roles(module_role: str) -> tuple[str, ...]:
    """The roles without which a module of this role cannot be synced; lines count to invoice."""
    prefixes = (f"{module_role}.", "line.") if module_role == "invoice" else (f"{module_role}.",)
    return tuple(name for name, role in ROLES.items() if role.needed and name.startswith(prefixes))
