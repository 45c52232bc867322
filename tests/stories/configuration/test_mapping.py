"""Which field is which: matched, mapped by hand, turned, and taken back; by every face."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.stories.configuration.conftest import Config, connected
from tests.stories.sync.people import invoice, line, organisation, product
from tests.web.test_modules_page import OWN, browser_of, sent
from tests.world import World
from xtiger.hosts.standard import standard_modules
from xtiger.model.mappings import Row
from xtiger.model.records import Field, Module


def _modules() -> tuple[Module, ...]:
    """A CRM whose organisations have fields that the CRM's people added."""
    custom = (Field("cf_1", label="DDI"), Field("cf_2", label="Region code"))
    return tuple(
        replace(one, fields=(*one.fields, *custom)) if one.name == "Organizations" else one
        for one in standard_modules()
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected(tmp_path / "crm", _modules()) as made:
        made.default_account()
        yield made


def _phone(world: World, crm_id: str, sort: str) -> str:
    phones = world.in_xero("Organizations", crm_id)["Phones"]
    return next(str(one["PhoneNumber"]) for one in phones if one["PhoneType"] == sort)


@pytest.mark.feature("F046")
def test_what_is_alike_is_mapped_from_the_start(world: World, config: Config) -> None:
    """A field that people added reaches the one of Xero that is called so; the rest waits."""
    kea = organisation(world, "Kea", cf_1="555 0100", cf_2="N7")
    world.sync()
    shown = config(world, "mapping", "show", "Organizations", "--json").json["mapping"]["rows"]
    page = browser_of(world).get("/xt/modules/Organizations").text

    assert "555 0100" == _phone(world, kea, "DDI")
    assert ["Phones.DDI"] == [one["xero"] for one in shown if one["crm"] == "cf_1"]
    assert "Region code" in page.split("Stay in the CRM", 1)[1]


@pytest.mark.feature("F047")
def test_a_field_is_chosen_for_one_of_xero_and_goes_both_ways(world: World) -> None:
    """From two lists on the page; what either side changes comes to the other."""
    kea = organisation(world, "Kea", cf_2="N7")
    world.sync()
    browser, address = browser_of(world), "/xt/modules/Organizations/fields"
    shown = browser.get(address).text
    form = sent(shown) | {"new.xero": "FirstName", "new.crm": "cf_2"}
    answer = browser.post(address, data=form, headers=OWN, follow_redirects=True)
    world.sync()
    there = world.in_xero("Organizations", kea)["FirstName"]
    world.wait()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", kea), {"FirstName": "S1"})
    world.sync()

    assert '<option value="FirstName">First name</option>' in shown
    assert "Saved. The next sync looks at all its records again." in answer.text
    assert ("N7", "S1") == (there, world.in_crm("Organizations", kea, "cf_2"))
    saved = world.xt.mappings.get("Organizations")
    assert saved is not None
    assert Row("cf_2", "FirstName") == saved.rows[-1]
    assert "web" == saved.saved_by


@pytest.mark.feature("F047")
def test_a_field_is_mapped_and_unmapped_by_the_command_line(world: World, config: Config) -> None:
    """By names and labels; one that is not there is named with what is near, and none is saved."""
    mapped = config(
        world,
        "mapping",
        "map",
        "Organizations",
        "Region code",
        "FirstName",
        "--direction",
        "to_xero",
        "--keep-when-empty",
        "--converter",
        "lower",
    )
    kea = organisation(world, "Kea", cf_2="N7")
    world.sync()
    there = world.in_xero("Organizations", kea)["FirstName"]
    wrong = config(world, "mapping", "map", "Organizations", "cf_3", "FirstName")
    gone = config(world, "mapping", "unmap", "Organizations", "FirstName", "--json")
    again = config(world, "mapping", "unmap", "Organizations", "First name")

    assert (0, "n7") == (mapped.code, there)
    assert "cf_2" in mapped.out
    assert "kept when empty" in mapped.out
    assert (3, True) == (
        wrong.code,
        "Organizations has no field cf_3; use one of: cf_" in wrong.err,
    )
    assert (3, 3) == (gone.json["version"], again.code)
    assert [] == [one for one in gone.json["rows"] if one["crm"] == "cf_2"]


def _rows(world: World) -> list[str]:
    found = world.xt.mappings.get("Organizations")
    assert found is not None
    return [one.xero for one in found.rows]


@pytest.mark.feature("F046")
def test_the_order_of_the_fields_is_theirs(tmp_path: Path, world: World, config: Config) -> None:
    """Moved by a button, what was typed beside it saved, too; on the page and in the text so."""
    browser, address = browser_of(world), "/xt/modules/Organizations/fields"
    first, second, third = _rows(world)[:3]
    form = sent(browser.get(address).text)
    typed = {f"{first}.converter": "upper", "do": f"up:{second}"}
    browser.post(address, data=form | typed, headers=OWN)
    by_button = _rows(world)
    moved = config(world, "mapping", "move", "Organizations", third, "up", "--json").json["rows"]
    page = browser.get("/xt/modules/Organizations").text
    file = tmp_path / "xero.toml"
    config(world, "config", "export", "--out", str(file))
    old = browser.post(address, data=form | {"do": f"down:{third}"}, headers=OWN)
    with connected(tmp_path / "other", _modules()) as there:
        config(there, "config", "apply", str(file))
        carried = _rows(there)

    assert [second, first, third] == by_button[:3]
    assert [second, third, first] == _rows(world)[:3] == carried[:3]
    assert [second, third, first] == [one["xero"] for one in moved[:3]]
    saved = world.xt.mappings.get("Organizations")
    assert saved is not None
    assert "upper" == next(one.converter for one in saved.rows if one.xero == first)
    described = next(one for one in world.xt.modules.described() if one.name == "Organizations")
    fields = [described.by_role(one.crm) for one in saved.rows[:3]]
    listed = re.findall(r'<tr><th scope="row">([^<]*)</th><td class="xt-short">.*?</td>', page)
    assert [one.label for one in fields if one is not None] == listed[:3]
    assert "Somebody saved these fields since." in old.text


def test_a_field_that_is_added_later_is_proposed(tmp_path: Path, config: Config) -> None:
    """Listed by the command line and on the page, and mapped by one press."""
    with connected(tmp_path / "crm", _modules()) as world:
        world.xt.mappings.unmap_field("Organizations", "Phones.DDI")
        listed = config(world, "mapping", "match", "Organizations", "--json").json
        address = "/xt/modules/Organizations/fields"
        page = browser_of(world).get(address).text
        browser_of(world).post(address, data={"do": "match"}, headers=OWN)
        mapped = world.xt.mappings.get("Organizations")
        none = config(world, "mapping", "match", "Organizations", "--save").out
        world.xt.mappings.unmap_field("Organizations", "DDI")
        saved = config(world, "mapping", "match", "Organizations", "--save").out

    assert [("cf_1", "Phones.DDI")] == [(one["crm"], one["xero"]) for one in listed["matched"]]
    assert "<li>DDI ↔ DDI</li>" in page
    assert mapped is not None
    assert Row("cf_1", "Phones.DDI") == mapped.rows[-1]
    assert "No other fields match." in none
    assert "version 5" in saved


@pytest.mark.feature("F148")
def test_what_is_mapped_is_listed_with_its_direction(world: World, config: Config) -> None:
    """On the page of the module and by `xtiger mapping show`: field, direction, field, marks."""
    said = config(world, "mapping", "show", "Organizations").out
    page = browser_of(world).get("/xt/modules/Organizations").text
    rows = re.findall(r'<tr><th scope="row">([^<]*)</th><td class="xt-short">.*?</td>', page)

    assert re.search(r"organisation\.number\s+→\s+AccountNumber", said)
    assert re.search(r"organisation\.website\s+←\s+Website\s+kept when empty", said)
    assert re.search(r"cf_1\s+↔\s+Phones\.DDI", said)
    assert {"Organization Number", "Website", "DDI"} <= set(rows)
    assert "</span> To Xero only</td>" in page


@pytest.mark.feature("F050")
def test_number_and_name_of_a_product_are_turned_for_old_books(
    world: World, config: Config
) -> None:
    """New: part number is the code. Turned: the name is, on lines too; both ways; and back."""
    page, address = browser_of(world), "/xt/modules/Products/fields"
    kea = organisation(world, "Kea")
    new = product(world, "P1", productname="Bolt")
    world.sync()
    first = world.in_xero("Products", new)
    page.post(address, data={"do": "names", "names_as_codes": "on"}, headers=OWN)
    old = product(world, "P2", productname="Nut")
    sold = invoice(world, "I1", kea, [line(product_id=old)])
    world.sync()
    second, turned = world.in_xero("Products", old), world.in_xero("Products", new)
    (cell,) = world.in_xero("Invoices", sold)["LineItems"]
    world.wait()
    world.sandbox.edit("Items", world.xero_id("Products", old), {"Name": "P3"})
    world.sync()
    number = world.in_crm("Products", old, "productcode")
    back = config(world, "mapping", "names-as-codes", "Products", "off")
    world.sync()

    assert ("P1", "Bolt") == (first["Code"], first["Name"])
    assert ("Nut", "P2", "Nut") == (second["Code"], second["Name"], cell["ItemCode"])
    assert ("Bolt", "P1") == (turned["Code"], turned["Name"])
    assert ("P3", 0) == (number, back.code)
    assert "P3" == world.in_xero("Products", old)["Code"]
    assert 'value="on" selected' not in page.get(address).text


@pytest.mark.feature("F049", "F149")
def test_taxes_and_accounts_are_mapped_as_fields_are(world: World) -> None:
    """The account and tax of a product by its rows; those of lines on the page of the module."""
    page, address = browser_of(world), "/xt/modules/Invoices"
    world.xt.sync.read_settings()
    form = sent(page.get(address).text)
    more = {"opt.sales_account": "260", "new.tax_word": "Reduced", "new.tax_rate": "RRINPUT"}
    chosen = {"new.tax_rate": "RROUTPUT", "new.tax_word": "Reduced", "opt.sales_account": "260"}
    page.post(address, data=form | more | chosen, headers=OWN)
    nut = product(world, "P1", sales_account="200", sales_tax="Zero Rated Income")
    taxed = line(tax_name="Reduced", tax_percent=Decimal(5))
    sold = invoice(world, "I1", organisation(world, "Kea"), [taxed])
    world.sync()
    (cell,) = world.in_xero("Invoices", sold)["LineItems"]
    details = world.in_xero("Products", nut)["SalesDetails"]
    world.wait()
    item = world.xero_id("Products", nut)
    world.sandbox.edit("Items", item, {"SalesDetails": {**details, "AccountCode": "260"}})
    world.sync()

    assert ("260", "RROUTPUT") == (cell["AccountCode"], cell["TaxType"])
    assert ("200", "ZERORATEDOUTPUT") == (details["AccountCode"], details["TaxType"])
    assert "260" == world.in_crm("Products", nut, "sales_account")


# --- versions ----------------------------------------------------------------------------------


def test_each_version_says_who_changed_what_and_is_returned_to(
    world: World, config: Config
) -> None:
    """By the command line; the return is a version itself, and the books follow it."""
    kea = organisation(world, "Kea", cf_1="555 0100")
    world.xt.mappings.unmap_field("Organizations", "Phones.DDI", by="Ann")
    world.sync()
    listed = config(world, "mapping", "versions", "Organizations", "--json").json["versions"]
    said = config(world, "mapping", "versions", "Organizations").out
    differs = config(world, "mapping", "diff", "Organizations", "1").out
    back = config(world, "mapping", "back", "Organizations", "1", "--json").json
    world.sync()
    none = config(world, "mapping", "back", "Organizations", "9")
    same = config(world, "mapping", "diff", "Organizations", "1", "3").out

    change = {"section": "Organizations", "name": "Phones.DDI", "before": "cf_1 ↔", "after": ""}
    assert [(2, "Ann", [change])] == [
        (one["version"], one["saved_by"], one["changes"]) for one in listed[:1]
    ]
    assert re.search(r"2 .* Ann .*Phones\.DDI\s+cf_1 ↔\s+·", said)
    assert re.search(r"Phones\.DDI\s+cf_1 ↔\s+·", differs)
    assert (3, [{**change, "before": "", "after": "cf_1 ↔"}]) == (back["version"], back["changes"])
    assert "555 0100" == _phone(world, kea, "DDI")
    assert (3, True) == (none.code, "There is no version 9; there are: 1 to 3." in none.err)
    assert "Nothing differs." == same.strip()


def test_a_version_is_returned_to_on_its_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with who, when and what; one that can no longer work is refused."""
    mappings, address = world.xt.mappings, "/xt/modules/Organizations/versions"
    mappings.map_field("Organizations", Row("cf_2", "FirstName"), by="Ann")
    mappings.unmap_field("Organizations", "FirstName", by="Bo")
    browser = browser_of(world)
    before = unescape(browser.get(address).text)
    browser.post(address, data={"version": "2"}, headers=OWN)
    after = mappings.versions("Organizations")
    monkeypatch.setattr(world.host, "_modules", {m.name: m for m in standard_modules()})
    refused = _returned(browser, address, "2")
    strange = [_returned(browser, address, one).status_code for one in ("99", "x")]

    assert "Version 3" in before
    assert " · Bo<" in before
    assert '<th scope="row">First name</th>' in before
    assert [(4, "web"), (3, "Bo"), (2, "Ann"), (1, "")] == [
        (one.mapping.version, one.mapping.saved_by) for one in after
    ]
    assert "Organizations has no field cf_2" in refused.text
    assert [200, 400] == strange
    assert 4 == mappings.versions("Organizations")[0].mapping.version


def _returned(browser: FlaskClient, address: str, version: str) -> TestResponse:
    return browser.post(address, data={"version": version}, headers=OWN)


def test_the_page_of_fields_keeps_what_was_typed_and_saves_no_half(world: World) -> None:
    """A mistake and a form of before are said; "not mapped" takes a row away; ticks count."""
    browser, address = browser_of(world), "/xt/modules/Organizations/fields"
    form = sent(browser.get(address).text)
    before = world.xt.mappings.get("Organizations")
    untouched = browser.post(address, data=form, headers=OWN).status_code
    same = world.xt.mappings.get("Organizations")
    wrong = browser.post(address, data=form | {"Phones.FAX.crm": "cf_1"}, headers=OWN).text
    good = form | {"Phones.DDI.crm": "", "Name.way": "to_xero", "Name.once": "on"}
    browser.post(address, data=good, headers=OWN)
    after = world.xt.mappings.get("Organizations")
    old = unescape(browser.post(address, data=form, headers=OWN).text)

    assert before is not None
    assert after is not None
    assert (303, before, 2) == (untouched, same, after.version)
    assert "cf_1 is filled from two fields of Xero; let one go to Xero only." in wrong
    assert [one for one in before.rows if one.xero not in ("Phones.DDI", "Name")] == list(
        after.rows[1:]
    )
    assert Row("organisation.name", "Name", "to_xero", True, True) == after.rows[0]
    assert "Somebody saved these fields since. Look at them again." in old


def test_a_difference_says_what_an_option_means(world: World, config: Config) -> None:
    """Beside the key that is typed to set it."""
    config(world, "mapping", "set", "Invoices", "tax:Half rate", "RROUTPUT")
    newest = world.xt.mappings.versions("Invoices")[0].mapping.version

    differs = config(world, "mapping", "diff", "Invoices", str(newest - 1)).out

    assert re.search(r"tax:Half rate: Xero's tax rate for Half rate\s+·\s+RROUTPUT", differs)


def test_a_version_names_an_option_as_the_page_of_its_module_does(world: World) -> None:
    """Not by the word that is typed."""
    (version, *_) = world.xt.mappings.versions("Invoices")
    browser = browser_of(world)
    shown = browser.get("/xt/modules/Invoices/versions").text
    page = browser.get("/xt/modules/Invoices").text

    assert "sales_account" in {one.name for one in version.changes}
    assert "sales_account" not in shown
    assert "Account of lines that name none" in shown
    assert "Account of lines that name none" in page
