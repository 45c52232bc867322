"""Xero's rate limits, counted on the sandbox's clock in windows that begin at the first call."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from xtiger.sandbox.accounting.envelope import Answer, Refused

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls an app may make; the defaults are those of Xero's Starter tier."""

    #: Per organisation and minute.
    minute: int = 60
    #: Per organisation and day: 1,000 on Starter, 5,000 above.
    day: int = 1000
    #: Over all organisations, per minute.
    app_minute: int = 10_000
    #: In flight at once per organisation.
    concurrent: int = 5


@dataclass(slots=True)
class _Window:
    began: dt.datetime
    used: int = 0


class Meter:
    """Counts calls and refuses those over a limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], _Window] = {}
        self._in_flight: dict[str, int] = {}

    @contextmanager
    def call(
        self, app: str, tenant: str, limits: Limits, now: dt.datetime
    ) -> Iterator[dict[str, str]]:
        """Count one call; yield the headers that tell what is left, or raise Refused (429)."""
        pair = f"{app} {tenant}"
        with self._lock:
            headers = self._count(app, pair, limits, now)
            self._in_flight[pair] = self._in_flight.get(pair, 0) + 1
        try:
            yield headers
        finally:
            with self._lock:
                self._in_flight[pair] -= 1

    def _count(self, app: str, pair: str, limits: Limits, now: dt.datetime) -> dict[str, str]:
        rows = (
            ("minute", pair, 60, limits.minute, "X-MinLimit-Remaining"),
            ("day", pair, _DAY_SECONDS, limits.day, "X-DayLimit-Remaining"),
            ("appminute", app, 60, limits.app_minute, "X-AppMinLimit-Remaining"),
        )
        windows = [self._window(name, key, seconds, now) for name, key, seconds, _, _ in rows]
        if self._in_flight.get(pair, 0) >= limits.concurrent:
            raise too_many("concurrent", None)
        for window, (name, _, seconds, most, _) in zip(windows, rows, strict=True):
            if window.used >= most:
                left = seconds - (now - window.began).total_seconds()
                raise too_many(name, max(1, math.ceil(left)))
        headers = {}
        for window, (_, _, _, most, header) in zip(windows, rows, strict=True):
            window.used += 1
            headers[header] = str(most - window.used)
        return headers

    def snapshot(self) -> dict[tuple[str, str], tuple[dt.datetime, int]]:
        """Return what is used of each window."""
        with self._lock:
            return {key: (window.began, window.used) for key, window in self._windows.items()}

    def restore(self, used: dict[tuple[str, str], tuple[dt.datetime, int]]) -> None:
        """Count on from a snapshot."""
        with self._lock:
            self._windows = {key: _Window(*row) for key, row in used.items()}

    def _window(self, name: str, key: str, seconds: int, now: dt.datetime) -> _Window:
        window = self._windows.get((name, key))
        if window is None or (now - window.began).total_seconds() >= seconds:
            window = self._windows[(name, key)] = _Window(now)
        return window


def too_many(problem: str, retry_after_seconds: int | None) -> Refused:
    """Return the 429 of a limit; Xero's body is not JSON and the concurrent one has no wait."""
    headers = {"Content-Type": "text/plain", "X-Rate-Limit-Problem": problem}
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(retry_after_seconds)
    return Refused(Answer(429, b"", headers))
