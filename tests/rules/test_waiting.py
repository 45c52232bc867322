"""Which codes of the catalogue wait for a person."""

from __future__ import annotations

from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.waiting import NEEDING, NEEDS, ORPHANS, PASSING


def test_what_is_held_needs_a_person_unless_it_passes() -> None:
    """Each held, conflicting or failed code but those of the first day and of broken-off runs."""
    standing = {code for code, entry in CATALOGUE.items() if entry.result in NEEDS}

    assert NEEDING == (standing - PASSING) | ORPHANS
    assert standing >= PASSING


def test_what_is_left_out_needs_nobody() -> None:
    """Neither what is excluded, nor what is skipped but for orphans."""
    quiet = {code for code, one in CATALOGUE.items() if one.result in ("excluded", "skipped")}

    assert NEEDING & quiet == ORPHANS
