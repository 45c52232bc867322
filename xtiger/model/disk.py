"""What the system says of a file that cannot be used, as a reason and what to do about it."""

from __future__ import annotations

import errno
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM)
_BROKEN = (errno.EIO, errno.EBADMSG)


def file_trouble(error: OSError, path: Path) -> tuple[str, str]:
    """(reason without a full stop, what to do in whole sentences), as the errors take them."""
    place = str(error.filename or path)
    if error.errno in _FULL:
        return "the disk is full", f"Make room on the disk of {place}, then repeat it."
    if error.errno in _FORBIDDEN:
        fix = f"Let the user that runs XTiger read and write {place}, then repeat it."
        return f"this user may not use {place}", fix
    if error.errno == errno.EROFS:
        fix = f"Make the disk of {place} writable, or choose another home: XTIGER_HOME."
        return "the disk takes no writes", fix
    if error.errno in _BROKEN:
        fix = f"Check the disk, then put {place} back from the last backup."
        return f"{place} cannot be read from the disk", fix
    if error.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY):
        taken = _in_the_way(Path(place))
        return (
            f"something else stands at {taken}",
            f"Move away what stands at {taken}, then repeat it.",
        )
    return f"{place}: {error.strerror or type(error).__name__}", f"Check {place}, then repeat it."


def _in_the_way(place: Path) -> Path:
    """The file that stands where a folder of this path belongs, or the place itself."""
    return next((one for one in place.parents if one.exists() and not one.is_dir()), place)
