"""Records removed on one side go on the other, too, where the switch allows it, and only once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, organisation, product
from tests.stories.sync.removing import (
    CASES,
    allowed,
    link_state,
    one_linked,
    sent,
    shown,
)
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import World, make_world
from xtiger.db.store import SqlStore
from xtiger.errors import XeroRejected
from xtiger.hosts.standard import standard_modules
from xtiger.xero.organisations import XeroOrganisation


@pytest.mark.feature("F037")
@pytest.mark.parametrize(("module", "values", "verb", "status"), CASES)
@pytest.mark.parametrize("tombstones", [True, False])
def test_a_record_deleted_in_the_crm_is_removed_in_xero(
    tmp_path: Path,
    tombstones: bool,
    module: str,
    values: dict[str, Any],
    verb: str,
    status: str | None,
) -> None:
    """Contacts are archived, items deleted, drafts deleted and approved invoices voided."""
    with make_world(tmp_path, tombstones=tombstones) as world:
        world.connect()
        world.default_account()
        allowed(world)
        crm_id, xero_id = one_linked(world, module, **values)
        world.host.remove(module, crm_id)

        world.sync()

        outcome = world.outcome(module, crm_id)
        assert ("removed", verb, "to_xero") == (outcome.result, outcome.verb, outcome.flow)
        assert status == shown(world, module, xero_id)
        assert "removed" == link_state(world, module, crm_id)
        assert 0 == world.actions()
        assert {} == world.codes()


def test_switched_off_nothing_is_removed(world: World) -> None:
    """The usual case: both sides keep what they have, and the link is an orphan."""
    crm_id, xero_id = one_linked(world, "Organizations")
    world.host.remove("Organizations", crm_id)

    world.sync()

    assert "ACTIVE" == shown(world, "Organizations", xero_id)
    assert "gone_in_crm" == code_of(world, "Organizations", crm_id)
    assert "orphan" == link_state(world, "Organizations", crm_id)


def test_switched_on_later_orphans_stay(world: World) -> None:
    """What was let be before the switch is not taken away behind it."""
    crm_id, xero_id = one_linked(world, "Organizations")
    world.host.remove("Organizations", crm_id)
    world.sync()
    allowed(world)

    world.sync()

    assert "ACTIVE" == shown(world, "Organizations", xero_id)


@pytest.mark.feature("F037")
def test_a_contact_archived_in_xero_is_deleted_in_the_crm(world: World) -> None:
    """The other direction has its own switch."""
    crm_id, xero_id = one_linked(allowed(world), "Organizations")
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})

    world.sync()

    outcome = world.outcome("Organizations", crm_id)
    assert ("removed", "delete", "to_crm") == (outcome.result, outcome.verb, outcome.flow)
    assert [] == list(world.host.all("Organizations"))
    assert "removed" == link_state(world, "Organizations", crm_id)
    assert (0, {}) == (world.actions(), world.codes())


def test_an_item_deleted_in_xero_is_deleted_in_the_crm(world: World) -> None:
    """A whole read proves that an item is gone."""
    crm_id, xero_id = one_linked(allowed(world), "Products")
    removed_from_the_sandbox(world, "Items", xero_id)
    world.sync()
    assert 1 == len(world.host.all("Products"))

    world.sync(full=True)

    assert [] == list(world.host.all("Products"))
    assert "removed" == world.outcome("Products", crm_id).result


@pytest.mark.parametrize("gone", ["crm", "xero"])
def test_gone_but_edited_is_a_conflict_also_with_deletes_allowed(world: World, gone: str) -> None:
    """A person decides; nothing is removed."""
    crm_id, xero_id = one_linked(allowed(world), "Organizations")
    if gone == "crm":
        world.host.remove("Organizations", crm_id)
        world.sandbox.edit("Contacts", xero_id, {"TaxNumber": "GB9"})
    else:
        world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})
        world.host.edit("Organizations", crm_id, email1="a@b.example")

    world.sync()

    assert "gone_but_edited" == code_of(world, "Organizations", crm_id)
    assert (gone == "crm") == (shown(world, "Organizations", xero_id) == "ACTIVE")
    assert (gone == "xero") == bool(world.host.all("Organizations"))


def test_an_invoice_whose_lines_were_edited_in_xero_is_not_voided(world: World) -> None:
    """Lines count as an edit, too."""
    crm_id, xero_id = one_linked(allowed(world), "Invoices")
    (there,) = world.xero("Invoices")
    lines = [{**line, "UnitAmount": 99, "LineAmount": 99} for line in there["LineItems"]]
    world.sandbox.edit("Invoices", xero_id, {"LineItems": lines})
    world.host.remove("Invoices", crm_id)

    world.sync()

    assert "gone_but_edited" == code_of(world, "Invoices", crm_id)
    assert "AUTHORISED" == shown(world, "Invoices", xero_id)


@pytest.mark.parametrize(("amount", "status"), [("4", "AUTHORISED"), ("10", "PAID")])
def test_an_invoice_with_money_on_it_stays(world: World, amount: str, status: str) -> None:
    """Paid or part paid: held with the proposal of a credit note."""
    world.settings("Payments", enabled=False)
    crm_id, xero_id = one_linked(allowed(world), "Invoices")
    world.settings("Payments", enabled=False)
    world.sandbox.add(
        "Payments",
        {
            "Invoice": {"InvoiceID": xero_id},
            "Account": {"Code": "090"},
            "Date": "2026-11-03",
            "Amount": amount,
        },
    )
    world.host.remove("Invoices", crm_id)

    world.sync()

    outcome = world.outcome("Invoices", crm_id)
    assert outcome.cause is not None
    assert "invoice_locked" == outcome.cause.code
    assert ["credit_note"] == [proposal.verb for proposal in outcome.proposals]
    assert status == shown(world, "Invoices", xero_id)


@pytest.mark.parametrize(("before", "after"), [("Created", "DELETED"), ("Approved", "VOIDED")])
def test_a_cancelled_invoice_is_voided_under_the_switch(
    world: World, before: str, after: str
) -> None:
    """Cancel in the CRM takes the invoice away in Xero; the CRM's own one stays as it is."""
    crm_id, xero_id = one_linked(allowed(world), "Invoices", invoicestatus=before)
    world.host.edit("Invoices", crm_id, invoicestatus="Cancel")

    world.sync()

    assert "removed" == world.outcome("Invoices", crm_id).result
    assert after == shown(world, "Invoices", xero_id)
    assert "Cancel" == world.in_crm("Invoices", crm_id, "invoicestatus")
    assert (0, {}) == (world.actions(), world.codes())
    world.sync(full=True)
    assert "Cancel" == world.in_crm("Invoices", crm_id, "invoicestatus")
    assert "removed" == link_state(world, "Invoices", crm_id)


