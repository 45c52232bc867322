"""The pages of the modules on the real library: what they show, save and refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.mapping.module_settings import SETTINGS
from xtiger.model.records import Choice, Module
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


def browser_of(world: World, *, administrator: bool = True) -> FlaskClient:
    """A browser whose user reads the pages, and as administrator changes them."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: administrator, may_read=lambda: True)
    )
    return app.test_client()


def sent(page: str) -> dict[str, str | list[str]]:
    """What a browser would post of the page's form."""
    form = page[page.index("<form") : page.index("</form>")]
    found: dict[str, str | list[str]] = {"shown": []}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.findall(rf'{one}="([^"]*)"', tag) for one in ("name", "value"))
        if name == ["shown"]:
            found["shown"] = [*found["shown"], unescape(value[0])]
        elif "checkbox" not in tag or "checked" in tag:
            found[unescape(name[0])] = unescape(value[0])
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', inner)
        found[unescape(name)] = unescape((chosen or re.findall(r'value="([^"]*)"', inner))[0])
    return found


def test_every_setting_has_a_control(world: World) -> None:
    """The usual ones first, the rest under More; a new setting appears with the table."""
    page = browser_of(world).get("/xt/modules/Organizations").text
    usual, more = page[: page.index("<details")], page[page.index("<details") :]

    assert all(f'name="set.{one.name}"' in (usual if one.usual else more) for one in SETTINGS)
    assert 'name="opt.types_from_xero"' in more


def test_what_is_not_touched_stays(world: World) -> None:
    """The form as it was shown saves nothing: no record is looked at again for it."""
    browser = browser_of(world)
    for module in ("Organizations", "Contacts", "Products", "Services", "Invoices", "Payments"):
        settings = world.xt.modules.settings(module)
        mapping = world.xt.mappings.get(module)
        address = f"/xt/modules/{module}"
        answer = browser.post(address, data=sent(browser.get(address).text), headers=OWN)

        assert 303 == answer.status_code
        assert (settings, mapping) == (
            world.xt.modules.settings(module),
            world.xt.mappings.get(module),
        )


def test_settings_and_options_are_saved_together(world: World) -> None:
    """A box that was unticked, a choice and an option of the mapping, by one press."""
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Organizations").text)
    form.pop("set.create_in_crm")
    form |= {"set.direction": "to_xero", "set.brake_share": "55", "opt.types_from_xero": "on"}
    page = browser.post(
        "/xt/modules/Organizations", data=form, headers=OWN, follow_redirects=True
    ).text
    saved = world.xt.modules.settings("Organizations")
    mapping = world.xt.mappings.get("Organizations")

    assert "Saved. The next sync looks at all its records again." in page
    assert ("to_xero", False, 55) == (saved.direction, saved.create_in_crm, saved.brake_share)
    assert mapping is not None
    assert mapping.options["types_from_xero"] is True


def test_a_mistake_stands_beside_its_field(world: World) -> None:
    """Nothing is saved, what was typed is kept, and More is open where the mistake is."""
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Organizations").text)
    form |= {"set.brake_share": "101", "set.direction": "to_crm", "set.statuses": "Hot"}
    answer = browser.post("/xt/modules/Organizations", data=form, headers=OWN)
    (beside,) = re.findall(
        r'value="101" aria-invalid="true" aria-describedby="([^"]+)"', answer.text
    )

    assert f'id="{beside}">Choose a whole number from 0 to 100.' in answer.text
    assert "have no status in this CRM" in answer.text
    assert "<details open>" in answer.text
    assert "both" == world.xt.modules.settings("Organizations").direction


def test_a_stale_account_is_named_and_no_command(world: World) -> None:
    """An account that Xero does not have, as from an old tab."""
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Invoices").text) | {"opt.sales_account": "nope"}
    page = browser.post("/xt/modules/Invoices", data=form, headers=OWN).text

    assert "nope" in page
    assert "aria-invalid" in page
    assert not re.search(r"\bxtiger [a-z]", page)


