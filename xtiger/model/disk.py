"""What the system says of a file that cannot be used, as a reason and what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Trouble(NamedTuple):
    """A reason without a full stop, and what to do in whole sentences; {names} are filled in."""

    reason: str
    fix: str


_FULL = Trouble("the disk is full", "Make room on the disk of {place}, then repeat it.")
_FORBIDDEN = Trouble(
    "this user may not use {place}",
    "Let the user that runs XTiger read and write {place}, then repeat it.",
)
_READ_ONLY = Trouble(
    "the disk takes no writes",
    "Make the disk of {place} writable, or choose another home: XTIGER_HOME.",
)
_BROKEN = Trouble(
    "{place} cannot be read from the disk",
    "Check the disk, then put {place} back from the last backup.",
)
_IN_THE_WAY = Trouble(
    "something else stands at {place}", "Move away what stands at {place}, then repeat it."
)
_OTHER = Trouble("{place}: {said}", "Check {place}, then repeat it.")
#: Every trouble, the most exact first: what was kept as text is told apart by these.
TROUBLES: tuple[Trouble, ...] = (_FULL, _FORBIDDEN, _READ_ONLY, _BROKEN, _IN_THE_WAY, _OTHER)

_BY_NUMBER: Mapping[int, Trouble] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _READ_ONLY,
    errno.EIO: _BROKEN,
    errno.EBADMSG: _BROKEN,
    errno.EISDIR: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTEMPTY: _IN_THE_WAY,
}


def file_trouble(error: OSError, path: Path) -> tuple[str, str]:
    """(reason without a full stop, what to do in whole sentences), as the errors take them."""
    place = str(error.filename or path)
    found = _BY_NUMBER.get(error.errno or 0, _OTHER)
    if found is _IN_THE_WAY:
        place = str(_in_the_way(Path(place)))
    values = {"place": place, "said": error.strerror or type(error).__name__}
    return found.reason.format_map(values), found.fix.format_map(values)


def _in_the_way(place: Path) -> Path:
    """The file that stands where a folder of this path belongs, or the place itself."""
    return next((one for one in place.parents if one.exists() and not one.is_dir()), place)
