"""Tests of the hooks, the page and the commands of XTLog."""

from __future__ import annotations

import csv
import io
import json
import logging
import subprocess
import sys
from collections.abc import Sequence

import pluggy
import pytest
from click.testing import CliRunner, Result

from tests.xtiger_queue.context import START, App, SmallContext, outcome
from xtiger import hookspecs
from xtiger.errors import NeedsPerson
from xtiger.hookspecs import PageRequest, TablePage
from xtiger.model.plans import Difference, Item, Plan
from xtiger.model.runs import Outcome, Run
from xtiger_log import plugin
from xtiger_log.cli import log


@pytest.fixture
def context() -> SmallContext:
    """A log of three entries."""
    change = Difference("name", "Name", "A", "B", "A", "to_xero")
    small = SmallContext()
    small.stored = [
        outcome(
            "Organizations",
            "1",
            "updated",
            verb="update",
            flow="to_xero",
            id=1,
            differences=(change,),
        ),
        outcome("Invoices", "7", "failed", code="tax_missing", id=2, name="INV [7]"),
        outcome("Invoices", None, "excluded", id=3),
    ]
    return small


def page(context: SmallContext, **query: str) -> TablePage:
    """The page for a form."""
    return plugin.pages()[0].load(context, PageRequest("log", query))


def run(context: SmallContext, *arguments: str) -> Result:
    """What a command did."""
    return CliRunner().invoke(log, arguments, obj=App(context))


def test_every_hook_fits_its_specification() -> None:
    """Pluggy finds no hook that is unknown or takes unknown arguments."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)

    manager.check_pending()


def test_importing_the_plugin_stays_light() -> None:
    """click, rich and SQLAlchemy are loaded only when used."""
    code = "import sys, xtiger_log.plugin; print({'click','rich','sqlalchemy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_every_menu_entry_has_a_page() -> None:
    """No entry leads nowhere."""
    assert {entry.page for entry in plugin.menu()} == {spec.name for spec in plugin.pages()}


def test_a_plan_leaves_a_line_in_the_event_log(caplog: pytest.LogCaptureFixture) -> None:
    """The line counts actions, records and calls."""
    items = (
        Item("Invoices", "Invoice", "1", None, "INV", "create"),
        Item("Invoices", "Invoice", "2", "x", "B"),
    )
    with caplog.at_level(logging.INFO):
        plugin.plan_made(Plan("c1", START, ("Invoices",), items, calls=3))

    assert caplog.messages == [
        "a plan of Invoices has 1 actions for 2 records; making it took 3 calls"
    ]


def test_a_run_leaves_a_line_in_the_event_log(caplog: pytest.LogCaptureFixture) -> None:
    """The line adds the results of all modules."""
    counts = {"Products": {"created": 2}, "Invoices": {"created": 1, "held": 1}}
    with caplog.at_level(logging.INFO):
        plugin.run_finished(
            Run("r1", "c1", ("Products", "Invoices"), START, state="done", calls=4, counts=counts)
        )

    assert caplog.messages == [
        "run r1 of Products, Invoices ended done with 4 calls: 3 created, 1 held"
    ]


@pytest.mark.feature("F094")
def test_the_page_lists_the_newest_entry_first(context: SmallContext) -> None:
    """What happened last is what people look for."""
    assert [row[-1] for row in page(context).rows] == ["3", "2", "1"]


def test_the_page_searches(context: SmallContext) -> None:
    """The form's fields reach the search."""
    assert [row[-1] for row in page(context, result="failed").rows] == ["2"]


def test_the_page_keeps_the_search(context: SmallContext) -> None:
    """The form shows again what was searched for."""
    assert ("text", "Name or id", "INV") in page(context, text="INV").search


def test_the_page_explains_a_wrong_field(context: SmallContext) -> None:
    """A wrong day is explained above an empty table."""
    assert page(context, **{"from": "soon"}).note == "'soon' is no day. Write it like 2026-11-20."


def test_the_page_says_where_older_rows_are(context: SmallContext) -> None:
    """A full page names the next one."""
    assert page(context, size="2").note == "Entries 1 to 2, newest first. Older ones: page 2."


def test_the_page_speaks_german(context: SmallContext) -> None:
    """Its note, and what became of each record."""
    found = plugin.pages()[0].load(context, PageRequest("log", {"size": "2"}, locale="de"))

    assert found.note == "Einträge 1 bis 2, neueste zuerst. Ältere: Seite 2."
    assert "Project-Id-Version" not in str(found.rows)
    assert not {row[3] for row in found.rows} & {"created", "unchanged", "held", "conflict"}