def test_the_fields_are_shown_both_ways(world: World) -> None:
    """Which field travels where, and which stay on each side."""
    page = unescape(browser_of(world).get("/xt/modules/Organizations").text)

    assert re.search(r">Organization Name</th>.*?Both ways</td>.*?>Name</td>", page, re.DOTALL)
    assert "Stay in Xero" in page


def test_the_list_leads_to_each_module(world: World) -> None:
    """Those that only list, too: their page has the one switch."""
    browser = browser_of(world)
    page = browser.get("/xt/modules").text
    listed = browser.get("/xt/modules/CreditNotes").text
    form = sent(listed) | {"set.enabled": "on"}
    browser.post("/xt/modules/CreditNotes", data=form, headers=OWN)

    assert {"Organizations", "Invoices", "CreditNotes"} <= set(
        re.findall(r"/xt/modules/(\w+)\?", page)
    )
    assert 1 == listed.count('name="set.')
    assert world.xt.modules.settings("CreditNotes").enabled


def test_a_reader_sees_and_changes_nothing(world: World) -> None:
    """No button, every control off, and a post is refused."""
    browser = browser_of(world, administrator=False)
    page = browser.get("/xt/modules/Invoices").text

    assert ("<button" in page, '<fieldset class="xt-form" disabled' in page) == (False, True)
    assert 403 == browser.post("/xt/modules/Invoices", headers=OWN).status_code


def test_a_condition_stands_beside_a_part_of_the_filter_or_takes_it_away(world: World) -> None:
    """Chosen as it reads; brackets come and go, and a part that is no longer there is said."""
    browser, address = browser_of(world), "/xt/modules/Organizations"
    text = "accountname is Kea and phone is 1"
    settings = world.xt.modules.settings("Organizations")
    world.xt.modules.save_settings(replace(settings, filter=text))
    page = browser.get(address).text
    more = {
        "new.filter_join": "or",
        "new.filter_beside": "phone is 1",
        "new.filter_field": "fax",
        "new.filter_operator": "is empty",
    }
    browser.post(address, data=sent(page) | more, headers=OWN)
    nested = world.xt.modules.settings("Organizations").filter
    form = sent(browser.get(address).text)
    strange = [
        browser.post(address, data=form | more | {name: "fax is 7"}, headers=OWN).text
        for name in ("new.filter_beside", "new.filter_away")
    ]
    browser.post(address, data=form | {"new.filter_away": "phone is 1"}, headers=OWN)
    less = world.xt.modules.settings("Organizations").filter
    for part in ("fax is empty", "accountname is Kea"):
        form = sent(browser.get(address).text)
        browser.post(address, data=form | {"new.filter_away": part}, headers=OWN)

    assert '<option value="phone is 1">phone is 1</option>' in page
    assert "accountname is Kea and (phone is 1 or fax is empty)" == nested
    assert ["Choose one of these."] * 2 == [
        one[one.index('xt-bad" id=') :].split(">", 1)[1].split("<", 1)[0] for one in strange
    ]
    assert "accountname is Kea and fax is empty" == less
    assert "" == world.xt.modules.settings("Organizations").filter


@pytest.mark.parametrize(("locale", "said"), [("de", "Speichern"), ("fr", "Enregistrer")])
def test_other_languages(tmp_path: Path, locale: str, said: str) -> None:
    """Headings, controls and choices are translated."""
    with make_world(tmp_path) as world:
        world.connect()
        object.__setattr__(world.xt.settings, "locale", locale)
        page = browser_of(world).get("/xt/modules/Organizations").text

    assert f">{said}</button>" in page
    assert "Both ways" not in page


def test_what_counts_without_a_choice_is_named(world: World) -> None:
    """The status of Xero that is usual for one of the CRM, and the other way round."""
    page = browser_of(world).get("/xt/modules/Invoices").text

    assert re.search(
        r'name="opt.status:Approved".*?value="" selected>As usual: AUTHORISED<', page, re.DOTALL
    )
    assert re.search(r'name="opt.from_xero:VOIDED".*?Empty: Cancel<', page, re.DOTALL)
    assert "None: invoices in this status are held" not in page


