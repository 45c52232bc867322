"""Mappings looked at before anything is written: by the API, by the command and on the pages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from tests.services.conftest import Command
from tests.web.test_modules_page import browser_of
from tests.world import World
from xtiger.errors import MappingInvalid, UnknownModule
from xtiger.model.mappings import Row
from xtiger.services.facts.mapping_check import ModuleCheck

#: A line as a CRM has it, without an account of its own.
LINE = {"name": "Work", "quantity": 2, "listprice": Decimal(10), "tax_percent": Decimal(20)}


def invoice(world: World, number: str, organisation: str, **line: Any) -> None:
    """An approved invoice of one line over 24.00."""
    values = {
        "invoice_no": number,
        "account_id": organisation,
        "invoicedate": date(2026, 11, 1),
        "duedate": date(2026, 11, 30),
        "invoicestatus": "Approved",
        "total": Decimal(24),
    }
    world.host.create("Invoices", values, lines=[{**LINE, **line}])


def option(world: World, module: str, **options: Any) -> None:
    """Set options as a mapping of another day has them, without a look at Xero."""
    mapping = world.xt.mappings.get(module)
    assert mapping is not None
    world.xt.mappings.save(replace(mapping, options={**mapping.options, **options}))


def check(world: World, module: str) -> ModuleCheck:
    """What is found in one module."""
    (found,) = world.xt.mappings.check(module)
    return found


def said(world: World, module: str) -> dict[str, str]:
    """Code → sentence of what is found, notes left out."""
    found = check(world, module).findings
    return {one.code: world.xt.sentences.finding(one)[0] for one in found if one.severity != "note"}


def archive(world: World, table: str, key: str, value: str, status: str) -> None:
    """Take an account or tax rate out of use, as somebody does at Xero."""
    connection = world.xt.connections.get().id
    store = world.xt.store
    if table == "Accounts":
        accounts = [
            replace(one, status=status) if getattr(one, key) == value else one
            for one in store.accounts(connection)
        ]
        store.replace_accounts(connection, accounts)
    else:
        rates = [
            replace(one, status=status) if getattr(one, key) == value else one
            for one in store.tax_rates(connection)
        ]
        store.replace_tax_rates(connection, rates)


@pytest.mark.feature("O8")
def test_what_cannot_work_is_found_before_anything_is_written(world: World) -> None:
    """A wrong account, an archived tax, an empty field, a long code: named, and nobody is called.

    Both sides stay as they were.
    """
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.host.create("Products", {"productname": "Hat", "productcode": "H" * 31})
    world.host.create("Products", {"productname": "Cap", "productcode": ""})
    invoice(world, "I-1", kea)
    invoice(world, "I-2", kea, account="999")
    world.xt.sync.read_settings()
    option(world, "Invoices", sales_account="4711", tax_map={"VAT": "OUTPUT9"})
    calls, written = world.calls(), len(world.xero("Contacts"))
    products, invoices = said(world, "Products"), said(world, "Invoices")

    assert f"The code {'H' * 31} has 31 characters; Xero takes 30." == products["code_too_long"]
    assert "The item code is empty; Xero needs one." == products["code_missing"]
    assert "Xero has no account 4711." == invoices["account_unknown"]
    assert "It is set to OUTPUT9, and Xero has no such tax rate." == invoices["tax_gone"]
    assert (calls, written) == (world.calls(), len(world.xero("Contacts")))
    assert [] == world.xt.sync.outcomes()


@pytest.mark.feature("F137")
def test_a_field_of_another_type_is_refused_when_it_is_saved(world: World) -> None:
    """A yes or no is no text; a text is; a number may go to Xero, and not come back."""
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None

    def save(name: str, xero: str, direction: Any = "both") -> None:
        rows = [row for row in mapping.rows if row.xero != xero]
        changed = replace(mapping, rows=(*rows, Row(name, xero, direction)))
        world.xt.mappings.save(changed)

    with pytest.raises(MappingInvalid, match="xero_sync is of the type bool, CompanyNumber takes"):
        save("xero_sync", "CompanyNumber")
    save("industry", "CompanyNumber")
    invoices = world.xt.mappings.get("Invoices")
    assert invoices is not None
    rows = [row for row in invoices.rows if row.xero != "Reference"]
    world.xt.mappings.save(replace(invoices, rows=(*rows, Row("received", "Reference"))))

    assert "one_way_type" in said(world, "Invoices")
    assert "no_account" not in said(world, "Invoices")


@pytest.mark.feature("O8")
def test_an_account_and_a_tax_that_xero_archives_later_are_found(world: World) -> None:
    """The mapping is as it was saved: what changed is the chart, as the next look finds it."""
    world.xt.sync.read_settings()
    option(world, "Invoices", tax_map={"VAT": "OUTPUT2"})
    before = world.xt.mappings.faults()
    archive(world, "Accounts", "code", "200", "ARCHIVED")
    archive(world, "TaxRates", "tax_type", "OUTPUT2", "DELETED")
    after = [(one.code, one.setting) for one in world.xt.mappings.faults()]
    page = unescape(browser_of(world).get("/xt/").text)
    modules = browser_of(world).get("/xt/modules").text

    assert [] == before
    assert [
        ("account_archived", "sales_account"),
        ("account_archived", "charges_account"),
        ("tax_rate_archived", "tax:VAT"),
    ] == after
    assert "What is set for Invoices cannot work any more" in page
    assert 1 == modules.count("cannot work as set")


@pytest.mark.feature("O8")
def test_a_filter_on_a_field_that_the_crm_no_longer_has_is_found(world: World) -> None:
    """The field was there when the filter was saved; its module has another form since."""
    world.settings("Organizations", filter="colour = red")
    calls = world.calls()
    found = said(world, "Organizations")
    fix = world.xt.sentences.finding(check(world, "Organizations").findings[0], "command")[1]

    assert ["setting"] == list(found)
    assert found["setting"].startswith("Organizations have no field colour in this CRM")
    assert fix == "Choose another one: xtiger modules set Organizations --filter VALUE"
    assert calls == world.calls()


def test_records_are_shown_with_what_would_be_sent(world: World) -> None:
    """Three of a module, one that waits among them; parents by name, lines with account and tax."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    for number in ("I-1", "I-2", "I-3", "I-4"):
        invoice(world, number, kea)
    invoice(world, "I-5", kea, account="999")
    world.xt.sync.read_settings()
    found = check(world, "Invoices")
    first = found.samples[0]
    cells = {cell.path: cell.sent for cell in first.cells}

    assert (["I-1", "I-2", "I-5"], 5) == ([one.item.name for one in found.samples], found.looked_at)
    assert ("I-1", "Kea", date(2026, 11, 30)) == (
        cells["InvoiceNumber"],
        cells["Contact.ContactID"],
        cells["DueDate"],
    )
    assert first.item.to_xero is not None
    assert [("200", "OUTPUT2")] == [
        (line["AccountCode"], line["TaxType"]) for line in first.item.to_xero["lines"]
    ]
    assert ("held", "account_unknown") == (
        found.samples[2].item.result,
        found.samples[2].item.cause and found.samples[2].item.cause.code,
    )


