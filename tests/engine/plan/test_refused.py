"""What Xero refused is not sent again until something changes or a person asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.sync.people import contact, invoice, organisation, payment, people, person
from tests.world import World
from xtiger.errors import XeroRejected
from xtiger.ports.xero import ElementAnswer, WriteRequest
from xtiger.xero.organisations import XeroOrganisation

SAID = "Refused by a fault of the sandbox."


def _writes(world: World) -> int:
    """Requests so far that would change something in Xero."""
    return len(
        [c for c in world.sandbox.calls() if c.path.startswith("/api.xro") and c.method != "GET"]
    )


@pytest.fixture
def refused(world: World) -> str:
    """An organisation that Xero has refused once, and would take now; its id."""
    acme = organisation(world, "Acme")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT")
    world.sync()
    assert ("failed", "xero_refused") == _standing(world, "Organizations", acme)
    return acme


def _standing(world: World, module: str, crm_id: str) -> tuple[str, str]:
    outcome = world.outcome(module, crm_id)
    return outcome.result, outcome.cause.code if outcome.cause else ""


def test_it_costs_no_write_and_stays_visible(world: World, refused: str) -> None:
    """Three syncs and a whole one later: no write, no action planned, the outcome in each run."""
    writes = _writes(world)
    for full in (False, False, False, True):
        run = world.sync(full=full)
        assert 1 == run.counts["Organizations"]["failed"]

    assert (writes, 0) == (_writes(world), world.actions())
    assert SAID in str(world.outcome("Organizations", refused).cause)


def test_an_edit_lets_it_go(world: World, refused: str) -> None:
    """Whoever corrects the record in the CRM has it sent by the next sync."""
    world.host.edit("Organizations", refused, accountname="Acme Ltd")
    world.sync()

    assert ["Acme Ltd"] == [one["Name"] for one in world.xero("Contacts")]


def test_a_save_that_changes_nothing_sends_nothing(world: World, refused: str) -> None:
    """Only what would be sent counts, not that somebody pressed Save."""
    writes = _writes(world)
    world.host.edit("Organizations", refused, accountname="Acme")
    world.sync()

    assert writes == _writes(world)


def test_a_person_asks(world: World, refused: str) -> None:
    """Copy to Xero sends it once more, whatever was refused before."""
    world.wait()
    outcomes = world.xt.sync.records("Organizations", [refused])

    assert ["created"] == [one.result for one in outcomes]
    assert 0 == world.actions()


def test_an_on_save_run_is_no_wish(world: World, refused: str) -> None:
    """The queue and the CRM's own saves do not repeat what Xero refused."""
    writes = _writes(world)
    world.wait()
    outcomes = world.xt.sync.records("Organizations", [refused], trigger="save")

    assert (["failed"], writes) == ([one.result for one in outcomes], _writes(world))


def _account_renamed(world: World) -> None:
    account = next(row for row in world.xero("Accounts") if row.get("Code") == "260")
    world.sandbox.edit("Accounts", account["AccountID"], {"Name": "Renamed"})
    world.wait(3_700)
    world.sync()  # each run renews one or two of the lists
    world.sync()


def _rate_made(world: World) -> None:
    components = [{"Name": "New", "Rate": "7"}]
    world.sandbox.add(
        "TaxRates", {"Name": "New", "ReportTaxType": "OUTPUT", "TaxComponents": components}
    )
    world.wait(3_700)
    world.sync()
    world.sync()


def _mapped(world: World) -> None:
    world.default_account("260")
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    world.xt.mappings.save(
        type(mapping)(mapping.module, mapping.kind, mapping.rows, options={"type_words": {}})
    )
    world.sync()


@pytest.mark.parametrize("change", [_account_renamed, _rate_made, _mapped])
def test_a_change_of_lists_or_mapping_lets_it_go(
    world: World, refused: str, change: Callable[[World], None]
) -> None:
    """An account, a tax rate or the mapping was changed: Xero is asked once more."""
    change(world)

    assert ["Acme"] == [one["Name"] for one in world.xero("Contacts")]


def test_a_change_of_its_parent_lets_it_go(world: World) -> None:
    """An invoice that was refused goes once its customer was changed in Xero."""
    acme = organisation(world, "Acme")
    world.sync()
    bill = invoice(world, "I1", acme)
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Invoices", method="PUT")
    world.sync()
    world.sync()
    assert ("failed", "xero_refused") == _standing(world, "Invoices", bill)

    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", acme), {"EmailAddress": "a@b.example"}
    )
    world.sync()

    assert ("created", "") == _standing(world, "Invoices", bill)


