"""Each cure that a person can carry out stands on the page of what needs you, and cures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape

import flask
import pytest
from flask.testing import FlaskClient

from tests.stories.cures import documents, receipts, records, taken_back
from tests.stories.cures.telling import Seen, Story, code_now, type_cure
from tests.stories.sync.people import invoice, line, organisation
from tests.world import World
from xtiger.errors import NeedsPerson, RetryLater
from xtiger.model.records import Ref
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.waiting import NEEDING
from xtiger.web import blueprint
from xtiger.web.cures.fields import (
    FIELDS,
    KEEPS,
    LEADS,
    RELEASES,
    SWITCHES,
    UNLINKS,
    is_cured_here,
    leads_to_settings,
)

OWN = {"Sec-Fetch-Site": "same-origin"}
#: Codes that only an edit cures, in the CRM or in Xero, by what is edited: the page links to the
#: record on both sides. A value is the record's own, and nobody but its author knows the right one.
EDITED: Mapping[str, frozenset[str]] = {
    "a value of the record in the CRM": frozenset(
        {
            "mandatory_missing",
            "text_too_long",
            "value_unreadable",
            "name_missing",
            "name_too_long",
            "name_forbidden",
            "email_invalid",
            "country_signs",
            "signs_not_kept",
            "number_shared",
            "account_number_taken",
            "crm_duplicate",
            "code_too_long",
            "code_taken",
            "price_too_fine",
            "purchase_account_tracked",
            "organisation_missing",
            "invoice_date_missing",
            "number_missing",
            "number_voided",
            "number_taken_in_crm",
            "number_signs",
            "quantity_refused",
            "line_below_half_cent",
            "line_too_large",
            "discount_refused",
            "lines_missing",
            "line_incomplete",
            "currency_fixed",
            "total_too_fine",
            "type_not_carried",
            "type_fixed",
            "total_negative",
            "invoice_reduced",
            "receipt_not_approved",
            "receipt_line_empty",
            "receipt_total",
            "supplier_credit",
            "document_too_large",
            "document_refused",
            "credit_edited",
            "credit_waits",
            "credit_of_another",
            "credit_left",
            "payment_amount_invalid",
            "payment_too_high",
        }
    ),
    "the account or tax that one record or product names": frozenset(
        {
            "account_unknown",
            "account_system",
            "account_bank",
            "account_archived",
            "tax_archived",
            "tax_account_mismatch",
            "tax_amount_unclear",
            "tracking_unknown",
            "branding_unknown",
            "payment_account_invalid",
            "payment_account_currency",
        }
    ),
    "the other record, which has a group of its own": frozenset(
        {
            "parent_left_out",
            "document_in_crm",
            "organisation_not_in_crm",
            "payment_waits_for_invoice",
            "payment_needs_approval",
            "contacts_merged",
            "persons_need_email",
            "persons_too_many",
            "person_last",
        }
    ),
    "the record or a setting in Xero": frozenset(
        {
            "archived_in_xero",
            "email_needed",
            "currency_not_enabled",
            "taxed_by_xero",
            "currency_apart",
            "rate_apart",
            "approval_missing",
            "sums_apart",
            "period_locked",
            "payment_locked",
            "receipt_reconciled",
            "stock_short",
        }
    ),
    "the document on the side where it is wrong, which only its papers say": frozenset(
        {
            "total_differs",
            "group_discount_differs",
            "group_discount_edited",
            "crm_total_differs",
            "crm_total_wrong",
            "xero_total_differs",
            "total_apart",
            "paid_without_payment",
            "payment_taken_back",
            "money_apart",
            "invoice_locked",
            "currency_not_in_crm",
        }
    ),
    "nothing: it is reported to whoever maintains the library": frozenset({"unreadable_answer"}),
}


def test_each_cure_of_a_person_stands_on_the_page() -> None:
    """By a field, a button or a page of ours; the rest are edits, each with its reason."""
    edited = frozenset[str]().union(*EDITED.values())
    here = {code for code in NEEDING if is_cured_here(code)}

    assert set(NEEDING) == here | edited
    assert set() == here & edited


#: Codes that ask nobody, and are changed on the record or in Xero, if at all.
_QUIET = frozenset(
    {
        "not_selected",
        "archived",
        "alias",
        "twin_not_selected",
        "bill_not_carried",
        "line_stored_bare",
        "not_released",
        "undo_in_use",
        "undo_anew",
        "undo_kept",
        "undo_money",
        "undo_no_delete",
        "undo_not_back",
        "undo_one_side",
        "undo_relinked",
        "undo_shared",
        "person_of_person",
        "deducted_tax",
        "cancelled",
        "credit_invoice",
        "credit_not_carried",
        "payment_not_received",
        "payment_of_other",
        "payment_of_receipt",
        "payment_of_unsynced",
    }
)


def test_what_is_left_out_or_waits_leads_to_where_it_is_changed() -> None:
    """The rest of the catalogue: a page of ours, the module's settings, or nothing to do here."""
    rest = set(CATALOGUE) - NEEDING
    settings = {code for code in rest if leads_to_settings(code)}

    assert rest == {*LEADS, *settings, *_QUIET}
    assert set() == (set(LEADS) | settings) & _QUIET


