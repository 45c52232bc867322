"""Xero's limits: pure decisions, and every kind of 429 against the sandbox."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.xero.clock import StepClock
from xtiger.db.store import SqlStore
from xtiger.errors import RateLimited
from xtiger.sandbox import Limits, Sandbox
from xtiger.xero.limits import (
    CONCURRENT,
    SLOT_MS,
    Limiter,
    Wait,
    block,
    refusal,
    settle,
    take,
)
from xtiger.xero.organisations import XeroOrganisation
from xtiger.xero.transport import RawAnswer

T = 1_800_000_000_000


def _taken(count: int, state: Any = None, now: int = T) -> Any:
    for number in range(count):
        state, wait = take(state, now, f"{now}-{number}")
        assert wait is None
        state = settle(state, now, f"{now}-{number}", {})
    return state


def test_the_sixty_first_call_waits_for_the_window() -> None:
    """After 60 calls the next one waits until a minute after the first."""
    _, wait = take(_taken(60), T + 20_000, "next")

    assert Wait("minute", 40_000) == wait


def test_a_minute_later_all_calls_are_free_again() -> None:
    """The window is forgotten when it is over."""
    state, wait = take(_taken(60), T + 60_000, "next")

    assert (None, 59) == (wait, state["windows"]["minute"]["left"])


def test_what_xero_tells_counts_when_it_is_less() -> None:
    """Calls that another installation made show in the header and are believed."""
    state, _ = take(None, T, "a")
    state = settle(state, T, "a", {"minute": 0})

    assert Wait("minute", 60_000) == take(state, T, "b")[1]


def test_answers_out_of_order_do_not_raise_what_is_left() -> None:
    """An older answer that arrives later does not make calls left reappear."""
    state = None
    for slot in ("a", "b"):
        state, _ = take(state, T, slot)
    state = settle(state, T, "b", {"minute": 10})
    state = settle(state, T, "a", {"minute": 11})

    assert 10 == state["windows"]["minute"]["left"]


def test_a_window_of_xero_that_began_anew_is_noticed() -> None:
    """Where far more calls are left than counted, Xero's window began anew at this call."""
    state, _ = take(_taken(55), T + 30_000, "x")
    state = settle(state, T + 30_000, "x", {"minute": 59})

    window = state["windows"]["minute"]

    assert (T + 30_000, 59) == (window["first"], window["left"])


def test_the_minute_is_reckoned_from_the_first_answer() -> None:
    """Xero's minute began when the first call arrived there: at the latest when it answered."""
    state = take(take(None, T, "0")[0], T, "1")[0]
    for number in range(2):
        state = settle(state, T + 1_500 + number, str(number), {"minute": 59 - number})

    assert T + 1_500 == state["windows"]["minute"]["first"]


def test_a_slow_answer_is_no_new_minute() -> None:
    """What a slow answer tells is old by all calls that were made meanwhile."""
    state, _ = take(None, T, "slow")
    state = settle(_taken(40, state, T + 5_000), T + 30_000, "slow", {"minute": 59})

    assert 19 == state["windows"]["minute"]["left"]


def test_calls_since_the_window_began_anew_count_in_it() -> None:
    """Where an answer tells of a new window, calls taken since it was asked are not left."""
    state = _taken(50)
    state, _ = take(state, T + 40_000, "x")
    for number in range(3):
        state, _ = take(state, T + 40_500, str(number))
    state = settle(state, T + 41_000, "x", {"minute": 59})

    assert 53 == state["windows"]["minute"]["left"]


def test_calls_in_flight_count_in_the_next_minute() -> None:
    """What was taken before a minute ended may reach Xero after it, and is counted twice here."""
    state = _taken(50)
    for slot in ("late", "later"):
        state, _ = take(state, T + 59_000, slot)
    state, _ = take(state, T + 60_000, "next")
    state = settle(state, T + 60_500, "late", {"minute": 9})

    assert 57 == state["windows"]["minute"]["left"]


def test_calls_are_kept_for_more_urgent_work() -> None:
    """With a third of the day kept, work waits at a third for the next day; the rest goes on."""
    state, _ = take(None, T, "a")
    state = settle(state, T, "a", {"day": 999})
    state = settle(take(state, T, "b")[0], T, "b", {"day": 300})

    assert (Wait("day", 86_400_000, 300), None) == (
        take(state, T, "c", keep=0.34)[1],
        take(state, T, "c")[1],
    )


def test_the_tiers_day_counts_until_an_answer_tells() -> None:
    """What somebody said gives way to the first answer, which may be less or more."""
    said, _ = take(None, T, "a", day_calls=1_000)
    told = [
        settle(said, T + 100, "a", {"day": left})["windows"]["day"]["left"] for left in (40, 4_999)
    ]

    assert (999, [40, 4_999]) == (said["windows"]["day"]["left"], told)


def test_a_share_of_the_tiers_day_is_kept() -> None:
    """First seen with 90 left of 1,000: a tenth of the thousand is kept, not nine calls."""
    state = settle(take(None, T, "a", day_calls=1_000)[0], T, "a", {"day": 90})
    waits = [
        take(state, T, "b", keep=keep, day_calls=day_calls)[1]
        for keep, day_calls in ((0.1, 1_000), (0.1, 0), (0.0, 1_000))
    ]

    assert [90, None, None] == [wait and wait.kept for wait in waits]


def test_the_next_day_is_free_again() -> None:
    """A day after its first call nothing is kept back any more."""
    state = settle(take(None, T, "a")[0], T, "a", {"day": 0})

    assert take(state, T + 86_400_000, "b", keep=0.3)[1] is None


