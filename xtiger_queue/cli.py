"""The commands `xtiger queue list | add | run | retry | hold | release | order | cancel | done`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from xtiger.console import json_option, print_json, print_result, print_table
from xtiger.i18n.language import language
from xtiger.model.records import Ref
from xtiger.ports import Context
from xtiger_queue import done as done_store
from xtiger_queue import done_page, page, requests, rounds, scheduled_runs, store
from xtiger_queue.called import called
from xtiger_queue.cli_channel import channel
from xtiger_queue.cli_schedule import schedule
from xtiger_queue.doctor import examined
from xtiger_queue.jobs import FIRST, LAST, USUAL, Priority


@click.group()
def queue() -> None:
    """See and steer the changes that wait for Xero."""


queue.add_command(schedule)
queue.add_command(channel)
#: What `queue order` takes → the priority.
_ORDERS: Mapping[str, Priority] = {"first": FIRST, "usual": USUAL, "last": LAST}
_SAID = {"first": "before all others", "usual": "in the usual order", "last": "after all others"}


@queue.command("list")
@click.option("--module", default="", help="Only jobs of this module.")
@click.option(
    "--state",
    default="",
    type=click.Choice(["", "waiting", "running", "held", "done"]),
    help="Only jobs in this state.",
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
@json_option
@click.pass_context
def list_jobs(ctx: click.Context, module: str, state: str, limit: int) -> None:
    """List what waits, the one due first first."""
    context = ctx.obj.context()
    asked = ctx.obj.connection_id()
    if state == page.DONE:
        _list_done(ctx, context, module, [asked] if asked else None, limit)
        return
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


def _list_done(
    ctx: click.Context,
    context: Context,
    module: str,
    connections: list[str] | None,
    limit: int,
) -> None:
    """What was carried out in the last days, newest first."""
    with store.look(context) as connection:
        found = done_store.find(
            connection, context.tenant, module=module, connections=connections, limit=limit
        )
    if ctx.obj.as_json:
        print_json({"jobs": [done_page.fields(one) for one in found]})
        return
    words = language(context.locale)
    if not found:
        click.echo(words.translate("Nothing was done in the last days."))
        return
    rows = [done_page.cells(one, words) for one in found]
    print_table(ctx.obj.console, [words.translate(one) for one in done_page.COLUMNS], rows)


@queue.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say whether anything runs the queue, and what to do where nothing does."""
    context = ctx.obj.context()
    with store.look(context) as connection:
        oldest = store.find(connection, context.tenant, state="waiting", limit=1)
    found = examined(
        language(context.locale),
        context.now(),
        service=context.service(),
        oldest=oldest[0] if oldest else None,
        schedules=scheduled_runs.find_schedules(context),
        connections=sum(one.state == "active" for one in context.connections()),
    )
    if ctx.obj.as_json:
        rows = [{"well": one.is_well, "sentence": one.sentence} for one in found]
        print_json({"well": all(one.is_well for one in found), "found": rows})
    else:
        for one in found:
            click.echo(f"{'✓' if one.is_well else '▲'} {one.sentence}")
    if not all(one.is_well for one in found):
        ctx.exit(3)


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
@click.argument("ids", nargs=-1, type=int)
@json_option
@click.pass_context
def run(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """Sync what is due now, as cron and the worker do; or the jobs of these numbers."""
    context = ctx.obj.context()
    report = requests.run_now(context, ids) if ids else rounds.run_due(context)
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
def hold(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """Put jobs on hold: nothing sends their records until they are released."""
    count = requests.hold(ctx.obj.context(), ids)
    numbers = " ".join(map(str, ids))
    sentence = f"{count} on hold. Release: xtiger queue release {numbers}"
    print_result(ctx, sentence, on_hold=count)


@queue.command()
@click.argument("ids", nargs=-1, type=int, required=True)
@json_option
@click.pass_context
def release(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """End the hold of jobs: they go with the next round."""
    count = requests.release(ctx.obj.context(), ids)
    sentence = f"{count} released. They go with the next round: xtiger queue run"
    print_result(ctx, sentence, released=count)


@queue.command()
@click.argument("order", type=click.Choice(list(_ORDERS)))
@click.argument("ids", nargs=-1, type=int, required=True)
@json_option
@click.pass_context
def order(ctx: click.Context, order: str, ids: tuple[int, ...]) -> None:
    """Let jobs go first, last, or in the usual order."""
    count = requests.prioritise(ctx.obj.context(), ids, _ORDERS[order])
    print_result(ctx, f"{count} go {_SAID[order]}.", ordered=count)


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