def test_the_last_page_names_no_other(context: SmallContext) -> None:
    """A page that is not full is the last."""
    assert page(context, size="2", page="2").note == "Entries 3 to 3, newest first."


@pytest.mark.parametrize(
    ("query", "expected"),
    [({"text": "zzz"}, "Nothing fits."), ({"page": "9"}, "There are no rows on this page.")],
)
def test_an_empty_page_says_why(
    context: SmallContext, query: dict[str, str], expected: str
) -> None:
    """No hit and no more rows are told apart."""
    assert expected == page(context, **query).note


def test_the_command_lists_entries(context: SmallContext) -> None:
    """Names with square brackets survive the table."""
    assert "INV [7]" in run(context, "--text", "INV").output


def test_the_command_prints_json(context: SmallContext) -> None:
    """Scripts get the sentence and the fix too."""
    (row,) = json.loads(run(context, "--result", "failed", "--json").output)["entries"]

    assert (row["sentence"], row["fix"]) == ("Sentence of tax_missing.", "Fix of tax_missing.")


def test_the_command_prints_csv(context: SmallContext) -> None:
    """Every entry is a line below the head."""
    lines = list(csv.reader(io.StringIO(run(context, "--csv").output)))

    assert [line[-1] for line in lines] == ["Id", "3", "2", "1"]


def test_json_and_csv_exclude_each_other(context: SmallContext) -> None:
    """The command says so, with click's exit code for wrong usage."""
    assert run(context, "--json", "--csv").exit_code == 2


def test_the_limit_is_obeyed(context: SmallContext) -> None:
    """No more rows than asked for."""
    assert len(json.loads(run(context, "--limit", "2", "--json").output)["entries"]) == 2


def test_no_hit_is_a_sentence(context: SmallContext) -> None:
    """An empty answer is not an empty screen."""
    assert run(context, "--text", "zzz").output == "Nothing fits.\n"


def test_a_wrong_day_reaches_the_command_line_as_an_error(context: SmallContext) -> None:
    """The command line shows its sentence and exit code."""
    assert isinstance(run(context, "--from", "soon").exception, NeedsPerson)


def test_one_entry_shows_old_and_new_values(context: SmallContext) -> None:
    """Each changed field is listed with both."""
    (change,) = json.loads(run(context, "show", "1", "--json").output)["changes"]

    assert (change["label"], change["old"], change["new"]) == ("Name", "A", "B")


def test_one_entry_is_shown_to_people(context: SmallContext) -> None:
    """One line per fact that is there."""
    assert "What to do:     Fix of tax_missing.\n" in run(context, "show", "2").output


def synced(connection_id: str, module: str, ids: Sequence[str]) -> list[Outcome]:
    """Everything works the second time."""
    return [outcome(module, crm_id, "created") for crm_id in ids]


@pytest.mark.feature("F090")
def test_an_entry_is_synced_again(context: SmallContext) -> None:
    """The record of the entry goes through the sync as a person's wish."""
    context.sync = synced
    run(context, "again", "2")

    assert context.asked == [("c1", "Invoices", ("7",), "person")]


@pytest.mark.feature("F091")
def test_all_failed_records_are_synced_again(context: SmallContext) -> None:
    """By result instead of by id."""
    context.sync = synced
    (row,) = json.loads(run(context, "again", "--result", "failed", "--json").output)["entries"]

    assert (row["module"], row["crm_id"], row["result"]) == ("Invoices", "7", "created")


def test_records_are_synced_again_parents_first_and_once(context: SmallContext) -> None:
    """Two entries of one record are one record."""
    context.sync = synced
    context.stored.append(outcome("Invoices", "7", "failed", id=4))
    run(context, "again", "4", "2", "1")

    assert context.asked == [
        ("c1", "Organizations", ("1",), "person"),
        ("c1", "Invoices", ("7",), "person"),
    ]


def test_an_entry_without_a_crm_record_cannot_be_synced_again(context: SmallContext) -> None:
    """The sentence names another way."""
    assert "has a record in the CRM" in str(run(context, "again", "3").exception)


@pytest.mark.parametrize("arguments", [(), ("1", "--result", "failed")])
def test_again_needs_ids_or_a_result(context: SmallContext, arguments: tuple[str, ...]) -> None:
    """Neither and both are wrong usage."""
    assert run(context, "again", *arguments).exit_code == 2


def test_again_with_nothing_standing_says_so(context: SmallContext) -> None:
    """Nothing to do is no error."""
    assert run(context, "again", "--result", "conflict").output == "Nothing fits.\n"


def test_the_hooks_come_by_pluggy() -> None:
    """The command line finds the command where it asks."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)

    assert [[c.name for c in found] for found in manager.hook.cli_commands()] == [["log"]]