def test_five_calls_may_be_in_flight() -> None:
    """The sixth call at once waits for a slot."""
    state = None
    for number in range(CONCURRENT):
        state, wait = take(state, T, str(number))
        assert wait is None
    _, wait = take(state, T, "sixth")

    assert wait is not None
    assert "concurrent" == wait.limit


def test_slots_of_a_dead_process_come_back() -> None:
    """A slot that was never given back is free after its time."""
    state = None
    for number in range(CONCURRENT):
        state, _ = take(state, T, str(number))

    assert take(state, T + SLOT_MS, "next")[1] is None


def test_the_end_of_a_day_is_asked_for_by_one_call() -> None:
    """With no calls left today one more goes out, to learn the true Retry-After."""
    state, _ = take(None, T, "a")
    state = settle(state, T, "a", {"day": 0})

    assert take(state, T, "b")[1] is None


def test_a_block_lets_nothing_through() -> None:
    """After a 429 every call waits until Retry-After is over."""
    state = block(None, T, "day", 5_000)

    assert [Wait("day", 4_000), None] == [
        take(state, T + 1_000, "a")[1],
        take(state, T + 5_000, "a")[1],
    ]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-rate-limit-problem": "minute", "retry-after": "12"}, Wait("minute", 12_000)),
        ({"x-rate-limit-problem": "day", "retry-after": "73451"}, Wait("day", 73_451_000)),
        ({"x-rate-limit-problem": "concurrent"}, Wait("concurrent", 1_000)),
        ({"x-rate-limit-problem": "appminute"}, Wait("appminute", 60_000)),
        ({"x-rate-limit-problem": "app-minute", "retry-after": "3"}, Wait("appminute", 3_000)),
        ({"x-rate-limit-problem": "day"}, Wait("day", 3_600_000)),
        ({"x-rate-limit-problem": "new", "retry-after": "2"}, Wait("minute", 2_000)),
        ({"retry-after": "soon"}, Wait("minute", 60_000)),
        ({"retry-after": "0"}, Wait("minute", 1_000)),
    ],
)
def test_what_a_refusal_asks_for(headers: dict[str, str], expected: Wait) -> None:
    """Retry-After is obeyed; where it is absent, the limit's name decides."""
    assert expected == refusal(RawAnswer(429, headers, b""))


class TestLimiter:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(minute=10, day=40)

    def test_two_processes_share_the_limits(self, store: SqlStore, clock: StepClock) -> None:
        """Sixty calls of one limiter leave none to another on the same store."""
        one, other = Limiter(store, clock, "c1"), Limiter(store, clock, "c1", patience_seconds=5)
        for _ in range(60):
            one.leave(one.enter(), None)
        with pytest.raises(RateLimited) as caught:
            other.enter()

        assert ("minute", 60) == (caught.value.limit, caught.value.retry_after_seconds)

    def test_connections_have_limits_of_their_own(self, store: SqlStore, clock: StepClock) -> None:
        """The limits of one organisation do not hold up another."""
        one, other = Limiter(store, clock, "c1"), Limiter(store, clock, "c2", patience_seconds=5)
        for _ in range(60):
            one.leave(one.enter(), None)

        assert 32 == len(other.enter())

    def test_the_minute_limit_is_waited_for(
        self, xero: XeroOrganisation, sandbox: Sandbox, clock: StepClock
    ) -> None:
        """Twenty-five reads through a limit of 10 a minute all succeed, none refused."""
        for _ in range(25):
            xero.organisation()
        refused = [call for call in sandbox.calls() if call.status == 429]

        assert (25, [], True) == (xero.calls, refused, sum(clock.slept) < 130)

    def test_the_day_limit_is_not_waited_for(
        self, xero: XeroOrganisation, sandbox: Sandbox
    ) -> None:
        """The 41st call of 40 a day tells hours to wait; later ones are not sent."""
        for _ in range(40):
            xero.organisation()
        caught = []
        for _ in range(3):
            with pytest.raises(RateLimited) as error:
                xero.organisation()
            caught.append((error.value.limit, error.value.retry_after_seconds > 80_000))
        refused = [call for call in sandbox.calls() if call.status == 429]

        assert ([("day", True)] * 3, 1) == (caught, len(refused))

    @pytest.mark.parametrize("problem", ["minute", "concurrent", "appminute"])
    def test_short_refusals_are_waited_for(
        self, xero: XeroOrganisation, sandbox: Sandbox, problem: str
    ) -> None:
        """A 429 that ends soon is waited for, and the call made again."""
        sandbox.fault(
            "status", path="/api.xro", status=429, problem=problem, retry_after_seconds=20
        )

        assert ("Aroha Trading Ltd", 2) == (xero.organisation()["Name"], xero.calls)

    def test_a_long_refusal_is_raised(self, xero: XeroOrganisation, sandbox: Sandbox) -> None:
        """A Retry-After beyond the patience is told, with its seconds."""
        sandbox.fault("status", path="/api.xro", status=429, retry_after_seconds=300)
        with pytest.raises(RateLimited) as caught:
            xero.organisation()

        assert 300 == caught.value.retry_after_seconds

    def test_eight_threads_keep_to_five_in_flight(
        self, xero: XeroOrganisation, sandbox: Sandbox
    ) -> None:
        """Slow answers to eight threads never make Xero refuse one for being the sixth."""
        sandbox.fault("slow", path="/api.xro", count=8, seconds=0.05)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: xero.organisation(), range(8)))

        assert [] == [call for call in sandbox.calls() if call.status == 429]
