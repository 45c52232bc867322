"""What the hook costs a CRM when a person saves: with and without it, inside the transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.hosts.crm import Company, Model, build
from tests.world import make_world


def _quick(connection: Any, _: object) -> None:
    """The disk is no part of what is measured."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")


@contextmanager
def _sessions() -> Iterator[sessionmaker[Session]]:
    """A CRM on SQLAlchemy with one company."""
    with TemporaryDirectory() as home:
        engine = sa.create_engine(f"sqlite:///{Path(home) / 'crm.db'}")
        sa.event.listen(engine, "connect", _quick)
        Model.metadata.create_all(engine)
        made = sessionmaker(engine)
        with made.begin() as session:
            session.add(Company(id=1, name="Name"))
        yield made
        engine.dispose()


def _edits(sessions: sessionmaker[Session], saves: int) -> float:
    begin = process_time()
    for number in range(saves):
        with sessions.begin() as session:
            company = session.get_one(Company, 1)
            company.name = f"Name {number}"
    return process_time() - begin


def sqlalchemy_plain(saves: int) -> float:
    """Seconds of so many saves of a CRM on SQLAlchemy, without this library."""
    with _sessions() as sessions:
        return _edits(sessions, saves)


def sqlalchemy_hooked(saves: int) -> float:
    """The same with the adapter's events."""
    with _sessions() as sessions:
        build(sessions)
        return _edits(sessions, saves)


def _memory(saves: int, *, hooked: bool) -> float:
    with TemporaryDirectory() as home, make_world(Path(home)) as world:
        made = world.host.create("Organizations", {"accountname": "Name"})
        tell: Callable[[str, str], None] = world.xt.saved if hooked else lambda _module, _id: None
        begin = process_time()
        for number in range(saves):
            with world.host.transaction():
                world.host.edit("Organizations", made, accountname=f"Name {number}")
                tell("Organizations", made)
        return process_time() - begin


def memory_plain(saves: int) -> float:
    """Seconds of so many saves of the reference CRM."""
    return _memory(saves, hooked=False)


def memory_hooked(saves: int) -> float:
    """The same with `saved()` in each transaction."""
    return _memory(saves, hooked=True)
