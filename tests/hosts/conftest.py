"""The home-made CRM of these tests, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, close_all_sessions, sessionmaker

from tests.hosts.crm import Model, build
from tests.postgres import own_schema, require_postgres
from xtiger.hosts.sqlalchemy import SQLAlchemyHost

# A failed check of the conformance kit shows its values, as in a test of one's own.
pytest.register_assert_rewrite("xtiger.testing")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database of the CRM."""
    if request.param == "sqlite":
        made = sa.create_engine(f"sqlite:///{tmp_path / 'crm.db'}")
        Model.metadata.create_all(made)
        yield made
        close_all_sessions()
        made.dispose()
        return
    with own_schema(require_postgres()) as address:
        made = sa.create_engine(address)
        Model.metadata.create_all(made)
        yield made
        # A session that a test left open holds a connection that dispose() does not reach.
        close_all_sessions()
        made.dispose()


@pytest.fixture
def sessions(engine: sa.Engine) -> sessionmaker[Session]:
    """The CRM's own session factory."""
    return sessionmaker(engine)


@pytest.fixture
def host(sessions: sessionmaker[Session]) -> SQLAlchemyHost:
    """The CRM as the library sees it."""
    return build(sessions)
