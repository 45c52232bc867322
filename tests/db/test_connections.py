"""Connections and their tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from tests.db.samples import connection, tokens
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore


def test_a_connection_comes_back_whole(store: SqlStore) -> None:
    """All fields survive, with letters of all scripts, Decimals and moments."""
    store.save_connection(connection())

    assert connection() == store.connection("c1")


def test_an_unknown_connection_is_none(store: SqlStore) -> None:
    """There is no error for an id that nobody has."""
    assert store.connection("nobody") is None


def test_connections_are_listed_oldest_first_by_tenant(store: SqlStore) -> None:
    """Replacing a connection does not move it to the end."""
    for name, tenant in (("b", "t1"), ("a", "t1"), ("c", "t2")):
        store.save_connection(connection(name, tenant))
    store.save_connection(replace(connection("b", "t1"), name="New name"))

    assert ["b", "a"] == [each.id for each in store.connections("t1")]


def test_tokens_come_back_whole(store: SqlStore) -> None:
    """The pair, its moments, its scope and the pair before it survive encryption."""
    store.save_connection(connection(), tokens())

    assert tokens() == store.tokens("c1")


def test_saving_a_connection_keeps_its_tokens(store: SqlStore) -> None:
    """Tokens are replaced only when given."""
    store.save_connection(connection(), tokens())
    store.save_connection(connection().ended("revoked"))

    assert tokens() == store.tokens("c1")


def test_tokens_can_be_forgotten(store: SqlStore) -> None:
    """Nothing of them is left after the connection has ended."""
    store.save_connection(connection(), tokens())
    store.forget_tokens("c1")

    assert store.tokens("c1") is None


def test_tokens_are_never_kept_in_plain_text(store: SqlStore, tmp_path: Path) -> None:
    """Neither the row nor any file of the database shows a token."""
    secret = tokens("very-secret-access", "very-secret-refresh")
    store.save_connection(connection(), secret)
    with store.engine.connect() as db:
        kept = "".join(map(str, db.execute(text("SELECT * FROM xt_connection")).one()))
    store.close()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert "very-secret" not in kept + files.decode("latin-1")


def test_tokens_under_a_lost_key_are_none(store: SqlStore, database_url: str) -> None:
    """Another key alone cannot read them; the old one, put back, can."""
    store.save_connection(connection(), tokens())
    other = SqlStore.open(database_url, Cipher([new_key()]))
    found = other.tokens("c1")

    assert (None, tokens()) == (found, store.tokens("c1"))
    other.close()


def test_a_new_key_in_front_reads_old_tokens_and_writes_new_ones(
    database_url: str,
) -> None:
    """After re-encrypting, the old key can be dropped."""
    old, new = new_key(), new_key()
    first = SqlStore.open(database_url, Cipher([old]))
    first.migrate()
    first.save_connection(connection(), tokens())
    first.close()
    both = SqlStore.open(database_url, Cipher([new, old]))
    moved = both.reencrypt()
    both.close()
    alone = SqlStore.open(database_url, Cipher([new]))
    found = alone.tokens("c1")
    alone.close()

    assert (1, tokens()) == (moved, found)


def test_a_removed_connection_leaves_no_row(store: SqlStore) -> None:
    """Neither it nor its tokens are there afterwards; another one stays."""
    store.save_connection(connection(), tokens())
    store.save_connection(replace(connection(), id="c2", organisation_id="o2"), tokens())
    store.remove_connection("c1")

    assert (None, ["c2"]) == (store.tokens("c1"), [c.id for c in store.all_connections()])


def test_removing_an_unknown_connection_is_fine(store: SqlStore) -> None:
    """Cleaning up may come twice."""
    store.save_connection(connection(), tokens())
    store.remove_connection("nobody")

    assert ["c1"] == [c.id for c in store.all_connections()]


def test_saving_tokens_uses_the_newest_key(database_url: str) -> None:
    """Each refresh moves its connection to the newest key by itself."""
    old, new = new_key(), new_key()
    both = SqlStore.open(database_url, Cipher([new, old]))
    both.migrate()
    both.save_connection(connection(), tokens())
    both.close()
    alone = SqlStore.open(database_url, Cipher([new]))
    found = alone.tokens("c1")
    alone.close()

    assert tokens() == found
