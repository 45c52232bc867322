"""Opens the demo CRM's database and keeps the sums of its invoices right."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.models import RECEIVED, Invoice, InvoiceLine, Model, Payment
from xtiger.settings import private_file

FILE = "crm.db"
#: Set in `Session.info` while rows are taken as they are, wrong sums included.
KEEP_SUMS = "keep_sums"
#: Columns of an invoice that an earlier version did not have → their types in SQLite.
_LATER = {
    "credits_id": "INTEGER REFERENCES invoices (id)",
    "credited": "VARCHAR(40) NOT NULL DEFAULT '0'",
}
#: Seconds that a writer waits for another one.
_BUSY_SECONDS = 20
#: Changes of these fields of the head change its sums.
_HEAD = ("lines", "discount_percent", "deducted_tax", "received", "credited")


def open_sessions(home: Path) -> sessionmaker[Session]:
    """A factory of sessions on the CRM's file in `home`; makes file and tables when missing."""
    private_file(home / FILE)
    engine = create_engine(
        f"sqlite:///{home / FILE}",
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    _prepare(engine)
    Model.metadata.create_all(engine)
    _add_columns(engine)
    sessions = sessionmaker(engine, expire_on_commit=False)
    event.listen(sessions, "before_flush", _keep_sums_right)
    return sessions


def _add_columns(engine: Engine) -> None:
    """Give the file of an earlier version the columns of an invoice that it lacks."""
    with engine.begin() as connection:
        there = {one["name"] for one in inspect(connection).get_columns("invoices")}
        for name, kind in _LATER.items():
            if name not in there:
                connection.exec_driver_sql(f"ALTER TABLE invoices ADD COLUMN {name} {kind}")


def _prepare(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        # Python's driver begins late and would make the first savepoint the whole transaction,
        # so that SQLAlchemy sends BEGIN itself (see SQLAlchemy's notes on pysqlite).
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        # SQLite's own lower() knows plain letters only; searches shall find MÜLLER too.
        connection.create_function("lower", 1, _folded, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # One who will write says so at once: a reader cannot become a writer while another writes.
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if mode == "IMMEDIATE" else "BEGIN")


def _folded(text: str | None) -> str | None:
    return None if text is None else str(text).casefold()


def will_write(session: Session) -> Session:
    """The session, with its transaction begun as a writer."""
    session.connection(execution_options={"begin": "IMMEDIATE"})
    return session


def _keep_sums_right(session: Session, _context: Any, _instances: Any) -> None:
    if session.info.get(KEEP_SUMS):
        return
    changed: dict[int, Invoice] = {}
    paid: dict[int, Invoice] = {}
    for found in (*session.new, *session.dirty, *session.deleted):
        if isinstance(found, Invoice) and _head_changed(session, found):
            changed[id(found)] = found
        elif isinstance(found, InvoiceLine) and found.invoice is not None:
            if session.is_modified(found) or found in session.deleted:
                changed[id(found.invoice)] = found.invoice
        elif isinstance(found, Payment):
            # Money that moves to another invoice leaves its old one.
            left = inspect(found).attrs.invoice.history.deleted
            paid |= {id(invoice): invoice for invoice in (found.invoice, *left) if invoice}
    for invoice in paid.values():
        _count_payments(session, invoice)
    for invoice in {**changed, **paid}.values():
        if invoice not in session.deleted:
            invoice.recompute()


def _head_changed(session: Session, invoice: Invoice) -> bool:
    if invoice in session.new:
        return True
    attributes = inspect(invoice).attrs
    return any(attributes[name].history.has_changes() for name in _HEAD)


def _count_payments(session: Session, invoice: Invoice) -> None:
    invoice.received = sum(
        (
            payment.amount
            for payment in invoice.payments
            # A payment that is new has no status yet: it gets this one when it is stored.
            if (payment.status or RECEIVED) == RECEIVED and payment not in session.deleted
        ),
        Decimal("0.00"),
    )
