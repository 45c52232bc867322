"""Tests of the hooks, pages and commands of XeroAccounts."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pluggy
import pytest
from click.testing import CliRunner

from tests.xtiger_queue.context import App, SmallContext, connection, module
from xero_accounts import plugin
from xero_accounts.cli import accounts, taxes
from xtiger import hookspecs
from xtiger.errors import NotConnected
from xtiger.hookspecs import PageRequest
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.records import Record, Ref

VAT = TaxRate(
    "OUTPUT2",
    "VAT",
    Decimal("20.00"),
    "ACTIVE",
    frozenset({"REVENUE", "EQUITY"}),
    (("State", Decimal("12.5"), False), ("City", Decimal("7.5"), True)),
)


@pytest.fixture
def context() -> SmallContext:
    """One connection with three accounts and a tax rate."""
    small = SmallContext()
    changed = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    small.chart = [
        Account("a1", "200", "Sales [UK]", "REVENUE", "REVENUE", "OUTPUT2", updated_at=changed),
        Account("a2", "400", "Advertising", "OVERHEADS", "EXPENSE"),
        Account("a8", "090", "Bank", "BANK", "ASSET", payments=True, currency="GBP"),
    ]
    small.rates = [VAT]
    return small


def test_every_hook_fits_its_specification() -> None:
    """Pluggy finds no hook that is unknown or takes unknown arguments."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)

    manager.check_pending()


def test_importing_the_plugin_stays_light() -> None:
    """click, rich and SQLAlchemy are loaded only when used."""
    code = "import sys, xero_accounts.plugin; print({'click','rich','sqlalchemy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_every_menu_entry_has_a_page() -> None:
    """No entry leads nowhere."""
    assert {entry.page for entry in plugin.menu()} < {page.name for page in plugin.pages()}


def test_pick_lists_come_from_the_chart(context: SmallContext) -> None:
    """The hook offers the connection's own accounts."""
    found = plugin.pick_lists(context, connection(), "sales_account")

    assert [("200", "200 Sales [UK]")] == [(choice.value, choice.label) for choice in found]


def test_the_panel_names_the_products_account(context: SmallContext) -> None:
    """The hook reads the field that the CRM describes with the role."""
    context.crm.described = [module("Products", "product", "product.sales_account")]
    record = Record(Ref("Products", "7"), {"product_sales_account": "200"})
    rows = plugin.panel_rows(context, connection(), "Products", record)

    assert [
        ("Sales account", "200 Sales [UK]"),
        ("Xero Accounts", "View, choose, take away"),
    ] == [(row.label, row.text) for row in rows]


def test_the_panel_has_no_account_without_a_connection(context: SmallContext) -> None:
    """Before a connection there is no chart to choose from."""
    record = Record(Ref("Products", "7"), {})

    assert plugin.panel_rows(context, None, "Products", record) == []


def test_installing_says_which_charts_are_ready(
    context: SmallContext, caplog: pytest.LogCaptureFixture
) -> None:
    """The event log says how many accounts each connection has."""
    with caplog.at_level(logging.INFO):
        plugin.post_install(context)

    assert caplog.messages == ["3 accounts of connection c1 are ready"]


def test_the_accounts_page_shows_what_xero_has(context: SmallContext) -> None:
    """Name, code, type, class, tax type, status, description and times are there."""
    page = plugin.pages()[0].load(context, PageRequest("accounts", {"text": "sales"}))

    assert page.rows == (
        (
            "Sales [UK]",
            "200",
            "Revenue",
            "Income",
            "sales",
            "OUTPUT2",
            "active",
            "",
            "",
            "2026-03-01 12:30 UTC",
        ),
    )


def test_the_accounts_page_counts_what_it_shows(context: SmallContext) -> None:
    """A search says of how many it found some."""
    page = plugin.pages()[0].load(context, PageRequest("accounts", {"type": "BANK"}))

    assert page.note == "1 of 3 accounts of Demo Company, as last read from Xero."


@pytest.mark.parametrize(("index", "what"), [(0, "Konten"), (1, "Steuersätze")])
def test_the_pages_speak_german(context: SmallContext, index: int, what: str) -> None:
    """What stands above the table is in the language of the request."""
    page = plugin.pages()[index].load(context, PageRequest("accounts", {}, locale="de"))

    assert f" {what} von Demo Company, wie zuletzt aus Xero gelesen." in page.note


