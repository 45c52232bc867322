"""The service that works in the background: what its state says."""

from __future__ import annotations

import pytest

from xtiger.model.starting.service import ServiceState


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
