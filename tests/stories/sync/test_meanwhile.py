"""What people do while a run is under way is kept, on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import organisation, product
from tests.stories.sync.test_first_link import code_of, contact, item
from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation


def during(world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let somebody act once after the plan is made and before anything is written."""
    done: list[bool] = []

    def hold(*_: Any) -> None:
        if not done:
            done.append(True)
            act()

    monkeypatch.setattr("xtiger.services.syncing.runs.Runs._hold", hold)


def test_a_link_made_by_a_person_during_the_run_wins(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run wanted the item for one product, a person linked another: held, not doubled."""
    world.settings("Products", create_in_crm=False)
    xero_id = item(world, "P1", Name="Thing P1")
    other = product(world, "Other", xero_sync=False)
    world.sync()
    crm_id = product(world, "P1", unit_price=Decimal(2))
    during(world, monkeypatch, lambda: str(world.xt.links.link("Products", other, xero_id)))

    world.sync()

    assert "code_taken" == code_of(world, "Products", crm_id)
    assert xero_id == world.xero_id("Products", other)


def test_a_link_made_by_a_person_wins_over_an_equal_pair(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for a pair that needed nothing but the link."""
    world.settings("Organizations", create_in_crm=False)
    xero_id = contact(world, "Acme", AccountNumber="A1")
    other = organisation(world, "Other", xero_sync=False)
    world.sync()
    crm_id = organisation(world, "Acme", account_no="A1")
    during(world, monkeypatch, lambda: str(world.xt.links.link("Organizations", other, xero_id)))

    world.sync()

    assert "crm_duplicate" == code_of(world, "Organizations", crm_id)


def test_a_link_made_during_a_merge_of_both_sides_wins(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for a pair that would be filled on both sides: nothing is written in the CRM."""
    world.settings("Organizations", create_in_crm=False)
    xero_id = contact(world, "Acme", AccountNumber="A1", TaxNumber="GB9")
    other = organisation(world, "Other", xero_sync=False)
    world.sync()
    crm_id = organisation(world, "Acme", account_no="A1", email1="a@b.example")
    during(world, monkeypatch, lambda: str(world.xt.links.link("Organizations", other, xero_id)))

    world.sync()

    assert "crm_duplicate" == code_of(world, "Organizations", crm_id)
    assert world.in_crm("Organizations", crm_id, "vat_number") in (None, "")


def test_an_answer_that_cannot_be_read_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero saved it and answers nonsense: failed, and the next sync links what is there."""
    crm_id = organisation(world, "Acme")
    real = XeroOrganisation.send

    def nonsense(organisation_: XeroOrganisation, request: Any) -> Any:
        return [
            replace(answer, element={**answer.element, "Phones": "none"})
            for answer in real(organisation_, request)
        ]

    with monkeypatch.context() as patch:
        patch.setattr(XeroOrganisation, "send", nonsense)
        world.sync()
    assert "unreadable_answer" == code_of(world, "Organizations", crm_id)

    world.sync()

    assert "linked" == world.outcome("Organizations", crm_id).result
    assert 1 == len(world.xero("Contacts"))


def test_an_edit_in_the_crm_during_the_run_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero's change does not overwrite what a person saved meanwhile; the next sync merges."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", crm_id), {"TaxNumber": "GB9"})
    during(world, monkeypatch, lambda: world.host.edit("Organizations", crm_id, email1="a@b.cd"))
    world.sync()
    assert "changed_meanwhile" == code_of(world, "Organizations", crm_id)

    world.sync()

    assert "a@b.cd" == world.in_xero("Organizations", crm_id)["EmailAddress"]
    assert "GB9" == world.in_crm("Organizations", crm_id, "vat_number")


def test_an_edit_in_the_crm_during_a_push_goes_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved between plan and send: the old value arrives, the next sync sends the new one."""
    crm_id = organisation(world, "Acme", email1="old@b.example")
    during(
        world,
        monkeypatch,
        lambda: world.host.edit("Organizations", crm_id, email1="new@b.example"),
    )
    world.sync()

    world.sync()

    assert "new@b.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]


@pytest.mark.parametrize("field", ["TaxNumber", "EmailAddress"])
def test_an_edit_in_xero_during_a_push_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """Saved in Xero between our read and our write of another field: it comes in next time."""
    crm_id = organisation(world, "Acme", email1="a@b.example", vat_number="GB1")
    world.sync()
    world.host.edit("Organizations", crm_id, company_number="77")
    xero_id = world.xero_id("Organizations", crm_id)
    during(
        world,
        monkeypatch,
        lambda: world.sandbox.edit("Contacts", xero_id, {field: "new@b.example"}),
    )
    world.sync()

    world.sync()

    name = {"TaxNumber": "vat_number", "EmailAddress": "email1"}[field]
    assert "new@b.example" == world.in_crm("Organizations", crm_id, name)
    assert "77" == world.in_xero("Organizations", crm_id)["CompanyNumber"]


def test_an_edit_right_after_our_write_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person saves between our write and our reading it back: the edit travels next time."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", crm_id), {"TaxNumber": "GB9"})
    real = MemoryHost.save

    def save_then_edit(host: MemoryHost, *given: Any, **named: Any) -> Any:
        results = real(host, *given, **named)
        monkeypatch.setattr(MemoryHost, "save", real)
        host.edit("Organizations", crm_id, vat_number="GB10")
        return results

    monkeypatch.setattr(MemoryHost, "save", save_then_edit)
    world.sync()

    world.sync()

    assert "GB10" == world.in_xero("Organizations", crm_id)["TaxNumber"]
    assert "GB10" == world.in_crm("Organizations", crm_id, "vat_number")
