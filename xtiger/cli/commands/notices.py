"""`xtiger notices`: what happened to invoices in Xero."""

from __future__ import annotations

from typing import Any

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules, shortened
from xtiger.console import json_option
from xtiger.model.customers.notices import NOTICE_EVENTS, Notice, NoticeEvent
from xtiger.model.records import Ref


@click.command()
@click.argument("module", required=False)
@click.argument("record_id", required=False, metavar="[ID]")
@click.option("--event", "events", multiple=True, type=click.Choice(NOTICE_EVENTS))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@json_option
@click.pass_obj
def notices(
    app: App,
    module: str | None,
    record_id: str | None,
    events: tuple[NoticeEvent, ...],
    limit: int,
) -> None:
    """List what happened to invoices, newest first; of the invoice ID of MODULE alone."""
    if module is not None and record_id is None:
        raise click.UsageError("Name the invoice, too: xtiger notices Invoices 42")
    ref = None
    if module is not None and record_id is not None:
        ref = Ref(known_modules(app, (module,))[0], record_id)
    found = app.xt.notices.all(app.connection_id(), ref=ref, events=events, limit=limit)
    if app.as_json:
        app.emit({"notices": [_described(one) for one in found]})
        return
    words, _ = app.words, app.words.translate
    if not found:
        app.say(_("Nothing happened to an invoice yet."))
        return
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns
    from xtiger.panels.notices import EVENT_WORDS

    table = columns(_("When"), _("Invoice"), _("What happened"), numbers=(_("Left to pay"),))
    now = app.xt.clock.now()
    for one in found:
        table.add_row(
            words.ago(one.at, now),
            Text(shortened(one.number or one.xero_id)),
            _(EVENT_WORDS[one.event]),
            words.money(one.left, one.currency),
        )
    app.console.print(table)


def _described(one: Notice) -> dict[str, Any]:
    return {
        "id": one.id,
        "event": one.event,
        "at": one.at,
        "module": one.ref.module if one.ref is not None else "",
        "record": one.ref.id if one.ref is not None else "",
        "number": one.number,
        "xero_id": one.xero_id,
        "currency": one.currency,
        "total": one.total,
        "settled": one.settled,
        "left": one.left,
        "due_day": one.due_day,
    }
