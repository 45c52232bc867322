"""The addresses of the CRM: one page of its own, the admin, and the library's pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import include, path

from tests.djangocrm.models import Company, Invoice, Item, Line
from xtiger.django.admin import XeroAdmin


class LinesInline(admin.TabularInline):
    """The lines on the page of an invoice."""

    model = Line


class CompanyAdmin(XeroAdmin, admin.ModelAdmin):
    """Companies, with Xero."""


class InvoiceAdmin(XeroAdmin, admin.ModelAdmin):
    """Invoices, with Xero."""

    inlines = (LinesInline,)


site = admin.AdminSite()
site.register(Company, CompanyAdmin)
site.register(Invoice, InvoiceAdmin)


def company(request: Any, key: int) -> Any:
    """The page of a company."""
    return render(request, "company.html", {"company": get_object_or_404(Company, pk=key)})


def companies(request: Any) -> Any:
    """The list of companies, in pages."""
    pages = Paginator(Company.objects.order_by("pk"), 50)
    return render(request, "companies.html", {"page": pages.get_page(request.GET.get("page"))})


def items(request: Any) -> Any:
    """What is sold: goods and work in one table."""
    return render(request, "items.html", {"items": Item.objects.order_by("name")})


urlpatterns = [
    path("companies/", companies),
    path("items/", items),
    path("companies/<int:key>/", company),
    path("admin/", site.urls),
    path("books/", include("xtiger.django.urls")),
]