def test_a_used_tracked_item_is_kept_with_xeros_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero's refusal is the outcome, and nothing is repeated in the same run."""
    crm_id, _ = one_linked(allowed(world), "Products")
    world.host.remove("Products", crm_id)
    refused = XeroRefusal(monkeypatch)

    world.sync()

    outcome = world.outcome("Products", crm_id)
    assert ("failed", 1) == (outcome.result, refused.count)
    assert outcome.cause is not None
    assert "has transactions" in str(outcome.cause.data["message"])
    assert "live" == link_state(world, "Products", crm_id)


class XeroRefusal:
    """Lets Xero refuse each DELETE."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = XeroOrganisation.send

        def send(door: XeroOrganisation, request: Any) -> Any:
            if request.method != "DELETE":
                return real(door, request)
            self.count += 1
            raise XeroRejected(f"DELETE {request.path}", 400, ("The item has transactions.",))

        monkeypatch.setattr(XeroOrganisation, "send", send)


def test_an_item_deleted_on_both_sides_is_done(world: World) -> None:
    """Xero answers 404; the whole list proves that it is gone, and no outcome is left standing."""
    crm_id, xero_id = one_linked(allowed(world), "Products")
    world.host.remove("Products", crm_id)
    removed_from_the_sandbox(world, "Items", xero_id)

    world.sync()

    assert "removed" == world.outcome("Products", crm_id).result
    assert {} == world.codes()


def test_a_crm_that_deletes_nothing_keeps_its_records(tmp_path: Path) -> None:
    """Without the ability the link is an orphan, as with the switch off."""
    modules = [replace(m, can=m.can - {"delete"}) for m in standard_modules()]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        crm_id, xero_id = one_linked(allowed(world), "Organizations")
        world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})

        world.sync()

        assert "gone_in_xero" == code_of(world, "Organizations", crm_id)
        assert 1 == len(world.host.all("Organizations"))


def test_a_record_edited_between_plan_and_delete_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves it while the run is under way: held, and the next run sees the conflict."""
    crm_id, xero_id = one_linked(allowed(world), "Organizations")
    organisation(world, "Sent first")
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})
    real = SqlStore.add_outcomes
    edits: list[str] = []

    def edited(store: SqlStore, outcomes: Any) -> None:
        real(store, outcomes)
        if not edits:
            edits.append(crm_id)
            world.host.edit("Organizations", crm_id, email1="a@b.example")

    monkeypatch.setattr(SqlStore, "add_outcomes", edited)

    world.sync()

    outcome = world.outcome("Organizations", crm_id)
    assert outcome.cause is not None
    assert "changed_meanwhile" == outcome.cause.code
    assert 2 == len(world.host.all("Organizations"))


