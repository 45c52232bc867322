"""A save costs at most one more statement for each changed record, however the CRM saves it.

On Django it is counted in test_django_capture.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from tests.hosts.crm import Company, Invoice, Line, Payment, build
from xtiger.hosts.sqlalchemy import SQLAlchemyHost

Sessions = sessionmaker[Session]


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements of the block, without those that begin and end transactions."""
    seen: list[str] = []

    def note(_1: Any, _2: Any, statement: str, *_3: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _drain(host: SQLAlchemyHost) -> None:
    """Also makes the host tables, which the first save would do else."""
    host.outbox_done(host.outbox(datetime.now(UTC) + timedelta(minutes=5)))


def _add(session: Session) -> None:
    session.add(Company(id=2, name="Berta"))


def _edit(session: Session) -> None:
    session.get_one(Company, 1).name = "Anna B."


def _edit_often(session: Session) -> None:
    for name in ("A", "B", "C"):
        session.get_one(Company, 1).name = name
        session.flush()


def _remove(session: Session) -> None:
    session.delete(session.get_one(Company, 9))


def _invoice(session: Session) -> None:
    lines = [Line(id=70 + n, place=n, quantity=Decimal(1), price=Decimal(n)) for n in range(3)]
    session.add(Invoice(id=5, company_id=1, day=date(2026, 1, 1), lines=lines))


def _line(session: Session) -> None:
    session.get_one(Line, 1).text = "Other words"


def _payment(session: Session) -> None:
    session.add(Payment(invoice_id=1, day=date(2026, 1, 2), amount=Decimal(3)))


def _statement(session: Session) -> None:
    session.execute(sa.update(Company).where(Company.id.in_([1, 9])).values(name="Both"))


#: A save, and how many statements it costs more.
SAVES: Sequence[tuple[Callable[[Session], None], int]] = (
    (_add, 1),
    (_edit, 1),
    (_edit_often, 1),
    (_remove, 1),
    (_invoice, 1),
    (_line, 1),
    # A payment and its invoice: two changed records.
    (_payment, 2),
    # Two records, and a statement over many rows first asks which.
    (_statement, 3),
)


def _filled(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.add_all([Company(id=1, name="Anna"), Company(id=9, name="Zoe")])
        session.flush()
        line = Line(id=1, place=0, quantity=Decimal(1), price=Decimal(1))
        session.add(Invoice(id=1, company_id=1, lines=[line]))


@pytest.mark.parametrize(("save", "more"), SAVES, ids=[save.__name__ for save, _ in SAVES])
def test_a_save_of_a_plain_session(
    engine: sa.Engine, save: Callable[[Session], None], more: int
) -> None:
    """The same save by a factory that a host listens to, and by one that none does."""
    unheard, heard = sessionmaker(engine), sessionmaker(engine)
    _filled(unheard)
    host = build(heard)
    _drain(host)
    with counted(engine) as without, unheard() as session:
        save(session)
        session.flush()
        session.rollback()
    with counted(engine) as statements, heard.begin() as session:
        save(session)

    assert len(without) + more == len(statements)


def test_a_save_of_an_asynchronous_session(tmp_path: Path) -> None:
    """A request of FastAPI: one more statement once a host is there."""
    import asyncio

    import httpx

    from tests.hosts.async_crm import Crm, Model

    address = f"sqlite:///{tmp_path / 'async.db'}"
    crm = Crm(address, address.replace("sqlite:", "sqlite+aiosqlite:"))
    with crm.plain() as session:
        Model.metadata.create_all(session.get_bind())

    async def posts(count: int) -> list[int]:
        """The statements of each request, one after the other."""
        transport, found = httpx.ASGITransport(app=crm.app), []
        async with httpx.AsyncClient(transport=transport, base_url="http://crm") as client:
            for _ in range(count):
                with counted(crm.engine.sync_engine) as seen:
                    await client.post("/customers", json={"name": "Anna"})
                found.append(len(seen))
                if hosts:
                    # The library works beside it in plain sessions, on an engine of its own.
                    await asyncio.to_thread(_drain, hosts[0])
        await crm.engine.dispose()
        return found

    hosts: list[SQLAlchemyHost] = []
    (without,) = asyncio.run(posts(1))
    hosts.append(crm.host())
    _drain(hosts[0])
    # The first save of an engine looks for the tables.
    _, second, third = asyncio.run(posts(3))
    crm.plain.kw["bind"].dispose()

    assert (without + 1, without + 1) == (second, third)


def test_a_save_of_flask_sqlalchemy(tmp_path: Path) -> None:
    """A request of Flask: one more statement once a host is there."""
    from tests.hosts.flask_crm import create_app, db, make_host

    app = create_app(f"sqlite:///{tmp_path / 'flask.db'}")
    with app.app_context():
        db.create_all()
        engine = db.engine

    def post(key: str) -> None:
        values = {"id": key, "name": "Anna"}
        app.test_client().post("/companies", json=values)

    host = make_host(app)
    _drain(host)
    # The first save looks for the tables, once for each host of the process that is still there.
    post("z")
    _drain(host)
    with counted(engine) as statements:
        post("a")
    kept = [one for one in statements if "xt_" not in one]
    with app.app_context():
        engine.dispose()

    assert (1, 1) == (len(kept), len(statements) - len(kept))
