"""The pages of the CRM."""

from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.forms import modelform_factory
from django.shortcuts import get_object_or_404, redirect, render

from examples.django_crm.models import Client, Invoice, Item, State

TERMS = timedelta(days=14)
ClientForm = modelform_factory(Client, fields="__all__")
ItemForm = modelform_factory(Item, fields="__all__")


def enter(request):
    """Say who you are. A real CRM asks for a password."""
    if request.method == "POST":
        login(request, get_object_or_404(User, username=request.POST["user"]))
        return redirect("/")
    return render(request, "login.html", {"users": User.objects.all()})


@login_required
def home(request):
    """All clients, items and invoices."""
    lists = {model.__name__: model.objects.all() for model in (Client, Item, Invoice)}
    return render(request, "home.html", {**lists, "today": date.today()})


@login_required
def client(request, key=None):
    """One client, shown or saved."""
    found = get_object_or_404(Client, pk=key) if key else None
    form = ClientForm(request.POST or None, instance=found)
    if form.is_valid():
        return redirect(f"/clients/{form.save().pk}")
    return render(request, "client.html", {"client": found, "form": form})


@login_required
def save_item(request):
    """Save a new item."""
    ItemForm(request.POST).save()
    return redirect("/")


@login_required
def save_invoice(request):
    """Save a new invoice for one item, to be paid within the terms; each save is a commit."""
    form, number = request.POST, f"R-{Invoice.objects.count() + 1:04d}"
    item, issued = Item.objects.get(sku=form["sku"]), date.fromisoformat(form["issued"])
    made = Invoice(number=number, client_id=form["client_id"], issued=issued, due=issued + TERMS)
    made.state = State.Sent
    made.save()
    made.lines.create(item=item, text=item.title, price=item.price, quantity=form["quantity"])
    made.save()
    return redirect(f"/invoices/{made.pk}")


@login_required
def pay(request, key):
    """Note that money came in."""
    found = get_object_or_404(Invoice, pk=key)
    found.payments.create(paid_on=date.today(), amount=Decimal(request.POST["amount"]))
    found.save()
    return redirect(f"/invoices/{key}")
