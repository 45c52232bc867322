"""How long the log keeps its rows, by their result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast, get_args

from xtiger.model.verbs import ResultName

#: Undo is promised for so many days, and needs nothing of the log; less would surprise.
DAYS = 90
#: What failed is looked for longest.
FAILED_DAYS = 365
#: More is no time that anybody means.
_MOST = 36_500
_RESULTS: tuple[ResultName, ...] = get_args(ResultName)
_PART = re.compile(r"(?:([a-z]+)\s*=\s*)?(\d{1,5})")


@dataclass(frozen=True, slots=True)
class KeepTimes:
    """Days that rows are kept: of most results, and of those that have their own."""

    days: int = DAYS
    by_result: Mapping[ResultName, int] = field(default_factory=lambda: {"failed": FAILED_DAYS})

    @classmethod
    def parse(cls, text: str) -> KeepTimes:
        """From "90, failed=365"; empty is the default.

        Raises ValueError with the part that cannot be read.
        """
        days, by_result = DAYS, dict[ResultName, int]({"failed": FAILED_DAYS})
        for part in filter(None, (one.strip() for one in text.split(","))):
            found = _PART.fullmatch(part)
            name = found.group(1) if found else None
            number = int(found.group(2)) if found else 0
            if not 1 <= number <= _MOST or (name is not None and name not in _RESULTS):
                raise ValueError(part)
            if name is None:
                days = number
            else:
                by_result[cast("ResultName", name)] = number
        return cls(days, by_result)

    def limits(self, now: datetime) -> Sequence[tuple[datetime, Sequence[ResultName]]]:
        """(rows before this moment go, of these results), each result once."""
        by_days: dict[int, list[ResultName]] = {}
        for result in _RESULTS:
            by_days.setdefault(self.by_result.get(result, self.days), []).append(result)
        return [(now - timedelta(days=days), found) for days, found in by_days.items()]

    def notes_until(self, now: datetime) -> datetime:
        """Counts of what was in step go before this moment."""
        return now - timedelta(days=self.by_result.get("unchanged", self.days))

    def runs_until(self, now: datetime) -> tuple[datetime, datetime]:
        """Runs go before the first moment, those that did not end well before the second."""
        longest = max([self.days, *self.by_result.values()])
        return now - timedelta(days=self.days), now - timedelta(days=longest)
