"""A business with history goes through its first day by the pages alone, as an administrator.

The small form of test_five_years.py: each step is a button that the page shows, nothing else is
called, and both sides are counted from what was entered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from html import unescape
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.stories.first_day.test_five_years import LOCKED, NAME, document, paid_there
from tests.stories.sync.people import invoice, organisation
from tests.world import World, make_world
from xtiger.demo.visitor import allow_access
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
OLD, NEW = date(2024, 5, 1), date(2026, 9, 10)
SUPPLIERS, CUSTOMERS, OWN_CUSTOMERS = 30, 3, 6


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


class Administrator:
    """Somebody with a browser without script: opens pages and presses what stands there."""

    def __init__(self, browser: FlaskClient) -> None:
        self.browser, self.page = browser, ""

    def open(self, address: str) -> None:
        answer = self.browser.get(address, follow_redirects=True)
        assert 200 == answer.status_code, address
        self.page = answer.text

    def press(self, label: str, **typed: str) -> None:
        """Post the form of the button that begins with these words."""
        forms = re.findall(r"<form([^>]*)>(.*?)</form>", self.page, re.DOTALL)
        for head, body in forms:
            for attributes, text in re.findall(r"<button([^>]*)>(.*?)</button>", body, re.DOTALL):
                if re.sub(r"<[^>]*>", "", text).strip().startswith(label):
                    self._post(head, body, attributes, typed)
                    return
        raise AssertionError(f"no button {label!r} on {self.page[:2000]}")

    def _post(self, head: str, body: str, button: str, typed: Mapping[str, str]) -> None:
        fields = [*_filled(body)]
        if _value(button, "name"):
            fields.append((_value(button, "name"), _value(button, "value")))
        fields = [one for one in fields if one[0] not in typed] + [*typed.items()]
        address = _value(button, "formaction") or _value(head, "action")
        sent: dict[str, list[str]] = {}
        for name, value in fields:
            sent.setdefault(name, []).append(value)
        answer = self.browser.post(address, data=sent, headers=OWN, follow_redirects=True)
        assert 200 == answer.status_code, answer.text[:2000]
        self.page = answer.text


def _value(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def _filled(body: str) -> Iterator[tuple[str, str]]:
    """What a browser sends of a form as it stands."""
    for tag in re.findall(r"<input([^>]*)>", body):
        is_box = _value(tag, "type") in ("checkbox", "radio")
        if _value(tag, "name") and (not is_box or re.search(r"\bchecked\b", tag)):
            yield _value(tag, "name"), _value(tag, "value") or ("on" if is_box else "")
    for tag, options in re.findall(r"<select([^>]*)>(.*?)</select>", body, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*\bselected', options)
        yield _value(tag, "name"), unescape(chosen[1]) if chosen else ""


def books(world: World) -> dict[str, tuple[str, ...]]:
    """Enter both sides; answers Xero's records of before as they stand there."""
    for number in range(SUPPLIERS):
        supplier = world.sandbox.add("Contacts", {"Name": f"Supplier {number}"})
        bill = document(str(supplier["ContactID"]), f"B{number}", NEW)
        world.sandbox.add("Invoices", {**bill, "Type": "ACCPAY"})
    for number in range(CUSTOMERS):
        name = f"Old customer {number}"
        contact = str(world.sandbox.add("Contacts", {"Name": name})["ContactID"])
        world.sandbox.add("Invoices", document(contact, f"OB-{number}", date(2021, 12, 31)))
        old = world.sandbox.add("Invoices", document(contact, f"X{number}-old", OLD))
        paid_there(world, str(old["InvoiceID"]), OLD)
        world.sandbox.add("Invoices", document(contact, f"X{number}-new", NEW))
    for number in range(OWN_CUSTOMERS):
        customer = organisation(world, f"Own customer {number}")
        for day, when in ((OLD, "old"), (NEW, "new")):
            invoice(world, f"C{number}-{when}", customer, invoicedate=day, duedate=day)
    organisation_id = world.organisation(NAME)
    world.sandbox.edit("Organisation", organisation_id, {"EndOfYearLockDate": LOCKED.isoformat()})
    return before(world)


def before(world: World) -> dict[str, tuple[str, ...]]:
    """What Xero has of the closed years, with its stamps."""
    return {
        str(raw["InvoiceNumber"]): tuple(
            str(raw[name]) for name in ("Status", "AmountDue", "UpdatedDateUTC")
        )
        for raw in world.xero("Invoices")
        if str(raw["Date"])[:10] <= str(LOCKED)
    }


def sets_up(person: Administrator, world: World) -> None:
    """From the consent at Xero to the answers, as they are proposed."""
    consent = person.browser.get("/modules/XTiger/connect").location
    person.open(allow_access(consent, NAME))
    person.open("/xt/start")
    person.press("Accept the terms", name="Mele Fifita")
    person.press("Save the default mapping")
    account = {"sales_account": "200", "charges_account": "200", "payment_account": "090"}
    person.press("Save the accounts", **account)
    world.wait()
    person.press("Save the answers")


def works(person: Administrator, world: World, label: str) -> None:
    """Press what plans, sends or compares, and go on until it is done."""
    person.press(label)
    while "Go on" in person.page:
        world.wait()
        person.press("Go on")
    world.wait()


def sent(world: World) -> dict[str, str]:
    """Number in Xero → status, of what the CRM sent."""
    return {
        str(raw["InvoiceNumber"]): str(raw["Status"])
        for raw in world.xero("Invoices")
        if str(raw["InvoiceNumber"]).startswith("C")
    }


def came(world: World) -> set[str]:
    """The numbers of the invoices that Xero brought."""
    numbers = {str(one.values["invoice_no"]) for one in world.host.all("Invoices")}
    return {number for number in numbers if not number.startswith("C")}


def administrator(world: World) -> Administrator:
    """Of a CRM whose pages are asked for from this machine."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    return Administrator(app.test_client())


def test_the_first_day_by_its_buttons(world: World) -> None:
    """Only what the answers say moves, as drafts until the release; then both sides agree."""
    person, kept = administrator(world), books(world)
    sets_up(person, world)

    works(person, world, "What the first sync would do")
    assert {} == sent(world)
    person.open("/xt/start")
    works(person, world, "Send the first ten")
    first = sum(
        world.xt.sync.runs(1)[0].totals.get(name, 0) for name in ("created", "linked", "updated")
    )
    person.open("/xt/plan")
    works(person, world, "They are right: send the rest")
    drafts = sent(world)
    person.open("/xt/")
    person.press("Release approving")
    person.press(f"Approve {OWN_CUSTOMERS} invoices")
    person.open("/xt/plan")
    works(person, world, "Sync now")
    person.open("/xt/plan")
    works(person, world, "Compare both sides")

    numbers = {f"C{number}-new" for number in range(OWN_CUSTOMERS)}
    assert 10 == first
    assert dict.fromkeys(numbers, "DRAFT") == drafts
    assert dict.fromkeys(numbers, "AUTHORISED") == sent(world)
    assert kept == before(world)
    assert {f"X{number}-new" for number in range(CUSTOMERS)} == came(world)
    names = {str(one.values["accountname"]) for one in world.host.all("Organizations")}
    assert {"Old", "Own"} == {name.split()[0] for name in names}, "no supplier enters"
    assert "Both sides agree" in person.page