def test_an_update_is_remembered_too(world: World, refused: str) -> None:
    """An edit that Xero refused is not sent again; a later edit goes."""
    world.xt.sync.records("Organizations", [refused])
    world.host.edit("Organizations", refused, phone="1")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="POST")
    world.sync()
    writes = _writes(world)
    world.sync()
    assert writes == _writes(world)

    world.host.edit("Organizations", refused, phone="2")
    world.sync()

    assert "2" == world.in_xero("Organizations", refused)["Phones"][0]["PhoneNumber"]


def test_a_removal_is_remembered_too(world: World, refused: str) -> None:
    """A contact that Xero does not let go is not asked for at each run."""
    world.settings("Organizations", delete_in_xero=True)
    world.xt.sync.records("Organizations", [refused])
    world.host.remove("Organizations", refused)
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="POST")
    world.sync()
    writes = _writes(world)
    world.sync()

    assert writes == _writes(world)


def test_a_payment_is_remembered_too(world: World) -> None:
    """A payment that Xero refused is sent once, and again when its amount was corrected."""
    bill = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    money = payment(world, bill, "4")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Payments", method="PUT")
    world.sync()
    writes = _writes(world)
    world.sync()
    assert writes == _writes(world)

    world.host.edit("Payments", money, amount="5")
    world.sync()

    assert ("created", "") == _standing(world, "Payments", money)


@pytest.fixture
def couple(world: World) -> tuple[str, str, str]:
    """An organisation with two persons that Xero has refused once, and would take now."""
    acme = organisation(world, "Acme", email1="office@acme.example")
    world.sync()
    both = contact(world, "Ann", "Lee", acme), contact(world, "Bob", "Ray", acme)
    # Together, and then each alone.
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="POST", count=3)
    world.sync()
    assert [("failed", "xero_refused")] * 2 == [_standing(world, "Contacts", o) for o in both]
    return (acme, *both)


def test_one_that_xero_refuses_stops_no_other(world: World) -> None:
    """Xero refuses the list and says not for whom: who is fine goes, the other one waits alone.

    That is found out once: the syncs after it write nothing, until that person is edited.
    """
    acme = organisation(world, "Acme", email1="office@acme.example")
    bolt = organisation(world, "Bolt", email1="office@bolt.example")
    world.sync()
    ann, bob, cid = (
        contact(world, *name, acme) for name in (("Ann", "Lee"), ("Bob", "Ray"), ("Cid", "Fox"))
    )
    dee = contact(world, "Dee", "Hay", bolt)
    # The list of Acme, and then Ann alone.
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="POST", count=2)
    world.sync()
    refused, fine = ("failed", "xero_refused"), ("created", "")

    assert [refused, fine, fine, fine] == [
        _standing(world, "Contacts", one) for one in (ann, bob, cid, dee)
    ]
    assert ["Bob Ray ", "Cid Fox "] == people(world, acme)
    writes = _writes(world)
    world.sync()
    world.sync(full=True)
    assert (writes, refused) == (_writes(world), _standing(world, "Contacts", ann))

    world.host.edit("Contacts", ann, lastname="Lee-Young")
    world.sync()
    assert ["Ann Lee-Young ", "Bob Ray ", "Cid Fox "] == sorted(people(world, acme))
    assert 0 == world.actions()


def test_one_list_that_spoils_the_request_is_found(world: World) -> None:
    """Xero refuses a whole request for one element: the other lists arrive, as other records do."""
    names = ("Acme", "Bolt", "Cork")
    theirs = [organisation(world, n, email1=f"office@{n.lower()}.example") for n in names]
    world.sync()
    ids = [contact(world, name, "Lee", one) for name, one in zip(names, theirs, strict=True)]
    # All three, the first alone; the other two pass.
    world.sandbox.fault("status", path="/api.xro/2.0/Contacts", method="POST", status=400, count=2)
    world.sync()

    assert ["failed", "created", "created"] == [_standing(world, "Contacts", o)[0] for o in ids]


def test_persons_are_remembered_too(world: World, couple: tuple[str, str, str]) -> None:
    """A list of persons that Xero refused costs no write, and each stays visible as refused."""
    writes = _writes(world)
    for full in (False, False, True):
        run = world.sync(full=full)
        assert 2 == run.counts["Contacts"]["failed"]

    assert (writes, 0) == (_writes(world), world.actions())
    assert SAID in str(world.outcome("Contacts", couple[2]).cause)


