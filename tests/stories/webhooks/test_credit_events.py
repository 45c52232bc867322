"""Events of credit notes, pre- and overpayments: taken where the list is on, else done at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stories.sync.test_credit_notes import credited
from tests.stories.webhooks.conftest import Told

PATH = "/api.xro/2.0/CreditNotes"


def _reads(world: Told) -> int:
    return len([call for call in world.sandbox.calls() if call.path == PATH])


def test_an_event_of_a_credit_note_is_read_where_it_is_listed(world: Told) -> None:
    """One read of what changed; the list has it, and no event waits."""
    settings = world.xt.modules.settings("CreditNotes")
    world.xt.modules.save_settings(replace(settings, enabled=True))
    world.sync()
    own, before = credited(world, "CN-7"), _reads(world)
    world.hear()

    assert [own] == [one.xero_id for one in world.xt.modules.listed("CreditNotes")]
    assert before + 1 == _reads(world)
    assert [] == world.waiting()


@pytest.mark.parametrize("kind", ["CREDITNOTE", "PREPAYMENT", "OVERPAYMENT"])
def test_an_event_of_what_is_not_listed_costs_nothing(world: Told, kind: str) -> None:
    """It is done at once: nothing of ours is about it."""
    world.sync()
    body, signature = world.signed([world.event(kind, "8c5f4a8e-0000-4000-8000-000000000001")], 90)
    assert 200 == world.xt.receive_webhook(body, signature)
    world.wait(3)

    assert 0 == world.spent(world.xt.tick)
    assert [] == world.waiting()
