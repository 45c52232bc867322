"""Trouble by mail at once, each once: brake, permission, calls, and failures that grow."""

from __future__ import annotations

import pytest

from tests.stories.mailing.conftest import BOSS, PAGES, Postbox
from tests.stories.sync.people import invoice, organisation
from tests.world import World
from xtiger.errors import TooManyChanges, XTigerError
from xtiger.model.mailing.recipients import Recipient
from xtiger.sandbox.faults.limits import Limits

HOUR, DAY = 3_600, 86_400


@pytest.fixture(autouse=True)
def alerts_alone(world: World) -> None:
    """The administrator gets no reports, only trouble."""
    world.xt.mails.post()
    world.xt.mails.save(Recipient(address=BOSS, every="never"))


def hours_pass(world: World, hours: int) -> None:
    """Each hour the worker looks."""
    for _ in range(hours):
        world.clock.sleep(HOUR)
        world.xt.tick()


@pytest.mark.feature("F133")
def test_failures_that_grow_are_mailed_once(world: World, postbox: Postbox) -> None:
    """Those that always fail and a slip are none; seven more are, with how many there were."""
    for number in range(4):
        invoice(world, f"OLD-{number}", None)
    world.sync()
    hours_pass(world, 49)
    invoice(world, "SLIP", None)
    world.sync()
    hours_pass(world, 2)
    before = list(postbox.subjects)
    for number in range(7):
        invoice(world, f"NEW-{number}", None)
    world.sync()
    hours_pass(world, 20)
    once = list(postbox.subjects)
    hours_pass(world, 30)
    for number in range(9):
        invoice(world, f"NEWER-{number}", None)
    world.sync()
    hours_pass(world, 2)

    assert [] == before
    said = "{} more records of Empty Trading Ltd wait for you than a day ago."
    assert [said.format(8)] == once
    assert "4 waited before." in postbox.text(0)
    assert f"{PAGES}/xt/needs?connection=" in postbox.text(0)
    assert [said.format(8), said.format(9)] == postbox.subjects
    assert "12 waited before." in postbox.text()


def test_what_a_first_sync_finds_is_no_growth(world: World, postbox: Postbox) -> None:
    """Forty invoices of years ago wait at once, and nobody was warned of a trouble by it."""
    world.xt.tick()
    for number in range(40):
        invoice(world, f"OLD-{number}", None)
    world.sync()
    hours_pass(world, 60)

    assert [] == postbox.subjects
    assert 40 == world.xt.needs.count()


def test_a_stopped_sync_is_mailed_with_the_way_to_release_it(
    world: World, postbox: Postbox
) -> None:
    """Once, however often the worker looks; the link leads to the plan that waits."""
    firms = [organisation(world, f"Firm {number:02}", phone="1") for number in range(40)]
    world.sync()
    for one in firms:
        world.host.edit("Organizations", one, phone="2")
    with pytest.raises(TooManyChanges):
        world.sync()
    hours_pass(world, 2)
    (plan,) = world.xt.sync.braked()

    said = "A sync with Empty Trading Ltd was stopped, because it would change unusually much."
    assert [said] == postbox.subjects
    assert f"{PAGES}/xt/release/{plan.run_id}" in postbox.text()


def test_a_permission_that_ends_is_mailed_in_time(world: World, postbox: Postbox) -> None:
    """Nobody synced for fifty days: ten are left."""
    world.clock.sleep(49 * DAY)
    world.xt.mails.post()
    before = list(postbox.subjects)
    world.clock.sleep(1.1 * DAY)
    world.xt.mails.post()
    world.xt.mails.post()

    assert [] == before
    assert ["Xero's permission for Empty Trading Ltd ends soon."] == postbox.subjects


def test_calls_that_run_out_are_mailed(world: World, postbox: Postbox) -> None:
    """A day's calls are used up: what waits goes on later, and the mail says so."""
    world.sandbox.apps.limits = Limits(day=3)
    organisation(world, "Kea")
    with pytest.raises(XTigerError):
        world.sync()
    world.xt.tick()
    world.xt.tick()

    said = "Xero takes no more calls for Empty Trading Ltd today, or soon will not."
    assert [said] == postbox.subjects
    assert "The rest waits until Xero does." in postbox.text()
