"""The first sync of a new connection: questions, then its plan, then ten records, then all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation
from tests.world import REDIRECT, World, make_world
from xtiger.demo.visitor import allow_access
from xtiger.engine.apply.executor import Executor
from xtiger.errors import FirstTenNotSeen, PlanNotSeen, StartUnanswered
from xtiger.model import setting_keys
from xtiger.ports.xero import ElementAnswer, WriteRequest
from xtiger.xero.organisations import XeroOrganisation

NAME = "Empty Trading Ltd"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Connected just now by an administrator who did nothing else but save the mapping."""
    with make_world(tmp_path) as made:
        connect(made)
        made.xt.connections.accept_terms("Ruth")
        made.xt.mappings.save_defaults()
        made.default_account()
        yield made


def connect(world: World) -> str:
    """Connect through the consent page; returns the connection's id."""
    start = world.xt.connections.consent(REDIRECT)
    offered = world.xt.connections.consent_answered(allow_access(start.url, NAME))
    found = next(one.organisation_id for one in offered if one.name == NAME)
    return world.xt.connections.connect(found).id


def sent(world: World) -> int:
    """How many contacts and invoices Xero has."""
    return len(world.xero("Contacts")) + len(world.xero("Invoices"))


def test_nothing_is_sent_before_the_questions_are_answered(world: World) -> None:
    """Neither by hand nor on save; a plan may be made, and it obeys what is proposed."""
    acme = organisation(world, "Acme")
    invoice(world, "I1", acme, invoicedate=date(2020, 1, 1), duedate=date(2020, 2, 1))
    before = world.calls()

    with pytest.raises(StartUnanswered, match="xtiger start"):
        world.xt.sync.run()
    with pytest.raises(StartUnanswered):
        world.xt.sync.records("Organizations", [acme])
    world.wait()
    world.xt.tick()

    assert (0, before) == (sent(world), world.calls())
    codes = world.codes()
    assert ["before_start"] == [code for (module, _), code in codes.items() if module == "Invoices"]


def test_what_is_proposed_cannot_hurt_the_books(world: World) -> None:
    """From the financial year of the organisation on, as drafts, customers only."""
    proposal = world.xt.start.answers()

    assert "asked" == proposal.stage
    assert proposal == world.xt.start.proposal()
    assert ("draft", "customers") == (proposal.arrive, proposal.bring)
    assert proposal.from_day is not None
    assert proposal.from_day <= world.clock.now().date()


def test_the_first_sync_goes_step_by_step(world: World) -> None:
    """The plan, ten records, a look at them, all: each step at a person's word."""
    for number in range(4):
        customer = organisation(world, f"Customer {number}")
        for part in range(3):
            invoice(world, f"I{number}{part}", customer)
    kept = world.xt.start.answer(world.xt.start.answers(), "Ruth")
    assert ("plan", "Ruth", world.clock.now()) == (kept.stage, kept.answered_by, kept.answered_at)

    with pytest.raises(PlanNotSeen, match="xtiger plan"):
        world.xt.sync.run()
    assert 16 == len(world.plan().actions)
    world.xt.start.advance("ten", "Ruth")
    world.sync()

    assert 10 == sent(world)
    held = [o for o in world.xt.sync.outcomes(results=["held"]) if o.cause is not None]
    # An invoice whose customer is held back waits as that does: nobody is asked.
    assert {"after_first_ten"} == {o.cause.code for o in held if o.cause}
    assert 6 == len(held)
    assert (6, 0) == (
        len(world.xt.agreements.records("waiting")),
        len(world.xt.agreements.records("needs_you")),
    )
    with pytest.raises(FirstTenNotSeen, match="--go-on"):
        world.xt.sync.run()
    world.xt.tick()
    assert 10 == sent(world)

    world.xt.start.advance("all", "Ruth")
    world.sync()

    assert 16 == sent(world)
    assert (0, {}) == (world.actions(), world.codes())
    assert [] == list(world.xt.proof.reconcile().differences)


