"""The module's policies for conflicts and for the first link, each from end to end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.people import organisation, product
from tests.stories.sync.test_first_link import code_of, contact
from tests.stories.sync.test_solving import email
from tests.world import World


def agreed(world: World) -> tuple[str, str]:
    """An organisation in step with its contact: (CRM id, Xero id)."""
    crm_id = organisation(world, "Acme", email1="a@b.example")
    world.sync()
    return crm_id, world.xero_id("Organizations", crm_id)


def edit_crm(world: World, crm_id: str) -> None:
    """Change the e-mail in the CRM."""
    world.host.edit("Organizations", crm_id, email1="crm@b.example")


def edit_xero(world: World, xero_id: str) -> None:
    """Change the e-mail in Xero."""
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@b.example"})


@pytest.mark.feature("F116")
@pytest.mark.parametrize(("policy", "winner"), [("crm", "crm"), ("xero", "xero")])
def test_a_policy_names_the_winner(world: World, policy: str, winner: str) -> None:
    """Both changed: the chosen side's value is on both sides after the next sync."""
    world.settings("Organizations", conflict=policy)
    crm_id, xero_id = agreed(world)
    edit_crm(world, crm_id)
    edit_xero(world, xero_id)

    world.sync()

    assert (f"{winner}@b.example",) * 2 == email(world, crm_id)
    assert 0 == world.actions()


@pytest.mark.feature("F116")
@pytest.mark.parametrize("last", ["crm", "xero"])
def test_the_side_edited_last_wins(world: World, last: str) -> None:
    """Newest: the CRM's time of change is compared with Xero's UpdatedDateUTC."""
    world.settings("Organizations", conflict="newest")
    crm_id, xero_id = agreed(world)
    for side in ("crm", "xero") if last == "xero" else ("xero", "crm"):
        world.wait(60)
        if side == "crm":
            edit_crm(world, crm_id)
        else:
            edit_xero(world, xero_id)

    world.sync()

    assert (f"{last}@b.example",) * 2 == email(world, crm_id)
    assert 0 == world.actions()


@pytest.mark.feature("F116")
def test_two_edits_in_one_second_are_asked(world: World) -> None:
    """Newest without a newer side is no answer: both values stay."""
    world.settings("Organizations", conflict="newest")
    crm_id, xero_id = agreed(world)
    world.wait(60)
    edit_crm(world, crm_id)
    edit_xero(world, xero_id)

    world.sync()

    assert "both_changed" == code_of(world, "Organizations", crm_id)
    assert ("crm@b.example", "xero@b.example") == email(world, crm_id)


@pytest.mark.parametrize("policy", ["crm", "xero", "newest"])
def test_amounts_are_never_decided_by_policy(world: World, policy: str) -> None:
    """A price changed on both sides is asked, whatever the policy."""
    world.settings("Products", conflict=policy)
    crm_id = product(world, "P1", unit_price=Decimal(10))
    world.sync()
    world.host.edit("Products", crm_id, unit_price=Decimal(11))
    world.wait(60)
    xero_id = world.xero_id("Products", crm_id)
    world.sandbox.edit("Items", xero_id, {"SalesDetails": {"UnitPrice": 12}})

    world.sync()

    assert "both_changed" == code_of(world, "Products", crm_id)
    assert Decimal(11) == world.in_crm("Products", crm_id, "unit_price")


@pytest.mark.feature("F114")
@pytest.mark.parametrize("policy", ["ask", "crm", "xero"])
def test_the_first_link_follows_its_policy(world: World, policy: str) -> None:
    """Matched by number and different: asked, or the chosen side's value fills both."""
    world.settings("Organizations", first_link=policy)
    contact(world, "Acme", AccountNumber="A1", EmailAddress="xero@b.example")
    crm_id = organisation(world, "Acme", account_no="A1", email1="crm@b.example")

    world.sync()

    if policy == "ask":
        assert "first_link_differs" == code_of(world, "Organizations", crm_id)
        assert ("crm@b.example", "xero@b.example") == email(world, crm_id)
        return
    assert (f"{policy}@b.example",) * 2 == email(world, crm_id)
    assert 0 == world.actions()


@pytest.mark.feature("F116")
def test_a_person_decides_over_the_policys_head(world: World) -> None:
    """Where the policy asks, the person's word is final and is not asked again."""
    crm_id, xero_id = agreed(world)
    edit_crm(world, crm_id)
    edit_xero(world, xero_id)
    world.sync()
    world.xt.conflicts.solve("Organizations", crm_id, "xero")

    world.sync()

    assert ("xero@b.example",) * 2 == email(world, crm_id)
    assert 0 == world.actions()
