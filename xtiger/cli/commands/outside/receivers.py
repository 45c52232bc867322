"""`xtiger receivers`: which of the CRM's own systems get signed messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xtiger.cli.app import App, user
from xtiger.console import json_option
from xtiger.errors import NeedsPerson, RetryLater
from xtiger.i18n.sent_words import sent_words
from xtiger.model.outside.receivers import RECEIVER_EVENTS

if TYPE_CHECKING:
    from xtiger.model.outside.receivers import Message, Receiver


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def receivers(ctx: click.Context) -> None:
    """Show which systems get messages, and say which shall."""
    if ctx.invoked_subcommand is not None:
        return
    app: App = ctx.obj
    found = app.xt.receivers.all()
    if app.as_json:
        app.emit({"receivers": [_described(one) for one in found]})
        return
    _ = app.words.translate
    if not found:
        app.say(_("No system gets messages yet."))
        return
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    names = {one.id: one.name for one in app.xt.connections.all()}
    table = columns(_("Number"), _("Address"), _("Organisation"), _("What it gets"), _("State"))
    for one in found:
        named = names.get(one.connection_id, one.connection_id) or _("all")
        table.add_row(
            str(one.id), Text(one.address), Text(named), ", ".join(one.events), _state(app, one)
        )
    app.console.print(table)


@receivers.command()
@click.argument("address")
@click.option("--event", "events", multiple=True, type=click.Choice(RECEIVER_EVENTS))
@json_option
@click.pass_obj
def add(app: App, address: str, events: tuple[str, ...]) -> None:
    """Let ADDRESS get messages, all or those named; its secret is printed this once."""
    connection = app.connection_id() or ""
    made = app.xt.receivers.add(address, user(), events or RECEIVER_EVENTS, connection)
    if app.as_json:
        app.emit({"receiver": _described(made.receiver), "secret": made.secret.reveal()})
        return
    app.say(app.words.sentence("{address} gets messages.", address=address))
    app.say(app.words.translate("Its secret, which is shown this once:"))
    app.say(made.secret.reveal())


@receivers.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def secret(app: App, number: int) -> None:
    """Make another secret for the receiver NUMBER; it is printed this once."""
    made = app.xt.receivers.new_secret(number)
    if app.as_json:
        app.emit({"secret": made.reveal()})
        return
    app.say(app.words.translate("Its secret, which is shown this once:"))
    app.say(made.reveal())


@receivers.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def off(app: App, number: int) -> None:
    """Let the receiver NUMBER get nothing any more."""
    app.xt.receivers.remove(number)
    if app.as_json:
        app.emit({"removed": number})
        return
    app.say(app.words.translate("It gets no messages any more."))


@receivers.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def test(app: App, number: int) -> None:
    """Send a test to the receiver NUMBER now, and say what it answered."""
    _say_message(app, app.xt.receivers.test(number))


@receivers.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@json_option
@click.pass_obj
def log(app: App, limit: int) -> None:
    """List the last messages, and how far each came."""
    found = app.xt.receivers.messages(limit)
    if app.as_json:
        app.emit({"messages": [_message(one) for one in found]})
        return
    words, _ = app.words, app.words.translate
    if not found:
        app.say(_("No message was written yet."))
        return
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    addresses = {one.id: one.address for one in app.xt.receivers.all()}
    table = columns(_("Number"), _("When"), _("Address"), _("Message"), _("State"), _("Answer"))
    now = app.xt.clock.now()
    for one in found:
        table.add_row(
            str(one.id),
            words.ago(one.made_at, now),
            Text(addresses.get(one.receiver_id, "")),
            one.event,
            sent_words(one.state, one.unanswered, app.words),
            Text(one.answer),
        )
    app.console.print(table)


@receivers.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def again(app: App, number: int) -> None:
    """Send the message NUMBER again that was given up."""
    _say_message(app, app.xt.receivers.send_again(number))


def _say_message(app: App, message: Message) -> None:
    # What comes of starting is slow to load.
    from xtiger.services.outside.receivers import BUSY

    busy = message.answer == BUSY
    if app.as_json:
        app.emit({"message": _message(message)})
    elif not busy:
        app.say(
            f"{sent_words(message.state, message.unanswered, app.words)}. {message.answer}".strip()
        )
    if busy:
        raise RetryLater(BUSY)
    if message.state != "sent":
        raise NeedsPerson("The receiver did not take it. Look at its address and at its log.")


def _state(app: App, one: Receiver) -> str:
    if not one.has_secret:
        return app.words.translate("no secret yet")
    if not one.failures:
        return ""
    return app.words.counted("The last try failed.", "The last {count} tries failed.", one.failures)


def _described(one: Receiver) -> dict[str, Any]:
    return {
        "number": one.id,
        "address": one.address,
        "connection_id": one.connection_id,
        "events": one.events,
        "has_secret": one.has_secret,
        "failures": one.failures,
        "rests_until": one.rests_until,
        "saved_by": one.saved_by,
        "saved_at": one.saved_at,
    }


def _message(one: Message) -> dict[str, Any]:
    return {
        "number": one.id,
        "receiver": one.receiver_id,
        "event": one.event,
        "message_id": one.message_id,
        "state": one.state,
        "tries": one.tries,
        "unanswered": one.unanswered,
        "made_at": one.made_at,
        "due_at": one.due_at,
        "sent_at": one.sent_at,
        "answer": one.answer,
    }
