"""A CRM on Django for several customers, also where PostgreSQL itself hides rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from tests.djangocrm import project
from tests.djangocrm.models import Company, Desk, Note
from tests.hosts.conftest import BOTH
from xtiger.errors import BrokenHost, SettingInvalid
from xtiger.hosts.django import DjangoHost, Field, Lines, Module, Tenants
from xtiger.model.records import Ref, Write
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract, TenantContract

_NUMBERS = count(1)
DESKS = Module(
    "Organizations",
    Desk,
    role="organisation",
    fields=[Field("name", role="organisation.name", required=True)],
    lines=Lines("notes", [Field("text", role="line.description")], order="place"),
    url="https://crm.example/desks/{id}",
)


def make_host(**given: Any) -> DjangoHost:
    """A CRM of two customers."""
    tenants = Tenants("org_id", lambda: [1, 2])
    return DjangoHost(modules=[DESKS], base_currency="GBP", tenant=tenants, **given)


@pytest.fixture(params=BOTH)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DjangoHost]:
    with project.opened(request.param, tmp_path):
        yield make_host()


class _Samples:
    def sample(self, host: Host, module: str) -> Write:
        return Write({"name": f"Desk {next(_NUMBERS)}"}, lines=[{"text": "one"}, {"text": "two"}])


class TestOneOfTwo(_Samples, HostContract):
    """Within a tenant everything is as in a CRM of one."""


class TestTwo(_Samples, TenantContract):
    """The customers do not see each other."""


def test_a_line_counts_to_the_tenant_of_its_record(host: DjangoHost) -> None:
    """A line has no customer of its own, and nobody is entered while the CRM's own code works."""
    desk = Desk.objects.create(org_id=2, name="A")
    desk.notes.create(text="one")
    with host.tenant("2"):
        kept = host.outbox_done(_rows(host))
    desk.notes.get().save()

    assert 1 == kept
    assert [("2", Ref("Organizations", str(desk.pk)))] == [
        (row.tenant, row.ref) for row in _rows(host)
    ]


def test_reading_without_a_tenant_is_refused(host: DjangoHost) -> None:
    """An empty answer for nobody in particular would look like an empty CRM."""
    with pytest.raises(BrokenHost, match="no tenant is entered"):
        host.get("Organizations", ["1"])


def test_a_new_record_belongs_to_the_tenant_entered(host: DjangoHost) -> None:
    """Who creates for a customer need not say whose it is."""
    with host.tenant("2"):
        host.save("Organizations", [Write({"name": "A"})])

    assert [2] == list(Desk.objects.values_list("org_id", flat=True))


# --- row-level security ---------------------------------------------------------------------------


@contextmanager
def entered(tenant: str) -> Iterator[None]:
    """What the CRM's own code does before it works for a customer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('crm.org', %s, false)", [tenant])
        try:
            yield
        finally:
            cursor.execute("SELECT set_config('crm.org', '', false)")


@pytest.fixture
def hidden(tmp_path: Path) -> Iterator[None]:
    """The table of desks shows its rows only to the customer of the session's variable."""
    with project.opened("postgresql", tmp_path):
        with connection.cursor() as cursor:
            cursor.execute(
                """
                ALTER TABLE djangocrm_desk ENABLE ROW LEVEL SECURITY;
                ALTER TABLE djangocrm_desk FORCE ROW LEVEL SECURITY;
                CREATE POLICY own ON djangocrm_desk USING
                    (org_id::text = current_setting('crm.org', true));
                """
            )
            cursor.execute("SELECT current_schema()")
            schema = cursor.fetchone()[0]
            role = f"role_{schema}"
            cursor.execute(
                f"CREATE ROLE {role}; GRANT ALL ON SCHEMA {schema} TO {role};"
                f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role};"
                f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"
            )
            cursor.execute(f"SET ROLE {role}")
        try:
            yield
        finally:
            with connections["default"].cursor() as cursor:
                cursor.execute("RESET ROLE")
                cursor.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.postgres
def test_an_empty_read_is_no_truth_where_rows_are_hidden(hidden: None) -> None:
    """Neither reading nor finding nor looking up says that there is nothing."""
    host = make_host()
    with entered("1"):
        desk = Desk.objects.create(org_id=1, name="A")
    with host.tenant("1"):
        for ask in (
            lambda: host.changed_since("Organizations", None),
            lambda: host.find("Organizations", "name", "A"),
            lambda: host.get("Organizations", [str(desk.pk)]),
        ):
            with pytest.raises(SettingInvalid, match="enter_tenant"):
                ask()

    assert ["enter_tenant" in said for said in host.findings()] == [True]


@pytest.mark.postgres
def test_the_crms_own_way_in_is_entered(hidden: None) -> None:
    """With enter_tenant each customer's rows are there, and the variable is cleared afterwards."""
    host = make_host(enter_tenant=entered)
    for tenant in ("1", "2"):
        with host.tenant(tenant):
            host.save("Organizations", [Write({"name": f"Of {tenant}"})])
    with host.tenant("2"):
        seen = [one.values["name"] for one in host.changed_since("Organizations", None).records]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('crm.org', true)")
        left = cursor.fetchone()[0]

    assert (["Of 2"], "", []) == (seen, left, list(host.findings()))


def test_an_empty_table_is_empty_elsewhere(host: DjangoHost) -> None:
    """Where no rows are hidden an empty answer is one."""
    with host.tenant("1"):
        assert () == host.changed_since("Organizations", None).records
    assert (0, 0) == (Company.objects.count(), Note.objects.count())


def _rows(host: DjangoHost) -> list[Any]:
    return list(host.outbox(datetime.now(UTC) + timedelta(minutes=5)))
