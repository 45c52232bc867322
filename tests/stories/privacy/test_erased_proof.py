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
    assert () == kept.differences, "it stands with the cause of it"
    assert [] == [table for table, _, value in every_value(world) if "Moana" in value]


def test_an_erased_person_on_a_list_stands_with_the_cause_of_it(world: World) -> None:
    """Before a sync and after it, with the cure that ends it: to release the mark."""
    firm = organisation(world, "Kauri Ltd", email1="office@kauri.example")
    rangi = contact(world, "Rangi", "Moana", firm, email="rangi@kauri.example")
    world.sync()
    world.xt.privacy.erase("rangi@kauri.example", "Rangi Moana", "an administrator")
    proofs = [world.xt.proof.reconcile()]
    world.sync()
    proofs.append(world.xt.proof.reconcile())
    world.xt.privacy.release(f"Contacts:{rangi}")
    world.sync()

    for found in proofs:
        assert [(rangi, "erased")] == [(one.crm_id, one.cause.code) for one in found.standing]
        assert [] == list(found.unexplained)
    assert "erased" not in {one.cause.code for one in world.xt.proof.reconcile().standing}
