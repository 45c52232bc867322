"""Migrations: whole or not at all, one at a time, for each package its own."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, text

import xtiger.db.migrations
from tests.db.conftest import MakeUrl
from tests.db.samples import finish, start
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.migration import migrate
from xtiger.db.store import VERSION_TABLE, SqlStore
from xtiger.db.tables import metadata
from xtiger.errors import StoreUnavailable
from xtiger.model.setting_keys import SettingKey

STEP = '''
"""A step."""
from alembic import op
import sqlalchemy as sa
revision = "{revision}"
down_revision = {down}
def upgrade() -> None:
    """Do it."""
    {body}
'''


PARENT_AND_CHILD = """
    op.create_table("a", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table("b", sa.Column("a_id", sa.Integer, sa.ForeignKey("a.id", ondelete="CASCADE")))
    op.execute("INSERT INTO a VALUES (1)")
    op.execute("INSERT INTO b VALUES (1)")
"""

REBUILD_PARENT = """
    with op.batch_alter_table("a") as a:
        a.add_column(sa.Column("n", sa.Integer, nullable=False, server_default="0"))
        a.alter_column("n", nullable=True)
"""


def step(folder: Path, number: int, body: str) -> None:
    """Write one revision of a package of its own."""
    (folder / "versions").mkdir(exist_ok=True)
    down = f'"{number - 1:04}"' if number > 1 else None
    source = STEP.format(revision=f"{number:04}", down=down, body=body)
    (folder / "versions" / f"v{number:04}.py").write_text(source)


def spelled(index: Any) -> str:
    """An index with its condition as text."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return str({**index, "dialect_options": options})


def described(engine: Engine) -> dict[str, Any]:
    """Every table with columns, keys, checks and indexes, partial ones with their condition."""
    look = inspect(engine)
    found: dict[str, Any] = {}
    for name in sorted(set(look.get_table_names()) - {VERSION_TABLE}):
        found[name] = {
            "columns": [{**c, "type": str(c["type"])} for c in look.get_columns(name)],
            "primary": look.get_pk_constraint(name),
            "unique": sorted(look.get_unique_constraints(name), key=str),
            "foreign": sorted(look.get_foreign_keys(name), key=str),
            "checks": sorted(look.get_check_constraints(name), key=str),
            "indexes": sorted(map(spelled, look.get_indexes(name))),
        }
    return found


def test_the_migrations_make_the_tables_of_this_release(store: SqlStore) -> None:
    """Alembic's own comparison finds nothing to add or remove."""
    with store.engine.connect() as db:
        context = MigrationContext.configure(
            db, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        differences = compare_metadata(context, metadata)

    assert [] == differences


def test_the_migrations_make_every_key_check_and_index(store: SqlStore, make_url: MakeUrl) -> None:
    """Compared with tables made straight from their declarations, to the last condition."""
    fast_reader = SqlStore.open(make_url(), Cipher([new_key()]))
    metadata.create_all(fast_reader.engine)
    wanted = described(fast_reader.engine)
    fast_reader.close()

    assert wanted == described(store.engine)


def test_migrating_again_changes_nothing(store: SqlStore) -> None:
    """It keeps what is in the tables."""
    store.save_setting(SettingKey("a"), 1)
    store.migrate()

    assert store.setting(SettingKey("a")) == 1


def test_what_has_all_migrations_is_only_asked_which(store: SqlStore, database_url: str) -> None:
    """A process that starts on it neither locks the tables nor loads Alembic."""
    said: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    store.migrate()
    loaded = "import sys; store.migrate(); print('alembic' in sys.modules)"

    assert not [text for text in said if not text.lstrip().startswith(("SELECT", "PRAGMA main"))]
    assert finish(start(loaded, database_url, new_key())) == "False"


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    """Two find an empty database; both end well."""
    both = [start("store.migrate(); print('ok')", database_url, new_key()) for _ in range(2)]

    assert ["ok", "ok"] == [finish(process) for process in both]


def test_a_database_of_a_newer_release_is_refused(store: SqlStore) -> None:
    """The sentence says what to install."""
    with store.engine.begin() as db:
        db.execute(text("UPDATE xt_version SET version_num = '9999'"))

    with pytest.raises(StoreUnavailable, match=r"a newer release has written it \(xt_version 9999"):
        store.migrate()


def test_another_package_has_its_own_migrations(store: SqlStore, tmp_path: Path) -> None:
    """Its version table stands beside the library's own."""
    step(tmp_path, 1, "op.create_table('xt_log_view', sa.Column('id', sa.Integer))")
    reached = migrate(store.engine, tmp_path, "xt_version_log")
    tables = set(inspect(store.engine).get_table_names())

    assert ("0001", True) == (reached, {"xt_log_view", "xt_version_log", "xt_version"} <= tables)


def test_a_later_step_is_added_to_what_is_there(store: SqlStore, tmp_path: Path) -> None:
    """Only the new one runs."""
    step(tmp_path, 1, "op.create_table('xt_log_view', sa.Column('id', sa.Integer))")
    migrate(store.engine, tmp_path, "xt_version_log")
    step(tmp_path, 2, "op.add_column('xt_log_view', sa.Column('name', sa.Text))")
    migrate(store.engine, tmp_path, "xt_version_log")

    assert ["id", "name"] == [c["name"] for c in inspect(store.engine).get_columns("xt_log_view")]


def test_a_step_that_fails_leaves_the_database_as_it_was(store: SqlStore, tmp_path: Path) -> None:
    """The steps before it of the same start are undone too, and can be run again."""
    step(tmp_path, 1, "op.create_table('xt_log_view', sa.Column('id', sa.Integer))")
    step(tmp_path, 2, "op.create_table('xt_log_more', sa.Column('id', sa.Integer)); 1 / 0")
    with pytest.raises(ZeroDivisionError):
        migrate(store.engine, tmp_path, "xt_version_log")
    left = set(inspect(store.engine).get_table_names()) & {"xt_log_view", "xt_log_more"}
    step(tmp_path, 2, "op.create_table('xt_log_mended', sa.Column('id', sa.Integer))")

    assert (set(), "0002") == (left, migrate(store.engine, tmp_path, "xt_version_log"))


def test_a_table_can_be_rebuilt_without_losing_what_points_to_it(
    store: SqlStore, tmp_path: Path
) -> None:
    """SQLite changes a column by a new table; rows in other tables must survive that."""
    step(tmp_path, 1, PARENT_AND_CHILD)
    step(tmp_path, 2, REBUILD_PARENT)
    migrate(store.engine, tmp_path, "xt_version_own")
    with store.engine.connect() as db:
        left = db.execute(text("SELECT count(*) FROM b")).scalar_one()

    assert left == 1


def test_foreign_keys_are_on_again_after_migrating(tmp_path: Path) -> None:
    """They are off only while SQLite may rebuild tables."""
    opened = SqlStore.open(f"sqlite:///{tmp_path / 'a.db'}", Cipher([new_key()]))
    opened.migrate()
    with opened.engine.connect() as db:
        switch = db.execute(text("PRAGMA foreign_keys")).scalar_one()
    opened.close()

    assert switch == 1


def test_migrating_leaves_logging_and_the_import_path_alone(database_url: str) -> None:
    """A library must not touch what belongs to its host."""
    before = (list(sys.path), list(logging.root.handlers), logging.root.level)
    opened = SqlStore.open(database_url, Cipher([new_key()]))
    opened.migrate()
    opened.close()

    assert before == (list(sys.path), list(logging.root.handlers), logging.root.level)


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """A wrong script location is a bug of the caller."""
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")

    with pytest.raises(ModuleNotFoundError, match="nobody_has_this"):
        migrate(engine, "nobody_has_this:migrations", "xt_version_x")
    engine.dispose()


def test_links_of_the_first_release_are_kept(database_url: str) -> None:
    """The table of links is built anew on SQLite: its rows, bases and keys come through."""
    store = SqlStore.open(database_url, Cipher([new_key()]))
    _upgrade(store.engine, "0001")
    with store.engine.begin() as db:
        names = "id, connection_id, kind, xero_id, module, crm_id, role, state"
        values = "7, 'c1', 'Contact', 'x1', 'Organizations', '1', 'primary', 'live'"
        db.execute(text(f"INSERT INTO xt_link ({names}) VALUES ({values})"))
        db.execute(text("INSERT INTO xt_base VALUES (7, '{}', '{}', 1)"))

    store.migrate()

    found = store.links_by_xero("c1", "Contact")
    assert [(7, "1", "primary")] == [(one.id, one.crm_id, one.role) for one in found.values()]
    assert {7} == set(store.bases([7]))
    store.close()


def test_a_write_on_its_way_outlives_an_update(database_url: str) -> None:
    """Announced by the release before: found by the next run, and compared without a base."""
    store = SqlStore.open(database_url, Cipher([new_key()]))
    _upgrade(store.engine, "0004")
    with store.engine.begin() as db:
        names = "id, connection_id, run_id, kind, method, path, body, key, state"
        db.execute(
            text(
                f"INSERT INTO xt_batch ({names}) VALUES ('b', 'c1', 'r', 'Contact', 'POST', "
                "'/Contacts', :body, 'k', 'sent')"
            ),
            {"body": b"{}"},
        )
        names = "id, batch_id, position, module, kind, crm_id, verb, payload, state"
        values = "'i', 'b', 0, 'Organizations', 'Contact', '7', 'update', '{}', 'sent'"
        db.execute(text(f"INSERT INTO xt_intent ({names}) VALUES ({values})"))

    store.migrate()

    (found,) = store.unfinished_batches("c1")
    assert [("7", None)] == [(one.crm_id, one.meant) for one in found.intents]
    store.close()


def _upgrade(engine: Engine, revision: str) -> None:
    """Make the tables as an earlier release had them."""
    scripts = ScriptDirectory(str(Path(xtiger.db.migrations.__file__).parent))
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "fn": lambda heads, _: scripts._upgrade_revs(revision, heads),
            },
        )
        with Operations.context(context):
            context.run_migrations()
