"""What only Python decided in other tests, decided by people: by commands and on pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.configuration.conftest import Config, connected
from tests.stories.sync.people import invoice, organisation
from tests.web.test_modules_page import OWN, browser_of, sent
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected(tmp_path / "crm") as made:
        made.default_account()
        yield made


def _reference(world: World, crm_id: str) -> tuple[str, str, object]:
    """Status and reference in Xero, and the subject in the CRM."""
    there = world.in_xero("Invoices", crm_id)
    return there["Status"], there["Reference"], world.in_crm("Invoices", crm_id, "subject")


@pytest.mark.feature("O13")
@pytest.mark.parametrize("face", ["command", "page"])
def test_owners_by_status_are_chosen(world: World, config: Config, face: str) -> None:
    """A draft is the CRM's: Xero's edit is put back. Approved it is Xero's: ours is put back."""
    owners, address = "@DRAFT=crm, @AUTHORISED=xero", "/xt/modules/Invoices"
    if face == "command":
        assert 0 == config(world, "modules", "set", "Invoices", "--owners", owners).code
    else:
        page = browser_of(world)
        form = sent(page.get(address).text) | {"set.owners": owners}
        page.post(address, data=form, headers=OWN)
    acme = organisation(world, "Acme")
    own = invoice(world, "I1", acme, invoicestatus="Created", subject="Ours")
    world.sync()
    world.sandbox.edit("Invoices", world.xero_id("Invoices", own), {"Reference": "Theirs"})
    world.sync()
    draft = _reference(world, own)
    world.host.edit("Invoices", own, invoicestatus="Approved")
    world.sync()
    world.host.edit("Invoices", own, subject="Ours again")
    world.sync()

    assert ("DRAFT", "Ours", "Ours") == draft
    assert ("AUTHORISED", "Ours", "Ours") == _reference(world, own)
    assert owners.replace(" ", "") in config(world, "modules", "show", "Invoices").out.replace(
        " ", ""
    )
    assert 0 == world.actions()


@pytest.mark.feature("O13")
def test_an_owner_that_there_is_not_is_refused_on_both_faces(world: World, config: Config) -> None:
    """A status that Xero does not have: said with what may stand there, and nothing is saved."""
    wrong = config(world, "modules", "set", "Invoices", "--owners", "@Lost=crm")
    page, address = browser_of(world), "/xt/modules/Invoices"
    form = sent(page.get(address).text) | {"set.owners": "@Lost=crm"}
    shown = page.post(address, data=form, headers=OWN)

    assert 3 == wrong.code
    assert "There is no status Lost" in " ".join(wrong.err.split())
    assert "There is no status Lost" in shown.text
    assert () == world.xt.modules.settings("Invoices").owners


@pytest.mark.feature("F118")
def test_a_connection_only_reads_until_it_is_active(
    world: World, tmp_path: Path, config: Config
) -> None:
    """Chosen in the text, said on the record's page; Xero's edit comes, and ours goes later."""
    acme, bell = organisation(world, "Acme", phone="1"), organisation(world, "Bell")
    world.sync()
    file = tmp_path / "mode.toml"
    file.write_text('format = 1\n[start]\nmode = "read-only"\n')
    assert 0 == config(world, "config", "apply", str(file)).code
    world.host.edit("Organizations", acme, phone="2")
    theirs = world.xero_id("Organizations", bell)
    world.sandbox.edit("Contacts", theirs, {"TaxNumber": "GB9"})
    before = len([one for one in world.sandbox.calls() if one.method != "GET"])

    assert 0 == config(world, "sync").code
    waits = browser_of(world).get(f"/xt/record/Organizations/{acme}").text
    sent_by_now = len([one for one in world.sandbox.calls() if one.method != "GET"])
    file.write_text('format = 1\n[start]\nmode = "active"\n')
    config(world, "config", "apply", str(file))
    world.sync()

    phones = {one["PhoneType"]: one for one in world.in_xero("Organizations", acme)["Phones"]}
    assert before == sent_by_now
    assert "only reads" in waits
    assert "GB9" == world.in_crm("Organizations", bell, "vat_number")
    assert "2" == phones["DEFAULT"]["PhoneNumber"]
    assert 0 == world.actions()


@pytest.mark.feature("F118")
def test_the_half_that_stays_back_is_said_beside_the_one_that_went(
    world: World, config: Config
) -> None:
    """One record edited on both sides: Xero's half came, and nobody reads that both agree."""
    acme = organisation(world, "Acme", phone="1")
    world.sync()
    config(world, "start", "--mode", "read-only")
    world.host.edit("Organizations", acme, phone="2")
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"TaxNumber": "GB9"})
    run = world.sync()
    page = browser_of(world).get(f"/xt/record/Organizations/{acme}").text
    counted = world.xt.agreements.counts()[world.xt.connections.get().id]
    mark = world.xt.module_list("Organizations", [acme]).marks[acme]

    assert {"Organizations": {"updated": 1}} == run.counts
    assert "GB9" == world.in_crm("Organizations", acme, "vat_number")
    assert "only reads" in page
    assert "In step" not in page
    assert ({"left_out": 1}, "left_out") == (
        {word: n for word, n in counted.items() if n},
        mark.state,
    )


@pytest.mark.feature("F137")
def test_what_may_not_map_to_what_is_refused_on_both_faces(world: World, config: Config) -> None:
    """A yes or no is no text: both say which type it is and which are taken; nothing is saved."""
    before = world.xt.mappings.get("Organizations")
    wrong = config(world, "mapping", "map", "Organizations", "xero_sync", "CompanyNumber")
    page, address = browser_of(world), "/xt/modules/Organizations/fields"
    form = sent(page.get(address).text)
    described = next(one for one in world.xt.modules.described() if one.name == "Organizations")
    named = described.by_name("xero_sync")
    assert named is not None
    form |= {"new.xero": "CompanyNumber", "new.crm": named.role or named.name}
    shown = page.post(address, data=form, headers=OWN).text

    assert 3 == wrong.code
    assert "is of the type bool, CompanyNumber takes" in " ".join(wrong.err.split())
    assert "is of the type bool, CompanyNumber takes" in shown
    assert before == world.xt.mappings.get("Organizations")


@pytest.mark.feature("F146")
def test_what_succeeded_is_listed_on_both_faces(world: World, config: Config) -> None:
    """The scheduled sync and the record that went, by `xtiger queue list` and on its page."""
    config(world, "extensions", "enable", "XTQueue")
    config(world, "queue", "schedule", "set", "all", "10m")
    organisation(world, "Aroha Ltd")
    for seconds in (3, 601):
        world.wait(seconds)
        world.xt.tick()

    listed = config(world, "queue", "list", "--state", "done", "--json").json["jobs"]
    page = browser_of(world).get("/xt/queue?state=done").text

    assert {"done", "created"} <= {one.get("result", "") for one in listed}
    assert "Aroha Ltd" in page
    assert "scheduled sync" in page
