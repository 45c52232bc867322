"""Tests of the hooks, the page and the buttons of XTQueue."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import timedelta

import pluggy
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import inspect

from tests.xtiger_queue.context import START, SmallContext, connection, outcome
from tests.xtiger_queue.test_rounds import answering
from tests.xtiger_queue.test_store import add, claim, everything
from xtiger import hookspecs
from xtiger.db.migration import migrate
from xtiger.errors import NeedsPerson, NotConnected, RetryLater, UnknownModule
from xtiger.hookspecs import CrmLink, PageLink, PageRequest, TablePage, XeroLink
from xtiger.model.links import Link
from xtiger.model.records import Change, Ref
from xtiger.model.runs import Run
from xtiger_queue import plugin, requests, rounds, store, tables
from xtiger_queue.migrations.versions import q0004_not_reached


@pytest.fixture
def manager() -> pluggy.PluginManager:
    """Pluggy with only this plugin, as the library calls it."""
    made = pluggy.PluginManager(hookspecs.PROJECT)
    made.add_hookspecs(hookspecs)
    made.register(plugin)
    return made


def page(context: SmallContext, **query: str) -> TablePage:
    """The page for a form."""
    return plugin.pages()[0].load(context, PageRequest("queue", query))


def hold(context: SmallContext, crm_id: str = "1") -> int:
    """Put an invoice into the queue, let it end in a conflict and answer its job's id."""
    add(context, ("Invoices", crm_id))
    context.sync = answering("conflict", code="both")
    rounds.run_due(context)
    return next(job.id or 0 for job in everything(context) if job.key.crm_id == crm_id)


def test_every_hook_fits_its_specification(manager: pluggy.PluginManager) -> None:
    """Pluggy finds no hook that is unknown or takes unknown arguments."""
    manager.check_pending()


def test_importing_the_plugin_stays_light() -> None:
    """click, rich and SQLAlchemy are loaded only when used."""
    code = "import sys, xtiger_queue.plugin; print({'click','rich','sqlalchemy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


# --- changes and time ------------------------------------------------------------------------


def test_changes_are_taken(context: SmallContext, manager: pluggy.PluginManager) -> None:
    """The hook enqueue answers True, so that nobody else sends them."""
    taken = manager.hook.enqueue(
        context=context, tenant="", connection_id="c1", refs=[Ref("Invoices", "1")], reason="save"
    )

    assert (taken, len(everything(context))) == (True, 1)


def test_a_tick_runs_what_is_due(context: SmallContext) -> None:
    """The host's cron needs nothing else."""
    add(context, ("Invoices", "1"))
    context.sync = answering("created")
    plugin.tick(context, START)

    assert everything(context) == []


def test_a_tick_takes_the_time_it_is_told(context: SmallContext) -> None:
    """A cron that says a later time finds what is due by then."""
    hold(context)
    requests.retry(context, every=True)
    with store.begin(context) as database:
        store.postpone_waiting(database, "c1", None, "", START + timedelta(minutes=1))
    context.sync = answering("created")
    plugin.tick(context, START + timedelta(minutes=2))

    assert everything(context) == []


def test_an_outcome_of_another_run_settles_the_job(context: SmallContext) -> None:
    """The hook run_finished reaches the queue."""
    add(context, ("Invoices", "1"))
    context.stored = [outcome("Invoices", "1")]
    plugin.run_finished(context, Run("r1", "c1", ("Invoices",), START + timedelta(seconds=1)))

    assert everything(context) == []