def test_a_row_for_one_more_tax_is_added(world: World) -> None:
    """It is in the mapping and on the page; a half one is said beside its field."""
    world.xt.sync.read_settings()
    browser, address = browser_of(world), "/xt/modules/Invoices"
    form = sent(browser.get(address).text)
    rate = next(one.tax_type for one in world.xt.store.tax_rates(world.xt.connections.get().id))
    halves = [
        browser.post(address, data=form | half, headers=OWN).text
        for half in ({"new.tax_word": "VAT 20"}, {"new.tax_rate": rate})
    ]
    before = world.xt.mappings.get("Invoices")
    added = form | {"new.tax_word": "VAT 20", "new.tax_rate": rate}
    page = browser.post(address, data=added, headers=OWN, follow_redirects=True).text
    after = world.xt.mappings.get("Invoices")

    assert "Choose one of these." in halves[0]
    assert "Type the name of the tax as the CRM has it." in halves[1]
    assert before is not None
    assert after is not None
    assert (None, {"VAT 20": rate}) == (before.options.get("tax_map"), after.options["tax_map"])
    assert 'name="opt.tax:VAT 20"' in page


def test_sending_on_save_is_a_switch(world: World) -> None:
    """On at first; off, a saved record waits for the next sync."""
    browser, address = browser_of(world), "/xt/modules/Organizations"
    form = sent(browser.get(address).text)
    was_on = form.pop("set.on_save", "")
    browser.post(address, data=form, headers=OWN)
    world.host.create("Organizations", {"accountname": "Kea Books"})
    world.wait()
    world.xt.tick()

    assert ("on", False) == (was_on, world.xt.modules.settings("Organizations").on_save)
    assert [] == world.xero("Contacts")


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [("de", "Das CRM hat keinen Status Nosuch"), ("fr", "Le CRM n’a pas de statut Nosuch")],
)
def test_what_cannot_work_is_said_in_the_language_of_the_page(
    world: World, locale: str, sentence: str
) -> None:
    """Beside its field, with the statuses that there are."""
    object.__setattr__(world.xt.settings, "locale", locale)
    browser, address = browser_of(world), "/xt/modules/Invoices"
    form = sent(browser.get(address).text) | {"set.statuses": "Nosuch"}
    page = browser.post(address, data=form, headers=OWN).text

    assert sentence in page
    assert "Approved" in page[page.index(sentence) :][:200]


def test_unknown_statuses_are_taken_by_one_button(tmp_path: Path) -> None:
    """Listed once with the nearest meaning; the button takes all that have one, and goes away."""
    words = tuple(Choice(one, one) for one in ("Approved", "Offen", "offen", "Zebra"))
    with make_world(tmp_path, modules=[_with_statuses(m, words) for m in standard_modules()]) as it:
        it.connect()
        browser, address = browser_of(it), "/xt/modules/Invoices"
        before = browser.get(address).text
        reader = browser_of(it, administrator=False).get(address).text
        browser.post(address, data={"statuses": "take"}, headers=OWN)
        after, mapping = browser.get(address).text, it.xt.mappings.get("Invoices")

    assert 1 == before.count('<th scope="row">Offen</th><td>AUTHORISED</td>')
    assert (True, False) == ("Take all proposals" in before, "Take all proposals" in reader)
    assert mapping is not None
    assert {"Offen": "AUTHORISED"} == mapping.options["status_map"]
    assert '<th scope="row">Zebra</th><td>none</td>' in after
    assert (False, False) == ("Take all proposals" in after, '<th scope="row">Offen</th>' in after)


def _with_statuses(module: Module, words: tuple[Choice, ...]) -> Module:
    """The module with these statuses to choose from, where it has one."""
    fields = (
        replace(one, choices=words) if one.role == "invoice.status" else one
        for one in module.fields
    )
    return replace(module, fields=tuple(fields))