def _edit_one(world: World, couple: tuple[str, str, str]) -> None:
    world.host.edit("Contacts", couple[1], lastname="Lee-Young")


def _add_one(world: World, couple: tuple[str, str, str]) -> None:
    contact(world, "Cid", "Fox", couple[0])


def _add_in_xero(world: World, couple: tuple[str, str, str]) -> None:
    contact_id = world.xero_id("Organizations", couple[0])
    world.sandbox.edit("Contacts", contact_id, {"ContactPersons": [person("Dee", "Hay")]})


@pytest.mark.parametrize("change", [_edit_one, _add_one, _add_in_xero])
def test_a_change_of_anybody_on_the_list_lets_it_go(
    world: World,
    couple: tuple[str, str, str],
    change: Callable[[World, tuple[str, str, str]], None],
) -> None:
    """One person edited, added in the CRM or in Xero: the whole list is sent again."""
    change(world, couple)
    world.sync()

    assert {"Ann", "Bob"} <= {one.split()[0] for one in people(world, couple[0])}
    assert 0 == world.actions()


def test_asking_for_one_person_sends_it(world: World, couple: tuple[str, str, str]) -> None:
    """Copy to Xero on one of them sends it once more; the other one follows."""
    world.wait()
    outcomes = world.xt.sync.records("Contacts", [couple[1]])
    assert ["created"] == [one.result for one in outcomes]

    world.sync()
    assert ["Ann", "Bob"] == [one.split()[0] for one in people(world, couple[0])]
    assert 0 == world.actions()


def test_a_person_taken_off_is_remembered_too(world: World, couple: tuple[str, str, str]) -> None:
    """A list that Xero refuses to shorten is not sent at each run."""
    world.xt.sync.records("Contacts", couple[1:])
    world.settings("Contacts", delete_in_xero=True)
    world.host.remove("Contacts", couple[2])
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="POST")
    world.sync()
    writes = _writes(world)
    world.sync()

    assert (writes, 0) == (_writes(world), world.actions())


def test_one_who_left_for_another_list_is_remembered_too(
    world: World, couple: tuple[str, str, str]
) -> None:
    """The list that it leaves is refused: it is on the new one, and not asked for at each run."""
    world.xt.sync.records("Contacts", couple[1:])
    bolt = organisation(world, "Bolt", email1="office@bolt.example")
    world.sync()
    world.host.edit("Contacts", couple[2], account_id=bolt)
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="POST", after=1)
    world.sync()
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="POST")
    world.sync()
    writes = _writes(world)
    world.sync()

    assert (["Bob Ray "], writes, 0) == (people(world, bolt), _writes(world), world.actions())


def test_one_that_spoils_the_request_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero refuses a whole request for one element: the others arrive, that one waits alone."""
    ids = [organisation(world, name) for name in ("A", "B", "Spoilt", "D", "E")]
    real = XeroOrganisation.send

    def send(door: XeroOrganisation, request: WriteRequest) -> Any:
        if b"Spoilt" in request.body:
            raise XeroRejected("PUT /Contacts", 400, ["Error converting value"])
        return real(door, request)

    monkeypatch.setattr(XeroOrganisation, "send", send)
    world.sync()

    assert ["created", "created", "failed", "created", "created"] == [
        world.outcome("Organizations", one).result for one in ids
    ]
    assert 0 == world.actions()


def test_all_reasons_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Xero says of a record in two sentences stays two, in the run and in those after it."""
    said = ["Invoice # must be unique.", "One thing is odd.", "So is another."]
    acme = organisation(world, "Acme")
    world.sync()
    bill = invoice(world, "I1", acme)
    real = XeroOrganisation.send

    def send(door: XeroOrganisation, request: WriteRequest) -> Any:
        if request.path == "/Invoices":
            return [ElementAnswer(False, {}, tuple(said))]
        return real(door, request)

    monkeypatch.setattr(XeroOrganisation, "send", send)
    for _ in range(2):
        world.sync()
        outcome = world.outcome("Invoices", bill)
        assert outcome.cause is not None
        assert ("held", ["number_taken", "xero_refused"]) == (
            outcome.result,
            [one.code for one in outcome.cause.each()],
        )
        assert "One thing is odd.; So is another." == outcome.cause.each()[1].data["message"]