@pytest.mark.parametrize(
    "hook", [plugin.record_saved, plugin.record_deleted, plugin.record_restored]
)
def test_a_change_leaves_a_trace(hook: object, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever connects a CRM sees in the event log that its events arrive."""
    assert callable(hook)
    with caplog.at_level(logging.DEBUG, "xtiger_queue"):
        hook(Change(Ref("Invoices", "7"), "updated", START))

    assert caplog.messages == ["Invoices 7 updated: noted, queued after its commit"]


@pytest.mark.feature("F042")
def test_a_won_sale_waits_for_its_invoice(context: SmallContext) -> None:
    """It stays in the list, with the next step, until a person takes it out."""
    plugin.sale_closed(context, Ref("Potentials", "9"), None, "")
    for call in context.crm.after_commit:
        call()

    assert [(job.state, job.sentence) for job in everything(context)] == [
        ("held", requests.SALE_WON)
    ]


def test_a_won_sale_with_its_invoice_is_no_task(context: SmallContext) -> None:
    """The invoice comes as a record of its own; one that the CRM refused says why."""
    plugin.sale_closed(context, Ref("Quotes", "1"), Ref("Invoices", "4"), "")
    plugin.sale_closed(context, Ref("Quotes", "2"), None, "Number is missing.")
    for call in context.crm.after_commit:
        call()

    (job,) = everything(context)
    assert job.sentence.endswith("The CRM refused to make it: Number is missing.")


def test_a_won_sale_that_is_rolled_back_leaves_nothing(context: SmallContext) -> None:
    """Only the host's commit writes the note."""
    plugin.sale_closed(context, Ref("Potentials", "9"), None, "")

    assert everything(context) == []


def test_a_new_connection_lets_jobs_go_on(context: SmallContext) -> None:
    """What waited for a person waits no longer."""
    add(context, ("Invoices", "1"))
    with store.begin(context) as database:
        store.postpone_waiting(database, "c1", None, "ended", START + timedelta(days=1))
    plugin.connection_changed(context, connection(), "connected")

    assert [(job.due_at, job.sentence) for job in everything(context)] == [(START, "")]


@pytest.mark.parametrize("event", ["ended", "disconnected"])
def test_an_ended_connection_is_told(context: SmallContext, event: str) -> None:
    """The list says why nothing moves and when it will; it stands in a browser, too."""
    add(context, ("Invoices", "1"))
    plugin.connection_changed(context, connection(), event)

    assert everything(context)[0].sentence == (
        "The connection to Demo Company has ended. Nothing is lost: it goes on once it is "
        "connected again."
    )


def test_a_removed_tenants_jobs_are_dropped(context: SmallContext) -> None:
    """Those of others stay."""
    context.known = [connection("c1", tenant="north")]
    with store.begin(context) as db:
        for tenant in ("north", "south"):
            store.enqueue(db, tenant, f"c-{tenant}", [Ref("Invoices", "1")], "save", context.now())
    plugin.tenant_removed(context, "north")

    with store.look(context) as db:
        assert [0, 1] == [len(store.find(db, tenant)) for tenant in ("north", "south")]


# --- what people see -------------------------------------------------------------------------


@pytest.mark.feature("F077")
@pytest.mark.parametrize("buttons", [plugin.record_actions, plugin.list_actions])
def test_add_to_queue_puts_records_first_in_line(context: SmallContext, buttons: object) -> None:
    """The buttons of a record and of a list do the same."""
    assert callable(buttons)
    (button,) = buttons()
    said = button.run(context, [Ref("Invoices", "1"), Ref("Organizations", "2")])

    assert (said, button.label, {job.reason for job in everything(context)}) == (
        "2 records wait in the queue and go to Xero with its next rounds.",
        "Add to Queue",
        {"person"},
    )


def test_a_record_of_a_foreign_module_cannot_be_added(context: SmallContext) -> None:
    """The sentence names the modules that can."""
    with pytest.raises(UnknownModule):
        requests.add(context, [Ref("Tickets", "1")])


def test_nothing_can_be_added_before_a_connection(context: SmallContext) -> None:
    """The next step is to connect."""
    context.known = []
    with pytest.raises(NotConnected):
        requests.add(context, [Ref("Invoices", "1")])


def test_records_wait_for_an_ended_connection_to_come_back(context: SmallContext) -> None:
    """A wish is taken even while nothing can be sent."""
    context.known = [connection().ended("revoked")]
    requests.add(context, [Ref("Invoices", "1")])

    assert [job.key.connection_id for job in everything(context)] == ["c1"]


def test_two_organisations_of_one_customer_both_get_the_record(context: SmallContext) -> None:
    """Which one it belongs to is decided by the sync, not by the queue."""
    context.known.append(connection("c2", "Branch"))
    requests.add(context, [Ref("Invoices", "1")])

    assert {job.key.connection_id for job in everything(context)} == {"c1", "c2"}


@pytest.mark.feature("F094")
def test_the_page_lists_what_waits_and_why(context: SmallContext) -> None:
    """Sentence and next step stand beside the record's name."""
    hold(context)
    (row,) = page(context).rows

    assert row[:5] == ("Name 1", "Invoices", "waits for you", "Sentence of both.", "Fix of both.")


def test_the_page_searches(context: SmallContext) -> None:
    """By state and module."""
    hold(context)
    add(context, ("Products", "2"))

    assert [len(page(context, **q).rows) for q in ({"state": "held"}, {"module": "Payments"})] == [
        1,
        0,
    ]


def test_the_page_counts(context: SmallContext) -> None:
    """How many wait and how many are held."""
    hold(context)
    add(context, ("Products", "2"))

    assert page(context).note.startswith("1 waiting, 1 held. ")


def test_an_empty_queue_says_so(context: SmallContext) -> None:
    """No table without a word."""
    assert page(context).empty.startswith("Nothing waits: all that was changed")


@pytest.mark.feature("F095")
def test_the_page_asks_for_cron_when_nothing_runs_the_queue(context: SmallContext) -> None:
    """A job long overdue means that the worker or cron job is missing; no command is named."""
    add(context, ("Products", "2"))
    context.hand.sleep(3600)
    said = page(context).note

    assert "ask your administrator whether the worker runs" in said
    assert "xtiger" not in said


def test_the_page_speaks_german(context: SmallContext) -> None:
    """Its note and the states of the jobs."""
    hold(context)
    add(context, ("Products", "2"))
    found = plugin.pages()[0].load(context, PageRequest("queue", {}, locale="de"))

    assert found.note.startswith("1 warten, 1 angehalten. ")
    assert {row[2] for row in found.rows} == {"wartet", "wartet auf Sie"}


def test_the_page_searches_by_day_and_organisation(context: SmallContext) -> None:
    """Both days are included; a day that is none is not looked at."""
    context.known.append(connection("c2", "Branch"))
    add(context, ("Products", "2"))
    queries = (
        {"from": "2026-11-20", "to": "2026-11-20"},
        {"from": "2026-11-21"},
        {"to": "2026-11-19"},
        {"from": "soon", "to": "9999-12-31"},
        {"connection": "c1"},
        {"connection": "c2"},
    )

    assert [len(page(context, **query).rows) for query in queries] == [1, 0, 0, 1, 1, 0]


def test_a_row_leads_to_the_record_and_to_xero(context: SmallContext) -> None:
    """And to what the log has of the record."""
    add(context, ("Products", "2"))
    context.linked["Products", "2"] = Link("c1", "Item", "x-2", "Products", "2")
    (detail,) = page(context).details

    assert detail.links[:2] == (
        CrmLink("Products", "2", column="Record"),
        XeroLink("c1", "Item", "x-2"),
    )
    assert isinstance(detail.links[2], PageLink)
    assert detail.links[2].query["record"] == "2"


def test_a_long_queue_is_turned_and_a_file_has_all(context: SmallContext) -> None:
    """Fifty jobs on a page."""
    add(context, *(("Products", str(number)) for number in range(60)))
    first, last, whole = (
        plugin.pages()[0].load(context, request)
        for request in (
            PageRequest("queue", {}),
            PageRequest("queue", {}, number=2),
            PageRequest("queue", {}, whole=True),
        )
    )

    assert [(len(one.rows), one.has_more) for one in (first, last, whole)] == [
        (50, True),
        (10, False),
        (60, False),
    ]


def press(context: SmallContext, name: str, *keys: str, locale: str = "en") -> str:
    """Press a button of the page."""
    (button,) = [one for one in plugin.pages()[0].actions if one.name == name]
    return button.run(context, PageRequest("queue", {}, locale=locale), keys)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("retry", "1 goes on with the next round."),
        ("done", "1 is taken as done. The next sync compares the record."),
        ("cancel", "1 is taken out. A later change of the record adds it again."),
        ("send", "1 created"),
    ],
)
def test_each_button_does_what_it_says(context: SmallContext, name: str, said: str) -> None:
    """With keys that name no job among them; pressed once more it says that nothing is left."""
    number = str(hold(context))
    context.sync = answering("created")

    assert said == press(context, name, number, "x", "-1", "9" * 40)
    left = [job.state for job in everything(context)]
    assert left == {"retry": ["waiting"], "send": ["held"]}.get(name, [])
    assert len(context.forgotten) == (1 if name == "done" else 0)