def test_the_accounts_page_keeps_the_search(context: SmallContext) -> None:
    """The form shows again what was searched for."""
    page = plugin.pages()[0].load(context, PageRequest("accounts", {"type": "BANK"}))

    field = page.fields[0]
    assert (field.name, field.value, field.widget) == ("type", "BANK", "choice")
    assert ("BANK", "Bank account") in field.choices


def test_the_accounts_page_is_searched_by_status(context: SmallContext) -> None:
    """What is archived in Xero is found, or left out."""
    pages = [
        plugin.pages()[0].load(context, PageRequest("accounts", {"status": status}))
        for status in ("", "ACTIVE", "ARCHIVED")
    ]
    counts = [len(page.rows) for page in pages]

    assert counts[0] == counts[1] + counts[2] == 3


def test_the_tax_page_shows_the_parts(context: SmallContext) -> None:
    """A rate of several parts lists each with its percentage."""
    page = plugin.pages()[1].load(context, PageRequest("taxes", {}))

    assert page.rows == (
        (
            "VAT",
            "20 %",
            "OUTPUT2",
            "active",
            "Equity, Income",
            "State 12.5 %, City 7.5 % on top of the others",
        ),
    )


@pytest.mark.parametrize("index", [0, 1])
def test_a_page_without_a_connection_says_what_to_do(context: SmallContext, index: int) -> None:
    """The page is shown with a sentence instead of an error."""
    context.known = []
    page = plugin.pages()[index].load(context, PageRequest("accounts", {}))

    assert page.note.startswith("No Xero organisation is connected. Ask your administrator")


def test_a_page_before_the_first_read_says_so(context: SmallContext) -> None:
    """An empty chart is explained."""
    context.chart = []
    page = plugin.pages()[0].load(context, PageRequest("accounts", {}))

    assert page.empty == "Nothing has been read from Xero yet. The next sync reads it."
    assert [way.page for way in page.ways] == ["plan"]


def test_several_organisations_can_be_chosen_between(context: SmallContext) -> None:
    """The form asks for the organisation only when there are several."""
    context.known.append(connection("c2", "Branch"))
    page = plugin.pages()[0].load(context, PageRequest("accounts", {"connection": "Branch"}))

    assert page.fields[-1].choices == (("c1", "Demo Company"), ("c2", "Branch"))
    assert page.fields[-1].value == "c2"


def test_the_command_lists_accounts(context: SmallContext) -> None:
    """Names with square brackets survive the table."""
    result = CliRunner().invoke(accounts, ["--type", "revenue"], obj=App(context))

    assert "Sales [UK]" in result.output


def test_the_command_says_when_nothing_was_read(context: SmallContext) -> None:
    """An empty chart is explained with the next step."""
    context.chart = []
    result = CliRunner().invoke(accounts, [], obj=App(context))

    assert result.output == "No accounts have been read from Xero yet. Read them: xtiger sync\n"


def test_the_command_prints_accounts_as_json(context: SmallContext) -> None:
    """Scripts read the same fields as people."""
    result = CliRunner().invoke(accounts, ["--text", "bank", "--json"], obj=App(context))

    assert [row["code"] for row in json.loads(result.output)["accounts"]] == ["090"]


def test_the_command_lists_taxes(context: SmallContext) -> None:
    """The table ends with the count."""
    result = CliRunner().invoke(taxes, [], obj=App(context))

    assert result.output.endswith("1 of 1 tax rates.\n")


def test_percentages_in_json_are_text(context: SmallContext) -> None:
    """No percentage goes through a float."""
    result = CliRunner().invoke(taxes, ["--json"], obj=App(context))

    assert json.loads(result.output)["tax_rates"][0]["rate"] == "20.00"


def test_the_command_without_a_connection_is_not_connected(context: SmallContext) -> None:
    """The error reaches the command line with its own exit code."""
    context.known = []
    result = CliRunner().invoke(accounts, [], obj=App(context))

    assert isinstance(result.exception, NotConnected)


def test_hooks_are_registered_under_the_project(context: SmallContext) -> None:
    """The commands come through the hook, as the command line asks for them."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    (commands,) = manager.hook.cli_commands()

    assert [command.name for command in commands] == ["accounts", "taxes"]
