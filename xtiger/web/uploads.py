"""Uploaded zips: kept under their own names while a person is asked about them."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from xtiger.settings import private_folder

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

#: How long a question may stand unanswered.
_LIFE = timedelta(hours=12)
_TOKEN = re.compile(r"[0-9a-f]{16}")


def _folder(home: Path) -> Path:
    return home / "extensions" / "uploads"


def keep(home: Path, files: Sequence[FileStorage], now: datetime) -> str:
    """Keep the uploads; returns what they are asked for by. What nobody asked for goes."""
    _sweep(home, now)
    token = secrets.token_hex(8)
    for number, file in enumerate(files):
        name = PurePosixPath((file.filename or "").replace("\\", "/")).name.lstrip(".")
        place = _folder(home) / token / str(number)
        private_folder(place)
        file.save(place / (name[-80:] or "upload.zip"))
    return token


def kept(home: Path, token: str) -> list[Path]:
    """The uploads of a token, in their order; empty for one that is not known any more."""
    if not _TOKEN.fullmatch(token):
        return []
    found = (_folder(home) / token).glob("*/*")
    return sorted(found, key=lambda path: int(path.parent.name))


def drop(home: Path, token: str) -> None:
    """Remove the uploads of a token."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(_folder(home) / token, ignore_errors=True)


def _sweep(home: Path, now: datetime) -> None:
    """Remove what nobody answered."""
    for place in _folder(home).glob("*"):
        if now.timestamp() - place.stat().st_mtime > _LIFE.total_seconds():
            shutil.rmtree(place, ignore_errors=True)
