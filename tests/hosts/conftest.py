"""The home-made CRM of these tests, on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from django.db.models.signals import post_save
from sqlalchemy.orm import Session, close_all_sessions, sessionmaker

from tests.djangocrm import project
from tests.hosts.crm import Model, build
from tests.mariadb import own_database
from tests.postgres import own_schema, require_postgres
from xtiger.hosts.django import DjangoHost
from xtiger.hosts.sqlalchemy import SQLAlchemyHost

# Its models can be imported once Django is configured.
project.set_up()

# A failed check of the conformance kit shows its values, as in a test of one's own.
pytest.register_assert_rewrite("xtiger.testing")


#: The databases that the adapter is tried on; MariaDB only where its SQL is another.
BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
ALL = (*BOTH, pytest.param("mariadb", marks=pytest.mark.mariadb))


@contextmanager
def opened(
    database: str, folder: Path, tables: sa.MetaData = Model.metadata
) -> Iterator[sa.Engine]:
    """An empty database of the CRM."""
    with ExitStack() as stack:
        if database == "sqlite":
            address = f"sqlite:///{folder / 'crm.db'}"
        elif database == "mariadb":
            address = stack.enter_context(own_database())
        else:
            address = stack.enter_context(own_schema(require_postgres()))
        made = sa.create_engine(address)
        tables.create_all(made)
        yield made
        # A session that a test left open holds a connection that dispose() does not reach.
        close_all_sessions()
        made.dispose()


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    with opened(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def sessions(engine: sa.Engine) -> sessionmaker[Session]:
    """The CRM's own session factory."""
    return sessionmaker(engine)


@pytest.fixture
def host(sessions: sessionmaker[Session]) -> SQLAlchemyHost:
    """The CRM as the library sees it."""
    return build(sessions)


@pytest.fixture(params=BOTH)
def django_crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DjangoHost]:
    """The CRM on Django as the library sees it, in an empty database."""
    from tests.djangocrm.models import Company
    from tests.djangocrm.xero import make_host

    if post_save.has_listeners(Company):
        gc.collect()  # the hosts of other tests listen as long as they are there
    with project.opened(request.param, tmp_path), closing(make_host()) as host:
        yield host
