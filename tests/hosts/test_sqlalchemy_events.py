"""What the CRM does in its own sessions is in the outbox, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from tests.hosts.crm import Company, Invoice, Line, Payment, Person, Product, build
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.model.records import Write

Sessions = sessionmaker[Session]
#: (module, id, kind) of each row.
Told = Callable[[], set[tuple[str, str, str]]]


@pytest.fixture
def told(host: SQLAlchemyHost) -> Told:
    """What the outbox tells, and is done with."""

    def read() -> set[tuple[str, str, str]]:
        rows = host.outbox(datetime.now(UTC) + timedelta(minutes=5))
        host.outbox_done(rows)
        return {(row.ref.module, row.ref.id, row.kind) for row in rows}

    return read


@pytest.fixture
def filled(sessions: Sessions, told: Told) -> None:
    """Two companies, an invoice of two lines and a payment each; the outbox is empty."""
    with sessions.begin() as session:
        for number in (1, 2):
            company = Company(id=number, name=f"Company {number}")
            lines = [
                Line(
                    id=10 * number + n, place=n, text=f"{n}", quantity=Decimal(1), price=Decimal(2)
                )
                for n in (0, 1)
            ]
            invoice = Invoice(id=number, number=f"INV-{number}", company=company, lines=lines)
            payment = Payment(id=number, invoice=invoice, day=date(2026, 1, 1), amount=Decimal(1))
            session.add_all([company, invoice, payment])
    told()


def test_a_saved_record_is_told(sessions: Sessions, told: Told) -> None:
    """An object added and committed is a creation."""
    with sessions.begin() as session:
        session.add(Company(id=7, name="New"))

    assert {("Organizations", "7", "created")} == told()


@pytest.mark.usefixtures("filled")
def test_a_changed_line_is_a_changed_invoice(sessions: Sessions, told: Told) -> None:
    """Editing one line marks the invoice and nothing else."""
    with sessions.begin() as session:
        session.get_one(Line, 10).text = "other"

    assert {("Invoices", "1", "updated")} == told()


@pytest.mark.usefixtures("filled")
def test_a_removed_line_is_a_changed_invoice(sessions: Sessions, told: Told) -> None:
    """A line taken out of the list, an orphan for SQLAlchemy, marks the invoice."""
    with sessions.begin() as session:
        invoice = session.get_one(Invoice, 1)
        invoice.lines.pop()

    assert {("Invoices", "1", "updated")} == told()


@pytest.mark.usefixtures("filled")
def test_a_deleted_line_is_a_changed_invoice(sessions: Sessions, told: Told) -> None:
    """A line deleted by itself marks the invoice."""
    with sessions.begin() as session:
        session.delete(session.get_one(Line, 10))

    assert {("Invoices", "1", "updated")} == told()


@pytest.mark.usefixtures("filled")
def test_a_moved_line_changes_both_invoices(sessions: Sessions, told: Told) -> None:
    """A line that goes to another invoice marks the one it left and the one it came to."""
    with sessions.begin() as session:
        session.get_one(Line, 10).invoice = session.get_one(Invoice, 2)

    assert {("Invoices", "1", "updated"), ("Invoices", "2", "updated")} == told()


@pytest.mark.usefixtures("filled")
def test_a_payment_changes_its_invoice(sessions: Sessions, told: Told) -> None:
    """A payment taken out of the list is deleted, and its invoice changed."""
    with sessions.begin() as session:
        invoice = session.get_one(Invoice, 1)
        invoice.payments.clear()

    assert {("Payments", "1", "deleted"), ("Invoices", "1", "updated")} == told()


@pytest.mark.usefixtures("filled")
def test_a_cascade_is_told(sessions: Sessions, told: Told) -> None:
    """Deleting an invoice deletes its payments; each is told."""
    with sessions.begin() as session:
        session.delete(session.get_one(Invoice, 1))

    assert {("Payments", "1", "deleted"), ("Invoices", "1", "deleted")} == told()


@pytest.mark.usefixtures("filled")
def test_what_no_field_names_is_not_told(sessions: Sessions, told: Told) -> None:
    """A login stamp is no reason to look at a company again."""
    with sessions.begin() as session:
        session.get_one(Company, 1).last_login = datetime(2026, 1, 1)  # noqa: DTZ001  as stored

    assert set() == told()


@pytest.mark.usefixtures("filled")
def test_an_assignment_without_change_is_not_told(sessions: Sessions, told: Told) -> None:
    """Writing the value that is there changes nothing."""
    with sessions.begin() as session:
        company = session.get_one(Company, 1)
        company.name = str(company.name)

    assert set() == told()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            sa.update(Company).where(Company.id == 2).values(name="x"),
            {("Organizations", "2", "updated")},
        ),
        (sa.update(Line).where(Line.id < 20).values(text="x"), {("Invoices", "1", "updated")}),
        (
            sa.delete(Payment).where(Payment.invoice_id == 2),
            {("Payments", "2", "deleted"), ("Invoices", "2", "updated")},
        ),
        (sa.update(Company).where(Company.id == 9).values(name="x"), set()),
    ],
    ids=["records", "lines", "deleted", "none"],
)
def test_bulk_statements_are_told(
    sessions: Sessions, told: Told, statement: Any, expected: set[tuple[str, str, str]]
) -> None:
    """An UPDATE or DELETE of many rows marks each of them, and what they belong to."""
    with sessions.begin() as session:
        session.execute(statement)

    assert expected == told()


def test_one_table_of_two_modules_is_told_apart(sessions: Sessions, told: Told) -> None:
    """Products and services in one table are records of their own module."""
    with sessions.begin() as session:
        product = Product(name="Desk")
        session.add(product)
        session.flush()
        key = str(product.id)

    assert {("Products", key, "created")} == told()


def test_a_mark_of_deletion_is_a_deletion(sessions: Sessions, told: Told) -> None:
    """Setting the mark of deleted records is told as a deletion."""
    with sessions.begin() as session:
        session.add(Person(id=1, last_name="Gone"))
    told()
    with sessions.begin() as session:
        session.get_one(Person, 1).trashed_at = datetime(2026, 1, 1)  # noqa: DTZ001  as stored

    assert {("Contacts", "1", "deleted")} == told()


def test_taking_the_mark_away_brings_it_back(sessions: Sessions, told: Told) -> None:
    """A record taken out of the bin before anybody looked is told as changed."""
    with sessions.begin() as session:
        session.add(Person(id=1, last_name="Back"))
    told()
    for moment in (datetime(2026, 1, 1), None):  # noqa: DTZ001  as stored
        with sessions.begin() as session:
            session.get_one(Person, 1).trashed_at = moment

    assert {("Contacts", "1", "updated")} == told()


def test_a_rolled_back_savepoint_is_not_told(sessions: Sessions, told: Told) -> None:
    """What a savepoint took back is not told, what stood before it is."""
    with sessions.begin() as session:
        session.connection().exec_driver_sql("SELECT 1")
        session.add(Company(id=1, name="Stays"))
        session.flush()
        with session.begin_nested() as inner:
            session.add(Company(id=2, name="Goes"))
            session.flush()
            inner.rollback()

    assert {("Organizations", "1", "created")} == told()


def test_a_savepoint_that_holds_is_told(sessions: Sessions, told: Told) -> None:
    """What a savepoint kept is told with the whole."""
    with sessions.begin() as session, session.begin_nested(), session.begin_nested():
        session.add(Company(id=2, name="Stays"))

    assert {("Organizations", "2", "created")} == told()


def test_a_rolled_back_transaction_is_not_told(sessions: Sessions, told: Told) -> None:
    """After a rollback the same session starts anew."""
    with sessions() as session:
        session.add(Company(id=1, name="Goes"))
        session.flush()
        session.rollback()
        session.add(Company(id=2, name="Stays"))
        session.commit()

    assert {("Organizations", "2", "created")} == told()


def test_what_another_listener_adds_late_is_told(sessions: Sessions, told: Told) -> None:
    """An object that a later before_commit listener of the CRM adds is told as well."""

    def add(session: Session) -> None:
        session.add(Company(id=5, name="Late"))

    event.listen(sessions, "before_commit", add, once=True)
    with sessions.begin() as session:
        session.add(Company(id=4, name="First"))

    assert {("Organizations", "4", "created"), ("Organizations", "5", "created")} == told()


def test_many_saves_of_one_transaction_are_one_statement(
    engine: sa.Engine, sessions: Sessions, told: Told
) -> None:
    """Twenty flushes of one record write its row of the outbox once."""
    seen: list[str] = []

    def note(_1: Any, _2: Any, statement: str, *_3: Any) -> None:
        if "INTO xt_outbox" in statement:
            seen.append(statement)

    told()
    event.listen(engine, "before_cursor_execute", note)
    with sessions.begin() as session:
        company = Company(id=1, name="0")
        session.add(company)
        for number in range(20):
            company.name = str(number)
            session.flush()

    assert 1 == len(seen)


def test_two_hosts_do_not_share_their_sessions(engine: sa.Engine, told: Told) -> None:
    """A host hears the sessions of its own factory only."""
    other = sessionmaker(engine)
    build(other)
    with sessionmaker(engine).begin() as session:
        session.add(Company(id=1, name="Unheard"))

    assert set() == told()


@pytest.mark.usefixtures("filled")
def test_an_edit_in_the_same_moment_is_no_echo(host: SQLAlchemyHost, sessions: Sessions) -> None:
    """Our write and a user's edit of one record in one transaction are a user's edit."""
    with sessions() as session, host.join(session):
        session.get_one(Company, 1).name = "by a user"
        host.save("Organizations", [Write({"notes": "by us"}, id="1")], origin="xero")
        session.commit()
    (row,) = host.outbox(datetime.now(UTC) + timedelta(minutes=5))

    assert None is row.origin
