"""`xtiger historical`: the unlinked records of a range of days, batch by batch."""

from __future__ import annotations

from datetime import datetime

import click

from xtiger.cli.app import App, user
from xtiger.cli.commands.syncing import RESULTS
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.model.starting.historical import BATCH, MOST, HistoricalSync, Way

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def historical(ctx: click.Context) -> None:
    """Show how far the last historical sync is; begin one, go on with it, end it."""
    if ctx.invoked_subcommand is None:
        app = ctx.ensure_object(App)
        _show(app, app.xt.historical.now(app.connection_id()))


@historical.command()
@click.argument("module")
@click.option("--from-xero", is_flag=True, help="From Xero into the CRM; else to Xero.")
@click.option("--from", "first", type=_DAY, metavar="DAY", help="The first day, as 2025-01-31.")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="The last day.")
@click.option(
    "--batch", type=click.IntRange(1, MOST), default=BATCH, help=f"Records at a time; {BATCH}."
)
@json_option
@click.pass_obj
def begin(
    app: App,
    module: str,
    from_xero: bool,
    first: datetime | None,
    last: datetime | None,
    batch: int,
) -> None:
    """Count the unlinked records of MODULE of these days; nothing is sent.

    Days are the dates of invoices and payments; of other records when they last changed.
    """
    # rich is slow to load.
    from xtiger.cli.progress import shown_progress

    (name,) = known_modules(app, (module,))
    way: Way = "to_crm" if from_xero else "to_xero"
    with shown_progress(app) as progress:
        made = app.xt.historical.begin(
            name,
            way,
            user(),
            from_day=first.date() if first else None,
            to_day=last.date() if last else None,
            batch=batch,
            connection_id=app.connection_id(),
            progress=progress,
        )
    _show(app, made)


@historical.command("next")
@click.option("--all", "everything", is_flag=True, help="All batches, one after the other.")
@json_option
@click.pass_obj
def next_(app: App, everything: bool) -> None:
    """Deal with the next batch, then say how far it is."""
    # rich is slow to load.
    from xtiger.cli.progress import shown_progress

    connection_id = app.connection_id()
    with shown_progress(app) as progress:
        now = app.xt.historical.go_on(connection_id, progress=progress, by=user())
        while everything and now.is_open:
            now = app.xt.historical.go_on(connection_id, progress=progress, by=user())
    _show(app, now)


@historical.command()
@json_option
@click.pass_obj
def end(app: App) -> None:
    """End it; what it did stays, and the rest waits for another one."""
    _show(app, app.xt.historical.end(app.connection_id()))


def _show(app: App, now: HistoricalSync | None) -> None:
    if app.as_json:
        app.emit({"historical": _described(now) if now is not None else None})
        return
    words, _ = app.words, app.words.translate
    if now is None:
        app.say(_("No historical sync is open. Begin one: xtiger historical begin MODULE"))
        return
    app.say(f"{_said(app, now)} {words.sentence('{done} of {total} done.', **_numbers(app, now))}")
    found = ", ".join(
        f"{words.number(now.results[one])} {_(one)}" for one in RESULTS if now.results.get(one)
    )
    if found:
        app.say(f"{found}.")
    if now.both_ways:
        app.say(
            words.counted(
                "{count} record would change the other side too, and waits for a sync of both.",
                "{count} records would change the other side too, and wait for a sync of both.",
                now.both_ways,
            )
        )
    if now.is_open:
        go_on = _("Go on: xtiger historical next")
        app.say(app.xt.sentences.typed(go_on, app.connection_id() or ""))


def _said(app: App, now: HistoricalSync) -> str:
    """What it is about."""
    words = app.words
    text = "Send {module} to Xero" if now.way == "to_xero" else "Get {module} from Xero"
    days = f"{now.from_day or '…'} – {now.to_day or '…'}"
    return f"{words.sentence(text, module=now.module)}, {days}:"


def _numbers(app: App, now: HistoricalSync) -> dict[str, str]:
    return {"done": app.words.number(now.done), "total": app.words.number(now.total or 0)}


def _described(now: HistoricalSync) -> dict[str, object]:
    return {
        "id": now.id,
        "module": now.module,
        "way": now.way,
        "by": now.by,
        "at": now.at,
        "from": now.from_day,
        "to": now.to_day,
        "batch": now.batch,
        "total": now.total,
        "done": now.done,
        "left": now.left,
        "outcomes": dict(now.results),
        "both_ways": now.both_ways,
        "run_id": now.run_id,
        "open": now.is_open,
    }
