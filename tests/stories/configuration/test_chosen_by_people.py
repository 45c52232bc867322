"""Which way records move, who wins, who is the same: chosen by people, by commands and on pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.stories.configuration.conftest import Config, connected
from tests.stories.starting.test_historical import newcomer
from tests.stories.sync.people import invoice, organisation
from tests.stories.sync.test_first_link import contact
from tests.stories.sync.test_people_alone import bill
from tests.stories.sync.test_solving import email
from tests.web.test_conflicts import press as press_conflict
from tests.web.test_modules_page import OWN, sent
from tests.web.test_plan import browser_of, press, text
from tests.web.test_twins import press as press_twins
from tests.world import World
from xtiger.model.start_answers import StartAnswers

#: What is typed on the page of historical syncs.
RANGE = {"first": "2025-01-01", "last": "2025-12-31", "batch": "2"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected(tmp_path / "crm") as made:
        made.default_account()
        yield made


def choose_on(page: FlaskClient, module: str, **given: str) -> None:
    """Change what a module's page has, and press Save."""
    address = f"/xt/modules/{module}"
    form = sent(page.get(address).text)
    fields = {name.replace("_", ".", 1): value for name, value in given.items()}
    assert fields.keys() - form.keys() <= {"opt.types_from_xero"}
    answer = page.post(address, data=form | fields, headers=OWN, follow_redirects=True)
    assert "Saved." in answer.text


def synced_on_the_page(world: World) -> None:
    """Press Sync now; a worker carries it out."""
    world.xt.tick()
    press(browser_of(world), "run")
    world.wait()
    world.xt.tick()
    world.check()


@pytest.mark.feature("F021")
def test_types_follow_xero_by_a_command(world: World, config: Config) -> None:
    """Switched on with a word of one's own: bills make a supplier, a sale beside them a partner."""
    both, supplier = organisation(world, "Both Ltd"), organisation(world, "Supplier Ltd")
    for option, value in (("types_from_xero", "yes"), ("type:both", "Partner")):
        done = config(world, "mapping", "set", "Organizations", option, value)
        assert 0 == done.code, done.err
    world.wait()
    config(world, "sync")
    bill(world, world.xero_id("Organizations", both), "S1", "ACCREC")
    for number, one in enumerate((both, supplier)):
        bill(world, world.xero_id("Organizations", one), f"B{number}")
    world.wait()

    ended = config(world, "sync")

    types = [world.in_crm("Organizations", one, "accounttype") for one in (both, supplier)]
    assert (0, ["Partner", "Supplier"]) == (ended.code, types)
    assert 0 == world.actions()


@pytest.mark.feature("F021")
def test_types_follow_xero_by_a_box(world: World) -> None:
    """Ticked on the module's page: the bill of a contact makes a supplier of its organisation."""
    acme = organisation(world, "Acme")
    synced_on_the_page(world)
    choose_on(browser_of(world), "Organizations", opt_types_from_xero="on")
    bill(world, world.xero_id("Organizations", acme), "B1")
    world.wait()
    synced_on_the_page(world)

    assert "Supplier" == world.in_crm("Organizations", acme, "accounttype")
    assert 0 == world.actions()


@pytest.mark.feature("F039")
@pytest.mark.parametrize("face", ["command", "page"])
@pytest.mark.parametrize(("direction", "wanted"), [("to_xero", (2, 1)), ("to_crm", (1, 2))])
def test_a_direction_is_chosen(
    world: World, config: Config, face: str, direction: str, wanted: tuple[int, int]
) -> None:
    """New records travel that way only; with both chosen again the others follow."""
    contact(world, "In Xero")
    organisation(world, "In the CRM")
    counts = []
    for way in (direction, "both"):
        if face == "command":
            config(world, "modules", "set", "Organizations", "--direction", way)
            world.wait()
            assert 0 == config(world, "sync").code
        else:
            choose_on(browser_of(world), "Organizations", set_direction=way)
            world.wait()
            synced_on_the_page(world)
        counts.append((len(world.xero("Contacts")), len(world.host.all("Organizations"))))

    assert [wanted, (2, 2)] == counts


@pytest.mark.feature("F080")
@pytest.mark.parametrize("face", ["command", "page"])
def test_history_of_xero_is_brought(world: World, config: Config, face: str) -> None:
    """Invoices of a year before the start, two by two, with the contacts that they are for."""
    world.xt.start.answer(StartAnswers(from_day=date(2026, 11, 1)), "a test")
    world.xt.start.advance("all", "a test")
    for month in (1, 2, 3):
        newcomer(world, f"X{month}", f"2025-0{month}-10")
    newcomer(world, "LATER", "2026-02-10")
    world.sync()
    came = [_numbers(world)]

    if face == "command":
        days = ("--from", "2025-01-01", "--to", "2025-12-31", "--batch", "2")
        config(world, "historical", "begin", "Invoices", "--from-xero", *days)
    else:
        form = {"module": "Invoices", "way": "to_crm", **RANGE}
        browser_of(world).post("/xt/historical", data=form, headers=OWN)
    said = [_how_far(world, config, face)]
    for _ in range(2):
        came.append(_numbers(world))
        world.wait()
        if face == "command":
            config(world, "historical", "next")
        else:
            browser_of(world).post("/xt/historical/next", headers=OWN)
        said.append(_how_far(world, config, face))
    came.append(_numbers(world))

    assert [[], [], ["X1", "X2"], ["X1", "X2", "X3"]] == came
    assert ["0 of 3 done.", "2 of 3 done.", "3 of 3 done."] == said
    firms = {one.ref.id: one.values["accountname"] for one in world.host.all("Organizations")}
    assert ["Newcomer X1", "Newcomer X2", "Newcomer X3"] == sorted(
        firms[str(one.values["account_id"])] for one in world.host.all("Invoices")
    )


