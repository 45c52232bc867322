"""Tests of the commands of XTQueue."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from tests.xtiger_queue.context import App, SmallContext, connection
from tests.xtiger_queue.test_plugin import hold
from tests.xtiger_queue.test_rounds import answering, raising
from tests.xtiger_queue.test_store import add, everything
from xtiger.errors import RateLimited
from xtiger_queue.cli import queue


def run(context: SmallContext, *arguments: str) -> Result:
    """What a command did."""
    return CliRunner().invoke(queue, arguments, obj=App(context))


def test_the_list_shows_held_jobs(context: SmallContext) -> None:
    """As JSON with all that a script needs."""
    number = hold(context)
    (job,) = json.loads(run(context, "list", "--state", "held", "--json").output)["jobs"]

    assert (job["id"], job["sentence"], job["fix"]) == (number, "Sentence of both.", "Fix of both.")


def test_the_list_for_people_ends_with_the_count(context: SmallContext) -> None:
    """The last line sums up."""
    hold(context)

    assert run(context, "list").output.endswith("1 held.\n")


def test_records_are_added_by_command(context: SmallContext) -> None:
    """One sentence says what happens next."""
    assert run(context, "add", "Invoices", "1").output == (
        "1 record waits in the queue and goes to Xero with its next round.\n"
    )


def test_the_queue_runs_by_command(context: SmallContext) -> None:
    """Counts, and where held ones are explained."""
    add(context, ("Invoices", "1"), ("Invoices", "2"))
    context.sync = answering("created", "conflict")

    assert run(context, "run").output == (
        "2 records: 1 created, 1 in conflict.\n"
        "1 wait for you. See why: xtiger queue list --state held\n"
    )


def test_an_idle_run_says_so(context: SmallContext) -> None:
    """Nothing due is no error."""
    assert run(context, "run").output == "Nothing is due.\n"


def test_a_run_prints_json(context: SmallContext) -> None:
    """The same numbers for scripts."""
    add(context, ("Invoices", "1"))
    context.sync = answering("failed")

    assert json.loads(run(context, "run", "--json").output) == {
        "records": 1,
        "results": {"failed": 1},
        "later": 1,
        "held": 0,
        "stops": [],
    }


@pytest.mark.parametrize("every", [True, False])
def test_a_held_job_is_tried_again_by_command(context: SmallContext, every: bool) -> None:
    """By its number or all at once."""
    number = hold(context)
    run(context, "retry", *(["--all"] if every else [str(number)]))

    assert [job.state for job in everything(context)] == ["waiting"]


@pytest.mark.parametrize("arguments", [[], ["1", "--all"]])
def test_retry_needs_numbers_or_all(context: SmallContext, arguments: list[str]) -> None:
    """Neither and both are wrong usage."""
    assert run(context, "retry", *arguments).exit_code == 2


@pytest.mark.parametrize("command", ["retry", "cancel"])
def test_an_unknown_job_is_explained(context: SmallContext, command: str) -> None:
    """The sentence says where numbers are seen."""
    assert str(run(context, command, "99").exception) == (
        "The queue has no job 99. See its jobs: xtiger queue list"
    )


def test_a_job_is_cancelled_by_command(context: SmallContext) -> None:
    """It leaves the list; its record stays as it is."""
    number = hold(context)
    run(context, "cancel", str(number))

    assert everything(context) == []


def test_the_list_is_narrowed_to_the_named_organisation(context: SmallContext) -> None:
    """The global option --connection counts here too."""
    context.known.append(connection("c2"))
    add(context, ("Invoices", "1"))
    add(context, ("Invoices", "2"), to="c2")
    output = CliRunner().invoke(queue, ["list", "--json"], obj=App(context, "c2")).output

    assert [job["crm_id"] for job in json.loads(output)["jobs"]] == ["2"]


def test_records_are_added_for_the_named_organisation(context: SmallContext) -> None:
    """The other organisation gets nothing."""
    context.known.append(connection("c2"))
    CliRunner().invoke(queue, ["add", "Invoices", "1"], obj=App(context, "c2"))

    assert [job.key.connection_id for job in everything(context)] == ["c2"]


def test_errors_of_json_commands_are_told_as_json(context: SmallContext) -> None:
    """The command line learns that JSON was asked for."""
    app = App(context)
    CliRunner().invoke(queue, ["run", "--json"], obj=app)

    assert app.as_json


def test_a_stopped_run_says_why_and_that_it_goes_on(context: SmallContext) -> None:
    """The sentence of the stop, then how many wait."""
    add(context, ("Invoices", "1"))
    stop = RateLimited("day", retry_after_seconds=3000)
    context.sync = raising(stop)

    assert run(context, "run").output == (
        f"1 records: 1 postponed.\n{stop}\n1 go on by themselves later.\n"
    )
