"""A full disk, a damaged file, a lock, a store that was taken away: each its sentence and cure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from tests.postgres import own_schema, require_postgres
from xtiger.db import database
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.errors import (
    StoreAway,
    StoreDamaged,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreUnavailable,
)
from xtiger.model.setting_keys import SettingGroup, SettingKey


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a store with its tables."""
    found = tmp_path / "a.db"
    with closing(opened(found)) as store:
        store.migrate()
    return found


def opened(path: Path) -> SqlStore:
    """The store of this file."""
    return SqlStore.open(f"sqlite:///{path}", Cipher([new_key()]))


def fill(store: SqlStore) -> None:
    """Write in one transaction until nothing fits any more."""
    with store.transaction(), store.database.writing() as db:
        pages = db.execute(text("PRAGMA page_count")).scalar_one()
        db.execute(text(f"PRAGMA max_page_count = {pages}"))
        store.save_setting(SettingKey("a"), 2)
        store.save_setting(SettingKey("b"), "x" * 1_000_000)


def read(path: Path) -> None:
    """Open a store and ask it."""
    with closing(opened(path)) as store:
        store.migrate()
        store.settings_like(SettingGroup(""))


def test_a_full_disk(path: Path) -> None:
    """What was to be written is not there, what was is whole, and the exit code asks a person."""
    with closing(opened(path)) as store:
        store.save_setting(SettingKey("a"), 1)
        with pytest.raises(StoreFull, match=r"is full.*Make room") as caught:
            fill(store)

        assert (1, None, 3) == (
            store.setting(SettingKey("a")),
            store.setting(SettingKey("b")),
            caught.value.exit_code,
        )


def test_a_file_that_is_no_database(path: Path) -> None:
    """Overwritten by something else."""
    path.write_bytes(b"not a database at all " * 500)

    with pytest.raises(StoreDamaged, match=r"is damaged.*last backup"):
        opened(path).close()


def test_a_file_that_was_cut_off(path: Path) -> None:
    """Half of it is missing: whatever is asked first says so."""
    path.write_bytes(path.read_bytes()[: 4096 * 3])

    with pytest.raises(StoreDamaged, match="is damaged"):
        read(path)


def test_a_held_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program keeps it: try again later, exit code 4."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with closing(opened(path)) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked, match=r"is in use.*try again later") as caught:
            store.save_setting(SettingKey("a"), 1)

    assert 4 == caught.value.exit_code


def test_a_store_that_lost_its_tables(path: Path) -> None:
    """Its file was made anew while a process ran."""
    with closing(opened(path)) as store:
        with store.engine.begin() as db:
            db.execute(text("DROP TABLE xt_setting"))
        with pytest.raises(StoreMissing, match="is not there as it was left"):
            store.setting(SettingKey("a"))


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a migrated store on PostgreSQL."""
    with own_schema(require_postgres()) as address:
        with closing(SqlStore.open(address, Cipher([new_key()]))) as store:
            store.migrate()
        yield address


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("state", "kind", "cure"),
    [
        ("53100", StoreFull, "Make room on it"),
        ("53300", StoreAway, "Try again when"),
        ("57P01", StoreAway, "Try again when"),
        ("57P03", StoreAway, "Try again when"),
        ("XX001", StoreDamaged, "last backup"),
        ("55P03", StoreLocked, "try again later"),
        ("42P01", StoreMissing, "Put it back"),
        ("25006", StoreReadOnly, "Check XTIGER_DATABASE_URL"),
    ],
)
def test_what_a_server_says_has_its_own_cure(
    server: str, state: str, kind: type[StoreUnavailable], cure: str
) -> None:
    """Each code as the server itself sends it, through the driver's own class."""
    with closing(SqlStore.open(server, Cipher([new_key()]))) as store:
        say = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"
        with pytest.raises(kind, match=cure) as caught, store.database.writing() as db:
            db.execute(text(say))

    assert kind is type(caught.value)


@pytest.mark.postgres
def test_a_standby_takes_no_writes(server: str) -> None:
    """A server that reads only says so at the first write."""
    url = make_url(server)
    options = f"{url.query['options']} -cdefault_transaction_read_only=on"
    address = url.update_query_dict({"options": options}).render_as_string(hide_password=False)
    with closing(SqlStore.open(address, Cipher([new_key()]))) as store:
        with pytest.raises(StoreReadOnly, match="takes no writes"):
            store.save_setting(SettingKey("a"), 1)

        assert store.setting(SettingKey("a")) is None


@pytest.mark.postgres
def test_a_server_that_lost_a_table(server: str) -> None:
    """Its schema was made anew while a process ran."""
    with closing(SqlStore.open(server, Cipher([new_key()]))) as store:
        with store.engine.begin() as db:
            db.execute(text("DROP TABLE xt_setting"))
        with pytest.raises(StoreMissing, match="is not there as it was left"):
            store.setting(SettingKey("a"))
