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
from xtiger.hookspecs import CrmLink, PageLink, PageRequest, TablePage, XeroLink
from xtiger.model.plans import Difference, Item, Plan
from xtiger.model.runs import Outcome, Run
from xtiger_log import plugin
from xtiger_log.cli import log
from xtiger_log.rows import COLUMNS


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
    assert [detail.key for detail in page(context, each="1").details] == ["", "2", "1"]


def test_the_page_searches(context: SmallContext) -> None:
    """The form's fields reach the search."""
    assert [detail.key for detail in page(context, result="failed").details] == ["2"]


def test_a_number_of_what_was_in_step_leads_to_words(context: SmallContext) -> None:
    """It is counted in the run's row, so there is no entry to show."""
    said = page(context, run="r1", result="unchanged").empty

    assert said == "Records that were in step as before are counted and have no entry."


def test_the_page_keeps_the_search(context: SmallContext) -> None:
    """The form shows again what was searched for."""
    assert "INV" in [field.value for field in page(context, text="INV").fields]


def test_the_page_explains_a_wrong_field(context: SmallContext) -> None:
    """A wrong day is explained above an empty table."""
    assert page(context, **{"from": "soon"}).note == "'soon' is no day. Write it like 2026-11-20."


def many(context: SmallContext, count: int) -> None:
    """A log of so many updates."""
    context.stored = [outcome("Products", str(n), "updated", id=n) for n in range(1, count + 1)]


def test_a_long_log_is_turned(context: SmallContext) -> None:
    """A full page says that there is another; the last one does not."""
    many(context, 70)
    first = page(context)
    last = plugin.pages()[0].load(context, PageRequest("log", {}, number=2))

    assert (first.has_more, last.has_more) == (True, False)
    assert [one.note.split(",")[0] for one in (first, last)] == [
        "Entries 1 to 50",
        "Entries 51 to 70",
    ]


def test_a_file_has_every_entry_and_column(context: SmallContext) -> None:
    """What is downloaded is what was searched for, not what one page shows."""
    many(context, 70)
    found = plugin.pages()[0].load(context, PageRequest("log", {}, whole=True))

    assert (len(found.rows), found.columns) == (70, COLUMNS)


def test_a_file_is_written_part_by_part(context: SmallContext) -> None:
    """However many entries fit: as CSV with one head line, as lines of JSON with one seal."""
    many(context, 1_200)
    write = plugin.pages()[0].file
    assert write is not None
    parts = list(write(context, PageRequest("log", {}), "csv"))
    lines = list(write(context, PageRequest("log", {}), "lines"))

    assert [1, 500, 500, 200] == [part.count("\n") for part in parts]
    assert 1_201 == len(lines)
    assert {"entries": 1_200} == {"entries": json.loads(lines[-1])["seal"]["entries"]}


def test_a_file_of_a_wrong_search_is_none(context: SmallContext) -> None:
    """It is said before the first part."""
    write = plugin.pages()[0].file
    assert write is not None
    with pytest.raises(NeedsPerson, match="is no day"):
        write(context, PageRequest("log", {"from": "soon"}), "csv")


@pytest.mark.parametrize(
    ("query", "shown"),
    [({}, ["1"]), ({"unchanged": "1"}, ["2", "1"]), ({"result": "unchanged"}, ["2"])],
)
def test_what_was_unchanged_is_hidden(
    context: SmallContext, query: dict[str, str], shown: list[str]
) -> None:
    """Unless the box is ticked or the result is asked for."""
    context.stored = [
        outcome("Products", "1", "updated", id=1),
        outcome("Products", "2", "unchanged", id=2),
    ]

    assert shown == [detail.key for detail in page(context, each="1", **query).details]


@pytest.mark.parametrize(("flow", "shown"), [("to_xero", ["3", "1"]), ("to_crm", ["3", "2"])])
def test_a_direction_takes_in_both(context: SmallContext, flow: str, shown: list[str]) -> None:
    """What went both ways went this way, too."""
    context.stored = [
        outcome("Products", "1", "updated", flow="to_xero", id=1),
        outcome("Products", "2", "updated", flow="to_crm", id=2),
        outcome("Products", "3", "updated", flow="both", id=3),
    ]

    assert shown == [detail.key for detail in page(context, flow=flow).details]