def test_a_record_that_is_left_out_leads_to_the_answer(world: World, browser: FlaskClient) -> None:
    """An invoice of before the start and one in a status that is not chosen, in their list."""
    world.default_account()
    start = world.xt.start.answers()
    world.xt.start.answer(replace(start, from_day=date(2026, 11, 1)), "Ruth")
    acme = organisation(world, "Acme")
    invoice(world, "OLD", acme, invoicedate=date(2026, 1, 1), duedate=date(2026, 1, 2))
    invoice(world, "NEW", acme, invoicestatus="Created")
    world.settings("Invoices", statuses=("Approved",))
    world.sync()

    page = unescape(browser.get("/xt/records/left_out").text)
    one = world.xt.connections.get().id

    assert f'href="/xt/start?connection={one}&step=questions">Change the answers' in page
    assert f'href="/xt/modules/Invoices?connection={one}">Settings' in page


@pytest.fixture
def browser(world: World) -> FlaskClient:
    """An administrator."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )
    return app.test_client()


def forms(page: str, action: str) -> Iterator[dict[str, str]]:
    """What each form of the page that posts to this address sends, its first choice chosen."""
    for body in re.findall(rf'<form[^>]*action="{action}">(.*?)</form>', page, re.DOTALL):
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))
        yield {name: unescape(value) for name, value in fields.items()}


def trouble(world: World, story: Story) -> Seen:
    """The trouble of a story, as the last sync left it."""
    seen = next(story(world))
    with suppress(RetryLater, NeedsPerson):
        world.sync()
    return seen


#: Code → where its form posts to, and what is chosen beside the hidden fields.
PRESSED: Mapping[str, tuple[str, dict[str, str]]] = {
    "account_missing": ("option", {"value": "200"}),
    "purchase_account_missing": ("option", {"value": "400"}),
    "purchase_tax_unknown": ("option", {"value": "INPUT2"}),
    "payment_account_missing": ("option", {"value": "090"}),
    "receipt_account_missing": ("option", {"value": "090"}),
    "receipt_account_invalid": ("option", {"value": "090"}),
    "tax_unknown": ("option", {"value": "OUTPUT2"}),
    "group_tax_not_combined": ("option", {"value": "OUTPUT2"}),
    "taxes_many": ("option", {"value": "OUTPUT2"}),
    "rate_missing": ("option", {"value": "xero"}),
    "due_date_missing": ("option", {"value": "30"}),
    "code_missing": ("option", {"value": "P-{id}"}),
    "status_unknown": ("option", {"value": "AUTHORISED"}),
    "edited_in_xero": ("switch", {}),
    "edited_in_crm": ("switch", {}),
    "cancel_not_allowed": ("switch", {}),
    "both_changed": ("keep", {"keep": "xero"}),
    "first_link_differs": ("keep", {"keep": "crm"}),
    "gone_in_xero": ("keep", {"keep": "xero"}),
    "gone_in_crm": ("keep", {"keep": "crm"}),
    "person_left_organisation": ("unlink", {}),
    "person_joined_organisation": ("unlink", {}),
    "undone": ("release", {}),
}


@pytest.mark.parametrize("code", PRESSED)
def test_a_press_cures(world: World, browser: FlaskClient, code: str) -> None:
    """The trouble comes up, its form is on the page, one press, and it is gone from there."""
    stories = {**vars(records), **vars(documents), **vars(receipts), **vars(taken_back)}
    seen = trouble(world, stories[code])
    assert code == code_now(world, seen)
    action, chosen = PRESSED[code]
    page = browser.get("/xt/needs").text
    (fields,) = [one for one in forms(page, f"/xt/needs/{action}") if one["code"] == code]

    answer = browser.post(f"/xt/needs/{action}", data={**fields, **chosen}, headers=OWN)
    world.sync()

    assert 303 == answer.status_code
    assert code not in {need.code for need in world.xt.needs.all()}


def test_each_field_and_button_is_pressed_by_a_test() -> None:
    """A new one comes with its press."""
    # What Xero stored otherwise has its own test below: Xero must go on doing so.
    offered = {*FIELDS, *SWITCHES, *KEEPS, *UNLINKS, *RELEASES} - {"stored_otherwise"}

    assert offered == set(PRESSED)


def test_what_xero_stored_otherwise_is_kept(world: World, browser: FlaskClient) -> None:
    """Xero's value comes into the CRM."""
    story = records.stored_otherwise(world)
    seen = next(story)
    world.sync()
    assert "stored_otherwise" == code_now(world, seen)
    page = browser.get("/xt/needs").text
    (fields,) = forms(page, "/xt/needs/keep")

    browser.post("/xt/needs/keep", data={**fields, "keep": "xero"}, headers=OWN)
    world.sync()

    assert [] == world.xt.needs.all()


