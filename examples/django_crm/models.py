"""What the CRM keeps."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models

CENT = Decimal("0.01")
State = models.TextChoices("State", "Draft Sent Paid Cancelled")


def text(length):
    """A line of text that may be left empty."""
    return models.CharField(max_length=length, blank=True)


class Client(models.Model):
    """A company that buys."""

    name = models.CharField(max_length=120)
    mail = models.EmailField(blank=True)
    street = models.TextField(blank=True)
    phone, town, postcode, country = text(40), text(80), text(12), text(60)

    def __str__(self):
        return self.name


class Item(models.Model):
    """Something that is sold."""

    sku = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=12, decimal_places=4, default=0)


class Invoice(models.Model):
    """An invoice; its total is kept beside its lines."""

    number = models.CharField(max_length=30, unique=True)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="invoices")
    issued = models.DateField()
    due = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.Draft)
    total = models.DecimalField(max_digits=12, decimal_places=2, editable=False)

    def save(self, *args, **given):
        """Write the total, and whether all of it is paid."""
        lines = self.lines.all() if self.pk else []
        gross = sum((line.net() * (100 + line.vat) / 100 for line in lines), Decimal(0))
        self.total = gross.quantize(CENT, ROUND_HALF_UP)
        paid = sum(payment.amount for payment in self.payments.all()) if self.pk else 0
        if paid and paid >= self.total:
            self.state = State.Paid
        super().save(*args, **given)


class InvoiceLine(models.Model):
    """One line of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveIntegerField(default=0)
    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.SET_NULL)
    text = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=12, decimal_places=4, default=1)
    price = models.DecimalField(max_digits=12, decimal_places=4)
    vat = models.DecimalField(max_digits=5, decimal_places=2, default=20)

    def net(self):
        """The line before tax."""
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)


class Payment(models.Model):
    """Money that came in for an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    paid_on = models.DateField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