def test_one_module_lets_the_others_go_no_sooner(world: World) -> None:
    """A small first sync of one module is looked at, too, before the rest of the plan goes."""
    acme = organisation(world, "Acme")
    invoice(world, "I1", acme)
    world.xt.start.answer(world.xt.start.answers(), "Ruth")
    world.xt.start.advance("ten", "Ruth")

    world.sync("Organizations")

    assert (1, "check") == (sent(world), world.xt.start.answers().stage)
    with pytest.raises(FirstTenNotSeen):
        world.xt.sync.run()
    assert 1 == sent(world)


def test_a_first_sync_that_dies_lets_no_further_ten_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had sent is looked at first; one that sent nothing begins again."""
    for number in range(12):
        organisation(world, f"Customer {number}")
    world.xt.start.answer(world.xt.start.answers(), "Ruth")
    world.xt.start.advance("ten", "Ruth")
    real = XeroOrganisation.send

    def refused(door: XeroOrganisation, request: WriteRequest) -> Sequence[ElementAnswer]:
        raise ZeroDivisionError

    def dies(door: XeroOrganisation, request: WriteRequest) -> Sequence[ElementAnswer]:
        real(door, request)
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Executor, "apply", refused)
        with pytest.raises(ZeroDivisionError):
            world.xt.sync.run()
    assert "ten" == world.xt.start.answers().stage
    with monkeypatch.context() as patch:
        patch.setattr(XeroOrganisation, "send", dies)
        with pytest.raises(ZeroDivisionError):
            world.xt.sync.run()

    assert 10 == sent(world)
    with pytest.raises(FirstTenNotSeen):
        world.xt.sync.run()
    assert 10 == sent(world)
    world.xt.start.advance("all", "Ruth")
    world.sync()
    assert 12 == sent(world)


def test_saves_wait_until_the_first_sync_is_through(world: World) -> None:
    """Then they go at once, and what was saved before goes with the next sync."""
    world.xt.start.answer(world.xt.start.answers(), "Ruth")
    organisation(world, "Acme")
    world.wait()
    world.xt.tick()
    assert 0 == sent(world)

    world.xt.start.advance("all", "Ruth")
    organisation(world, "Bell")
    world.wait()
    world.xt.tick()
    assert ["Bell"] == [raw["Name"] for raw in world.xero("Contacts")]
    world.sync()
    assert 2 == sent(world)


def test_nobody_goes_on_before_answering(world: World) -> None:
    """A step is never skipped by accident, and a later stage is never taken back."""
    with pytest.raises(StartUnanswered):
        world.xt.start.advance("all", "Ruth")
    world.xt.start.answer(world.xt.start.answers(), "Ruth")
    world.xt.start.advance("all", "Ruth")

    assert "all" == world.xt.start.advance("ten", "Ruth").stage
    assert "all" == world.xt.start.answer(world.xt.start.answers(), "Zoe").stage


def test_connecting_again_asks_nothing_again(world: World) -> None:
    """The same organisation after it was disconnected: its answers stand."""
    kept = world.xt.start.answer(world.xt.start.answers(), "Ruth")
    world.xt.connections.disconnect(world.xt.connections.get().id)

    connect(world)

    assert kept == world.xt.start.answers()


def test_a_connection_of_before_is_not_asked(world: World) -> None:
    """One that an earlier release connected goes on as it did."""
    name = world.xt.connections.get().id
    world.xt.store.forget_setting(setting_keys.start_answers(name))
    organisation(world, "Acme")

    world.sync()

    assert 1 == sent(world)


def test_how_many_contacts_each_choice_would_bring(world: World) -> None:
    """Counted from what the plan has read."""
    world.sandbox.add("Contacts", {"Name": "Tax Office"})
    assert {"customers": 0, "all": 0, "none": 0} == dict(world.xt.start.contacts())

    world.plan()

    assert {"customers": 0, "all": 1, "none": 0} == dict(world.xt.start.contacts())
