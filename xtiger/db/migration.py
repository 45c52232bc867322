"""Migrations run from code: one transaction under a lock, for any package with its own folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from xtiger.db.address import spoken
from xtiger.errors import StoreUnavailable


def migrate(engine: Engine, script_location: str | Path, version_table: str) -> str | None:
    """Run what is missing of a package's migrations; returns the revision reached.

    `script_location` is a folder with `versions/`, or "package.module:folder". All revisions run
    in one transaction, so a crash leaves the database as it was; other processes wait for it.
    Raises StoreUnavailable when the database is of a newer release of the package.
    """
    scripts = ScriptDirectory(str(_folder(script_location)))
    with _locked(engine, version_table) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": version_table,
                # The function that `alembic upgrade head` uses itself.
                "fn": lambda heads, _context: scripts._upgrade_revs("head", heads),
            },
        )
        known = {script.revision for script in scripts.walk_revisions()}
        newer = sorted(set(context.get_current_heads()) - known)
        if newer:
            raise StoreUnavailable(
                spoken(engine.url),
                f"a newer release has written it ({version_table} {', '.join(newer)}). "
                "Install that release or a later one",
            )
        with Operations.context(context):
            context.run_migrations()
        return context.get_current_revision()


def _folder(script_location: str | Path) -> Path:
    package, colon, folder = str(script_location).partition(":")
    if isinstance(script_location, Path) or not colon:
        return Path(script_location)
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {package} with the migrations is not installed")
    return Path(spec.origin).parent / folder


@contextmanager
def _locked(engine: Engine, version_table: str) -> Iterator[Connection]:
    """A connection in a transaction that only one process at a time is in."""
    if engine.dialect.name == "sqlite":
        with _locked_sqlite(engine) as connection:
            yield connection
        return
    with engine.begin() as connection:
        lock: tuple[Any, ...] = (f"xtiger migration {version_table}",)
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", lock
        )
        yield connection


@contextmanager
def _locked_sqlite(engine: Engine) -> Iterator[Connection]:
    """A writer's transaction without foreign keys, which are checked at its end instead.

    SQLite changes a table by making a new one and dropping the old one; with foreign keys on,
    the drop would remove the rows that point to it.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise StoreUnavailable(
                        spoken(engine.url),
                        f"its table {broken[0]} points to rows that are not there",
                    )
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
