"""The sync machine: any mix of edits, removals, faults and kills, and what must hold after each."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stories.machine.invoice_rules import InvoiceRules
from tests.stories.machine.library_rules import LibraryRules
from tests.stories.machine.money_rules import MoneyRules
from tests.stories.machine.party_rules import GoodsRules, PartyRules
from tests.stories.machine.person_rules import PersonRules
from tests.stories.machine.trouble_rules import TroubleRules

#: Steps in all: some in every test run, many in `make soak`.
STEPS = int(os.environ.get("XTIGER_MACHINE_STEPS", "1500"))
STEPS_PER_STORY = 60
#: A test run plays the same stories each time, so that it fails for what was changed; shards of a
#: long play take seeds of their own, and with an empty one the stories are new each time.
SEED = os.environ.get("XTIGER_MACHINE_SEED", "1")
#: Making a failed story shorter takes minutes; whoever mends it asks for it.
SHORTER = os.environ.get("XTIGER_MACHINE_SHORTER") == "1"
PHASES = tuple(Phase) if SHORTER else (Phase.explicit, Phase.reuse, Phase.generate)


class SyncMachine(
    PartyRules, GoodsRules, InvoiceRules, MoneyRules, PersonRules, TroubleRules, LibraryRules
):
    """People on both sides, a flaky network, dying processes, and the library between."""


@pytest.mark.slow
def test_the_machine(record_property: Callable[[str, object], None]) -> None:
    """No story of edits, removals, faults and kills makes a twin, loses an edit or never rests."""
    played: list[str] = []

    def story() -> SyncMachine:
        return SyncMachine(played)

    try:
        # Stories may end early: more are played until all steps are.
        for part in count():
            left = STEPS - len(played)
            if left <= 0:
                break
            _play(story, part, -(-left // STEPS_PER_STORY))
    finally:
        record_property("said", f"{len(played)} steps of the machine were played")


def _play(story: Callable[[], SyncMachine], part: int, stories: int) -> None:
    seeded = seed(int(SEED) * 1_000 + part)(story) if SEED else story
    run_state_machine_as_test(
        seeded,  # type: ignore[arg-type]  # what makes a machine will do
        settings=settings(
            max_examples=stories,
            stateful_step_count=STEPS_PER_STORY,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=PHASES,
        ),
    )
