"""Files that cannot be used: each kind of trouble has its reason and its own way out."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from xtiger.model.disk import file_trouble

PLACE = Path("home") / "xtiger.db"


@pytest.mark.parametrize(
    ("number", "reason", "fix"),
    [
        (errno.ENOSPC, "the disk is full", f"Make room on the disk of {PLACE}, "),
        (errno.EDQUOT, "the disk is full", f"Make room on the disk of {PLACE}, "),
        (errno.EACCES, f"this user may not use {PLACE}", "Let the user that runs XTiger "),
        (errno.EPERM, f"this user may not use {PLACE}", "Let the user that runs XTiger "),
        (errno.EROFS, "the disk takes no writes", f"Make the disk of {PLACE} writable, "),
        (errno.EIO, f"{PLACE} cannot be read from the disk", "Check the disk, then put "),
        (errno.ENOTDIR, f"something else stands at {PLACE}", "Move away what stands at "),
        (errno.EMFILE, f"{PLACE}: {os.strerror(errno.EMFILE)}", f"Check {PLACE}, then "),
    ],
)
def test_each_trouble_has_its_own_way_out(number: int, reason: str, fix: str) -> None:
    """By the number that the system gave; the file that was asked for is named."""
    said = file_trouble(OSError(number, os.strerror(number)), PLACE)

    assert (reason, fix) == (said[0], said[1][: len(fix)])


def test_the_file_that_the_system_names_goes_before_the_one_asked_for(tmp_path: Path) -> None:
    """It is the one that people must look at."""
    error = PermissionError(errno.EACCES, "no", str(tmp_path / "inner"))

    assert f"this user may not use {tmp_path / 'inner'}" == file_trouble(error, PLACE)[0]


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    """Where a folder of the path is a file, that file is in the way, not the last name."""
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    error = NotADirectoryError(errno.ENOTDIR, "no", str(tmp_path / "home" / "xtiger.db"))

    assert f"something else stands at {tmp_path / 'home'}" == file_trouble(error, PLACE)[0]


def test_an_error_without_words_is_named_by_its_kind() -> None:
    """Libraries raise OSErrors of their own, without number and text."""
    assert f"{PLACE}: OSError" == file_trouble(OSError(), PLACE)[0]
