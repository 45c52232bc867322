"""Records for the store's tests, and the work of a second process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine, event

from tests.children import Child
from xtiger.model.connections import Connection, Tokens
from xtiger.model.links import Link
from xtiger.model.runs import Outcome

#: How many rows "many" are; `make soak` takes 100,000. More than PostgreSQL takes as single values.
MANY = int(os.environ.get("XTIGER_MANY", "20000"))
NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def later(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def connection(id: str = "c1", tenant: str = "") -> Connection:
    """A connection with all fields set."""
    return Connection(
        id=id,
        tenant=tenant,
        organisation_id="org-1",
        xero_connection_id="xc-1",
        name="Müller & Søn 株式会社",
        base_currency="GBP",
        country="GB",
        short_code="!abc",
        organisation={"Edition": "BUSINESS", "Limit": Decimal("1.50"), "Locked": NOW},
        created_at=NOW,
    )


def tokens(access: str = "access-1", refresh: str = "refresh-1") -> Tokens:
    """A token pair."""
    return Tokens(access, refresh, later(1800), NOW, ("accounting.contacts",), "refresh-0")


def link(crm_id: str = "1", xero_id: str = "x1") -> Link:
    """A primary link of an organisation."""
    return Link("c1", "Contact", xero_id, "Organizations", crm_id, created_at=NOW)


def outcome(crm_id: str = "1", name: str = "Acme", at: datetime = NOW) -> Outcome:
    """A plain outcome."""
    return Outcome(
        "c1", "r1", "Organizations", "Contact", crm_id, f"X-{crm_id}", name, "created", at=at
    )


def start(code: str, *arguments: str) -> Child:
    """Run code in a process of its own; `store` is the store at the first two arguments."""
    head = (
        "import os, sys\n"
        "from tests.db.samples import *\n"
        "from xtiger.db.cipher import Cipher\n"
        "from xtiger.db.store import SqlStore\n"
        "store = SqlStore.open(sys.argv[1], Cipher([sys.argv[2]]))\n"
    )
    return Child(head + code, *arguments)


def finish(process: Child) -> str:
    """What a started process printed; fails with its errors."""
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return out.strip()


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(
        _connection: object,
        _cursor: object,
        statement: str,
        _values: object,
        _context: object,
        _many: bool,
    ) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