def test_a_row_leads_to_the_record_its_twin_its_history_and_its_run(context: SmallContext) -> None:
    """And unfolds the fields that changed."""
    detail = page(context, each="1").details[-1]
    record = {"module": "Organizations", "record": "1", "unchanged": "1", "each": "1"}

    assert detail.links == (
        CrmLink("Organizations", "1", column="Record"),
        XeroLink("c1", "Contact", "x-1"),
        PageLink("History", "log", record),
        PageLink("Run", "log", {"run": "r1"}),
    )
    assert detail.part is not None
    assert detail.part.rows == (("Name", "A", "B", "CRM → Xero"),)


def test_equal_reasons_are_one_row_with_all_records(context: SmallContext) -> None:
    """Its button is about all of them, and it unfolds their names."""
    context.stored = [
        outcome("Invoices", str(n), "failed", code="tax_missing", id=n) for n in (1, 2)
    ]
    (detail,) = page(context).details

    assert detail.key == "2,1"
    assert detail.part is not None
    assert detail.part.rows == (("Name 2", "2", "x-2"), ("Name 1", "1", "x-1"))


def test_the_page_of_a_run_says_which(context: SmallContext) -> None:
    """When it was, who began it and what it ended in."""
    context.ran = [Run("r1", "c1", ("Products",), START, "schedule", state="done", calls=4)]
    note = page(context, run="r1").note

    assert note.startswith("Run of 20 Nov 2026, 09:00 UTC, by schedule: done, 4 calls.")


@pytest.mark.feature("F090")
def test_the_button_syncs_again(context: SmallContext) -> None:
    """Each record once, parents first; keys that name no entry are left."""
    context.sync = synced
    (button,) = plugin.pages()[0].actions
    context.stored.append(outcome("Invoices", "7", "failed", id=4))
    said = button.run(context, PageRequest("log", {}), ["4,2", "1", "x", "99", "-1", "9" * 50])

    assert [one[1:3] for one in context.asked] == [
        ("Organizations", ("1",)),
        ("Invoices", ("7",)),
    ]
    assert said == "2 created"


def test_the_button_says_where_there_is_nothing_to_send(context: SmallContext) -> None:
    """An entry of a record that only Xero has."""
    (button,) = plugin.pages()[0].actions
    said = button.run(context, PageRequest("log", {}, locale="de"), ["3"])

    assert said.startswith("Keiner davon hat einen Datensatz im CRM.")


def test_the_page_speaks_german(context: SmallContext) -> None:
    """Its note, and what became of each record."""
    found = plugin.pages()[0].load(context, PageRequest("log", {}, locale="de"))

    assert found.note == "Einträge 1 bis 3, neueste zuerst. Unverändertes wird nicht gezeigt."
    assert "Project-Id-Version" not in str(found.rows)
    assert not {row[3] for row in found.rows} & {"created", "unchanged", "held", "conflict"}


def test_an_empty_page_says_why_and_leads_on(context: SmallContext) -> None:
    """No hit, no more rows and nothing synced yet are told apart."""
    far = plugin.pages()[0].load(context, PageRequest("log", {}, number=9))
    sought = page(context, text="zzz")
    context.stored = []
    new = page(context)

    assert [one.empty for one in (far, sought, new)] == [
        "There are no rows on this page.",
        "Nothing fits. Search for less.",
        "Nothing was changed yet. The next sync writes here what it does.",
    ]
    assert [one.ways[0].page for one in (far, sought, new)] == ["log", "log", "plan"]


def test_the_command_speaks_german(context: SmallContext) -> None:
    """Heads, results and what is said below; what is typed stays."""
    context.locale = "de"
    shown, one = run(context).output, run(context, "show", "1").output

    assert all(word in shown for word in ("Wann", "Ergebnis", "gescheitert", "xtiger log show"))
    assert all(word in one for word in ("Datensatz:", "Ergebnis:", "Feld", "Alt", "Neu"))


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
