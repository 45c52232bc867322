"""Quotes of the CRM: a won one becomes an invoice, here and in Xero."""

from datetime import date
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.db import models, transaction
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST

from examples.django_crm.models import Client, Item, State
from examples.django_crm.views import TERMS
from xtiger.django import library
from xtiger.model.records import Ref, Write


class Quote(models.Model):
    """What a client was offered."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT)
    won = models.BooleanField(default=False)


class QuoteLine(models.Model):
    """One item of a quote."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)


def invoice_of_sale(sale):
    """The invoice that a won quote becomes, dated today."""
    quote, today, lines = Quote.objects.get(pk=sale.id), date.today(), []
    for one in quote.lines.all():
        line = {"text": one.item.title, "price": one.item.price, "vat": Decimal(20)}
        lines.append({"item": str(one.item_id), "quantity": one.quantity, **line})
    head = {"number": f"Q-{quote.pk}", "client": str(quote.client_id), "state": State.Sent}
    return Write({**head, "issued": today, "due": today + TERMS}, lines=lines)


@login_required
def save(request):
    """Save a new quote for one or more items."""
    form = request.POST
    quote = Quote.objects.create(client_id=form["client_id"])
    for sku, count in zip(form.getlist("sku"), form.getlist("quantity"), strict=True):
        quote.lines.create(item=Item.objects.get(sku=sku), quantity=Decimal(count))
    return redirect(f"/quotes/{quote.pk}")


@login_required
def show(request, key):
    """One quote, with the button that wins it."""
    get_object_or_404(Quote, pk=key)
    token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    form = f'<form method="post" action="/quotes/{key}/won">{token}<button>Won</button></form>'
    return HttpResponse(f"<!doctype html><title>CRM</title>{form}")


@login_required
@require_POST
def win(_request, key):
    """Mark a quote as won; its invoice is made in the same transaction, once."""
    with transaction.atomic():
        get_object_or_404(Quote, pk=key)
        Quote.objects.filter(pk=key).update(won=True)
        made = library().sale_closed(Ref("Quotes", str(key)))
    return redirect(f"/invoices/{made.id}" if made else f"/quotes/{key}")


urlpatterns = [path("", save), path("/<int:key>", show), path("/<int:key>/won", win)]
