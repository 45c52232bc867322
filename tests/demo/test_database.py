"""The CRM's database keeps the sums of invoices right, whoever writes."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.database import will_write
from xtiger.demo.models import Invoice, Organization, Payment

D = Decimal


def test_a_changed_line_changes_the_total(sessions: sessionmaker[Session]) -> None:
    """Saving a line is enough: the head follows."""
    with sessions.begin() as session:
        invoice = session.get_one(Invoice, 2)
        before, line = invoice.total, invoice.lines[0]
        line.quantity, line.unit_price, line.tax_percent = D(1), D(1), D(0)
        line.discount_percent = line.discount_amount = D(0)
    with sessions() as session:
        after = session.get_one(Invoice, 2)

        assert (True, after.totals().total) == (before != after.total, after.total)


def test_a_removed_line_changes_the_total(sessions: sessionmaker[Session]) -> None:
    """Taking a line off lowers the total by what it was."""
    with sessions.begin() as session:
        invoice = session.get_one(Invoice, 2)
        del invoice.lines[0]
    with sessions() as session:
        invoice = session.get_one(Invoice, 2)

        assert invoice.totals().total == invoice.total


def test_a_changed_status_leaves_a_wrong_total(sessions: sessionmaker[Session]) -> None:
    """What was imported wrong is not mended by the way."""
    with sessions.begin() as session:
        invoice = session.get_one(Invoice, 139)
        before = invoice.total
        invoice.status = "Approved"
    with sessions() as session:
        assert before == session.get_one(Invoice, 139).total


def test_a_payment_lowers_what_is_left_to_pay(sessions: sessionmaker[Session]) -> None:
    """Money that arrives counts at once."""
    with sessions.begin() as session:
        invoice = session.scalars(select(Invoice).where(Invoice.status == "Sent")).first()
        assert invoice is not None
        number, balance = invoice.id, invoice.balance
        invoice.payments.append(Payment(amount=D("1.25"), date=date(2026, 11, 20)))
    with sessions() as session:
        assert balance - D("1.25") == session.get_one(Invoice, number).balance


def test_a_deleted_payment_is_owed_again(sessions: sessionmaker[Session]) -> None:
    """Without its payment the invoice is open in full."""
    with sessions.begin() as session:
        payment = session.scalars(select(Payment).where(Payment.invoice_id == 1)).one()
        session.delete(payment)
    with sessions() as session:
        invoice = session.get_one(Invoice, 1)

        assert (D(0), invoice.total) == (invoice.received, invoice.balance)


def test_decimals_stay_exact(sessions: sessionmaker[Session]) -> None:
    """SQLite gives back all digits of an amount."""
    with sessions.begin() as session:
        session.get_one(Invoice, 2).lines[0].unit_price = D("9999999999.1234")
    with sessions() as session:
        assert D("9999999999.1234") == session.get_one(Invoice, 2).lines[0].unit_price


def test_two_writers_wait_for_each_other(sessions: sessionmaker[Session]) -> None:
    """Writers at the same time all get through."""

    def rename(number: int) -> None:
        with sessions() as session, session.begin():
            will_write(session).get_one(Organization, number).industry = f"trade {number}"

    threads = [threading.Thread(target=rename, args=(n,)) for n in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        found = [session.get_one(Organization, n).industry for n in range(1, 13)]

        assert [f"trade {n}" for n in range(1, 13)] == found
