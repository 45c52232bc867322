"""`xtiger mail`: who gets mails, what they would say, and what became of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from xtiger.cli.app import App
from xtiger.console import json_option
from xtiger.errors import NeedsPerson
from xtiger.i18n.sent_words import sent_words
from xtiger.model.mailing.recipients import EVERY, OCCASIONS, Every, Occasion, Recipient

if TYPE_CHECKING:
    from xtiger.model.mailing.letters import Letter

_LANGUAGES = ("en", "de", "fr")


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def mail(ctx: click.Context) -> None:
    """Show who gets mails, and say who shall."""
    if ctx.invoked_subcommand is not None:
        return
    app: App = ctx.obj
    known, way = app.xt.mails.recipients(), app.xt.mails.way()
    if app.as_json:
        app.emit({"way": way, "recipients": [_described(one) for one in known]})
        return
    _ = app.words.translate
    _say_way(app, way)
    if not known:
        app.say(_("Nobody gets mails. Weekly, for one address: xtiger mail set ADDRESS"))
        return
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    names = {one.id: one.name for one in app.xt.connections.all()}
    table = columns(_("Address"), _("Organisation"), _("How often"), _("When"), _("Next"))
    for one in known:
        due = app.words.ahead(one.due_at, app.xt.clock.now()) if one.due_at else ""
        table.add_row(
            Text(one.address),
            Text(names.get(one.connection_id, one.connection_id) or _("all")),
            _(one.every),
            _(one.occasion) + (f", {_('alerts')}" if one.alerts else ""),
            due,
        )
    app.console.print(table)


@mail.command("set")
@click.argument("address")
@click.option("--every", type=click.Choice(EVERY), help="How often a report comes.")
@click.option("--when", "occasion", type=click.Choice(OCCASIONS), help="What it is sent for.")
@click.option("--alerts/--no-alerts", default=None, help="Whether trouble is mailed at once.")
@click.option(
    "--proofs/--no-proofs", default=None, help="Whether each month's proof comes as a signed file."
)
@click.option("--language", type=click.Choice(_LANGUAGES), help="The language of the mails.")
@click.option("--zone", help="Time zone of a day, such as Europe/Berlin.")
@json_option
@click.pass_obj
# size: one parameter per option
def set_(
    app: App,
    address: str,
    every: Every | None,
    occasion: Occasion | None,
    alerts: bool | None,
    proofs: bool | None,
    language: str | None,
    zone: str | None,
) -> None:
    """Let ADDRESS get mails, weekly unless said otherwise; of one organisation by --connection."""
    fresh = Recipient(address=address, language=app.settings.locale)
    before = _known(app, address) or replace(fresh, connection_id=app.connection_id() or "")
    given = {
        "every": every,
        "occasion": occasion,
        "alerts": alerts,
        "proofs": proofs,
        "language": language,
        "zone": zone,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    made = app.xt.mails.save(replace(before, **changes))
    if app.as_json:
        app.emit({"recipient": _described(made)})
        return
    words, every_word = app.words, app.words.translate(made.every)
    if made.due_at is None:
        app.say(words.sentence("{address} gets mails: {every}.", address=address, every=every_word))
        return
    app.say(
        words.sentence(
            "{address} gets mails: {every}, the next report {when}.",
            address=address,
            every=every_word,
            when=words.ahead(made.due_at, app.xt.clock.now()),
        )
    )


@mail.command()
@click.argument("address")
@json_option
@click.pass_obj
def off(app: App, address: str) -> None:
    """Let ADDRESS get no mails any more."""
    app.xt.mails.remove(address, app.connection_id() or "")
    if app.as_json:
        app.emit({"removed": address})
        return
    app.say(app.words.sentence("{address} gets no mails any more.", address=address))


@mail.command()
@click.argument("address")
@json_option
@click.pass_obj
def test(app: App, address: str) -> None:
    """Send a test mail to ADDRESS now, and say what the mail server answered."""
    _say_letter(app, app.xt.mails.test(address))


@mail.command()
@click.argument("address")
@click.option("--html", "as_html", is_flag=True, help="As the page that a mail program shows.")
@json_option
@click.pass_obj
def show(app: App, address: str, as_html: bool) -> None:
    """Show what ADDRESS would read now; nothing is sent."""
    one = _known(app, address) or Recipient(
        address=address,
        connection_id=app.connection_id() or "",
        language=app.settings.locale,
    )
    drawn = app.xt.mails.preview(one)
    if app.as_json:
        app.emit({"subject": drawn.subject, "text": drawn.text, "html": drawn.html})
        return
    click.echo(drawn.html if as_html else drawn.text)


@mail.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@json_option
@click.pass_obj
def log(app: App, limit: int) -> None:
    """List the last mails, and how far each came."""
    found = app.xt.mails.letters(limit)
    if app.as_json:
        app.emit({"letters": [_letter(one) for one in found]})
        return
    words, _ = app.words, app.words.translate
    if not found:
        app.say(_("No mail was written yet."))
        return
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    table = columns(_("Mail"), _("When"), _("Address"), _("Subject"), _("State"), _("Answer"))
    now = app.xt.clock.now()
    for one in found:
        table.add_row(
            str(one.id),
            words.ago(one.made_at, now),
            Text(one.address),
            Text(one.mail.subject),
            sent_words(one.state, one.unanswered, app.words),
            Text(one.answer),
        )
    app.console.print(table)


@mail.command()
@click.argument("letter_id", type=int, metavar="ID")
@json_option
@click.pass_obj
def again(app: App, letter_id: int) -> None:
    """Send the mail ID again that was refused or given up."""
    _say_letter(app, app.xt.mails.send_again(letter_id))


def _known(app: App, address: str) -> Recipient | None:
    wanted = app.connection_id() or ""
    return next(
        (
            one
            for one in app.xt.mails.recipients()
            if (one.address, one.connection_id) == (address, wanted)
        ),
        None,
    )


def _say_way(app: App, way: str) -> None:
    _ = app.words.translate
    if not way:
        app.warn(_("Nothing is sent: no mail server is set. Set XTIGER_MAIL_SERVER."))
    elif way == "host":
        app.say(_("The CRM sends the mails."))
    else:
        app.say(app.words.sentence("Mails go by {server}.", server=way))


def _say_letter(app: App, letter: Letter) -> None:
    if app.as_json:
        app.emit({"letter": _letter(letter)})
    else:
        app.say(f"{letter.address}: {sent_words(letter.state, letter.unanswered, app.words)}")
        if letter.answer:
            app.say(letter.answer)
    if letter.state != "sent":
        raise NeedsPerson(
            "The mail did not leave. Look at what the mail server said, and at the settings "
            "XTIGER_MAIL_SERVER and XTIGER_MAIL_FROM."
        )


def _described(one: Recipient) -> dict[str, Any]:
    return {
        "address": one.address,
        "connection_id": one.connection_id,
        "every": one.every,
        "when": one.occasion,
        "alerts": one.alerts,
        "proofs": one.proofs,
        "language": one.language,
        "zone": one.zone,
        "due_at": one.due_at,
        "reported_until": one.reported_until,
    }


def _letter(one: Letter) -> dict[str, Any]:
    return {
        "id": one.id,
        "address": one.address,
        "connection_id": one.connection_id,
        "kind": one.kind,
        "subject": one.mail.subject,
        "message_id": one.mail.message_id,
        "since": one.since,
        "until": one.until,
        "state": one.state,
        "tries": one.tries,
        "unanswered": one.unanswered,
        "made_at": one.made_at,
        "due_at": one.due_at,
        "sent_at": one.sent_at,
        "answer": one.answer,
    }
