"""Plugs the CRM into Xero: which model is what, and what its columns mean."""

import os

from examples.flask_crm import crm, quotes
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost

SITE = os.environ.get("CRM_URL", "http://localhost:8080")
CLIENT = [
    Field("name", role="organisation.name", required=True),
    Field("mail", role="organisation.email"),
    Field("phone", role="organisation.phone"),
    Field("street", role="organisation.billing.street"),
    Field("town", role="organisation.billing.city"),
    Field("postcode", role="organisation.billing.postal_code"),
    Field("country", role="organisation.billing.country"),
]
ITEM = [
    Field("sku", role="product.code", required=True),
    Field("title", role="product.name"),
    Field("price", role="product.sales_price"),
]
INVOICE = [
    Field("number", role="invoice.number"),
    Field("client", role="invoice.organisation", ref="Organizations"),
    Field("issued", role="invoice.date"),
    Field("due", role="invoice.due_date"),
    Field("state", role="invoice.status", choices=crm.STATES),
    Field("total", role="invoice.total"),
]
LINE = [
    Field("item", role="line.product", ref="Products"),
    Field("text", role="line.description"),
    Field("quantity", role="line.quantity"),
    Field("price", role="line.unit_price"),
    Field("vat", role="line.tax_rate"),
]
PAYMENT = [
    Field("invoice", role="payment.invoice", ref="Invoices"),
    Field("paid_at", role="payment.date"),
    Field("amount", role="payment.amount"),
]
LINES = Lines("lines", LINE, order="place")
CLIENTS, INVOICES = f"{SITE}/clients/{{id}}", f"{SITE}/invoices/{{id}}"
MODULES = [
    Module("Organizations", crm.Client, "organisation", fields=CLIENT, url=CLIENTS),
    Module("Products", crm.Item, "product", fields=ITEM),
    Module("Invoices", crm.Invoice, "invoice", fields=INVOICE, lines=LINES, url=INVOICES),
    Module("Payments", crm.Payment, "payment", fields=PAYMENT, parents=["invoice"]),
]


def make_host(app=crm.create_app):
    """The CRM as XTiger sees it."""
    won = quotes.invoice_of_sale
    given = {"app": app, "modules": MODULES, "invoice_of_sale": won}
    return SQLAlchemyHost(crm.db, base_currency="GBP", **given)
