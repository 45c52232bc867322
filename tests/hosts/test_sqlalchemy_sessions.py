"""The library and the CRM's own code share a database without disturbing each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tests.hosts.crm import Company, Model, build
from xtiger.errors import BrokenHost, HostUnavailable, SettingInvalid
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.hosts.tables import TABLES
from xtiger.model.records import Change, Ref, Write


def _later() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.fixture
def scoped(engine: sa.Engine) -> Iterator[scoped_session[Session]]:
    made = scoped_session(sessionmaker(engine))
    yield made
    made.remove()


def test_half_made_objects_are_left_alone(scoped: scoped_session[Session]) -> None:
    """A write of ours in a request of Flask flushes and expires nothing of the request."""
    host = build(scoped)
    app = Flask(__name__)

    @app.post("/")
    def page() -> str:
        known = scoped.get_one(Company, 1)
        half = Company(name=None)  # cannot be flushed: the name is missing
        scoped.add(half)
        host.save("Organizations", [Write({"name": "Ours"})])
        return f"{half in scoped.new} {'name' in vars(known)}"

    host.save("Organizations", [Write({"name": "Known"})])
    answer = app.test_client().post("/").text

    assert "True True" == answer


def test_a_transaction_joins_the_scoped_session(scoped: scoped_session[Session]) -> None:
    """Within transaction() our writes fall with the CRM's own transaction."""
    host = build(scoped)
    scoped.add(Company(id=101, name="Of the CRM"))
    scoped.flush()
    with host.transaction():
        ref = host.save("Organizations", [Write({"name": "Ours"})])[0].ref
    assert ref is not None
    scoped.rollback()
    found = dict(host.get("Organizations", ["101", ref.id]))

    assert ({}, []) == (found, host.outbox(_later()))


def test_a_joined_transaction_is_committed_by_the_crm(scoped: scoped_session[Session]) -> None:
    """Leaving transaction() commits nothing of the CRM's transaction."""
    host = build(scoped)
    scoped.add(Company(id=101, name="Of the CRM"))
    scoped.flush()
    with host.transaction():
        host.save("Organizations", [Write({"name": "Ours"})])
    still_open = scoped().in_transaction()
    scoped.commit()
    names = {r.values["name"] for r in host.changed_since("Organizations", None).records}

    assert (True, {"Of the CRM", "Ours"}) == (still_open, names)


def test_a_note_goes_with_the_crm(scoped: scoped_session[Session]) -> None:
    """note() writes into the CRM's running transaction, without flushing what is half made."""
    host = build(scoped)
    host.create_tables()
    scoped.execute(sa.text("SELECT 1"))
    scoped.add(Company(name=None))
    host.note(Change(Ref("Organizations", "42"), "updated", datetime.now(UTC)))
    scoped.rollback()

    assert [] == list(host.outbox(_later()))


def test_a_plain_factory_is_joined_by_name(
    host: SQLAlchemyHost, sessions: sessionmaker[Session]
) -> None:
    """join() makes our writes part of a session of the CRM."""
    with sessions() as session:
        session.add(Company(id=101, name="Of the CRM"))
        with host.join(session):
            host.save("Organizations", [Write({"name": "Ours"})])
        session.rollback()

    assert () == host.changed_since("Organizations", None).records


def test_the_session_of_a_transaction_can_be_used(host: SQLAlchemyHost) -> None:
    """Within transaction() the CRM's own rows are committed with ours."""
    with host.transaction():
        host.session.add(Company(id=101, name="Of the CRM"))
        host.save("Organizations", [Write({"name": "Ours"})])

    assert 2 == len(host.changed_since("Organizations", None).records)


def test_outside_of_a_transaction_there_is_no_session(host: SQLAlchemyHost) -> None:
    """Asking for the session of no transaction is a mistake in the CRM's code."""
    with pytest.raises(BrokenHost, match="no transaction is entered"):
        _ = host.session


def test_a_first_savepoint_on_sqlite_can_be_taken_back(tmp_path: Path) -> None:
    """Python's sqlite3 would commit a first savepoint at its release; ours can be undone."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'crm.db'}")
    Model.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    host = build(sessions)
    with sessions() as session, host.join(session):
        host.save("Organizations", [Write({"name": "Ours"})])
        session.rollback()
    left = host.changed_since("Organizations", None).records
    engine.dispose()

    assert () == left


def test_two_processes_write_the_same_row(engine: sa.Engine) -> None:
    """Two hosts that change one record one after the other make one row of two changes."""
    one, two = build(sessionmaker(engine)), build(sessionmaker(engine))
    ref = one.save("Organizations", [Write({"name": "One"})])[0].ref
    assert ref is not None
    two.save("Organizations", [Write({"name": "Two"}, id=ref.id)])
    (row,) = one.outbox(_later())

    assert ("created", 2) == (row.kind, row.generation)


def test_a_locked_database_is_unavailable(tmp_path: Path) -> None:
    """A SQLite file that somebody else holds raises HostUnavailable, with the next step."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'crm.db'}", connect_args={"timeout": 0.01})
    Model.metadata.create_all(engine)
    host = build(sessionmaker(engine))
    with engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(HostUnavailable, match="Try again when it is up"):
            host.save("Organizations", [Write({"name": "Ours"})])
        holder.rollback()
    engine.dispose()


def test_a_database_that_is_away_is_unavailable() -> None:
    """A server that does not answer raises HostUnavailable when something is read."""
    engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    host = build(sessionmaker(engine))

    with pytest.raises(HostUnavailable):
        host.get("Organizations", ["1"])


def test_a_called_factory_is_refused(sessions: sessionmaker[Session]) -> None:
    """A session in place of its factory is refused with the fix."""
    with sessions() as session, pytest.raises(SettingInvalid, match="without calling it"):
        build(session)


def test_tables_made_in_a_rolled_back_transaction_are_made_again(
    sessions: sessionmaker[Session], host: SQLAlchemyHost
) -> None:
    """The host tables may go with a rollback; the next change makes them afresh."""
    with sessions() as session:
        with host.join(session):
            host.note(Change(Ref("Organizations", "1"), "updated", datetime.now(UTC)))
        session.rollback()
    with sessions.begin() as session:
        session.add(Company(id=1, name="First"))

    assert ["1"] == [row.ref.id for row in host.outbox(_later())]


@pytest.mark.parametrize("again", ["drop_all", "dispose"])
def test_a_database_made_anew_gets_its_tables_again(
    engine: sa.Engine, sessions: sessionmaker[Session], again: str
) -> None:
    """As between two tests of a CRM whose host lives on: nothing is taken for there."""
    host = build(sessions)
    with sessions.begin() as session:
        session.add(Company(name="Kea"))
        session.flush()
    host.create_tables()
    with sessions.begin() as session:
        session.add(Company(name="Moa"))  # from here on they are known

    with engine.begin() as connection:
        for name in TABLES:
            connection.exec_driver_sql(f"DROP TABLE {name}")
    if again == "dispose":
        engine.dispose()
    if again == "drop_all":
        Model.metadata.drop_all(engine)
        Model.metadata.create_all(engine)
    with sessions.begin() as session:
        session.add(Company(name="Tui"))

    rows = host.outbox(datetime.now(UTC) + timedelta(minutes=5))
    assert ["created"] == [row.kind for row in rows]
