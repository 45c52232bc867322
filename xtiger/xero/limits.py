"""Xero's limits of calls, shared by all processes: decided on plain data, learnt from answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from xtiger.errors import CallsKept, RateLimited
from xtiger.model.setting_keys import limits
from xtiger.ports.clock import Clock
from xtiger.ports.store import LeaseStore
from xtiger.xero.answers import count
from xtiger.xero.deadline import Deadline
from xtiger.xero.transport import CONNECT_SECONDS, READ_SECONDS, RawAnswer

#: Window → (length in ms, header that tells what is left). Xero's windows are fixed and begin
#: at a moment of their own per organisation.
WINDOWS = {
    "minute": (60_000, "x-minlimit-remaining"),
    "day": (86_400_000, "x-daylimit-remaining"),
    "appminute": (60_000, "x-appminlimit-remaining"),
}
#: Calls in flight at once per app and organisation.
CONCURRENT = 5
#: Calls per minute and organisation.
MINUTE = 60
#: Longest that a call waits for a limit before it is given up for later.
PATIENCE_SECONDS = 65.0
#: Xero gives no Retry-After for too many calls in flight.
CONCURRENT_BACKOFF_MS = 1_000
#: A process that died gives its slot back after this time.
SLOT_MS = (CONNECT_SECONDS + READ_SECONDS + 20) * 1_000
#: How often a full row of slots is looked at again.
SLOT_POLL_MS = 200

#: Plain data, as the store keeps it:
#: {"windows": {name: window}, "blocked": {name: ms}, "flight": {slot: call}}; a window is
#: {"first": ms, "left": calls, "since": ms, "most": calls, "open": bool}, and a call is
#: {"taken": ms, "left": {name: calls}}.
#: `first`: the true window began no later; `since`: calls taken from here on count in it;
#: `most`: what was left when it was first seen; `open`: none of its calls is answered yet;
#: `said`: what somebody said, until an answer tells.
#: A call's `left` is what each window had left once it was taken.
State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """A call must wait; `limit` is minute, day, appminute or concurrent."""

    limit: str
    milliseconds: int
    #: Calls of the day that are left, but kept for more urgent work.
    kept: int = 0


def _current(state: State | None, now: int) -> dict[str, Any]:
    """The state without windows, blocks and slots that are over."""
    given = state or {}
    return {
        "windows": {
            name: dict(window)
            for name, window in given.get("windows", {}).items()
            if now < window["first"] + WINDOWS[name][0]
        },
        "blocked": {n: until for n, until in given.get("blocked", {}).items() if now < until},
        "flight": {
            slot: call
            for slot, call in given.get("flight", {}).items()
            if now < call["taken"] + SLOT_MS
        },
    }


def take(
    state: State | None, now: int, slot: str, keep: float = 0, day_calls: int = 0
) -> tuple[dict[str, Any], Wait | None]:
    """Take a slot for one call at `now` (ms), or answer what must be waited for.

    `keep`: share of the day's calls that this call must leave to more urgent ones. `day_calls`:
    the calls of a day as somebody said, 0 when nobody did; they count until an answer tells.
    """
    new = _current(state, now)
    if day_calls and "day" not in new["windows"]:
        new["windows"]["day"] = _window(now, day_calls) | {"said": True}
    wait = _blocked(new, now) or _kept(new, now, keep, day_calls) or _used_up(new, now)
    if wait is not None:
        return new, wait
    if "minute" not in new["windows"]:
        # What is still in flight may reach Xero within its new minute.
        new["windows"]["minute"] = _window(now, MINUTE - len(new["flight"])) | {"open": True}
    for window in new["windows"].values():
        window["left"] -= 1
    left = {name: window["left"] for name, window in new["windows"].items()}
    new["flight"][slot] = {"taken": now, "left": left}
    return new, None


def _window(now: int, left: int) -> dict[str, Any]:
    return {"first": now, "left": left, "since": now, "most": left}


def _blocked(new: State, now: int) -> Wait | None:
    if not new["blocked"]:
        return None
    name, until = max(new["blocked"].items(), key=lambda row: row[1])
    return Wait(name, until - now)


def _kept(new: State, now: int, keep: float, day_calls: int) -> Wait | None:
    """The wait for the next day where what is left of this one is kept for other work."""
    day = new["windows"].get("day")
    # A day that was seen late holds less than it began with.
    kept = ceil(keep * max(day.get("most", 0), day_calls)) if day is not None else 0
    if day is None or not kept or day["left"] > kept:
        return None
    return Wait("day", day["first"] + WINDOWS["day"][0] - now, max(1, day["left"]))


def _used_up(new: State, now: int) -> Wait | None:
    for name in ("minute", "appminute"):
        window = new["windows"].get(name)
        if window is not None and window["left"] <= 0:
            return Wait(name, window["first"] + WINDOWS[name][0] - now)
    # A day that seems used up is not waited for: one refused call tells the true Retry-After.
    if len(new["flight"]) >= CONCURRENT:
        free = min(call["taken"] for call in new["flight"].values()) + SLOT_MS
        return Wait("concurrent", min(SLOT_POLL_MS, free - now))
    return None


def settle(
    state: State | None, now: int, slot: str, left: Mapping[str, int | None]
) -> dict[str, Any]:
    """Give the slot back and learn what is left from the answer's headers."""
    new = _current(state, now)
    call = new["flight"].pop(slot, None)
    for name, reported in left.items():
        if reported is not None:
            _learn(new, name, reported, call, now)
    return new


