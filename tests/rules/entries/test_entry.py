"""One outcome code: its cure for each face."""

from __future__ import annotations

from typing import cast

import pytest

from xtiger.model.plans import Face
from xtiger.rules.entries.entry import Cures, Entry, alike


@pytest.mark.parametrize(("face", "cure"), [("command", "a"), ("browser", "b"), ("data", "c")])
def test_each_face_has_its_cure(face: Face, cure: str) -> None:
    """Commands for a terminal, buttons for a browser, neither for data."""
    assert cure == Cures("a", "b", "c").on(face)


def test_another_face_is_a_bug() -> None:
    """Nothing is guessed for it."""
    with pytest.raises(AssertionError):
        Cures("a", "b", "c").on(cast(Face, "paper"))


def test_one_cure_may_serve_all_faces() -> None:
    """And an entry offers to open the record where it says nothing else."""
    entry = Entry("archived", "held", "It waits.", alike("Wait."))

    assert ("Wait.", "Wait.", "Wait.", "open") == (
        entry.cures.command,
        entry.cures.browser,
        entry.cures.data,
        entry.button,
    )
