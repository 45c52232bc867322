"""Makes the library's tables in the CRM's database where they are missing."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from xtiger.hosts.django.connection import make_tables


def make(_apps: Any, editor: Any) -> None:
    """Make the tables in the database that is migrated."""
    make_tables(editor.connection, "the CRM")


class Migration(migrations.Migration):
    """Undone it leaves the tables: they keep records from being made twice."""

    initial = True
    dependencies: ClassVar[list[Any]] = []
    operations: ClassVar[list[Any]] = [
        migrations.RunPython(make, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("tenant", models.CharField(max_length=100)),
                ("module", models.CharField(max_length=100)),
                ("id", models.CharField(max_length=190, primary_key=True, serialize=False)),
                ("change_kind", models.CharField(max_length=10)),
                ("due_at", models.CharField(max_length=40)),
            ],
            options={"db_table": "xt_outbox", "managed": False, "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="Created",
            fields=[
                ("create_key", models.CharField(max_length=190, primary_key=True, serialize=False)),
                ("module", models.CharField(max_length=100)),
                ("id", models.CharField(max_length=190)),
            ],
            options={"db_table": "xt_created", "managed": False, "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("place", models.IntegerField(primary_key=True, serialize=False)),
                ("id", models.CharField(max_length=100)),
                ("runs", models.IntegerField()),
            ],
            options={
                "db_table": "xt_identity",
                "managed": False,
                "default_permissions": (),
                "permissions": (
                    ("read", "Can see the pages of Xero"),
                    ("release", "Can release a stopped plan"),
                    ("configure", "Can connect and configure Xero"),
                ),
            },
        ),
    ]
