"""Keys of another CRM in Xero, and of this one from before keys named the CRM."""

from __future__ import annotations

import pytest

from tests.stories.sync.people import invoice, organisation
from tests.stories.sync.test_crashes import killed
from tests.world import World
from xtiger.engine.plan import item_builder
from xtiger.model.setting_keys import SettingKey
from xtiger.rules.identity import KEY_LENGTH, mark_of, record_key
from xtiger.xero.organisations import XeroOrganisation


def test_the_contact_of_another_crm_with_our_old_key_is_left_alone(world: World) -> None:
    """A stranger that bears XT-1 gets no values, link or invoices; ours is made beside it."""
    values = {"Name": "Of Another CRM", "ContactNumber": "XT-1", "EmailAddress": "a@b.example"}
    world.sandbox.add("Contacts", values)
    own = organisation(world, "Zeta Ltd", phone="0113 1")
    sent = invoice(world, "I1", own)

    world.sync()

    assert "created" == world.outcome("Organizations", own).result
    assert {"Of Another CRM": "XT-1", "Zeta Ltd": _key(world, own)} == {
        raw["Name"]: raw["ContactNumber"] for raw in world.xero("Contacts")
    }
    assert "created" == world.outcome("Invoices", sent).result
    assert world.in_crm("Organizations", own, "email1") is None


def _key(world: World, crm_id: str) -> str:
    identity = world.host.identity()
    assert identity is not None
    return f"XT-{identity.id[:8]}-{crm_id}"


def test_our_key_under_a_foreign_name_is_only_proposed(world: World) -> None:
    """A copy of the CRM that went its own way has our keys: a person decides."""
    own = organisation(world, "Zeta Ltd")
    values = {"Name": "Of A Copy", "ContactNumber": _key(world, own)}
    world.sandbox.add("Contacts", values)

    world.sync()

    outcome = world.outcome("Organizations", own)
    assert ("held", "contact_near_name") == (outcome.result, outcome.cause and outcome.cause.code)


def test_created_anyway_it_goes_without_the_taken_key(world: World) -> None:
    """A person says that both are different: ours is created, since Xero refuses a second key."""
    own = organisation(world, "Zeta Ltd")
    world.sandbox.add("Contacts", {"Name": "Of A Copy", "ContactNumber": _key(world, own)})
    world.sync()
    name = f"create_anyway:{world.xt.connections.get().id}:Organizations:{own}"
    world.xt.store.save_setting(SettingKey(name), True)
    world.host.edit("Organizations", own, phone="0113 1")

    world.sync()

    assert "created" == world.outcome("Organizations", own).result
    assert "Zeta Ltd" == world.in_xero("Organizations", own)["Name"]


@pytest.mark.parametrize("prefix", ["XT", "XTC"])
def test_long_ids_never_share_a_key(prefix: str) -> None:
    """Ids of 36 characters fit as they are; longer ones that begin alike are hashed apart."""
    uuid = "0b5f6c1e-7a34-4d0e-9a51-3f1b2c4d5e6f"
    mark = mark_of("f" * 32)
    long = ["customer/" + "x" * 60 + end for end in "ab"]
    keys = {record_key(prefix, mark, one) for one in (uuid, *long)}

    assert 3 == len(keys)
    assert all(len(key) <= KEY_LENGTH for key in keys)
    assert prefix != "XT" or f"XT-{mark}-{uuid}" in keys


def test_what_a_killed_run_sent_with_the_old_key_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of the release before died after Xero wrote XT-1: it is linked and keeps its key."""
    own = organisation(world, "Zeta Ltd")
    with monkeypatch.context() as before, killed(before, XeroOrganisation, "send", before=False):
        before.setattr(item_builder, "contact_key", lambda _mark, crm_id, _role: f"XT-{crm_id}")
        world.wait()
        world.xt.sync.run()
    world.wait(1_000)

    world.sync()
    world.host.edit("Organizations", own, accountname="Zeta Group Ltd")
    world.sync()

    assert [("Zeta Group Ltd", "XT-1")] == [
        (raw["Name"], raw["ContactNumber"]) for raw in world.xero("Contacts")
    ]
