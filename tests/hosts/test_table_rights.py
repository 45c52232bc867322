"""The library's tables in a CRM whose database user may not make any: a sentence, and the SQL."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session, sessionmaker

from tests.cli import plugged
from tests.hosts.conftest import ALL, opened
from tests.hosts.crm import Company, build
from xtiger.cli.root import run
from xtiger.errors import HostTablesMissing
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.hosts.tables import TABLES


@pytest.fixture(params=ALL[1:])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """The database as its administrator sees it."""
    with opened(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def address(engine: sa.Engine) -> Iterator[URL]:
    """The same database for a user who may read and write, and create nothing."""
    user = f"xt_{uuid.uuid4().hex[:20]}"
    postgres = engine.dialect.name == "postgresql"
    with engine.begin() as connection:
        for statement in _rights(connection, user, postgres=postgres):
            connection.exec_driver_sql(statement)
    if postgres:
        options = make_url(engine.url).query["options"]
        yield engine.url.update_query_dict({"options": f"{options} -crole={user}"})
    else:
        yield engine.url.set(username=user, password="none")
    with engine.begin() as connection:
        for statement in (f"DROP OWNED BY {user}", f"DROP ROLE {user}") if postgres else ():
            connection.exec_driver_sql(statement)
        if not postgres:
            connection.exec_driver_sql(f"DROP USER {user}@'%%'")


def _rights(connection: sa.Connection, user: str, *, postgres: bool) -> list[str]:
    if not postgres:
        database = connection.exec_driver_sql("SELECT DATABASE()").scalar_one()
        return [
            f"CREATE USER {user}@'%%' IDENTIFIED BY 'none'",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO {user}@'%%'",
        ]
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    rights = "SELECT, INSERT, UPDATE, DELETE"
    return [
        f"CREATE ROLE {user} NOLOGIN",
        f"GRANT USAGE ON SCHEMA {schema} TO {user}",
        f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {user}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rights} ON TABLES TO {user}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {user}",
    ]


@pytest.fixture
def sessions(address: URL) -> Iterator[sessionmaker[Session]]:
    made = sa.create_engine(address)
    yield sessionmaker(made)
    made.dispose()


def _save(sessions: sessionmaker[Session], name: str) -> None:
    with sessions.begin() as session:
        session.add(Company(name=name))


def _command(host: SQLAlchemyHost, home: Path, *arguments: str) -> int:
    plugged.host = host
    environment = {"XTIGER_HOME": str(home), "XTIGER_HOST": "tests.cli.plugged:host"}
    return run(arguments, environment)


def test_a_save_goes_through_and_the_log_says_what_is_missing(
    engine: sa.Engine, sessions: sessionmaker[Session], caplog: pytest.LogCaptureFixture
) -> None:
    """The CRM goes on working: an extension for accounting must not stop it."""
    build(sessions)

    with caplog.at_level(logging.WARNING, "xtiger.hosts"):
        _save(sessions, "Kea")

    with engine.connect() as connection:
        names = connection.execute(sa.select(Company.name)).scalars().all()
    assert ["Kea"] == names
    assert "its database user may not make them" in caplog.text


def test_what_needs_the_tables_is_refused(sessions: sessionmaker[Session]) -> None:
    """Nothing runs without the guard against records that are made twice."""
    host = build(sessions)

    with pytest.raises(HostTablesMissing, match="xtiger host tables --sql"):
        host.create_tables()
    with pytest.raises(HostTablesMissing):
        host.identity()


def test_the_printed_statements_make_them(
    engine: sa.Engine,
    sessions: sessionmaker[Session],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Run by the administrator as they are printed, they are all that was missing."""
    host = build(sessions)

    refused = _command(host, tmp_path, "host", "tables")
    capsys.readouterr()
    printed = _command(host, tmp_path, "host", "tables", "--sql")
    statements = capsys.readouterr().out.split(";\n")
    with engine.begin() as connection:
        for statement in filter(str.strip, statements):
            connection.exec_driver_sql(statement)
    made = _command(host, tmp_path, "host", "tables", "--json")
    answer = json.loads(capsys.readouterr().out)
    _save(sessions, "Kea")

    assert [3, 0, 0] == [refused, printed, made]
    assert answer["made"]
    assert set(TABLES) <= set(sa.inspect(engine).get_table_names())
    with closing(engine.raw_connection()) as raw:
        cursor = raw.cursor()
        cursor.execute("SELECT change_kind FROM xt_outbox")
        assert [("created",)] == [tuple(row) for row in cursor.fetchall()]
