"""Addresses of databases: which ones can be used, and their wording without the password."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from xtiger.errors import StoreUnavailable
from xtiger.model.disk import file_trouble

_EXAMPLES = "Use one like sqlite:////var/lib/crm/xtiger.db or postgresql://user@host/name"


def parse_address(address: str) -> URL:
    """The address with the driver that the library uses; raises StoreUnavailable when unusable."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        # The text may hold a password, and what cannot be parsed cannot be cleaned.
        raise StoreUnavailable(
            "in the settings", f"its address cannot be read. {_EXAMPLES}"
        ) from error
    family = url.drivername.partition("+")[0]
    if family == "sqlite":
        return _sqlite_address(url)
    if family in ("postgresql", "postgres"):
        if not url.database:
            raise StoreUnavailable(spoken(url), f"its address names no database. {_EXAMPLES}")
        return url.set(drivername="postgresql+psycopg")
    raise StoreUnavailable(spoken(url), f"{family} is not supported. {_EXAMPLES}")


def _sqlite_address(url: URL) -> URL:
    name = url.database or ""
    if not name or name == ":memory:" or "mode=memory" in name:
        raise StoreUnavailable(
            spoken(url),
            f"in memory everything would be forgotten, and threads would not share it. {_EXAMPLES}",
        )
    return url.set(drivername="sqlite")


def spoken(url: URL) -> str:
    """The address for people: without password and options, which may hold secrets."""
    plain = url.set(query={}).render_as_string(hide_password=True)
    return plain.replace("postgresql+psycopg:", "postgresql:", 1)


def prepare_file(url: URL) -> None:
    """Make the folder (mode 700) and the file (mode 600) of a SQLite database, where absent.

    Raises StoreUnavailable when the place cannot be written.
    """
    if url.database is None or url.database.startswith("file:"):
        return
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        reason, fix = file_trouble(error, path)
        raise StoreUnavailable(spoken(url), f"{reason}. {fix.rstrip('.')}") from error
