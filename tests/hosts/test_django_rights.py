"""A CRM on Django whose database user may make no tables: it saves on, and is told."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from xtiger.errors import HostTablesMissing
from xtiger.hosts.django import DjangoHost
from xtiger.hosts.tables import TABLES

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("django_crm", ["postgresql"], indirect=True),
]


@pytest.fixture
def without_create(django_crm: DjangoHost) -> Iterator[DjangoHost]:
    """From here on the connection may read and write, and create nothing."""
    user = f"xt_{uuid.uuid4().hex[:20]}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0]
        for statement in (
            f"CREATE ROLE {user} NOLOGIN",
            f"GRANT USAGE ON SCHEMA {schema} TO {user}",
            f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {user}",
            f"SET ROLE {user}",
        ):
            cursor.execute(statement)
    yield django_crm
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"DROP OWNED BY {user}")
        cursor.execute(f"DROP ROLE {user}")


def test_a_save_goes_through_and_the_log_says_what_is_missing(
    without_create: DjangoHost, caplog: pytest.LogCaptureFixture
) -> None:
    """Within a transaction of the CRM's own, too: nothing of it is taken back."""
    from tests.djangocrm.models import Company

    with caplog.at_level(logging.WARNING, "xtiger.hosts"):
        Company.objects.create(name="Kea")
        with transaction.atomic():
            Company.objects.create(name="Moa")

    assert ["Kea", "Moa"] == [one.name for one in Company.objects.order_by("name")]
    assert "its database user may not make them" in caplog.text


def test_what_needs_the_tables_is_refused(without_create: DjangoHost) -> None:
    """Nothing runs without the guard against records that are made twice."""
    with pytest.raises(HostTablesMissing, match="xtiger host tables --sql"):
        without_create.create_tables()
    with pytest.raises(HostTablesMissing):
        without_create.identity()


def test_the_statements_make_them(django_crm: DjangoHost) -> None:
    """Run by somebody who may, they are all that was missing."""
    with connection.cursor() as cursor:
        for statement in django_crm.table_statements():
            cursor.execute(statement)

    assert set(TABLES) <= set(connection.introspection.table_names())
    assert django_crm.identity() is not None
