"""The addresses: the CRM's own, the admin, and XTiger's pages."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.generic import DetailView

from examples.django_crm import models, views
from xtiger.django.admin import XeroAdmin


class Admin(XeroAdmin, admin.ModelAdmin):
    """Records with their panel, lists with Copy to Xero."""


admin.site.register([models.Client, models.Item, models.Invoice], Admin)
invoice = DetailView.as_view(model=models.Invoice, template_name="invoice.html")
urlpatterns = [
    path("", views.home),
    path("login", views.enter),
    path("clients", views.client),
    path("clients/<int:key>", views.client),
    path("items", views.save_item),
    path("invoices", views.save_invoice),
    path("invoices/<int:pk>", login_required(invoice)),
    path("invoices/<int:key>/payments", views.pay),
    path("quotes", include("examples.django_crm.quotes")),
    path("admin/", admin.site.urls),
    path("", include("xtiger.django.urls")),
]
