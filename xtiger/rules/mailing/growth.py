"""Whether failures grow: more records than a day ago wait for a person, reason by reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from xtiger.model.cause_codes import CauseCode

#: What waits at every look of a whole day always fails; what came since newly does.
WINDOW: Final = timedelta(days=1)
#: So often it is looked.
EVERY: Final = timedelta(minutes=15)
#: Fewer that newly fail are no growth: people mistype.
LEAST: Final = 5
#: What waits for one word of an administrator, who is asked for it elsewhere: a stopped plan, and
#: what follows the first ten.
ASKED: Final[frozenset[CauseCode]] = frozenset({"too_many_changes", "after_first_ten"})


@dataclass(frozen=True, slots=True)
class Look:
    """How many records waited for a person at one moment, by the code of their cause."""

    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Failures:
    """The looks of a day at one connection, and whether its failures were growing at the last."""

    #: Oldest first: those of the window, and the last one before it.
    looks: tuple[Look, ...] = ()
    growing: bool = False
    #: When it was first looked; None before.
    since: datetime | None = None

    @property
    def always(self) -> Mapping[str, int]:
        """Code → how many waited at every look; without those of none."""
        codes = self.looks[-1].counts if self.looks else {}
        least = {code: min(one.counts.get(code, 0) for one in self.looks) for code in codes}
        return {code: number for code, number in least.items() if number}

    @property
    def newly(self) -> Mapping[str, int]:
        """Code → how many wait now beyond those that always do; without those of none."""
        now, always = self.looks[-1].counts if self.looks else {}, self.always
        more = {code: number - always.get(code, 0) for code, number in now.items()}
        return {code: number for code, number in more.items() if number}


def is_due(known: Failures, now: datetime) -> bool:
    """Whether it is time to look again."""
    return not known.looks or now - known.looks[-1].at >= EVERY


def looked(known: Failures, look: Look) -> Failures:
    """What is known after one more look.

    Failures grow once more newly fail than LEAST and than half of those that always do, and until
    fewer than half of that still do: a number that goes up and down around the bound is one
    trouble. What the first day of a connection brings is no growth, nor is it on the second, which
    is compared with the first.
    """
    since = known.since or look.at
    look = Look(look.at, {code: n for code, n in look.counts.items() if code not in ASKED})
    after = Failures((*_kept(known.looks, look.at), look), since=since)
    newly, bound = sum(after.newly.values()), _bound(sum(after.always.values()))
    growing = 2 * newly >= bound if known.growing else newly >= bound
    return replace(after, growing=growing and look.at >= since + 2 * WINDOW)


def _bound(always: int) -> int:
    return max(LEAST, -(-always // 2))


def _kept(looks: Sequence[Look], now: datetime) -> Sequence[Look]:
    """The looks of the window, and the last one before it."""
    before = [one for one in looks if one.at <= now - WINDOW]
    return [*before[-1:], *(one for one in looks if one.at > now - WINDOW)]
