"""The service that works in the background: what its state says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xtiger.model.starting.service import SILENT, ServiceState, looked_lately


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        (ServiceState(), False),
        (ServiceState(is_running=True), False),
        (ServiceState(chosen="cron"), True),
        (ServiceState(chosen="cron", is_running=True), False),
    ],
    ids=["nobody chose", "one runs unasked", "chosen and idle", "chosen and at work"],
)
def test_a_service_is_missing_once_it_was_chosen_and_nothing_runs(
    state: ServiceState, missing: bool
) -> None:
    """Without a choice the CRM may work by buttons alone, and nothing has to be set up."""
    assert missing == state.is_missing


def test_a_look_tells_of_the_next_one_for_a_quarter_of_an_hour() -> None:
    """Without a look nothing is known to come."""
    now = datetime(2026, 11, 30, 9, tzinfo=UTC)

    assert looked_lately(now - SILENT, now)
    assert not looked_lately(now - SILENT - timedelta(seconds=1), now)
    assert not looked_lately(None, now)
