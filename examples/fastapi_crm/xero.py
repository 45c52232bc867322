"""Plugs the CRM into Xero: which model is what, and what its columns mean."""

import os

from examples.fastapi_crm import crm
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost

SITE = os.environ.get("CRM_URL", "http://localhost:8080")
CUSTOMER = [
    Field("legal_name", role="organisation.name", required=True),
    Field("email", role="organisation.email"),
    Field("gst_number", role="organisation.tax_number"),
    Field("address", role="organisation.billing.street"),
    Field("city", role="organisation.billing.city"),
]
PRODUCT = [
    Field("code", role="product.code", required=True),
    Field("label", role="product.name"),
    Field("unit_price", role="product.sales_price"),
]
INVOICE = [
    Field("number", role="invoice.number"),
    Field("customer", role="invoice.organisation", ref="Organizations"),
    Field("invoice_date", role="invoice.date"),
    Field("due_date", role="invoice.due_date"),
    Field("status", role="invoice.status"),
    Field("total_incl_gst", role="invoice.total"),
]
LINE = [
    Field("product", role="line.product", ref="Products"),
    Field("description", role="line.description"),
    Field("quantity", role="line.quantity"),
    Field("unit_price", role="line.unit_price"),
    Field("gst_rate", role="line.tax_rate"),
]
PAYMENT = [
    Field("invoice", role="payment.invoice", ref="Invoices"),
    Field("received_on", role="payment.date"),
    Field("amount", role="payment.amount"),
]
LINES = Lines("lines", LINE, order="position")


def _kept(page):
    return {"modified": "updated_at", "deleted": "deleted_at", "url": f"{SITE}/{page}/{{id}}"}


MODULES = [
    Module("Organizations", crm.Customer, "organisation", fields=CUSTOMER, **_kept("clients")),
    Module("Products", crm.Product, "product", fields=PRODUCT, **_kept("items")),
    Module("Invoices", crm.Invoice, "invoice", fields=INVOICE, lines=LINES, **_kept("invoices")),
    Module("Payments", crm.Payment, "payment", fields=PAYMENT, parents=["invoice"]),
]


def make_host():
    """The CRM as XTiger sees it."""
    return SQLAlchemyHost(crm.Plain, modules=MODULES, base_currency="NZD")
