"""Codes of a CRM with several organisations, or with one that does not fit: raised and cured."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from pathlib import Path

import pytest

from tests.services.test_ended_owner import aroha, connect, linked
from tests.services.test_routing import NORTH, SOUTH, _code, _names, _numbers, _sync, two
from tests.stories.breaking.crms import sandbox_for
from tests.stories.cures.telling import enter
from tests.stories.sync.people import invoice, organisation
from tests.world import World
from xtiger.cli.failure import Ended
from xtiger.errors import WrongOrganisation
from xtiger.model.plans import Item

__all__ = ["aroha", "linked", "two"]
#: The codes that come up and are cured here.
SHOWN = frozenset(
    {
        "base_currency_differs",
        "not_master",
        "owner_ended",
        "routed_elsewhere",
        "routing_missing",
        "undo_shared",
    }
)


def test_a_default_says_where_it_belongs(two: World) -> None:
    """`route default` lets the invoice go to the organisation that it names."""
    bill = invoice(two, "NEW-1", organisation(two, "Kea"))
    _sync(two, SOUTH)
    assert "routing_missing" == _code(two, SOUTH, bill)
    enter(two, "route", "default", SOUTH)

    _sync(two, SOUTH)

    assert (None, ["NEW-1"]) == (_code(two, SOUTH, bill), _numbers(two, SOUTH))


def test_a_rule_says_where_it_belongs(two: World) -> None:
    """`route set` lets it go to one; in the other nothing is to be done."""
    bill = invoice(two, "NEW-1", organisation(two, "Kea"), branch="South")
    _sync(two, NORTH)
    assert "routing_missing" == _code(two, NORTH, bill)
    enter(two, "route", "set", "Invoices", "branch=South", SOUTH)

    _sync(two, NORTH)
    _sync(two, SOUTH)

    assert ("routed_elsewhere", None) == (_code(two, NORTH, bill), _code(two, SOUTH, bill))
    assert ([], ["NEW-1"]) == (_numbers(two, NORTH), _numbers(two, SOUTH))
    enter(two, "route", "show")


@pytest.mark.parametrize("way", ["master", "crm"])
def test_a_customer_of_another_than_the_master(two: World, way: str) -> None:
    """`route master`, or making it in the CRM, ends it; there is one of it in Xero after both."""
    there = two.sandbox.add("Contacts", {"Name": "Weka"}, two.organisation(SOUTH))["ContactID"]
    _sync(two, SOUTH, "Organizations")
    (told,) = two.xt.sync.outcomes(
        connection_id=two.xt.connections.get(SOUTH).id, module="Organizations"
    )
    assert "not_master" == (told.cause and told.cause.code)
    if way == "master":
        enter(two, "route", "master", SOUTH)
        _sync(two, SOUTH, "Organizations")
    else:
        weka = organisation(two, "Weka")
        _sync(two, SOUTH, "Organizations")
        assert "contact_same_name" == _code(two, SOUTH, weka, "Organizations")
        enter(two, "--connection", SOUTH, "link", "Organizations", weka, there)
        _sync(two, SOUTH, "Organizations")

    assert ["Weka"] == _names(two, SOUTH)
    assert ["Weka"] == [one.values["accountname"] for one in two.host.all("Organizations")]
    newest = two.xt.sync.outcomes(connection_id=two.xt.connections.get(SOUTH).id, limit=1)[0]
    assert newest.cause is None


def test_what_another_organisation_has_too_is_not_taken_back(two: World) -> None:
    """A customer that one brought stays for the other, until that has it no longer."""
    two.xt.routing.set_master(NORTH)
    two.sandbox.add("Contacts", {"Name": "Weka"}, two.organisation(NORTH))
    two.wait()
    run = two.xt.sync.run(["Organizations"], NORTH)
    weka = next(
        one.ref.id for one in two.host.all("Organizations") if "Weka" == one.values["accountname"]
    )
    _sync(two, SOUTH, "Organizations")
    two.wait()
    (item,) = [one for one in _planned(two, run.id) if one.crm_id == weka]
    assert "undo_shared" == (item.cause and item.cause.code)

    two.xt.links.unlink("Organizations", weka, connection_id=two.xt.connections.get(SOUTH).id)

    (item,) = [one for one in _planned(two, run.id) if one.crm_id == weka]
    assert "delete" == item.verb


def _planned(two: World, run_id: str) -> tuple[Item, ...]:
    connection_id = two.xt.connections.get(NORTH).id
    return two.xt.undo.plan([run_id], module="Organizations", connection_id=connection_id).items


def test_a_cure_names_the_organisation_where_there_are_several(two: World) -> None:
    """Typed as it stands it links in the right one; alone connected, none is named."""
    there = two.sandbox.add("Contacts", {"Name": "Weka"}, two.organisation(SOUTH))["ContactID"]
    weka = organisation(two, "Weka")
    _sync(two, SOUTH, "Organizations")
    south = two.xt.connections.get(SOUTH).id
    (told,) = two.xt.sync.outcomes(connection_id=south, module="Organizations", crm_id=weka)
    fix = two.xt.sentences.cause(told.cause, "command", told)[1]
    words = shlex.split(fix.partition("xtiger ")[2].removesuffix("."))

    assert ["--connection", SOUTH, "link", "Organizations", weka, there] == words
    enter(two, *words)
    _sync(two, SOUTH, "Organizations")
    assert _code(two, SOUTH, weka, "Organizations") is None
    two.xt.connections.disconnect(two.xt.connections.get(NORTH).id)

    assert "--connection" not in two.xt.sentences.cause(told.cause, "command", told)[1]


def test_plan_and_proof_name_the_organisation(
    two: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """What both tell to type names it, and holds the Xero id where the last sync knew it."""
    there = two.sandbox.add("Contacts", {"Name": "Weka"}, two.organisation(SOUTH))["ContactID"]
    weka = organisation(two, "Weka")
    typed = f"xtiger --connection '{SOUTH}' link Organizations {weka} {there}"
    two.wait()
    enter(two, "--connection", SOUTH, "plan", "Organizations", "--held")
    planned = " ".join(capsys.readouterr().out.split())
    _sync(two, SOUTH, "Organizations")
    with suppress(SystemExit, Ended):
        enter(two, "--connection", SOUTH, "reconcile", "Organizations", "--json")
    (one, *_rest) = json.loads(capsys.readouterr().out)["standing"]

    assert typed in planned
    assert one["command"] == typed


def test_a_cure_offers_every_xero_id(two: World) -> None:
    """Of two contacts of that name neither is chosen for the person: both ids stand there."""
    ids = [
        two.sandbox.add("Contacts", {"Name": name}, two.organisation(SOUTH))["ContactID"]
        for name in ("Weka Ltd", "Weka Limited")
    ]
    weka = organisation(two, "Weka")
    _sync(two, SOUTH, "Organizations")
    south = two.xt.connections.get(SOUTH).id
    (told,) = two.xt.sync.outcomes(connection_id=south, module="Organizations", crm_id=weka)
    fix = two.xt.sentences.cause(told.cause, "command", told)[1]

    assert "contact_near_name" == (told.cause and told.cause.code)
    assert f"link Organizations {weka} XERO_ID" in fix
    assert all(one in fix.partition("XERO_ID is one of: ")[2] for one in ids)


def test_connecting_again_lets_its_documents_go_on(aroha: World, linked: str) -> None:
    """The panel of the invoice says so until its organisation is connected again."""
    assert ["owner_ended"] == [one.code for one in aroha.xt.panel("Invoices", linked).messages]
    connect(aroha, "Aroha Trading Ltd")

    aroha.wait()
    aroha.xt.sync.run(["Invoices"], "Aroha Trading Ltd")

    assert [] == list(aroha.xt.panel("Invoices", linked).messages)


def test_an_organisation_in_the_crms_currency_ends_it(tmp_path: Path) -> None:
    """The CRM is set to another currency: panel and sync say it, and one of that currency ends it.

    Nothing was sent to the one that counts otherwise; the record goes to the new one.
    """
    with sandbox_for(tmp_path) as projects:
        project = projects.project("crm")
        world = project.open()
        world.connect()
        project.currency = "AUD"
        world = project.again()
        (acme,) = project.add("Acme")
        assert ["base_currency_differs"] == [
            one.code for one in world.xt.panel("Organizations", acme).messages
        ]
        with pytest.raises(WrongOrganisation):
            world.sync()
        assert [] == world.xero("Contacts")

        there = projects.sandbox.add_organisation("Sydney Trading", "AU")
        world.xt.connections.disconnect(world.xt.connections.get().id)
        world.connect("Sydney Trading")
        world.sync()

        assert "created" == world.outcome("Organizations", acme).result
        assert ["Acme"] == [one["Name"] for one in projects.sandbox.table("Contacts", there)]
        shown = [one.code for one in world.xt.panel("Organizations", acme).messages]
        assert "base_currency_differs" not in shown
