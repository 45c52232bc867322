"""Three at once keep to Xero's limits and waste next to nothing of them."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.xero.twin import Asked, XeroTwin
from tests.xero.virtual import VirtualClock
from xtiger.db.store import SqlStore
from xtiger.model.connections import Connection, Tokens
from xtiger.settings import Settings
from xtiger.xero.organisations import XeroOrganisation
from xtiger.xero.transport import RawAnswer

MINUTES = 10
SEEDS = 20 if os.environ.get("XTIGER_SOAK") else 1
_BODY = b'{"DateTimeUTC":"/Date(1800000000000)/","Organisations":[{"Name":"Busy Ltd"}]}'


class SlowXero(XeroTwin):
    """A Xero on a virtual clock that counts calls in fixed minutes and takes up to 2 s for each."""

    def __init__(self, clock: VirtualClock, seed: int, begins: float | None, quick: float) -> None:
        """`begins`: when its first minute began; None: with the first call, and so on.

        `quick`: share of the answers that come at once.
        """
        super().__init__()
        self._clock, self._random = clock, random.Random(seed)  # test data, no secret
        self._lock = threading.Lock()
        self._quick = quick
        self._begins, self._fixed = begins, begins is not None
        self._flying = 0
        self.most_flying = 0
        self.by_minute: Counter[float] = Counter()
        self.refused = 0

    def answer(self, asked: Asked) -> RawAnswer:
        """Travel, be counted, take a while."""
        with self._lock:
            most = 0.05 if self._random.random() < self._quick else 1.0
            there, back = self._random.uniform(0, 0.8 * most), self._random.uniform(0.01, most)
        self._clock.sleep(there)
        with self._lock:
            self._flying += 1
            self.most_flying = max(self.most_flying, self._flying)
            left, resets = self._count(self._clock.seconds())
        self._clock.sleep(back)
        with self._lock:
            self._flying -= 1
        if left < 0:
            wait = {"retry-after": str(int(resets - self._clock.seconds()) + 1)}
            return RawAnswer(429, {"x-rate-limit-problem": "minute", **wait}, b"")
        told = {"x-minlimit-remaining": str(left), "content-type": "application/json"}
        return RawAnswer(200, told, _BODY)

    def _count(self, now: float) -> tuple[int, float]:
        """(calls left in the minute, its end)."""
        if self._begins is None or (not self._fixed and now >= self._begins + 60):
            self._begins = now
        while now >= self._begins + 60:
            self._begins += 60
        left = 59 - self.by_minute[self._begins]
        if left < 0:
            self.refused += 1
        else:
            self.by_minute[self._begins] += 1
        return left, self._begins + 60


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def connected(store: SqlStore, clock: VirtualClock) -> Connection:
    """A connection with tokens that last."""
    made = Connection("c1", "", "org-1", "xc-1", "Busy Ltd", "GBP")
    far = clock.now().replace(year=2027)
    store.save_connection(made, Tokens("access-1", "refresh-1", far, clock.now()))
    return made


@pytest.mark.parametrize("quick", [0.0, 0.9])
@pytest.mark.parametrize("begins", [None, -17.0, -43.0])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_three_at_once_use_the_minute_and_no_more(
    store: SqlStore,
    clock: VirtualClock,
    connected: Connection,
    tmp_path: Path,
    seed: int,
    begins: float | None,
    quick: float,
) -> None:
    """With answers within 2 s, never a call over 60 a minute, never six at a time, and at least
    95 % of what the minutes hold is used, whenever Xero's minutes begin.
    """
    settings = Settings(tmp_path, "", "", "id-1", "secret-1", "http://localhost:9")
    busy = SlowXero(clock, seed, begins, quick)

    def work() -> None:
        xero = XeroOrganisation(connected, settings, store, clock, http=busy)
        while clock.seconds() < MINUTES * 60:
            xero.organisation()

    clock.run([work] * 3)
    used = sum(busy.by_minute.values()) / (clock.seconds() / 60)

    assert (0, True, True) == (busy.refused, busy.most_flying <= 5, used >= 57)
