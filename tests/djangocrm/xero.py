"""What the CRM's models mean: its adapter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.djangocrm.models import Company, Invoice, Payment, Person, Product, Service
from xtiger.hosts.django import DjangoHost, Field, Lines, Module
from xtiger.model.records import Currency, Tax

STATUSES = ("Created", "Approved", "Paid")

MODULES = [
    Module(
        "Organizations",
        Company,
        role="organisation",
        modified="modified_at",
        url="https://crm.example/company/{id}",
        fields=[
            Field("name", role="organisation.name", required=True),
            Field("number", role="organisation.number"),
            Field("email", role="organisation.email"),
            Field("notes"),
            Field("active"),
            Field("founded"),
            Field("seen_at"),
            Field("staff"),
            Field("score", type="decimal"),
            Field("credit", type="money"),
            Field("tier"),
            Field("extra"),
            Field("xero_sync", role="xtiger.allow_sync"),
        ],
    ),
    Module(
        "Contacts",
        Person,
        role="contact",
        parents=["company"],
        deleted="trashed_at",
        fields=[
            Field("last_name", role="contact.last_name", required=True),
            Field("company", role="contact.organisation", ref="Organizations"),
        ],
    ),
    *(
        Module(
            name,
            model,
            role=role,
            fields=[
                Field("name", role=f"{role}.name", required=True),
                Field("code", role=f"{role}.code"),
                Field("price", role=f"{role}.sales_price"),
            ],
        )
        for name, model, role in (
            ("Products", Product, "product"),
            ("Services", Service, "service"),
        )
    ),
    Module(
        "Invoices",
        Invoice,
        role="invoice",
        url=lambda key: f"https://crm.example/invoice/{key}",
        fields=[
            Field("number", role="invoice.number"),
            Field("company_id", role="invoice.organisation", ref="Organizations", required=True),
            Field("day", role="invoice.date"),
            Field("status", role="invoice.status", choices=STATUSES),
            Field("total", role="invoice.total"),
        ],
        lines=Lines(
            "lines",
            order="place",
            fields=[
                Field("text", role="line.description"),
                Field("product_id", role="line.product", ref="Products"),
                Field("quantity", role="line.quantity", required=True),
                Field("price", role="line.unit_price", required=True),
            ],
        ),
    ),
    Module(
        "Payments",
        Payment,
        role="payment",
        parents=["invoice_id"],
        fields=[
            Field("invoice_id", role="payment.invoice", ref="Invoices", required=True),
            Field("day", role="payment.date"),
            Field("amount", role="payment.amount"),
        ],
    ),
]


def make_host(**given: Any) -> DjangoHost:
    """The CRM as a host."""
    return DjangoHost(
        modules=MODULES,
        base_currency="GBP",
        currencies=[Currency("GBP"), Currency("EUR")],
        taxes=[Tax("1", "VAT 20 %", Decimal(20))],
        **given,
    )
