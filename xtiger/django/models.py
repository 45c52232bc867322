"""The library's tables in the CRM's database, which Django knows of and never changes."""

from __future__ import annotations

from django.db import models


class Change(models.Model):
    """A record that may differ from Xero; several rows may have one id, of different modules."""

    tenant = models.CharField(max_length=100)
    module = models.CharField(max_length=100)
    # Django wants one column here. The key of the table is tenant, module and id.
    id = models.CharField(max_length=190, primary_key=True)
    change_kind = models.CharField(max_length=10)
    due_at = models.CharField(max_length=40)

    class Meta:
        """Made by the migration in the library's own words."""

        managed = False
        db_table = "xt_outbox"
        default_permissions = ()


class Created(models.Model):
    """Which record was made for which request, so that none is made twice."""

    create_key = models.CharField(max_length=190, primary_key=True)
    module = models.CharField(max_length=100)
    id = models.CharField(max_length=190)

    class Meta:
        """Made by the migration in the library's own words."""

        managed = False
        db_table = "xt_created"
        default_permissions = ()


class Identity(models.Model):
    """Which CRM this is."""

    place = models.IntegerField(primary_key=True)
    id = models.CharField(max_length=100)
    runs = models.IntegerField()

    class Meta:
        """Made by the migration in the library's own words; it carries the rights of the pages."""

        managed = False
        db_table = "xt_identity"
        default_permissions = ()
        permissions = (
            ("read", "Can see the pages of Xero"),
            ("release", "Can release a stopped plan"),
            ("configure", "Can connect and configure Xero"),
        )
