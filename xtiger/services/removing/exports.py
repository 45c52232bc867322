"""Files of what goes, written before it goes, which only their owner can read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from xtiger.errors import UndoRefused
from xtiger.model.connections import Connection
from xtiger.model.disk import file_trouble
from xtiger.model.undo.refusals import NOT_NAMED
from xtiger.model.values import Plain, to_json
from xtiger.settings import private_folder

#: What is exported: records that a wipe takes away, or links that a reset forgets.
What = Literal["wipe", "reset"]
#: So many signs of a connection's id stand in the names of its files.
_SIGNS = 12


def new_export(home: Path, what: What, connection: Connection, now: datetime) -> Path:
    """The name of a file that is not there yet, by connection and moment, in the home's exports."""
    folder = home / "exports"
    moment = now.strftime("%Y%m%d-%H%M%S")
    start = f"{what}-{connection.id[:_SIGNS]}-{moment}"
    path, number = folder / f"{start}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{start}-{number}.json"
    return path


def exports_of(home: Path, connection: Connection) -> list[Path]:
    """The exports of a connection in the home, the newest first."""
    name = re.compile(rf"(?:wipe|reset)-({re.escape(connection.id[:_SIGNS])}-.*)\.json")
    found = [(name.fullmatch(path.name), path) for path in (home / "exports").glob("*.json")]
    own = [(match[1], path) for match, path in found if match is not None]
    return [path for _, path in sorted(own, reverse=True)]


def write_export(
    path: Path, what: What, connection: Connection, content: Mapping[str, Plain]
) -> None:
    """Write an export to a new file, with what it is and whose; raises UndoRefused.

    It is on the disk when this returns: what it holds may go then.
    """
    head = {
        "xtiger": what,
        "connection": connection.id,
        "organisation_id": connection.organisation_id,
        "organisation": connection.name,
    }
    try:
        private_folder(path.parent)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason, fix = file_trouble(error, path)
        raise UndoRefused(f"Nothing was done: {reason}. {fix}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(to_json({**head, **content}) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)  # half of it is no export
        reason, fix = file_trouble(error, path)
        raise UndoRefused(f"Nothing was done: {reason}. {fix}") from error


def require_named(connection: Connection, typed: str) -> None:
    """Raise UndoRefused unless the organisation's name was typed; case and blanks do not count."""
    one, other = (" ".join(text.split()).casefold() for text in (typed, connection.name))
    if one != other:
        raise UndoRefused(NOT_NAMED)
