"""Transactions, threads, processes, and the sentences of a database that cannot be used."""

from __future__ import annotations

import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from tests.db.samples import finish, link, outcome, start
from tests.postgres import require_postgres
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.errors import StoreUnavailable
from xtiger.model.setting_keys import SettingGroup, SettingKey, StateKey


def reason(url: str) -> str:
    """What opening and migrating says."""
    with pytest.raises(StoreUnavailable) as caught:
        _open_and_migrate(url)
    return str(caught.value)


def _open_and_migrate(url: str) -> None:
    # A connection that is left open is complained about in whichever test runs when it is found.
    with closing(SqlStore.open(url, Cipher([new_key()]))) as opened:
        opened.migrate()


def test_a_transaction_commits_together(store: SqlStore, twin: SqlStore) -> None:
    """Others see nothing of it before its end."""
    with store.transaction():
        store.save_setting(SettingKey("a"), 1)
        store.add_link(link())
        before = (twin.setting(SettingKey("a")), len(twin.links_by_crm("c1", "Organizations")))
    after = (twin.setting(SettingKey("a")), len(twin.links_by_crm("c1", "Organizations")))

    assert ((None, 0), (1, 1)) == (before, after)


def test_a_transaction_sees_its_own_writes(store: SqlStore) -> None:
    """Reads inside join it."""
    with store.transaction():
        store.save_setting(SettingKey("a"), 1)
        inside = store.setting(SettingKey("a"))

    assert inside == 1