def test_a_button_of_a_job_that_is_gone_does_nothing(context: SmallContext) -> None:
    """An old tab is told so, in its language."""
    assert press(context, "cancel", "77", locale="de") == (
        "Es wurde nichts getan: Diese warten nicht mehr."
    )


def test_a_won_sale_cannot_be_sent(context: SmallContext) -> None:
    """There is nothing to send: its row offers Done and Cancel only, and a forged key is left."""
    plugin.sale_closed(context, Ref("Potentials", "9"), None, "")
    for call in context.crm.after_commit:
        call()
    (detail,) = page(context).details

    assert detail.actions == ("done", "cancel")
    assert press(context, "send", detail.key).startswith("Nothing was done")


def test_every_menu_entry_has_a_page() -> None:
    """No entry leads nowhere."""
    assert {entry.page for entry in plugin.menu()} == {spec.name for spec in plugin.pages()}


def test_the_commands_come_by_the_hook(manager: pluggy.PluginManager) -> None:
    """The command line finds the group."""
    assert [[command.name for command in found] for found in manager.hook.cli_commands()] == [
        ["queue"]
    ]


# --- tables and life -------------------------------------------------------------------------


def test_disabling_loses_nothing(context: SmallContext) -> None:
    """Queued work is there when the extension is switched on again."""
    add(context, ("Invoices", "1"))
    plugin.disabled(context)
    plugin.enabled(context)

    assert len(everything(context)) == 1


