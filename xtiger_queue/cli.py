"""The commands `xtiger queue list | add | run | retry | cancel | done`."""

from __future__ import annotations

import click

from xtiger.console import json_option, print_json, print_result, print_table
from xtiger.model.records import Ref
from xtiger_queue import page, requests, rounds, store
from xtiger_queue.called import called
from xtiger_queue.cli_schedule import schedule


@click.group()
def queue() -> None:
    """See and steer the changes that wait for Xero."""


queue.add_command(schedule)


@queue.command("list")
@click.option("--module", default="", help="Only jobs of this module.")
@click.option(
    "--state",
    default="",
    type=click.Choice(["", "waiting", "running", "held"]),
    help="Only jobs in this state.",
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
@json_option
@click.pass_context
def list_jobs(ctx: click.Context, module: str, state: str, limit: int) -> None:
    """List what waits, the one due first first."""
    context = ctx.obj.context()
    asked = ctx.obj.connection_id()
    with store.look(context) as connection:
        found = store.find(
            connection,
            context.tenant,
            module=module,
            state=state,
            limit=limit,
            connections=[asked] if asked else None,
        )
        counts = store.counts(connection, context.tenant)
    if ctx.obj.as_json:
        print_json(
            {
                "jobs": [page.fields(context, job) for job in called(context, found)],
                "counts": counts,
            }
        )
        return
    if found:
        names = page.organisations(context)
        rows = [page.cells(context, job, names, "command") for job in called(context, found)]
        print_table(ctx.obj.console, page.COLUMNS, rows)
    click.echo(page.note(counts, found, context.now()))


@queue.command()
@click.argument("module")
@click.argument("ids", nargs=-1, required=True)
@json_option
@click.pass_context
def add(ctx: click.Context, module: str, ids: tuple[str, ...]) -> None:
    """Add records of MODULE by their CRM ids."""
    refs = [Ref(module, crm_id) for crm_id in ids]
    sentence = requests.add(ctx.obj.context(), refs, ctx.obj.connection_id() or "")
    print_result(ctx, sentence, added=len(set(ids)))


@queue.command()
@json_option
@click.pass_context
def run(ctx: click.Context) -> None:
    """Sync what is due now, as cron and the worker do."""
    report = rounds.run_due(ctx.obj.context())
    if ctx.obj.as_json:
        print_json(
            {
                "records": report.records,
                "results": dict(report.results),
                "later": report.later,
                "held": report.held,
                "stops": report.stops,
            }
        )
        return
    if not report.records:
        click.echo("Nothing is due.")
        return
    said = {"conflict": "in conflict"}
    results = ", ".join(f"{n} {said.get(one, one)}" for one, n in report.results.items())
    click.echo(f"{report.records} records: {results}.")
    for sentence in report.stops:
        click.echo(sentence)
    if report.later:
        click.echo(f"{report.later} go on by themselves later.")
    if report.held:
        click.echo(f"{report.held} wait for you. See why: xtiger queue list --state held")


@queue.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="Everything in the queue.")
@json_option
@click.pass_context
def retry(ctx: click.Context, ids: tuple[int, ...], every: bool) -> None:
    """Try jobs again now, held ones too, by the number in the list."""
    if bool(ids) == every:
        raise click.UsageError("Give the numbers of jobs, or --all.")
    count = requests.retry(ctx.obj.context(), ids, every=every)
    print_result(ctx, f"{count} go on with the next round: xtiger queue run", retried=count)


@queue.command()
@click.argument("ids", nargs=-1, type=int, required=True)
@json_option
@click.pass_context
def done(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """Mark jobs as done by hand: they no longer wait; the next sync compares the records."""
    count = requests.done(ctx.obj.context(), ids)
    print_result(ctx, f"{count} taken as done. The next sync compares the records.", done=count)


@queue.command()
@click.argument("ids", nargs=-1, type=int, required=True)
@json_option
@click.pass_context
def cancel(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """Take jobs out of the queue; the records stay as they are."""
    count = requests.cancel(ctx.obj.context(), ids)
    print_result(
        ctx, f"{count} taken out. A later change of the record adds it again.", cancelled=count
    )
