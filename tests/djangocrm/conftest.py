"""The CRM on Django with its pages, and the library between it and a sandbox."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.djangocrm import project
from tests.world import DATABASE, MovingClock, fresh_store
from xtiger.app import XTiger
from xtiger.sandbox import Sandbox, Server, create_app
from xtiger.settings import Settings

project.set_up()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database after `migrate`, made once."""
    folder = tmp_path_factory.mktemp("migrated")
    with project.opened("sqlite", folder, migrated=True):
        pass
    return folder / "crm.db"


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[None]:
    """A copy of it for this test."""
    shutil.copy(migrated, tmp_path / "crm.db")
    with project.opened("sqlite", tmp_path, there=True):
        yield


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def sandbox(clock: MovingClock) -> Iterator[Sandbox]:
    with closing(Sandbox(seed="empty", clock=clock.now)) as made:
        yield made


@pytest.fixture
def xt(database: None, tmp_path: Path, clock: MovingClock, sandbox: Sandbox) -> Iterator[XTiger]:
    """The library of the project's app, on the sandbox."""
    from tests.djangocrm.xero import make_host
    from xtiger.django.project import config

    (tmp_path / DATABASE).write_bytes(fresh_store())
    with Server(create_app(sandbox), "127.0.0.1", 0) as server:
        settings = Settings(
            home=tmp_path,
            database_url=f"sqlite:///{tmp_path / DATABASE}",
            xero_url=server.url,
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            new_extensions_on=False,
        )
        host = make_host(clock=clock)
        with closing(XTiger(host, settings=settings, clock=clock)) as made:
            config().use(made, host)
            yield made
            config().use(None)


@pytest.fixture
def user(database: None) -> Any:
    """Makes a user with rights: user("configure", "change_company")."""
    from django.contrib.auth.models import Permission, User

    def make(*rights: str, superuser: bool = False) -> Any:
        kind = User.objects.create_superuser if superuser else User.objects.create_user
        made = kind(f"user{User.objects.count()}")
        made.is_staff = True
        made.save()
        found = Permission.objects.filter(codename__in=rights)
        assert len(rights) == len(found), f"not all of {rights} are there"
        made.user_permissions.set(found)
        return made

    return make
