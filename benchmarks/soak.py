"""`make soak`: random edits on both sides of many fields, until the time is up or a promise breaks.

The promises: after a sync both sides agree wherever no conflict is shown, no edit is lost unseen,
and a second sync moves nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from time import monotonic

from xtiger.model.links import Pair
from xtiger.rules.merge import FieldRule, FieldState, decide_field

_RULE = FieldRule()
_VALUES = (None, "a", "b", "c", "d")
_FIELDS = 200


@dataclass
class FieldUnderSoak:
    """One field of one record on both sides, with what both last agreed on."""

    crm: str | None
    xero: str | None
    base: Pair

    def sync(self) -> str:
        """Carry out the decision; answers it."""
        state = FieldState(self.base, self.crm, self.xero, self.crm, self.xero)
        decision = decide_field(state, _RULE)
        if decision == "to_xero":
            self.xero = self.crm
        elif decision == "to_crm":
            self.crm = self.xero
        if decision in ("to_xero", "to_crm", "agree"):
            self.base = Pair(self.crm, self.xero)
        return decision


def broken_promise(field: FieldUnderSoak, source: random.Random) -> str | None:
    """Edit a field at random, sync it twice; the promise that broke, if one did."""
    before = field.base
    if source.random() < 0.5:
        field.crm = source.choice(_VALUES)
    if source.random() < 0.5:
        field.xero = source.choice(_VALUES)
    crm, xero = field.crm, field.xero
    first, second = field.sync(), field.sync()
    if first != "conflict" and field.crm != field.xero:
        return f"the sides differ after {first}: {field}"
    if first == "conflict" and (field.crm, field.xero) != (crm, xero):
        return f"a conflict was overwritten: {field}"
    if first == "to_xero" and xero != before.xero:
        return f"an edit in Xero was lost: {xero!r} over {before.xero!r}"
    if first == "to_crm" and crm != before.crm:
        return f"an edit in the CRM was lost: {crm!r} over {before.crm!r}"
    if second not in ("none", "conflict"):
        return f"a second sync still moves something: {second}"
    return None


def main() -> int:
    """Soak for a while; ends with 1 and the seed when a promise breaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="repeats a soak")
    chosen = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if chosen.seed is None else chosen.seed
    source = random.Random(seed)  # test data, no secret
    fields = [FieldUnderSoak("a", "a", Pair("a", "a")) for _ in range(_FIELDS)]
    end, rounds = monotonic() + chosen.seconds, 0
    while monotonic() < end:
        for field in fields:
            broken = broken_promise(field, source)
            if broken:
                print(f"seed {seed}, round {rounds}: {broken}", file=sys.stderr)
                return 1
        rounds += 1
    print(f"{rounds * _FIELDS:,} edits in {chosen.seconds:g} s, every promise kept (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
