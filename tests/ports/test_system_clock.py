"""The real clock: UTC moments, real pauses, ids that nobody guesses."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from xtiger.ports.system_clock import SystemClock


def test_it_tells_the_moment_in_utc() -> None:
    """Aware, and not far from the machine's own."""
    before = datetime.now(UTC)

    now = SystemClock().now()

    assert (UTC, True) == (now.tzinfo, before <= now <= before + timedelta(seconds=10))


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 0.02])
def test_it_waits_as_long_as_it_is_told(seconds: float) -> None:
    """A pause that lies in the past is none."""
    before = time.monotonic()

    SystemClock().sleep(seconds)

    assert time.monotonic() - before >= max(0.0, seconds)


def test_ids_are_never_given_twice() -> None:
    """32 hex characters each."""
    ids = {SystemClock().new_id() for _ in range(1000)}

    signs = {sign for i in ids for sign in i}
    assert (1000, {32}, True) == (
        len(ids),
        {len(i) for i in ids},
        signs <= set("0123456789abcdef"),
    )