def test_a_restored_contact_of_a_deleted_record_is_not_made_in_the_crm_again(world: World) -> None:
    """The link stays as the proof that the CRM's record was let go."""
    crm_id, xero_id = one_linked(allowed(world), "Organizations")
    world.host.remove("Organizations", crm_id)
    world.sync()
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ACTIVE"})

    world.sync()

    assert [] == list(world.host.all("Organizations"))
    assert "gone_in_crm" == code_of(world, "Organizations", crm_id)
    assert "ACTIVE" == shown(world, "Organizations", xero_id)


def test_fifty_contacts_are_archived_by_one_call(world: World) -> None:
    """Removals travel in batches; the estimate of the plan knows it."""
    ids = [organisation(world, f"Org {n}") for n in range(60)]
    world.sync()
    allowed(world)
    world.settings("Organizations", brake_share=100)
    for crm_id in ids:
        world.host.remove("Organizations", crm_id)
    plan = world.plan()
    writes = len(sent(world))

    world.sync()

    assert {"Organizations": {"removed": 60}} == world.xt.sync.runs(1)[0].counts
    assert (2, 2) == (plan.estimate.calls, len(sent(world)) - writes)


def test_children_go_before_their_parents(world: World) -> None:
    """An invoice and its organisation deleted together: the invoice is voided first."""
    acme = organisation(world, "Acme")
    bill = invoice(world, "I1", acme)
    world.sync()
    allowed(world)
    world.host.remove("Invoices", bill)
    world.host.remove("Organizations", acme)

    world.sync()

    assert ["/api.xro/2.0/Invoices", "/api.xro/2.0/Contacts"] == [c.path for c in sent(world)[-2:]]
    assert {"Organizations": {"removed": 1}, "Invoices": {"removed": 1}} == (
        world.xt.sync.runs(1)[0].counts
    )


def _billed_in_xero(world: World, crm_id: str, code: str | None = None) -> None:
    """Somebody makes an invoice in Xero for a linked customer, of an item of this code."""
    line = {
        "Description": "Goods",
        "Quantity": 1,
        "UnitAmount": 10,
        "AccountCode": "200",
        "TaxType": "NONE",
        **({"ItemCode": code} if code else {}),
    }
    world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": world.xero_id("Organizations", crm_id)},
            "InvoiceNumber": "X1",
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Status": "AUTHORISED",
            "LineItems": [line],
        },
    )


def test_an_invoice_of_xero_names_no_product_that_goes_in_the_same_run(world: World) -> None:
    """The product was deleted in the CRM: the invoice waits, and its line comes in as a text."""
    acme, goods = organisation(world, "Acme"), product(world, "P1", sales_account="200")
    world.sync()
    allowed(world)
    world.host.remove("Products", goods)
    _billed_in_xero(world, acme, "P1")

    world.sync()
    assert ["held"] == [one.result for one in world.xt.sync.outcomes(module="Invoices")]
    world.sync()

    (bill,) = world.host.all("Invoices")
    assert [None] == [one["product_id"] for one in bill.lines]


def test_an_invoice_of_xero_waits_for_a_customer_that_goes_in_the_same_run(world: World) -> None:
    """It is not written to the customer that the CRM has deleted."""
    acme = organisation(world, "Acme")
    world.sync()
    allowed(world)
    world.host.remove("Organizations", acme)
    _billed_in_xero(world, acme)

    world.sync()

    (told,) = world.xt.sync.outcomes(module="Invoices")
    assert ("held", "parent_left_out") == (told.result, told.cause and told.cause.code)
    assert "Acme" == (told.cause and told.cause.data["parent"])
