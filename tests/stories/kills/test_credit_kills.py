"""Killed between a credit note and its allocation: one note in the end, set against once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.kills.child import OF_CALLS
from tests.stories.kills.stage import Stage, Start
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero
from tests.world import World

NOTE, SET_AGAINST = 0, 1
#: Points at which a process dies, and how many calls for credit notes pass before.
POINTS = [
    *((point, call) for call in (NOTE, SET_AGAINST) for point in OF_CALLS),
    ("after the intent", NOTE),
    ("before the outcomes", NOTE),
]


def fill(world: World) -> None:
    """An invoice with money on it that says less in the CRM; somebody had the rest credited."""
    world.connect()
    world.default_account()
    sold = invoice(world, "I1", organisation(world, "Acme"), [line("30")])
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", sold), "5")
    world.sync()
    (only,) = world.host.record("Invoices", sold).lines
    world.host.edit_lines("Invoices", sold, [{"id": only["id"], "listprice": Decimal(20)}])
    world.sync()
    world.xt.credits.make("Invoices", sold)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Set up once."""
    with closing(Start(tmp_path_factory.mktemp("start"), fill)) as made:
        yield made


@pytest.fixture
def stage(start: Start, tmp_path: Path) -> Stage:
    return start.stage(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("point", "passes"), POINTS)
def test_one_note_is_made_and_set_against_once(stage: Stage, point: str, passes: int) -> None:
    """Killed at the point and started again, seven minutes later: nothing twice, nothing open."""
    kind = "Invoice" if point == "before the outcomes" else "CreditNote"
    assert stage.sync(point, kind=kind, passes=passes)
    stage.clock.sleep(420)
    stage.sync()
    stage.sync()

    with stage.world() as world:
        (note,), (there,) = world.xero("CreditNotes"), world.xero("Invoices")
        assert ("I1-CN1", Decimal(10), "PAID") == (
            note["CreditNoteNumber"],
            note["Total"],
            note["Status"],
        )
        assert [Decimal(10)] == [one["Amount"] for one in world.xero("Allocations")]
        assert (Decimal(10), Decimal(15)) == (there["AmountCredited"], there["AmountDue"])
        assert quiet(world)
        assert world.xt.proof.reconcile().agrees
