"""Reads a zip archive of strangers into memory: bounded, with harmless names, nothing unpacked."""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

from xtiger.errors import ExtensionRefused
from xtiger.i18n.harmless import is_plain_line

FETCH_AGAIN = "Fetch the file again from where it came."
NOT_TRUSTED = "Do not use this file; tell whoever gave it to you."

#: What the standard library raises on archives that are damaged or made to confuse.
_UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
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
    if "\\" in name or ":" in name or not is_plain_line(name):
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
    seen: dict[str, str] = {}
    for entry in entries:
        problem = _entry_problem(entry, limits) or _twin_problem(entry, seen)
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


def _twin_problem(entry: zipfile.ZipInfo, seen: dict[str, str]) -> str | None:
    """What is wrong where a disk may take the entry, or a folder above it, for another one.

    `seen` is one spelling → the name that had it first; the names of this entry are added.
    """
    place = entry.filename.rstrip("/")
    folders = [place[:end] for end, letter in enumerate(place) if letter == "/"]
    if entry.is_dir():
        folders.append(place)
    for name in (f"{folder}/" for folder in folders):
        first = seen.setdefault(_one_spelling(name), name)
        if first != name:
            return f"is there twice, the other time as {first!r}"
    if entry.is_dir():
        return None
    other = seen.get(_one_spelling(place)) or seen.get(_one_spelling(f"{place}/"))
    seen[_one_spelling(place)] = place
    return f"is there twice, the other time as {other!r}" if other else None


def _one_spelling(name: str) -> str:
    """How a file system sees a name that minds neither case nor accents' spelling."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


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
