"""Writes what an extension keeps to a file, before a purge removes it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from xtiger.errors import ExtensionRefused
from xtiger.model.disk import file_trouble
from xtiger.model.values import Plain, to_json


def write_export(
    path: Path, name: str, tables: Mapping[str, Sequence[Mapping[str, Plain]]]
) -> None:
    """Write table name → rows to a new file that only its owner can read.

    Raises ExtensionRefused when the file exists or cannot be written.
    """
    rows = {table: [dict(row) for row in found] for table, found in tables.items()}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason = f"{path} cannot be written ({error.strerror})"
        raise ExtensionRefused(name, reason, "Name another file.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(to_json({"extension": name, "tables": rows}) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)  # half of it is no export
        reason, fix = file_trouble(error, path)
        raise ExtensionRefused(name, f"its export is not whole: {reason}", fix) from error
