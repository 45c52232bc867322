"""A proof compares erased persons as all others, and keeps nothing but ids of them."""

from __future__ import annotations

from tests.stories.privacy.conftest import MAIL, NAME
from tests.stories.privacy.test_erase import every_value, traces
from tests.stories.sync.people import contact, organisation
from tests.world import World
from xtiger.model.mailing.recipients import Recipient


def test_a_proof_keeps_nothing_of_an_erased_person(world: World) -> None:
    """Neither its name nor the values that differ, nor in the signed file that is mailed."""
    world.xt.mails.save(Recipient(address="office@aroha.example", proofs=True))
    world.xt.privacy.erase(MAIL, NAME, "an administrator")
    world.host.edit("Organizations", "1", phone="021 000 0000")
    world.sync()
    run = world.xt.proof.run()
    world.xt.tick()
    kept = world.xt.proof.last()

    assert "differs" == run.state
    assert kept is not None
    assert {("", "1", None, None)} == {
        (one.name, one.crm_id, one.crm, one.xero) for one in kept.differences
    }
    assert [] == [name for name in traces(world) if name.startswith("xt_")]


def test_a_proof_keeps_nothing_of_an_erased_person_on_a_list(world: World) -> None:
    """In Xero it stands on the list of its firm still, which says nothing of another person."""
    firm = organisation(world, "Kauri Ltd", email1="office@kauri.example")
    contact(world, "Rangi", "Moana", firm, email="rangi@kauri.example")
    world.sync()
    world.xt.privacy.erase("rangi@kauri.example", "Rangi Moana", "an administrator")
    world.sync()
    world.xt.proof.run()
    kept = world.xt.proof.last()

    assert kept is not None
    assert {("", "1")} == {(one.name, one.crm_id) for one in kept.differences}
    assert [] == [table for table, _, value in every_value(world) if "Moana" in value]
