"""`xtiger worker`: does what is due until it is asked to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from xtiger.cli.app import App
from xtiger.cli.commands.syncing import describe
from xtiger.cli.signals import ending_signals
from xtiger.console import json_option

if TYPE_CHECKING:
    from xtiger.model.runs import Run
    from xtiger.services.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="One round, then end.")
@json_option
@click.pass_obj
def worker(app: App, once: bool) -> None:
    """Send what was saved, and sync what is scheduled, until it is asked to stop.

    Ctrl-C, SIGTERM and SIGHUP end it after the batch that is under way; what is left waits in
    the store.
    Many workers may run side by side, on SQLite and on PostgreSQL.
    """
    # They bring threads and the library, which --help has no use for.
    from xtiger.ports.stop_signal import StopSignal
    from xtiger.services.worker import line_of, worker_of

    if once:
        runs: list[Run] = []
        app.xt.tick(StopSignal(finished=runs.append), by="cron")
        for run in runs:
            app.say(line_of(run))
        if app.as_json:
            app.emit({"runs": [describe(run) for run in runs]})
        return
    if app.as_json:
        raise click.UsageError("--json needs --once: a worker that goes on has no end to print.")
    made = worker_of(app.xt, app.say)
    each = (app.xt.for_tenant(tenant) for tenant in app.xt.tenants())
    names = ", ".join(c.name for xt in each for c in xt.connections.all() if c.state == "active")
    nobody = app.words.translate("no organisation yet")
    with _asked_by_signals(made):
        # From this line on a signal ends it in order.
        app.say(app.words.sentence("Working for {names}. Ctrl-C ends it.", names=names or nobody))
        made.run()
    app.say(app.words.translate("Ended. What is left waits in the store."))


@contextmanager
def _asked_by_signals(made: Worker) -> Iterator[None]:
    """These signals ask it to stop; a second Ctrl-C stops it at once."""

    def ask(_number: int, _frame: Any) -> None:
        made.ask_to_stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    taken = [n for n in ending_signals() if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in taken}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
