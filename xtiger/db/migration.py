"""Migrations run from code: one transaction under a lock, for any package with its own folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, String, column, inspect, select, table

from xtiger.db.address import spoken
from xtiger.db.database import READ_ONLY
from xtiger.errors import StoreUnavailable

#: What Alembic writes at the head of a revision's file.
_REVISION: Final = re.compile(r'^revision(?:: str)? = "(\w+)"$', re.MULTILINE)
_BEFORE: Final = re.compile(r'^down_revision(?:: str)? = "(\w+)"$', re.MULTILINE)


def migrate(engine: Engine, script_location: str | Path, version_table: str) -> str | None:
    """Run what is missing of a package's migrations; returns the revision reached.

    `script_location` is a folder with `versions/`, or "package.module:folder". All revisions run
    in one transaction, so a crash leaves the database as it was; other processes wait for it.
    A database that has them all is only asked which it has.
    Raises StoreUnavailable when the database is of a newer release of the package.
    """
    folder = _folder(script_location)
    newest = _newest(folder)
    if newest is not None and _reached(engine, version_table) == [newest]:
        return newest
    return _run_missing(engine, folder, version_table)


def _newest(folder: Path) -> str | None:
    """The last revision of a folder by what its files say; None where that is not one."""
    texts = [path.read_text(encoding="utf-8") for path in (folder / "versions").glob("*.py")]
    known = {found for text in texts for found in _REVISION.findall(text)}
    last = known - {found for text in texts for found in _BEFORE.findall(text)}
    return last.pop() if len(last) == 1 else None


def _reached(engine: Engine, version_table: str) -> list[str]:
    """The revisions that a database says it has reached; one, but for broken ones."""
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        if not inspect(connection).has_table(version_table):
            return []
        versions = select(column("version_num", String)).select_from(table(version_table))
        return list(connection.execute(versions).scalars())


def _run_missing(engine: Engine, folder: Path, version_table: str) -> str | None:
    # Loading Alembic takes as long as the whole start of a process without it.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(folder))
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
