"""The rows that a mapping begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from xtiger.model.mappings import Row


def _both(crm: str, xero: str) -> Row:
    return Row(crm, xero)


def _organisation_rows() -> tuple[Row, ...]:
    parts = (
        ("street", "Street"),
        ("city", "City"),
        ("region", "Region"),
        ("postal_code", "PostalCode"),
        ("country", "Country"),
        ("attention", "AttentionTo"),
    )
    addresses = tuple(
        _both(f"organisation.{ours}.{part}", f"Addresses.{theirs}.{name}")
        for ours, theirs in (("billing", "POBOX"), ("shipping", "STREET"))
        for part, name in parts
    )
    return (
        Row("organisation.name", "Name", keep_when_empty=True),
        Row("organisation.number", "AccountNumber", direction="to_xero"),
        _both("organisation.email", "EmailAddress"),
        _both("organisation.phone", "Phones.DEFAULT"),
        _both("organisation.mobile", "Phones.MOBILE"),
        _both("organisation.fax", "Phones.FAX"),
        Row("organisation.website", "Website", direction="to_crm", keep_when_empty=True),
        _both("organisation.tax_number", "TaxNumber"),
        _both("organisation.company_number", "CompanyNumber"),
        Row("organisation.type", "UsedAs", direction="to_crm"),
        *addresses,
    )


def _person_rows() -> tuple[Row, ...]:
    return (
        Row("contact.organisation", "ContactID", keep_when_empty=True),
        _both("contact.first_name", "FirstName"),
        Row("contact.last_name", "LastName", keep_when_empty=True),
        _both("contact.email", "EmailAddress"),
        _both("contact.phone", "Phones.DEFAULT"),
        _both("contact.mobile", "Phones.MOBILE"),
    )


def _item_rows(role: str) -> tuple[Row, ...]:
    return (
        Row(f"{role}.code", "Code", keep_when_empty=True),
        Row(f"{role}.name", "Name", keep_when_empty=True),
        _both(f"{role}.description", "Description"),
        _both(f"{role}.sales_price", "SalesDetails.UnitPrice"),
        _both(f"{role}.sales_account", "SalesDetails.AccountCode"),
        _both(f"{role}.sales_tax", "SalesDetails.TaxType"),
        _both(f"{role}.purchase_price", "PurchaseDetails.UnitPrice"),
        _both(f"{role}.purchase_account", "PurchaseDetails.AccountCode"),
        Row(f"{role}.active", "IsSold", keep_when_empty=True),
    )


def _invoice_rows() -> tuple[Row, ...]:
    return (
        Row("invoice.number", "InvoiceNumber", direction="to_xero", keep_when_empty=True),
        Row("invoice.reference", "Reference"),
        Row("invoice.organisation", "Contact.ContactID", keep_when_empty=True),
        Row("invoice.date", "Date", keep_when_empty=True),
        Row("invoice.due_date", "DueDate", keep_when_empty=True),
        Row("invoice.currency", "CurrencyCode", keep_when_empty=True),
    )


def _payment_rows() -> tuple[Row, ...]:
    return (
        Row("payment.invoice", "Invoice.InvoiceID", keep_when_empty=True),
        Row("payment.date", "Date", keep_when_empty=True),
        Row("payment.amount", "Amount", keep_when_empty=True),
        Row("payment.account", "Account.AccountID", keep_when_empty=True),
        # Xero changes no payment: making it anew for its text alone would be a poor trade.
        Row("payment.reference", "Reference", only_on_create=True),
    )


def default_rows(role: str) -> tuple[Row, ...]:
    """The rows of a module before anybody changed them; empty for an unknown role."""
    rows: Callable[[], tuple[Row, ...]] = _ROWS.get(role, tuple)
    return rows()


_ROWS: Mapping[str, Callable[[], tuple[Row, ...]]] = MappingProxyType(
    {
        "organisation": _organisation_rows,
        "contact": _person_rows,
        "product": partial(_item_rows, "product"),
        "service": partial(_item_rows, "service"),
        "invoice": _invoice_rows,
        "payment": _payment_rows,
    }
)
