"""What the CRM keeps."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


def needs_at(value: str) -> None:
    """A rule of the CRM's own."""
    if "@" not in value:
        raise ValidationError("An e-mail address needs an @.")


TIERS = [("gold", "Gold"), ("plain", "Plain")]


class Tag(models.Model):
    """A word that companies are sorted by."""

    word = models.CharField(max_length=40)


class Company(models.Model):
    """A customer."""

    name = models.CharField(max_length=120)
    number = models.CharField(max_length=20, null=True, blank=True, unique=True)
    email = models.CharField(max_length=80, default="", blank=True, validators=[needs_at])
    notes = models.TextField(null=True, blank=True)
    active = models.BooleanField(null=True, blank=True)
    founded = models.DateField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    staff = models.IntegerField(null=True, blank=True)
    credit = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    tier = models.CharField(
        max_length=10, null=True, blank=True, choices=[("gold", "Gold"), ("plain", "Plain")]
    )
    extra = models.JSONField(null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)
    xero_sync = models.BooleanField(default=True)
    modified_at = models.DateTimeField(auto_now=True)

    @property
    def words(self) -> str:
        """The words of its tags, as people read them."""
        return ", ".join(self.tags.order_by("word").values_list("word", flat=True))

    class Meta:
        """As people read it."""

        verbose_name_plural = "companies"

    def __str__(self) -> str:
        """The name."""
        return str(self.name)


class Person(models.Model):
    """Somebody at a customer."""

    last_name = models.CharField(max_length=80)
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.CASCADE)
    trashed_at = models.DateTimeField(null=True, blank=True)


class OfKind(models.Manager):
    """Items of one kind."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def get_queryset(self) -> Any:
        """Those alone."""
        return super().get_queryset().filter(kind=self.kind)


class Item(models.Model):
    """A thing to sell, by a key of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=60, null=True, blank=True)
    price = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)


class Product(Item):
    """Goods."""

    objects = OfKind("product")

    class Meta:
        """The rows of items."""

        proxy = True

    def save(self, *args: Any, **given: Any) -> None:
        """Remember the kind."""
        self.kind = "product"
        super().save(*args, **given)


class Service(Item):
    """Work."""

    objects = OfKind("service")

    class Meta:
        """The rows of items."""

        proxy = True

    def save(self, *args: Any, **given: Any) -> None:
        """Remember the kind."""
        self.kind = "service"
        super().save(*args, **given)


class Invoice(models.Model):
    """What a customer has to pay."""

    number = models.CharField(max_length=40, null=True, blank=True, unique=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    day = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, default="Created")
    total = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)


class Line(models.Model):
    """One line of an invoice."""

    invoice = models.ForeignKey(Invoice, related_name="lines", on_delete=models.CASCADE)
    place = models.IntegerField(null=True, blank=True)
    text = models.CharField(max_length=200, null=True, blank=True)
    product = models.ForeignKey(Item, null=True, blank=True, on_delete=models.CASCADE)
    quantity = models.DecimalField(max_digits=20, decimal_places=4)
    price = models.DecimalField(max_digits=20, decimal_places=4)


class Payment(models.Model):
    """Money that came in."""

    invoice = models.ForeignKey(Invoice, related_name="payments", on_delete=models.CASCADE)
    day = models.DateField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)


class Desk(models.Model):
    """A record of one of several customers of the CRM."""

    org_id = models.IntegerField()
    name = models.CharField(max_length=120)


class Note(models.Model):
    """What is written on a desk; whose it is says the desk."""

    desk = models.ForeignKey(Desk, related_name="notes", on_delete=models.CASCADE)
    place = models.IntegerField(default=0)
    text = models.CharField(max_length=200)