def test_what_no_row_names_stays_and_is_shown(world: World, xtiger: Command) -> None:
    """A field of the CRM's own with its value; what is mapped is not among it."""
    world.host.create("Organizations", {"accountname": "Kea", "industry": "Birds"})
    data = json.loads(xtiger("mapping", "check", "Organizations", "--json").out)["checks"][0]
    page = unescape(browser_of(world).get("/xt/modules/Organizations").text)

    assert [{"crm": "Industry", "value": "Birds"}] == data["samples"][0]["stays"]
    assert re.search(r">Industry</th>.*?Birds.*?stays in the CRM", page, re.DOTALL)


def test_what_was_synced_is_in_step_and_is_no_finding(world: World) -> None:
    """The same record before and after the sync that the check foretold."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    invoice(world, "I-1", kea)
    world.xt.sync.read_settings()
    before = check(world, "Invoices").samples[0].item
    world.sync()
    after = check(world, "Invoices").samples[0].item
    (there,) = world.xero("Invoices")

    assert (before.result, after.result) == ("created", "unchanged")
    assert (before.to_xero or {})["InvoiceNumber"] == there["InvoiceNumber"]
    assert before.expected_total == Decimal(str(there["Total"]))


def test_without_xeros_lists_nothing_is_held_against_them(world: World) -> None:
    """Right after connecting: that alone is noted."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    invoice(world, "I-1", kea)
    connection = world.xt.connections.get().id
    world.xt.store.replace_accounts(connection, [])
    found = check(world, "Invoices").findings

    assert ["lists_unread"] == [one.code for one in found]


