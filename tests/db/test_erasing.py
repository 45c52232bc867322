"""After an erase no file of the database holds what went: tables are written anew."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.postgres import own_schema, require_postgres
from xtiger.db.cipher import Cipher
from xtiger.db.store import SqlStore

_FILES = (
    "SELECT relname, relfilenode FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
)


def files(store: SqlStore) -> dict[str, int]:
    """Table → the file that holds it."""
    with store.engine.connect() as db:
        return {row.relname: row.relfilenode for row in db.execute(text(_FILES))}


@pytest.mark.postgres
def test_tables_of_extensions_are_written_anew(cipher: Cipher) -> None:
    """By their prefix or by name, whoever made them; the CRM's tables beside them are left."""
    names = {"xt_queue_job", "points_of_loyalty", "vtiger_account"}
    with own_schema(require_postgres()) as address:
        store = SqlStore.open(address, cipher)
        store.migrate()
        with store.engine.begin() as db:
            for name in names:
                db.execute(text(f"CREATE TABLE {name} (id integer)"))
        before = files(store)
        freed = store.free_bytes(["points_of_loyalty", "no_such_table"])
        after = files(store)
        store.close()

    assert freed
    anew = {name for name in names | {"xt_outcome"} if before[name] != after[name]}
    assert {"xt_queue_job", "points_of_loyalty", "xt_outcome"} == anew
