"""The field merge against the plain table of file synchronisers, on records with one field."""

from __future__ import annotations

from itertools import product

from xtiger.model.links import Pair
from xtiger.rules.merge import FieldDecision, FieldRule, FieldState, decide_field

#: A record is its only value; None: there is no such record.
CONTENTS = (None, "one", "two", "three")


def plain_table(known: str | None, here: str | None, there: str | None) -> FieldDecision:
    """Decide one record as vdirsyncer does, from the content last synced and both sides.

    Changed on one side: copied. Removed on one and unchanged on the other: removed. Changed
    on both: conflict unless equal. Removed here and changed there: the change wins.
    """
    if here == there:
        return "none" if here == known else "agree"
    changed_here, changed_there = here != known, there != known
    if here is not None and there is not None:
        if changed_here and changed_there:
            return "conflict"
        return "to_xero" if changed_here else "to_crm"
    if here is not None:
        return "to_xero" if changed_here else "to_crm"
    return "to_crm" if changed_there else "to_xero"


def _ours(known: str | None, here: str | None, there: str | None) -> FieldDecision:
    base = None if known is None else Pair(known, known)
    return decide_field(FieldState(base, here, there, here, there), FieldRule())


def _cleared_against_edit(known: str | None, here: str | None, there: str | None) -> bool:
    empty, other = (here, there) if here is None else (there, here)
    return known is not None and empty is None and other not in (None, known)


def test_single_field_records_are_decided_as_the_plain_table_does() -> None:
    """All contents and histories agree with the plain table, but for clearings against edits."""
    differing = [
        case
        for case in product(CONTENTS, CONTENTS, CONTENTS)
        if not _cleared_against_edit(*case)
        if case != (None, None, None)  # no record at all
        if _ours(*case) != plain_table(*case)
    ]

    assert [] == differing


def test_a_clearing_against_an_edit_is_a_conflict_here() -> None:
    """The plain table lets the edit win; a cleared field is an edit like any other."""
    cases = [c for c in product(CONTENTS, CONTENTS, CONTENTS) if _cleared_against_edit(*c)]

    assert {"conflict"} == {_ours(*case) for case in cases}