def _learn(
    new: dict[str, Any], name: str, reported: int, call: Mapping[str, Any] | None, now: int
) -> None:
    """What an answer tells of one window; an old answer tells what was left when it was sent."""
    window = new["windows"].get(name)
    flying = len(new["flight"])
    if window is None or window.get("said"):
        new["windows"][name] = _window(now, max(0, reported - flying))
        return
    then = call["left"].get(name) if call is not None and call["taken"] >= window["since"] else None
    if then is None:
        return
    if reported > then + CONCURRENT:
        # More than can come from calls that overtook each other: Xero's window began anew. What
        # was taken since then counts in it.
        new["windows"][name] = _window(now, max(0, reported - (then - window["left"]) - flying))
        return
    window["left"] = min(window["left"], reported)
    if window.pop("open", False):
        # Xero's minute began when the call arrived, which was before this answer.
        window["first"] = now


def block(state: State | None, now: int, limit: str, milliseconds: int) -> dict[str, Any]:
    """Let no call through for this long: Xero refused one with 429."""
    new = _current(state, now)
    new["blocked"][limit] = max(now + milliseconds, new["blocked"].get(limit, 0))
    new["windows"].pop(limit, None)
    return new


def refusal(answer: RawAnswer) -> Wait:
    """What a 429 asks to wait for: Retry-After, else what fits the limit it names."""
    limit = answer.headers.get("x-rate-limit-problem", "minute").strip().lower().replace("-", "")
    if limit not in (*WINDOWS, "concurrent"):
        limit = "minute"
    seconds = count(answer, "retry-after")
    if seconds is not None:
        return Wait(limit, max(1, seconds) * 1_000)
    if limit == "concurrent":
        return Wait(limit, CONCURRENT_BACKOFF_MS)
    return Wait(limit, 3_600_000 if limit == "day" else WINDOWS[limit][0])


class Limiter:
    """The limits of one connection; its state is in the store, so all processes share it."""

    def __init__(
        self,
        store: LeaseStore,
        clock: Clock,
        connection_id: str,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        keep: float = 0,
        day_calls: int = 0,
        until: datetime | None = None,
    ) -> None:
        """`keep`: share of the day's calls that are left to more urgent work.

        `day_calls`: the calls of a day by the app's tier, 0 when nobody said which it is.
        `until`: no wait lasts longer than this moment.
        """
        self._deadline = Deadline(clock, until)
        self._store, self._clock = store, clock
        self._name = limits(connection_id)
        self.patience_seconds, self._keep, self._day_calls = patience_seconds, keep, day_calls

    def enter(self) -> str:
        """Wait for a slot and return its name.

        Raises RateLimited at once when the wait would be longer than the patience, CallsKept
        when what is left today is kept for more urgent work.
        """
        slot = self._clock.new_id()
        waited = 0.0
        while True:
            wait = self._store.update_state(
                self._name,
                lambda state: take(
                    state, _ms(self._clock.now()), slot, self._keep, self._day_calls
                ),
            )
            if wait is None:
                return slot
            seconds = wait.milliseconds / 1_000
            if waited + seconds > self.patience_seconds or not self.may_wait(seconds):
                raise _too_long(wait, self._clock.now())
            self._clock.sleep(seconds)
            waited += seconds

    def may_wait(self, seconds: float) -> bool:
        """Whether a wait of so many seconds ends before the caller gives up."""
        return self._deadline.allows(seconds)

    def leave(self, slot: str, answer: RawAnswer | None) -> None:
        """Give the slot back, learn from the answer, and obey it when it is a 429."""
        left = remaining(answer) if answer is not None else {}
        refused = refusal(answer) if answer is not None and answer.status == 429 else None

        def change(state: State | None) -> tuple[dict[str, Any], None]:
            now = _ms(self._clock.now())
            new = settle(state, now, slot, left)
            if refused is not None:
                new = block(new, now, refused.limit, refused.milliseconds)
            return new, None

        self._store.update_state(self._name, change)


def _too_long(wait: Wait, now: datetime) -> RateLimited:
    seconds = ceil(wait.milliseconds / 1_000)
    goes_on_at = now + timedelta(seconds=seconds)
    if wait.kept:
        return CallsKept(wait.kept, retry_after_seconds=seconds, goes_on_at=goes_on_at)
    return RateLimited(wait.limit, retry_after_seconds=seconds, goes_on_at=goes_on_at)


def remaining(answer: RawAnswer) -> dict[str, int | None]:
    """Calls left by window name as the answer's headers tell."""
    return {name: count(answer, header) for name, (_, header) in WINDOWS.items()}


def _ms(moment: datetime) -> int:
    return ceil(moment.timestamp() * 1_000)
