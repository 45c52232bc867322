"""Reading by the CRM's stamps loses nothing that stamps are known to lose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Model(DeclarativeBase):
    """Stamps as CRMs have them."""


class Note(Model):
    """With the stamp of the database, which may be empty."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class HandClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        """The moment."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.moment += timedelta(seconds=seconds)

    def new_id(self) -> str:
        """Not used here."""
        raise NotImplementedError


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def notes(engine: sa.Engine, sessions: sessionmaker[Session], clock: HandClock) -> SQLAlchemyHost:
    """A CRM of one module."""
    Model.metadata.create_all(engine)
    module = Module("Notes", Note, fields=[Field("text")], modified="at")
    return SQLAlchemyHost(sessions, modules=[module], base_currency="GBP", clock=clock)


def _add(sessions: sessionmaker[Session], **stamps: datetime | None) -> None:
    with sessions.begin() as session:
        session.add_all([Note(id=int(name[1:]), at=at) for name, at in stamps.items()])


def _read(host: SQLAlchemyHost, cursor: str | None, limit: int = 2) -> tuple[list[str], str]:
    """All ids until the end, and where to go on."""
    found: list[str] = []
    while True:
        page = host.changed_since("Notes", cursor, limit)
        found += [record.ref.id for record in page.records]
        cursor = page.cursor
        if not page.more:
            return found, cursor


def test_a_transaction_that_commits_late_is_read(
    notes: SQLAlchemyHost, sessions: sessionmaker[Session]
) -> None:
    """A stamp older than the last one read, but within the overlap, is read next time."""
    _add(sessions, n1=NOON)
    cursor = _read(notes, None)[1]
    _add(sessions, n2=NOON - timedelta(minutes=4))

    assert "2" in _read(notes, cursor)[0]


def test_what_has_settled_is_not_read_again(
    notes: SQLAlchemyHost, sessions: sessionmaker[Session], clock: HandClock
) -> None:
    """Once the overlap is over, a quiet module answers nothing."""
    _add(sessions, n1=NOON, n2=NOON, n3=NOON)
    cursor = _read(notes, None)[1]
    clock.sleep(3600)
    cursor = _read(notes, cursor)[1]

    assert [] == _read(notes, cursor)[0]


def test_records_without_a_stamp_are_read_each_time(
    notes: SQLAlchemyHost, sessions: sessionmaker[Session], clock: HandClock
) -> None:
    """A record whose stamp is empty cannot tell when it changed."""
    _add(sessions, n1=None, n2=NOON, n3=None, n4=None)
    cursor = _read(notes, None)[1]
    clock.sleep(3600)
    cursor = _read(notes, cursor)[1]

    assert ["1", "3", "4"] == _read(notes, cursor)[0]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_equal_stamps_are_told_apart_by_id(
    notes: SQLAlchemyHost, sessions: sessionmaker[Session], limit: int
) -> None:
    """Many records of one moment are read once each, whatever the size of the page."""
    _add(sessions, n1=NOON, n2=NOON, n3=NOON, n4=NOON, n5=None)

    assert ["1", "2", "3", "4", "5"] == sorted(_read(notes, None, limit)[0])


def test_stamps_of_the_database_are_compared_as_times(
    engine: sa.Engine, notes: SQLAlchemyHost, sessions: sessionmaker[Session]
) -> None:
    """Stamps with and without fractions, as SQLite mixes them, lose no record."""
    _add(sessions, n2=NOON.replace(microsecond=1000))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO note (id, at) VALUES (1, '2026-11-20 12:00:00'), "
            "(3, '2026-11-20 12:00:00'), (4, '2026-11-20 12:00:01')"
        )

    assert ["1", "2", "3", "4"] == sorted(_read(notes, None, 1)[0])
