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
NOT_TRUSTED = "Do not use this file; tell the person who gave it to you."

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
_TWICE = "the entry {entry!r} is there twice, the other time as {other!r}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold."""

    entries: int
    #: All entries together, unpacked.
    total_bytes: int
    #: Unpacked size over packed size of one entry.
    ratio: int = 100


def _name_problem(name: str) -> str | None:
    """What is wrong with the name of an entry, or None when it stays inside its folder."""
    parts = name.rstrip("/").split("/")
    if not name or "" in parts or "." in parts or ".." in parts:
        return "the entry {entry!r} leads out of its folder"
    if "\\" in name or ":" in name or not is_plain_line(name):
        return "the entry {entry!r} holds a character that no file name may have"
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return "the entry {entry!r} begins or ends with a space or a dot"
    return None


def _check_entries(extension: str, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Judge an archive by its table of contents, before a byte is unpacked."""
    if len(entries) > limits.entries:
        reason = "it holds {count} entries, at most {most} are allowed"
        count, most = len(entries), limits.entries
        raise ExtensionRefused(extension, reason, NOT_TRUSTED, count=count, most=most)
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        reason = "it unpacks to {count:,} bytes, at most {most:,} are allowed"
        most = limits.total_bytes
        raise ExtensionRefused(extension, reason, NOT_TRUSTED, count=total, most=most)
    seen: dict[str, str] = {}
    for entry in entries:
        wrong, twin = _entry_problem(entry, limits), _twin_problem(entry, seen)
        if wrong is not None:
            place = {"entry": entry.filename, "ratio": limits.ratio}
            raise ExtensionRefused(extension, wrong, NOT_TRUSTED, **place)
        if twin is not None:
            raise ExtensionRefused(extension, _TWICE, NOT_TRUSTED, entry=entry.filename, other=twin)


def _entry_problem(entry: zipfile.ZipInfo, limits: Limits) -> str | None:
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "the entry {entry!r} is a link or a device, not a file"
    if entry.flag_bits & 0x1:
        return "the entry {entry!r} is encrypted"
    if entry.file_size > max(_RATIO_FROM_BYTES, entry.compress_size * limits.ratio):
        return "the entry {entry!r} grows more than {ratio} times when unpacked"
    return _name_problem(entry.filename)


def _twin_problem(entry: zipfile.ZipInfo, seen: dict[str, str]) -> str | None:
    """The name for which a disk may take the entry, or a folder above it; None for no other.

    `seen` is one spelling → the name that had it first; the names of this entry are added.
    """
    place = entry.filename.rstrip("/")
    folders = [place[:end] for end, letter in enumerate(place) if letter == "/"]
    if entry.is_dir():
        folders.append(place)
    for name in (f"{folder}/" for folder in folders):
        first = seen.setdefault(_one_spelling(name), name)
        if first != name:
            return first
    if entry.is_dir():
        return None
    other = seen.get(_one_spelling(place)) or seen.get(_one_spelling(f"{place}/"))
    seen[_one_spelling(place)] = place
    return other


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
            # Python reads at most the size checked above and compares the checksum.
            return {
                entry.filename: archive.read(entry)
                for entry in archive.infolist()
                if not entry.is_dir()
            }
    except _UNREADABLE as error:
        reason = "the file is damaged or is no zip archive"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN) from error