def _how_far(world: World, config: Config, face: str) -> str:
    """What is said of how far it is."""
    on_page = text(browser_of(world).get("/xt/historical").text)
    shown = config(world, "historical").out if face == "command" else on_page
    return next(iter(re.findall(r"\d of \d done\.", shown)), "")


def _numbers(world: World) -> list[str]:
    return sorted(str(one.values["invoice_no"]) for one in world.host.all("Invoices"))


@pytest.mark.feature("F116")
@pytest.mark.parametrize("face", ["command", "page"])
@pytest.mark.parametrize("winner", ["crm", "xero"])
def test_who_wins_is_chosen(world: World, config: Config, face: str, winner: str) -> None:
    """Both changed the e-mail: that of the chosen side is on both after the next sync."""
    if face == "command":
        config(world, "modules", "set", "Organizations", "--conflict", winner)
    else:
        choose_on(browser_of(world), "Organizations", set_conflict=winner)
    acme = _edited_on_both_sides(world)

    if face == "command":
        assert 0 == config(world, "sync").code
    else:
        synced_on_the_page(world)

    assert (f"{winner}@b.example",) * 2 == email(world, acme)
    assert 0 == world.actions()


@pytest.mark.feature("F116")
@pytest.mark.parametrize("face", ["command", "page"])
def test_who_is_asked_decides(world: World, config: Config, face: str) -> None:
    """By default nobody wins: both values wait, and a person keeps that of Xero."""
    acme = _edited_on_both_sides(world)
    world.sync()
    asked = email(world, acme)

    if face == "command":
        keep = ("conflicts", "solve", "Organizations", acme, "--keep", "xero", "--now")
        assert 0 == config(world, *keep).code
    else:
        assert "It is decided." in press_conflict(browser_of(world), "xero", "EmailAddress")

    assert ("crm@b.example", "xero@b.example") == asked
    assert ("xero@b.example",) * 2 == email(world, acme)
    assert 0 == world.actions()


def _edited_on_both_sides(world: World) -> str:
    """An organisation in step whose e-mail was changed on both sides; returns its id."""
    acme = organisation(world, "Acme", email1="a@b.example")
    world.sync()
    world.host.edit("Organizations", acme, email1="crm@b.example")
    xero_id = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@b.example"})
    world.wait()
    return acme


@pytest.mark.feature("F116")
@pytest.mark.parametrize("face", ["command", "page"])
def test_nothing_empty_overwrites_where_it_is_chosen(
    world: World, config: Config, face: str
) -> None:
    """A phone that Xero cleared stays in the CRM; the fax, whose row says nothing, is cleared."""
    if face == "command":
        row = ("organisation.phone", "Phones.DEFAULT", "--keep-when-empty")
        done = config(world, "mapping", "map", "Organizations", *row)
        assert 0 == done.code, done.err
    else:
        page, address = browser_of(world), "/xt/modules/Organizations/fields"
        form = sent(page.get(address).text) | {"Phones.DEFAULT.kept": "on"}
        page.post(address, data=form, headers=OWN)
    acme = organisation(world, "Acme", phone="1", fax="2")
    world.sync()
    cleared = [{"PhoneType": one, "PhoneNumber": ""} for one in ("DEFAULT", "FAX")]
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"Phones": cleared})

    world.sync()

    kept, lost = (world.in_crm("Organizations", acme, name) for name in ("phone", "fax"))
    assert ("1", True) == (kept, lost in ("", None))
    assert 0 == world.actions()


@pytest.mark.feature("F117")
@pytest.mark.parametrize("face", ["command", "twins", "page"])
def test_a_second_contact_is_made_an_alias(world: World, config: Config, face: str) -> None:
    """Xero bills one organisation by two contacts: both lead to it, and neither is made anew."""
    acme = organisation(world, "Acme Tools Ltd", email1="a@acme.example")
    own = invoice(world, "I1", acme)
    world.sync()
    second = contact(world, "Acme Tools Billing", EmailAddress="a@acme.example")
    world.plan()

    if face == "command":
        done = config(world, "link", "Organizations", acme, second, "--alias")
        assert 0 == done.code, done.err
    elif face == "twins":
        (group,) = config(world, "twins", "--json").json["groups"]
        done = config(world, "twins", "answer", "Organizations", group["key"], "--as", "alias")
        assert 0 == done.code, done.err
    else:
        assert "It is an alias now" in press_twins(browser_of(world), world, "alias")
    world.sandbox.edit("Invoices", world.xero_id("Invoices", own), {"ContactID": second})
    world.sync()

    assert ["Acme Tools Ltd"] == [
        one.values["accountname"] for one in world.host.all("Organizations")
    ]
    assert ["Acme Tools Billing", "Acme Tools Ltd"] == sorted(
        one["Name"] for one in world.xero("Contacts")
    )
    assert acme == world.in_crm("Invoices", own, "account_id")
    # What both owe stands together on the organisation's panel.
    bill(world, second, "S2", "ACCREC")
    world.sync()
    assert "Outstanding 22.00 GBP" in text(
        browser_of(world).get(f"/xt/record/Organizations/{acme}").text
    )
    assert 0 == world.actions()