def test_a_failing_transaction_leaves_nothing(store: SqlStore) -> None:
    """All methods inside are undone."""

    def fail() -> None:
        with store.transaction():
            store.save_setting(SettingKey("a"), 1)
            store.add_outcomes([outcome()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert (None, []) == (store.setting(SettingKey("a")), store.outcomes(connections=["c1"]))


def test_nested_blocks_join(store: SqlStore) -> None:
    """An error in the outer block undoes the inner one as well."""

    def fail() -> None:
        with store.transaction():
            with store.transaction():
                store.save_setting(SettingKey("a"), 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert store.setting(SettingKey("a")) is None


def test_a_failing_nested_block_undoes_itself_only(store: SqlStore) -> None:
    """The outer block may catch its error and go on."""

    def fail() -> None:
        with store.transaction():
            store.save_setting(SettingKey("b"), 1)
            raise RuntimeError

    with store.transaction():
        store.save_setting(SettingKey("a"), 1)
        with pytest.raises(RuntimeError):
            fail()
        store.save_setting(SettingKey("c"), 1)

    assert {"a": 1, "c": 1} == store.settings_like(SettingGroup(""))


def test_a_transaction_belongs_to_its_thread(store: SqlStore) -> None:
    """Another thread reads the committed state beside it."""
    seen: list[object] = []
    with store.transaction():
        store.save_setting(SettingKey("a"), 1)
        other = threading.Thread(target=lambda: seen.append(store.setting(SettingKey("a"))))
        other.start()
        other.join()

    assert [None] == seen


def test_writers_queue_behind_a_long_transaction(store: SqlStore) -> None:
    """A thread that wants to write meanwhile waits and does not fail."""
    done: list[str] = []

    def write() -> None:
        store.update_state(StateKey("s"), lambda old: ((old or 0) + 1, None))
        done.append("other")

    with store.transaction():
        store.update_state(StateKey("s"), lambda old: ((old or 0) + 1, None))
        other = threading.Thread(target=write)
        other.start()
        other.join(0.3)
        done.append("first")
    other.join()

    assert (["first", "other"], 2) == (
        done,
        store.update_state(StateKey("s"), lambda old: (old, old)),
    )


def test_a_process_killed_in_a_transaction_leaves_nothing(
    store: SqlStore, database_url: str
) -> None:
    """What was committed before stays; what was not never was."""
    code = (
        "store.save_setting('before', 1)\n"
        "with store.transaction():\n"
        "    store.save_setting('inside', 1)\n"
        "    store.add_outcomes([outcome()])\n"
        "    print('here', flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    process = start(code, database_url, new_key())
    out, errors = process.communicate(timeout=60)

    assert ("here\n", {"before": 1}, []) == (
        out,
        store.settings_like(SettingGroup("")),
        store.outcomes(connections=["c1"]),
    ), errors


def test_a_forked_child_uses_connections_of_its_own(store: SqlStore, database_url: str) -> None:
    """Workers that fork, as Celery's do, write beside their parent."""
    code = (
        "store.save_setting('a', 1)\n"
        "child = os.fork()\n"
        "for n in range(20): store.update_state('n', lambda old: ((old or 0) + 1, None))\n"
        "if not child: os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "print(store.update_state('n', lambda old: (old, old)))\n"
    )

    assert finish(start(code, database_url, new_key())) == "40"


def test_an_extension_reads_and_then_writes_beside_another_writer(store: SqlStore) -> None:
    """Its transaction on the engine holds the lock from its start, so it cannot fail half-way."""
    with store.engine.begin() as db:
        db.execute(text("CREATE TABLE own (n INTEGER)"))
        db.execute(text("INSERT INTO own VALUES (0)"))

    def add() -> None:
        for _ in range(20):
            with store.engine.begin() as db:
                # The lock that PostgreSQL wants said, SQLite takes by itself.
                if db.dialect.name == "postgresql":
                    db.execute(text("LOCK TABLE own"))
                number = db.execute(text("SELECT n FROM own")).scalar_one()
                db.execute(text("UPDATE own SET n = :n"), {"n": number + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.engine.connect() as db:
        number = db.execute(text("SELECT n FROM own")).scalar_one()

    assert number == 80


def test_an_extension_may_read_inside_a_transaction(store: SqlStore) -> None:
    """Its own connection sees the committed state and does not wait for itself."""
    with store.transaction():
        store.save_setting(SettingKey("a"), 1)
        with store.engine.connect() as db:
            count = db.execute(text("SELECT count(*) FROM xt_setting")).scalar_one()

    assert count == 0


def test_tables_that_are_missing_say_so(database_url: str) -> None:
    """A store that was never migrated answers with a sentence."""
    opened = SqlStore.open(database_url, Cipher([new_key()]))

    with pytest.raises(StoreUnavailable, match="its tables are missing or of another release"):
        opened.setting(SettingKey("a"))
    opened.close()


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    """WAL, synced at each commit, with foreign keys, and patient."""
    opened = SqlStore.open(f"sqlite:///{tmp_path / 'a.db'}", Cipher([new_key()]))
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with opened.engine.connect() as db:
        found = [db.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]
    opened.close()

    assert ["wal", 2, 1, 30_000] == found


def test_the_file_and_a_new_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    """Mode 700 for the folder, 600 for the file."""
    path = tmp_path / "new" / "a.db"
    SqlStore.open(f"sqlite:///{path}", Cipher([new_key()])).close()

    assert [0o700, 0o600] == [p.stat().st_mode & 0o777 for p in (path.parent, path)]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """The sentence holds the address and what SQLite said."""
    path = tmp_path / "a.db"
    path.write_text("just a text, and long enough to be looked at " * 30)

    assert f"sqlite:///{path} is damaged (file is not a database)" in reason(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "file").write_text("")

    assert "Move away what stands at" in reason(f"sqlite:///{tmp_path / 'file' / 'a.db'}")


def test_a_locked_database_is_said_to_be_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the queueing time the sentence says why nothing could be written."""
    monkeypatch.setattr("xtiger.db.database.BUSY_SECONDS", 0)
    path = tmp_path / "a.db"
    opened = SqlStore.open(f"sqlite:///{path}", Cipher([new_key()]))
    opened.migrate()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="another process has kept it locked"):
        opened.save_setting(SettingKey("a"), 1)
    other.close()
    opened.close()


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    """Nothing listens at the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        said = reason(f"postgresql://me:s3cret@127.0.0.1:{port}/crm?connect_timeout=2")

    assert (True, False) == (
        f"postgresql://me:***@127.0.0.1:{port}/crm cannot be used: " in said,
        "s3cret" in said,
    )


@pytest.mark.postgres
def test_an_unknown_database_is_named() -> None:
    """The server answers, but has no such database."""
    wrong = make_url(require_postgres()).set(database="nobody_has_this", password="s3cret")
    said = reason(wrong.render_as_string(hide_password=False))

    assert (True, False) == ('database "nobody_has_this" does not exist' in said, "s3cret" in said)


@pytest.mark.postgres
def test_a_schema_that_is_missing_is_said_to_be() -> None:
    """As after a restore into a fresh server."""
    url = make_url(require_postgres())
    wrong = url.update_query_dict({"options": "-csearch_path=nobody_has_this"})

    assert "no schema has been selected" in reason(wrong.render_as_string(hide_password=False))


def test_errors_do_not_show_what_was_being_written(tmp_path: Path) -> None:
    """Values may be personal data, and errors end in logs."""
    opened = SqlStore.open(f"sqlite:///{tmp_path / 'a.db'}", Cipher([new_key()]))
    opened.migrate()
    opened.save_setting(SettingKey("personal"), 1)
    query = text("INSERT INTO xt_setting (name) VALUES (:n)")
    with pytest.raises(IntegrityError) as caught, opened.engine.begin() as db:
        db.execute(query, {"n": "personal"})
    opened.close()

    assert "personal" not in str(caught.value)


def test_closing_leaves_no_files_beside_the_database(tmp_path: Path) -> None:
    """A closed SQLite database is one file, which can be copied."""
    opened = SqlStore.open(f"sqlite:///{tmp_path / 'a.db'}", Cipher([new_key()]))
    opened.migrate()
    opened.close()

    assert ["a.db"] == [path.name for path in tmp_path.iterdir()]
