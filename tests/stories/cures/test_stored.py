"""What Xero stored otherwise than sent is told at once, and either answer settles it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.cures.telling import Seen, code_now, enter, xero_drops
from tests.stories.sync.people import invoice, line, organisation
from tests.world import World
from xtiger.model.plans import STANDING


def _codes(world: World, module: str, crm_id: str) -> tuple[str, str]:
    outcome = world.outcome(module, crm_id)
    return outcome.result, outcome.cause.code if outcome.cause else ""


@pytest.fixture(autouse=True)
def _dropping() -> Iterator[None]:
    """Xero has no "(new)" in any text."""
    with xero_drops(" (new)"):
        yield


@pytest.mark.parametrize("keep", [True, False])
def test_a_sign_that_xero_drops_is_told(world: World, keep: bool) -> None:
    """Part of a name is lost: told at the write; Xero's is kept, or the CRM's is changed."""
    acme = organisation(world, "Acme (new)")
    world.sync()
    assert ("conflict", "stored_otherwise") == _codes(world, "Organizations", acme)
    world.sync()
    assert "conflict" == world.outcome("Organizations", acme).result
    before = [call for call in world.sandbox.calls() if call.method in ("PUT", "POST")]
    if keep:
        enter(world, "conflicts", "solve", "Organizations", acme, "--keep", "xero", "--all")
    else:
        world.host.edit("Organizations", acme, accountname="Acme")

    world.sync()
    world.sync()

    assert world.outcome("Organizations", acme).result not in STANDING
    assert "Acme" == world.in_crm("Organizations", acme, "accountname").strip()
    after = [call for call in world.sandbox.calls() if call.method in ("PUT", "POST")]
    assert len(before) == len(after)


def test_the_crms_text_is_not_sent_over_and_over(world: World) -> None:
    """A policy that lets the CRM win: sent once more at most, then it is known."""
    world.settings("Organizations", first_link="crm", conflict="crm")
    organisation(world, "Acme (new)")
    for _ in range(2):
        world.sync()
    before = len([call for call in world.sandbox.calls() if call.method in ("PUT", "POST")])

    for _ in range(3):
        world.sync()

    after = len([call for call in world.sandbox.calls() if call.method in ("PUT", "POST")])
    assert before == after


def test_a_line_that_xero_changed_is_told(world: World) -> None:
    """The description lost a sign: the lines are asked about, and Xero's may be kept."""
    bill = invoice(world, "I1", organisation(world, "Acme"), [line(comment="Work (new) done")])
    world.sync()
    seen = Seen("Invoices", bill)
    assert "stored_otherwise" == code_now(world, seen)
    world.sync()
    assert "conflict" == world.outcome("Invoices", bill).result
    enter(world, "conflicts", "solve", "Invoices", bill, "--keep", "xero", "--all")

    world.sync()
    world.sync()

    assert world.outcome("Invoices", bill).result not in STANDING