@pytest.mark.parametrize("hook", [plugin.enabled, plugin.disabled, plugin.post_update])
def test_switching_tells_how_much_waits(
    context: SmallContext, hook: object, caplog: pytest.LogCaptureFixture
) -> None:
    """The event log has the number."""
    assert callable(hook)
    add(context, ("Invoices", "1"))
    with caplog.at_level(logging.INFO, "xtiger_queue"):
        hook(context)

    assert caplog.messages[0].endswith("; 1 jobs are in the queue and stay there")


@pytest.mark.parametrize("hook", [plugin.pre_update, plugin.pre_uninstall])
def test_code_is_not_replaced_under_a_running_round(context: SmallContext, hook: object) -> None:
    """The administrator is asked to wait a minute."""
    assert callable(hook)
    add(context, ("Invoices", "1"))
    claim(context)
    with pytest.raises(RetryLater, match="The queue is syncing 1 records"):
        hook(context)


def test_a_dead_round_does_not_stop_an_update(context: SmallContext) -> None:
    """A lease that has ended belongs to nobody."""
    add(context, ("Invoices", "1"))
    claim(context)
    context.hand.sleep(601)
    plugin.pre_update(context)

    assert len(everything(context)) == 1


def test_the_export_holds_every_job(context: SmallContext) -> None:
    """Before a purge everything is written out, as plain values."""
    add(context, ("Invoices", "1"))
    (row,) = plugin.export_data(context)["xt_queue_job"]

    assert (row["crm_id"], row["due_at"]) == ("1", START)


def test_a_purge_removes_the_table(context: SmallContext) -> None:
    """Nothing of the extension stays in the database."""
    plugin.purge_data(context)

    assert inspect(context.raw.engine).get_table_names() == []


def test_the_migrations_are_where_the_hook_says(context: SmallContext) -> None:
    """The library runs them by package and version table."""
    where = plugin.migrations()
    reached = migrate(context.raw.engine, f"{where.package}:.", where.version_table)

    assert reached == "q0010"


def test_what_was_held_for_nobody_goes_on_after_an_update(context: SmallContext) -> None:
    """Held by a release before since a run had not come to it; what waits for a person stays."""
    add(context, ("Invoices", "1"), ("Invoices", "2"))
    with store.begin(context) as db:
        for crm_id, code in (("1", "stopped_before"), ("2", "name_missing")):
            row = tables.job_table.update().where(tables.job_table.c.crm_id == crm_id)
            db.execute(row.values(state="held", code=code))
        with (
            context.raw.writing() as raw,
            Operations.context(MigrationContext.configure(raw)),
        ):
            q0004_not_reached.upgrade()

    assert ["waiting", "held"] == [
        job.state for job in sorted(everything(context), key=lambda job: job.key.crm_id)
    ]


def test_an_unknown_organisation_is_explained(context: SmallContext) -> None:
    """The sentence lists those that exist."""
    with pytest.raises(NeedsPerson, match=r"no connection 'East'. Known ones: Demo Company \(c1\)"):
        requests.add(context, [Ref("Invoices", "1")], "East")
