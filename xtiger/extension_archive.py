"""Reads a zip archive of strangers into memory: bounded, with harmless names, nothing unpacked."""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

from xtiger.errors import ExtensionRefused

FETCH_AGAIN = "Fetch the file again from where it came."
NOT_TRUSTED = "Do not use this file; tell whoever gave it to you."

#: What the standard library raises on archives that are damaged or made to confuse.
_UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error,
    EOFError, NotImplementedError, OSError, RuntimeError, ValueError,
)  # fmt: skip
#: Text repeats itself, but not a hundred times; small files may.
_RATIO_FROM_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold."""

    entries: int
    #: All entries together, unpacked.
    total_bytes: int
    #: Unpacked size over packed size of one entry.
    ratio: int = 100


def name_problem(name: str) -> str | None:
    """What is wrong with the name of an entry, or None when it stays inside its folder."""
    parts = name.rstrip("/").split("/")
    if not name or "" in parts or "." in parts or ".." in parts:
        return "leads out of its folder"
    if "\\" in name or ":" in name or re.search(r"[\x00-\x1f\x7f]", name):
        return "holds a character that no file name may have"
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return "begins or ends with a space or a dot"
    return None


def _check_entries(extension: str, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Judge an archive by its table of contents, before a byte is unpacked."""
    if len(entries) > limits.entries:
        reason = f"holds {len(entries)} entries, at most {limits.entries} are allowed"
        raise ExtensionRefused(extension, reason, NOT_TRUSTED)
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        reason = f"unpacks to {total:,} bytes, at most {limits.total_bytes:,} are allowed"
        raise ExtensionRefused(extension, reason, NOT_TRUSTED)
    seen: set[str] = set()
    for entry in entries:
        problem = _entry_problem(entry, limits)
        # One spelling: a file system may see two names as the same file.
        spelling = unicodedata.normalize("NFC", entry.filename).casefold()
        if problem is None and spelling in seen:
            problem = "is there twice"
        seen.add(spelling)
        if problem:
            raise ExtensionRefused(
                extension, f"the entry {entry.filename!r} {problem}", NOT_TRUSTED
            )


def _entry_problem(entry: zipfile.ZipInfo, limits: Limits) -> str | None:
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.file_size > max(_RATIO_FROM_BYTES, entry.compress_size * limits.ratio):
        return f"grows more than {limits.ratio} times when unpacked"
    return name_problem(entry.filename)


def read_archive(extension: str, content: bytes, limits: Limits) -> dict[str, bytes]:
    """Name → content of every file of a zip archive; folders are left out.

    Raises ExtensionRefused when it is damaged, too big, or holds a name that leads outside.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(extension, archive.infolist(), limits)
            # Python reads no more than the size checked above and compares the checksum.
            return {
                entry.filename: archive.read(entry)
                for entry in archive.infolist()
                if not entry.is_dir()
            }
    except _UNREADABLE as error:
        reason = "the file is damaged or is no zip archive"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN) from error
