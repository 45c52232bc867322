"""What the CRM keeps, each value in several ways; a test uses the columns that it is about."""

from __future__ import annotations

import django
from django.db import models


class Money(models.DecimalField):
    """A number with four decimal places that may be missing."""

    def __init__(self, **given: object) -> None:
        fixed = {"max_digits": 20, "decimal_places": 4, "null": True, "blank": True}
        super().__init__(**{**fixed, **given})


class Stage(models.IntegerChoices):
    """A status that is kept as a number."""

    DRAFT = 1, "Draft"
    APPROVED = 2, "Approved"


class Phase(models.TextChoices):
    """A status that is kept as a word."""

    OPEN = "draft", "Open"
    DONE = "approved", "Done"


class Firm(models.Model):
    """A customer."""

    name = models.CharField(max_length=80)


class Bill(models.Model):
    """An invoice."""

    number = models.CharField(max_length=40, null=True, blank=True)
    firm = models.ForeignKey(Firm, null=True, on_delete=models.CASCADE)
    day = models.DateField(null=True, blank=True)
    moment = models.DateTimeField(null=True, blank=True)
    due = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, null=True, blank=True)
    stage = models.IntegerField(choices=Stage.choices, null=True, blank=True)
    phase = models.CharField(max_length=20, choices=Phase.choices, null=True, blank=True)
    word = models.CharField(max_length=20, null=True, blank=True)
    net = Money()
    vat = Money()
    total = Money()
    total_cents = models.IntegerField(null=True, blank=True)
    off = Money()
    off_percent = Money()


class Row(models.Model):
    """A line of an invoice."""

    bill = models.ForeignKey(Bill, related_name="rows", on_delete=models.CASCADE)
    text = models.CharField(max_length=80, null=True, blank=True)
    quantity = Money()
    price = Money()
    price_cents = models.IntegerField(null=True, blank=True)
    price_float = models.FloatField(null=True, blank=True)
    rate = Money()
    rate_fraction = Money()
    vat = Money()
    off = Money()
    off_percent = Money()
    net = Money()
    total = Money()


#: Whether this release of Django has keys of several columns.
HAS_COMPOSITE_KEYS = django.VERSION >= (5, 2)

if HAS_COMPOSITE_KEYS:

    class KeyedFirm(models.Model):
        """A customer, numbered within its branch."""

        pk = models.CompositePrimaryKey("branch", "no")
        branch = models.CharField(max_length=20)
        no = models.IntegerField()
        name = models.CharField(max_length=120)

    class KeyedThing(models.Model):
        """What a branch sells."""

        pk = models.CompositePrimaryKey("branch", "no")
        branch = models.CharField(max_length=20)
        no = models.IntegerField()
        code = models.CharField(max_length=20)
        name = models.CharField(max_length=80)

    class KeyedBill(models.Model):
        """An invoice of a branch, whose customer is one of the same branch."""

        pk = models.CompositePrimaryKey("branch", "no")
        branch = models.CharField(max_length=20)
        no = models.IntegerField()
        firm_no = models.IntegerField()
        number = models.CharField(max_length=40, null=True, blank=True)
        day = models.DateField(null=True, blank=True)
        due = models.DateField(null=True, blank=True)
        status = models.CharField(max_length=20, default="Created")
        firm = models.ForeignObject(
            KeyedFirm,
            on_delete=models.CASCADE,
            from_fields=("branch", "firm_no"),
            to_fields=("branch", "no"),
        )

    class KeyedRow(models.Model):
        """A line of an invoice."""

        branch = models.CharField(max_length=20)
        bill_no = models.IntegerField()
        bill = models.ForeignObject(
            KeyedBill,
            on_delete=models.CASCADE,
            from_fields=("branch", "bill_no"),
            to_fields=("branch", "no"),
            related_name="rows",
        )
        thing_no = models.IntegerField(null=True, blank=True)
        thing = models.ForeignObject(
            KeyedThing,
            on_delete=models.CASCADE,
            from_fields=("branch", "thing_no"),
            to_fields=("branch", "no"),
            null=True,
        )
        place = models.IntegerField(default=0)
        text = models.CharField(max_length=80, null=True, blank=True)
        quantity = Money()
        price = Money()
        rate = Money()
