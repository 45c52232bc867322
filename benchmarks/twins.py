"""How many pairs the finder of twins compares, and how long it takes, in towns of planted twins."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time

from tests.rules.twins.planted import town
from xtiger.rules.twins.finder import find


@dataclass(frozen=True, slots=True)
class Found:
    """What the finder did in one town."""

    records: int
    comparisons: int
    seconds: float
    planted: int
    #: Of the planted twins, those that were not found.
    missed: int
    #: What was proposed and is no twin.
    false: int


def look_for(records: int) -> Found:
    """Look for the twins of a town of so many records, one in ten of them planted."""
    made = town(records)
    begin = process_time()
    finding = find(made.looks)
    took = process_time() - begin
    pairs = {frozenset({one.one.look.key, one.other.look.key}) for one in finding.pairs}
    return Found(
        records,
        finding.comparisons,
        took,
        len(made.planted),
        len(set(made.planted) - pairs),
        len(pairs - set(made.planted)),
    )