def test_a_module_that_is_off_or_unmapped_is_not_looked_through(world: World) -> None:
    """Of the one nothing is said, of the other that its mapping is missing; another is unknown."""
    world.settings("Products", enabled=False)
    off = check(world, "Products")
    connection = world.xt.connections.get()
    other = replace(connection, id="unmapped")
    world.xt.store.save_connection(other, world.xt.store.tokens(connection.id))
    (unmapped,) = world.xt.mappings.check("Invoices", "unmapped")

    assert ((), 0) == (off.findings, off.looked_at)
    assert ["no_mapping"] == [one.code for one in unmapped.findings]
    with pytest.raises(UnknownModule):
        world.xt.mappings.check("Cars")


def test_the_command_tells_findings_and_records(world: World, xtiger: Command) -> None:
    """With what mends each; exit code 3 says that something cannot work at all."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    invoice(world, "I-1", kea)
    world.host.create("Products", {"productname": "Hat", "productcode": "H" * 31})
    world.xt.sync.read_settings()
    right = xtiger("mapping", "check", "invoices")
    option(world, "Invoices", charges_account="4711")
    wrong = xtiger("mapping", "check", COLUMNS="200")
    data = json.loads(xtiger("mapping", "check", "Invoices", "--json").out)["checks"][0]

    assert (0, 3) == (right.code, wrong.code), right.out + right.err
    assert "Kea" in right.out
    assert "AccountCode" in right.out
    assert "charges_account: Xero has no account 4711." in wrong.out
    assert "xtiger mapping set Invoices charges_account VALUE" in wrong.out
    assert "Hat" in wrong.out
    assert ("account_unknown", "error", "charges_account") == tuple(
        data["findings"][0][name] for name in ("code", "severity", "setting")
    )
    assert "I-1" == data["samples"][0]["to_xero"]["InvoiceNumber"]


def test_saving_tells_what_cannot_work(world: World, xtiger: Command) -> None:
    """Below what was saved, of that module alone; as data, too."""
    world.xt.sync.read_settings()
    option(world, "Invoices", charges_account="4711")
    typed = xtiger("mapping", "set", "Invoices", "due_days", "30")
    found = json.loads(xtiger("mapping", "set", "Invoices", "due_days", "14", "--json").out)
    mended = xtiger("mapping", "set", "Invoices", "charges_account", "200")

    assert "charges_account: Xero has no account 4711." in " ".join(typed.out.split())
    assert ["account_unknown"] == [one["code"] for one in found["findings"]]
    assert (0, False) == (mended.code, "4711" in mended.out)


def test_a_look_costs_the_same_however_many_records_it_takes_in(world: World) -> None:
    """As many statements for thirty invoices as for three, and no call."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.xt.sync.read_settings()
    asked: list[str] = []
    event.listen(
        world.xt.store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_more: asked.append(statement),
    )
    costs = []
    for several in (range(3), range(3, 30)):
        for number in several:
            invoice(world, f"I-{number}", kea)
        asked.clear()
        calls = world.calls()
        found = check(world, "Invoices")
        costs.append((found.looked_at, len(asked), world.calls() - calls))

    assert [(3, 0), (30, 0)] == [(looked, called) for looked, _statements, called in costs]
    assert costs[0][1] == costs[1][1]


def test_the_page_of_a_module_shows_findings_and_records(world: World) -> None:
    """Above the form what cannot work with its option's name and its cure; below what is sent."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    invoice(world, "I-1", kea)
    world.xt.sync.read_settings()
    option(world, "Invoices", charges_account="4711")
    page = unescape(browser_of(world).get("/xt/modules/Invoices").text)
    above, below = page.split("</form>", 1)

    assert "Account of shipping and charges: Xero has no account 4711." in above
    assert "Choose another one in the form of Invoices and press “Save”." in above
    assert "Records as they would be sent" in below
    assert "OUTPUT2" in below
    assert "Kea" in below
    assert "xtiger " not in page