@pytest.mark.feature("F115")
def test_a_condition_is_chosen_and_counted_before_it_is_saved(world: World) -> None:
    """Field, operator and value become the filter; Count saves nothing, and keeps what was sent."""
    for name in ("Acme", "Bell"):
        world.host.create("Organizations", {"accountname": name})
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Organizations").text)
    form |= {
        "new.filter_field": "accountname",
        "new.filter_operator": "in",
        "new.filter_value": "Acme, Cole & Sons",
    }

    page = browser.post("/xt/modules/Organizations", data={**form, "count": "yes"}, headers=OWN)

    text = unescape(page.text)
    assert "Organizations: 1 of 2 records would be synced, 1 left out." in text
    assert "1 · left out by the filter" in text
    assert "" == world.xt.modules.settings("Organizations").filter
    kept = sent(page.text)
    wanted = 'accountname in (Acme, "Cole & Sons")'
    assert wanted == kept["set.filter"]
    kept |= {
        "new.filter_join": "or",
        "new.filter_field": "phone",
        "new.filter_operator": "is empty",
    }
    browser.post("/xt/modules/Organizations", data=kept, headers=OWN)
    assert f"{wanted} or phone is empty" == world.xt.modules.settings("Organizations").filter


@pytest.mark.feature("F115")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"set.filter": "colour is red"}, "Organizations have no field colour in this CRM"),
        ({"set.filter": "phone likes 1"}, "After phone the filter needs one of"),
        (
            {"new.filter_field": "phone", "new.filter_operator": "<", "new.filter_value": "1"},
            "Phone can be asked: is, is not, contains",
        ),
        (
            {
                "new.filter_field": "phone",
                "new.filter_operator": "between",
                "new.filter_value": "1",
            },
            "Phone can be asked: ",
        ),
        ({"new.filter_field": "phone", "new.filter_operator": "is"}, "Type a value."),
    ],
)
def test_a_filter_that_cannot_work_says_so_beside_it(
    world: World, given: dict[str, str], said: str
) -> None:
    """Nothing is saved."""
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Organizations").text) | given

    page = browser.post("/xt/modules/Organizations", data=form, headers=OWN)

    assert said in unescape(page.text)
    assert "" == world.xt.modules.settings("Organizations").filter


@pytest.mark.feature("F151")
def test_one_choice_for_the_duplicates_of_all_modules(world: World) -> None:
    """Those that can have it; a module of its own choice is said, and a stranger is refused."""
    browser = browser_of(world)
    form = {"duplicates": "skip"}

    page = browser.post("/xt/modules", data=form, headers=OWN, follow_redirects=True).text

    assert "Saved for Organizations, " in page
    assert 'value="skip" selected' in page
    names = [one.name for one in world.xt.modules.all()]
    chosen = {name: world.xt.modules.settings(name).duplicates for name in names}
    assert {"skip", "ask"} == set(chosen.values())
    assert "skip" == chosen["Organizations"] == chosen["Products"] == chosen["Services"]
    assert "ask" == chosen["Invoices"] == chosen["Payments"]
    world.settings("Products", duplicates="share")
    assert "The modules differ now" in browser.get("/xt/modules").text
    assert 400 == browser.post("/xt/modules", data={"duplicates": "x"}, headers=OWN).status_code
    assert 403 == browser.post("/xt/modules", data=form).status_code
    reader = browser_of(world, administrator=False)
    assert 403 == reader.post("/xt/modules", data=form, headers=OWN).status_code


@pytest.mark.feature("F081")
def test_payments_switch_on_what_they_need(world: World) -> None:
    """Invoices, and what these need; the page says which, and is as before where none was off."""
    for module in ("Organizations", "Products", "Invoices", "Payments"):
        world.settings(module, enabled=False)
    browser, address = browser_of(world), "/xt/modules/Payments"
    form = sent(browser.get(address).text) | {"set.enabled": "on"}

    page = browser.post(address, data=form, headers=OWN, follow_redirects=True).text

    assert "since Payments need them: Organizations, Products, Invoices" in page
    assert all(world.xt.modules.settings(one.name).enabled for one in world.xt.modules.all())
