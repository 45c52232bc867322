"""Plugs the demo CRM into XTiger: which table is which module, and what its fields mean."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo import models
from xtiger.demo.database import open_sessions
from xtiger.demo.paper import document
from xtiger.demo.quotes import invoice_of_sale
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost
from xtiger.model.records import Currency, Tax
from xtiger.settings import load_settings

#: Where the CRM's pages are unless the demo is given another port.
ADDRESS = "http://localhost:8080"
_SYNC = Field("xero_sync", role="xtiger.allow_sync", label="Allow XTiger Sync")
_ADDRESS_PARTS = ("street", "city", "region", "postal_code", "country")


def _address(prefix: str) -> list[Field]:
    return [
        Field(f"{prefix}_{part}", role=f"organisation.{prefix}.{part}") for part in _ADDRESS_PARTS
    ]


def _organizations(address: str) -> Module:
    return Module(
        "Organizations",
        models.Organization,
        role="organisation",
        fields=[
            Field("name", role="organisation.name", required=True),
            Field("number", role="organisation.number", label="Account number"),
            Field("type", role="organisation.type"),
            Field("industry", label="Trade"),
            Field("email", role="organisation.email", type="email"),
            Field("phone", role="organisation.phone", type="phone"),
            Field("mobile", role="organisation.mobile", type="phone"),
            Field("fax", role="organisation.fax", type="phone"),
            Field("website", role="organisation.website", type="url"),
            Field("tax_number", role="organisation.tax_number", label="VAT number"),
            Field("company_number", role="organisation.company_number"),
            *_address("billing"),
            *_address("shipping"),
            _SYNC,
        ],
        modified="modified",
        version="version",
        url=f"{address}/organizations/{{id}}",
    )


def _contacts(address: str) -> Module:
    return Module(
        "Contacts",
        models.Contact,
        role="contact",
        fields=[
            Field("first_name", role="contact.first_name"),
            Field("last_name", role="contact.last_name", required=True),
            Field("organization_id", role="contact.organisation", type="ref", ref="Organizations"),
            Field("email", role="contact.email", type="email"),
            Field("phone", role="contact.phone", type="phone"),
            Field("mobile", role="contact.mobile", type="phone"),
            Field("title"),
            _SYNC,
        ],
        parents=("organization_id",),
        modified="modified",
        version="version",
        url=f"{address}/contacts/{{id}}",
    )


def _sold(word: str) -> list[Field]:
    return [
        Field("name", role=f"{word}.name", required=True),
        Field("code", role=f"{word}.code"),
        Field("description", role=f"{word}.description"),
        Field("sales_price", role=f"{word}.sales_price", type="money"),
        Field("sales_account", role=f"{word}.sales_account"),
        Field("sales_tax", role=f"{word}.sales_tax"),
        Field("active", role=f"{word}.active"),
        _SYNC,
    ]


def _products(address: str) -> Module:
    return Module(
        "Products",
        models.Product,
        role="product",
        fields=[
            *_sold("product"),
            Field("purchase_price", role="product.purchase_price", type="money"),
            Field("purchase_account", role="product.purchase_account"),
        ],
        modified="modified",
        version="version",
        url=f"{address}/products/{{id}}",
    )


def _services(address: str) -> Module:
    return Module(
        "Services",
        models.Service,
        role="service",
        fields=_sold("service"),
        modified="modified",
        version="version",
        url=f"{address}/services/{{id}}",
    )


def _lines() -> Lines:
    return Lines(
        "lines",
        fields=[
            Field("product_id", role="line.product", type="ref", ref="Products"),
            Field("service_id", role="line.service", type="ref", ref="Services"),
            Field("name", role="line.name"),
            Field("description", role="line.description"),
            Field("quantity", role="line.quantity", type="decimal"),
            Field("unit_price", role="line.unit_price", type="money"),
            Field("discount_percent", role="line.discount_percent", type="decimal"),
            Field("discount_amount", role="line.discount_amount", type="money"),
            Field("tax_name", role="line.tax_name"),
            Field("tax_percent", role="line.tax_rate", type="decimal"),
            Field("taxes", role="line.taxes", type="json"),
            Field("account", role="line.account"),
            Field("total", role="line.total", type="money", writable=False),
        ],
    )


def _invoices(address: str) -> Module:
    return Module(
        "Invoices",
        models.Invoice,
        role="invoice",
        fields=[
            Field("number", role="invoice.number", required=True),
            Field("reference", role="invoice.reference"),
            Field("organization_id", role="invoice.organisation", type="ref", ref="Organizations"),
            Field("contact_id", role="invoice.contact", type="ref", ref="Contacts"),
            Field("date", role="invoice.date"),
            Field("due_date", role="invoice.due_date"),
            Field("status", role="invoice.status", type="choice", choices=models.STATUSES),
            Field("currency", role="invoice.currency"),
            Field("rate", role="invoice.rate", type="decimal"),
            Field("discount_percent", role="invoice.discount_percent", type="decimal"),
            Field("deducted_tax", role="invoice.deducted_tax", type="money"),
            Field("total", role="invoice.total", type="money", writable=False),
            Field("credits_id", role="invoice.credits", type="ref", ref="Invoices"),
            Field("received", role="invoice.received", type="money"),
            Field("credited", role="invoice.credited", type="money"),
            Field("balance", role="invoice.balance", type="money", writable=False),
            Field("xero_status", role="xtiger.status", label="Xero Status"),
            Field("xero_type", role="xtiger.invoice_type", label="Xero Invoice Type"),
            _SYNC,
        ],
        lines=_lines(),
        modified="modified",
        version="version",
        url=f"{address}/invoices/{{id}}",
    )


def _payments(address: str) -> Module:
    return Module(
        "Payments",
        models.Payment,
        role="payment",
        fields=[
            Field("number", role="payment.number"),
            Field("invoice_id", role="payment.invoice", type="ref", ref="Invoices"),
            Field("date", role="payment.date"),
            Field("amount", role="payment.amount", type="money"),
            Field("status", role="payment.status"),
            Field("mode", role="payment.mode"),
            Field("reference", role="payment.reference"),
            Field("account", role="payment.account"),
        ],
        url=f"{address}/payments/{{id}}",
        parents=("invoice_id",),
        modified="modified",
        version="version",
    )


def modules(address: str = ADDRESS) -> list[Module]:
    """The CRM's modules, parents first."""
    return [
        _organizations(address),
        _contacts(address),
        _products(address),
        _services(address),
        _invoices(address),
        _payments(address),
    ]


def _taxes(sessions: sessionmaker[Session]) -> list[Tax]:
    with sessions() as session:
        rows = session.scalars(select(models.Tax).order_by(models.Tax.id)).all()
        return [Tax(str(row.id), row.name, row.percent) for row in rows]


def build(
    home: Path, address: str = ADDRESS, sessions: sessionmaker[Session] | None = None
) -> SQLAlchemyHost:
    """The CRM in `home` as a host; `address` is where its pages are.

    Give `sessions` where the CRM runs in the same process, so that its saves are seen.
    """
    found = sessions or open_sessions(home)
    return SQLAlchemyHost(
        found,
        modules=modules(address),
        base_currency="GBP",
        name="Aroha CRM",
        currencies=[Currency("GBP"), Currency("EUR"), Currency("NZD")],
        taxes=lambda: _taxes(found),
        invoice_of_sale=invoice_of_sale,
        document=document,
    )


def factory() -> SQLAlchemyHost:
    """The host of the CRM in the home of the settings: XTIGER_HOST="xtiger.demo.host:factory"."""
    return build(load_settings().home)
