"""What a run is limited to."""

from __future__ import annotations

from xtiger.engine.workbench.limits import Wanted


def test_two_limits_are_joined_with_each_record_once() -> None:
    """In the order in which they were named first, each side for itself."""
    first, second = Wanted(("2", "1"), ("x1",)), Wanted(("1", "3"), ("x1", "x2"))

    assert Wanted(("2", "1", "3"), ("x1", "x2")) == first.joined(second)


def test_joining_nothing_changes_nothing() -> None:
    """Neither an empty limit nor the same one again."""
    wanted = Wanted(("1",), ("x1",))

    assert [wanted, wanted] == [wanted.joined(Wanted()), wanted.joined(wanted)]
