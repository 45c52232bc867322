"""The demo CRM as a host: what XTiger sees of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.host import build, factory
from xtiger.demo.models import Invoice, Organization
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.model.records import Ref, Write
from xtiger.model.roles import MODULE_ROLES, ROLES, needed_roles

LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def host(tmp_path: Path, sessions: sessionmaker[Session]) -> SQLAlchemyHost:
    """The seeded CRM behind the adapter, its outbox emptied."""
    found = build(tmp_path, sessions=sessions)
    found.outbox_done(found.outbox(LATER, limit=10_000))
    return found


def test_every_role_of_a_module_is_there(host: SQLAlchemyHost) -> None:
    """All six modules are described, each with the roles that it cannot do without."""
    missing = [
        role
        for module in host.modules()
        for role in needed_roles(module.role or "")
        if module.by_role(role) is None
    ]

    assert (set(MODULE_ROLES), []) == ({module.role for module in host.modules()}, missing)


def test_types_fit_their_roles(host: SQLAlchemyHost) -> None:
    """No field has a role that does not go with its type."""
    wrong = [
        f"{module.name}.{field.name}"
        for module in host.modules()
        for field in (*module.fields, *module.lines)
        if field.role and field.type not in ROLES[field.role].types
    ]

    assert [] == wrong


def test_an_invoice_comes_with_its_lines(host: SQLAlchemyHost) -> None:
    """Amounts are exact and lines stand in order."""
    record = host.get("Invoices", ["101"])["101"]
    line = record.lines[0]

    assert ("INV-0101", Decimal(22), 2) == (
        record.values["number"],
        line["tax_percent"],
        len(line["taxes"]),
    )


def test_records_have_pages(host: SQLAlchemyHost) -> None:
    """The address of a record is its page in the CRM."""
    assert "http://localhost:8080/invoices/7" == host.url(Ref("Invoices", "7"))


def test_a_save_in_the_crm_is_seen(host: SQLAlchemyHost, sessions: sessionmaker[Session]) -> None:
    """Changing an organisation needs no further line to be noticed."""
    with sessions.begin() as session:
        session.get_one(Organization, 5).phone = "+44 117 496 0111"

    assert [Ref("Organizations", "5")] == [row.ref for row in host.outbox(LATER)]


def test_a_changed_line_marks_its_invoice(
    host: SQLAlchemyHost, sessions: sessionmaker[Session]
) -> None:
    """A line has no row of its own: its invoice is what changed."""
    with sessions.begin() as session:
        session.get_one(Invoice, 4).lines[0].quantity = Decimal(3)

    assert [Ref("Invoices", "4")] == [row.ref for row in host.outbox(LATER)]


def test_a_value_from_xero_is_stored(host: SQLAlchemyHost, sessions: sessionmaker[Session]) -> None:
    """What the adapter writes is what the CRM shows."""
    result = host.save("Organizations", [Write({"mobile": "+44 7700 900111"}, id="5")], "xero")[0]
    with sessions() as session:
        stored = session.get_one(Organization, 5).mobile

    assert (None, "+44 7700 900111") == (result.problem, stored)


def test_a_contact_of_xero_becomes_an_organisation(host: SQLAlchemyHost) -> None:
    """A name is enough: the rest stays empty, and no number is invented."""
    result = host.save("Organizations", [Write({"name": "横浜珈琲株式会社"}, key="k1")], "xero")[0]
    assert result.ref is not None
    values = host.get("Organizations", [result.ref.id])[result.ref.id].values

    assert ("横浜珈琲株式会社", "", True) == (
        values["name"],
        values["number"] or "",
        values["xero_sync"],
    )


def test_the_taxes_are_offered(host: SQLAlchemyHost) -> None:
    """The CRM's table of taxes reaches XTiger."""
    assert ("20% (VAT on Income)", Decimal(20)) == (
        host.taxes()[0].name,
        host.taxes()[0].percent,
    )


def test_the_factory_opens_the_crm_of_the_home(
    tmp_path: Path, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """XTIGER_HOST=xtiger.demo.host:factory works on the CRM in XTIGER_HOME."""
    monkeypatch.setenv("XTIGER_HOME", str(tmp_path))

    assert {"1"} == set(factory().get("Organizations", ["1"]))
