"""`xtiger needs`: what waits for a person, grouped by cause, and all of one cause tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules, shortened
from xtiger.console import json_option
from xtiger.i18n.cause_text import spoken_sent

if TYPE_CHECKING:
    from xtiger.services.needs import Need

#: What is tried at a command waits for its end.
_PATIENCE = timedelta(hours=12)
#: Names that a row shows.
_NAMES = 3


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def needs(ctx: click.Context) -> None:
    """List what waits for a person: equal causes in one row, with the number of records."""
    if ctx.invoked_subcommand is None:
        app = ctx.ensure_object(App)
        _list(app, app.xt.needs.all(app.connection_id()))


@needs.command()
@click.argument("code")
@click.option("--module", metavar="MODULE", help="Only the records of this module.")
@json_option
@click.pass_obj
def retry(app: App, code: str, module: str | None) -> None:
    """Try all records that wait for CODE again, as listed; parents first."""
    named = known_modules(app, (module,))[0] if module else ""
    until = app.xt.clock.now() + _PATIENCE
    count, sent = app.xt.needs.retry(code, named, app.connection_id(), until=until)
    if app.as_json:
        results: dict[str, int] = {}
        for one in sent.outcomes:
            results[one.result] = results.get(one.result, 0) + 1
        app.emit({"records": count, "outcomes": results, "later": len(sent.later)})
    elif not count:
        app.say(app.words.translate("Nothing of this waits any longer."))
    elif not sent.outcomes and not sent.later:
        app.say(app.words.translate("It goes with the next sync."))
    else:
        app.say(spoken_sent(sent, app.words, app.xt.clock.now()))


def _list(app: App, found: Sequence[Need]) -> None:
    if app.as_json:
        app.emit({"needs": [_described(app, one) for one in found]})
        return
    _ = app.words.translate
    if not found:
        app.say(_("Nothing waits for you."))
        return
    # rich is slow to load.
    from xtiger.cli.tables import troubles

    rows = []
    for one in found:
        said, fix = app.xt.sentences.cause(one.cause, "command", one.outcomes[0])
        names = ", ".join(shortened(each.name) for each in one.outcomes[:_NAMES])
        more = ", …" if len(one.outcomes) > _NAMES else ""
        head = f"{app.words.number(len(one.outcomes))} {one.module}"
        rows.append((head, f"{said} ({names}{more})", fix, one.code))
    app.console.print(troubles(app, rows))
    app.say(_("Try all of one cause again: xtiger needs retry CODE"))


def _described(app: App, one: Need) -> dict[str, object]:
    said, fix = app.xt.sentences.cause(one.cause, "data", one.outcomes[0])
    return {
        "module": one.module,
        "code": one.code,
        "about": one.about,
        "count": len(one.outcomes),
        "sentence": said,
        "message": one.message,
        "fix": fix,
        "waiting": len(one.followers),
        "records": [
            {"name": each.name, "crm_id": each.crm_id, "xero_id": each.xero_id}
            for each in one.outcomes
        ],
    }