def test_one_press_decides_all_of_a_group(world: World, browser: FlaskClient) -> None:
    """Three quarrels, one button: the CRM's values are in Xero."""
    ids = [organisation(world, f"Kea {number}", phone="1") for number in range(3)]
    world.sync()
    for crm_id in ids:
        world.host.edit("Organizations", crm_id, email1="ours@kea.example")
        there = world.xero_id("Organizations", crm_id)
        world.sandbox.edit("Contacts", there, {"EmailAddress": "theirs@kea.example"})
    world.sync()
    page = browser.get("/xt/needs").text
    (fields,) = [one for one in forms(page, "/xt/needs/keep") if "record" not in one]

    browser.post("/xt/needs/keep", data={**fields, "keep": "crm"}, headers=OWN)
    world.sync()

    assert "For all of these:" in page
    assert [] == world.xt.needs.all()
    assert {"ours@kea.example"} == {one["EmailAddress"] for one in world.xero("Contacts")}


def test_one_press_links_all_of_a_group(world: World, browser: FlaskClient) -> None:
    """Each to the contact of its name; none is made twice."""
    for number in range(3):
        world.sandbox.add("Contacts", {"Name": f"Kea {number}"})
    world.settings("Organizations", duplicates="ask")
    for number in range(3):
        organisation(world, f"Kea {number}")
    world.sync()
    before = [(need.code, len(need.outcomes)) for need in world.xt.needs.all()]
    page = browser.get("/xt/needs").text
    (fields,) = forms(page, "/xt/needs/link")

    browser.post("/xt/needs/link", data=fields, headers=OWN)
    world.sync()

    assert [("contact_same_name", 3)] == before
    assert 3 == len(world.xero("Contacts"))
    assert "contact_same_name" not in {need.code for need in world.xt.needs.all()}


def test_each_record_leads_to_where_it_is_edited(world: World, browser: FlaskClient) -> None:
    """What only an edit cures has a link to the record, and to Xero where it is there."""
    seen = trouble(world, records.name_too_long)
    page = browser.get("/xt/needs").text
    address = world.xt.host.url(Ref(seen.module, str(seen.crm_id)))

    assert f'href="{address or f"/xt/record/{seen.module}/{seen.crm_id}"}"' in page


def test_no_cure_of_the_page_is_a_command() -> None:
    """What a person reads in a browser names buttons."""
    assert [] == [code for code in NEEDING if "xtiger " in CATALOGUE[code].cures.browser]


def test_a_tax_without_its_percentage_is_mapped_by_its_cure(world: World) -> None:
    """A CRM that calls the tax VAT and keeps 19 apart: the command that is printed cures it."""
    world.default_account()
    bill = invoice(
        world,
        "I1",
        organisation(world, "Acme"),
        [line(tax_name="VAT", tax_percent=Decimal(19))],
    )
    world.sync()
    seen = Seen("Invoices", bill)
    assert "tax_unknown" == code_now(world, seen)

    type_cure(world, seen, TAXTYPE="OUTPUT2")
    world.sync()

    assert "OUTPUT2" == world.in_xero("Invoices", bill)["LineItems"][0]["TaxType"]
